"""A database with the city's officers and open years."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.closing.world import Conn, furnish
from tests.conftest import _world


@pytest.fixture(scope="module")
def _closing(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_closing", furnish) as conn:
        yield conn


@pytest.fixture
def city(_closing: Conn) -> Iterator[Conn]:
    """A connection to a city with officers and open years and nothing else; what is done is taken back."""
    with _closing.transaction(force_rollback=True):
        yield _closing
