"""Exponential smoothing of monthly values: additive errors and season, level or damped trend.

The models ETS(A,N,A) and ETS(A,Ad,A) of Hyndman, Koehler, Ord and Snyder, "Forecasting with Exponential
Smoothing" (2008), fitted by maximum likelihood. With given weights the one-step errors are linear in the
states at the start, so those are solved for exactly and only two or four weights are searched. Tests hold
likelihood, forecasts and paths against statsmodels, which serves there as a judge and is not needed to run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fisc.revenue.forecast import SEASON

Floats = npt.NDArray[np.float64]

_EDGE: Final = 1e-4
#: The weights are searched as (level, trend / level, season / (1 - level), damping), each between these.
_LOW: Final[Floats] = np.array([_EDGE, _EDGE, _EDGE, 0.8])
_HIGH: Final[Floats] = np.array([1 - _EDGE, 1 - _EDGE, 1 - _EDGE, 0.98])
#: Searches begin at the best place tried for each weight of the level: there may be more than one summit.
_FIRST_TRIED: Final = ((0.03, 0.3, 0.8), (0.05, 0.5, 0.95), (0.05, 0.95), (0.82, 0.95))
_STEPS: Final = 50
_ENOUGH: Final = 1e-9
_NUDGE: Final = 1e-6
_DAMPINGS: Final = (1e-6, 1e-3, 1e-1, 1e1, 1e3)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much of a month's error goes into level, trend and season, and what a trend keeps each month."""

    level: float
    trend: float
    season: float
    damping: float


@dataclass(frozen=True, slots=True)
class States:
    """Level, trend per month, and the season's parts, that of the coming month first."""

    level: float
    trend: float
    season: Floats


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A fitted model: its weights, the states before the first month and after the last, and its errors."""

    weights: Weights
    start: States
    end: States
    errors: Floats
    has_trend: bool

    @property
    def spread(self) -> float:
        """The standard deviation of one month's error (root of the mean square)."""
        return float(np.sqrt(np.mean(np.square(self.errors))))

    @property
    def log_likelihood(self) -> float:
        """The likelihood's logarithm with normal errors of that spread."""
        return float(-len(self.errors) / 2 * (np.log(2 * np.pi * self.spread**2) + 1))

    @property
    def aicc(self) -> float:
        """Akaike's criterion, corrected for few months; infinite where months are too few for it.

        Counted are the weights, the states at the start with all parts of the season, and the spread.
        """
        numbers = (4 if self.has_trend else 2) + _states_of(self.has_trend) + 2
        left = len(self.errors) - numbers - 1
        if left <= 0 or self.spread == 0:
            return float("inf") if left <= 0 else float("-inf")
        return 2 * numbers - 2 * self.log_likelihood + 2 * numbers * (numbers + 1) / left

    def paths(self, shocks: Floats) -> Floats:
        """What months ahead come to when their errors are `shocks` (months x paths) times the spread."""
        w, level, trend = self.weights, np.full(shocks.shape[1:], self.end.level), self.end.trend
        slope, season = np.full_like(level, trend), np.repeat(self.end.season[:, None], shocks.shape[1], 1)
        found = np.empty_like(shocks)
        for ahead, error in enumerate(shocks * self.spread):
            month = ahead % SEASON
            slope *= w.damping
            level += slope
            found[ahead] = level + season[month] + error
            level += w.level * error
            slope += w.trend * error
            season[month] += w.season * error
        return found

    def forecast(self, months: int) -> Floats:
        """The points of as many months ahead: the path without errors."""
        return self.paths(np.zeros((months, 1)))[:, 0]


def fit(values: Floats) -> Smoothing:
    """The better of both models by AICc; `values` are at least two seasons of months, oldest first."""
    return min((fit_one(values, has_trend) for has_trend in (False, True)), key=lambda found: found.aicc)


def fit_one(values: Floats, has_trend: bool) -> Smoothing:
    """The likeliest model with a damped trend or without trend. The same values give the same model."""
    tried = _grid(has_trend)
    sums = np.square(_residuals(values, tried, has_trend)).sum(axis=1).reshape(len(_FIRST_TRIED[0]), -1)
    best = tried.reshape(*sums.shape, -1)[np.arange(len(sums)), sums.argmin(axis=1)]
    found = [_search(values, start, has_trend) for start in best]
    return smooth(values, _weights(min(found, key=lambda pair: pair[1])[0]), has_trend)


