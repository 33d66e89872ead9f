"""Brings the declared kinds of all domains into the database: their steps, and the guards on their tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents import guards, past
from fisc.documents.errors import Undeclared
from fisc.documents.findings import FINDING
from fisc.documents.flow import MAKE, Move
from fisc.documents.kind import Kind, Register, require_declared
from fisc.registry import elements
from fisc.registry.officers import SYSTEM, define_officers, duty_names
from fisc.registry.tables import read_table

#: Tables of this layer that are noted like registers but whose rows live: officers change duties.
_KEPT = ("documents_officer",)


class Declared(NamedTuple):
    """What the apps declare: kinds of documents, registers of facts, and the apps themselves."""

    apps: tuple[str, ...]
    kinds: tuple[Kind[Any], ...]
    registers: tuple[Register, ...]


class Transition(NamedTuple):
    """One row of the database's table of steps."""

    table_name: str
    kind: str
    move: str
    move_name: str
    source: str
    target: str
    duty: str
    duty_name: str
    not_by: list[str]
    is_back: bool


#: Below the domains: their tables are master data, steps and marks, guarded by their own rules.
_FLOOR: Final = ("fisc.registry", "fisc.documents", "fisc.reading", "fisc.sim")


def declared_by(apps: Sequence[str]) -> Declared:
    """Findings, and what the apps' `kinds` modules offer as `KINDS` and `REGISTERS`.

    Raises Undeclared for a domain that has tables and no such module.
    """
    rooms = {app: import_module(f"{app}.kinds") for app in apps if find_spec(f"{app}.kinds") is not None}
    for app in apps:
        if app not in rooms and app not in _FLOOR and find_spec(f"{app}.models") is not None:
            raise Undeclared(f"{app}: 有数据表，但没有 kinds.py 声明它们是什么单据或登记簿")
    return Declared(
        tuple(rooms),
        (FINDING, *(kind for room in rooms.values() for kind in room.KINDS)),
        tuple(register for room in rooms.values() for register in getattr(room, "REGISTERS", ())),
    )


def transitions(kind: Kind[Any]) -> Iterator[Transition]:
    """The kind's flow as rows: one per move and source state, and one for making."""
    flow, names = kind.flow, duty_names()
    making = Move(MAKE, "编制", ("",), flow.initial, flow.make_duty)
    for m in (making, *flow.moves):
        for source in m.sources:
            yield Transition(
                kind.table, kind.prefix, m.code, m.name, source, m.target, m.duty, names.get(m.duty, m.duty),
                list(m.not_by), m.is_back,
            )  # fmt: skip


#: What of an app `install` reads; the stamp is of their bytes, so that who only reads loads no model.
_ROOMS: Final = ("models", "models.py", "kinds", "kinds.py", "flow", "flow.py")
_OWN_ROOMS: Final = (
    "sql", "kind.py", "months.py", "guards.py", "past.py", "installation.py", "findings.py", "models.py",
)  # fmt: skip


def digest_text(apps: Sequence[str]) -> str:
    """Digests of all that `install` makes its work from: equal texts need no second installation."""
    rooms = [("fisc.registry", "rows.py"), *(("fisc.documents", name) for name in _OWN_ROOMS)]
    rooms += [(app, name) for app in apps for name in _ROOMS]
    return "\n".join(
        f"{app}/{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for app, name in rooms for file in _files(files(app).joinpath(name))
    )  # fmt: skip


def _files(room: Traversable) -> list[Traversable]:
    if room.is_file():
        return [room]
    found = [one for one in room.iterdir() if one.is_file()] if room.is_dir() else []
    return sorted(found, key=lambda one: one.name)


def install_shared(conn: psycopg.Connection[Any]) -> None:
    """The functions that the guards of all tables and the domains' scripts share; all tables are there."""
    conn.execute(files("fisc.documents").joinpath("sql/guard.sql").read_bytes())


def install(conn: psycopg.Connection[Any], declared: Declared) -> None:
    """Write the steps of all kinds and the incompatible duties; put the guards on every table.

    `install_shared` comes before. Raises Undeclared where a table of the domains is not declared, or a column
    of one.
    """
    require_declared(declared.kinds, declared.registers, declared.apps)
    with conn.transaction(), conn.cursor() as cursor:
        _write(cursor, "documents_transition", Transition._fields,
               [row for kind in declared.kinds for row in transitions(kind)])  # fmt: skip
        _write(cursor, "documents_incompatible_duty", ("duty", "other", "source", "is_verified"),
               [(row["duty"], row["other"], row["source"], row["is_verified"] == "yes")
                for row in read_table("incompatible_duties.csv")])  # fmt: skip
        for statement in _guards(declared):
            cursor.execute(statement.encode())
        for statement in past.statements(declared.kinds, declared.registers):
            cursor.execute(statement.encode())
        _drop_second_indexes(cursor, [one.table for one in (*declared.kinds, *declared.registers)])
        for table in _naming_elements(declared):
            elements.guard_table(conn, table)
    define_officers(conn, [SYSTEM])


def require_tables(conn: psycopg.Connection[Any], declared: Declared) -> None:
    """A domain whose migrations nobody made has no tables. Raises Undeclared."""
    tables = [one.table for one in (*declared.kinds, *declared.registers)]
    missing = conn.execute(
        "select name from unnest(%s::text[]) as name where to_regclass(quote_ident(name)) is null", [tables]
    ).fetchall()
    if missing:
        names = "、".join(name for (name,) in missing)
        raise Undeclared(
            f"数据库里没有表 {names}：先为它的领域生成迁移"
            "（python -m django makemigrations 领域 --settings fisc.settings）"
        )


def _guards(declared: Declared) -> Iterator[str]:
    yield from guards.of_kinds(declared.kinds)
    for register in declared.registers:
        yield from guards.of_register(register)
    for table in _KEPT:
        yield (
            f"create or replace trigger flow_delete before delete or truncate on {table} "
            "for each statement execute function documents_refuse_write('document')"
        )


def _write(cursor: psycopg.Cursor[Any], table: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
    """The rows of a table that this layer rules, in place of those that stood; nobody else writes them."""
    cursor.execute(f"drop trigger if exists stands on {table}".encode())
    cursor.execute(f"delete from {table}".encode())
    cursor.executemany(
        f"insert into {table} ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))})".encode(),
        rows,
    )
    cursor.execute(
        f"create trigger stands before insert or update or delete or truncate on {table} "
        "for each statement execute function documents_refuse_write('rules')".encode()
    )


def _naming_elements(declared: Declared) -> list[str]:
    """Documents and registers that name agencies or projects: nothing disabled may be used in them."""
    named = {"fiscal_year", "mof_div_code", "agency_code", "pro_code"}
    tables = [*declared.kinds, *declared.registers, *(x for k in declared.kinds for x in k.lines)]
    return sorted(t.table for t in tables if len(named & set(t.all_columns)) > 2)


def _drop_second_indexes(cursor: psycopg.Cursor[Any], tables: list[str]) -> None:
    """Django adds an index for LIKE beside every unique text; none of these is searched that way."""
    rows = cursor.execute(
        "select indexname from pg_indexes where schemaname = 'public' and tablename = any(%s) "
        "and indexname ~ '_[0-9a-f]{8}_like$'",
        [tables],
    ).fetchall()
    for (name,) in rows:
        cursor.execute(f'drop index "{name}"'.encode())
