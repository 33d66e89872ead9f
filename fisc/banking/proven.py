"""Which accounts of regions are not proven against the bank at a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import psycopg


class Unproven(NamedTuple):
    """An account, and what of it is not proven, in words; '' as the account where none is registered."""

    mof_div_code: str
    acct_no: str
    what: str
    #: The approved document that says why, where it was asked of a year's end.
    note_no: str | None = None

    def __str__(self) -> str:
        return f"{self.acct_no} {self.what}".strip()


def unproven(conn: psycopg.Connection[Any], regions: Sequence[str], day: date) -> list[Unproven]:
    """Accounts of these regions that statements and reconciliation of `day` do not prove, in order."""
    found = conn.execute("select * from banking_unproven(%s, %s)", [list(regions), day])
    return [Unproven(*row) for row in found]


def unproven_at_end(
    conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int
) -> list[Unproven]:
    """As `unproven`, of the last day of a year, each with the document by which two officers said why."""
    found = conn.execute("select * from banking_unproven_at_end(%s, %s)", [list(regions), fiscal_year])
    return [Unproven(*row) for row in found]
