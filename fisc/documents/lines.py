"""The lines of documents: written with a step, read in the edition that the document holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import statements
from fisc.documents.kind import Kind, L, Lines
from fisc.documents.store import Row
from fisc.registry.rows import Table

if TYPE_CHECKING:
    from fisc.documents.models import FlowDocument

Conn = psycopg.Connection[Any]


def write_lines(conn: Conn, lines: Table, rows: Iterable[Row]) -> None:
    """Write lines of documents, or facts of a register: column -> value, the same columns for all.

    Lists become arrays. Lines come in the transaction of the step that writes them (`written_by`), after it;
    the guard refuses others. Columns that are not given (the id, what later events count up) take the
    database's defaults.
    """
    every = iter(rows)
    first = next(every, None)
    if first is None:
        return
    columns = tuple(first)
    with conn.cursor() as cursor, cursor.copy(statements.copy(lines, columns)) as copy:
        for row in chain([first], every):
            copy.write_row([row[column] for column in columns])


def lines_of(
    conn: Conn, lines: Lines[L], documents: Sequence[FlowDocument], kind: Kind[Any] | None = None
) -> dict[str, list[L]]:
    """The lines of documents by `doc_key`, in their order, of the edition that each document holds.

    `kind` is whose they are, where several kinds share the lines.
    """
    if not documents:
        return {}
    keys = [document.doc_key for document in documents]
    editions = (
        [getattr(document, lines.edition) for document in documents] if lines.edition else [0] * len(keys)
    )
    found: dict[str, list[L]] = {key: [] for key in keys}
    asked = {"keys": keys, "editions": editions, "mark": lines.mark_value(kind)}
    rows = conn.execute(statements.lines(lines), asked).fetchall()
    for line in lines.load(rows):
        found[getattr(line, lines.parent)].append(line)
    return found


def digest(lines: Iterable[object]) -> str:
    """A digest of lines (dataclasses or tuples) in order: other lines, other digest."""
    total = hashlib.blake2b(digest_size=16)
    for line in lines:
        total.update(repr(line).encode() + b"\n")
    return total.hexdigest()
