"""The budgets of the ten governments: sources, spending, reserve; what comes from above and goes on.

For each region, initial: own revenue + general transfers = own initial quotas + reserve (+ for the city,
what it gives banners of its own money). Adjusted: the same of what the mid-year adjustment adds. Special
money (documents with a purpose, bonds, money carried over) brings its own source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fisc.sim.plan.draws import Ints, share
from fisc.sim.plan.notices import GENERAL
from fisc.sim.plan.projects import OPERATING, OWN, PERSONNEL, RESERVE
from fisc.sim.plan.quotas import Ground
from fisc.sim.plan.tables import public, regions

#: The reserve in thousandths of own initial spending (law: 10 to 30), and how much of it is used at most.
_RESERVE, _RESERVE_AT_MOST = 15, 28
#: Own revenue is budgeted at this share of what comes in; general transfers are at least this share of need.
_BUDGETED_REVENUE, _LEAST_GENERAL = 965, 30
_LATE_GENERAL = 80
#: What the city gives banners of its own money, in thousandths of its own revenue, where nothing is public.
_CITY_SUBSIDY = 60


@dataclass(frozen=True, slots=True)
class Budget:
    """Amounts in fen by region, and the documents that carry money down."""

    revenue_initial: Ints
    revenue_adjusted: Ints  # initial and what the adjustment adds
    fund_revenue: Ints
    reserve: Ints
    need_initial: Ints
    need_adjusted: Ints
    subsidies: Ints  # from the city's own money to each banner, initial
    notices: pl.DataFrame  # with amount_fen and city_fen
    issues: pl.DataFrame  # doc, region, amount_fen, day: from the city to a banner
    spending: pl.DataFrame  # region, fund_type_code, exp_func_code, source_type_code, amount_fen


def budget(ground: Ground, quotas: pl.DataFrame) -> Budget:
    """The budget that the quotas of a year stand on."""
    own_initial = _by_region(
        quotas, pl.col("group").is_in([PERSONNEL, OPERATING, OWN]) & (pl.col("source_type_code") == "1")
    )
    need_adjusted = _by_region(quotas, (pl.col("group") == OWN) & (pl.col("source_type_code") == "2"))
    reserve = _reserve(own_initial, _by_region(quotas, pl.col("group") == RESERVE))
    need = own_initial + reserve
    subsidies = _subsidies(ground, need)
    need_city = need.copy()
    need_city[0] += subsidies.sum()
    general, late = _general(ground, need_city, need_adjusted, subsidies)
    revenue_adjusted = need_city + need_adjusted - general - subsidies
    revenue_initial = revenue_adjusted - (need_adjusted - late)
    notices, issues = _documents(ground, quotas, general - late, late)
    return Budget(
        revenue_initial=revenue_initial,
        revenue_adjusted=revenue_adjusted,
        fund_revenue=_by_region(quotas, pl.col("group") == "fund"),
        reserve=reserve,
        need_initial=need_city,
        need_adjusted=need_adjusted,
        subsidies=subsidies,
        notices=notices,
        issues=issues,
        spending=_spending(quotas, reserve),
    )


def _by_region(quotas: pl.DataFrame, mask: pl.Expr) -> Ints:
    """The quotas of a mask added up by region, as issued."""
    chosen = quotas.filter(mask)
    sums = np.zeros(len(regions()), np.int64)
    np.add.at(sums, chosen["region"].to_numpy(), chosen["amount_fen"].to_numpy())
    return sums


def _reserve(own: Ints, used: Ints) -> Ints:
    """1.5 per cent of own spending, more where more is used. Raises ValueError above 2.8 per cent."""
    reserve = np.maximum(own * _RESERVE // 1000, used)
    if np.any(reserve * 1000 > (own + reserve) * _RESERVE_AT_MOST):
        raise ValueError("the reserve would be larger than the law allows")
    return reserve


def _subsidies(ground: Ground, need: Ints) -> Ints:
    """What the city gives each banner of its own money: public figures where there are some."""
    year, codes = ground.calendar.year, regions()
    known = {
        i: sum(public(item, year, code) or 0 for item in ("city_subsidy_hardship", "city_subsidy_returned"))
        for i, code in enumerate(codes)
    }
    pool = int(ground.controls.revenue[0]) * _CITY_SUBSIDY // 1000
    amounts = share(pool, np.where(np.arange(len(codes)) == 0, 0, need // 10**8 + 1))
    for i, amount in known.items():
        amounts[i] = amount or amounts[i]
    return np.minimum(amounts, need // 4)


def _general(ground: Ground, need: Ints, need_adjusted: Ints, subsidies: Ints) -> tuple[Ints, Ints]:
    """General transfers each region keeps in the end, and how much of it comes late in the year."""
    year, whole = ground.calendar.year, need + need_adjusted - subsidies
    revenue = ground.controls.revenue * _BUDGETED_REVENUE // 1000
    for i, code in enumerate(regions()):
        revenue[i] = public("general_revenue_adjusted_budget", year, code) or revenue[i]
    general = np.maximum(whole * _LEAST_GENERAL // 1000, whole - revenue)
    at_first = (need - subsidies) * (1000 - _LEAST_GENERAL) // 1000
    late = np.maximum(np.minimum(general * _LATE_GENERAL // 1000, need_adjusted), general - at_first)
    return general, late


def _documents(
    ground: Ground, quotas: pl.DataFrame, early: Ints, late: Ints
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Amounts of documents: special ones are sums of their quotas, general ones share what is needed."""
    of_doc = np.zeros((len(ground.notices), len(regions())), np.int64)
    special = quotas.filter((pl.col("doc") >= 0) & (pl.col("ori_bgt_id") == ""))
    np.add.at(
        of_doc, (special["doc"].to_numpy(), special["region"].to_numpy()), special["amount_fen"].to_numpy()
    )
    for is_early, totals in ((True, early), (False, late)):
        mask = (pl.col("kind") == GENERAL) & (pl.col("is_early") == is_early)
        rows = ground.notices.filter(mask)
        for region, total in enumerate(totals.tolist()):
            of_doc[rows["doc"].to_numpy(), region] = share(total, rows["weight"].to_numpy())
    return _notices(ground, of_doc), _issues(ground, of_doc)


