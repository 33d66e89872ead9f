"""What a cash forecast tells: days, weeks, and what is short when; it is loaded when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents import RuleBroken

if TYPE_CHECKING:
    from fisc.cash.services.forecast import BackTest

#: The furthest that the treasury account is foretold.
MOST_DAYS: Final = 366


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
class Day:
    """A day to come, in fen: receipts, payments (positive), the balance after them and its 80 % interval."""

    on: date
    inflow_fen: int
    outflow_fen: int
    balance_fen: int
    low_fen: int | None
    high_fen: int | None
    streams: dict[str, int] = field(repr=False)


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
class Accuracy:
    """How far the method was off on `origins` past days (`BackTest`), in basis points; None: not known."""

    origins: int
    wape_bp: int | None
    baseline_wape_bp: int | None
    coverage_bp: int | None


@dataclass(frozen=True, slots=True)
class CashOutlook:
    """What the treasury account of a region will hold, in fen: by day and week, what is short when, why.

    `low_first_day` is the first day on which the lower bound of the interval is below the floor.
    """

    mof_div_code: str
    on: date
    floor_fen: int
    treasury_fen: int
    low_first_day: date | None
    daily: tuple[Day, ...]
    weeks: tuple[Week, ...]
    accuracy: Accuracy
    shortage: Shortage | None
    notes: tuple[str, ...]


def cash_outlook(
    conn: psycopg.Connection[Any], region: str, *, on: date, days: int = 90, floor_fen: int = 0
) -> CashOutlook:
    """Foretell the treasury account of a region for `days` days after `on`. Reads only.

    Raises RuleBroken for days that are none or too many, and where there is nothing to foretell from.
    """
    from fisc.cash.services.forecast import forecast

    if not 1 <= days <= MOST_DAYS:
        raise RuleBroken(f"不能预测 {days} 天", rule=f"预测 1 至 {MOST_DAYS} 天", hint="请改写天数后重新查询")
    made = forecast(conn, region, on, days=days, floor_fen=floor_fen)
    if made.is_groundless:
        raise RuleBroken(
            f"{region} 在 {on} 没有库款、没有历史收支，也没有预计的收付，不能预测",
            rule="预测以账上的历史收支和登记的预计收付为据",
            hint="请核对区划和日期，或先登记预计收付（单据入账后自动有历史）",
        )
    return CashOutlook(
        region, on, floor_fen, made.position.treasury_fen, made.low_first_day, made.days,
        tuple(made.weeks()), _accuracy(made.back_test), made.shortage, made.notes,
    )  # fmt: skip


def _accuracy(tested: BackTest) -> Accuracy:
    rates = (tested.wape, tested.baseline_wape, tested.coverage)
    return Accuracy(tested.origins, *(None if rate is None else round(rate * 10_000) for rate in rates))
