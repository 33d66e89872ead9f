"""Revenue by day: taxes and other receipts of each region, shared and refunded ones. Sums are exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from fisc.city.cash import MOVES
from fisc.city.controls import GENERAL_CODES
from fisc.city.draws import Ints, share, share_groups, tail
from fisc.city.interest import interest_due
from fisc.city.plan import Plan
from fisc.city.seasons import month_weights
from fisc.city.tables import FUND, GENERAL, regions, synthetic_total
from fisc.city.totals import by_region, of_regions
from fisc.revenue.sim.sharing import SHARED_SECTION, shared_receipts, tax_refunds

#: The 目 by which the money of a code of the budget comes in, where it is not the code itself.
_LEAF: Final[Mapping[str, str]] = {
    "1010101": "101010103", "1010601": "101060109", "10109": "1010903", "10110": "1011003",
    "10111": "1011119", "10112": "1011203", "10113": "1011303", "10114": "1011401", "10118": "1011801",
    "10119": "1011901", "10121": "1012101", "1030203": "103020301", "1030216": "103021601",
    "10304": "103043306", "1030501": "103050101", "1030714": "103071404",
}  # fmt: skip
_DAILY = tuple((_LEAF.get(code, code), weight) for code, weight in GENERAL_CODES if code != SHARED_SECTION)
#: Land pays for what fund budgets spend here; of the two others most is left over at the year's end.
_FUND = (("103014801", 975), ("1030156", 17), ("103017801", 8))
#: Dividends of state enterprises come in once a year, to the city's state capital budget.
DIVIDEND_CODE, STATE_CAPITAL, DIVIDEND_DAY = "103060202", "13", (9, 20)
#: Rows a year at scale 1, and the least for each region.
_ROWS, _LEAST = 40_000, 320
#: From this scale on there is a report every day; below, at most this many working days apart.
_EVERY_DAY_FROM, _MOST_BETWEEN = 0.1, 5
#: Fund revenue comes to a little more than what is spent from it.
_FUND_MARGIN = 1030
_MONTHS, _MID_MONTH = 12, 15
#: The day of a month by which money of a fund comes in.
_LAST_DAYS: Final = {GENERAL: 31, FUND: _MID_MONTH}


def receipts(plan: Plan) -> pl.DataFrame:
    """Daily receipts in the treasury's reports: region, day, fund_type_code, rev_func_code, amount_fen.

    General revenue of a region is daily receipts + parts of shared ones - refunds borne here; the public
    totals are met net of refunds.
    """
    rows = _rows(plan)
    daily = plan.controls.revenue + by_region(plan["tax_refunds"]) - by_region(plan["shared_parts"])
    fund_need = of_regions(plan["money"], "fund_revenue") + plan.once(interest_due)[FUND]
    frames = [
        _receipts(plan, GENERAL, _DAILY, _by_season(plan, daily), rows),
        _receipts(plan, FUND, _FUND, _before_spent(plan, fund_need * _FUND_MARGIN // 1000), rows // 10),
        _dividends(plan),
    ]
    keys = ["day", "region", "fund_type_code", "rev_func_code"]
    return pl.concat(frames).group_by(keys).agg(pl.col("amount_fen").sum()).sort(keys)


def gross_receipts(plan: Plan) -> pl.DataFrame:
    """Gross receipts of income tax: region, day, gross_fen."""
    return plan.once(_shared)[0]


def shared_parts(plan: Plan) -> pl.DataFrame:
    """What governments here keep of them: region, day, amount_fen, of (the region that received)."""
    return plan.once(_shared)[1]


def refunds(plan: Plan) -> pl.DataFrame:
    """Refunds of tax credit, whole and as borne here: region, day, full_fen, amount_fen."""
    return tax_refunds(plan, _report_days(plan), max(_rows(plan) // 60, 3))


def movements(plan: Plan) -> pl.DataFrame:
    """What moves the treasuries' cash."""
    parts = plan["shared_parts"].with_columns(pl.lit(GENERAL).alias("fund_type_code")).select(*MOVES)
    back = plan["tax_refunds"].select(
        "region", "day", pl.lit(GENERAL).alias("fund_type_code"), -pl.col("amount_fen")
    )
    return pl.concat([plan["receipts"].select(*MOVES), parts, back])


