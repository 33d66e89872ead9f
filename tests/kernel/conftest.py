"""The kernel's own fixtures: a founded ledger on an autocommit connection."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from fisc.store.config import DATABASE

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


@pytest.fixture(scope="module")
def shared_city(server_dsn: str, template_db: str) -> Iterator[psycopg.Connection]:
    """A founded city for the tests of one module that leave it as they find it."""
    name = f"t_{uuid.uuid4().hex}"
    target = sql.Identifier(name)
    with psycopg.connect(server_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} template {}").format(target, sql.Identifier(template_db)))
        with psycopg.connect(server_dsn.replace(f"/{DATABASE}?", f"/{name}?"), autocommit=True) as conn:
            world.found(conn)
            yield conn
        admin.execute(sql.SQL("drop database {} with (force)").format(target))
