"""The cash of each treasury by fund, day by day: what all parts move of it, loans between them apart."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from fisc.city.draws import Ints
from fisc.city.plan import Plan
from fisc.city.tables import FUND, GENERAL, regions

#: A treasury begins with at least this part of a year's spending, and with this much more than it needs.
_OPENING_PART, _MARGIN = 20, 1.5
#: Whose money a treasury begins with: of what it has at least, so many thousandths.
_OPENING_FUNDS: Final = ((GENERAL, 850), (FUND, 150))
#: Columns of what moves cash: fen of a fund come to a region's treasury on a day (negative: leave it).
MOVES: Final = {"region": pl.Int64, "day": pl.Int64, "fund_type_code": pl.String, "amount_fen": pl.Int64}


def moves(plan: Plan) -> dict[str, Ints]:
    """Change of each region's cash of each fund by day, as the parts book it."""
    frame = pl.concat([movement(plan).select(*MOVES) for movement in plan.movements])
    found = {fund: _nothing(plan) for fund in (*dict(_OPENING_FUNDS), *frame["fund_type_code"].unique())}
    for (fund,), part in frame.partition_by("fund_type_code", as_dict=True).items():
        where = (part["region"].to_numpy(), part["day"].to_numpy())
        np.add.at(found[str(fund)], where, part["amount_fen"].to_numpy())
    return found


def _nothing(plan: Plan) -> Ints:
    return np.zeros((len(regions()), len(plan.calendar.days)), np.int64)


def opening(plan: Plan) -> dict[str, Ints]:
    """Cash by fund and region to begin the year with; in the first year enough of each for every day of it.

    Money of bonds and of the state capital budget comes with the year.
    """
    if plan.before is not None:
        return plan.before.once(closing)
    least = plan.controls.spending // _OPENING_PART
    least[0] += plan.controls.spending.sum() // (2 * _OPENING_PART)
    found = {}
    for fund, part in _OPENING_FUNDS:
        lowest = np.minimum(np.cumsum(plan.once(moves)[fund], axis=1).min(axis=1), 0)
        found[fund] = np.maximum(least * part // 1000, (-lowest * _MARGIN).astype(np.int64))
    return found


def closing(plan: Plan) -> dict[str, Ints]:
    """Cash by fund and region at the year's end."""
    begun = plan.once(opening)
    return {fund: begun.get(fund, 0) + moved.sum(axis=1) for fund, moved in plan.once(moves).items()}
