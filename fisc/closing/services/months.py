"""Closing a month: December when nothing is left that belongs in its books."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import psycopg

from fisc.closing.services.affairs import open_affairs
from fisc.closing.services.refusing import refuse_open
from fisc.closing.services.surplus import left_over, refuse_unsettled
from fisc.documents import book_keeping
from fisc.kernel.entries import DECEMBER
from fisc.kernel.posting import in_transaction

Conn = psycopg.Connection[Any]

#: What is put right after December: with next year's cash, or by the closing of the year.
_LATER: Final = frozenset({"year_end.accruals_unpaid", "year_end.agency_uncleared"})


def close_month(
    conn: Conn, region: str, fiscal_year: int, month: int, *, by: str, on: date
) -> dict[str, bool]:
    """Close a month of a government for good, or of all of its area (998): region -> whether now.

    As `documents.book_keeping.close_month`; raises RuleBroken for December where something blocks the year's
    closing that December's books still have to take (年终清理), and where what the year leaves over is not
    settled: it would have no month to stand in that the year's execution tells.
    """

    def work() -> dict[str, bool]:
        done = book_keeping.close_month(conn, region, fiscal_year, month, by=by, on=on)
        if month == DECEMBER:
            closing = [place for place, is_new in done.items() if is_new]
            affairs = open_affairs(conn, closing, fiscal_year)
            refuse_open([one for one in affairs if one.rule_id not in _LATER], fiscal_year)
            for left in left_over(conn, closing, fiscal_year).values():
                refuse_unsettled(left)
        return done

    return in_transaction(conn, work)
