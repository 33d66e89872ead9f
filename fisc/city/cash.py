"""The cash of each treasury, day by day: what all parts move of it, loans between treasuries apart."""

from __future__ import annotations

import numpy as np

from fisc.city.draws import Ints
from fisc.city.plan import Plan
from fisc.city.tables import regions

#: A treasury begins with at least this part of a year's spending, and with this much more than it needs.
_OPENING_PART, _MARGIN = 20, 1.5


def moves(plan: Plan) -> Ints:
    """Change of each region's cash by day, as the parts book it."""
    found = np.zeros((len(regions()), len(plan.calendar.days)), np.int64)
    for movement in plan.movements:
        frame = movement(plan)
        where = (frame["region"].to_numpy(), frame["day"].to_numpy())
        np.add.at(found, where, frame["amount_fen"].to_numpy())
    return found


def opening(plan: Plan) -> Ints:
    """Cash by region to begin the year with; in the first year enough for every day of it."""
    if plan.before is not None:
        return plan.before.once(closing)
    lowest = np.minimum(np.cumsum(plan.once(moves), axis=1).min(axis=1), 0)
    needed = np.maximum(plan.controls.spending // _OPENING_PART, (-lowest * _MARGIN).astype(np.int64))
    needed[0] += plan.controls.spending.sum() // (2 * _OPENING_PART)
    found: Ints = needed
    return found


def closing(plan: Plan) -> Ints:
    """Cash by region at the year's end."""
    found: Ints = plan.once(opening) + plan.once(moves).sum(axis=1)
    return found
