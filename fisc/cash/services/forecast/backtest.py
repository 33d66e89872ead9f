"""How far the method was off before: what it would have said on past days, beside what came.

From each past day, a week apart, the method and a seasonal-naive baseline (the same weekday 52
weeks before, else 4 weeks before) foretell the net flow with what was known then. The spread of
the method's cumulated errors, relative to the size of a day's flows, gives the intervals. Windows
overlap, so coverage is counted leaving each day's own errors and its overlaps out where it can be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fisc.cash.services.forecast.profile import Floats, History, foretell

STEP_DAYS = 7
LEAST_HISTORY_DAYS = 120
#: With fewer past days than this, no interval is given: it would promise what nobody knows.
LEAST_ORIGINS = 8
LOW, HIGH = 0.1, 0.9
_WEEK = 7
_SMOOTH = 5


@dataclass(frozen=True, slots=True)
class BackTest:
    """Results over `origins` past days. WAPE: sum of absolute errors of weekly net flows over their size.

    `coverage` is the share of cumulated flows inside the 80 % interval; None where there is none. Where no
    error can be told, there is no interval either.
    """

    origins: int
    wape: float | None
    baseline_wape: float | None
    coverage: float | None
    low: Floats | None
    high: Floats | None
    """Quantiles of cumulated error by horizon, in days' flows."""


def back_test(history: History, horizon: int) -> BackTest:
    """Run method and baseline from past days; a short history gives fewer days, or none."""
    last = history.length - horizon
    origins = list(range(last, LEAST_HISTORY_DAYS - 1, -STEP_DAYS))[::-1]
    if not origins:
        return BackTest(0, None, None, None, None, None)
    net = history.net()
    runs = [_run(history, net, origin, horizon) for origin in origins]
    actual, ours, naive = (np.array([run[i] for run in runs]) for i in range(3))
    sizes = np.array([_size(history, origin) for origin in origins])
    errors = (np.cumsum(actual, axis=1) - np.cumsum(ours, axis=1)) / sizes[:, None]
    wape, baseline = _wape(actual, ours), _wape(actual, naive)
    # where nothing came, what was foretold was off by nothing: that is no measure of days to come
    ends = _intervals(errors, horizon) if wape is not None else (None, None, None)
    return BackTest(len(origins), wape, baseline, *ends)


def _run(history: History, net: Floats, origin: int, horizon: int) -> tuple[Floats, Floats, Floats]:
    """(what came, what the method said, what the baseline said) for the days after `origin`."""
    told = list(foretell(history.until(origin), horizon).values())
    said = np.asarray(np.sum(told, axis=0), dtype=np.float64)
    return net[origin : origin + horizon], said, _naive(net[:origin], horizon)


def _naive(net: Floats, horizon: int) -> Floats:
    lag = 364 if len(net) >= 364 else 28
    places = len(net) + np.arange(horizon)
    back = np.ceil((places - len(net) + 1) / lag).astype(int) * lag
    return np.asarray(net[np.clip(places - back, 0, len(net) - 1)])


def size_of_day(history: History) -> float:
    """The mean gross flow of a day over the last 90 days: the measure of errors."""
    return _size(history, history.length)


def _size(history: History, until: int) -> float:
    first = max(0, until - 90)
    gross = np.sum([np.abs(series[first:until]) for series in history.flows.values()], axis=0)
    return max(float(gross.mean()), 1.0)


def _wape(actual: Floats, said: Floats) -> float | None:
    length = min(_WEEK, actual.shape[1])  # a horizon of less than a week is one stretch
    weeks = actual.shape[1] // length
    shape = (actual.shape[0], weeks, length)
    came = actual[:, : weeks * length].reshape(shape).sum(axis=2)
    told = said[:, : weeks * length].reshape(shape).sum(axis=2)
    size = np.abs(came).sum()
    return float(np.abs(came - told).sum() / size) if size else None


def _intervals(errors: Floats, horizon: int) -> tuple[float | None, Floats | None, Floats | None]:
    """(coverage, low, high): the quantiles used, and how often they would have held."""
    if len(errors) < LEAST_ORIGINS:
        return None, None, None
    low, high = _quantiles(errors)
    inside: list[float] = []
    for left_out in range(len(errors)):
        apart = np.abs(np.arange(len(errors)) - left_out) * STEP_DAYS >= min(horizon, 28)
        if apart.sum() >= LEAST_ORIGINS:
            a, b = _quantiles(errors[apart])
            inside.append(float(((errors[left_out] >= a) & (errors[left_out] <= b)).mean()))
    return (float(np.mean(inside)) if inside else None), low, high


def _quantiles(errors: Floats) -> tuple[Floats, Floats]:
    """Quantiles over past days and neighbouring horizons; an interval holds what was foretold itself."""
    padded = np.pad(errors, ((0, 0), (_SMOOTH, _SMOOTH)), mode="edge")
    pooled = np.concatenate([padded[:, k : k + errors.shape[1]] for k in range(2 * _SMOOTH + 1)], axis=0)
    low, high = np.quantile(pooled, [LOW, HIGH], axis=0)
    return np.minimum(low, 0.0), np.maximum(high, 0.0)
