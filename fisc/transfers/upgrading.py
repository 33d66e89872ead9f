"""Money from above of databases of before: what own budgets hold of documents is noted in the register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import voucher
from fisc.kernel import Entry, post
from fisc.kernel.periods import periods
from fisc.sheets.text import paper_number
from fisc.transfers import codings
from fisc.transfers.checks import SourceGap, source_gaps
from fisc.transfers.rules.quotas import budgeted
from fisc.transfers.services.read import received_by

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine

Conn = psycopg.Connection[Any]


def note_budgeted(conn: Conn) -> int:
    """Post to the register what no issue, quota or pool holds of the documents received; how many were noted.

    Only years with an open month go on, so only they are noted. Of what was handed on twice nothing is left:
    it stays a finding.
    """
    places = conn.execute(
        "select fiscal_year, array_agg(distinct rec_div_code order by rec_div_code) from transfers_line "
        "where effective_on is not null group by 1 order by 1"
    ).fetchall()
    noted = [entry for year, regions in places for entry in _of_year(conn, year, regions)]
    if noted:
        post(conn, noted)
    return len(noted)


def _of_year(conn: Conn, fiscal_year: int, regions: list[str]) -> Iterable[Entry]:
    months = _open_months(conn, fiscal_year, regions)
    for gap in source_gaps(conn, sorted(months), fiscal_year * 100 + 12):
        if gap.received_fen > gap.standing_fen:
            yield _noted(conn, gap, months[gap.mof_div_code])


def _open_months(conn: Conn, fiscal_year: int, regions: Iterable[str]) -> Mapping[str, int]:
    """Region -> the last month of the year that is open; those without one are left out."""
    return {
        region: period
        for (region, period), is_closed in periods(conn, regions).items()
        if not is_closed and fiscal_year * 100 < period <= fiscal_year * 100 + 12
    }


def _noted(conn: Conn, gap: SourceGap, period: int) -> Entry:
    region, fiscal_year = gap.mof_div_code, period // 100
    line: TransferLine = next(
        one.line for one in received_by(conn, region, fiscal_year) if one.line.source_no == gap.doc_no
    )
    pool = codings.pool((fiscal_year, region, line.fund_type_code), paper_number(gap.doc_no))
    return voucher(
        f"source_register:{region}:{fiscal_year}:{gap.doc_no}", region, date(fiscal_year, period % 100, 1),
        [budgeted(pool, gap.received_fen - gap.standing_fen)], document_id=_document(conn, line),
        summary=f"升级登记：{gap.doc_no} 已列本级预算、未按文号使用", period=period, source_ref=line.doc_key,
    )  # fmt: skip


def _document(conn: Conn, line: TransferLine) -> int:
    row = conn.execute(
        "select id from transfers_issue where %(issue)s and doc_key = %(key)s union all "
        "select id from transfers_receipt where not %(issue)s and doc_key = %(key)s",
        {"issue": line.is_issue, "key": line.doc_key},
    ).fetchone()
    assert row is not None  # a line is in force by its document
    return int(row[0])
