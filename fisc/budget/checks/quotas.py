"""What must hold over quotas: documents agree with the ledger; idle, overdue and late ones are shown.

Each check is one query over a region's year and gives findings in words. None of them stops anything:
what must never happen is refused where it would happen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from fisc.documents.accounts import EXECUTABLE, FROZEN, PENDING, PLANNED, RESERVED
from fisc.kernel import balances
from fisc.kernel.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Turnover, turnover
from fisc.reading.paid import paid
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
_DOCUMENTS = """
    with moved as (
        select l.bgt_id, case
            when d.operation in ('enter', 'append', 'assign', 'swap', 'carry_over') then l.amount_fen
            when d.operation in ('cut', 'cut_with_source', 'budget_cut', 'take_back', 'reclaim')
                then -l.amount_fen else 0 end as fen
        from budget_quota_line l
        join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision
        where d.state = 'issued'
        union all
        select l.ori_bgt_id, -l.amount_fen
        from budget_quota_line l
        join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision
        where d.state = 'issued' and d.operation in ('assign', 'carry_over')),
    documents as (select bgt_id, sum(fen)::bigint as fen from moved group by 1)
    select q.bgt_id, q.coding_id, coalesce(d.fen, 0) from budget_quota q
    left join documents d on d.bgt_id = q.bgt_id
    where q.mof_div_code = %(region)s and q.fiscal_year = %(year)s order by 1"""
#: The classes of accounts that a quota's money stands on until it is paid.
_STAGES: Final = ("quota_spending", "quota_application")


def documents_agree(conn: Conn, place: Place) -> Iterator[Finding]:
    """A quota's documents add up to its balances at all stages."""
    asked = Turnover(("quota:",), (place.mof_div_code,), side=CREDIT, coding_year=place.fiscal_year)
    standing: dict[int, int] = defaultdict(int)
    for (coding_id, stage), fen in turnover(conn, asked, "coding_id", "class").items():
        standing[coding_id] += fen if stage in _STAGES else 0
    spent = paid(conn, "coding_id", regions=(place.mof_div_code,), coding_year=place.fiscal_year)
    for (coding_id,), fen in spent.items():
        standing[coding_id] += fen
    for bgt_id, coding_id, papers_fen in _rows(conn, _DOCUMENTS, place):
        ledger_fen = standing[coding_id]
        if papers_fen == ledger_fen:
            continue
        words = (
            f"单据合计 {format_fen(papers_fen, '元')} 元，账上各环节合计 {format_fen(ledger_fen, '元')} 元"
        )
        source = "财办〔2022〕36号：指标账与指标文一致"
        yield _found("quota.documents", place, bgt_id, words, source, papers_fen - ledger_fen)


_PENDING = """
    select q.bgt_id, q.coding_id, q.issued_on from budget_quota q
    where q.mof_div_code = %(region)s and q.fiscal_year = %(year)s and q.bgt_exe_flag = '2'
      and q.issued_on < %(before)s order by q.issued_on, q.bgt_id"""


def pending_too_long(conn: Conn, place: Place) -> Iterator[Finding]:
    """待分 that was not given to units in time (monitoring rule R33)."""
    row = limits.lookup("pending_idle_days", place.fiscal_year)
    before = place.on - timedelta(days=row.value)
    for bgt_id, fen, issued_on in _standing(conn, (PENDING,), _rows(conn, _PENDING, place, before=before)):
        idle = (place.on - issued_on).days
        words = f"待分 {format_fen(fen, '元')} 元，下达已 {idle} 天（预警 {row.value} 天）"
        yield _found("quota.pending", place, bgt_id, words, row.rule, fen)


_OLD = """
    select q.bgt_id, q.coding_id, q.first_year from budget_quota q
    where q.mof_div_code = %(region)s and q.fiscal_year = %(year)s
      and q.fiscal_year - q.first_year >= %(years)s - 1 order by 1"""
_UNSPENT: Final = (PENDING, EXECUTABLE, FROZEN, RESERVED, PLANNED)


def carried_too_long(conn: Conn, place: Place) -> Iterator[Finding]:
    """Carried money that becomes surplus at this year's end (实施条例第五十条)."""
    row = limits.lookup("carry_over_years", place.fiscal_year)
    for bgt_id, fen, first_year in _standing(conn, _UNSPENT, _rows(conn, _OLD, place, years=row.value)):
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


def _standing(
    conn: Conn, accounts: Sequence[str], rows: Sequence[tuple[str, int, Any]]
) -> Iterator[tuple[str, int, Any]]:
    """The rows (quota, coding id, fact), with what stands on the accounts in place of the id."""
    held = balances(conn, accounts, (row[1] for row in rows))
    for bgt_id, coding_id, fact in rows:
        fen = sum(held.get((account, coding_id), 0) for account in accounts)
        if fen > 0:
            yield bgt_id, fen, fact


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
