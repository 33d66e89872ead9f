"""Papers for entries that a test posts by hand: every entry names its document."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from fisc.kernel import Document, define_regions, record_documents


def a_document(conn: psycopg.Connection[Any], region: str, year: int = 2022, key: str = "paper") -> int:
    """The ledger's id of a paper of a region and year, recorded once."""
    define_regions(conn, [region])
    [found] = record_documents(
        conn, [Document(f"test:{key}:{region}:{year}", "test", region, year, date(year, 1, 1))]
    )
    return found
