"""What happens to quotas in the year besides payments: swaps, cuts, freezes, money taken back or carried.

Each operation leaves a quota enough for its payments, whatever else happens that day: a swap brings
in part of what the quota's last payment needs, a freeze holds money that stays unspent anyway.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fisc.budget.sim.projects import OWN
from fisc.budget.sim.quotas import AUTHORISED, CARRY, CUT, FREEZE, SWAP, TAKE_BACK
from fisc.city.draws import Ints, some
from fisc.city.plan import Plan
from fisc.city.tables import regions
from fisc.registry.quota_rules import quota_rules
from fisc.treasury.sim.payments import ADVANCE, OK, OVERSPEND

_PER_REGION = {SWAP: (30, 2), CUT: (60, 3), FREEZE: (12, 1)}
_PLANNED_SHARE, _PLANNED_LEAST = 10, 6

_SCHEMA = {
    "kind": pl.String, "region": pl.Int64, "day": pl.Int64, "quota": pl.Int64, "other": pl.Int64,
    "amount_fen": pl.Int64, "until": pl.Int64, "base_fen": pl.Int64,
}  # fmt: skip


def operations(plan: Plan) -> pl.DataFrame:
    """Operations of a year by day.

    Columns: kind, region, day, quota (row), other (the quota that receives, -1 none), amount_fen,
    until (the day a freeze ends, -1 none), base_fen (what a cut is measured against).
    """
    quotas, payments = plan["quota_shares"], plan["payments"]
    parts = [
        *(_swaps(plan, quotas, payments, r) for r in range(len(regions()))),
        *(_cuts(plan, quotas, r) for r in range(len(regions()))),
        *(_freezes(plan, quotas, r) for r in range(len(regions()))),
        _endings(plan, quotas),
    ]
    frame = pl.concat([part for part in parts if len(part)])
    return frame.sort("day", "kind", "quota", maintain_order=True)


def _table(kind: str, **columns: object) -> pl.DataFrame:
    n = max((len(c) for c in columns.values() if isinstance(c, np.ndarray)), default=0)
    given = {"kind": kind, "other": -1, "until": -1, "base_fen": 0, **columns}
    filled = {
        name: (np.full(n, value) if not isinstance(value, np.ndarray) else value)
        if name != "kind"
        else [kind] * n
        for name, value in given.items()
    }
    return pl.DataFrame(filled).select(pl.col(name).cast(t) for name, t in _SCHEMA.items())


def _count(plan: Plan, kind: str) -> int:
    at_scale_1, least = _PER_REGION[kind]
    return max(round(at_scale_1 * plan.scale), least)


def _own(quotas: pl.DataFrame, region: int) -> np.typing.NDArray[np.bool_]:
    """Quotas of a region's own initial budget for special purposes."""
    mask = (pl.col("group") == OWN) & (pl.col("region") == region) & (pl.col("source_type_code") == "1")
    found: np.typing.NDArray[np.bool_] = quotas.select(mask).to_series().to_numpy()
    return found


def _swaps(plan: Plan, quotas: pl.DataFrame, payments: pl.DataFrame, region: int) -> pl.DataFrame:
    """Pairs within a region: the receiving quota gets part of its last payment, before that is asked for."""
    rng = plan.stream(f"swaps of {region}")
    last = _last_payments(plan, quotas, payments)
    able = _own(quotas, region) & (last["day"] > plan.calendar.index(6, 1)) & (last["amount"] > 1000_00)
    able &= ~quotas["dep_bgt_eco_code"].is_in(_never_raised(plan.year)).to_numpy()
    into = some(rng, able, _count(plan, SWAP))
    into, out_of = _pairs(rng, quotas, _own(quotas, region), into)
    day = np.minimum(last["day"][into] - 1, plan.calendar.index(5, 10) + np.arange(len(into)) % 8)
    return _table(
        SWAP, region=region, day=day, quota=out_of, other=into, amount_fen=last["amount"][into] // 2
    )


def _never_raised(fiscal_year: int) -> list[str]:
    """Economic classes that no swap may raise (三公经费)."""
    found = quota_rules("no_swap_in", fiscal_year)
    return [rule.prefix for rule in found if rule.element == "dep_bgt_eco_code"]


def _pairs(
    rng: np.random.Generator, quotas: pl.DataFrame, able: np.typing.NDArray[np.bool_], into: Ints
) -> tuple[Ints, Ints]:
    """Receiving quotas, each with a giver of the same functional class: less for a class is no swap."""
    classes = quotas["exp_func_code"].str.slice(0, 3).to_numpy()
    givers = rng.permutation(np.flatnonzero(able & ~np.isin(np.arange(len(quotas)), into)))
    found: dict[int, int] = {}
    for row in into.tolist():
        fitting = givers[(classes[givers] == classes[row]) & ~np.isin(givers, list(found.values()))]
        if len(fitting):
            found[row] = int(fitting[0])
    return np.array(list(found), np.int64), np.array(list(found.values()), np.int64)


