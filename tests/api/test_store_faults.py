"""When the database ends connections or has no room: what it costs, and what is said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import psycopg
import pytest

from fisc.documents import sessions
from tests.api.conftest import Api
from tests.treasury import paying
from tests.treasury.paying import DAY

ON = {"on": DAY.isoformat()}
PASSWORD = "long-enough-1"
FULL = "raise exception 'could not extend file' using errcode = '53100'"
END = "perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(600)"


def apply(number: str) -> dict[str, object]:
    return asdict(paying.application(number)) | ON


def end_connections(api: Api) -> None:
    """As a server does that stops; returns when they have ended."""
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        conn.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity "
            "where datname = current_database() and application_name like 'fisc api%'"
        )


@contextmanager
def upset(api: Api, table: str, what: str, *, is_at_commit: bool = False) -> Iterator[None]:
    """While the block runs, an insert into a table does `what`."""
    kind = "constraint trigger upset after" if is_at_commit else "trigger upset before"
    when = "deferrable initially deferred" if is_at_commit else ""
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        conn.execute(
            "create or replace function upset() returns trigger language plpgsql as "
            f"$$ begin {what}; return new; end $$".encode()
        )
        conn.execute(f"create {kind} insert on {table} {when} for each row execute function upset()".encode())
        try:
            yield
        finally:
            conn.execute(f"drop trigger upset on {table}".encode())


def test_connections_that_ended_while_idle_cost_no_call(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        sessions.found_admin(conn, "admin", "管理员", PASSWORD)
    signing = {"officer": "admin", "password": PASSWORD}
    for turn in range(3):
        for number in range(3):  # each worker of the desk, and some readers, have a connection
            made = api.call("unit", "POST", "/treasury/apply", json=apply(f"T{turn}-{number}"))
            assert made.status_code == 201, made.text
            assert api.call("unit", "GET", f"/documents/pay_app/T{turn}-{number}").status_code == 200
            assert api.call("", "POST", "/sessions", json=signing).status_code == 200
        end_connections(api)


@pytest.mark.parametrize("path", ["/treasury/apply", "/treasury/apply/bulk"])
def test_a_full_disk_is_said_and_nothing_is_kept(api: Api, path: str) -> None:
    given = {"items": [asdict(paying.application("A1"))]} | ON if path.endswith("bulk") else apply("A1")
    with upset(api, "ledger.entry", FULL):
        refused = api.call("unit", "POST", path, json=given)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (503, "urn:fisc:problem:StoreFull")
    assert "磁盘已满，没有办理" in problem["title"]
    assert "腾出空间" in problem["hint"]
    assert api.call("unit", "GET", "/documents/pay_app/A1").status_code == 404
    assert api.call("unit", "POST", path, json=given).is_success


def test_a_full_disk_is_said_to_who_signs_in(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        sessions.found_admin(conn, "admin", "管理员", PASSWORD)
    with upset(api, "documents_session", FULL):
        refused = api.call("", "POST", "/sessions", json={"officer": "admin", "password": PASSWORD})
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:fisc:problem:StoreFull")


@pytest.mark.parametrize(
    ("is_at_commit", "said"), [(False, "没有办理"), (True, "不能确定是否已办理")], ids=["before", "commit"]
)
def test_a_connection_that_ends_meanwhile_is_told_by_what_was_sent(
    api: Api, is_at_commit: bool, said: str
) -> None:
    with upset(api, "ledger.entry", END, is_at_commit=is_at_commit):
        lost = api.call("unit", "POST", "/treasury/apply", json=apply("A1"))
    assert lost.status_code == 503
    assert said in lost.json()["title"]
    assert api.call("unit", "POST", "/treasury/apply", json=apply("A1")).status_code == 201
