"""The register of cash to come: what was expected stands; whether it came about is written beside it."""

from __future__ import annotations

from typing import Final

from fisc.documents import Register

KINDS: Final = ()
EXPECTED: Final = Register("cash.ExpectedFlow", progress=("is_settled",))
REGISTERS: Final = (EXPECTED,)
