"""Databases of a run with a small city in them; each test works in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.budget import quota_world, region
from tests.conftest import Shared, _copy_of, _furnished, _world


def _settle(conn: psycopg.Connection) -> None:
    region.settle(conn, (region.YEAR, region.YEAR + 1))


def _approve(conn: psycopg.Connection) -> None:
    _settle(conn)
    region.approve(conn)


@pytest.fixture(scope="session")
def _settled(server_dsn: str) -> Iterator[Shared]:
    with _world(server_dsn, "fisc_settled", _settle) as conn:
        yield conn


@pytest.fixture(scope="session")
def _approved(server_dsn: str) -> Iterator[Shared]:
    with _world(server_dsn, "fisc_approved", _approve) as conn:
        yield conn


@pytest.fixture
def settled(_settled: Shared) -> Iterator[Shared]:
    """A connection to a city with officers and units, before any budget."""
    with _settled.transaction(force_rollback=True):
        yield _settled


@pytest.fixture
def approved(_approved: Shared) -> Iterator[Shared]:
    """A connection to the same city with its 2022 budget approved."""
    with _approved.transaction(force_rollback=True):
        yield _approved


@pytest.fixture(scope="session")
def _with_budget(server_dsn: str) -> Iterator[Shared]:
    with _world(server_dsn, "fisc_with_budget", quota_world.furnish) as conn:
        yield conn


@pytest.fixture
def furnished_db(server_dsn: str) -> Iterator[str]:
    """Connection string of a database of its own with that city and banner."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_with_budget", quota_world.furnish)) as dsn:
        yield dsn


@pytest.fixture
def city(_with_budget: Shared) -> Iterator[Shared]:
    """A connection to a city and a banner with an approved budget and no quotas yet."""
    with _with_budget.transaction(force_rollback=True):
        yield _with_budget
