"""A database with the city's officers and open years."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.closing.world import Conn, furnish


@pytest.fixture
def city(ready_db: str) -> Iterator[Conn]:
    """A connection to a city that has officers and open years and nothing else."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        furnish(conn)
        yield conn