def _last_payments(plan: Plan, quotas: pl.DataFrame, payments: pl.DataFrame) -> dict[str, Ints]:
    """Day and amount of each quota's last plain payment (zero where there is none after others)."""
    day, amount = np.zeros(len(quotas), np.int64), np.zeros(len(quotas), np.int64)
    plain = payments.filter((pl.col("fate") == OK) & (pl.col("refund_fen") == 0)).sort(
        "day", maintain_order=True
    )
    quota = plain["quota"].to_numpy()
    day[quota] = plain["day"].to_numpy()
    amount[quota] = plain["amount_fen"].to_numpy()
    others = payments.filter((pl.col("fate") != OK) | (pl.col("refund_fen") > 0))["quota"].to_numpy()
    day[others] = 0
    return {"day": day, "amount": amount}


def _cuts(plan: Plan, quotas: pl.DataFrame, region: int) -> pl.DataFrame:
    """Budget cuts (压减) of spending that is neither 三保 nor from above: 3 to 8 per cent of the base."""
    rng = plan.stream(f"cuts of {region}")
    tags = plan["projects"]["tag"].to_numpy()[quotas["project"].to_numpy()]
    chosen = some(rng, _own(quotas, region) & (tags == ""), _count(plan, CUT))
    keeps = (quotas["paid_fen"] + quotas["left_fen"]).to_numpy()[chosen]
    amount = keeps * rng.integers(3, 9, len(chosen)) // 100 + 1
    return _table(CUT, region=region, day=plan.dates.cuts, quota=chosen, amount_fen=amount,
                  base_fen=keeps + amount)  # fmt: skip


def _freezes(plan: Plan, quotas: pl.DataFrame, region: int) -> pl.DataFrame:
    """Money that stays unspent is frozen for two months and freed again."""
    rng = plan.stream(f"freezes of {region}")
    left = quotas["left_fen"].to_numpy()
    in_time = quotas["day"].to_numpy() < plan.calendar.index(8, 1)
    chosen = some(rng, (quotas["region"].to_numpy() == region) & (left > 300) & in_time, _count(plan, FREEZE))
    first, last = plan.calendar.index(8, 16), plan.calendar.index(10, 18)
    amount = np.maximum(left[chosen] // 4, 1)
    return _table(FREEZE, region=region, day=first, quota=chosen, amount_fen=amount, until=last)


#: Fund types that never become surplus.
_BONDS = ("112", "122")


def _endings(plan: Plan, quotas: pl.DataFrame) -> pl.DataFrame:
    """The year's end: a tenth of what is left of a region's own money is taken back, the rest carried over.

    Money of projects that end with the year, and what stayed unspent for a second year, is taken back whole;
    bonds stay with a project that goes on.
    """
    left = quotas["left_fen"].to_numpy()
    rows = np.flatnonzero(left > 0)
    goes_on = plan["projects"]["goes_on"].to_numpy()[quotas["project"].to_numpy()]
    twice = (quotas["ori_bgt_id"].to_numpy() != "") & ~np.isin(quotas["fund_type_code"].to_numpy(), _BONDS)
    back = np.where(~goes_on | twice, left, np.where(quotas["group"].to_numpy() == OWN, left // 10, 0))[rows]
    dates, region = plan.dates, quotas["region"].to_numpy()[rows]
    carried = left[rows] - back
    taken = _table(TAKE_BACK, region=region[back > 0], day=dates.carried_over - 1, quota=rows[back > 0],
                   amount_fen=back[back > 0])  # fmt: skip
    kept = _table(CARRY, region=region[carried > 0], day=dates.carried_over, quota=rows[carried > 0],
                  amount_fen=carried[carried > 0])  # fmt: skip
    return pl.concat([taken, kept])


def plans_of_use(plan: Plan) -> pl.DataFrame:
    """Plans of use (用款计划) of some quotas that the city's own units pay themselves, by month.

    Columns: quota, month, day, amount_fen. A plan is made on the month's first working day, or when the
    quota comes, and covers what is asked for within the month. Such quotas are spent whole.
    """
    quotas, payments, operations = plan["quotas"], plan["payments"], plan["operations"]
    rows = np.arange(len(quotas))
    touched = np.concatenate([operations["quota"].to_numpy(), operations["other"].to_numpy()])
    settled = payments.filter(pl.col("fate") == ADVANCE)["quota"].to_numpy()
    mask = (quotas["region"].to_numpy() == 0) & (quotas["pay_type"].to_numpy() == AUTHORISED)
    mask &= (quotas["paid_fen"].to_numpy() > 0) & ~np.isin(rows, touched) & ~np.isin(rows, settled)
    rng = plan.stream("plans of use")
    chosen = some(rng, mask, max(int(mask.sum()) * _PLANNED_SHARE // 100, _PLANNED_LEAST))
    starts = np.array([plan.calendar.index(month, 1) for month in range(1, 13)])
    asked = payments.filter(pl.col("quota").is_in(chosen.tolist()) & (pl.col("fate") != OVERSPEND))
    month = np.searchsorted(starts, asked["day"].to_numpy(), side="right")
    sums = (
        asked.with_columns(pl.Series("month", month))
        .group_by("quota", "month")
        .agg(pl.col("amount_fen").sum())
        .sort("quota", "month")
    )
    first = quotas["day"].to_numpy()[sums["quota"].to_numpy()]
    return sums.with_columns(pl.Series("day", np.maximum(starts[sums["month"].to_numpy() - 1], first)))
