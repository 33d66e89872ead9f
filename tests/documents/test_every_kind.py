"""Of every kind: whoever writes, content stands, lines come with their document, nothing goes.

Each kind gets one document (and line, and each register a fact) by raw SQL behind switched-off triggers;
then every column is attacked with the triggers in force, as whoever has the tables may.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from psycopg import sql

from fisc.documents.errors import Undeclared
from fisc.documents.findings import FINDING
from fisc.documents.flow import Flow, Move
from fisc.documents.installation import declared_by
from fisc.documents.kind import KEY_COLUMNS, Kind, Lines, Register, require_declared
from fisc.documents.words import field_names
from fisc.kernel import FiscError
from fisc.registry.rows import model_of
from fisc.settings import INSTALLED_APPS, own_domains
from tests.documents.attacks import (
    CITY,
    DECLARED,
    KINDS,
    LINES,
    REGISTERS,
    VALUES,
    document,
    first_step,
    insert,
    stands,
    take,
    types_of,
    value_of,
)


@pytest.mark.parametrize("prefix", KINDS)
def test_a_legal_step_changes_no_content(bare: psycopg.Connection, prefix: str) -> None:
    kind = KINDS[prefix]
    with bare.transaction(force_rollback=True):
        types = document(bare, kind, "d")
        if kind.flow.moves:
            with bare.transaction(force_rollback=True):
                take(bare, kind)  # the step itself is a legal one
        move = first_step(kind)[0]
        columns = [c for c in (*KEY_COLUMNS, *kind.own_columns) if move not in kind.writers(c)]
        assert set(kind.content) - set(kind.written.get(move, ())) <= set(columns)
        for column in columns:
            with pytest.raises(psycopg.errors.DatabaseError) as refusal, bare.transaction():
                take(bare, kind, column, value_of(types, column, 1))
            assert refusal.value.sqlstate == "FS104", (column, refusal.value)
        for attack in ("delete from {}", "truncate {}", "update {} set state = 'x'"):
            with pytest.raises(psycopg.errors.DatabaseError), bare.transaction():
                bare.execute(sql.SQL(attack).format(sql.Identifier(kind.table)))


@pytest.mark.parametrize("prefix", KINDS)
def test_no_document_is_born_without_its_paper(bare: psycopg.Connection, prefix: str) -> None:
    kind = KINDS[prefix]
    trail = json.dumps([["make", 1, kind.flow.make_duty, "2022-01-01", ""]])
    row = {name: VALUES[kind_of][0] for name, kind_of in types_of(bare, kind.table).items()}
    with pytest.raises(psycopg.errors.DatabaseError) as refusal, bare.transaction():
        insert(bare, kind, row | {"doc_key": "e", "mof_div_code": CITY, "fiscal_year": 2022,
                                   "state": kind.initial, "trail": trail, "known_at": []})  # fmt: skip
    assert str(refusal.value.sqlstate).startswith("FS"), refusal.value


@pytest.mark.parametrize("table", LINES)
def test_lines_stand_and_come_with_their_document(bare: psycopg.Connection, table: str) -> None:
    lines = LINES[table]
    parent = next(kind for kind in DECLARED.kinds if lines in kind.lines)
    with bare.transaction(force_rollback=True):
        document(bare, parent, "d")
        types = stands(bare, lines, {lines.parent: "d"})
        _attack(bare, lines, types)
    with pytest.raises(psycopg.errors.DatabaseError) as refusal, bare.transaction():
        row = {name: value_of(types, name) for name in types}
        insert(bare, lines, row | {lines.parent: "none"})
    assert refusal.value.sqlstate == "FS104"


@pytest.mark.parametrize("table", REGISTERS)
def test_what_was_noted_stands(bare: psycopg.Connection, table: str) -> None:
    with bare.transaction(force_rollback=True):
        _attack(bare, REGISTERS[table], stands(bare, REGISTERS[table], {}))


def _attack(conn: psycopg.Connection, table: Any, types: dict[str, str]) -> None:
    """Every content column, and the row itself."""
    name = sql.Identifier(table.table)
    assert table.content
    for column in table.content:
        change = sql.SQL("update {} set {} = %s").format(name, sql.Identifier(column))
        with pytest.raises(psycopg.errors.DatabaseError) as refusal, conn.transaction():
            conn.execute(change, [value_of(types, column, 1)])
        assert str(refusal.value.sqlstate) in ("FS104", "FS006"), (column, refusal.value)
    for attack in ("delete from {}", "truncate {}"):
        with pytest.raises(psycopg.errors.DatabaseError) as refusal, conn.transaction():
            conn.execute(sql.SQL(attack).format(name))
        assert str(refusal.value.sqlstate) in ("FS104", "FS006"), refusal.value


def test_every_table_of_the_domains_is_declared_and_guarded(bare: psycopg.Connection) -> None:
    from django.apps import apps

    wanted = {
        m._meta.db_table for a in apps.get_app_configs() if a.name in DECLARED.apps for m in a.get_models()
    }
    wanted |= {FINDING.table}
    assert wanted == {t.table for t in (*DECLARED.kinds, *LINES.values(), *DECLARED.registers)}
    rows = bare.execute(
        "select distinct tgrelid::regclass::text from pg_trigger where tgtype & 8 = 8"
    ).fetchall()
    assert wanted <= {row[0].removeprefix("public.") for row in rows}


def test_a_kind_without_content_is_not_installed() -> None:
    whole = next(iter(KINDS.values()))
    for content in ((), whole.content[1:], (*whole.content, "no_such_column")):
        with pytest.raises(Undeclared):
            Kind(whole.model_label, prefix="other", flow=whole.flow, content=content).check()


def test_a_declaration_names_only_what_there_is() -> None:
    whole = KINDS["control"]
    given = {"prefix": "other", "content": whole.content, "written": whole.written, "flow": whole.flow}
    Kind(whole.model_label, **given).check()
    of, flow, lines = whole.lines[0], whole.flow, whole.lines[0].model_label
    for wrong in (
        {"paper": {"dated_on": "no_such_column"}}, {"paper": {"dated": "total_fen"}},
        {"refers": {"no_such_column": "control"}}, {"number": "total_fen"},
        {"flow": replace(flow, make_duty="no_such_duty")},
        {"lines": (Lines(lines, parent="no_such_column"),)}, {"lines": (Lines(lines, sums_to="no_such"),)},
        {"lines": (Lines(lines, sums_to="total_fen", amount="no_such"),)},
        {"lines": (Lines(lines, edition="no_such"),)}, {"lines": (Lines(lines, written_by=("no_such",)),)},
    ):  # fmt: skip
        with pytest.raises(Undeclared) as refusal:
            Kind(whole.model_label, **(given | wrong)).check()
        assert refusal.value.rule and refusal.value.hint, wrong
    with pytest.raises(Undeclared, match="nobody"):
        require_declared([replace(whole, lines=(of,), refers={"total_fen": "nobody"})], (), ())


@pytest.mark.parametrize(
    "moves",
    [(("a", "x", "z"),), (("a", "z", "x"),), (("a", "x", "y"), ("a", "y", "x")), (("make", "x", "y"),)],
)
def test_a_flow_names_its_own_states_and_each_step_once(moves: tuple[tuple[str, str, str], ...]) -> None:
    made = tuple(Move(code, code, (source,), target, "treasury_make") for code, source, target in moves)
    with pytest.raises(Undeclared):
        Flow({"x": "甲", "y": "乙"}, "x", "treasury_make", made)


def test_a_domain_with_tables_declares_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("__init__.py", "models.py"):
        (tmp_path / "undeclared_toy" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "undeclared_toy" / name).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(Undeclared, match="undeclared_toy"):
        declared_by([*INSTALLED_APPS, "undeclared_toy"])


@pytest.mark.parametrize("name", ["nowhere_at_all", "nowhere.at_all"])
def test_a_domain_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("FISC_DOMAINS", name)
    with pytest.raises(FiscError, match=name) as refusal:
        own_domains()
    assert "PYTHONPATH" in refusal.value.hint


def test_a_register_names_only_columns_that_there_are() -> None:
    whole = next(iter(REGISTERS.values()))
    other = Register(whole.model_label, progress=(*whole.progress, "no_such_column"))
    with pytest.raises(Undeclared, match="no_such_column"):
        require_declared(DECLARED.kinds, [other], DECLARED.apps)


#: What a step may not look like, with PAY standing for its move and WHO for its officer.
HOLES: list[object] = [
    ["PAY", None, "WHO", "2022-01-02", ""], ["PAY", 1, "WHO", None, ""], ["PAY", 1, "WHO", "2022-01-02"],
    ["PAY", 1, "WHO", "2022-01-02", None], ["PAY", 1, "WHO", "2022-01-02", {"a": 1}],
    ["PAY", 1, "WHO", "2022-01-02", "", ""], ["PAY", 1, "WHO", "zzzz", ""],
    ["PAY", 1, "WHO", "2022-13-02", ""], ["PAY", "1", "WHO", "2022-01-02", ""],
    ["PAY", 1.5, "WHO", "2022-01-02", ""], ["PAY", 2, "WHO", "2022-01-02", ""],
    ["PAY", 1, None, "2022-01-02", ""], [None, 1, "WHO", "2022-01-02", ""], "PAY", {"PAY": 1}, [],
]  # fmt: skip


@pytest.mark.parametrize("prefix", ["pay_app", FINDING.prefix])
def test_a_step_is_told_whole(bare: psycopg.Connection, prefix: str) -> None:
    kind = KINDS[prefix]
    move, _, duty = first_step(kind)
    for hole in HOLES:
        told = json.loads(json.dumps(hole).replace("PAY", move).replace("WHO", duty))
        with bare.transaction(force_rollback=True):
            document(bare, kind, "d")
            with pytest.raises(psycopg.errors.DatabaseError) as refusal, bare.transaction():
                take(bare, kind, told=told)
            assert str(refusal.value.sqlstate).startswith("FS1"), (hole, refusal.value)


def test_a_step_is_taken_on_a_day_of_the_calendar(bare: psycopg.Connection) -> None:
    written = [f"{y}-{m:02}-{d:02}" for y in (1900, 2000, 2022, 2024) for m in range(14) for d in range(33)]
    rows = bare.execute(
        "select day from unnest(%s::text[]) day "
        "where documents_is_step(jsonb_build_array('pay', 1, 'who', day, ''))", [written],
    ).fetchall()  # fmt: skip
    years = [(date(y, 1, 1), date(y, 12, 31)) for y in (1900, 2000, 2022, 2024)]
    days = [first + timedelta(n) for first, last in years for n in range((last - first).days + 1)]
    assert [row[0] for row in rows] == [day.isoformat() for day in days]


def test_no_function_of_ours_reads_what_a_session_puts_in_its_way(bare: psycopg.Connection) -> None:
    loose = bare.execute(
        "select p.oid::regprocedure::text from pg_proc p join pg_language l on l.oid = p.prolang "
        "where l.lanname = 'plpgsql' and p.pronamespace::regnamespace::text in ('ledger', 'public') and not "
        "'search_path=pg_catalog, public, pg_temp' = any (coalesce(p.proconfig, '{}'))"
    ).fetchall()
    assert loose == []


def test_a_temporary_table_does_not_stand_in_for_the_steps_or_the_officers(bare: psycopg.Connection) -> None:
    kind = KINDS["pay_app"]
    move, target, _ = first_step(kind)
    with bare.transaction(force_rollback=True):
        document(bare, kind, "d")
        bare.execute("create temp table documents_officer as select * from public.documents_officer")
        bare.execute("insert into documents_officer values ('ghost', 'ghost', '', '', array[%s])",
                     [kind.of(move).duty])  # fmt: skip
        bare.execute("create temp table documents_transition as select * from public.documents_transition")
        bare.execute("update documents_transition set target = 'paid', duty = %s where move = %s",
                     [kind.flow.make_duty, move])  # fmt: skip
        for officer, state in (("ghost", target), (kind.flow.make_duty, "paid")):
            step = json.dumps([[move, 1, officer, "2022-01-02", ""]])
            with pytest.raises(psycopg.errors.DatabaseError), bare.transaction():
                bare.execute(
                    "update public.treasury_payment set state = %s, trail = trail || %s::jsonb, "
                    "known_at = known_at || ledger.clock() where doc_key = 'd'", [state, step],
                )  # fmt: skip
        with bare.transaction(force_rollback=True):
            take(bare, kind)  # the true officer's true step goes through all the same


def test_every_table_is_called_after_the_domain_that_owns_it() -> None:
    model_of("sim.SimRun")  # Django is brought up
    strange = [
        table for model in apps.get_models()
        if model.__module__.startswith("fisc.")
        and not (table := str(model._meta.db_table)).startswith(f"{model._meta.app_label}_")
    ]  # fmt: skip
    assert strange == []


@pytest.mark.parametrize("prefix", KINDS)
def test_what_many_tables_have_goes_by_one_term(prefix: str) -> None:
    kind = KINDS[prefix]
    tables = (kind, *kind.lines)
    settled = {"agency_code", "dept_code", "pro_code", "rev_func_code", "theme_code", "theme_codes", "tags"}
    said = {(c, t.label(c)) for t in tables for c in t.all_columns if c in settled}
    assert {heading for _, heading in said} <= {field_names()[name] for name in settled}, said
    assert all(field_names()[name] == heading for name, heading in said), said
