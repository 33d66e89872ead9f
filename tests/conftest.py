"""One private PostgreSQL server for the whole test run, a fresh ledger for each test.

The server's directory is chosen by the process that runs pytest and inherited by its
xdist workers. Like any user of the store, each of them holds the server; it stops with
the last one, also when pytest is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from fisc import store
from fisc.kernel import schema
from fisc.store import locks, usage
from fisc.store.config import DATABASE, Layout

_HOME_OF_RUN = "FISC_TESTS_HOME"
_TEMPLATE = "fisc_template"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's data directory once; make a plain kill end the run in good order."""
    os.environ.pop("DATABASE_URL", None)
    if hasattr(config, "workerinput"):
        return
    home = tempfile.mkdtemp(prefix="fisc-tests-")
    Path(home).chmod(0o755)  # when root runs the tests, the server's user must pass
    os.environ[_HOME_OF_RUN] = os.environ["FISC_HOME"] = home
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server if it is ours alone, and remove its files after the last worker."""
    home = Path(os.environ[_HOME_OF_RUN])
    usage.end(Layout(home))
    if not hasattr(config, "workerinput"):
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def server_dsn() -> str:
    """The run's server, ready: connection string of a database that holds nothing."""
    os.environ["FISC_HOME"] = os.environ[_HOME_OF_RUN]
    return store.dsn()


@pytest.fixture(scope="session")
def template_db(server_dsn: str) -> str:
    """The name of a database with the ledger's schema and the accounts, made once per run."""
    with locks.alone(Path(os.environ[_HOME_OF_RUN]) / "template.lock"):
        with psycopg.connect(server_dsn, autocommit=True) as conn:
            found = conn.execute("select 1 from pg_database where datname = %s", [_TEMPLATE]).fetchone()
        if found is None:
            _make_template(server_dsn)
    return _TEMPLATE


def _make_template(server_dsn: str) -> None:
    """Build under another name and rename: a template that is there is complete."""
    with psycopg.connect(server_dsn, autocommit=True) as conn:
        _trade_durability_for_speed(conn)
        conn.execute("drop database if exists fisc_template_new")
        conn.execute("create database fisc_template_new")
        with psycopg.connect(server_dsn, dbname="fisc_template_new") as inside:
            schema.install(inside)
        conn.execute(f"alter database fisc_template_new rename to {_TEMPLATE}".encode())


def _trade_durability_for_speed(conn: psycopg.Connection) -> None:
    """Only for databases that live as long as a test; tests of durability start their own server."""
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        conn.execute(f"alter system set {name} = off".encode())
    conn.execute("select pg_reload_conf()")


NewLedger = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def new_ledger(server_dsn: str, template_db: str) -> NewLedger:
    """Makes fresh ledgers, for tests that need one for each example: `with new_ledger() as dsn`."""

    @contextmanager
    def new() -> Iterator[str]:
        name = f"t_{uuid.uuid4().hex}"
        target, template = sql.Identifier(name), sql.Identifier(template_db)
        with psycopg.connect(server_dsn, autocommit=True) as conn:
            conn.execute(sql.SQL("create database {} template {}").format(target, template))
        try:
            yield server_dsn.replace(f"/{DATABASE}?", f"/{name}?")
        finally:
            with psycopg.connect(server_dsn, autocommit=True) as conn:
                conn.execute(sql.SQL("drop database {} with (force)").format(target))

    return new


@pytest.fixture
def ledger_db(new_ledger: NewLedger) -> Iterator[str]:
    """Connection string of a fresh database with the ledger's schema; dropped after the test."""
    with new_ledger() as dsn:
        yield dsn


@pytest.fixture
def conn(ledger_db: str) -> Iterator[psycopg.Connection]:
    """A connection to the fresh ledger."""
    with psycopg.connect(ledger_db) as connection:
        yield connection
