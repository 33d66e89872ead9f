"""A server of our own for the time of a run, with the product's settings, and databases on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.scale import Scale
from fisc.kernel import schema
from fisc.store import binaries, config, server, usage

ROOT = Path(__file__).parents[1]
BOOK_REGION, BOOK_YEAR = "530700", 2025


@contextmanager
def scratch_home(kept: Path | None = None) -> Iterator[Path]:
    """A data directory in a temporary place, or one to be `kept`; its server ends with this process.

    What is kept was made by the code of its day; what it is asked is answered by today's.
    """
    os.environ.pop("DATABASE_URL", None)
    home = kept.absolute() if kept else Path(tempfile.mkdtemp(prefix="fisc-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)  # when root measures, the server's user must pass
    os.environ["FISC_HOME"] = str(home)
    try:
        server.start()
        yield home
    finally:
        usage.end(config.Layout(home))
        if not kept:
            shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a row is given: its sizes, and the server whose directory is `home`."""

    scale: Scale
    home: Path

    def dsn(self, database: str) -> str:
        """The connection string of a database on the scratch server."""
        return server.start().dsn.replace(f"/{config.DATABASE}?", f"/{database}?")

    def connect(self, database: str) -> psycopg.Connection:
        """An autocommit connection."""
        return psycopg.connect(self.dsn(database), autocommit=True)

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        with self.connect(config.DATABASE) as conn:
            query = "select 1 from pg_database where datname = %s"
            return conn.execute(query, [database]).fetchone() is not None

    def empty(self, database: str) -> str:
        """A new empty database in place of what was there; returns its connection string."""
        self.drop(database)
        with self.connect(config.DATABASE) as conn:
            conn.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
        return self.dsn(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever uses it."""
        with self.connect(config.DATABASE) as conn:
            conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))

    def rename(self, old: str, new: str) -> None:
        """Give a database its final name."""
        with self.connect(config.DATABASE) as conn:
            conn.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new))
            )

    def ledger(self, database: str) -> psycopg.Connection:
        """A new database with the ledger's schema."""
        self.empty(database)
        conn = self.connect(database)
        schema.install(conn)
        return conn

    def settle(self) -> None:
        """Write out what earlier work left dirty, so that it is not charged to the next."""
        with self.connect(config.DATABASE) as conn:
            conn.execute("checkpoint")

    def folder(self, name: str) -> Path:
        """A directory for files of this run."""
        place = self.home / "files" / name
        place.mkdir(parents=True, exist_ok=True)
        return place


def tpcb_rate(bench: Bench) -> float:
    """pgbench's TPC-B-like transactions per second, the better of 8 and of 32 clients."""
    if not bench.has("tpcb"):
        bench.empty("tpcb_new")
        _pgbench(bench, "-i", "-q", "-s", str(bench.scale.tpcb_scale), "tpcb_new")
        bench.rename("tpcb_new", "tpcb")
    return max(_tps(bench, clients) for clients in (8, 32))


def _tps(bench: Bench, clients: int) -> float:
    said = _pgbench(bench, "-n", "-c", str(clients), "-j", "2", "-T", str(bench.scale.tpcb_seconds), "tpcb")
    found = re.search(r"tps = ([\d.]+)", said)
    assert found, said
    return float(found[1])


def _pgbench(bench: Bench, *arguments: str) -> str:
    place = ["-h", str(config.Layout(bench.home).socket_dir), "-p", str(config.PORT), "-U", config.ROLE]
    command = [str(binaries.bin_dir() / "pgbench"), *place, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
