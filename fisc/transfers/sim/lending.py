"""The cash that documents move between treasuries, and what is lent where it would not reach (调度款).

The first year begins with enough for its own path; later, a treasury that would run short is lent cash by
the one above before the day and gives it back at the year's end. One small loan is made every year.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from fisc.city import cash
from fisc.city.calendar import Calendar
from fisc.city.draws import Ints
from fisc.city.plan import Plan
from fisc.city.tables import GENERAL, GENERAL_BOND, SPECIAL_BOND, regions
from fisc.transfers.sim import settling
from fisc.transfers.sim.settling import ISSUED_CASH_AFTER, Move, cash_day, sent

#: Working days from a document to its cash.
RECEIVED_CASH_AFTER, BOND_CASH_AFTER = 4, 3
#: What is lent is this much more than short.
_MARGIN = 1.5
_LENT_MONTH, _BACK_MONTH = 3, 12
_SMALL_LOAN = 10_000_000_00


def movements(plan: Plan) -> pl.DataFrame:
    """What documents, bonds and the settlement move of the treasuries' cash."""
    waited = settling.waits(plan.before) if plan.before is not None else {}
    settled = settling.moves(plan.calendar, plan["issues"], settling.waits(plan), waited)
    rows = [*_received(plan), *_issued(plan), *_bonds(plan), *settled]
    return pl.DataFrame(rows, schema=cash.MOVES, orient="row")


def _received(plan: Plan) -> Iterator[Move]:
    last = len(plan.calendar.days) - 1
    for day, fen in plan["documents"].select("day", "amount_fen").iter_rows():
        yield 0, min(day + RECEIVED_CASH_AFTER, last), GENERAL, fen


def _issued(plan: Plan) -> Iterator[Move]:
    for region, fen, issued in plan["issues"].select("region", "amount_fen", "day").iter_rows():
        yield from sent(region, cash_day(plan.calendar, issued), fen)
    for region, fen in enumerate(plan["money"]["subsidies"].to_list()):
        yield from sent(region, plan.dates.approved + ISSUED_CASH_AFTER, fen)


def _bonds(plan: Plan) -> Iterator[Move]:
    for fund, bonds in ((GENERAL_BOND, plan.controls.bonds), (SPECIAL_BOND, plan.controls.special_bonds)):
        for region, fen in enumerate(bonds.tolist()):
            yield region, plan.dates.adjusted + BOND_CASH_AFTER, fund, fen


def loans(plan: Plan) -> pl.DataFrame:
    """Treasury cash lent in a year, so that no treasury's general budget falls short."""
    return lent(plan.calendar, plan.once(cash.moves)[GENERAL], plan.once(cash.opening)[GENERAL])


def lent(calendar: Calendar, moves: Ints, start: Ints) -> pl.DataFrame:
    """General cash lent: region, day, amount_fen, back (the day it is given back).

    The city lends to banners; where that or its own path would leave it short, it is lent cash from above.
    """
    back = calendar.index(_BACK_MONTH, 28)
    rows = [(len(regions()) - 3, calendar.index(_LENT_MONTH, 8), _SMALL_LOAN, calendar.index(6, 28))]
    for region in range(1, len(regions())):
        rows += _loan(region, int(start[region]) + np.cumsum(moves[region]), back)
    city = moves[0].copy()
    for _, day, amount_fen, until in rows:
        city[day] -= amount_fen
        city[until] += amount_fen
    rows = [*_loan(0, int(start[0]) + np.cumsum(city), back), *rows]
    columns = ["region", "day", "amount_fen", "back"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Int64), orient="row")


def _loan(region: int, standing: Ints, back: int) -> list[tuple[int, int, int, int]]:
    """What a treasury must be lent not to fall short before the day `back`; nothing where it does not."""
    short = np.flatnonzero(standing[:back] < 0)
    if not len(short):
        return []
    return [(region, max(int(short[0]) - 1, 0), int(-standing[:back].min() * _MARGIN), back)]
