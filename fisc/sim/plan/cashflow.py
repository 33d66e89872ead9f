"""The cash of each treasury, day by day, and what the city lends where it would not reach (调度款).

The first year begins with enough for its own path; later, a treasury that would run short is lent cash by
the one above before the day and gives it back at the year's end. One small loan is made every year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fisc.sim.plan.dates import Dates
from fisc.sim.plan.draws import Ints
from fisc.sim.plan.payments import OVERSPEND, WITHDRAWN, WRONG_PAYEE
from fisc.sim.plan.quotas import Ground
from fisc.sim.plan.tables import regions

#: Working days from a document to its cash, and from its issue to the banners' cash.
RECEIVED_CASH_AFTER, ISSUED_CASH_AFTER, BOND_CASH_AFTER = 4, 5, 3
#: A treasury begins with at least this part of a year's spending; what is lent is this much more than short.
_OPENING_PART, _MARGIN = 20, 1.5
_LENT_MONTH, _BACK_MONTH = 3, 12
_SMALL_LOAN = 10_000_000_00


@dataclass(frozen=True, slots=True)
class Money:
    """What moves cash besides payments: documents, their issues, subsidies, receipts."""

    notices: pl.DataFrame
    issues: pl.DataFrame
    subsidies: Ints
    receipts: pl.DataFrame
    late_refunds: pl.DataFrame


def path(ground: Ground, asked: pl.DataFrame, money: Money) -> Ints:
    """Change of each region's cash by day, as the driver books it."""
    days = len(ground.calendar.days)
    found = np.zeros((len(regions()), days), np.int64)
    _add(found, money.receipts, 1)
    _add(found, money.late_refunds, 1)
    paid = asked.filter(~pl.col("fate").is_in([OVERSPEND, WITHDRAWN, WRONG_PAYEE]))
    _add(found, paid, -1)
    back = paid.filter(pl.col("refund_day") >= 0)
    _add(found, back.select("region", pl.col("refund_day").alias("day"), amount_fen="refund_fen"), 1)
    _documents(found, ground, money)
    day = Dates.of(ground.calendar).adjusted + BOND_CASH_AFTER
    found[:, day] += ground.controls.bonds + ground.controls.special_bonds
    return found


def _add(found: Ints, frame: pl.DataFrame, sign: int) -> None:
    where = (frame["region"].to_numpy(), frame["day"].to_numpy())
    np.add.at(found, where, sign * frame["amount_fen"].to_numpy())


def _documents(found: Ints, ground: Ground, money: Money) -> None:
    last, approved = found.shape[1] - 1, Dates.of(ground.calendar).approved
    for day, fen in money.notices.select("day", "amount_fen").iter_rows():
        found[0, min(day + RECEIVED_CASH_AFTER, last)] += fen
    for region, fen, issued in money.issues.select("region", "amount_fen", "day").iter_rows():
        day = min(max(issued, approved) + ISSUED_CASH_AFTER, last)
        found[region, day] += fen
        found[0, day] -= fen
    found[:, approved + ISSUED_CASH_AFTER] += money.subsidies
    found[0, approved + ISSUED_CASH_AFTER] -= money.subsidies.sum()


def opening(ground: Ground, moves: Ints) -> Ints:
    """Cash to begin the first year with: enough for every day of it, whatever is lent."""
    lowest = np.minimum(np.cumsum(moves, axis=1).min(axis=1), 0)
    needed = np.maximum(ground.controls.spending // _OPENING_PART, (-lowest * _MARGIN).astype(np.int64))
    needed[0] += ground.controls.spending.sum() // (2 * _OPENING_PART)
    found: Ints = needed
    return found


def loans(ground: Ground, moves: Ints, start: Ints) -> pl.DataFrame:
    """Treasury cash lent: region, day, amount_fen, back (the day it is given back).

    The city lends to banners; where that or its own path would leave it short, it is lent cash from above.
    """
    calendar = ground.calendar
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