def smooth(values: Floats, weights: Weights, has_trend: bool) -> Smoothing:
    """The model of these weights, with the states at the start that suit the values best."""
    row = np.array([[weights.level, weights.trend, weights.season, weights.damping]])
    errors, level, slope, season = _responses(values, row, has_trend)
    solved, *_ = np.linalg.lstsq(errors[0, :, 1:], -errors[0, :, 0], rcond=None)
    mix = np.concatenate(([1.0], solved))
    first = 2 if has_trend else 1
    start = States(solved[0], solved[1] if has_trend else 0.0, np.append(solved[first:], 0.0))
    turn = len(values) % SEASON
    end = States(
        float(level[0] @ mix), float(slope[0] @ mix), np.roll(season[:, 0] @ mix, -turn)
    )  # fmt: skip
    return Smoothing(weights, start, end, errors[0] @ mix, has_trend)


def _states_of(has_trend: bool) -> int:
    """How many states at the start are free: the season's last part is nought, the level holds it."""
    return SEASON + int(has_trend)


def _responses(values: Floats, weights: Floats, has_trend: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """Errors (k x months x columns) under k rows of weights, with level, trend and season at the end.

    The first column starts from states of nought, the others from one unit of one state and values of nought.
    """
    first, count = (2 if has_trend else 1), _states_of(has_trend)
    alpha, beta, gamma, phi = weights.T[:, :, None]
    level, slope = np.zeros((2, len(weights), 1 + count))
    season = np.zeros((SEASON, len(weights), 1 + count))
    level[:, 1] = 1
    slope[:, 2] = float(has_trend)
    for month in range(SEASON - 1):
        season[month, :, first + 1 + month] = 1
    if not has_trend:
        slope[:] = 0
    errors = np.empty((len(values), len(weights), 1 + count))
    for place, value in enumerate(values):
        month = place % SEASON
        slope = slope * phi
        level = level + slope
        error = -(level + season[month])
        error[:, 0] += value
        level = level + alpha * error
        slope = slope + beta * error
        season[month] += gamma * error
        errors[place] = error
    return errors.transpose(1, 0, 2), level, slope, season


def _residuals(values: Floats, searched: Floats, has_trend: bool) -> Floats:
    """The errors (k x months) left by the best states at the start, for k places searched."""
    errors, *_ = _responses(values, _rows(searched), has_trend)
    spanned, _ = np.linalg.qr(errors[:, :, 1:])
    given = errors[:, :, :1]
    left: Floats = (given - spanned @ (spanned.transpose(0, 2, 1) @ given))[:, :, 0]
    return left


def _rows(searched: Floats) -> Floats:
    """Places searched as weights: (level, trend, season, damping); two columns are a model without trend."""
    level, rest = searched[:, 0], searched[:, 1:]
    if searched.shape[1] == 2:
        none = np.zeros_like(level)
        return np.column_stack((level, none, (1 - level) * rest[:, 0], none))
    return np.column_stack((level, level * rest[:, 0], (1 - level) * rest[:, 1], rest[:, 2]))


def _weights(searched: Floats) -> Weights:
    return Weights(*_rows(searched[None])[0].tolist())


def _chosen(has_trend: bool) -> list[int]:
    return [0, 1, 2, 3] if has_trend else [0, 2]


def _grid(has_trend: bool) -> Floats:
    axes = [_FIRST_TRIED[axis] for axis in _chosen(has_trend)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def _search(values: Floats, start: Floats, has_trend: bool) -> tuple[Floats, float]:
    """The summit above `start` and its sum of squares: damped least squares, several dampings at once."""
    low, high = _LOW[_chosen(has_trend)], _HIGH[_chosen(has_trend)]
    place, best = start, np.inf
    for _ in range(_STEPS):
        nudge = np.where(place + _NUDGE > high, -_NUDGE, _NUDGE)
        seen = _residuals(values, np.vstack((place, place + np.diag(nudge))), has_trend)
        here, slopes = seen[0], (seen[1:] - seen[0]) / nudge[:, None]
        best = float(here @ here)
        steps = _steps(slopes, here, place, (low, high))
        next_ones = np.clip(place + steps, low, high)
        sums = np.square(_residuals(values, next_ones, has_trend)).sum(axis=1)
        at = int(np.argmin(sums))
        if not sums[at] < best * (1 - _ENOUGH):
            break
        place, best = next_ones[at], float(sums[at])
    return place, best


def _steps(slopes: Floats, here: Floats, place: Floats, bounds: tuple[Floats, Floats]) -> Floats:
    """A step for each damping; a weight at its bound that wants to go further stays."""
    pull, bend = slopes @ here, slopes @ slopes.T
    is_held = ((place <= bounds[0]) & (pull > 0)) | ((place >= bounds[1]) & (pull < 0))
    free = np.flatnonzero(~is_held)
    steps = np.zeros((len(_DAMPINGS), len(place)))
    for row, damping in enumerate(_DAMPINGS):
        damped = bend[np.ix_(free, free)] + np.diag(damping * bend.diagonal()[free] + 1e-300)
        steps[row, free] = -np.linalg.lstsq(damped, pull[free], rcond=None)[0]
    return steps
