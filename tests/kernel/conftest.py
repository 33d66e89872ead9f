"""The kernel's own fixtures: a founded ledger on an autocommit connection."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from . import world


@pytest.fixture
def city_db(ledger_db: str) -> str:
    """Connection string of a fresh ledger with the test city founded."""
    with psycopg.connect(ledger_db, autocommit=True) as conn:
        world.found(conn)
    return ledger_db


@pytest.fixture
def city(city_db: str) -> Iterator[psycopg.Connection]:
    """An autocommit connection to the founded city."""
    with psycopg.connect(city_db, autocommit=True) as conn:
        yield conn
