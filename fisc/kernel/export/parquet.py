"""The journal as Parquet files, one per table of the ledger, in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from fisc.kernel.coding import ELEMENTS
from fisc.kernel.export import journal
from fisc.kernel.export.journal import Count, Progress
from fisc.kernel.simulation import notice_of

_BLOCK_ROWS = 50_000
_MOMENT = pa.timestamp("us", tz="UTC")

_ENTRY = {
    "id": pa.int64(), "natural_key": pa.string(), "mof_div_code": pa.string(), "period": pa.int32(),
    "business_date": pa.date32(), "document_id": pa.int64(), "reverses_id": pa.int64(),
    "source_ref": pa.string(), "rule_code": pa.string(), "summary": pa.string(), "posted_at": _MOMENT,
}  # fmt: skip
_POSTING = {
    "entry_id": pa.int64(), "line": pa.int16(), "account_id": pa.int16(), "coding_id": pa.int32(),
    "period": pa.int32(), "side": pa.int8(), "amount_fen": pa.int64(),
}  # fmt: skip
_ACCOUNT = {
    "id": pa.int16(), "book": pa.string(), "code": pa.string(), "name": pa.string(), "class": pa.string(),
    "normal_side": pa.int8(), "floor_fen": pa.int64(), "legal_source": pa.string(), "is_verified": pa.bool_(),
}  # fmt: skip
_CODING = {"id": pa.int32(), "fiscal_year": pa.int16()} | {name: pa.string() for name in ELEMENTS[1:]}
_DOCUMENT = {
    "id": pa.int64(), "natural_key": pa.string(), "kind": pa.string(), "doc_no": pa.string(),
    "title": pa.string(), "mof_div_code": pa.string(), "fiscal_year": pa.int16(), "dated_on": pa.date32(),
    "source_name": pa.string(), "source_sha256": pa.string(), "recorded_at": _MOMENT,
}  # fmt: skip

_REGION = "join ledger.region r on r.id = t.region_id"
_TABLES: dict[str, tuple[dict[str, Any], str]] = {
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
    rows = {table: _write_table(conn, path, table) for table in _TABLES}
    progress(total, total)
    return Count(rows["entry"], rows["posting"])


def _write_table(conn: psycopg.Connection, folder: Path, table: str) -> int:
    """Write one table; returns its rows. Only a block of them is in memory."""
    columns, join = _TABLES[table]
    notice = notice_of(conn)
    said = {"is_simulated": "true", "notice": notice} if notice else None
    schema = pa.schema(list(columns.items()), metadata=said)
    rows = 0
    with (
        pq.ParquetWriter(folder / f"{table}.parquet", schema, compression="zstd") as writer,
        conn.cursor(f"export_{table}", binary=True) as cursor,
    ):
        cursor.execute(_query(table, columns, join).encode())
        while block := cursor.fetchmany(_BLOCK_ROWS):
            writer.write_batch(_batch(block, schema))
            rows += len(block)
    return rows


def _batch(block: list[tuple[Any, ...]], schema: Any) -> Any:
    values = zip(*block, strict=True)
    return pa.record_batch([pa.array(v, t) for v, t in zip(values, schema.types, strict=True)], schema=schema)


def _query(table: str, columns: dict[str, Any], join: str) -> str:
    """Rows in the order of ids; postings as they lie, which is nearly that and needs no great sort."""
    chosen = ", ".join(f"r.{name}" if join and name == "mof_div_code" else f"t.{name}" for name in columns)
    order = "" if table == "posting" else " order by t.id"
    return f"select {chosen} from ledger.{table} t {join}{order}"
