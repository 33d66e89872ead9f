"""Questions that do not wait for each other's answers: asked in one statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, overload

import psycopg
from psycopg.rows import tuple_row

from fisc.kernel.memory import memory_of

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
W = TypeVar("W")
X = TypeVar("X")
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Question(Generic[T_co]):
    """A statement, what it takes, and what its rows say."""

    statement: bytes
    parameters: Mapping[str, Any]
    read: Callable[[Rows], T_co]


#: Answers of more rows are not kept beside the connection until the next one comes.
_SMALL = 1000


def fetch(conn: psycopg.Connection[Any], statement: bytes, parameters: Mapping[str, Any]) -> Rows:
    """A statement's rows as tuples, whatever the connection makes of rows.

    The connection keeps the cursor: making one took longer than a small answer takes to read.
    """
    memory = memory_of(conn)
    cursor = memory.cursor
    if cursor is None or type(cursor) is not conn.cursor_factory:
        cursor = memory.cursor = conn.cursor(row_factory=tuple_row)
    rows = cursor.execute(statement, parameters).fetchall()
    if len(rows) > _SMALL:
        memory.cursor = None
    return rows


def ask(conn: psycopg.Connection, question: Question[T]) -> T:
    """What a question's rows say."""
    return question.read(fetch(conn, question.statement, question.parameters))


@overload
def ask_all(
    conn: psycopg.Connection, first: Question[T], second: Question[U], /, *, is_locked: bool
) -> tuple[T, U]: ...
@overload
def ask_all(
    conn: psycopg.Connection, first: Question[T], second: Question[U], third: Question[V], /,
    *, is_locked: bool,
) -> tuple[T, U, V]: ...  # fmt: skip
@overload
def ask_all(
    conn: psycopg.Connection, first: Question[T], second: Question[U], third: Question[V],
    fourth: Question[W], /, *, is_locked: bool,
) -> tuple[T, U, V, W]: ...  # fmt: skip
@overload
def ask_all(
    conn: psycopg.Connection, first: Question[T], second: Question[U], third: Question[V],
    fourth: Question[W], fifth: Question[X], /, *, is_locked: bool,
) -> tuple[T, U, V, W, X]: ...  # fmt: skip
def ask_all(
    conn: psycopg.Connection, first: Question[Any], /, *others: Question[Any], is_locked: bool
) -> tuple[Any, ...]:
    """What several questions' rows say; to wait for the server is as dear as a small question.

    The rows of `others` come as JSON: numbers, texts and truths. Questions that take the same name mean
    the same. With `is_locked` the first one locks its rows, and the others are asked after it, as statements
    of their own: what they see is then no older than the locks.
    """
    if is_locked:
        return ask(conn, first), *(ask(conn, one) for one in others)
    asked: dict[str, Any] = {}
    for one in (first, *others):
        asked |= one.parameters
    rows = fetch(conn, _joined(first.statement, *(one.statement for one in others)), asked)
    count = len(others)
    aside = next(row for row in rows if row[count] in (None, 1))
    own = [row[count + 1 :] for row in rows if row[count] is not None]
    return first.read(own), *(one.read(_of_json(aside[n])) for n, one in enumerate(others))


@cache
def _joined(first: bytes, *others: bytes) -> bytes:
    """The statement; what the others say stands beside one row only, or beside none."""
    aside = b", ".join(
        b"(select json_agg(q)::text from (%s) q) as a%d" % (one, n) for n, one in enumerate(others)
    )
    told = b", ".join(
        b"case when coalesce(f.its_place, 1) = 1 then a.a%d end" % n for n in range(len(others))
    )
    return (
        b"select %s, f.* from (select %s) a "
        b"left join (select row_number() over () as its_place, m.* from (%s) m) f on true"
        % (told, aside, first)
    )


def _of_json(rows: str | None) -> Rows:
    return json.loads(rows, object_pairs_hook=_values) if rows else []


def _values(pairs: list[tuple[str, Any]]) -> tuple[Any, ...]:
    return tuple(value for _, value in pairs)
