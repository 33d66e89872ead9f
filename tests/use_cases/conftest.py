"""Desks that several modules of use cases sit at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.conftest import _copy_of, _furnished
from tests.transfers import world
from tests.use_cases.desk import Desk


@contextmanager
def _desk_in(
    server_dsn: str,
    name: str,
    furnish: Callable[[world.Conn], object],
    monkeypatch: pytest.MonkeyPatch,
    said: pytest.CaptureFixture[str],
) -> Iterator[Desk]:
    with _copy_of(server_dsn, _furnished(server_dsn, name, furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, said)


@pytest.fixture
def transfers_desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city and its banners with officers and open years."""
    with _desk_in(server_dsn, "fisc_transfers", world.furnish, monkeypatch, capsys) as desk:
        yield desk


@pytest.fixture
def desk_below(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """The same before the city keeps its books of the year here: what it gives is registered below."""
    with _desk_in(server_dsn, "fisc_transfers_below", world.furnish_below, monkeypatch, capsys) as desk:
        yield desk
