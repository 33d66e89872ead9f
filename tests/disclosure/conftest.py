"""The real book, read once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.app import setup
from fisc.disclosure.checks import IdentityResult
from fisc.disclosure.model import Book
from fisc.disclosure.reader import read_and_check
from fisc.disclosure.services import ImportResult
from fisc.sample import BOOK
from tests.disclosure.sample import imported_sample


@pytest.fixture(scope="session")
def checked() -> tuple[Book, list[IdentityResult]]:
    """The sample book and its identities."""
    return read_and_check(BOOK)


@pytest.fixture(scope="session")
def sample(checked: tuple[Book, list[IdentityResult]]) -> Book:
    """The sample book."""
    return checked[0]


@pytest.fixture
def ready_db(ready_db: str) -> str:
    """Connection string of a fresh database that is set up and in force."""
    return setup(ready_db)


@pytest.fixture
def ledger(ready_db: str) -> Iterator[psycopg.Connection]:
    """A connection to the fresh furnished database."""
    with psycopg.connect(ready_db) as connection:
        yield connection


@pytest.fixture(scope="session")
def imported(server_dsn: str) -> Iterator[tuple[psycopg.Connection, ImportResult]]:
    """The sample book in a ledger, for tests that only look."""
    with imported_sample(server_dsn) as found:
        yield found
