"""What published books leave besides their documents in the ledger: facts of registers, no documents."""

from __future__ import annotations

from typing import Final

from fisc.documents import Register

#: Every printed amount.
LINE: Final = Register("disclosure.DisclosureLine")
#: Every posting of what a book says, and whether it still holds.
FACT: Final = Register("disclosure.PostedFact", progress=("is_standing",))
#: Every import that changed anything, with the reasons that were given.
IMPORT: Final = Register("disclosure.BookImport")

KINDS: Final = ()
REGISTERS: Final = (LINE, FACT, IMPORT)
