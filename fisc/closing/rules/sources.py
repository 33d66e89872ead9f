"""Money from above at a year's end (预算法第四十二条): what of it no quota holds goes on by number.

It leaves the year's pool, and what the own budget holds or waits to pass on, and stands in the pool of
its document in the next year, to be spent there once. What was received for no purpose of its own, and
what lies for the second year, is surplus. Pure functions over sums in fen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from fisc.budget.rules.approval import source_coding
from fisc.budget.services.carryover import CARRIED_INCOME
from fisc.closing.kinds import YEAR_END
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry
from fisc.kernel.entries import OPENING_MONTH, YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.registry.quota_rules import CARRIED

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

#: Where money under a number waits by itself: to be arranged, to become quotas, to be passed on.
NUMBERED: Final = ("9200", "9201", "9202")
#: The register of what budgets without numbers hold of documents.
REGISTER: Final = "U200"
#: Budgets without numbers, from which what the register says is taken.
BUDGETS: Final = ("9201", "9202")
_CLASS_DIGITS: Final = 3
#: Why special money that nobody was given does not go on.
GOES_BACK: Final = "上级专项未分配、结转满两年，交回上级（财预〔2015〕15号）"
EVENT: Final = "sources_carried"
_NEW_SOURCE: Final = {"source": "carried", "stage": "executable"}


@dataclass(frozen=True, slots=True)
class Taken:
    """So much of an account of the quota book, on one of its blocks, that goes on; fen."""

    code: str
    coding: Coding
    fen: int


@dataclass(frozen=True, slots=True)
class SourceLeft:
    """What of a document from above no quota holds at a year's end; fen.

    `pool` is its block in the pool. `taken` is where it stands. `budgeted_fen` is what the register
    holds of it, `used_fen` of that what its budgets do not hold any more: quotas that name no number had it.
    `why_not` says why the document does not go on, '' where it does. Below zero it went on before, though
    quotas had used it, and comes back in red.
    """

    pool: Coding
    taken: tuple[Taken, ...]
    budgeted_fen: int = 0
    used_fen: int = 0
    why_not: str = ""

    @property
    def fen(self) -> int:
        """What is left of it."""
        return sum(one.fen for one in self.taken)

    @property
    def goes_on(self) -> bool:
        """Whether anything of it waits to be carried over."""
        return bool(self.fen) and not self.why_not

    @property
    def goes_back(self) -> bool:
        """Whether it is the level above's again, and no surplus."""
        return bool(self.fen) and self.why_not == GOES_BACK

    @property
    def is_due(self) -> bool:
        """Whether the year's end has anything to do with it."""
        return bool(self.budgeted_fen) or self.goes_on

    def __str__(self) -> str:
        """In words."""
        why = f"：{self.why_not}" if self.why_not else ""
        if self.fen < 0:
            return f"{self.pool.sup_bgt_doc_no} 多结转 {format_fen(-self.fen)} 元，红字冲回"
        return f"{self.pool.sup_bgt_doc_no} {format_fen(self.fen)} 元{why}"


def taken_from(
    budgets: Mapping[tuple[str, Coding], int], wanted_fen: int, classes: Sequence[str]
) -> list[Taken]:
    """What budgets without numbers still hold of `wanted_fen`, in the order of their classes.

    `budgets` is fen by account and block. Where `classes` say to which the money was given, only in their
    classes (类).
    """
    of = {code[:_CLASS_DIGITS] for code in classes}
    found, left = [], wanted_fen
    for (code, coding), fen in sorted(budgets.items(), key=lambda one: (one[0][0], str(one[0][1]))):
        if of and coding.exp_func_code[:_CLASS_DIGITS] not in of:
            continue
        if part := min(left, max(fen, 0)):
            found.append(Taken(code, coding, part))
            left -= part
    return found


def source_entries(given: YearEnd, standing: Sequence[SourceLeft]) -> list[Entry]:
    """The vouchers by which a document carries money from above over: out of its year, into the next one."""
    year, region = given.fiscal_year, given.mof_div_code
    due = [one for one in standing if one.is_due]
    out = [leg for one in due for leg in _out(one)]
    into = [_into(one) for one in due if one.goes_on]
    last, first = year * 100 + YEAR_END_MONTH, (year + 1) * 100 + OPENING_MONTH
    sides = (
        ("out", date(year, 12, 31), last, out, f"{year} 年上级资金按文号结转下年"),
        ("in", date(year + 1, 1, 1), first, into, f"{year + 1} 年上年结转的上级资金"),
    )
    return [
        voucher(YEAR_END.event(given.doc_key, EVENT, name), region, on, legs, document_id=given.id,
                period=period, summary=words)
        for name, on, period, legs, words in sides if legs
    ]  # fmt: skip


def _out(one: SourceLeft) -> Iterator[Leg]:
    """36-13, 36-14: out of where it stands; src-01 in red: the own budget of the year holds no more of it."""
    if one.goes_on:
        for part in one.taken:
            yield Leg("quota_carried_over", part.fen, part.coding, one.pool, choices={"account": part.code})
        yield Leg("quota_carryover_closed", one.fen, one.pool, _income(one.pool))
    if one.budgeted_fen:
        yield Leg("source_budgeted", -one.budgeted_fen, one.pool)


def _into(one: SourceLeft) -> Leg:
    """36-04 in its first step: a source of the next year, in the pool of the same document."""
    pool = replace(one.pool, fiscal_year=one.pool.fiscal_year + 1)
    return Leg("quota_added", one.fen, _income(pool), pool, choices=_NEW_SOURCE, step=1)


def _income(pool: Coding) -> Coding:
    """上年结余收入 under the document's number, marked as carried over."""
    block = source_coding(pool.fiscal_year, pool.mof_div_code, pool.fund_type_code, CARRIED_INCOME)
    return replace(block, sup_bgt_doc_no=pool.sup_bgt_doc_no, bgt_type_code=CARRIED)