def _shared(plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame]:
    return shared_receipts(plan, _report_days(plan))


def _rows(plan: Plan) -> int:
    return max(round(_ROWS * plan.scale) // len(regions()), _LEAST)


def _dividends(plan: Plan) -> pl.DataFrame:
    """What state enterprises pay in to the city."""
    return pl.DataFrame({
        "region": [0], "day": [plan.calendar.index(*DIVIDEND_DAY)], "fund_type_code": [STATE_CAPITAL],
        "rev_func_code": [DIVIDEND_CODE],
        "amount_fen": [synthetic_total("state_capital_revenue", plan.year)],
    })  # fmt: skip


def _by_season(plan: Plan, totals: Ints) -> Ints:
    """Fen by region and month of regions' totals: every year's months alike."""
    return np.stack([share(int(total), month_weights(plan.year)) for total in totals])


def _before_spent(plan: Plan, totals: Ints) -> Ints:
    """Fen by region and month of regions' totals, so that what is spent of them has come in: 以收定支.

    What is spent by the middle of a month, of the year's own quotas, has come in by the month before. The
    rest goes by season.
    """
    days, spent = plan.calendar.days, np.zeros((len(totals), _MONTHS), np.int64)
    of_fund = plan["outlays"].filter((pl.col("fund_type_code") == FUND) & (pl.col("ori_bgt_id") == ""))
    for region, day, fen in of_fund.select("region", "day", "amount_fen").iter_rows():
        on = days[day]
        spent[region, max(on.month - 1 - (on.day <= _MID_MONTH), 0)] += fen
    return spent + _by_season(plan, totals - spent.sum(axis=1))


def _receipts(
    plan: Plan, fund: str, codes: tuple[tuple[str, int], ...], of_months: Ints, rows: int
) -> pl.DataFrame:
    """Each code's share of a region's months, spread over days: taxes peak in mid-month, land by then."""
    rng = plan.stream(f"revenue of {fund}")
    each, names = max(rows // len(codes), _MONTHS), np.array([code for code, _ in codes])
    weights = [w for _, w in codes]
    of_part = np.stack([[share(int(fen), weights) for fen in months] for months in of_months])
    groups = len(of_months) * len(codes)
    group = np.tile(np.arange(groups), each)
    turn = np.arange(len(group)) // groups
    month = np.where(turn < _MONTHS, turn % _MONTHS, rng.integers(0, _MONTHS, len(group)))
    return pl.DataFrame({
        "region": group // len(codes), "day": _within(plan, rng, month, _LAST_DAYS[fund]),
        "fund_type_code": [fund] * len(group), "rev_func_code": names[group % len(codes)].tolist(),
        "amount_fen": share_groups(
            of_part.transpose(0, 2, 1).ravel(), tail(rng, len(group)), group * _MONTHS + month
        ),
    })  # fmt: skip


def _report_days(plan: Plan) -> Ints:
    """The days on which money comes in: every working day, or one in a few where there is little to tell."""
    step = min(max(round(_EVERY_DAY_FROM / plan.scale), 1), _MOST_BETWEEN)
    return np.arange(0, len(plan.calendar.days), step)


def _within(plan: Plan, rng: np.random.Generator, month: Ints, last_day: int) -> Ints:
    """A day of each month given (0 to 11), by its `last_day`."""
    days = _report_days(plan)
    days = days[[plan.calendar.days[i].day <= last_day for i in days.tolist()]]
    month_of = np.array([plan.calendar.days[i].month - 1 for i in days.tolist()])
    steps = np.r_[0, np.cumsum(_busyness(plan, days))]
    first = steps[np.searchsorted(month_of, month, side="left")]
    last = steps[np.searchsorted(month_of, month, side="right")]
    drawn = first + rng.integers(0, 1 << 40, len(month)) % (last - first)
    found: Ints = days[np.searchsorted(steps, drawn, side="right") - 1]
    return found


def _busyness(plan: Plan, days: Ints) -> Ints:
    dates = [plan.calendar.days[i] for i in days.tolist()]
    return np.array([3 if 12 <= day.day <= 17 else 1 for day in dates], np.int64)
