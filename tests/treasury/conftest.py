"""One furnished database for these tests; what a test does is taken back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fisc.registry import settings
from fisc.registry.tables import read_table
from tests.conftest import _copy_of, _furnished
from tests.treasury.paying import CITY, furnish


@pytest.fixture(scope="session")
def paying_template(server_dsn: str) -> str:
    """A database in which payments can begin, made once per run."""
    return _furnished(server_dsn, "fisc_paying", furnish)


@pytest.fixture
def paying_db(server_dsn: str, paying_template: str) -> Iterator[str]:
    """A database of its own in which payments can begin, for tests that commit or use two connections."""
    with _copy_of(server_dsn, paying_template) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def _shared_db(server_dsn: str, paying_template: str) -> Iterator[psycopg.Connection[Any]]:
    with (
        _copy_of(server_dsn, paying_template) as dsn,
        psycopg.connect(dsn, autocommit=True) as connection,
    ):
        yield connection


@pytest.fixture
def paying(_shared_db: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a city that can pay, inside a transaction that is rolled back."""
    with _shared_db.transaction(force_rollback=True):
        yield _shared_db


@pytest.fixture
def own_threshold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The city asks for attachments from 50 yuan on, since March."""
    row = {"rule_id": "R13", "mof_div_code": CITY, "parameter": "threshold_fen", "value": "5000",
           "valid_from": "2022-03-01", "valid_to": ""}  # fmt: skip
    monkeypatch.setattr(
        settings, "read_table", lambda name: [*read_table(name), *([row] if "checks" in name else [])]
    )
    settings.shipped_check.cache_clear()
    yield
    settings.shipped_check.cache_clear()
