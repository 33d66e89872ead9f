"""Dividing documents one after another: what a period shared before says who gets the odd fen of the next.

A period is a fiscal year of one place of collection, code and fund, while one set of shares is in force. Its
running total is what stands of it in the rows of shares; nobody divides of the same period at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import psycopg

from fisc.revenue.sharing import LevelAmount, SharingRule, rule_for, rules_in_force, split

if TYPE_CHECKING:
    from fisc.revenue.models import Receipt, Refund

_Document = TypeVar("_Document", "Receipt", "Refund")


class _Period(NamedTuple):
    """What is shared together."""

    mof_div_code: str
    rev_func_code: str
    fund_type_code: str
    fiscal_year: int


_LOCKED: Final = (
    "select pg_advisory_xact_lock(hashtextextended('revenue.shares ' || k, 0)) "
    "from (select k from unnest(%s::text[]) k order by k) t"
)
#: What was shared of these periods by day of the documents that stand.
_SHARED: Final = """
    with asked as (
        select * from unnest(%s::text[], %s::text[], %s::text[], %s::int[])
            as a(mof_div_code, rev_func_code, fund_type_code, fiscal_year)),
    documents as (
        select 'receipt' as doc_kind, doc_key, received_on as day, state, a.* from revenue_receipt
            join asked a using (mof_div_code, rev_func_code, fund_type_code, fiscal_year)
        union all
        select 'refund', doc_key, refunded_on, state, a.* from revenue_refund
            join asked a using (mof_div_code, rev_func_code, fund_type_code, fiscal_year))
    select d.mof_div_code, d.rev_func_code, d.fund_type_code, d.fiscal_year, d.day, sum(s.amount_fen)::bigint
    from documents d join revenue_level_share s on s.doc_kind = d.doc_kind and s.doc_key = d.doc_key
    where d.state <> 'reversed' group by 1, 2, 3, 4, 5"""


def divide(
    conn: psycopg.Connection[Any], given: Sequence[tuple[_Document, date, int]]
) -> list[tuple[_Document, tuple[LevelAmount, ...]]]:
    """How documents (each with its day and its fen, below zero what is paid back) are shared, in order.

    To be called in the transaction that keeps the shares. Raises RuleBroken where no rule of sharing fits.
    """
    rules = rules_in_force(conn)
    keyed = [(_period(document), document, day, fen) for document, day, fen in given]
    totals = _totals(conn, {period for period, *_ in keyed}, rules)
    found = []
    for period, document, day, fen in keyed:
        code, place = period.rev_func_code, period.mof_div_code
        place_in = (period, rule_for(code, place, day, rules).shares)
        found.append((document, split(fen, code, place, day, rules, before_fen=totals[place_in])))
        totals[place_in] += fen
    return found


def _period(document: Receipt | Refund) -> _Period:
    return _Period(
        document.mof_div_code, document.rev_func_code, document.fund_type_code, document.fiscal_year
    )


def _totals(
    conn: psycopg.Connection[Any], periods: Iterable[_Period], rules: Sequence[SharingRule]
) -> dict[tuple[_Period, tuple[tuple[str, int], ...]], int]:
    """Running totals by period and shares, held until the transaction ends."""
    ordered = sorted(periods)
    conn.execute(_LOCKED, [[" ".join(map(str, period)) for period in ordered]])
    totals: dict[tuple[_Period, tuple[tuple[str, int], ...]], int] = defaultdict(int)
    columns = [[period[n] for period in ordered] for n in range(4)]
    for *names, day, fen in conn.execute(_SHARED, columns):
        period = _Period(*names)
        totals[period, rule_for(period.rev_func_code, period.mof_div_code, day, rules).shares] += fen
    return totals
