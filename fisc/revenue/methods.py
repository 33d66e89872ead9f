"""The two methods of a forecast: exponential smoothing, and the same month of last year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

from fisc.revenue.forecast import SEASON
from fisc.revenue.smoothing import Floats, Smoothing, fit

_PATHS: Final = 2000
_SEED: Final = 20220101


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a method says of the months ahead, in fen: points, quantiles of each month and of their sum."""

    points: Floats
    of_months: Callable[[float], Floats]
    of_sum: Callable[[float], float]


def naive(series: Sequence[int], ahead: range) -> Ahead:
    """The same month of last year; a month two years ahead carries two years' change.

    With one year known no change was ever seen: then months may differ as they do within that year.
    """
    values: Floats = np.array(series, float)
    points = np.array([values[h % SEASON - SEASON] for h in ahead])
    changes = values[SEASON:] - values[:-SEASON] if len(values) > SEASON else values - values.mean()
    spread = float(np.sqrt(np.mean(np.square(changes))))
    steps = np.sqrt([h // SEASON + 1.0 for h in ahead]) * spread
    total, reach = float(points.sum()), float(np.sqrt(np.square(steps).sum()))
    z = NormalDist().inv_cdf
    return Ahead(points, lambda q: points + z(q) * steps, lambda q: total + z(q) * reach)


def model(series: Sequence[int], ahead: range) -> Ahead:
    """Exponential smoothing of the logarithm where it can be taken, and paths drawn from a fixed seed."""
    fitted, scale, is_log = _fitted(tuple(series))
    points = fitted.forecast(ahead.stop)[ahead.start :]
    shocks = np.random.default_rng(_SEED).standard_normal((ahead.stop, _PATHS))
    drawn = fitted.paths(shocks)[ahead.start :]
    if is_log:
        points, drawn = np.exp(points), np.exp(drawn)
    sums = drawn.sum(axis=0) * scale
    return Ahead(
        points * scale,
        lambda q: np.quantile(drawn, q, axis=1) * scale,
        lambda q: float(np.quantile(sums, q)),
    )


@lru_cache(maxsize=64)
def _fitted(series: tuple[int, ...]) -> tuple[Smoothing, float, bool]:
    """The fit, its scale, and whether it is of logarithms. This year and the next ask for the same ones."""
    values: Floats = np.array(series, float)
    scale = float(np.mean(np.abs(values))) or 1.0
    is_log = bool((values > 0).all())  # refunds may leave a month below zero: then without logarithm
    return fit(np.log(values / scale) if is_log else values / scale), scale, is_log
