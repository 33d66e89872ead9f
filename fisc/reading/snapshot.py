"""Writes the ledger to Parquet: one consistent moment, in bounded memory.

Each table is copied out as CSV and turned into Parquet by DuckDB, sorted so that a figure
reads neighbouring rows. The manifest names the last entry, the number of rows and the digest
of every file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from fisc.kernel.simulation import NOTICE, simulation
from fisc.reading.algebra import ELEMENTS
from fisc.reading.bind import FigureError
from fisc.reading.engines.snapshot import FORMAT, MANIFEST, TABLES, read_manifest

if TYPE_CHECKING:
    import duckdb

#: How PostgreSQL writes CSV; a document's payload may be one long line.
_CSV = (
    "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '\\N', "
    "max_line_size = 33554432"
)


@dataclass(frozen=True, slots=True)
class _Table:
    columns: dict[str, str]
    order: str
    #: Small groups where rows are fetched one by one, large ones where they are scanned.
    group_rows: int = 200_000


#: `elements_key` is the digest of the elements: it means the same block in every database, `id` only here.
_CODING = {"id": "INTEGER", "elements_key": "UUID", "fiscal_year": "SMALLINT"} | dict.fromkeys(
    ELEMENTS, "VARCHAR"
)

_SHAPES: dict[str, _Table] = {
    "posting": _Table(
        {"entry_id": "BIGINT", "amount_fen": "BIGINT", "coding_id": "INTEGER", "period": "INTEGER",
         "account_id": "SMALLINT", "line": "SMALLINT", "side": "SMALLINT"},
        "account_id, coding_id, period, entry_id, line",
    ),
    "entry": _Table(
        {"id": "BIGINT", "region_id": "SMALLINT", "period": "INTEGER", "business_date": "DATE",
         "document_id": "BIGINT", "reverses_id": "BIGINT", "posted_at": "TIMESTAMPTZ",
         "natural_key": "VARCHAR", "source_ref": "VARCHAR", "rule_code": "VARCHAR", "summary": "VARCHAR"},
        "id",
        8192,
    ),
    "coding": _Table(_CODING, "id"),
    "account": _Table(
        {"id": "SMALLINT", "book": "VARCHAR", "code": "VARCHAR", "name": "VARCHAR", "class": "VARCHAR",
         "normal_side": "SMALLINT"},
        "id",
    ),
    "region": _Table({"id": "SMALLINT", "mof_div_code": "VARCHAR"}, "id"),
    "document": _Table(
        {"id": "BIGINT", "natural_key": "VARCHAR", "kind": "VARCHAR", "doc_no": "VARCHAR", "title": "VARCHAR",
         "region_id": "SMALLINT", "fiscal_year": "SMALLINT", "dated_on": "DATE", "source_name": "VARCHAR",
         "source_sha256": "VARCHAR", "payload": "VARCHAR", "recorded_at": "TIMESTAMPTZ"},
        "id",
    ),
}  # fmt: skip


def write_snapshot(
    conn: psycopg.Connection, folder: Path, memory_limit: str = "1GB",
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the whole ledger to Parquet files in `folder`; returns the manifest it also leaves there.

    `conn` must be outside a transaction: all tables are read as of one moment. The manifest is
    written last, so a snapshot that was cut short has none and is refused.
    """
    import duckdb  # figures that are read live need not wait for it

    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    files: dict[str, Any] = {}
    with _one_moment(conn), duckdb.connect() as db:
        db.execute(f"set memory_limit = '{memory_limit}'; set temp_directory = '{_quoted(folder / 'spill')}'")
        db.execute("set timezone = 'UTC'; set preserve_insertion_order = false")
        head = _head(conn)
        for table in TABLES:
            if progress:
                progress(table)
            files[table] = _write_table(conn, db, table, folder)
    manifest = {"format": FORMAT, **head, "files": files}
    _write_atomically(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    return manifest


def check_snapshot(folder: Path) -> list[str]:
    """Names of the files in `folder` that are missing, or whose digest is not the manifest's; [] is well."""
    files: dict[str, Any] = read_manifest(folder)["files"]
    found = {name: folder / f"{name}.parquet" for name in files}
    return [
        name for name, path in found.items()
        if not path.is_file() or _sha256(path) != files[name]["sha256"]
    ]  # fmt: skip


@contextmanager
def _one_moment(conn: psycopg.Connection) -> Iterator[None]:
    if conn.info.transaction_status != TransactionStatus.IDLE:
        raise FigureError("快照须从一个新的事务开始", hint="请在没有未完成事务的连接上生成快照")
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        conn.execute("set local timezone = 'UTC'")
        yield


def _head(conn: psycopg.Connection) -> dict[str, Any]:
    row = conn.execute(
        "select coalesce(max(id), 0), count(*), transaction_timestamp() from ledger.entry"
    ).fetchone()
    assert row is not None  # an aggregate always answers
    mark = {"is_simulated": True, "notice": NOTICE} if simulation(conn) else {}
    return mark | {"watermark_entry_id": row[0], "entry_count": row[1], "taken_at": row[2].isoformat()}


def _write_table(
    conn: psycopg.Connection, db: duckdb.DuckDBPyConnection, table: str, folder: Path
) -> dict[str, Any]:
    shape = _SHAPES[table]
    target, csv = folder / f"{table}.parquet", folder / f"{table}.csv"
    try:
        _copy_out(conn, table, shape, csv)
        db.execute(
            f"copy (select * from read_csv('{_quoted(csv)}', {_CSV}, columns = {shape.columns}) "
            f"order by {shape.order}) "
            f"to '{_quoted(target)}' (format parquet, compression zstd, row_group_size {shape.group_rows})"
        )
    finally:
        csv.unlink(missing_ok=True)
    rows = db.execute(f"select count(*) from read_parquet('{_quoted(target)}')").fetchall()[0][0]
    return {"rows": rows, "sha256": _sha256(target)}


def _copy_out(conn: psycopg.Connection, table: str, shape: _Table, csv: Path) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, shape.columns))
    query = sql.SQL("copy (select {} from ledger.{}) to stdout (format csv, null '\\N')").format(
        columns, sql.Identifier(table)
    )
    with csv.open("wb") as out, psycopg.Cursor(conn) as cursor, cursor.copy(query) as copy:
        for block in copy:
            out.write(block)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_atomically(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, "utf8")
    part.replace(path)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
