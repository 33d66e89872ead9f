"""Matches pay lines to quotas: a cascade of rules, greedy within what is available, always the same.

Every line goes whole to one quota or stays over. The narrowest rule is tried for all lines
before the next one is tried for any, so that a line which fits exactly is never crowded out by
one that would have fitted elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from fisc.kernel.coding import Coding
from fisc.registry.tables import read_table

Group = tuple[str, str, str]
"""(agency, functional code or '', department economic class): lines alike for every rule."""


@dataclass(frozen=True, slots=True)
class PayItem:
    """What one person gets under one item. `row_no` is the file's; an unknown function is ''."""

    line_key: str
    row_no: int
    agency_code: str
    per_code: str
    per_name: str
    item_name: str
    dep_bgt_eco_code: str
    exp_func_code: str
    amount_fen: int
    payee_acct_no: str = ""

    @property
    def group(self) -> Group:
        """What the rules look at."""
        return (self.agency_code, self.exp_func_code, self.dep_bgt_eco_code)


@dataclass(frozen=True, slots=True)
class PersonnelQuota:
    """A quota of an agency's personnel money and the fen available of it."""

    bgt_id: str
    coding: Coding
    available_fen: int
    is_executable: bool = True


@dataclass(frozen=True, slots=True)
class MatchRule:
    """One step of the cascade, from `payroll_rules.csv`."""

    step: int
    name: str
    exp_func: str
    dep_bgt_eco: str
    gov_bgt_eco: str
    is_unified_pay: str
    fund_type_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A line that a quota pays, and the rule by which."""

    item: PayItem
    bgt_id: str
    step: int


@dataclass(slots=True)
class Matching:
    """Shares and what stays over, both in the lines' order; `left_fen` is what each quota keeps."""

    shares: list[Share]
    residual: list[PayItem]
    left_fen: dict[str, int]
    quotas: list[PersonnelQuota] = field(repr=False)
    rules: Sequence[MatchRule] = field(repr=False)

    @property
    def matched_fen(self) -> int:
        """Fen of the lines that found a quota."""
        return sum(share.item.amount_fen for share in self.shares)

    @property
    def residual_fen(self) -> int:
        """Fen of the lines that did not."""
        return sum(item.amount_fen for item in self.residual)


@cache
def match_rules() -> tuple[MatchRule, ...]:
    """The cascade in force, narrowest first."""
    rows = [
        MatchRule(
            int(row["step"]), row["name"], row["exp_func"], row["dep_bgt_eco"], row["gov_bgt_eco"],
            row["is_unified_pay"], tuple(row["fund_type_codes"].split()),
        )
        for row in read_table("payroll_rules.csv")
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda rule: rule.step))


@cache
def government_classes(dep_bgt_eco_code: str) -> frozenset[str]:
    """The government economic classes that a department class is charged to, for any kind of unit."""
    rows = read_table("eco_mapping.csv")
    return frozenset(r["gov_bgt_eco_code"] for r in rows if r["dep_bgt_eco_code"] == dep_bgt_eco_code)


def fits(rule: MatchRule, group: Group, quota: PersonnelQuota) -> bool:
    """Whether a quota may pay the lines of a group under a rule, money aside."""
    agency, func, eco = group
    c = quota.coding
    return (
        quota.is_executable
        and c.agency_code == agency
        and c.fund_type_code in rule.fund_type_codes
        and (rule.is_unified_pay == "any" or is_unified(quota))
        and (rule.exp_func == "any" or (func != "" and c.exp_func_code == func))
        and _fits_class(rule, eco, c)
    )


def _fits_class(rule: MatchRule, eco: str, coding: Coding) -> bool:
    by_department = {
        "same": coding.dep_bgt_eco_code == eco,
        "class": coding.dep_bgt_eco_code == eco[:3],
        "none": coding.dep_bgt_eco_code == "",
        "any": True,
    }[rule.dep_bgt_eco]
    return by_department and (rule.gov_bgt_eco == "any" or coding.gov_bgt_eco_code in government_classes(eco))


def is_unified(quota: PersonnelQuota) -> bool:
    """Whether the quota is marked for unified payroll (工资统发)."""
    return quota.coding.is_unified_pay in ("1", "yes", "是")


def _order(quota: PersonnelQuota) -> tuple[bool, str, str]:
    """Unified payroll first, then initial budget before adjustments, then by number."""
    return (not is_unified(quota), quota.coding.source_type_code, quota.bgt_id)


def match(
    items: Sequence[PayItem], quotas: Sequence[PersonnelQuota], rules: Sequence[MatchRule] | None = None
) -> Matching:
    """Match lines, in their order, to quotas. The order in which quotas are given does not matter."""
    cascade = match_rules() if rules is None else rules
    ordered = sorted(quotas, key=_order)
    run = _Run(items, {quota.bgt_id: quota.available_fen for quota in ordered})
    waiting: dict[Group, list[int]] = {}
    for place, item in enumerate(items):
        waiting.setdefault(item.group, []).append(place)
    for rule in cascade:
        for group, places in waiting.items():
            fitting = [quota.bgt_id for quota in ordered if fits(rule, group, quota)] if places else []
            if fitting:
                waiting[group] = run.fill(places, fitting, rule.step)
    shares = [Share(item, *run.chosen[place]) for place, item in enumerate(items) if place in run.chosen]
    residual = [item for place, item in enumerate(items) if place not in run.chosen]
    return Matching(shares, residual, run.left, ordered, cascade)


@dataclass(slots=True)
class _Run:
    """What a matching has given so far: place of a line -> (quota, step), and what each quota keeps."""

    items: Sequence[PayItem]
    left: dict[str, int]
    chosen: dict[int, tuple[str, int]] = field(default_factory=dict)

    def fill(self, places: Sequence[int], fitting: Sequence[str], step: int) -> list[int]:
        """Give each line to the first quota that still has enough; returns the lines that found none."""
        over = []
        for place in places:
            amount_fen = self.items[place].amount_fen
            bgt_id = next((q for q in fitting if self.left[q] >= amount_fen), None)
            if bgt_id is None:
                over.append(place)
            else:
                self.left[bgt_id] -= amount_fen
                self.chosen[place] = (bgt_id, step)
        return over
