"""Money from above on its way: received, issued to two banners, given to quotas, paid, partly refunded."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import _copy_of, _furnished
from tests.follow.way import furnish
from tests.transfers.world import Conn


@pytest.fixture
def way_db(server_dsn: str) -> Iterator[str]:
    """Connection string of a database in which money is on its way; made once, copied for each test."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_follow", furnish)) as dsn:
        yield dsn


@pytest.fixture
def way(way_db: str) -> Iterator[Conn]:
    """A connection to it."""
    with psycopg.connect(way_db, autocommit=True) as conn:
        yield conn
