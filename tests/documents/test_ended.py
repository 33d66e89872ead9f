"""Of every kind: what ended is not answered as done. Nothing of it stands, so it is said, and what to do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken, make, move
from fisc.documents.editions import fresh
from fisc.documents.errors import WrongState
from fisc.documents.flow import MAKE, Move
from fisc.documents.kind import Kind
from fisc.documents.reversing import draft_reversals
from fisc.kernel import DuplicateConflict
from tests.documents.attacks import CITY, KINDS, types_of, value_of

DAY = date(2022, 1, 1)
#: Every kind, and every state in which nothing of its documents stands any more.
ENDS = [(prefix, state) for prefix, kind in KINDS.items() for state in sorted(kind.flow.ended)]


def _row(conn: psycopg.Connection, kind: Kind[Any], which: int = 0) -> dict[str, object]:
    types = types_of(conn, kind.table)
    said = {column: _plain(value_of(types, column, which)) for column in kind.content}
    later = {column: _BLANK[types[column]] for column in kind.written_later if _is_asked_for(kind, column)}
    return said | later | {"doc_key": f"{kind.prefix}-1", "mof_div_code": CITY, "fiscal_year": 2022}


def _is_asked_for(kind: Kind[Any], column: str) -> bool:
    """Whether whoever makes a document leaves a column that a step writes later blank, not out."""
    field = next(f for f in kind.model._meta.concrete_fields if f.column == column)
    return not (field.null or field.has_db_default())


#: PostgreSQL type -> what stands before a step writes it.
_BLANK: dict[str, object] = {"text": "", "character varying": "", "ARRAY": [], "integer": 0, "bigint": 0,
                             "smallint": 0, "boolean": False, "jsonb": []}  # fmt: skip


def _plain(value: object) -> object:
    return {"[1]": [1], "[2]": [2], b"x": "\\x78", b"y": "\\x79"}.get(value, value) if isinstance(  # type: ignore[call-overload]
        value, str | bytes) else value  # fmt: skip


def _way(kind: Kind[Any], state: str) -> list[Move]:
    """The shortest way of steps from making to a state."""
    ways: list[tuple[str, list[Move]]] = [(kind.initial, [])]
    for at, way in ways:
        if at == state:
            return way
        ways += [(step.target, [*way, step]) for step in kind.flow.moves if at in step.sources
                 and step not in way]  # fmt: skip
    raise AssertionError(f"{kind.prefix}: nothing leads to {state}")


def _ended(conn: psycopg.Connection, kind: Kind[Any], state: str) -> list[Move]:
    """A document brought to an end, each step by an officer of its duty on a day of its own."""
    assert make(conn, kind, [_row(conn, kind)], by=kind.flow.make_duty, on=DAY) == [True]
    way = _way(kind, state)
    for days, step in enumerate(way, 1):
        on = DAY + timedelta(days=days)
        assert move(conn, kind, [f"{kind.prefix}-1"], step.code, by=step.duty, on=on) == [True]
    return way


@pytest.mark.parametrize(("prefix", "state"), ENDS)
@pytest.mark.parametrize("which", [0, 1], ids=["the same", "another"])
def test_what_ended_is_not_made_again(bare: psycopg.Connection, prefix: str, state: str, which: int) -> None:
    kind = KINDS[prefix]
    with bare.transaction(force_rollback=True):
        last = _ended(bare, kind, state)[-1]
        with pytest.raises(DuplicateConflict) as refusal:
            make(bare, kind, [_row(bare, kind, which)], by=kind.flow.make_duty, on=DAY)
        assert f"{prefix}-1 已于 2022-01-0" in refusal.value.message and last.name in refusal.value.message
        assert ("原号" if kind.has_editions else "新的单据号") in refusal.value.hint


@pytest.mark.parametrize(("prefix", "state"), ENDS)
def test_a_step_before_the_end_is_not_told_as_done(bare: psycopg.Connection, prefix: str, state: str) -> None:
    kind = KINDS[prefix]
    with bare.transaction(force_rollback=True):
        *before, last = _ended(bare, kind, state)
        for step in before:
            with pytest.raises(WrongState) as refusal, bare.transaction():
                move(bare, kind, [f"{prefix}-1"], step.code, by=step.duty, on=DAY)
            assert kind.states[state] in refusal.value.message
            assert ("原号" if kind.has_editions else "新的单据号") in refusal.value.hint
        # the step that ended it is done, and stays done
        assert move(bare, kind, [f"{prefix}-1"], last.code, by=last.duty, on=DAY) == [False]


@pytest.mark.parametrize("prefix", [prefix for prefix, kind in KINDS.items() if kind.initial])
def test_what_stands_is_made_once(bare: psycopg.Connection, prefix: str) -> None:
    kind = KINDS[prefix]
    with bare.transaction(force_rollback=True):
        row = _row(bare, kind)
        assert make(bare, kind, [row], by=kind.flow.make_duty, on=DAY) == [True]
        assert make(bare, kind, [row], by=kind.flow.make_duty, on=DAY) == [False]


@pytest.mark.parametrize("prefix", [p for p, kind in KINDS.items() if "reversed" in kind.flow.ended])
def test_a_reversal_promises_the_number_only_where_it_opens_again(
    bare: psycopg.Connection, prefix: str
) -> None:
    kind = KINDS[prefix]
    with bare.transaction(force_rollback=True):
        _ended(bare, kind, "reversed")
        with pytest.raises(RuleBroken, match="不用冲销") as refusal:
            draft_reversals(bare, KINDS["revenue_reversal"], {prefix: kind},
                            [("R", prefix, f"{prefix}-1", "错")], by=MAKE, on=DAY)  # fmt: skip
        assert ("原号" in refusal.value.hint) == kind.has_editions


@pytest.mark.parametrize(
    "prefix", [p for p, kind in KINDS.items() if kind.has_editions and "reversed" in kind.flow.ended]
)
def test_what_was_reversed_is_entered_anew_on_that_day_or_later(
    bare: psycopg.Connection, prefix: str
) -> None:
    """Else two editions of one number stand at once; also where one in between was given up."""
    kind = KINDS[prefix]
    with bare.transaction(force_rollback=True):
        back = DAY + timedelta(days=len(_ended(bare, kind, "reversed")))

        def enter(on: date) -> list[bool]:
            rows = fresh(bare, kind, [_row(bare, kind)])
            return make(bare, kind, rows, by=kind.flow.make_duty, on=on)

        with pytest.raises(RuleBroken, match="早于原单据冲销的日期") as refusal, bare.transaction():
            enter(back - timedelta(days=1))
        assert "冲销当日" in refusal.value.hint and "~" not in refusal.value.message
        assert [enter(back), enter(back)] == [[True], [False]]
        move(bare, kind, [f"{prefix}-1~2"], "discard", by=kind.of("discard").duty, on=back)
        with pytest.raises(RuleBroken, match="早于原单据冲销的日期"), bare.transaction():
            enter(back - timedelta(days=1))


@pytest.mark.parametrize("number", ["１", "Ａ1", "e\u0301", "a\nb", " a", "", "x" * 201])
def test_no_service_writes_a_number_in_another_form(bare: psycopg.Connection, number: str) -> None:
    kind = KINDS["affair"]
    with pytest.raises(RuleBroken, match="不能用"):
        make(bare, kind, [_row(bare, kind) | {"doc_key": number}], by=kind.flow.make_duty, on=DAY)
