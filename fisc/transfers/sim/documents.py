"""Documents from above with their amounts, what the city issues of them, and how it is arranged to classes.

Special documents are sums of the quotas they pay for; general ones share what budgets need of them. A
banner's general transfers come by documents of the city and are arranged to classes of spending; the quotas
they pay for are not in the departments' first budgets but follow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from fisc.budget.sim.routes import ADJUSTED, LATER
from fisc.city.draws import Ints, share
from fisc.city.plan import Plan
from fisc.city.tables import regions
from fisc.city.totals import of_regions
from fisc.transfers.sim.notices import GENERAL


def _amounts(plan: Plan) -> Ints:
    """Fen by document and region."""
    notices, money = plan["notices"], plan["money"]
    of_doc = np.zeros((len(notices), len(regions())), np.int64)
    special = plan["quotas_issued"].filter((pl.col("doc") >= 0) & (pl.col("ori_bgt_id") == ""))
    where = (special["doc"].to_numpy(), special["region"].to_numpy())
    np.add.at(of_doc, where, special["amount_fen"].to_numpy())
    for is_early, totals in ((True, money["general_early"]), (False, money["general_late"])):
        rows = notices.filter((pl.col("kind") == GENERAL) & (pl.col("is_early") == is_early))
        for region, total in enumerate(totals.to_list()):
            of_doc[rows["doc"].to_numpy(), region] = share(total, rows["weight"].to_numpy())
    return of_doc


def documents(plan: Plan) -> pl.DataFrame:
    """The notices that bring money, with `amount_fen` and `city_fen` (what the city keeps)."""
    of_doc = plan.once(_amounts)
    frame = plan["notices"].with_columns(
        pl.Series("amount_fen", of_doc.sum(axis=1)), pl.Series("city_fen", of_doc[:, 0])
    )
    return frame.filter(pl.col("amount_fen") > 0)


def issues(plan: Plan) -> pl.DataFrame:
    """What the city passes on to a banner: doc, region, amount_fen, day."""
    of_doc = plan.once(_amounts)
    doc, region = np.nonzero(of_doc)
    to_banner = region > 0
    doc, region = doc[to_banner], region[to_banner]
    day = plan["notices"]["issue_day"].to_numpy()[doc]
    return pl.DataFrame({"doc": doc, "region": region, "amount_fen": of_doc[doc, region], "day": day})


def arranged(plan: Plan) -> pl.DataFrame:
    """General money to classes of own spending; doc -1: the city's subsidy.

    Columns: region, doc, exp_func_code, source_type_code, amount_fen.
    """
    return plan.once(_arrangements)[0]


def held(plan: Plan) -> pl.DataFrame:
    """First budget, own money for quotas that follow: region, exp_func_code, amount_fen."""
    return plan.once(_arrangements)[1]


def adjusted(plan: Plan) -> pl.DataFrame:
    """Adjustment, own money by class: region, exp_func_code, amount_fen."""
    return plan.once(_arrangements)[2]


_ARRANGED = {
    "region": pl.Int64, "doc": pl.Int64, "exp_func_code": pl.String, "source_type_code": pl.String,
    "amount_fen": pl.Int64,
}  # fmt: skip
_OF_CLASS = {"region": pl.Int64, "exp_func_code": pl.String, "amount_fen": pl.Int64}


def _arrangements(plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """General money to classes of own spending, and what own revenue adds to each class."""
    of_doc, quotas = plan.once(_amounts), plan["quotas"]
    subsidies = of_regions(plan["money"], "subsidies")
    arranged: list[tuple[int, int, str, str, int]] = []
    rest: dict[str, list[tuple[int, str, int]]] = {LATER: [], ADJUSTED: []}
    general = plan["notices"].filter(pl.col("kind") == GENERAL)
    for route, kind, is_early in ((LATER, "1", True), (ADJUSTED, "2", False)):
        docs = general.filter(pl.col("is_early") == is_early)["doc"].to_list()
        for region in range(len(regions())):
            classes = _classes(quotas, region, route)
            if is_early and region == 0:
                continue
            money = [int(of_doc[doc, region]) for doc in docs]
            money += [int(subsidies[region])] if is_early else []
            parts = _filled([fen for _, fen in classes], money)
            for row, column, fen in parts:
                doc = docs[column] if column < len(docs) else -1
                arranged.append((region, doc, classes[row][0], kind, fen))
            rest[route] += _remainders(region, classes, parts)
    later, adjusted = (pl.DataFrame(rest[r], schema=_OF_CLASS, orient="row") for r in (LATER, ADJUSTED))
    return pl.DataFrame(arranged, schema=_ARRANGED, orient="row"), later, adjusted


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


def _filled(rows: Sequence[int], columns: Sequence[int]) -> list[tuple[int, int, int]]:
    """(row, column, amount): columns' amounts poured into rows in order, as far as the columns go.

    Every column is used up; raises ValueError where the rows do not hold them.
    """
    found, row, room = [], 0, list(rows)
    for column, amount in enumerate(columns):
        left = amount
        while left:
            if row == len(room):
                raise ValueError("more money than classes of spending to take it")
            part = min(left, room[row])
            if part:
                found.append((row, column, part))
            room[row] -= part
            left -= part
            row += room[row] == 0
    return found
