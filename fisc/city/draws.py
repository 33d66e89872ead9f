"""Randomness and shares of the plan: whole numbers only, so that every machine draws the same.

A stream is named by seed, scale, year and purpose; nobody else's draws move it. Weights are integers
and money is shared by largest remainder, so no rounding of a processor is ever seen.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: A heavy tail: most are small, a few are very large (what payments and projects look like).
_TAIL = np.array(
    [*range(20, 60), *range(60, 200, 4), *range(200, 1000, 40), 1500, 2500, 4000, 8000], np.int64
)
#: A member's weight times its group's weight must fit in 64 bits.
_LARGEST_PRODUCT = 1 << 62


@dataclass(frozen=True, slots=True)
class Seed:
    """What a plan is drawn from. `scale` is kept as text: 0.02 and 0.020 are the same city."""

    seed: int
    scale: str

    @classmethod
    def of(cls, seed: int, scale: float) -> Seed:
        """The seed of a run."""
        return cls(seed, format(scale, ".6g"))

    def stream(self, purpose: str, year: int = 0) -> np.random.Generator:
        """The stream of draws for one purpose in one year (0: the same in every year)."""
        name = f"{self.seed}/{self.scale}/{year}/{purpose}"
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")
        return np.random.Generator(np.random.Philox(key=key))


def tail(rng: np.random.Generator, n: int) -> Ints:
    """`n` weights with a heavy tail, 20 to 8,000."""
    return _TAIL[rng.integers(0, len(_TAIL), n)]


def pick(rng: np.random.Generator, weights: Ints, n: int) -> Ints:
    """`n` indices into `weights`, drawn in proportion to them."""
    steps = np.cumsum(weights)
    return np.searchsorted(steps, rng.integers(0, int(steps[-1]), n), side="right").astype(np.int64)


def some(rng: np.random.Generator, mask: Bools, n: int) -> Ints:
    """At most `n` different indices where `mask` holds, in rising order."""
    found = np.flatnonzero(mask)
    return np.sort(rng.permutation(found)[:n]).astype(np.int64)


def share(total: int, weights: Ints | list[int]) -> Ints:
    """`total` shared in proportion to `weights`, exactly, by largest remainder. Σ = total."""
    array = np.asarray(weights, np.int64)
    return share_groups(np.array([total], np.int64), array, np.zeros(len(array), np.int64))


def share_groups(totals: Ints, weights: Ints, groups: Ints) -> Ints:
    """Each group's total shared among its members in proportion to their weights, exactly.

    `groups` says for each member which total is its own. Raises ValueError for a group that has
    a total and no weight, and for weights too large to multiply in 64 bits.
    """
    sums = np.zeros(len(totals), np.int64)
    np.add.at(sums, groups, weights)
    if np.any((sums == 0) & (totals != 0)):
        raise ValueError("a total without anybody to share it")
    if len(weights) and int(sums.max()) * int(weights.max()) >= _LARGEST_PRODUCT:
        raise ValueError("weights are too large")
    safe = np.maximum(sums, 1)
    whole, rest = totals // safe, totals % safe
    product = rest[groups] * weights
    shares = whole[groups] * weights + product // safe[groups]
    left = totals.copy()
    np.subtract.at(left, groups, shares)
    order = np.lexsort((-(product % safe[groups]), groups))
    rank = _rank_in_group(groups[order])
    shares[order] += rank < left[groups[order]]
    return shares


def _rank_in_group(sorted_groups: Ints) -> Ints:
    """0, 1, 2, ... within each run of equal values."""
    n = len(sorted_groups)
    starts = (
        np.flatnonzero(np.r_[True, sorted_groups[1:] != sorted_groups[:-1]]) if n else np.zeros(0, np.int64)
    )
    lengths = np.diff(np.r_[starts, n])
    return np.arange(n) - np.repeat(starts, lengths)


def rank_in_group(groups: Ints) -> Ints:
    """How many members of the same group come before each member, in the order given."""
    order = np.argsort(groups, kind="stable")
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = _rank_in_group(groups[order])
    return ranks


def counts_at_least(total: int, weights: Ints, least: int) -> Ints:
    """`total` things shared among members so that each has at least `least` (more in all if need be)."""
    return least + share(max(total - least * len(weights), 0), weights)
