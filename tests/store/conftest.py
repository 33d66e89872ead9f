"""Homes of their own for tests that start, stop and kill servers."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import homes


@pytest.fixture(scope="session")
def made_home() -> Iterator[Path]:
    """A data directory whose cluster is made and stopped: copied, it saves each test an initdb."""
    place = homes.new("fisc-home-")
    subprocess.run(
        [sys.executable, "-c", "from fisc import store; store.dsn()"],
        check=True,
        env=os.environ | {"FISC_HOME": str(place)},
    )
    yield place
    homes.remove(place)


@pytest.fixture
def home(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory of this test's own, in force, with a stopped cluster."""
    place = homes.new("fisc-home-")
    subprocess.run(["cp", "-a", f"{made_home}/.", str(place)], check=True)
    monkeypatch.setenv("FISC_HOME", str(place))
    yield place
    homes.remove(place)


#: How long a process may take before a test fails instead of hanging.
PATIENCE_SECONDS = 60


class Process:
    """A Python program that uses the store; it says `ready` and waits to be told to end."""

    def __init__(self, code: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def said(self) -> str:
        """The next line it prints, waiting for it."""
        assert self.popen.stdout is not None
        assert select.select([self.popen.stdout], [], [], PATIENCE_SECONDS)[0], "it says nothing"
        return self.popen.stdout.readline().strip()

    def end(self) -> int:
        """Let it end by itself; returns its exit code."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        return self.popen.wait(PATIENCE_SECONDS)

    def kill(self, number: int) -> None:
        """Send a signal and wait until it is gone."""
        self.popen.send_signal(number)
        self.end()

    def close(self) -> None:
        """See that it is gone, whatever became of it."""
        self.kill(9)
        assert self.popen.stdout is not None
        self.popen.stdout.close()


USER = """
import sys
from fisc import store
with store.connect() as conn:
    print(conn.execute("select 'ready'").fetchone()[0], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def run_user() -> Iterator[Callable[..., Process]]:
    """Starts processes that use the server of the data directory in force."""
    started: list[Process] = []

    def start(code: str = USER) -> Process:
        started.append(Process(code))
        return started[-1]

    yield start
    for process in started:
        process.close()
