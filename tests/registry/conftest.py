"""One database that is set up in full, for many tests: each works in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fisc.registry.officers import define_officers
from tests.conftest import _copy_of, _ready
from tests.registry.element_makers import REGISTRAR


@pytest.fixture(scope="session")
def shared_db(server_dsn: str) -> Iterator[str]:
    with _copy_of(server_dsn, _ready(server_dsn)) as dsn:
        yield dsn


@pytest.fixture
def ready_conn(shared_db: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(shared_db) as connection, connection.transaction(force_rollback=True):
        define_officers(connection, [REGISTRAR])
        yield connection