def _notices(ground: Ground, of_doc: Ints) -> pl.DataFrame:
    frame = ground.notices.with_columns(
        pl.Series("amount_fen", of_doc.sum(axis=1)), pl.Series("city_fen", of_doc[:, 0])
    )
    return frame.filter(pl.col("amount_fen") > 0)


def _issues(ground: Ground, of_doc: Ints) -> pl.DataFrame:
    doc, region = np.nonzero(of_doc)
    to_banner = region > 0
    doc, region = doc[to_banner], region[to_banner]
    day = ground.notices["issue_day"].to_numpy()[doc]
    return pl.DataFrame({"doc": doc, "region": region, "amount_fen": of_doc[doc, region], "day": day})


def _spending(quotas: pl.DataFrame, reserve: Ints) -> pl.DataFrame:
    """Approved spending by region, fund, functional item and source; the reserve as class 227."""
    approved = quotas.filter(
        pl.col("group").is_in([PERSONNEL, OPERATING, OWN, "fund", "bond", "special_bond"])
    )
    keys = ["region", "fund_type_code", "exp_func_code", "source_type_code"]
    sums = approved.group_by(keys).agg(pl.col("amount_fen").sum()).sort(keys)
    kept = pl.DataFrame({
        "region": np.arange(len(reserve)), "fund_type_code": ["111"] * len(reserve),
        "exp_func_code": ["227"] * len(reserve), "source_type_code": ["1"] * len(reserve),
        "amount_fen": reserve,
    })  # fmt: skip
    return pl.concat([sums, kept])
