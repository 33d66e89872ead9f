"""A database with the city's officers and open years."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import _copy_of, _furnished, _world
from tests.transfers.world import Conn, furnish


@pytest.fixture(scope="module")
def _transfers(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_transfers", furnish) as conn:
        yield conn


@pytest.fixture
def city_db(server_dsn: str) -> Iterator[str]:
    """Connection string of a database of its own with such a city, for tests with two connections."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_transfers", furnish)) as dsn:
        yield dsn


@pytest.fixture
def city(_transfers: Conn) -> Iterator[Conn]:
    """A connection to a city with officers and open years and nothing else; what is done is taken back."""
    with _transfers.transaction(force_rollback=True):
        yield _transfers
