"""Quotas by where their money came from, and where a quota came from: for those who follow money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg

from fisc.kernel import Coding, codings_of


@dataclass(frozen=True, slots=True)
class QuotaOrigin:
    """A quota with its elements, the document that brought it about and the quota it was taken from."""

    bgt_id: str
    coding: Coding
    is_executable: bool
    source: str
    doc_key: str
    ori_bgt_id: str
    issued_on: date


class QuotaStep(NamedTuple):
    """A quota document that moved a quota: which operation, and by how many fen."""

    doc_key: str
    operation: str
    doc_no: str
    title: str
    state: str
    dated_on: date
    amount_fen: int


_COLUMNS = "q.bgt_id, q.coding_id, q.bgt_exe_flag = '1', q.source, q.doc_key, q.ori_bgt_id, q.issued_on"
_OF_SOURCES = (
    f"select {_COLUMNS} from budget_quota q where q.sup_bgt_doc_no = any(%s) and q.sup_bgt_doc_no <> '' "
    "order by q.mof_div_code, q.fiscal_year, q.bgt_id"
)
_LINEAGE = (
    "with recursive line as (select q.*, 1 as depth from budget_quota q where q.bgt_id = %s "
    "union all select o.*, line.depth + 1 from line join budget_quota o on o.bgt_id = line.ori_bgt_id "
    f"where line.ori_bgt_id <> '' and line.depth < 50) select {_COLUMNS} from line q order by q.depth"
)


def quotas_of_sources(conn: psycopg.Connection[Any], sup_bgt_doc_nos: Sequence[str]) -> list[QuotaOrigin]:
    """The quotas of every region whose money came under these upper documents (上级文号); two queries."""
    return _origins(conn, conn.execute(_OF_SOURCES.encode(), [list(sup_bgt_doc_nos)]).fetchall())


def quota_lineage(conn: psycopg.Connection[Any], bgt_id: str) -> list[QuotaOrigin]:
    """A quota, then the one it was taken from, and so on up (ori_bgt_id); [] where there is none."""
    return _origins(conn, conn.execute(_LINEAGE.encode(), [bgt_id]).fetchall())


def _origins(conn: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> list[QuotaOrigin]:
    codings = codings_of(conn, {row[1] for row in rows})
    return [QuotaOrigin(row[0], codings[row[1]], *row[2:]) for row in rows]


def documents_of_quota(conn: psycopg.Connection[Any], bgt_id: str) -> list[QuotaStep]:
    """The quota documents that moved a quota, by day and number."""
    rows = conn.execute(
        "select d.doc_key, d.operation, d.doc_no, d.title, d.state, d.dated_on, sum(l.amount_fen)::bigint "
        "from budget_quota_line l join budget_quota_document d on d.doc_key = l.doc_key "
        "where l.bgt_id = %s group by 1, 2, 3, 4, 5, 6 order by 6, 1",
        [bgt_id],
    ).fetchall()
    return [QuotaStep(*row) for row in rows]
