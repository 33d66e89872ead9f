"""Databases of a run with a small city in them; each test works in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.budget import quota_world, region
from tests.conftest import _copy_of, _ready


@contextmanager
def _filled(server_dsn: str, fill: Callable[[psycopg.Connection], None]) -> Iterator[str]:
    with _copy_of(server_dsn, _ready(server_dsn)) as dsn:
        with psycopg.connect(dsn, autocommit=True) as conn:
            fill(conn)
        yield dsn


@contextmanager
def _for_a_test(dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn, autocommit=True) as conn, conn.transaction(force_rollback=True):
        yield conn


def _settle(conn: psycopg.Connection) -> None:
    region.settle(conn, (region.YEAR, region.YEAR + 1))


def _approve(conn: psycopg.Connection) -> None:
    _settle(conn)
    region.approve(conn)


@pytest.fixture(scope="session")
def settled_db(server_dsn: str) -> Iterator[str]:
    """Connection string of a city with officers and units, before any budget."""
    with _filled(server_dsn, _settle) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def approved_db(server_dsn: str) -> Iterator[str]:
    """Connection string of the same city with its 2022 budget approved."""
    with _filled(server_dsn, _approve) as dsn:
        yield dsn


@pytest.fixture
def settled(settled_db: str) -> Iterator[psycopg.Connection]:
    """A connection to the city before any budget."""
    with _for_a_test(settled_db) as conn:
        yield conn


@pytest.fixture
def approved(approved_db: str) -> Iterator[psycopg.Connection]:
    """A connection to the city with its budget approved."""
    with _for_a_test(approved_db) as conn:
        yield conn


@pytest.fixture(scope="session")
def furnished_db(server_dsn: str) -> Iterator[str]:
    """Connection string of a city and a banner with an approved budget and no quotas yet."""
    with _filled(server_dsn, quota_world.furnish) as dsn:
        yield dsn


@pytest.fixture
def city(furnished_db: str) -> Iterator[psycopg.Connection]:
    """A connection to the city with an approved budget and no quotas yet."""
    with _for_a_test(furnished_db) as conn:
        yield conn
