"""Our exponential smoothing beside statsmodels', which is a judge here and no part of an installation."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from fisc.revenue.smoothing import Floats, Smoothing, fit, fit_one

SERIES = tuple((months, trend) for months in (24, 37, 66, 120) for trend in (0.0, 0.006))


def _values(months: int, trend: float) -> Floats:
    """Months with a season, a wandering level and noise, the same at each call."""
    rng = np.random.default_rng(months)
    season, place = rng.normal(0, 0.2, 12), np.arange(months)
    level = np.cumsum(rng.normal(trend, 0.02, months))
    return np.asarray(season[place % 12] + level + rng.normal(0, 0.05, months), dtype=np.float64)


def _judge(values: Floats, has_trend: bool) -> Any:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    return ETSModel(
        values, error="add", trend="add" if has_trend else None, damped_trend=has_trend, seasonal="add",
        seasonal_periods=12,
    )  # fmt: skip


def _by_judge(values: Floats, ours: Smoothing) -> Any:
    """What the judge makes of our weights and states; its season runs backwards in time."""
    w, start = ours.weights, ours.start
    trend, damping = ([w.trend], [w.damping]) if ours.has_trend else ([], [])
    slope = [start.trend] if ours.has_trend else []
    given = [w.level, *trend, w.season, *damping, start.level, *slope, *start.season[::-1]]
    return _judge(values, ours.has_trend).smooth(given)


@pytest.mark.parametrize("has_trend", [False, True])
@pytest.mark.parametrize(("months", "trend"), SERIES)
def test_the_same_weights_give_the_judge_s_likelihood_forecast_and_paths(
    months: int, trend: float, has_trend: bool
) -> None:
    values = _values(months, trend)
    ours = fit_one(values, has_trend)
    judged = _by_judge(values, ours)
    assert ours.log_likelihood == pytest.approx(judged.llf, abs=1e-8)
    assert ours.aicc == pytest.approx(judged.aicc, abs=1e-8)
    assert ours.forecast(30) == pytest.approx(judged.forecast(30), abs=1e-10)
    shocks = np.random.default_rng(1).standard_normal((20, 5))
    theirs = judged.simulate(20, anchor="end", repetitions=5, random_errors=shocks * ours.spread)
    assert ours.paths(shocks) == pytest.approx(np.asarray(theirs).reshape(20, 5), abs=1e-10)


@pytest.mark.parametrize("has_trend", [False, True])
@pytest.mark.parametrize(("months", "trend"), SERIES)
def test_no_fit_of_the_judge_is_likelier(months: int, trend: float, has_trend: bool) -> None:
    values = _values(months, trend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = _judge(values, has_trend).fit(disp=False, maxiter=5000)
    ours = fit_one(values, has_trend)
    assert ours.log_likelihood > theirs.llf - 1e-3
    if ours.log_likelihood < theirs.llf + 1e-3:  # the same summit, so the same forecast
        assert ours.forecast(12) == pytest.approx(theirs.forecast(12), abs=2e-3)


def test_the_better_model_by_aicc_is_taken_and_is_the_same_each_time() -> None:
    for months, trend in SERIES:
        values = _values(months, trend)
        level, damped, best = fit_one(values, False), fit_one(values, True), fit(values)
        assert best.aicc == min(level.aicc, damped.aicc)
        assert best.forecast(12).tolist() == fit(values.copy()).forecast(12).tolist()


def test_a_season_without_noise_is_repeated() -> None:
    season = np.array([3.0, -1, 0, 2, -2, 1, 0, 4, -3, 1, -1, -4])
    assert fit(np.tile(season, 4)[:43]).forecast(12) == pytest.approx(np.roll(season, -7), abs=1e-6)
