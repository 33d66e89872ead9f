"""The kernel's own fixtures: a founded ledger on an autocommit connection."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import _copy_of, _template

from . import world


@pytest.fixture(scope="session")
def founded(server_dsn: str, template_db: str) -> str:
    """The name of a ledger with the test city founded, made once per run."""

    def found(dsn: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            world.found(conn)

    return _template(server_dsn, "fisc_founded", found, template_db)


@pytest.fixture
def city_db(server_dsn: str, founded: str) -> Iterator[str]:
    """Connection string of a fresh ledger with the test city founded."""
    with _copy_of(server_dsn, founded) as dsn:
        yield dsn


@pytest.fixture
def city(city_db: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection to the founded city."""
    with psycopg.connect(city_db, autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="module")
def shared_city(server_dsn: str, founded: str) -> Iterator[psycopg.Connection]:
    """A founded city for the tests of one module that leave it as they find it."""
    with _copy_of(server_dsn, founded) as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        yield conn
