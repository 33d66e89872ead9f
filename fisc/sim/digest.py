"""One number for everything a run left behind: the ledger, the documents, the banks' books.

A canonical export is read and digested: natural keys, dates, accounts, elements, amounts, states;
no row numbers and no clock times. Two runs of the same seed, one of them killed and gone on with,
have the same digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from fisc.city.parts import Part
from fisc.documents.findings import FINDING
from fisc.reading.entries import WHOLE_LEDGER
from fisc.sim.parts import PARTS

Conn = psycopg.Connection[Any]
Progress = Callable[[str, int, int], None]
Query = sql.SQL | sql.Composed

#: Tables of the domains, of the elements and of the simulated banks; the run's own mark is not among them.
_TABLES: Final = (
    "select table_name::text from information_schema.tables where table_schema = 'public' "
    "and table_type = 'BASE TABLE' and table_name <> 'sim_run' "
    "and (split_part(table_name, '_', 1) = any(%s) or table_name = %s) order by 1"
)
#: Columns that say something: no row numbers (nor digests that hold some), no clock times, no packed bytes.
_COLUMNS: Final = (
    "select column_name::text from information_schema.columns where table_schema = 'public' "
    "and table_name = %s and data_type not in ('timestamp with time zone', 'bytea') "
    "and not (column_name = 'id' and data_type in ('integer', 'bigint')) "
    "and column_name <> all (array['coding_id', 'document_id', 'entry_id', 'message_key', 'known_at']) "
    "and column_name not in ('content_digest', 'lines_digest') "
    "order by column_name"
)


@dataclass(frozen=True, slots=True)
class Section:
    """The digest of one part of the export, and how many lines it has."""

    name: str
    lines: int
    digest: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of the whole export, and of its parts: where two runs differ can be told."""

    digest: str
    parts: tuple[Section, ...]


def digest(conn: Conn, progress: Progress | None = None, parts: Sequence[Part] = PARTS) -> Digest:
    """Digest the whole export (SHA-256), in one snapshot: the ledger, and the tables of the parts."""
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        conn.execute("set local work_mem = '256MB'")
        conn.execute("set local cursor_tuple_fraction = 1")  # every row is wanted, not the first few
        wanted = list(_queries(conn, [label for part in parts for label in (part.name, *part.fills)]))
        found = []
        for number, (name, query) in enumerate(wanted, start=1):
            found.append(_part(conn, name, query))
            if progress is not None:
                progress(name, number, len(wanted))
    whole = hashlib.sha256("\n".join(f"{p.name} {p.lines} {p.digest}" for p in found).encode())
    return Digest(whole.hexdigest(), tuple(found))


def _queries(conn: Conn, prefixes: list[str]) -> Iterator[tuple[str, Query]]:
    yield from ((name, sql.SQL(query)) for name, query in WHOLE_LEDGER.items())
    for (table,) in conn.execute(_TABLES, [prefixes, FINDING.table]).fetchall():
        columns = [row[0] for row in conn.execute(_COLUMNS, [table])]
        if columns:
            yield table, _rows(table, columns)


def _rows(table: str, columns: list[str]) -> sql.Composed:
    """The rows of a table as lines, in the order of their text."""
    shown = sql.SQL(", ").join(
        sql.SQL("coalesce({}::text, '')").format(sql.Identifier(name)) for name in columns
    )
    statement = sql.SQL(
        "select line from (select concat_ws('|', {}) as line from {}) t order by line collate \"C\""
    )
    return statement.format(shown, sql.Identifier(table))


#: Lines that are fetched and digested together.
_LINES: Final = 4000


def _part(conn: Conn, name: str, query: Query) -> Section:
    """Digest the lines of a query, each ended by a line feed; line feeds within are written out."""
    total, lines = hashlib.sha256(), 0
    with conn.cursor(f"digest of {name}") as cursor:
        cursor.itersize = _LINES
        cursor.execute(query)
        while block := cursor.fetchmany(_LINES):
            total.update("".join([_line(line) for (line,) in block]).encode())
            lines += len(block)
    return Section(name, lines, total.hexdigest())


#: What COPY writes for characters that would end a line or a column.
_ESCAPES: Final = str.maketrans({
    "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
})  # fmt: skip
_ESCAPED: Final = re.compile("[\\\\\b\f\n\r\t\v]")


def _line(line: str) -> str:
    """A line as COPY writes it."""
    return f"{line.translate(_ESCAPES) if _ESCAPED.search(line) else line}\n"
