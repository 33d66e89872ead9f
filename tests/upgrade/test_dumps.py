"""The databases of released versions are what was true of them when they were made."""

from __future__ import annotations

import psycopg
import pytest

from tests.upgrade.conftest import Restored, facts_of
from tests.upgrade.facts import facts


@pytest.mark.parametrize("name", ["city_0_1_0", "book_0_1_0"])
def test_a_dump_restores_to_what_it_was(restored: Restored, name: str) -> None:
    with restored(name) as dsn, psycopg.connect(dsn, autocommit=True) as conn:
        assert facts(conn) == facts_of(name)
