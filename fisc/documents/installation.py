"""Brings the flows of all domains into the database: their steps, and the guard on their tables."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import psycopg
from psycopg import sql

from fisc.documents.findings import FINDING
from fisc.documents.flow import Flow, Transition, transitions
from fisc.documents.officers import SYSTEM, define_officers
from fisc.registry import elements
from fisc.registry.tables import read_table

_COLUMNS = Transition._fields


def flows_of(apps: Sequence[str]) -> list[Flow]:
    """The flow of findings, and those that the apps' `flow` modules offer as `FLOWS`."""
    found: list[Flow] = [FINDING]
    for app in apps:
        if find_spec(f"{app}.flow") is not None:
            found += getattr(import_module(f"{app}.flow"), "FLOWS", ())
    return found


def digest_text(flows: Sequence[Flow]) -> str:
    """What `install` writes, as text: equal texts need no second installation."""
    return "\n".join(repr(row) for flow in flows for row in transitions(flow))


def install(conn: psycopg.Connection[Any], flows: Sequence[Flow]) -> None:
    """Write the steps of `flows` and the incompatible duties; put the guard on every flow's table.

    A flow whose table is not installed has no documents, so there is nothing to guard.
    """
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute("delete from documents_transition")
        cursor.executemany(
            f"insert into documents_transition ({', '.join(_COLUMNS)}) "
            f"values ({', '.join(['%s'] * len(_COLUMNS))})".encode(),
            [row for flow in flows for row in transitions(flow)],
        )
        cursor.execute("delete from documents_incompatible_duty")
        cursor.executemany(
            "insert into documents_incompatible_duty (duty, other, source, is_verified) "
            "values (%s, %s, %s, %s)",
            [
                (row["duty"], row["other"], row["source"], row["is_verified"] == "yes")
                for row in read_table("incompatible_duties.csv")
            ],
        )
        for flow in flows:
            if _exists(cursor, flow.table):
                _guard(cursor, flow.table)
                _drop_second_index(cursor, flow.table)
        for table in _naming_elements(conn):
            elements.guard_table(conn, table)
        for table in _kept(conn):
            _keep(cursor, table)
    define_officers(conn, [SYSTEM])


def _kept(conn: psycopg.Connection[Any]) -> list[str]:
    """Tables of the domains without a guard of their own against deleting, and the officers."""
    rows = conn.execute(
        "select relname::text from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' "
        "and relname ~ '^((budget|transfers|treasury|revenue|capital|closing)_|documents_officer$)' "
        "and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgtype & 8 = 8) order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def _naming_elements(conn: psycopg.Connection[Any]) -> list[str]:
    """The domains' tables that name agencies or projects: nothing disabled may be used in them."""
    rows = conn.execute(
        "select table_name::text from information_schema.columns where table_schema = 'public' "
        "and column_name = any (array['fiscal_year', 'mof_div_code', 'agency_code', 'pro_code']) "
        "and table_name !~ '^(registry|documents|sim)_' group by table_name having count(*) > 2 order by 1"
    ).fetchall()
    return [row[0] for row in rows]


def _exists(cursor: psycopg.Cursor[Any], table: str) -> bool:
    return cursor.execute("select to_regclass(%s)", [table]).fetchone() != (None,)


def _drop_second_index(cursor: psycopg.Cursor[Any], table: str) -> None:
    """Django adds an index for LIKE beside every unique text; documents are never searched that way."""
    rows = cursor.execute(
        "select indexname from pg_indexes where schemaname = 'public' and tablename = %s "
        "and indexname ~ 'doc_key_.*_like$'",
        [table],
    ).fetchall()
    for (name,) in rows:
        cursor.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))


_TRIGGERS = (
    ("flow_insert", "after insert", "referencing new table as added", "documents_guard_insert"),
    ("flow_update", "after update", "referencing old table as before new table as after",
     "documents_guard_update"),
)  # fmt: skip
_KEEP = (("flow_delete", "before delete or truncate", "", "documents_no_delete"),)


def _guard(cursor: psycopg.Cursor[Any], table: str) -> None:
    _trigger(cursor, table, (*_TRIGGERS, *_KEEP))


def _keep(cursor: psycopg.Cursor[Any], table: str) -> None:
    _trigger(cursor, table, _KEEP)


def _trigger(cursor: psycopg.Cursor[Any], table: str, triggers: Sequence[tuple[str, str, str, str]]) -> None:
    for name, when, tables, function in triggers:
        statement = (
            f"create or replace trigger {name} {when} on {{}} {tables} "
            f"for each statement execute function {function}()"
        )
        cursor.execute(sql.SQL(statement).format(sql.Identifier(table)))
