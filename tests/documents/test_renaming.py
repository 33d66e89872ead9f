"""A table that takes another name keeps everything, and nothing is left that bears the old one."""

from __future__ import annotations

import psycopg
import pytest

from fisc.documents import installation
from fisc.documents.renaming import renamed
from tests.documents.attacks import DECLARED
from tests.upgrade.catalogue import catalogue, difference

CASES = (
    ("cash_expected_flow", "expected_flow", "cash_expected", "expected"),
    ("banking_line", "bookings", "banking_line", "bookings"),
)


@pytest.mark.parametrize(("name", "other", "stem", "other_stem"), CASES)
def test_a_table_is_renamed_with_all_that_bears_its_name(
    ready_db: str, name: str, other: str, stem: str, other_stem: str
) -> None:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        was = catalogue(conn)
        conn.execute(renamed(name, other, stem, other_stem).encode())
        of_it = {text for part in ("constraints", "indexes", "tables", "triggers", "policies")
                 for text in catalogue(conn)[part] if f".{other}" in text or f".{stem}" in text}  # fmt: skip
        assert of_it and not [text for text in of_it if stem in text]
        functions = conn.execute("select proname from pg_proc where proname ~ ('_' || %s || '$')", [name])
        assert functions.fetchall() == []
        conn.execute(renamed(other, name, other_stem, stem).encode())
        installation.install(conn, DECLARED)
        conn.execute("select ledger.fix_paths('public')")
        assert difference(catalogue(conn), was) == []
