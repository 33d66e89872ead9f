"""Forecasts of a year's revenue: exponential smoothing beside a seasonal-naive baseline, back-tested.

The model (`smoothing`) is that of the logarithm of monthly receipts: additive error and season, with a
damped trend where that fits better by AICc. Intervals of a year's sum come from simulated paths, drawn
from a fixed seed: the same months give the same bytes; where past years' errors were greater than they
allow for, they are widened. The baseline repeats last year month by month; a model that does not beat it
in past years is not the one to go by.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fisc.documents import RuleBroken

if TYPE_CHECKING:
    from fisc.revenue.methods import Ahead

#: Period (yyyymm) -> receipts of that month in fen.
Months = Mapping[int, int]

SEASON: Final = 12
#: A season can be told from chance once it was seen twice.
LEAST_FOR_MODEL: Final = 2 * SEASON
MODEL, BASELINE = "指数平滑（ETS）", "季节朴素（与上年同月相同）"


@dataclass(frozen=True, slots=True)
class Month:
    """One month (yyyymm) in fen: what came in where `is_known`, otherwise the point and its interval."""

    period: int
    fen: int
    low_fen: int
    high_fen: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """A year's sum by one method, in fen: the point, and the interval that holds it `level` times in 100.

    `months` add up to the point; `centiles` are the 1st to 99th of the year's sum. All intervals are
    `widening` times what the method itself says, as its errors in past years ask for.
    """

    method: str
    year_fen: int
    low_fen: int
    high_fen: int
    level: int
    months: tuple[Month, ...] = ()
    centiles: tuple[int, ...] = ()
    widening: Decimal = Decimal(1)

    def chance_below(self, target_fen: int) -> Decimal:
        """How likely the year stays below a target, in hundredths (0 to 0.99; a finished year: 0 or 1)."""
        if not self.centiles:
            return Decimal(self.year_fen < target_fen)
        return Decimal(bisect_left(self.centiles, target_fen)) / 100


@dataclass(frozen=True, slots=True)
class Trial:
    """What both methods would have said of a past year at the same month, and what came in."""

    fiscal_year: int
    actual_fen: int
    model: Estimate | None
    baseline: Estimate


@dataclass(frozen=True, slots=True)
class Forecast:
    """A year's out-turn seen from the end of `month` of `from_year`.

    `model` is None where too few months are known (`reason`). `trials` are past years, oldest first.
    """

    fiscal_year: int
    from_year: int
    month: int
    received_fen: int
    months_known: int
    model: Estimate | None
    baseline: Estimate
    trials: tuple[Trial, ...]
    reason: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the year has ended at the cut-off: then nothing is guessed."""
        return self.fiscal_year == self.from_year and self.month == SEASON

    @property
    def best(self) -> Estimate:
        """The method with the smaller error in past years; the model where nothing could be tried."""
        if self.model is None:
            return self.baseline
        model, baseline = self.error(MODEL), self.error(BASELINE)
        is_beaten = model is not None and baseline is not None and baseline < model
        return self.baseline if is_beaten else self.model

    @property
    def compared(self) -> tuple[Trial, ...]:
        """The past years in which both methods could be tried; all, where the model never could."""
        return tuple(t for t in self.trials if t.model is not None) or self.trials

    def error(self, method: str) -> Decimal | None:
        """Mean absolute error of a method in past years, as a ratio of what came in; None if untried."""
        errors = [
            abs(Decimal(estimate.year_fen - t.actual_fen)) / t.actual_fen
            for t in self.compared if (estimate := _of(t, method)) is not None and t.actual_fen > 0
        ]  # fmt: skip
        return sum(errors, Decimal(0)) / len(errors) if errors else None

    def coverage(self, method: str) -> Decimal | None:
        """How often a method's interval held what came in."""
        hits = [
            estimate.low_fen <= t.actual_fen <= estimate.high_fen
            for t in self.compared if (estimate := _of(t, method)) is not None
        ]  # fmt: skip
        return Decimal(sum(hits)) / len(hits) if hits else None


def forecast(months: Months, fiscal_year: int, from_year: int, month: int, *, level: int = 80) -> Forecast:
    """The year `fiscal_year` (`from_year` itself or the next) seen from the end of `month` of `from_year`.

    Only the unbroken run of months up to then is used. Raises RuleBroken where it is shorter than a
    year, or the year asked lies further away.
    """
    if fiscal_year not in (from_year, from_year + 1):
        raise RuleBroken(
            f"{from_year} 年 {month} 月不能预测 {fiscal_year} 年", rule="预测当年完成数和下一年收入",
            hint="请用更近的月份作起点",
        )  # fmt: skip
    series = _run(months, from_year * 100 + month)
    if len(series) < SEASON:
        raise RuleBroken(
            f"截至 {from_year} 年 {month} 月只有连续 {len(series)} 个月的收入，不能预测",
            rule="预测至少要有连续 12 个月的收入",
            hint="请把账前各月的收入作为统计数据登记（指标“一般公共预算收入当月数”）",
            details={"months": len(series)},
        )
    model, baseline = _both(series, fiscal_year, from_year, month, level)
    trials = tuple(_trials(months, fiscal_year - from_year, from_year, month, level))
    model, baseline = model and _widened(model, trials), _widened(baseline, trials)
    reason = "" if model else f"只有连续 {len(series)} 个月，少于 {LEAST_FOR_MODEL} 个月，看不出季节"
    received = sum(months[p] for p in _periods(from_year, 1, month)) if fiscal_year == from_year else 0
    return Forecast(
        fiscal_year, from_year, month, received, len(series), model, baseline, trials, reason
    )  # fmt: skip


