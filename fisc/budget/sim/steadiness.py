"""What a class of spending comes to from year to year: neither a fall nor a leap that no city would live.

Money goes from the top down, by region and group; which class it falls to is a matter of draws and of what
themes take. The free quotas of a year are therefore weighed by class until each class stands in a plausible
relation to the year before. No region's total moves.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from fisc.city.draws import Bools, Ints
from fisc.city.plan import Plan

#: A class grows by at least and at most this part (thousandths) of what all classes together grow by.
_LEAST, _MOST = 400, 1700
_ROUNDS = 12
#: How much (thousandths) a round moves what a class weighs, and how much all rounds together.
_STEP_LEAST, _STEP_MOST = 200, 5000
_FACTORS = (50, 12_000)
_GENERAL = ("111", "112")


def steadied(
    plan: Plan, frame: pl.DataFrame, weight: Ints, is_free: Bools, shared: Callable[[Ints], Ints]
) -> Ints:
    """What is paid from each quota, in fen: as `shared` gives it for weights, which are moved class by class.

    `frame` has fund_type_code and exp_func_code; `is_free` marks quotas that `shared` gives money by weight.
    In the first year of a run there is nothing to compare with.
    """
    paid = shared(weight)
    if plan.before is None:
        return paid
    is_general = frame["fund_type_code"].is_in(_GENERAL).to_numpy()
    names, number = np.unique(frame["exp_func_code"].str.slice(0, 3).to_numpy(), return_inverse=True)
    before = _by_class(plan.before, names)
    factor = np.full(len(names), 1000, np.int64)
    for _ in range(_ROUNDS):
        all_, free = _sums(paid, number, is_general), _sums(paid, number, is_general & is_free)
        wanted = _within(all_, before)
        moved = (wanted != all_) & (free > 0)
        if not moved.any():
            break
        step = (wanted - all_ + free)[moved] // 10**6 * 1000 // (free[moved] // 10**6 + 1)
        factor[moved] = factor[moved] * np.clip(step, _STEP_LEAST, _STEP_MOST) // 1000
        np.clip(factor, *_FACTORS, out=factor)
        paid = shared(weight * factor[number] // 1000 + 1)
    return paid


def _within(now: Ints, before: Ints) -> Ints:
    """What each class should come to; a class that the year before did not have stays as it is."""
    grown = max(int(now.sum()) - int(before.sum()), 0) // 10**6 * 1000 // (int(before.sum()) // 10**6 + 1)
    least, most = (before + before // 10**6 * (grown * part) for part in (_LEAST, _MOST))
    return np.where(before > 0, np.clip(now, least, most), now)


def _sums(paid: Ints, number: Ints, mask: Bools) -> Ints:
    found = np.zeros(int(number.max()) + 1, np.int64)
    np.add.at(found, number[mask], paid[mask])
    return found


def _by_class(plan: Plan, names: np.ndarray) -> Ints:
    quotas = plan["quota_shares"].filter(pl.col("fund_type_code").is_in(_GENERAL))
    rows = quotas.group_by(pl.col("exp_func_code").str.slice(0, 3)).agg(pl.col("paid_fen").sum())
    sums = dict(rows.iter_rows())
    return np.array([sums.get(name, 0) for name in names.tolist()], np.int64)
