"""What must hold over quotas: documents agree with the ledger; idle, overdue and late ones are shown.

Each check is one query over a region's year and gives findings in words. None of them stops anything:
what must never happen is refused where it would happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from fisc.documents.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.registry import limits

Conn = psycopg.Connection[Any]


#: What quotas are judged by.
RULES: Final = {
    "quota.documents": "指标单据与指标账不符",
    "quota.pending": "待分指标滞留（R33）",
    "quota.carried": "结转资金到期为结余",
    "quota.adjustment_late": "预算调整方案编报过晚",
}


def check_quotas(conn: Conn, mof_div_code: str, fiscal_year: int, *, on: date) -> list[Finding]:
    """Every check over a region's quotas of a year as they stand, `on` that day; [] when all is well."""
    place = Place(mof_div_code, fiscal_year, on)
    return [finding for check in _LOOKS for finding in check(conn, place)]


#: What each issued line adds to the amount of a quota; carried or reclaimed money leaves it.
_DOCUMENTS_AND_LEDGER = """
    with moved as (
        select l.bgt_id, case
            when d.operation in ('enter', 'append', 'assign', 'swap', 'carry_over') then l.amount_fen
            when d.operation in ('cut', 'cut_with_source', 'budget_cut', 'take_back', 'reclaim')
                then -l.amount_fen else 0 end as fen
        from budget_quota_line l join budget_quota_document d on d.doc_key = l.doc_key
        where d.state = 'issued'
        union all
        select l.ori_bgt_id, -l.amount_fen
        from budget_quota_line l join budget_quota_document d on d.doc_key = l.doc_key
        where d.state = 'issued' and d.operation in ('assign', 'carry_over')),
    documents as (select bgt_id, sum(fen)::bigint as fen from moved group by 1),
    ledger_side as (
        select q.bgt_id, sum(m.credit_fen - m.debit_fen)::bigint as fen from budget_quota q
        join ledger.balance_month m on m.coding_id = q.coding_id
        join ledger.account a on a.id = m.account_id and a.book = 'quota'
            and a.class in ('quota_spending', 'quota_application', 'quota_payment')
        where q.mof_div_code = %(region)s and q.fiscal_year = %(year)s group by 1)
    select q.bgt_id, coalesce(d.fen, 0), coalesce(g.fen, 0) from budget_quota q
    left join documents d on d.bgt_id = q.bgt_id left join ledger_side g on g.bgt_id = q.bgt_id
    where q.mof_div_code = %(region)s and q.fiscal_year = %(year)s
      and coalesce(d.fen, 0) <> coalesce(g.fen, 0) order by 1"""


def documents_agree(conn: Conn, place: Place) -> Iterator[Finding]:
    """A quota's documents add up to its balances at all stages."""
    for bgt_id, papers_fen, ledger_fen in _rows(conn, _DOCUMENTS_AND_LEDGER, place):
        words = (
            f"单据合计 {format_fen(papers_fen, '元')} 元，账上各环节合计 {format_fen(ledger_fen, '元')} 元"
        )
        source = "财办〔2022〕36号：指标账与指标文一致"
        yield _found("quota.documents", place, bgt_id, words, source, papers_fen - ledger_fen)


_PENDING = """
    select q.bgt_id, b.balance_fen, q.issued_on from budget_quota q
    join ledger.account a on a.book = 'quota' and a.code = '9301'
    join ledger.balance b on b.account_id = a.id and b.coding_id = q.coding_id and b.balance_fen > 0
    where q.mof_div_code = %(region)s and q.fiscal_year = %(year)s and q.bgt_exe_flag = '2'
      and q.issued_on < %(before)s order by q.issued_on, q.bgt_id"""


def pending_too_long(conn: Conn, place: Place) -> Iterator[Finding]:
    """待分 that was not given to units in time (monitoring rule R33)."""
    row = limits.lookup("pending_idle_days", place.fiscal_year)
    before = place.on - timedelta(days=row.value)
    for bgt_id, fen, issued_on in _rows(conn, _PENDING, place, before=before):
        idle = (place.on - issued_on).days
        words = f"待分 {format_fen(fen, '元')} 元，下达已 {idle} 天（预警 {row.value} 天）"
        yield _found("quota.pending", place, bgt_id, words, row.rule, fen)


_OLD = """
    select q.bgt_id, sum(b.balance_fen)::bigint, q.first_year from budget_quota q
    join ledger.account a on a.book = 'quota' and a.code in ('9301', '9302', '9303', '9304', '9401')
    join ledger.balance b on b.account_id = a.id and b.coding_id = q.coding_id and b.balance_fen > 0
    where q.mof_div_code = %(region)s and q.fiscal_year = %(year)s
      and q.fiscal_year - q.first_year >= %(years)s - 1
    group by q.bgt_id, q.first_year order by 1"""


def carried_too_long(conn: Conn, place: Place) -> Iterator[Finding]:
    """Carried money that becomes surplus at this year's end (实施条例第五十条)."""
    row = limits.lookup("carry_over_years", place.fiscal_year)
    for bgt_id, fen, first_year in _rows(conn, _OLD, place, years=row.value):
        words = f"{first_year} 年安排，尚余 {format_fen(fen, '元')} 元，年终未用完即为结余"
        yield _found("quota.carried", place, bgt_id, words, row.rule, fen)


_ADJUSTMENTS = """
    select doc_key, (trail -> 0 ->> 3)::date, session_on from budget_adjustment
    where mof_div_code = %(region)s and fiscal_year = %(year)s and state <> 'discarded'
      and session_on - (trail -> 0 ->> 3)::date < %(days)s order by 1"""


def adjustments_drafted_late(conn: Conn, place: Place) -> Iterator[Finding]:
    """Plans that could not reach the committee thirty days before its session (预算法第六十九条)."""
    row = limits.lookup("adjustment_draft_days", place.fiscal_year)
    for key, made_on, session_on in _rows(conn, _ADJUSTMENTS, place, days=row.value):
        words = (
            f"{made_on} 编制，{session_on} 开会，相距 {(session_on - made_on).days} 天（应 {row.value} 天）"
        )
        yield _found("quota.adjustment_late", place, key, words, row.rule)


def _rows(conn: Conn, statement: str, place: Place, **given: object) -> list[tuple[Any, ...]]:
    said = {"region": place.mof_div_code, "year": place.fiscal_year, **given}
    return conn.execute(statement.encode(), said).fetchall()


def _found(  # noqa: PLR0917 -- a finding of this domain
    rule_id: str, place: Place, document: str, words: str, source: str, fen: int = 0
) -> Finding:
    return Finding(
        rule_id,
        RULES[rule_id],
        words,
        source,
        place.mof_div_code,
        place.fiscal_year,
        document,
        amount_fen=fen,
    )


_LOOKS: Final[tuple[Callable[[Conn, Place], Iterator[Finding]], ...]] = (
    documents_agree,
    pending_too_long,
    carried_too_long,
    adjustments_drafted_late,
)


def _of_place(conn: Conn, place: Place) -> list[Finding]:
    return check_quotas(conn, place.mof_div_code, place.fiscal_year, on=place.on)


CHECKS: Final = (Check(RULES, _of_place),)
