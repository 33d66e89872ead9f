"""Which coding blocks an issued budget stands on: pending with the department, executable with a unit.

A pending quota keeps what the department may not change when it issues to its units: fund,
functional class, the offices that look after it. The unit's quota has every element of its line.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from fisc.budget.rules.approval import INITIAL
from fisc.kernel import Coding

if TYPE_CHECKING:
    from fisc.budget.models import ProposalLine
    from fisc.budget.services.preparation import BudgetLine

PENDING_ELEMENTS: Final = (
    "fund_type_code", "exp_func_code", "manage_mof_dep_code", "bgt_mof_dep_code", "bgt_type_code",
    "found_type_code", "is_debt",
)  # fmt: skip
UNIT_ELEMENTS: Final = (
    *PENDING_ELEMENTS, "agency_code", "pro_code", "gov_bgt_eco_code", "dep_bgt_eco_code", "pay_type_code",
    "theme_code", "is_gov_purchase", "is_unified_pay", "is_research", "is_capital",
)  # fmt: skip

PendingKey = tuple[str, ...]
#: Fiscal year, region, department.
Place = tuple[int, str, str]
_pending: Final = attrgetter(*PENDING_ELEMENTS)


def pending_key(line: ProposalLine) -> PendingKey:
    """What lines of one pending quota share, in the order of `PENDING_ELEMENTS`."""
    found: PendingKey = _pending(line)
    return found


def pending_coding(place: Place, key: PendingKey) -> Coding:
    """The coding block of a department's pending quota."""
    return _coding(place, dict(zip(PENDING_ELEMENTS, key, strict=True)))


def unit_coding(place: Place, line: ProposalLine | BudgetLine) -> Coding:
    """The coding block of a unit's executable quota: a line of its department's second up."""
    return _coding(place, {name: getattr(line, name) for name in UNIT_ELEMENTS})


def _coding(place: Place, elements: dict[str, str]) -> Coding:
    year, region, dept = place
    return Coding(year, region, dept_code=dept, source_type_code=INITIAL, **elements)
