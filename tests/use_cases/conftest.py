"""Desks that several modules of use cases sit at."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import _copy_of, _furnished
from tests.transfers import world
from tests.use_cases.desk import Desk


@pytest.fixture
def transfers_desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city and its banners with officers and open years."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_transfers", world.furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, capsys)
