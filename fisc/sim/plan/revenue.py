"""Revenue by day: taxes and other receipts of each region, shared and refunded ones. Sums are exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fisc.sim.plan.draws import Ints, share, share_groups, tail
from fisc.sim.plan.quotas import Ground
from fisc.sim.plan.seasons import month_weights
from fisc.sim.plan.sharing import SHARED_CODE, shared_receipts, tax_refunds
from fisc.sim.plan.tables import regions, synthetic_total
from fisc.sim.plan.totals import by_region

#: General revenue by code: thousandths. A coal city: resource tax, value added tax, income tax.
GENERAL_CODES = (
    ("1010101", 300), (SHARED_CODE, 120), ("1010601", 25), ("1010719", 290), ("10109", 40), ("10110", 15),
    ("10111", 14), ("10112", 30), ("10113", 12), ("10114", 6), ("10118", 24), ("10119", 22), ("10121", 8),
    ("1030203", 18), ("1030216", 12), ("10304", 10), ("1030501", 16), ("1030714", 22), ("1030799", 16),
)  # fmt: skip
_DAILY = tuple((code, weight) for code, weight in GENERAL_CODES if code != SHARED_CODE)
_FUND = (("1030148", 880), ("1030156", 80), ("1030178", 40))
#: Dividends of state enterprises come in once a year, to the city's state capital budget.
DIVIDEND_CODE, STATE_CAPITAL, DIVIDEND_DAY = "1030602", "13", (9, 20)
#: Rows a year at scale 1, and the least for each region.
_ROWS, _LEAST = 40_000, 320
#: From this scale on there is a report every day; below, at most this many working days apart.
_EVERY_DAY_FROM, _MOST_BETWEEN = 0.1, 5
#: Fund revenue comes to a little more than what is spent from it.
_FUND_MARGIN = 1030
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Revenue:
    """The receipts of a year. General revenue of a region is daily receipts + parts - refunds borne here."""

    daily: pl.DataFrame  # region, day, fund_type_code, rev_func_code, amount_fen: in the treasury's reports
    shared: pl.DataFrame  # region, day, gross_fen: gross receipts of income tax
    parts: pl.DataFrame  # region, day, amount_fen: what governments here keep of them
    refunds: pl.DataFrame  # region, day, full_fen, amount_fen: tax credit, whole and borne here

    @property
    def cash(self) -> pl.DataFrame:
        """What moves the treasuries' cash: region, day, amount_fen."""
        back = self.refunds.select("region", "day", -pl.col("amount_fen"))
        return pl.concat([self.daily.select("region", "day", "amount_fen"), self.parts, back])


def revenue(ground: Ground, fund_need: Ints) -> Revenue:
    """The receipts of a year; the public totals of general revenue are met net of refunds."""
    rows = max(round(_ROWS * ground.scale) // len(regions()), _LEAST)
    days = _report_days(ground)
    shared, parts = shared_receipts(ground, days)
    refunds = tax_refunds(ground, days, max(rows // 60, 3))
    daily = ground.controls.revenue + by_region(refunds) - by_region(parts)
    frames = [
        _receipts(ground, "111", _DAILY, daily, rows),
        _receipts(ground, "121", _FUND, fund_need * _FUND_MARGIN // 1000, rows // 10),
        _dividends(ground),
    ]
    keys = ["day", "region", "fund_type_code", "rev_func_code"]
    received = pl.concat(frames).group_by(keys).agg(pl.col("amount_fen").sum()).sort(keys)
    return Revenue(received, shared, parts, refunds)


def _dividends(ground: Ground) -> pl.DataFrame:
    """What state enterprises pay in to the city."""
    return pl.DataFrame({
        "region": [0], "day": [ground.calendar.index(*DIVIDEND_DAY)], "fund_type_code": [STATE_CAPITAL],
        "rev_func_code": [DIVIDEND_CODE],
        "amount_fen": [synthetic_total("state_capital_revenue", ground.calendar.year)],
    })  # fmt: skip


def _receipts(
    ground: Ground, fund: str, codes: tuple[tuple[str, int], ...], totals: Ints, rows: int
) -> pl.DataFrame:
    """Each code's share of a region's total, spread over months by season and over days: taxes peak in
    mid-month. Where a code has fewer rows than months, it comes in whenever it does."""
    rng = ground.seed.stream(f"revenue of {fund}", ground.calendar.year)
    n, each, names = len(regions()), max(rows // len(codes), 2), np.array([code for code, _ in codes])
    of_code = np.stack([share(int(total), [w for _, w in codes]) for total in totals]).ravel()
    group = np.tile(np.arange(n * len(codes)), each)
    if each < _MONTHS:
        day, part, of_part = _spread(ground, rng, len(group)), group, of_code
    else:
        month = np.where(np.arange(len(group)) // len(of_code) < _MONTHS,
                         np.arange(len(group)) // len(of_code) % _MONTHS,
                         rng.integers(0, _MONTHS, len(group)))  # fmt: skip
        day, part = _within(ground, rng, month), group * _MONTHS + month
        of_part = np.stack([share(int(fen), month_weights(ground.calendar.year)) for fen in of_code]).ravel()
    return pl.DataFrame({
        "region": group // len(codes), "day": day, "fund_type_code": [fund] * len(group),
        "rev_func_code": names[group % len(codes)].tolist(),
        "amount_fen": share_groups(of_part, tail(rng, len(group)), part),
    })  # fmt: skip


def _report_days(ground: Ground) -> Ints:
    """The days on which money comes in: every working day, or one in a few where there is little to tell."""
    step = min(max(round(_EVERY_DAY_FROM / ground.scale), 1), _MOST_BETWEEN)
    return np.arange(0, len(ground.calendar.days), step)


def _spread(ground: Ground, rng: np.random.Generator, n: int) -> Ints:
    """Days drawn from the whole year."""
    days = _report_days(ground)
    steps = np.cumsum(_busyness(ground, days))
    found: Ints = days[np.searchsorted(steps, rng.integers(0, int(steps[-1]), n), side="right")]
    return found


def _within(ground: Ground, rng: np.random.Generator, month: Ints) -> Ints:
    """A day of each month given (0 to 11)."""
    days = _report_days(ground)
    month_of = np.array([ground.calendar.days[i].month - 1 for i in days.tolist()])
    steps = np.r_[0, np.cumsum(_busyness(ground, days))]
    first = steps[np.searchsorted(month_of, month, side="left")]
    last = steps[np.searchsorted(month_of, month, side="right")]
    drawn = first + rng.integers(0, 1 << 40, len(month)) % (last - first)
    found: Ints = days[np.searchsorted(steps, drawn, side="right") - 1]
    return found


def _busyness(ground: Ground, days: Ints) -> Ints:
    dates = [ground.calendar.days[i] for i in days.tolist()]
    return np.array([3 if 12 <= day.day <= 17 else 1 for day in dates], np.int64)
