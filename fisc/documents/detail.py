"""One document whole: what it says, its lines, its steps, what it posted, what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

import psycopg
from psycopg import sql

from fisc.documents.kind import Kind, M
from fisc.documents.lines import lines_of
from fisc.documents.store import read
from fisc.kernel import Entry, read_entries_of

if TYPE_CHECKING:
    from django.db.models import Model

Conn = psycopg.Connection[Any]


class Step(NamedTuple):
    """A step that a document took: which, in which round, by whom, when, with what note."""

    move: str
    name: str
    round_no: int
    officer: str
    on: date
    note: str


class Related(NamedTuple):
    """A document that names this one, or that this one names."""

    prefix: str
    name: str
    doc_key: str
    state: str


@dataclass(frozen=True, slots=True)
class Detail(Generic[M]):
    """A document with all that belongs to it; `entries` by id, in the order they were posted."""

    kind: Kind[M]
    document: M
    lines: list[Model]
    trail: list[Step]
    entries: dict[int, Entry]
    up: list[Related]
    down: list[Related]


def detail(conn: Conn, kind: Kind[M], doc_key: str, among: Sequence[Kind[Any]] = ()) -> Detail[M]:
    """The document of a number, whole; related ones are looked for among the kinds given.

    Raises NotFound.
    """
    [document] = read(conn, kind, [doc_key])
    found = [line for lines in kind.lines for line in lines_of(conn, lines, [document], kind)[doc_key]]
    entries = read_entries_of(conn, [document.id])
    return Detail(
        kind, document, found, steps_of(kind, document.trail), entries,
        _named_by(conn, kind, document, among), _naming(conn, kind, doc_key, among),
    )  # fmt: skip


def steps_of(kind: Kind[Any], trail: Sequence[Sequence[Any]]) -> list[Step]:
    """The steps of a document's trail, with their names."""
    known = {move.code: move.name for move in kind.flow.moves} | {"make": "编制"}
    return [
        Step(move, known.get(move, move), int(round_no), officer, date.fromisoformat(on), note)
        for move, round_no, officer, on, note in trail
    ]


def _named_by(conn: Conn, kind: Kind[Any], document: Any, among: Sequence[Kind[Any]]) -> list[Related]:
    """The documents that this one names."""
    found = []
    for column, prefix in kind.refers.items():
        for other in among:
            if other.prefix == prefix and (key := getattr(document, column)):
                found += _related(conn, other, "doc_key", key)
    return found


def _naming(conn: Conn, kind: Kind[Any], doc_key: str, among: Sequence[Kind[Any]]) -> list[Related]:
    """The documents that name this one."""
    return [
        related
        for other in among
        for column, prefix in other.refers.items()
        if prefix == kind.prefix
        for related in _related(conn, other, column, doc_key)
    ]


def _related(conn: Conn, kind: Kind[Any], column: str, value: str) -> list[Related]:
    statement = sql.SQL("select doc_key, state from {} where {} = %s order by doc_key limit 1000").format(
        sql.Identifier(kind.table), sql.Identifier(column)
    )
    rows = conn.execute(statement, [value]).fetchall()
    return [Related(kind.prefix, kind.name, key, kind.states.get(state, state)) for key, state in rows]
