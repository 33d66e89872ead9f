"""Rows by raw SQL: a document, line or fact behind switched-off triggers, and steps with the triggers on."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from fisc import app
from fisc.documents.installation import Declared, declared_by
from fisc.documents.kind import Kind
from fisc.documents.limits import says_why
from fisc.registry.rows import Table
from fisc.settings import INSTALLED_APPS

CITY = "150600000"
app.configure("dbname=nothing")  # no database is looked for
DECLARED: Declared = declared_by(INSTALLED_APPS)
KINDS = {kind.prefix: kind for kind in DECLARED.kinds}
LINES = {lines.table: lines for kind in DECLARED.kinds for lines in kind.lines}
REGISTERS = {register.table: register for register in DECLARED.registers}
#: PostgreSQL type -> two different values of it.
VALUES: dict[str, tuple[object, object]] = {
    "text": ("x", "y"), "character varying": ("1", "2"), "bigint": (7, 70), "integer": (7, 70),
    "smallint": (7, 8), "date": (date(2022, 1, 1), date(2022, 1, 2)), "boolean": (True, False),
    "jsonb": ("[1]", "[2]"), "ARRAY": (["x"], ["y"]), "numeric": (1, 2), "bytea": (b"x", b"y"),
    "timestamp with time zone": ("2022-01-01", "2022-01-02"),
}  # fmt: skip
#: Reasons say something.
_REASONS = ("两份原件均已核对", "另一份也已核对")


def value_of(types: dict[str, str], column: str, which: int = 0) -> object:
    """One of two different values of a column, by its type."""
    return _REASONS[which] if says_why(column) else VALUES[types[column]][which]


def types_of(conn: psycopg.Connection, table: str) -> dict[str, str]:
    rows = conn.execute(
        "select column_name, data_type from information_schema.columns where table_name = %s "
        "and table_schema = 'public' and is_generated = 'NEVER'", [table],
    )  # fmt: skip
    return dict(rows.fetchall())


def stands(conn: psycopg.Connection, table: Table, more: dict[str, object]) -> dict[str, str]:
    """Put one row of placeholders there; the types of its columns."""
    types = types_of(conn, table.table)
    row = {name: value_of(types, name) for name in types} | more
    conn.execute("set session_replication_role = replica")
    insert(conn, table, row)
    conn.execute("set session_replication_role = origin")
    return types


def insert(conn: psycopg.Connection, table: Table, row: dict[str, object]) -> None:
    statement = sql.SQL("insert into {} ({}) overriding system value values ({})").format(
        sql.Identifier(table.table), sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join([sql.Placeholder()] * len(row)),
    )  # fmt: skip
    conn.execute(statement, list(row.values()))


def document(conn: psycopg.Connection, kind: Kind[Any], key: str, **more: object) -> dict[str, str]:
    trail = json.dumps([["make", 1, kind.flow.make_duty, "2022-01-01", ""]])
    return stands(conn, kind, {"doc_key": key, "mof_div_code": CITY, "fiscal_year": 2022,
                                "state": kind.initial, "trail": trail, "known_at": []} | more)  # fmt: skip


def first_step(kind: Kind[Any]) -> tuple[str, str, str]:
    """The first step of a kind's flow from its first state: move, target, duty."""
    return next(
        ((m.code, m.target, m.duty) for m in kind.flow.moves if kind.initial in m.sources),
        ("none", "none", "none"),
    )


def take(
    conn: psycopg.Connection, kind: Kind[Any], change: str = "", value: object = None, told: object = None
) -> None:
    """A step by raw SQL, with a column changed in the same statement, or told in another way."""
    move, target, duty = first_step(kind)
    also = sql.SQL(", {} = %(value)s").format(sql.Identifier(change)) if change else sql.SQL("")
    statement = sql.SQL(
        "update {} set state = %(target)s, trail = trail || %(step)s::jsonb, "
        "known_at = known_at || ledger.clock(){} where doc_key = 'd'"
    ).format(sql.Identifier(kind.table), also)
    step = json.dumps([[move, 1, duty, "2022-01-02", ""] if told is None else told])
    conn.execute(statement, {"target": target, "step": step, "value": value})
