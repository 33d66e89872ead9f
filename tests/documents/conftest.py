"""A database in which every kind can be attacked."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.kernel import define_regions
from fisc.registry.officers import duty_names
from tests.documents.attacks import CITY


@pytest.fixture(scope="module")
def bare(server_dsn: str) -> Iterator[psycopg.Connection]:
    """A database as set up, without the checks of values: what stands here is made of x and 7."""
    from tests.conftest import _copy_of, _ready

    with (
        _copy_of(server_dsn, _ready(server_dsn)) as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        rows = conn.execute(
            "select conrelid::regclass::text, conname from pg_constraint where contype in ('c', 'f') "
            "and connamespace = 'public'::regnamespace"
        ).fetchall()
        for table, name in rows:
            conn.execute(f'alter table {table} drop constraint if exists "{name}" cascade'.encode())
        rows = conn.execute(  # no agency, too much refunded, no number: refusals not asked for here
            "select t.tgrelid::regclass::text, t.tgname from pg_trigger t join pg_proc p on p.oid = t.tgfoid "
            "where (p.proname !~ '^documents_' or p.proname = 'documents_guard_number') "
            "and not t.tgisinternal and p.pronamespace = 'public'::regnamespace"
        ).fetchall()
        for table, name in rows:
            conn.execute(f'drop trigger "{name}" on {table}'.encode())
        define_regions(conn, [CITY])
        conn.execute("set session_replication_role = replica")
        for duty in duty_names():
            conn.execute(
                "insert into documents_officer (code, name, mof_div_code, agency_code, duties) "
                "values (%s, %s, '', '', %s)", [duty, duty, [duty]],
            )  # fmt: skip
        conn.execute("set session_replication_role = origin")
        yield conn
