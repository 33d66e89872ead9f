"""Closing a year's books: income and outlay to net assets, in period 13 of each region."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.closing.balances import Balance, of_year
from fisc.closing.rules.close import closing_entries
from fisc.closing.services.affairs import open_affairs, refuse_open
from fisc.closing.services.papers import CLOSE, YearEndResult, book, entry_keys
from fisc.kernel import settle
from fisc.kernel.posting import in_transaction

Conn = psycopg.Connection[Any]


def close_year(
    conn: Conn, regions: Sequence[str], fiscal_year: int, *, by: str, signed_by: str, on: date
) -> list[YearEndResult]:
    """Close the books of regions for a year (年终转账, C01–C05; from 2023 41-22 and 41-23).

    Afterwards every account of income and outlay is zero over the year's periods, and its funds'
    net assets hold the result. Again with nothing new: no-op; what came later into period 13 is closed
    by another round. All regions or none. Raises RuleBroken listing what is open (`open_affairs`) or
    has no closing rule, FourEyes, MissingDuty, PeriodClosed.
    """

    def work() -> list[YearEndResult]:
        for region in sorted(regions):
            settle(conn, region)  # nothing slips in between reading and closing
        refuse_open(open_affairs(conn, regions, fiscal_year), fiscal_year)
        standing = of_year(conn, regions, fiscal_year)
        return [
            _close(conn, region, fiscal_year, standing[region], by=by, signed_by=signed_by, on=on)
            for region in regions
        ]

    return in_transaction(conn, work)


def _close(
    conn: Conn,
    region: str,
    fiscal_year: int,
    standing: Sequence[Balance],
    *,
    by: str,
    signed_by: str,
    on: date,
) -> YearEndResult:
    if not any(balance.is_nominal for balance in standing):
        return YearEndResult(region, fiscal_year, False, entry_keys(conn, region, fiscal_year, CLOSE))
    return book(
        conn, (region, fiscal_year, CLOSE), lambda document: closing_entries(document, standing),
        by=by, signed_by=signed_by, on=on,
    )  # fmt: skip
