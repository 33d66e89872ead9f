"""One furnished database for these tests; what a test does is taken back at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import _world
from tests.debt.world import Conn, furnish


@pytest.fixture(scope="module")
def _indebted(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_debt", furnish) as conn:
        yield conn


@pytest.fixture
def city(_indebted: Conn) -> Iterator[Conn]:
    """A connection to a city and a banner that owe, inside a transaction that is rolled back."""
    with _indebted.transaction(force_rollback=True):
        yield _indebted
