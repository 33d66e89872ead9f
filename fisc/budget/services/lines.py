"""Documents with lines, made and revised as a whole: the row with a digest of its lines, and the lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Protocol

import psycopg

from fisc.documents import Kind, advance, make, read, write_lines
from fisc.documents.editions import current, fresh
from fisc.documents.kind import M
from fisc.documents.store import By, Row

Conn = psycopg.Connection[Any]


class Given(Protocol):
    """What callers hand in for a document: a dataclass with a natural key."""

    @property
    def doc_key(self) -> str:
        """The natural key."""
        ...


@dataclass(frozen=True, slots=True)
class Whole:
    """A document as asked for: its row, and its lines in order, without key, revision and number."""

    row: Row
    lines: Sequence[Row]

    @property
    def doc_key(self) -> str:
        """The natural key."""
        return str(self.row["doc_key"])


def row_of(given: Given, *without: str) -> dict[str, object]:
    """A dataclass as a row: its fields, tuples as lists, and its `doc_key`; `without` are not the table's."""
    return {"doc_key": given.doc_key, **line_of(given, *without)}


def line_of(given: Any, *without: str) -> dict[str, object]:
    """A dataclass as a line: its fields, tuples as lists."""
    found = {f.name: getattr(given, f.name) for f in fields(given) if f.name not in without}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def make_whole(conn: Conn, kind: Kind[M], wholes: Sequence[Whole], *, by: By, on: date) -> list[bool]:
    """`documents.make` with lines: True for each that is new. In the caller's transaction."""
    if kind.has_editions:
        wholes = _called(wholes, [str(row["doc_key"]) for row in fresh(conn, kind, [w.row for w in wholes])])
    is_new = make(conn, kind, [whole.row for whole in wholes], by=by, on=on)
    write(conn, kind, [(whole, 1) for whole, new in zip(wholes, is_new, strict=True) if new])
    return is_new


def standing_wholes(conn: Conn, kind: Kind[M], wholes: Sequence[Whole]) -> list[Whole]:
    """Documents as asked for, each under the key of the last one of its number, to revise it."""
    return _called(wholes, current(conn, kind, [whole.doc_key for whole in wholes]))


def _called(wholes: Sequence[Whole], keys: Sequence[str]) -> list[Whole]:
    return [Whole({**w.row, "doc_key": key}, w.lines) for w, key in zip(wholes, keys, strict=True)]


def revise_whole(
    conn: Conn, kind: Kind[M], wholes: Sequence[Whole], code: str, *, by: By, on: date
) -> list[M]:
    """Take the step `code` that writes rows and lines anew, under the next revision: those that took it now.

    What the step writes and a row does not give becomes empty; earlier lines stay under their revision.
    """
    keys = [whole.doc_key for whole in wholes]
    standing = read(conn, kind, keys, is_locked=True)
    revisions = [int(getattr(document, "revision")) + 1 for document in standing]  # noqa: B009
    rows = [{**w.row, "revision": n} for w, n in zip(wholes, revisions, strict=True)]
    changes = {name: [row.get(name) for row in rows] for name in kind.written[code]}
    revised = advance(conn, kind, keys, code, by=by, on=on, changes=changes)
    now = {document.doc_key for document in revised}
    write(conn, kind, [(w, n) for w, n in zip(wholes, revisions, strict=True) if w.doc_key in now])
    return revised


def write(conn: Conn, kind: Kind[M], wholes: Iterable[tuple[Whole, int]]) -> None:
    """The lines of documents that were made or revised now, each with its revision."""
    [lines] = kind.lines
    write_lines(conn, lines, (
        {lines.parent: whole.doc_key, lines.order: number, **line}
        | ({lines.edition: revision} if lines.edition else {})
        for whole, revision in wholes
        for number, line in enumerate(whole.lines, start=1)
    ))  # fmt: skip
