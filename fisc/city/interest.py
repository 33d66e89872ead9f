"""Interest of what the city borrowed since the run began, of our own making: three per cent a year."""

from __future__ import annotations

from typing import Final

from fisc.city.draws import Ints
from fisc.city.plan import Plan
from fisc.city.tables import FUND, GENERAL

#: Per cent of bonds that are interest of a year, and of the months that are left of the year they come in.
_OF_YEAR: Final = 3
_OF_FIRST_YEAR: Final = 1


def interest_due(plan: Plan) -> dict[str, Ints]:
    """Interest that regions pay in a year on bonds on-lent to them, by the fund that pays it; fen."""
    controls = plan.controls
    found = {
        GENERAL: controls.bonds * _OF_FIRST_YEAR // 100,
        FUND: controls.special_bonds * _OF_FIRST_YEAR // 100,
    }
    before = plan.before
    while before is not None:
        found[GENERAL] = found[GENERAL] + before.controls.bonds * _OF_YEAR // 100
        found[FUND] = found[FUND] + before.controls.special_bonds * _OF_YEAR // 100
        before = before.before
    return found
