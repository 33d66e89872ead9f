"""What is granted in a year and paid in the next: not all cash of a banner's last document comes in time.

A part of what that grants it waits for the settlement between levels (192-T06, T09): accrued in
December, paid in January. The cash of ten treasuries is planned with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from fisc.city.calendar import Calendar
from fisc.city.dates import Dates

#: One part in so many of the cash of a banner's last document waits.
_PART = 4
#: Working days from a document's issue to the banners' cash.
ISSUED_CASH_AFTER = 5
Move = tuple[int, int, int]  # region, day, fen
#: (document, region) -> fen.
Waiting = dict[tuple[int, int], int]


def waiting(issues: pl.DataFrame) -> Waiting:
    """What of the last document issued to each banner in a year waits for January."""
    last = issues.sort("day", "doc").group_by("region", maintain_order=True).last()
    chosen = last.select("doc", "region", "amount_fen").iter_rows()
    return {(doc, region): fen // _PART for doc, region, fen in chosen if fen >= _PART}


def paid_on(dates: Dates) -> int:
    """The day of January, by index, on which what waited is paid."""
    return dates.to_units


def cash_day(calendar: Calendar, issued: int) -> int:
    """When banners get the cash of a document that is issued on a day."""
    return min(max(issued, Dates.of(calendar).approved) + ISSUED_CASH_AFTER, len(calendar.days) - 1)


def sent(region: int, day: int, fen: int) -> tuple[Move, Move]:
    """Cash from the city to a banner."""
    return (region, day, fen), (0, day, -fen)


def moves(calendar: Calendar, issues: pl.DataFrame, before: pl.DataFrame | None) -> Iterator[Move]:
    """What waits leaves the year's cash; what waited in the year before (`before`) comes in January."""
    days = dict(issues.select("doc", "day").unique().iter_rows())
    for (doc, region), fen in waiting(issues).items():
        yield from sent(region, cash_day(calendar, days[doc]), -fen)
    for (_, region), fen in (waiting(before) if before is not None else {}).items():
        yield from sent(region, paid_on(Dates.of(calendar)), fen)
