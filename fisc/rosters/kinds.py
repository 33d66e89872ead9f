"""What rosters keep: facts, noted once. A line's document is the batch, which another domain makes."""

from __future__ import annotations

from typing import Final

from fisc.documents import Register

KINDS: Final = ()
LINE: Final = Register("rosters.RosterLine")
STEP: Final = Register("rosters.RosterStep", no_reasons=("reason",))
REGISTERS: Final = (LINE, STEP)
