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
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from fisc.kernel import parquet
from fisc.kernel.parquet import Shape
from fisc.kernel.simulation import NOTICE, simulation
from fisc.reading.algebra import ELEMENTS, MARKS
from fisc.reading.beside import Beside, beside
from fisc.reading.bind import FigureError
from fisc.reading.engines.snapshot import FORMAT, MANIFEST, TABLES, read_manifest
from fisc.store import scratch

#: `elements_key` is the digest of the elements: it means the same block in every database, `id` only here.
_CODING = {"id": "INTEGER", "elements_key": "UUID", "fiscal_year": "SMALLINT"} | dict.fromkeys(
    (*ELEMENTS, *MARKS), "VARCHAR"
)

_SHAPES: dict[str, Shape] = {
    "posting": Shape(
        {"entry_id": "BIGINT", "amount_fen": "BIGINT", "coding_id": "INTEGER", "period": "INTEGER",
         "account_id": "SMALLINT", "line": "SMALLINT", "side": "SMALLINT"},
        "account_id, coding_id, period, entry_id, line",
    ),
    "entry": Shape(
        {"id": "BIGINT", "region_id": "SMALLINT", "period": "INTEGER", "business_date": "DATE",
         "document_id": "BIGINT", "reverses_id": "BIGINT", "posted_at": "TIMESTAMPTZ",
         "natural_key": "VARCHAR", "source_ref": "VARCHAR", "rule_code": "VARCHAR", "summary": "VARCHAR"},
        "id",
        8192,
    ),
    "coding": Shape(_CODING, "id"),
    "account": Shape(
        {"id": "SMALLINT", "book": "VARCHAR", "code": "VARCHAR", "name": "VARCHAR", "class": "VARCHAR",
         "normal_side": "SMALLINT"},
        "id",
    ),
    "period": Shape(
        {"region_id": "SMALLINT", "period": "INTEGER", "closed_at": "TIMESTAMPTZ"}, "region_id, period"
    ),
    "region": Shape({"id": "SMALLINT", "mof_div_code": "VARCHAR"}, "id"),
    "document": Shape(
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
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    files: dict[str, Any] = {}
    with _one_moment(conn), parquet.turning(folder, memory_limit) as db:
        db.execute("set preserve_insertion_order = false")  # each file has an order of its own
        head, said = _head(conn), beside(conn)
        for table in TABLES:
            if progress:
                progress(table)
            target, shape = folder / f"{table}.parquet", _SHAPES[table]
            rows = parquet.write(conn, db, _query(table, shape, said), shape, target)
            files[table] = {"rows": rows, "sha256": _sha256(target)}
    manifest = {"format": FORMAT, **head, "files": files}
    scratch.write(folder / MANIFEST, f"{json.dumps(manifest, ensure_ascii=False, indent=2)}\n".encode())
    return manifest


def _query(table: str, shape: Shape, said: Beside) -> bytes:
    """What of a table is copied out."""
    if table == "coding":
        return said.codings(shape.columns).encode()
    told = {"payload": said.payload} if table == "document" else {}
    columns = (told.get(name, f"d.{name}") for name in shape.columns)
    return f"select {', '.join(columns)} from ledger.{table} d".encode()


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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
