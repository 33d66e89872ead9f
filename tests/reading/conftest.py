"""A city in a fresh ledger, and the figures over it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.catalogue import CATALOGUE
from fisc.reading.service import FigureService
from tests.reading.city import City, found_city


@pytest.fixture
def conn(ledger_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_db, autocommit=True) as connection:
        yield connection


@pytest.fixture
def city(conn: psycopg.Connection) -> City:
    return found_city(conn)


@pytest.fixture
def service(conn: psycopg.Connection) -> FigureService:
    return FigureService(conn, CATALOGUE)


@pytest.fixture(autouse=True)
def _all_settled(livelihood_settled: None) -> None:
    """Cities made for tests count livelihood spending by a set, too."""
