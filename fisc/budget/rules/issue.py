"""Which coding blocks an issued budget stands on: pending with the department, executable with a unit.

A pending quota keeps what the department may not change when it issues to its units: fund,
functional class, the offices that look after it. The unit's quota has every element of its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

from fisc.budget.rules.approval import INITIAL
from fisc.kernel import Coding

PENDING_ELEMENTS: Final = (
    "fund_type_code", "exp_func_code", "manage_mof_dep_code", "bgt_mof_dep_code", "bgt_type_code",
    "found_type_code", "is_debt",
)  # fmt: skip
UNIT_ELEMENTS: Final = (
    *PENDING_ELEMENTS, "agency_code", "pro_code", "gov_bgt_eco_code", "dep_bgt_eco_code", "pay_type_code",
    "theme_code", "is_gov_purchase", "is_unified_pay", "is_research", "is_capital",
)  # fmt: skip

PendingKey = tuple[str, ...]
_pending: Final = itemgetter(*PENDING_ELEMENTS)


def pending_key(line: Mapping[str, Any]) -> PendingKey:
    """What lines of one pending quota share, in the order of `PENDING_ELEMENTS`."""
    found: PendingKey = _pending(line)
    return found


def pending_coding(place: tuple[int, str, str], key: PendingKey) -> Coding:
    """The coding block of a department's pending quota; `place` is (year, region, department)."""
    year, region, dept = place
    return Coding(
        year, region, dept_code=dept, source_type_code=INITIAL,
        **dict(zip(PENDING_ELEMENTS, key, strict=True)),
    )  # fmt: skip


def unit_coding(line: Mapping[str, Any]) -> Coding:
    """The coding block of a unit's executable quota: a line of the second up with its department."""
    return Coding(
        line["fiscal_year"], line["mof_div_code"], dept_code=line["dept_code"], source_type_code=INITIAL,
        **{name: line[name] for name in UNIT_ELEMENTS},
    )  # fmt: skip
