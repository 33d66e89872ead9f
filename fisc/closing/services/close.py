"""Closing a year's books: income and outlay to net assets, in period 13 of each region."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.closing.balances import Balance, of_year
from fisc.closing.fund_kinds import unposted_moves
from fisc.closing.papers import CLOSE
from fisc.closing.rules.close import KindMove, closing_entries
from fisc.closing.services.affairs import open_affairs
from fisc.closing.services.papers import Ending, YearEndResult, end_each
from fisc.closing.services.refusing import refuse_open

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
    return end_each(conn, CLOSING, regions, fiscal_year, by=by, signed_by=signed_by, on=on)


def _refuse_open(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    refuse_open(open_affairs(conn, regions, fiscal_year), fiscal_year)


def _look(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[Balance | KindMove]]:
    """What stands in the books, and what still moves between kinds of government funds."""
    moves = unposted_moves(conn, regions, fiscal_year)
    return {region: [*found, *moves[region]] for region, found in of_year(conn, regions, fiscal_year).items()}


#: 年终转账.
CLOSING: Final = Ending(
    CLOSE,
    lambda standing: any(one.is_nominal for one in standing),
    closing_entries,
    _refuse_open,
    _look,
)
