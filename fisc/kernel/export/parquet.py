"""The journal as Parquet files, one per table of the ledger, in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg

from fisc.kernel import parquet
from fisc.kernel.coding import ELEMENTS
from fisc.kernel.export import journal
from fisc.kernel.export.journal import Count, Progress
from fisc.kernel.parquet import Shape
from fisc.kernel.simulation import notice_of

_GROUP_ROWS = 50_000

_ENTRY = {
    "id": "BIGINT", "natural_key": "VARCHAR", "mof_div_code": "VARCHAR", "period": "INTEGER",
    "business_date": "DATE", "document_id": "BIGINT", "reverses_id": "BIGINT",
    "source_ref": "VARCHAR", "rule_code": "VARCHAR", "summary": "VARCHAR", "posted_at": "TIMESTAMPTZ",
}  # fmt: skip
_POSTING = {
    "entry_id": "BIGINT", "line": "SMALLINT", "account_id": "SMALLINT", "coding_id": "INTEGER",
    "period": "INTEGER", "side": "TINYINT", "amount_fen": "BIGINT",
}  # fmt: skip
_ACCOUNT = {
    "id": "SMALLINT", "book": "VARCHAR", "code": "VARCHAR", "name": "VARCHAR", "class": "VARCHAR",
    "normal_side": "TINYINT", "floor_fen": "BIGINT", "legal_source": "VARCHAR", "is_verified": "BOOLEAN",
}  # fmt: skip
_CODING = {"id": "INTEGER", "fiscal_year": "SMALLINT"} | dict.fromkeys(ELEMENTS[1:], "VARCHAR")
_DOCUMENT = {
    "id": "BIGINT", "natural_key": "VARCHAR", "kind": "VARCHAR", "doc_no": "VARCHAR",
    "title": "VARCHAR", "mof_div_code": "VARCHAR", "fiscal_year": "SMALLINT", "dated_on": "DATE",
    "source_name": "VARCHAR", "source_sha256": "VARCHAR", "recorded_at": "TIMESTAMPTZ",
}  # fmt: skip

_REGION = "join ledger.region r on r.id = t.region_id"
_TABLES: dict[str, tuple[Mapping[str, str], str]] = {
    "account": (_ACCOUNT, ""),
    "coding": (_CODING, ""),
    "document": (_DOCUMENT, _REGION),
    "entry": (_ENTRY, _REGION),
    "posting": (_POSTING, ""),
}

#: The files of an export.
FILES = frozenset(f"{table}.parquet" for table in _TABLES)


def write(conn: psycopg.Connection, path: Path, progress: Progress) -> Count:
    """Write the folder `path`; needs a snapshot transaction around it."""
    total = journal.entry_count(conn)
    path.mkdir(parents=True)
    notice = notice_of(conn)
    said = {"is_simulated": "true", "notice": notice} if notice else {}
    with parquet.turning(path) as db:
        rows = {
            table: parquet.write(
                conn, db, _query(table, columns, join).encode(),
                Shape(columns, group_rows=_GROUP_ROWS, said=said), path / f"{table}.parquet",
            )
            for table, (columns, join) in _TABLES.items()
        }  # fmt: skip
    progress(total, total)
    return Count(rows["entry"], rows["posting"])


def _query(table: str, columns: Mapping[str, str], join: str) -> str:
    """Rows in the order of ids; postings as they lie, which is nearly that and needs no great sort."""
    chosen = ", ".join(f"r.{name}" if join and name == "mof_div_code" else f"t.{name}" for name in columns)
    order = "" if table == "posting" else " order by t.id"
    return f"select {chosen} from ledger.{table} t {join}{order}"
