"""The budgets of the ten governments: sources, spending, reserve; what comes from above and goes on.

For each region, first budget: own revenue + general transfers = own first quotas + reserve (+ for the
city, what it gives banners of its own money). The mid-year adjustment adds the rest. Special money
(documents with a purpose, bonds, money carried over) brings its own source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fisc.sim.plan.draws import Ints, share
from fisc.sim.plan.notices import GENERAL
from fisc.sim.plan.projects import FUND, OPERATING, OWN, PERSONNEL, RESERVE
from fisc.sim.plan.quotas import Ground
from fisc.sim.plan.routes import ADJUSTED, LATER, filled, routed
from fisc.sim.plan.tables import public, regions
from fisc.sim.plan.totals import by_region

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


@dataclass(frozen=True, slots=True)
class Budget:
    """Amounts in fen by region, and the documents that carry money down."""

    revenue_initial: Ints
    revenue_adjusted: Ints  # initial and what the adjustment adds
    fund_revenue: Ints
    reserve: Ints
    subsidies: Ints  # from the city's own money to each banner, in the first budget
    notices: pl.DataFrame  # with amount_fen and city_fen
    issues: pl.DataFrame  # doc, region, amount_fen, day: from the city to a banner
    arranged: pl.DataFrame  # region, doc (-1: the subsidy), exp_func_code, source_type_code, amount_fen
    held: pl.DataFrame  # first budget, own money for quotas that follow: region, exp_func_code, amount_fen
    adjusted: pl.DataFrame  # adjustment, own money by class: region, exp_func_code, amount_fen


def budget(ground: Ground, issued: pl.DataFrame) -> tuple[Budget, pl.DataFrame]:
    """The budget that the quotas of a year stand on, and the quotas with their routes and names."""
    basic = [PERSONNEL, OPERATING, OWN]
    own_first = _by_region(issued, pl.col("group").is_in(basic) & (pl.col("source_type_code") == "1"))
    need_adjusted = _by_region(issued, (pl.col("group") == OWN) & (pl.col("source_type_code") == "2"))
    used = _by_region(issued, pl.col("group") == RESERVE)
    subsidies = _subsidies(ground, own_first)
    reserve = np.maximum(own_first * _RESERVE // 1000, used)
    for _ in range(_ROUNDS):
        need = own_first + reserve
        need[0] += subsidies.sum()
        general, late = _general(ground, need, need_adjusted, subsidies)
        revenue_adjusted = need + need_adjusted - general - subsidies
        base = revenue_adjusted - (need_adjusted - late) - reserve
        base[0] = own_first[0]
        reserve, standing = np.maximum(base * _RESERVE // 1000, used), reserve
    reserve = _within_law(standing, base)
    of_doc = _amounts_of_documents(ground, issued, general - late, late)
    quotas = routed(ground, issued, np.where(np.arange(len(need)) == 0, 0, general - late + subsidies))
    arranged, held, adjusted = _arrangements(ground, quotas, of_doc, subsidies)
    found = Budget(
        revenue_initial=revenue_adjusted - (need_adjusted - late),
        revenue_adjusted=revenue_adjusted,
        fund_revenue=_by_region(issued, pl.col("group") == FUND),
        reserve=reserve,
        subsidies=subsidies,
        notices=_notices(ground, of_doc),
        issues=_issues(ground, of_doc),
        arranged=arranged,
        held=held,
        adjusted=adjusted,
    )
    return found, quotas


def _by_region(quotas: pl.DataFrame, mask: pl.Expr) -> Ints:
    """The quotas of a mask added up by region, as issued."""
    return by_region(quotas.filter(mask))


def _within_law(reserve: Ints, base: Ints) -> Ints:
    """The reserve, if it is within the law (预算法第四十条). Raises ValueError otherwise."""
    if np.any(reserve * 1000 > base * _RESERVE_AT_MOST) or np.any(reserve * 1000 < base * _RESERVE_AT_LEAST):
        raise ValueError("the reserve would not be within the law")
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
    return amounts


def _general(ground: Ground, need: Ints, need_adjusted: Ints, subsidies: Ints) -> tuple[Ints, Ints]:
    """General transfers each region keeps in the end, and how much of it comes late in the year."""
    year, whole = ground.calendar.year, need + need_adjusted - subsidies
    revenue = ground.controls.revenue * _BUDGETED_REVENUE // 1000
    for i, code in enumerate(regions()):
        revenue[i] = public("general_revenue_adjusted_budget", year, code) or revenue[i]
    general = np.maximum(whole * _LEAST_GENERAL // 1000, whole - revenue)
    at_first = (need - subsidies) * (1000 - _OWN_AT_LEAST) // 1000
    late = np.maximum(np.minimum(general * _LATE_GENERAL // 1000, need_adjusted), general - at_first)
    return general, late


def _amounts_of_documents(ground: Ground, quotas: pl.DataFrame, early: Ints, late: Ints) -> Ints:
    """Fen by document and region: special ones are sums of their quotas, general ones share the need."""
    of_doc = np.zeros((len(ground.notices), len(regions())), np.int64)
    special = quotas.filter((pl.col("doc") >= 0) & (pl.col("ori_bgt_id") == ""))
    where = (special["doc"].to_numpy(), special["region"].to_numpy())
    np.add.at(of_doc, where, special["amount_fen"].to_numpy())
    for is_early, totals in ((True, early), (False, late)):
        rows = ground.notices.filter((pl.col("kind") == GENERAL) & (pl.col("is_early") == is_early))
        for region, total in enumerate(totals.tolist()):
            of_doc[rows["doc"].to_numpy(), region] = share(total, rows["weight"].to_numpy())
    return of_doc


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


_ARRANGED = {
    "region": pl.Int64, "doc": pl.Int64, "exp_func_code": pl.String, "source_type_code": pl.String,
    "amount_fen": pl.Int64,
}  # fmt: skip
_OF_CLASS = {"region": pl.Int64, "exp_func_code": pl.String, "amount_fen": pl.Int64}


def _arrangements(
    ground: Ground, quotas: pl.DataFrame, of_doc: Ints, subsidies: Ints
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """General money to classes of own spending, and what own revenue adds to each class."""
    arranged: list[tuple[int, int, str, str, int]] = []
    rest: dict[str, list[tuple[int, str, int]]] = {LATER: [], ADJUSTED: []}
    general = ground.notices.filter(pl.col("kind") == GENERAL)
    for route, kind, is_early in ((LATER, "1", True), (ADJUSTED, "2", False)):
        docs = general.filter(pl.col("is_early") == is_early)["doc"].to_list()
        for region in range(len(regions())):
            classes = _classes(quotas, region, route)
            if is_early and region == 0:
                continue
            money = [int(of_doc[doc, region]) for doc in docs]
            money += [int(subsidies[region])] if is_early else []
            parts = filled([fen for _, fen in classes], money)
            for row, column, fen in parts:
                doc = docs[column] if column < len(docs) else -1
                arranged.append((region, doc, classes[row][0], kind, fen))
            rest[route] += _remainders(region, classes, parts)
    frames = (pl.DataFrame(rest[route], schema=_OF_CLASS, orient="row") for route in (LATER, ADJUSTED))
    return (pl.DataFrame(arranged, schema=_ARRANGED, orient="row"), *frames)  # type: ignore[return-value]


def _classes(quotas: pl.DataFrame, region: int, route: str) -> list[tuple[str, int]]:
    chosen = quotas.filter((pl.col("region") == region) & (pl.col("route") == route))
    sums = chosen.group_by("exp_func_code").agg(pl.col("amount_fen").sum()).sort("exp_func_code")
    return list(sums.iter_rows())


def _remainders(
    region: int, classes: list[tuple[str, int]], parts: list[tuple[int, int, int]]
) -> list[tuple[int, str, int]]:
    left = [fen for _, fen in classes]
    for row, _, fen in parts:
        left[row] -= fen
    return [(region, code, fen) for (code, _), fen in zip(classes, left, strict=True) if fen]
