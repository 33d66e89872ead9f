"""One private PostgreSQL server for the whole test run, a fresh ledger for each test.

The server's directory is chosen by the process that runs pytest and inherited by its
xdist workers. Like any user of the store, each of them holds the server; it stops with
the last one, also when pytest is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest

from fisc import store
from fisc.kernel import schema
from fisc.store import locks, usage
from fisc.store.config import DATABASE, Layout
from tests import homes

#: How long an example takes says how busy the machine is, and no test fails for that.
hypothesis.settings.register_profile(
    "fisc", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("fisc")

_HOME_OF_RUN = "FISC_TESTS_HOME"
#: Where files are kept in memory, and the room (bytes) that a run may need there: hundreds of databases of
#: 15 MB and clusters of 60 MB are copied and dropped, and on a disk that is most of what a test waits for.
MEMORY, _ROOM = "/dev/shm", 4 << 30


def _has_room_in_memory() -> bool:
    return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > _ROOM


def pytest_configure(config: pytest.Config) -> None:
    """Choose the run's data directory once; make a plain kill end the run in good order."""
    os.environ.pop("DATABASE_URL", None)
    if hasattr(config, "workerinput"):
        return
    if _has_room_in_memory():
        os.environ["TMPDIR"] = tempfile.tempdir = MEMORY
    if sys.dont_write_bytecode:
        _keep_bytecode(config.rootpath / ".pytest_cache" / "bytecode")
    os.environ[_HOME_OF_RUN] = os.environ["FISC_HOME"] = str(homes.new("fisc-tests-"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as processors: a test waits for its server, and for processes it starts."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (3 * processors + 1) // 2


def _keep_bytecode(place: Path) -> None:
    """Away from the sources, where none is wanted: else all that tests start compiles everything anew."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(place)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server if it is ours alone, and remove its files after the last worker."""
    home = Path(os.environ[_HOME_OF_RUN])
    usage.end(Layout(home))
    if not hasattr(config, "workerinput"):
        homes.remove(home)


@pytest.fixture(scope="session")
def server_dsn() -> str:
    """The run's server, ready: connection string of a database that holds nothing."""
    os.environ["FISC_HOME"] = os.environ[_HOME_OF_RUN]
    return store.dsn()


def _template(server_dsn: str, name: str, fill: Callable[[str], None], base: str = "template1") -> str:
    """The database called `name`: a copy of `base`, filled once per run by whoever comes first.

    It is built under another name and renamed: a template that is there is complete.
    """
    with (
        locks.alone(Path(os.environ[_HOME_OF_RUN]) / f"{name}.lock"),
        psycopg.connect(server_dsn, autocommit=True) as conn,
    ):
        if conn.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is None:
            _trade_durability_for_speed(conn)
            conn.execute(f"drop database if exists {name}_new with (force)".encode())
            conn.execute(f"create database {name}_new template {base} strategy {_strategy()}".encode())
            fill(_in_database(server_dsn, f"{name}_new"))
            conn.execute(f"alter database {name}_new rename to {name}".encode())
    return name


def _trade_durability_for_speed(conn: psycopg.Connection) -> None:
    """Only for databases that live as long as a test; tests of durability start their own server."""
    for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
        conn.execute(f"alter system set {name} = off".encode())
    conn.execute("select pg_reload_conf()")


def _in_database(server_dsn: str, name: str) -> str:
    return server_dsn.replace(f"/{DATABASE}?", f"/{name}?")


def _install_schema(dsn: str) -> None:
    with psycopg.connect(dsn) as inside:
        schema.install(inside)


def _set_up(dsn: str) -> None:
    """In a process of its own: no connection to the template may stay open here."""
    code = "import sys; from fisc import app; app.setup(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, dsn], check=True)


def _ready(server_dsn: str) -> str:
    """The name of a database as `fisc.app.setup` leaves it, made once per run."""
    return _template(server_dsn, "fisc_ready", _set_up)


Shared = psycopg.Connection[Any]


def _furnished(server_dsn: str, name: str, furnish: Callable[[Shared], object]) -> str:
    """The database called `name`: one that is set up, in which `furnish` was done once per run."""

    def fill(dsn: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            furnish(conn)

    return _template(server_dsn, name, fill, _ready(server_dsn))


@pytest.fixture(scope="session")
def template_db(server_dsn: str) -> str:
    """The name of a database with the ledger's schema, made once per run."""
    return _template(server_dsn, "fisc_template", _install_schema)


NewLedger = Callable[[], AbstractContextManager[str]]


def _strategy() -> str:
    """Files in memory are copied as they are; elsewhere page by page, without checkpoints."""
    return "file_copy" if os.environ[_HOME_OF_RUN].startswith(MEMORY) else "wal_log"


@contextmanager
def _copy_of(server_dsn: str, template: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(server_dsn, autocommit=True) as conn:
        conn.execute(f"create database {name} template {template} strategy {_strategy()}".encode())
    try:
        yield _in_database(server_dsn, name)
    finally:
        with psycopg.connect(server_dsn, autocommit=True) as conn:
            conn.execute(f"drop database {name} with (force)".encode())


@contextmanager
def _world(server_dsn: str, name: str, furnish: Callable[[Shared], object]) -> Iterator[Shared]:
    """A connection to a copy of the furnished database `name`, for tests that take back what they do."""
    with (
        _copy_of(server_dsn, _furnished(server_dsn, name, furnish)) as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        yield conn


@pytest.fixture(scope="session")
def new_ledger(server_dsn: str, template_db: str) -> NewLedger:
    """Makes fresh ledgers, for tests that need one for each example: `with new_ledger() as dsn`."""
    return lambda: _copy_of(server_dsn, template_db)


@pytest.fixture
def empty_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of this test's own, in force, with nothing in it."""
    place = homes.new("fisc-home-")
    monkeypatch.setenv("FISC_HOME", str(place))
    yield place
    homes.remove(place)


@pytest.fixture
def ledger_db(new_ledger: NewLedger) -> Iterator[str]:
    """Connection string of a fresh database with the ledger's schema; dropped after the test."""
    with new_ledger() as dsn:
        yield dsn


@pytest.fixture
def ready_db(server_dsn: str) -> Iterator[str]:
    """Connection string of a fresh database as `fisc.app.setup` leaves it: registry and accounts in it."""
    with _copy_of(server_dsn, _ready(server_dsn)) as dsn:
        yield dsn


@pytest.fixture
def conn(ledger_db: str) -> Iterator[psycopg.Connection]:
    """A connection to the fresh ledger."""
    with psycopg.connect(ledger_db) as connection:
        yield connection


@pytest.fixture
def livelihood_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place counts livelihood spending by one set, as if it had settled that."""
    from fisc.registry import settings

    given = dict(settings._settings()) | {("", "livelihood_set", ""): "weihai_2025"}
    monkeypatch.setattr(settings, "_settings", lambda: given)
