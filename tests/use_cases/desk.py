"""A desk at which officers sign in and run commands; what they are told, and what they are refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from tests.signing import sign_in


@contextmanager
def under_way(dsn: str, work: Callable[[psycopg.Connection[Any]], object]) -> Iterator[None]:
    """Work that was done and is committed once somebody waits for it, or when the block ends."""
    is_over = threading.Event()
    with psycopg.connect(dsn) as conn, psycopg.connect(dsn, autocommit=True) as looking:
        conn.execute("select 1")  # what services do within is not committed by them
        work(conn)

        def commit_when_waited_for() -> None:
            asked = [conn.info.backend_pid]
            waiting = "select from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
            while not is_over.is_set() and looking.execute(waiting, asked).fetchone() is None:
                pass
            conn.commit()

        watcher = threading.Thread(target=commit_when_waited_for)
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()


class Desk:
    """Commands as the officers of a database give them; `conn` is its connection."""

    def __init__(
        self, conn: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, said: pytest.CaptureFixture[str]
    ) -> None:
        self.conn, self.said, self._monkeypatch = conn, said, monkeypatch
        monkeypatch.setenv("COLUMNS", "200")

    def told(self, officer: str, *arguments: object) -> list[dict[str, Any]]:
        """What a command that `officer` gives answers, row by row ('' for one that only looks)."""
        code = self._run(officer, *arguments, "--json")
        said = self.said.readouterr()
        assert code == ExitCode.OK, said.err + said.out
        rows: list[dict[str, Any]] = json.loads(said.out)["rows"]
        return rows

    def faulty(self, officer: str, *arguments: object) -> list[dict[str, Any]]:
        """What a command answers, row by row, that found something wrong."""
        assert self._run(officer, *arguments, "--json") == ExitCode.FAULTS
        rows: list[dict[str, Any]] = json.loads(self.said.readouterr().out)["rows"]
        return rows

    def new(self, officer: str, *arguments: object) -> list[bool]:
        """Which of the documents given a command moved now."""
        return [row["is_new"] for row in self.told(officer, *arguments)]

    def shown(self, officer: str, *arguments: object) -> str:
        """What people read of a command's answer."""
        assert self._run(officer, *arguments) == ExitCode.OK
        return " ".join(self.said.readouterr().out.split())

    def found(self, officer: str, *arguments: object) -> str:
        """What people read of a command's answer that found something wrong."""
        assert self._run(officer, *arguments) == ExitCode.FAULTS
        return " ".join(self.said.readouterr().out.split())

    def refused(self, officer: str, *arguments: object) -> str:
        """What people read where a command is refused."""
        assert self._run(officer, *arguments) == ExitCode.REFUSED
        return " ".join(self.said.readouterr().err.split())

    def misused(self, officer: str, *arguments: object) -> str:
        """What people read where a command is not called as it should be."""
        assert self._run(officer, *arguments) == ExitCode.USAGE
        return " ".join(self.said.readouterr().err.split())

    def _run(self, officer: str, *arguments: object) -> int:
        if officer:
            sign_in(self.conn, self._monkeypatch, officer)
        self.said.readouterr()
        return run([str(one) for one in arguments])
