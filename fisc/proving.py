"""All that `fisc verify` proves: the ledger, then documents and what banks said, held against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from fisc.banking import proving as banking
from fisc.documents import proving as documents
from fisc.documents.installation import declared_by
from fisc.kernel.verify import Check, Progress
from fisc.settings import INSTALLED_APPS

Conn = psycopg.Connection[Any]


def content_checks(conn: Conn, tell: Progress) -> list[Check]:
    """What is proven above the ledger, in one snapshot, read only."""
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        conn.execute("set local work_mem = '256MB'")
        return list(_checks(conn, tell))


def _checks(conn: Conn, tell: Progress) -> Iterator[Check]:
    yield from documents.prove(conn, declared_by(INSTALLED_APPS).kinds, tell)
    yield from banking.prove(conn, tell)
