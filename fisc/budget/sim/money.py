"""The budgets of the ten governments: revenue, reserve, what they await from above.

For each region, first budget: own revenue + general transfers = own first quotas + reserve (+ for the
city, what it gives banners of its own money). The mid-year adjustment adds the rest. Special money
(documents with a purpose, bonds, money carried over) brings its own source.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.budget.sim.projects import FUND, OPERATING, OWN, PERSONNEL, RESERVE
from fisc.city.draws import Ints, share
from fisc.city.plan import Plan
from fisc.city.tables import public, regions
from fisc.city.totals import by_region

#: The reserve in thousandths of what the first budget spends without it (law: 10 to 30). It changes what is
#: needed from above, and so its own base: a few rounds settle that.
_RESERVE, _RESERVE_AT_LEAST, _RESERVE_AT_MOST = 15, 11, 29
_ROUNDS = 4
#: Own revenue is budgeted at this share of what comes in; general transfers are at least this share of need.
_BUDGETED_REVENUE, _LEAST_GENERAL = 965, 30
_LATE_GENERAL, _OWN_AT_LEAST = 80, 60
#: What the city gives banners of its own money, in thousandths of its own revenue, where nothing is public.
_CITY_SUBSIDY = 60
SUBSIDY_CODE = "2300299"


def money(plan: Plan) -> pl.DataFrame:
    """The budgets that the quotas of a year stand on: a row a region, amounts in fen.

    Columns: revenue_initial, revenue_adjusted (initial and what the adjustment adds), fund_revenue, reserve,
    subsidies (from the city's own money to each banner, in the first budget), general_early, general_late
    (general transfers kept in the end), awaited (what the first budget leaves to quotas that follow).
    """
    issued = plan["quotas_issued"]
    basic = [PERSONNEL, OPERATING, OWN]
    own_first = _by_region(issued, pl.col("group").is_in(basic) & (pl.col("source_type_code") == "1"))
    need_adjusted = _by_region(issued, (pl.col("group") == OWN) & (pl.col("source_type_code") == "2"))
    used = _by_region(issued, pl.col("group") == RESERVE)
    subsidies = _subsidies(plan, own_first)
    reserve = np.maximum(own_first * _RESERVE // 1000, used)
    for _ in range(_ROUNDS):
        need = own_first + reserve
        need[0] += subsidies.sum()
        general, late = _general(plan, need, need_adjusted, subsidies)
        revenue_adjusted = need + need_adjusted - general - subsidies
        base = revenue_adjusted - (need_adjusted - late) - reserve
        base[0] = own_first[0]
        reserve, standing = np.maximum(base * _RESERVE // 1000, used), reserve
    return pl.DataFrame({
        "revenue_initial": revenue_adjusted - (need_adjusted - late), "revenue_adjusted": revenue_adjusted,
        "fund_revenue": _by_region(issued, pl.col("group") == FUND), "reserve": _within_law(standing, base),
        "subsidies": subsidies, "general_early": general - late, "general_late": late,
        "awaited": np.where(np.arange(len(need)) == 0, 0, general - late + subsidies),
    })  # fmt: skip


def _by_region(quotas: pl.DataFrame, mask: pl.Expr) -> Ints:
    """The quotas of a mask added up by region, as issued."""
    return by_region(quotas.filter(mask))


def _within_law(reserve: Ints, base: Ints) -> Ints:
    """The reserve, if it is within the law (预算法第四十条). Raises ValueError otherwise."""
    if np.any(reserve * 1000 > base * _RESERVE_AT_MOST) or np.any(reserve * 1000 < base * _RESERVE_AT_LEAST):
        raise ValueError("the reserve would not be within the law")
    return reserve


def _subsidies(plan: Plan, need: Ints) -> Ints:
    """What the city gives each banner of its own money: public figures where there are some."""
    year, codes = plan.year, regions()
    known = {
        i: sum(public(item, year, code) or 0 for item in ("city_subsidy_hardship", "city_subsidy_returned"))
        for i, code in enumerate(codes)
    }
    pool = int(plan.controls.revenue[0]) * _CITY_SUBSIDY // 1000
    amounts = share(pool, np.where(np.arange(len(codes)) == 0, 0, need // 10**8 + 1))
    for i, amount in known.items():
        amounts[i] = amount or amounts[i]
    return amounts


def _general(plan: Plan, need: Ints, need_adjusted: Ints, subsidies: Ints) -> tuple[Ints, Ints]:
    """General transfers each region keeps in the end, and how much of it comes late in the year."""
    year, whole = plan.year, need + need_adjusted - subsidies
    revenue = plan.controls.revenue * _BUDGETED_REVENUE // 1000
    for i, code in enumerate(regions()):
        revenue[i] = public("general_revenue_adjusted_budget", year, code) or revenue[i]
    general = np.maximum(whole * _LEAST_GENERAL // 1000, whole - revenue)
    at_first = (need - subsidies) * (1000 - _OWN_AT_LEAST) // 1000
    late = np.maximum(np.minimum(general * _LATE_GENERAL // 1000, need_adjusted), general - at_first)
    return general, late
