"""Of every kind: a line is of one document and its edition, a sum is kept, nothing is born half-way."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from fisc.documents.errors import Undeclared
from fisc.documents.installation import _ROOMS
from fisc.documents.kind import Kind, Lines, require_declared
from tests.documents.attacks import CITY, DECLARED, KINDS, LINES, VALUES, document, insert, types_of, value_of

SHARED = [lines for lines in LINES.values() if lines.kind_column]
EDITIONS = [lines for lines in LINES.values() if lines.edition]
SUMMED = [(kind, lines) for kind in KINDS.values() for lines in kind.lines if lines.sums_to]
TREE = Path(__file__).parents[2] / "fisc"


def _owners(lines: Lines[Any]) -> list[Kind[Any]]:
    return [kind for kind in DECLARED.kinds if lines in kind.lines]


def _writer(kind: Kind[Any], lines: Lines[Any]) -> dict[str, object]:
    """What a document holds while a step that writes the lines is taken."""
    if "make" in lines.written_by:
        return {}
    move = kind.of(lines.written_by[0])
    trail = [["make", 1, kind.flow.make_duty, "2022-01-01", ""], [move.code, 1, move.duty, "2022-01-02", ""]]
    return {"state": move.target, "trail": json.dumps(trail)}


def _line(conn: psycopg.Connection, lines: Lines[Any], **more: object) -> None:
    row = {name: VALUES[kind_of][0] for name, kind_of in types_of(conn, lines.table).items()}
    with conn.transaction(force_rollback=True):
        insert(conn, lines, row | {lines.parent: "d"} | more)


def _refused(conn: psycopg.Connection, lines: Lines[Any], **more: object) -> None:
    with pytest.raises(psycopg.errors.DatabaseError) as refusal:
        _line(conn, lines, **more)
    assert refusal.value.sqlstate == "FS104", refusal.value


@pytest.mark.parametrize("lines", SHARED, ids=lambda lines: lines.table)
def test_nobody_takes_the_lines_of_another_kind(bare: psycopg.Connection, lines: Lines[Any]) -> None:
    owners = _owners(lines)
    assert len(owners) > 1
    for kind in owners:
        with bare.transaction(force_rollback=True):
            document(bare, kind, "d", **_writer(kind, lines))
            _line(bare, lines, **lines.mark(kind))
            for other in owners:
                if other is not kind:
                    _refused(bare, lines, **lines.mark(other))


@pytest.mark.parametrize("lines", EDITIONS, ids=lambda lines: lines.table)
def test_no_edition_grows_later(bare: psycopg.Connection, lines: Lines[Any]) -> None:
    [kind] = _owners(lines)
    with bare.transaction(force_rollback=True):
        document(bare, kind, "d", **_writer(kind, lines), **{lines.edition: 2})
        _line(bare, lines, **{lines.edition: 2})
        for other in (1, 3):
            _refused(bare, lines, **{lines.edition: other})


def test_kinds_that_share_lines_say_whose_they_are() -> None:
    [lines, *_] = SHARED
    kinds = _owners(lines)
    loose: Lines[Any] = Lines(lines.model_label, order=lines.order, written_by=lines.written_by)
    same: Lines[Any] = Lines(
        lines.model_label, order=lines.order, written_by=lines.written_by,
        kind_column=lines.kind_column, kind_values=dict.fromkeys(lines.kind_values, "one"),
    )  # fmt: skip
    for wrong in (loose, same):
        shared = [
            Kind(k.model_label, prefix=k.prefix, flow=k.flow, content=k.content, lines=(wrong,))
            for k in kinds
        ]
        with pytest.raises(Undeclared):
            require_declared(shared, [], [])


def _made(conn: psycopg.Connection, kind: Kind[Any], **more: object) -> None:
    """A document as the engine makes it, by raw SQL: known to the ledger, later steps to come."""
    types = types_of(conn, kind.table)
    recorded = conn.execute(
        "select id, ledger.clock() "
        "from ledger.record(%(prefix)s, array['d'], array[%(city)s], array[2022::smallint], "
        "array['d'], array['d'], array['2022-01-01'::date], array[''], array[''], array['x'])",
        {"prefix": kind.prefix, "city": CITY},
    ).fetchone()
    assert recorded is not None
    trail = json.dumps([["make", 1, kind.flow.make_duty, "2022-01-01", ""]])
    row = {c: value_of(types, c) for c in kind.own_columns if c not in kind.written_later}
    later = kind.written_later
    empty = {c: None if c in kind.empty_columns else [] if c in kind.list_columns else "" for c in later}
    insert(conn, kind, {"id": recorded[0], "doc_key": "d", "mof_div_code": CITY, "fiscal_year": 2022,
                        "state": kind.initial, "trail": trail, "known_at": [recorded[1]],
                        **row, **empty, **more})  # fmt: skip


WRITTEN_LATER = [(prefix, column) for prefix, kind in KINDS.items() for column in kind.written_later]


@pytest.mark.parametrize(("prefix", "column"), WRITTEN_LATER)
def test_nothing_is_born_with_what_a_later_step_writes(
    bare: psycopg.Connection, prefix: str, column: str
) -> None:
    kind = KINDS[prefix]
    with bare.transaction(force_rollback=True):
        with bare.transaction(force_rollback=True):
            _made(bare, kind)
        value = VALUES[types_of(bare, kind.table)[column]][0]
        with pytest.raises(psycopg.errors.DatabaseError, match="以后步骤") as refusal, bare.transaction():
            _made(bare, kind, **{column: value})
        assert refusal.value.sqlstate == "FS104"


@pytest.mark.parametrize(("kind", "lines"), SUMMED, ids=lambda one: one.table)
def test_lines_add_up_when_the_transaction_ends(
    bare: psycopg.Connection, kind: Kind[Any], lines: Lines[Any]
) -> None:
    mark = lines.mark(kind) | ({lines.edition: 7} if lines.edition else {})
    types = types_of(bare, lines.table)
    line = {n: value_of(types, n) for n in types} | {lines.parent: "d", lines.amount: 4} | mark
    for amounts, is_whole in (((), False), ((4,), False), ((4, 3), True), ((4, 4), False)):
        with bare.transaction(force_rollback=True):
            _made(bare, kind, **{lines.sums_to: 7})
            for number, fen in enumerate(amounts, start=1):
                mine = {c: str(number) for c, kind_of in types.items() if kind_of == "text"}
                mine |= {c: number for c in ("id", "line_no") if c in types}
                insert(bare, lines, line | mine | {lines.parent: "d", lines.amount: fen} | mark)
            if is_whole:
                bare.execute("set constraints all immediate")
                continue
            with pytest.raises(psycopg.errors.DatabaseError, match="合计") as refusal, bare.transaction():
                bare.execute("set constraints all immediate")
            assert refusal.value.sqlstate == "FS104"
            bare.execute("set constraints all deferred")


@pytest.mark.parametrize(("kind", "lines"), SUMMED, ids=lambda one: one.table)
def test_nothing_is_added_to_lines_that_add_up(
    bare: psycopg.Connection, kind: Kind[Any], lines: Lines[Any]
) -> None:
    mark = lines.mark(kind) | ({lines.edition: 7} if lines.edition else {})
    types = types_of(bare, lines.table)
    row = {n: value_of(types, n) for n in types} | mark | {lines.parent: "d"}

    def add(number: int, fen: int) -> None:
        own = {c: str(number) for c, kind_of in types.items() if kind_of == "text"}
        own |= {c: number for c in ("id", "line_no") if c in types}
        insert(bare, lines, row | own | {lines.parent: "d", lines.amount: fen} | mark)

    with bare.transaction(force_rollback=True):
        _made(bare, kind, **{lines.sums_to: 7})
        add(1, 4)
        add(2, 3)
        bare.execute("set constraints all immediate")
        bare.execute("set constraints all deferred")
        with (
            pytest.raises(psycopg.errors.DatabaseError, match="不能再增加明细") as refusal,
            bare.transaction(),
        ):
            add(3, 9)
        assert refusal.value.sqlstate == "FS104"


REVISED = [(lines, move) for lines in EDITIONS for move in lines.written_by if move != "make"]


@pytest.mark.parametrize(("lines", "move"), REVISED, ids=lambda one: getattr(one, "table", one))
@pytest.mark.parametrize("edition", [6, 7, 9, 8])
def test_a_step_that_writes_lines_begins_the_next_edition(
    bare: psycopg.Connection, lines: Lines[Any], move: str, edition: int
) -> None:
    [kind] = _owners(lines)
    step = kind.of(move)
    told = json.dumps([[move, 1, step.duty, "2022-01-02", ""]])
    with bare.transaction(force_rollback=True):
        document(bare, kind, "d", state=step.sources[0], **{lines.edition: 7})
        if edition == 8:
            _take(bare, kind, step.target, told, lines.edition, edition)
            return
        with pytest.raises(psycopg.errors.DatabaseError) as refusal, bare.transaction():
            _take(bare, kind, step.target, told, lines.edition, edition)
        assert refusal.value.sqlstate == "FS104"


def _take(conn: psycopg.Connection, kind: Kind[Any], target: str, told: str, column: str, value: int) -> None:
    statement = sql.SQL(
        "update {} set state = %s, trail = trail || %s::jsonb, known_at = known_at || ledger.clock(), {} = %s"
    ).format(sql.Identifier(kind.table), sql.Identifier(column))
    conn.execute(statement, [target, told, value])
    conn.execute("set constraints all deferred")


@pytest.mark.parametrize("table", ["documents_transition", "documents_incompatible_duty"])
@pytest.mark.parametrize(
    "attack",
    ["delete from {}", "truncate {}", "update {} set {} = {}", "insert into {} select * from {} limit 1"],
)
def test_no_rule_is_written_past_its_declaration(bare: psycopg.Connection, table: str, attack: str) -> None:
    column = next(iter(types_of(bare, table)))
    name, of = sql.Identifier(table), sql.Identifier(column)
    statement = sql.SQL(attack).format(name, name if "select" in attack else of, of)
    with pytest.raises(psycopg.errors.DatabaseError) as refusal, bare.transaction():
        bare.execute(statement)
    assert refusal.value.sqlstate == "FS104"


def test_an_officer_keeps_the_code_that_steps_are_signed_with(bare: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.DatabaseError, match="不能改为") as refusal, bare.transaction():
        bare.execute("update documents_officer set code = code || 'x' where code <> 'fisc'")
    assert refusal.value.sqlstate == "FS104"


def test_whatever_declares_a_guard_is_in_the_stamp_of_what_is_installed() -> None:
    declaring = {"Kind", "Lines", "Register", "Flow", "Move", "Step"}
    loose = []
    for path in sorted(TREE.rglob("*.py")):
        room, *inner = path.relative_to(TREE).parts
        if room == "documents" or not inner:
            continue
        tree = ast.parse(path.read_text("utf8"))
        known = {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fisc.documents")
            for name in node.names
        }
        calls = known & {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if calls & declaring and inner[0] not in _ROOMS:
            loose.append((str(path.relative_to(TREE)), sorted(calls & declaring)))
    assert loose == []
