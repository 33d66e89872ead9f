"""Several questions in one statement: what each says, once, whatever the others say."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from fisc.kernel.asking import _SMALL, Question, _joined, ask, ask_all, fetch
from fisc.kernel.memory import memory_of

Conn = psycopg.Connection[Any]


def _numbers(count: int, name: str) -> Question[list[tuple[Any, ...]]]:
    statement = f"select n::int, 'x' || n, n = 1 from generate_series(1, %({name})s) n".encode()
    return Question(statement, {name: count}, list)


@pytest.mark.parametrize("is_locked", [False, True])
@pytest.mark.parametrize("counts", [(0, 0), (0, 3), (3, 0), (1, 1), (5, 2), (2, 5)])
def test_questions_say_together_what_they_say_alone(
    conn: Conn, counts: tuple[int, int], is_locked: bool
) -> None:
    one, two = _numbers(counts[0], "one"), _numbers(counts[1], "two")
    assert ask_all(conn, one, two, is_locked=is_locked) == (ask(conn, one), ask(conn, two))


def test_what_the_others_say_is_told_once_however_many_rows_there_are(conn: Conn) -> None:
    statement = _joined(*(_numbers(1, name).statement for name in ("one", "two", "three")))
    rows = conn.execute(statement, {"one": 500, "two": 400, "three": 3}).fetchall()
    assert len(rows) == 500
    assert [sum(row[place] is not None for row in rows) for place in (0, 1)] == [1, 1]


def test_rows_are_tuples_whatever_the_connection_makes_of_them(ledger_db: str) -> None:
    with psycopg.connect(ledger_db, row_factory=dict_row) as conn:
        assert fetch(conn, b"select 1 as a, %(b)s as b", {"b": "x"}) == [(1, "x")]
        assert ask_all(conn, _numbers(2, "one"), _numbers(1, "two"), is_locked=False)[1] == [(1, "x1", True)]


def test_a_large_answer_is_not_kept(conn: Conn) -> None:
    rows = b"select n from generate_series(1, %(n)s) n"
    fetch(conn, rows, {"n": 3})
    kept = memory_of(conn).cursor
    assert fetch(conn, rows, {"n": 2}) == [(1,), (2,)] and memory_of(conn).cursor is kept is not None
    assert len(fetch(conn, rows, {"n": _SMALL + 1})) == _SMALL + 1
    assert memory_of(conn).cursor is None
    assert fetch(conn, rows, {"n": 1}) == [(1,)]


def test_a_connection_that_nobody_holds_is_gone_with_its_memory(ledger_db: str) -> None:
    conn = psycopg.connect(ledger_db)
    fetch(conn, b"select 1", {})
    conn.close()
    there = weakref.ref(conn)
    del conn
    gc.collect()
    assert there() is None
