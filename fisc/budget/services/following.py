"""Quotas by where their money came from, and where a quota came from: for those who follow money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, LiteralString

import psycopg
from psycopg import sql

from fisc.budget.kinds import QUOTA, QUOTA_DOCUMENT
from fisc.documents import select
from fisc.registry.rows import names

if TYPE_CHECKING:
    from fisc.budget.models import Quota, QuotaDocument

_OF_SOURCES: Final = (
    "select {columns} from budget_quota q where q.sup_bgt_doc_no = any(%s) and q.sup_bgt_doc_no <> '' "
    "order by q.mof_div_code, q.fiscal_year, q.bgt_id"
)
_LINEAGE: Final = (
    "with recursive line as (select q.*, 1 as depth from budget_quota q where q.bgt_id = %s "
    "union all select o.*, line.depth + 1 from line join budget_quota o on o.bgt_id = line.ori_bgt_id "
    "where line.ori_bgt_id <> '' and line.depth < 50) select {columns} from line q order by q.depth"
)


def quotas_of_sources(conn: psycopg.Connection[Any], sup_bgt_doc_nos: Sequence[str]) -> list[Quota]:
    """The quotas of every region whose money came under these upper documents (上级文号); one query."""
    return _quotas(conn, _OF_SOURCES, list(sup_bgt_doc_nos))


def quota_lineage(conn: psycopg.Connection[Any], bgt_id: str) -> list[Quota]:
    """A quota, then the one it was taken from, and so on up (ori_bgt_id); [] where there is none."""
    return _quotas(conn, _LINEAGE, bgt_id)


def _quotas(conn: psycopg.Connection[Any], statement: LiteralString, asked: object) -> list[Quota]:
    columns = names(QUOTA.all_columns, "q")
    rows = conn.execute(sql.SQL(statement).format(columns=columns), [asked])
    return QUOTA.objects(QUOTA.all_columns, rows)


def documents_of_quota(conn: psycopg.Connection[Any], bgt_id: str) -> list[tuple[QuotaDocument, int]]:
    """The quota documents in force that moved a quota, by day and number, each with how many fen it moved."""
    moved: dict[str, int] = dict(
        conn.execute(
            "select l.doc_key, sum(l.amount_fen)::bigint from budget_quota_line l "
            "join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision "
            "where l.bgt_id = %s and d.state = 'issued' group by 1",
            [bgt_id],
        ).fetchall()
    )
    documents = select(
        conn, QUOTA_DOCUMENT, "where t.doc_key = any(%s) order by t.dated_on, t.doc_key", [list(moved)]
    )  # fmt: skip
    return [(document, moved[document.doc_key]) for document in documents]
