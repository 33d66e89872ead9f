"""Lines of documents: written by COPY, as a revision that stands; their digest goes into the document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql


def digest(lines: Iterable[object]) -> str:
    """A digest of lines (dataclasses or tuples) in order: other lines, other digest."""
    total = hashlib.blake2b(digest_size=16)
    for line in lines:
        total.update(repr(line).encode() + b"\n")
    return total.hexdigest()


def write(
    conn: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """COPY `rows` (one value per column; lists become arrays) into `table`."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def as_json(rows: Iterable[Sequence[object]]) -> str:
    """Rows for `json_to_recordset` queries, as a list of lists."""
    return json.dumps([list(row) for row in rows], ensure_ascii=False)
