"""Rows of PostgreSQL as a Parquet file, in bounded memory: copied out as CSV, turned by DuckDB.

Journals for others and snapshots of figures are both written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    import duckdb

_MEMORY = "1GB"
#: How PostgreSQL writes CSV: what is quoted is never null and may hold ends of lines of other systems; a
#: document's payload may be one long line.
_CSV = (
    "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '\\N', "
    "allow_quoted_nulls = false, new_line = '\\n', max_line_size = 33554432"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A file's columns with DuckDB's types, the order of its rows ('': as they come), the rows of a group.

    `said` are the words that the file carries beside its rows.
    """

    columns: Mapping[str, str]
    order: str = ""
    group_rows: int = 200_000
    said: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def turning(folder: Path, memory_limit: str = _MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB to turn rows with, that spills into `folder` what exceeds `memory_limit`."""
    import duckdb  # a tenth of a second that who writes no Parquet need not wait for

    with duckdb.connect() as db:
        db.execute(f"set memory_limit = '{memory_limit}'; set temp_directory = '{_quoted(folder / 'spill')}'")
        db.execute("set timezone = 'UTC'")
        yield db


def write(
    conn: psycopg.Connection, db: duckdb.DuckDBPyConnection, query: bytes, shape: Shape, target: Path
) -> int:
    """Write the rows of `query`, which gives the columns of `shape`, to `target`; returns how many.

    The CSV on the way lies beside `target` and goes again.
    """
    csv = target.with_suffix(".csv")
    try:
        _copy_out(conn, query, csv)
        order = f"order by {shape.order}" if shape.order else ""
        rows = f"select * from read_csv('{_quoted(csv)}', {_CSV}, columns = {dict(shape.columns)}) {order}"
        form = f"format parquet, compression zstd, row_group_size {shape.group_rows}{_metadata(shape.said)}"
        db.execute(f"copy ({rows}) to '{_quoted(target)}' ({form})")
    finally:
        csv.unlink(missing_ok=True)
    count: int = db.execute(f"select count(*) from read_parquet('{_quoted(target)}')").fetchall()[0][0]
    return count


def _copy_out(conn: psycopg.Connection, query: bytes, csv: Path) -> None:
    statement = b"copy (" + query + b") to stdout (format csv, null '\\N')"
    with csv.open("wb") as out, psycopg.Cursor(conn) as cursor, cursor.copy(statement) as copy:
        for block in copy:
            out.write(block)


def _metadata(said: Mapping[str, str]) -> str:
    words = ", ".join(f"{name}: '{_quoted(word)}'" for name, word in said.items())
    return f", kv_metadata {{{words}}}" if words else ""


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
