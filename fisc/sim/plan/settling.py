"""What is granted in a year and paid in the next: the last document's cash does not all come in time.

A part of what it grants to each banner waits for the settlement between levels (192-T06, T09): accrued in
December, paid in January. The cash of ten treasuries is planned with it.
"""

from __future__ import annotations

import polars as pl

from fisc.sim.plan.cashflow import ISSUED_CASH_AFTER
from fisc.sim.plan.dates import Dates
from fisc.sim.plan.draws import Ints
from fisc.sim.plan.quotas import Ground

#: One part in so many of the last document's cash waits.
_PART = 4
#: (document, region) -> fen.
Waiting = dict[tuple[int, int], int]


def waiting(issues: pl.DataFrame) -> Waiting:
    """What of each banner's part of the last document issued in a year waits for January."""
    last = issues.sort("day", "doc").tail(1)["doc"].item()
    chosen = issues.filter(pl.col("doc") == last).select("doc", "region", "amount_fen").iter_rows()
    return {(doc, region): fen // _PART for doc, region, fen in chosen if fen >= _PART}


def paid_on(dates: Dates) -> int:
    """The day of January, by index, on which what waited is paid."""
    return dates.to_units


def moves(found: Ints, ground: Ground, issues: pl.DataFrame, before: pl.DataFrame | None) -> Ints:
    """Change of cash by region and day, with what waits taken out and what waited (of `before`) added."""
    made, dates = found.copy(), Dates.of(ground.calendar)
    days = dict(issues.select("doc", "day").unique().iter_rows())
    for (doc, region), fen in waiting(issues).items():
        day = min(max(days[doc], dates.approved) + ISSUED_CASH_AFTER, found.shape[1] - 1)
        made[region, day] -= fen
        made[0, day] += fen
    for (_, region), fen in (waiting(before) if before is not None else {}).items():
        made[region, paid_on(dates)] += fen
        made[0, paid_on(dates)] -= fen
    return made
