"""What is granted in a year and paid in the next: not all cash of a banner's last document comes in time.

A part of what that grants it waits for the settlement between levels (192-T06, T09): accrued in
December, paid in January. The cash of ten treasuries is planned with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from fisc.city.calendar import Calendar
from fisc.city.dates import Dates
from fisc.city.draws import Ints
from fisc.city.plan import Plan
from fisc.city.tables import GENERAL

#: One part in so many of the cash of a banner's last document waits, and at most of what it leaves unspent.
_PART, _UNSPENT_PART = 4, 2
#: Working days from a document's issue to the banners' cash.
ISSUED_CASH_AFTER = 5
Move = tuple[int, int, str, int]  # region, day, fund, fen
#: (document, region) -> fen.
Waiting = dict[tuple[int, int], int]


def waits(plan: Plan) -> Waiting:
    """What waits at a year's end: less than banners leave unspent, so that none falls short of cash."""
    return waiting(plan["issues"], plan.controls.unspent // _UNSPENT_PART)


def waiting(issues: pl.DataFrame, most: Ints) -> Waiting:
    """What of the last document issued to each banner in a year waits for January; at `most`, by region."""
    last = issues.sort("day", "doc").group_by("region", maintain_order=True).last()
    chosen = last.select("doc", "region", "amount_fen").iter_rows()
    found = {(doc, region): min(fen // _PART, int(most[region])) for doc, region, fen in chosen}
    return {line: fen for line, fen in found.items() if fen}


def paid_on(dates: Dates) -> int:
    """The day of January, by index, on which what waited is paid."""
    return dates.to_units


def cash_day(calendar: Calendar, issued: int) -> int:
    """When banners get the cash of a document that is issued on a day."""
    return min(max(issued, Dates.of(calendar).approved) + ISSUED_CASH_AFTER, len(calendar.days) - 1)


def sent(region: int, day: int, fen: int) -> tuple[Move, Move]:
    """General cash from the city to a banner."""
    return (region, day, GENERAL, fen), (0, day, GENERAL, -fen)


def moves(calendar: Calendar, issues: pl.DataFrame, waits: Waiting, waited: Waiting) -> Iterator[Move]:
    """What waits leaves the year's cash; what waited in the year before comes in January."""
    days = dict(issues.select("doc", "day").unique().iter_rows())
    for (doc, region), fen in waits.items():
        yield from sent(region, cash_day(calendar, days[doc]), -fen)
    for (_, region), fen in waited.items():
        yield from sent(region, paid_on(Dates.of(calendar)), fen)
