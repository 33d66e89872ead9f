"""What quotas paid, the same before and after their year's quota book is closed.

A payment and what comes back of it (红字) stand on the credit side of 9501; the closing of the book, which
brings the account to zero, stands on its debit side and is no refund.
"""

from __future__ import annotations

from typing import Any

import psycopg

from fisc.documents.accounts import PAID
from fisc.reading.algebra import Where
from fisc.reading.ledger import Among, Grouping, Turnover, turnover

Conn = psycopg.Connection[Any]


def paid(
    conn: Conn,
    *by: Grouping,
    regions: tuple[str, ...] | None = None,
    coding_year: int | None = None,
    codings: tuple[int, ...] | None = None,
    where: tuple[Where | Among, ...] = (),
) -> dict[tuple[Any, ...], int]:
    """Fen paid of quotas less refunds, by group, as `reading.ledger.turnover` asks; one query."""
    asked = Turnover((PAID,), regions, where=where, coding_year=coding_year, codings=codings)
    return turnover(conn, asked, *by, column="credit")
