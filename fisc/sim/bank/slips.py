"""What the treasury's own bank does wrong by plan with money that is no payment, taken back the next day.

A stray credit has no paper; money credited too much stands under the number of the day's revenue report.
"""

from __future__ import annotations

from typing import Any, Final

import polars as pl
import psycopg

from fisc.banking.iso20022 import BankEntry
from fisc.banking.iso20022.model import IN, OUT
from fisc.city.day import Day
from fisc.city.plan import Plan
from fisc.city.world import World
from fisc.revenue.services import report_key
from fisc.sim.bank import book, faults, tills

Conn = psycopg.Connection[Any]

STRAY, TOO_MUCH = "stray", "too_much"
_KINDS: Final = (STRAY, TOO_MUCH)
_SLIP_FEN: Final = 100_00
#: The bank's reason of what takes a slip back, in its own words.
_CORRECTED: Final = "NARR"
#: A slip and its correction lie in the middle of a month: at its end the account is what the books say.
_FROM, _UNTIL = 5, 20
_SCHEMA: Final = {"region": pl.Int64, "day": pl.Int64, "kind": pl.String}


def slips(plan: Plan) -> pl.DataFrame:
    """One a month, on a day on which its region has revenue: region, day, kind."""
    days = plan.calendar.days
    able = [
        (region, day)
        for region, day in plan["receipts"].select("region", "day").unique().sort("day", "region").iter_rows()
        if _FROM <= days[day].day <= _UNTIL
    ]
    found = []
    for month in range(1, 13):
        of_month = [one for one in able if days[one[1]].month == month]
        if of_month:
            region, day = of_month[month % len(of_month)]
            found.append((region, day, _KINDS[month % 2]))
    return pl.DataFrame(found, schema=_SCHEMA, orient="row")


def book_slips(conn: Conn, world: World, day: Day) -> None:
    """Book the day's slips, and take back those of the working day before."""
    bookings = []
    for row in day.rows("slips"):
        is_back = row["day"] != day.index
        entry = BankEntry(
            reference(world, row, "back" if is_back else ""), OUT if is_back else IN, _SLIP_FEN, day.on,
            "REV" if row["kind"] == TOO_MUCH else "TRF", number(world, row),
            reason_code=_CORRECTED if is_back else "",
        )  # fmt: skip
        bookings.append((tills.number(world.regions[row["region"]], tills.SINGLE), entry))
    book.book(conn, bookings)


def number(world: World, row: Any) -> str:
    """What a slip's bookings bear: the number of the report, or one of the bank's own."""
    region, on = world.regions[row["region"]], world.days[row["day"]]
    return report_key(region, on) if row["kind"] == TOO_MUCH else f"CW{on:%Y%m%d}"


def reference(world: World, row: Any, what: str = "") -> str:
    """The bank's reference of a slip, or of its correction."""
    return faults.reference(world.seed, "slip", what, world.regions[row["region"]], world.days[row["day"]])
