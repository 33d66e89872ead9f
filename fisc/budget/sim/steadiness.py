"""What a class of spending comes to: no share, and from year to year no leap or fall, that no city knows.

Money goes from the top down, by region and group; which class it falls to is a matter of draws, the fewer
the smaller the scale, and of what themes take. The free quotas of a year are therefore weighed by class: in
the first year until each class that a government has is a plausible part of all that it spends
(class_shares.csv), after that until it stands in a plausible relation to the year before. No region's total
moves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl

from fisc.city.draws import Bools, Ints
from fisc.city.plan import Plan
from fisc.city.tables import read

#: A class grows by at least and at most this part (thousandths) of what all classes together grow by.
_LEAST, _MOST = 400, 1700
#: In the first year it is at least and at most this part (thousandths) of its share among those there are.
_LEAST_SHARE, _MOST_SHARE = 700, 1200
#: The share of a class that class_shares.csv does not have.
_RARE = 3
_ROUNDS = 12
#: How much (thousandths) a round moves what a class weighs, and how much all rounds together.
_STEP_LEAST, _STEP_MOST = 200, 5000
_FACTORS = (10, 60_000)
_GENERAL = ("111", "112")


def steadied(
    plan: Plan, frame: pl.DataFrame, weight: Ints, is_free: Bools, shared: Callable[[Ints], Ints]
) -> Ints:
    """What is paid from each quota, in fen: as `shared` gives it for weights, which are moved class by class.

    A class is held steady over all governments and for each. `frame` has region, fund_type_code and
    exp_func_code; `is_free` marks quotas that `shared` gives money by weight.
    """
    paid = shared(weight)
    is_general = frame["fund_type_code"].is_in(_GENERAL).to_numpy()
    of_each, of_all = (
        _View(plan.before, frame, of_region, is_general, is_free) for of_region in (True, False)
    )
    for views in ((of_each, of_all), (of_all,)):  # the city's classes have the last word
        for _ in range(_ROUNDS):
            if sum(view.move(paid) for view in views) == 0:
                break
            paid = shared(weight * of_each.factors // 1000 * of_all.factors // 1000 + 1)
    return paid


class _View:
    """Classes of general spending, of each government or of all, and how their quotas weigh."""

    def __init__(
        self, before: Plan | None, frame: pl.DataFrame, is_each: bool, is_general: Bools, is_free: Bools
    ) -> None:
        keys = _keys(frame, is_each)
        self._names, self._number = np.unique(keys.to_numpy(), return_inverse=True)
        self._of = np.unique([name.split()[0] for name in self._names.tolist()], return_inverse=True)[1]
        self._before = None if before is None else _by_class(before, self._names, is_each)
        self._shares = np.array([_shares().get(name.split()[1], _RARE) for name in self._names.tolist()])
        self._is_general, self._is_free = is_general, is_free
        self._factor = np.full(len(self._names), 1000, np.int64)

    @property
    def factors(self) -> Ints:
        """How much each quota weighs, in thousandths."""
        return self._factor[self._number]

    def move(self, paid: Ints) -> bool:
        """Weigh classes that are out of bounds otherwise; whether there was one that can be moved."""
        all_ = self._sums(paid, self._is_general)
        free = self._sums(paid, self._is_general & self._is_free)
        if self._before is None:
            wanted = _as_shared(all_, self._shares, self._of)
        else:
            wanted = _within(all_, self._before, self._of)
        moved = (wanted != all_) & (free > 0)
        step = (wanted - all_ + free)[moved] // 10**6 * 1000 // (free[moved] // 10**6 + 1)
        self._factor[moved] = self._factor[moved] * np.clip(step, _STEP_LEAST, _STEP_MOST) // 1000
        np.clip(self._factor, *_FACTORS, out=self._factor)
        return bool(moved.any())

    def _sums(self, paid: Ints, mask: Bools) -> Ints:
        return _added(len(self._names), self._number[mask], paid[mask])


def _keys(frame: pl.DataFrame, is_each: bool) -> pl.Series:
    """'region class', or '0 class' over all governments."""
    region = pl.col("region").cast(pl.String) if is_each else pl.lit("0")
    return frame.select((region + " " + pl.col("exp_func_code").str.slice(0, 3)).alias("key"))["key"]


def _within(now: Ints, before: Ints, of: Ints) -> Ints:
    """What each class should come to; a class that the year before did not have stays as it is.

    `of` numbers the governments whose classes they are: each grows with its own.
    """
    sums = [_added(int(of.max()) + 1, of, amounts) for amounts in (now, before)]
    grown = (np.maximum(sums[0] - sums[1], 0) // 10**6 * 1000 // (sums[1] // 10**6 + 1))[of]
    least, most = (before + before // 10**6 * (grown * part) for part in (_LEAST, _MOST))
    return np.where(before > 0, np.clip(now, least, most), now)


def _as_shared(now: Ints, shares: Ints, of: Ints) -> Ints:
    """What each class should come to where no year went before, by the shares of those that there are."""
    of_all, there = (_added(int(of.max()) + 1, of, one)[of] for one in (now, np.where(now > 0, shares, 0)))
    fair = of_all // 1000 * (shares * 1000 // np.maximum(there, 1))
    wanted = np.clip(now, fair // 1000 * _LEAST_SHARE, fair // 1000 * _MOST_SHARE)
    return np.where(now > 0, wanted, now)


@cache
def _shares() -> dict[str, int]:
    return {row["exp_class"]: int(row["share"]) for row in read("class_shares")}


def _added(count: int, number: Ints, amounts: Ints) -> Ints:
    found = np.zeros(count, np.int64)
    np.add.at(found, number, amounts)
    return found


def _by_class(plan: Plan, names: np.ndarray, is_each: bool) -> Ints:
    quotas = plan["quota_shares"].filter(pl.col("fund_type_code").is_in(_GENERAL))
    paid = quotas.with_columns(_keys(quotas, is_each)).group_by("key").agg(pl.col("paid_fen").sum())
    sums = dict(paid.select("key", "paid_fen").iter_rows())
    return np.array([sums.get(name, 0) for name in names.tolist()], np.int64)
