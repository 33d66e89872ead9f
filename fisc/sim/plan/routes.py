"""By which way each quota comes about, and how money of documents is given to classes of spending.

A banner's general transfers come by documents of the city and are arranged to classes; the quotas they
pay for are not in the departments' first budgets but follow. What a quota is called follows from its way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from fisc.sim.plan.draws import Ints, rank_in_group
from fisc.sim.plan.projects import BOND, FUND, OPERATING, OWN, PERSONNEL, RESERVE, SPECIAL_BOND, TRANSFER
from fisc.sim.plan.quotas import CARRIED, Ground
from fisc.sim.plan.tables import regions

PROPOSAL, LATER, ADJUSTED, RECEIVED, DEBT = "proposal", "later", "adjusted", "received", "debt"
#: Which quotas wait for general transfers first.
_WAITING = (OWN, OPERATING, PERSONNEL)
_ROUTES = {
    PERSONNEL: PROPOSAL, OPERATING: PROPOSAL, FUND: PROPOSAL, RESERVE: RESERVE, TRANSFER: RECEIVED,
    BOND: DEBT, SPECIAL_BOND: DEBT, CARRIED: CARRIED,
}  # fmt: skip


def routed(ground: Ground, quotas: pl.DataFrame, awaited: Ints) -> pl.DataFrame:
    """Quotas with `route` and `bgt_id`. `awaited` is what each region's first budget waits for, in fen."""
    group, kind = quotas["group"].to_list(), quotas["source_type_code"].to_list()
    route = np.array(
        [
            (PROPOSAL if s == "1" else ADJUSTED) if g == OWN else _ROUTES[g]
            for g, s in zip(group, kind, strict=True)
        ],
        dtype=object,
    )
    for region, amount in enumerate(awaited.tolist()):
        route[_later(ground, quotas, region, amount)] = LATER
    given = quotas.with_columns(pl.Series("route", route.tolist()))
    return given.with_columns(pl.Series("bgt_id", _names(ground, given)))


def _later(ground: Ground, quotas: pl.DataFrame, region: int, amount: int) -> Ints:
    """As many first quotas of a region, in an order drawn, as together make at least `amount`."""
    if amount == 0:
        return np.zeros(0, np.int64)
    rng = ground.seed.stream(f"later quotas of {region}", ground.calendar.year)
    here = (quotas["region"].to_numpy() == region) & (quotas["source_type_code"].to_numpy() == "1")
    groups = quotas["group"].to_numpy()
    order = np.concatenate([rng.permutation(np.flatnonzero(here & (groups == g))) for g in _WAITING])
    sums = np.cumsum(quotas["amount_fen"].to_numpy()[order])
    return order[: int(np.searchsorted(sums, amount)) + 1].astype(np.int64)


def _names(ground: Ground, quotas: pl.DataFrame) -> list[str]:
    """The quota's key: a line of a department's budget, last year's quota, or a serial of the region."""
    year = ground.calendar.year
    region, route = quotas["region"].to_numpy(), quotas["route"].to_list()
    dept = ground.agencies["dept_code"].to_list()
    depts = [dept[a] for a in quotas["agency"].to_list()]
    lines = _line_numbers(quotas, depts)
    serial = rank_in_group(region.astype(np.int64)).tolist()
    codes = regions()
    return [
        f"{codes[r]}-{year}-{depts[i]}-{lines[i]:05d}" if route[i] == PROPOSAL
        else f"{quotas['ori_bgt_id'][i]}-J" if route[i] == CARRIED
        else f"{codes[r]}-{year}-Q{serial[i] + 1:06d}"
        for i, r in enumerate(region.tolist())
    ]  # fmt: skip


def _line_numbers(quotas: pl.DataFrame, depts: Sequence[str]) -> list[int]:
    """The number of each line within its department's budget, from 1; only for those in it."""
    counts: dict[tuple[int, str], int] = {}
    numbers = []
    for region, route, dept in zip(quotas["region"], quotas["route"], depts, strict=True):
        key = (region, dept)
        counts[key] = counts.get(key, 0) + (route == PROPOSAL)
        numbers.append(counts[key])
    return numbers


def filled(rows: Sequence[int], columns: Sequence[int]) -> list[tuple[int, int, int]]:
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
