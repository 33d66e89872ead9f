"""Which elements a rule of quotas speaks of: personnel funds, what no swap may raise, what no cut may touch.

Each row names an element and the beginning of its code; `*` means any code at all, and the
element `tag` stands for a quota's tags,
`exp_func_name` for what its functional class is called. To follow a local rule, edit `quota_rules.csv`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from fisc.kernel import Coding
from fisc.registry.classifications import lookup
from fisc.registry.rules import budget_fund
from fisc.registry.tables import in_years, read_table

__all__ = ["CARRIED", "SET_ASIDE", "QuotaRule", "matching", "quota_rules", "speaks_of"]

FILE = "quota_rules.csv"
#: 指标类型 of what was carried over from the year before: no part of the budget approved for the year.
CARRIED: Final = "2"
#: The class of outlay that feeds the stabilisation fund (安排预算稳定调节基金).
SET_ASIDE: Final = "23015"
TAG = "tag"
#: What the functional class is called: classes of one name stand in many places.
FUNC_NAME = "exp_func_name"
_NAMES = {
    "exp_func_code": "功能分类", FUNC_NAME: "功能分类", "gov_bgt_eco_code": "政府经济分类",
    "dep_bgt_eco_code": "部门经济分类", "fund_type_code": "资金性质",
}  # fmt: skip
_ANY = "*"


@dataclass(frozen=True, slots=True)
class QuotaRule:
    """A rule speaks of codings whose `element` begins with `prefix`."""

    rule: str
    element: str
    prefix: str
    name: str
    source: str
    is_verified: bool
    valid_from_year: int
    valid_to_year: int | None

    @property
    def element_name(self) -> str:
        """What people call the element."""
        return _NAMES.get(self.element, "")

    def code_of(self, coding: Coding) -> str:
        """What a quota says of the rule's element, which is not its tags."""
        if self.element != FUNC_NAME:
            return str(getattr(coding, self.element))
        found = lookup(
            "exp_func", coding.exp_func_code, coding.fiscal_year, budget_fund(coding.fund_type_code)
        )
        return found.name if found else ""

    def fits(self, coding: Coding, tags: Iterable[str] = ()) -> bool:
        """Whether a quota of this coding and these tags is meant."""
        values = tags if self.element == TAG else (self.code_of(coding),)
        return any(value != "" if self.prefix == _ANY else value.startswith(self.prefix) for value in values)


@cache
def _all() -> tuple[QuotaRule, ...]:
    return tuple(
        QuotaRule(
            row["rule"], row["element"], row["prefix"], row["name"], row["source"],
            row["is_verified"] == "yes", int(row["valid_from_year"]),
            int(row["valid_to_year"]) if row["valid_to_year"] else None,
        )
        for row in read_table(FILE)
    )  # fmt: skip


@cache
def quota_rules(rule: str, fiscal_year: int) -> tuple[QuotaRule, ...]:
    """The rows of a rule in force in a fiscal year."""
    return tuple(
        row
        for row in _all()
        if row.rule == rule and in_years(fiscal_year, row.valid_from_year, row.valid_to_year)
    )


def matching(rule: str, coding: Coding, tags: Iterable[str] = ()) -> QuotaRule | None:
    """The first row of a rule that speaks of a quota, or None."""
    given = tuple(tags)
    return next((row for row in quota_rules(rule, coding.fiscal_year) if row.fits(coding, given)), None)


def speaks_of(rule: str, coding: Coding, tags: Iterable[str] = ()) -> bool:
    """Whether a rule speaks of a quota of this coding and these tags."""
    return matching(rule, coding, tags) is not None
