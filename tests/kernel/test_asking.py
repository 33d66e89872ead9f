"""Several questions in one statement: what each says, once, whatever the others say."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from fisc.kernel.asking import Question, _joined, ask, ask_all

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
