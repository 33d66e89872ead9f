"""The approved budget to entries: sources into the pool, the pool into classes of spending.

The pool of a fund (9200) must cover what is taken from it: no spending budget without a source.
A class is (year, region, fund, functional class, source type); quotas take from exactly that
coding block, because the balance under control is kept by account and coding block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from fisc.budget.kinds import DRAFT
from fisc.budget.rules.quota_types import SourceKind
from fisc.documents import Leg, period_for, voucher
from fisc.kernel import Coding, Entry

if TYPE_CHECKING:
    from fisc.budget.models import Draft

INITIAL = "1"
ADJUSTED = "2"


@dataclass(frozen=True, slots=True)
class Source:
    """A line of the budget's income side."""

    fund_type_code: str
    rev_func_code: str
    amount_fen: int
    source: SourceKind = "own"


@dataclass(frozen=True, slots=True)
class Spending:
    """A line of the budget's outlay side by functional class; `tp_func_code` for transfers downwards.

    Exactly one of the two codes is given. A reserve (预备费) is a line like any other, under 227.
    """

    fund_type_code: str
    amount_fen: int
    exp_func_code: str = ""
    tp_func_code: str = ""

    @property
    def use(self) -> str:
        """What the posting rules call it: own spending, or a transfer."""
        return "transfer" if self.tp_func_code else "own"


def pool_coding(fiscal_year: int, mof_div_code: str, fund_type_code: str) -> Coding:
    """The pool of a fund, on which 9200 stands."""
    return Coding(fiscal_year, mof_div_code, fund_type_code)


def class_coding(
    fiscal_year: int,
    mof_div_code: str,
    fund_type_code: str,
    exp_func_code: str,
    source_type_code: str = INITIAL,
) -> Coding:
    """A class of own spending, on which 9201 stands."""
    return Coding(
        fiscal_year, mof_div_code, fund_type_code,
        exp_func_code=exp_func_code, source_type_code=source_type_code,
    )  # fmt: skip


def transfer_class_coding(
    fiscal_year: int,
    mof_div_code: str,
    fund_type_code: str,
    tp_func_code: str,
    source_type_code: str = INITIAL,
) -> Coding:
    """A class of transfers to lower governments, on which 9202 stands."""
    return Coding(
        fiscal_year, mof_div_code, fund_type_code,
        tp_func_code=tp_func_code, source_type_code=source_type_code,
    )  # fmt: skip


def source_coding(
    fiscal_year: int,
    mof_div_code: str,
    fund_type_code: str,
    rev_func_code: str,
    source_type_code: str = INITIAL,
) -> Coding:
    """A class of income, on which 9101 to 9105 stand."""
    return Coding(
        fiscal_year, mof_div_code, fund_type_code,
        rev_func_code=rev_func_code, source_type_code=source_type_code,
    )  # fmt: skip


def approved(draft: Draft, sources: Iterable[Source], spending: Iterable[Spending]) -> Entry:
    """The voucher of a budget that the people's congress approved, on the day of its resolution."""
    assert draft.approved_on is not None  # the database holds that: no approval without a resolution
    return approval_entry(
        DRAFT.event(draft.doc_key, "approve"), (draft.fiscal_year, draft.mof_div_code), sources, spending,
        on=draft.approved_on, document_id=draft.id, source_ref=draft.resolution_no,
        summary=f"{draft.fiscal_year} 年预算：{draft.resolution_title}（{draft.resolution_no}）",
    )  # fmt: skip


def approval_entry(
    natural_key: str,
    place: tuple[int, str],
    sources: Iterable[Source],
    spending: Iterable[Spending],
    *,
    on: date,
    summary: str,
    document_id: int,
    source_type_code: str = INITIAL,
    source_ref: str = "",
) -> Entry:
    """One voucher for one resolution (36-01): budget_source_approved, then budget_spending_approved.

    `place` is (fiscal year, division). 预算法第四十三条: the people's congress approves the budget
    of its level. Raises UnknownRule where the year has no rule.
    """
    legs = [
        *_source_legs(place, sources, source_type_code),
        *_spending_legs(place, spending, source_type_code),
    ]
    return voucher(
        natural_key, place[1], on, legs, summary=summary, document_id=document_id, source_ref=source_ref,
        period=period_for(place[0], on),
    )  # fmt: skip


def _source_legs(place: tuple[int, str], sources: Iterable[Source], kind: str) -> Iterator[Leg]:
    for line in sources:
        coding = source_coding(*place, line.fund_type_code, line.rev_func_code, kind)
        pool = pool_coding(*place, line.fund_type_code)
        yield Leg("budget_source_approved", line.amount_fen, coding, pool, choices={"source": line.source})


def _spending_legs(place: tuple[int, str], spending: Iterable[Spending], kind: str) -> Iterator[Leg]:
    for line in spending:
        fund = line.fund_type_code
        coding = (
            transfer_class_coding(*place, fund, line.tp_func_code, kind)
            if line.tp_func_code
            else class_coding(*place, fund, line.exp_func_code, kind)
        )
        pool = pool_coding(*place, fund)
        yield Leg("budget_spending_approved", line.amount_fen, pool, coding, choices={"use": line.use})
