"""What a cash forecast tells people: weeks, and what is short when; it is loaded when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class FlowItem:
    """A payment or receipt on a day (fen, receipts positive); `key` where it is one by name."""

    on: date
    stream: str
    title: str
    amount_fen: int
    key: str = ""
    is_movable: bool = False


@dataclass(frozen=True, slots=True)
class Shortage:
    """Where the forecast falls below the floor.

    `deficit_fen` is what is short on `first_day`, `worst_fen` on `worst_day`; `recovers_on` the first
    day after which the floor holds again to the end, None where it does not. `causes` are the
    payments of the days up to the first one, the first day's own before earlier ones, largest first;
    `movable` may wait: together they cover `deficit_fen` as far as they go.
    """

    first_day: date
    floor_fen: int
    balance_fen: int
    deficit_fen: int
    worst_day: date
    worst_fen: int
    recovers_on: date | None
    causes: tuple[FlowItem, ...]
    movable: tuple[FlowItem, ...]
    movable_fen: int


@dataclass(frozen=True, slots=True)
class Week:
    """Days from a first to a last one together; the balance is the last day's, `least_fen` the least."""

    first: date
    last: date
    inflow_fen: int
    outflow_fen: int
    balance_fen: int
    least_fen: int
    low_fen: int | None
    high_fen: int | None


@dataclass(frozen=True, slots=True)
class CashOutlook:
    """What the treasury account of a region will hold, in fen: weeks, what is short when, the grounds.

    `low_first_day` is the first day on which the lower bound of the interval is below the floor.
    """

    mof_div_code: str
    on: date
    floor_fen: int
    treasury_fen: int
    low_first_day: date | None
    weeks: tuple[Week, ...]
    shortage: Shortage | None
    notes: tuple[str, ...]


def cash_outlook(
    conn: psycopg.Connection[Any], region: str, *, on: date, days: int = 90, floor_fen: int = 0
) -> CashOutlook:
    """Foretell the treasury account of a region for `days` days after `on`. Reads only."""
    from fisc.cash.services.forecast import forecast

    made = forecast(conn, region, on, days=days, floor_fen=floor_fen)
    return CashOutlook(
        region, on, floor_fen, made.position.treasury_fen, made.low_first_day, tuple(made.weeks()),
        made.shortage, made.notes,
    )  # fmt: skip
