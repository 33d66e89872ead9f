"""Several questions in one statement: what each says, once, whatever the others say."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from psycopg.types.json import set_json_loads

from fisc.kernel.asking import Question, ask, ask_all

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
    read: list[int] = []

    def counting(text: str | bytes) -> Any:
        read.append(len(text))
        return json.loads(text)

    set_json_loads(counting, conn)
    rows = ask_all(conn, _numbers(500, "one"), _numbers(400, "two"), _numbers(3, "three"), is_locked=False)
    assert [len(found) for found in rows] == [500, 400, 3]
    assert len(read) == 2
