"""One furnished database for these tests; what a test does is taken back at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fisc.registry import fitting
from tests.capital.world import furnish
from tests.conftest import _copy_of, _furnished


@pytest.fixture(scope="session")
def capital_template(server_dsn: str) -> str:
    """A database with a city that holds capital, made once per run."""
    return _furnished(server_dsn, "fisc_capital", furnish)


@pytest.fixture(scope="session")
def _capital_db(server_dsn: str, capital_template: str) -> Iterator[str]:
    with _copy_of(server_dsn, capital_template) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def _shared(_capital_db: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(_capital_db, autocommit=True) as connection:
        yield connection


@pytest.fixture
def city(_shared: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the city, inside a transaction that is rolled back."""
    with _shared.transaction(force_rollback=True):
        yield _shared


@pytest.fixture
def before_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotas were issued before anybody looked at what their themes' rules of use allow."""
    monkeypatch.setattr(fitting, "_theme", lambda coding, known: iter(()))
