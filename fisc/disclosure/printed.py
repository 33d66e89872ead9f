"""Numbers as tables print them: in a cell, as text, with a minus of any form."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from fisc.sheets.cells import Cell
from fisc.sheets.columns import BadCell, decimal

#: A minus as accounts are printed: △50, ▲50, －50, (50).
_MINUS: Final = re.compile(r"[△▲−－–]\s*([^△▲−－–()（）+\-]+)|[(（]\s*([^△▲−－–()（）+\-]+)[)）]")


def number_in(said: str) -> Decimal | None:
    """The number that a text cell holds, with whichever minus it is printed; None where it is none."""
    minus = _MINUS.fullmatch(said.strip())
    try:
        if minus:
            return -decimal(minus[1] or minus[2])
        return decimal(said) if said else None
    except BadCell:
        return None


def holds_number(cell: Cell | None) -> bool:
    """Whether a cell holds a number, as such, as text, or as a formula that has one or should."""
    if cell is None:
        return False
    if cell.kind in ("n", "?") or (cell.is_formula and cell.kind == "e"):
        return True
    return cell.kind == "s" and number_in(cell.text) is not None
