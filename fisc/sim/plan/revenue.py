"""Revenue by day: taxes and other receipts of each region, refunds as negative rows. Sums are exact."""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.sim.plan.draws import Ints, share, share_groups, tail
from fisc.sim.plan.quotas import Ground
from fisc.sim.plan.tables import regions

#: General revenue by code: thousandths. A coal city: resource tax, value added tax, income tax.
GENERAL_CODES = (
    ("1010101", 300), ("10104", 120), ("1010601", 25), ("1010719", 290), ("10109", 40), ("10110", 15),
    ("10111", 14), ("10112", 30), ("10113", 12), ("10114", 6), ("10118", 24), ("10119", 22), ("10121", 8),
    ("1030203", 18), ("1030216", 12), ("10304", 10), ("1030501", 16), ("1030714", 22), ("1030799", 16),
)  # fmt: skip
_FUND = (("1030148", 880), ("1030156", 80), ("1030178", 40))
#: Refunds of value added tax credit (留抵退税): share of general revenue in ten-thousandths, by year.
_CREDIT_REFUND = {2021: 60, 2022: 420}
_CREDIT_CODE = "101010136"
#: Rows a year at scale 1, and the least for each region.
_ROWS, _LEAST = 40_000, 320
#: From this scale on there is a report every day; below, at most this many working days apart.
_EVERY_DAY_FROM, _MOST_BETWEEN = 0.1, 5
#: Fund revenue comes to a little more than what is spent from it.
_FUND_MARGIN = 1030


def revenue(ground: Ground, fund_need: Ints) -> pl.DataFrame:
    """Receipts of the year: region, day, fund_type_code, rev_func_code, amount_fen (negative: refund)."""
    year = ground.calendar.year
    gross = ground.controls.revenue * (10_000 + _CREDIT_REFUND[year]) // 10_000
    refunds = gross - ground.controls.revenue
    rows = max(round(_ROWS * ground.scale) // len(regions()), _LEAST)
    parts = [
        _receipts(ground, "111", GENERAL_CODES, gross, rows),
        _receipts(ground, "121", _FUND, fund_need * _FUND_MARGIN // 1000, rows // 10),
        _refunds(ground, refunds, max(rows // 60, 3)),
    ]
    keys = ["day", "region", "fund_type_code", "rev_func_code"]
    return pl.concat(parts).group_by(keys).agg(pl.col("amount_fen").sum()).sort(keys)


def _receipts(
    ground: Ground, fund: str, codes: tuple[tuple[str, int], ...], totals: Ints, rows: int
) -> pl.DataFrame:
    """Each code's share of a region's total, spread over working days: taxes peak in mid-month."""
    rng = ground.seed.stream(f"revenue of {fund}", ground.calendar.year)
    n, names = len(regions()), np.array([code for code, _ in codes])
    of_code = np.stack([share(int(total), [w for _, w in codes]) for total in totals]).ravel()
    group = np.tile(np.arange(n * len(codes)), max(rows // len(codes), 2))
    day = _spread(ground, rng, len(group))
    amounts = share_groups(of_code, tail(rng, len(group)), group)
    return pl.DataFrame({
        "region": group // len(codes), "day": day, "fund_type_code": [fund] * len(group),
        "rev_func_code": names[group % len(codes)].tolist(), "amount_fen": amounts,
    })  # fmt: skip


def _report_days(ground: Ground) -> Ints:
    """The days on which money comes in: every working day, or one in a few where there is little to tell."""
    step = min(max(round(_EVERY_DAY_FROM / ground.scale), 1), _MOST_BETWEEN)
    return np.arange(0, len(ground.calendar.days), step)


def _spread(ground: Ground, rng: np.random.Generator, n: int) -> Ints:
    days = _report_days(ground)
    dates = [ground.calendar.days[i] for i in days.tolist()]
    steps = np.cumsum(np.array([3 if 12 <= day.day <= 17 else 1 for day in dates], np.int64))
    found: Ints = days[np.searchsorted(steps, rng.integers(0, int(steps[-1]), n), side="right")]
    return found


def _refunds(ground: Ground, totals: Ints, rows: int) -> pl.DataFrame:
    """Refunds of tax credit, from April on."""
    rng = ground.seed.stream("tax refunds", ground.calendar.year)
    group = np.tile(np.arange(len(totals)), rows)
    first = ground.calendar.index(4, 6)
    days = _report_days(ground)
    days = days[days >= first]
    day = days[rng.integers(0, len(days), len(group))]
    amounts = -share_groups(totals, tail(rng, len(group)), group)
    return pl.DataFrame({
        "region": group, "day": day, "fund_type_code": ["111"] * len(group),
        "rev_func_code": [_CREDIT_CODE] * len(group), "amount_fen": amounts,
    })  # fmt: skip
