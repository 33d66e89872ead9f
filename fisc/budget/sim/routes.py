"""By which way each quota comes about.

A banner's general transfers come by documents of the city and are arranged to classes; the quotas they
pay for are not in the departments' first budgets but follow. What a quota is called follows from its way.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from fisc.budget.sim.projects import BOND, FUND, OPERATING, OWN, PERSONNEL, RESERVE, SPECIAL_BOND, TRANSFER
from fisc.budget.sim.quotas import CARRIED
from fisc.city.draws import Ints, rank_in_group
from fisc.city.plan import Plan
from fisc.city.tables import regions

PROPOSAL, LATER, ADJUSTED, RECEIVED, DEBT = "proposal", "later", "adjusted", "received", "debt"
#: Which quotas wait for general transfers first.
_WAITING = (OWN, OPERATING, PERSONNEL)
_ROUTES = {
    PERSONNEL: PROPOSAL, OPERATING: PROPOSAL, FUND: PROPOSAL, RESERVE: RESERVE, TRANSFER: RECEIVED,
    BOND: DEBT, SPECIAL_BOND: DEBT, CARRIED: CARRIED,
}  # fmt: skip


def routed(plan: Plan) -> pl.DataFrame:
    """Quotas as issued, with `route` and `bgt_id`; some wait for what each region's first budget awaits."""
    quotas, awaited = plan["quotas_issued"], plan["money"]["awaited"]
    group, kind = quotas["group"].to_list(), quotas["source_type_code"].to_list()
    route = np.array(
        [
            (PROPOSAL if s == "1" else ADJUSTED) if g == OWN else _ROUTES[g]
            for g, s in zip(group, kind, strict=True)
        ],
        dtype=object,
    )
    for region, amount in enumerate(awaited.to_list()):
        route[_later(plan, quotas, region, amount)] = LATER
    given = quotas.with_columns(pl.Series("route", route.tolist()))
    return given.with_columns(pl.Series("bgt_id", _names(plan, given)))


def _later(plan: Plan, quotas: pl.DataFrame, region: int, amount: int) -> Ints:
    """As many first quotas of a region, in an order drawn, as together make at least `amount`."""
    if amount == 0:
        return np.zeros(0, np.int64)
    rng = plan.stream(f"later quotas of {region}")
    here = (quotas["region"].to_numpy() == region) & (quotas["source_type_code"].to_numpy() == "1")
    groups = quotas["group"].to_numpy()
    order = np.concatenate([rng.permutation(np.flatnonzero(here & (groups == g))) for g in _WAITING])
    sums = np.cumsum(quotas["amount_fen"].to_numpy()[order])
    return order[: int(np.searchsorted(sums, amount)) + 1].astype(np.int64)


def _names(plan: Plan, quotas: pl.DataFrame) -> list[str]:
    """The quota's key: a line of a department's budget, last year's quota, or a serial of the region."""
    year = plan.year
    region, route = quotas["region"].to_numpy(), quotas["route"].to_list()
    dept = plan["agencies"]["dept_code"].to_list()
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
