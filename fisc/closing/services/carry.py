"""Opening the next year: balances leave period 13 and stand in period 0, in the new books in 2023."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.closing.balances import books_of, of_year
from fisc.closing.papers import OPEN, entry_keys
from fisc.closing.rules.carry import carry_entries
from fisc.closing.services.papers import Ending, YearEndResult, end_each
from fisc.documents import RuleBroken
from fisc.reading.entries import entries_in

Conn = psycopg.Connection[Any]


def open_next_year(
    conn: Conn, regions: Sequence[str], fiscal_year: int, *, by: str, signed_by: str, on: date
) -> list[YearEndResult]:
    """Carry what stands at the end of `fiscal_year` into the next year (结转下年、上年结转).

    One entry takes each book's balances out of period 13, one puts them into period 0 of the next year;
    both are of the first of January. From 2022 into 2023 the accounts become those of 财库〔2022〕41号
    (`account_conversion_2023.csv`). Again with nothing new: no-op; what was posted later into period 13
    is carried by another round. All regions or none. Raises RuleBroken where the year is not closed,
    the next year has an opening from elsewhere, or an account cannot be converted; FourEyes, PeriodClosed.
    """
    return end_each(conn, OPENING, regions, fiscal_year, by=by, signed_by=signed_by, on=on)


def _refuse_second_openings(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    for region in regions:
        _refuse_second_opening(conn, region, fiscal_year)


def _refuse_second_opening(conn: Conn, region: str, fiscal_year: int) -> None:
    """A next year that has balances from elsewhere (192-X03, a published table) would hold them twice."""
    books, own = books_of(fiscal_year + 1), entry_keys(conn, region, fiscal_year, OPEN)
    found = entries_in(conn, region, (fiscal_year + 1) * 100, books, without=own)
    if found:
        raise RuleBroken(
            f"{region} 的 {fiscal_year + 1} 年已有年初数：{'、'.join(found)}",
            rule="年初数只记一次：由上年结转，或由公开表开账（192-X03）",
            hint="请红字冲销另行开账的凭证，再结转",
            details={"keys": found},
        )


#: 结转下年.
OPENING: Final = Ending(OPEN, bool, carry_entries, _refuse_second_openings, of_year)
