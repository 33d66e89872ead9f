"""The real book, read once for all tests that only look at it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest

from fisc.app import setup
from fisc.disclosure.checks import IdentityResult
from fisc.disclosure.model import Book
from fisc.disclosure.reader import read_and_check
from fisc.disclosure.services import ImportResult, import_book
from fisc.store.config import DATABASE
from tests.disclosure.books import SAMPLE


@pytest.fixture(scope="session")
def checked() -> tuple[Book, list[IdentityResult]]:
    """The sample book and its identities."""
    return read_and_check(SAMPLE)


@pytest.fixture(scope="session")
def sample(checked: tuple[Book, list[IdentityResult]]) -> Book:
    """The sample book."""
    return checked[0]


@pytest.fixture(scope="session")
def furnished(server_dsn: str, template_db: str) -> str:
    """A database with schema, accounts and Django's tables, to make others from."""
    from django.db import connections

    name = f"furnished_{os.getpid()}"
    with psycopg.connect(server_dsn, autocommit=True) as conn:
        conn.execute(f"create database {name} template {template_db}".encode())
    setup(server_dsn.replace(f"/{DATABASE}?", f"/{name}?"))
    connections.close_all()
    return name


@pytest.fixture
def ready_db(server_dsn: str, furnished: str) -> Iterator[str]:
    """Connection string of a fresh furnished database; dropped after the test."""
    name = f"d_{uuid.uuid4().hex}"
    with psycopg.connect(server_dsn, autocommit=True) as conn:
        conn.execute(f"create database {name} template {furnished}".encode())
    yield server_dsn.replace(f"/{DATABASE}?", f"/{name}?")
    with psycopg.connect(server_dsn, autocommit=True) as conn:
        conn.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def ledger(ready_db: str) -> Iterator[psycopg.Connection]:
    """A connection to the fresh furnished database."""
    with psycopg.connect(ready_db) as connection:
        yield connection


@pytest.fixture(scope="session")
def imported(server_dsn: str, furnished: str) -> Iterator[tuple[psycopg.Connection, ImportResult]]:
    """The sample book in a ledger, for tests that only look."""
    name = f"sample_{os.getpid()}"
    with psycopg.connect(server_dsn, autocommit=True) as conn:
        conn.execute(f"create database {name} template {furnished}".encode())
    with psycopg.connect(server_dsn.replace(f"/{DATABASE}?", f"/{name}?")) as conn:
        yield conn, import_book(SAMPLE, conn)
