"""Vouchers (凭证): what an event of a document moves, looked up in the posting rules of its year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from fisc.kernel import Coding, Entry, Line
from fisc.kernel.entries import CREDIT, DEBIT, YEAR_END_MONTH
from fisc.registry.rules import accounts_for, rules_for
from fisc.registry.tables import RuleRow
from fisc.sheets.text import paper_number


@dataclass(frozen=True, slots=True)
class Leg:
    """An event of `amount_fen` (negative: all of it red) on the coding blocks of its two sides.

    The rules are those for `fund` (the debit side's, unless given) and `choices`; `step` picks one step of an
    event whose steps stand on different coding blocks.
    """

    event: str
    amount_fen: int
    debit: Coding
    credit: Coding | None = None
    fund: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    step: int | None = None


def voucher(
    natural_key: str,
    region: str,
    on: date,
    legs: Sequence[Leg],
    *,
    document_id: int,
    summary: str,
    period: int | None = None,
    source_ref: str = "",
) -> Entry:
    """The entry of one business event of a document: every leg by the rules of its year, one voucher.

    That is the year in which it is posted, not that in which what it settles arose. Raises UnknownRule when
    the year has no rule for an event, or a choice is left open.
    """
    year = on.year if period is None else period // 100
    rules = [(leg, row) for leg in legs for row in _rules(leg, year)]
    return Entry(
        natural_key, region, on, tuple(line for leg, row in rules for line in _lines(leg, row)),
        period=period, document_id=document_id, source_ref=source_ref,
        rule_code="+".join(dict.fromkeys(row.rule_code for _, row in rules)), summary=summary,
    )  # fmt: skip


def cost_of(spending: Coding) -> dict[str, str]:
    """By what spending is a cost from 2023 on: its class of 政府预算支出经济分类 (5001 to 5011)."""
    return {"eco": spending.gov_bgt_eco_code[:3]}


def period_for(fiscal_year: int, on: date) -> int | None:
    """The period of an event of a fiscal year: its month; its first before the year, the year end after.

    None where the day of business tells it.
    """
    if on.year == fiscal_year:
        return None
    return fiscal_year * 100 + (1 if on.year < fiscal_year else YEAR_END_MONTH)


def year_end(fiscal_year: int) -> tuple[date, int]:
    """The day and the period of what a year's end puts right (年终清理, 财库〔2015〕192号第四十四条).

    The last of December, in December's period: only the closing transfer (年终转账) comes after it.
    """
    return date(fiscal_year, 12, 31), fiscal_year * 100 + 12


def document_key(mof_div_code: str, fiscal_year: int, doc_no: str) -> str:
    """The natural key of a document with a number of its own, however written: one in a region and year."""
    return f"{mof_div_code}:{fiscal_year}:{paper_number(doc_no)}"


def _rules(leg: Leg, fiscal_year: int) -> list[RuleRow]:
    fund = leg.fund or leg.debit.fund_type_code
    found = _rules_of(leg.event, fiscal_year, fund, tuple(sorted(leg.choices.items())))
    return [row for row in found if leg.step in (None, row.step)]


@lru_cache(maxsize=4096)
def _rules_of(event: str, fiscal_year: int, fund: str, choices: tuple[tuple[str, str], ...]) -> list[RuleRow]:
    accounts_for(event, fiscal_year, fund, **dict(choices))  # refuses an event without rules
    return rules_for(event, fiscal_year, fund, **dict(choices))


def _lines(leg: Leg, row: RuleRow) -> Iterator[Line]:
    amount_fen = -leg.amount_fen if row.is_red else leg.amount_fen
    yield Line(f"{row.book}:{row.debit}", leg.debit, DEBIT, amount_fen)
    yield Line(f"{row.book}:{row.credit}", leg.credit or leg.debit, CREDIT, amount_fen)