def _trials(months: Months, ahead: int, from_year: int, month: int, level: int) -> Iterator[Trial]:
    """Every past year that is whole and had a year of months before the same cut-off."""
    for start in range(min(months) // 100, from_year):
        year = start + ahead
        past = {p: fen for p, fen in months.items() if p <= start * 100 + month}
        whole = [months.get(p) for p in _periods(year, 1, SEASON)]
        series = _run(past, start * 100 + month)
        if year < from_year and None not in whole and len(series) >= SEASON:
            model, baseline = _both(series, year, start, month, level)
            yield Trial(year, sum(fen for fen in whole if fen is not None), model, baseline)


def _both(
    series: Sequence[int], year: int, from_year: int, month: int, level: int
) -> tuple[Estimate | None, Estimate]:
    """Both methods' sums of `year` out of `series`, which ends in `month` of `from_year`."""
    from fisc.revenue.methods import model, naive  # their numpy is not for who only looks

    known = tuple(series[len(series) - month :]) if year == from_year else ()
    first = 0 if year == from_year else SEASON - month
    ahead = range(first, first + SEASON - len(known))
    if not ahead:  # the year is over: nothing is left to guess
        return _finished(MODEL, year, known, level), _finished(BASELINE, year, known, level)
    baseline = _estimate(BASELINE, year, known, naive(series, ahead), level)
    if len(series) < LEAST_FOR_MODEL:
        return None, baseline
    return _estimate(MODEL, year, known, model(series, ahead), level), baseline


def _widened(estimate: Estimate, trials: Sequence[Trial]) -> Estimate:
    """The estimate with intervals wide enough for past years' errors (split conformal); never narrower.

    A method's own interval leaves out that its parameters, and the method itself, may be wrong.
    """
    misses = sorted(
        abs(Decimal(past.year_fen - t.actual_fen)) / (Decimal(past.high_fen - past.low_fen) / 2)
        for t in trials if (past := _of(t, estimate.method)) is not None and past.high_fen > past.low_fen
    )  # fmt: skip
    rank = -(-(len(misses) + 1) * estimate.level // 100)
    factor = max(Decimal(1), misses[min(rank, len(misses)) - 1]) if misses else Decimal(1)

    def away(point: int, bound: int) -> int:
        return point + round((bound - point) * factor)

    def month(m: Month) -> Month:
        return replace(m, low_fen=away(m.fen, m.low_fen), high_fen=away(m.fen, m.high_fen))

    point = estimate.year_fen
    return replace(
        estimate, low_fen=away(point, estimate.low_fen), high_fen=away(point, estimate.high_fen),
        months=tuple(map(month, estimate.months)), widening=factor,
        centiles=tuple(away(point, c) for c in estimate.centiles),
    )  # fmt: skip


def _finished(method: str, year: int, known: Sequence[int], level: int) -> Estimate:
    done = sum(known)
    return Estimate(method, done, done, done, level, _known(year, known))


def _known(year: int, known: Sequence[int]) -> tuple[Month, ...]:
    return tuple(Month(year * 100 + m, fen, fen, fen, True) for m, fen in enumerate(known, 1))


def _estimate(method: str, year: int, known: Sequence[int], ahead: Ahead, level: int) -> Estimate:
    tail, base = (100 - level) / 200, sum(known)
    columns = (ahead.points, ahead.of_months(tail), ahead.of_months(1 - tail))
    rows = zip(*(column.tolist() for column in columns), strict=True)
    guessed = tuple(
        Month(year * 100 + m, round(fen), round(low), round(high), False)
        for m, (fen, low, high) in enumerate(rows, len(known) + 1)
    )
    centiles = tuple(base + round(ahead.of_sum(k / 100)) for k in range(1, 100))
    return Estimate(
        method, base + sum(m.fen for m in guessed), base + round(ahead.of_sum(tail)),
        base + round(ahead.of_sum(1 - tail)), level, (*_known(year, known), *guessed), centiles,
    )  # fmt: skip


def unbroken(months: Months, fiscal_year: int, month: int) -> int:
    """How many months without a gap end with `month` of a year."""
    return len(_run(months, fiscal_year * 100 + month))


def _run(months: Months, last: int) -> list[int]:
    """The unbroken months up to and with `last`, oldest first."""
    found: list[int] = []
    period = last
    while period in months:
        found.append(months[period])
        period = period - 1 if period % 100 > 1 else period - 100 + 11
    return found[::-1]


def _periods(year: int, first: int, last: int) -> range:
    return range(year * 100 + first, year * 100 + last + 1)


def _of(trial: Trial, method: str) -> Estimate | None:
    return trial.model if method == MODEL else trial.baseline
