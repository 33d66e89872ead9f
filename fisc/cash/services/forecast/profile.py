"""The method: a month's level times the profile of its days, stream by stream.

Public money follows the month: little at its start, much at its end, pay on one day, most in
December. With two years of history at best, that profile is nearly all there is to learn, so it
is learnt directly, and the intervals come from how far the method was off before (`backtest`).

Level of a month: the same month of the year before times the growth of the last six months over
theirs; without a year before, the mean of the last three whole months; without a whole month,
nothing. Days: the share of each working day, counted from the start in the first half of a month and
from the end in the second, over all whole months. `calendar` streams fall on one day of the month;
`yearly` streams repeat the day of the year before; `listed` streams are only what is expected by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from fisc.cash.services.flows import Stream, streams

Floats = npt.NDArray[np.float64]

#: A month has at most 23 working days: 11 slots from its start, 12 from its end.
_FROM_START, _SLOTS = 11, 23
_MOST_GROWTH = 2.0
_GROWTH_MONTHS = 6
_LEVEL_MONTHS = 3
#: A calendar stream has one pay day when this share of it falls within so many days of it.
_CONCENTRATED, _AROUND = 0.6, 4

#: What every working day gets at least, so that a month of another shape still has its weights.
_LEAST_SHARE = 1e-4

Month = tuple[int, int]


@dataclass(frozen=True, slots=True)
class History:
    """Daily flows of each stream, in fen, from `start` on, receipts positive; all of one length."""

    start: date
    flows: Mapping[str, Floats]

    @property
    def length(self) -> int:
        """Number of days."""
        return len(next(iter(self.flows.values())))

    @property
    def end(self) -> date:
        """The last day."""
        return self.start + timedelta(self.length - 1)

    @property
    def has_whole_month(self) -> bool:
        """Whether it holds a month from its first day to its last: less tells no level."""
        return any(
            _days(month)[0] >= self.start and _days(month)[-1] <= self.end
            for month in _months(self.start, self.end)
        )

    def net(self) -> Floats:
        """All streams together."""
        return np.asarray(np.sum(list(self.flows.values()), axis=0), dtype=np.float64)

    def until(self, length: int) -> History:
        """The first `length` days: what was known then."""
        return History(self.start, {name: series[:length] for name, series in self.flows.items()})


def foretell(history: History, horizon: int) -> dict[str, Floats]:
    """Stream -> fen on each of the `horizon` days after the history, by the method above."""
    return {
        stream.code: _stream(stream, history.start, history.flows[stream.code], horizon)
        for stream in streams()
        if stream.code in history.flows
    }


def is_working(day: date) -> bool:
    """Monday to Friday; single holidays are not known beforehand."""
    return day.weekday() < 5


def _stream(stream: Stream, start: date, series: Floats, horizon: int) -> Floats:
    if stream.method == "listed" or not np.any(series):
        return np.zeros(horizon)
    if stream.method == "yearly":
        return _last_year(start, series, horizon)
    made = _Levels.of(start, series)
    day = stream.day or (_pay_day(start, series) if stream.method == "calendar" else None)
    first = start + timedelta(len(series))
    found = np.zeros(horizon)
    shares = made.slot_shares(series)
    for month in _months(first, first + timedelta(horizon - 1)):
        weights = _on_day(month, day) if day else _by_slots(month, shares)
        level = made.level(month)
        for on, weight in weights.items():
            place = (on - first).days
            if 0 <= place < horizon:
                found[place] += level * weight
    return found


def _last_year(start: date, series: Floats, horizon: int) -> Floats:
    """What was there 52 weeks before; nothing where the history does not reach."""
    places = np.arange(len(series), len(series) + horizon) - 364
    known = (places >= 0) & (places < len(series))
    return np.where(known, series[np.clip(places, 0, len(series) - 1)], 0.0)


def _months(first: date, last: date) -> Iterator[Month]:
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        yield year, month
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _days(month: Month) -> list[date]:
    first = date(*month, 1)
    after = date(month[0] + month[1] // 12, month[1] % 12 + 1, 1)
    return [first + timedelta(n) for n in range((after - first).days)]


def _slot(place: int, count: int) -> int:
    """The slot of the working day `place` (from 0) of `count`: from the start, or from the end."""
    return place if place < count // 2 else _SLOTS - (count - place)


def _slots(month: Month) -> dict[date, int]:
    working = [day for day in _days(month) if is_working(day)]
    return {day: _slot(place, len(working)) for place, day in enumerate(working)}


def _by_slots(month: Month, shares: Floats) -> dict[date, float]:
    """The weight of each working day of a month; together 1, however many days the month has."""
    slots = _slots(month)
    total = sum(shares[slot] for slot in slots.values())
    return {day: float(shares[slot] / total) for day, slot in slots.items()}


def _on_day(month: Month, day: int) -> dict[date, float]:
    """The whole month on one day, or the next working day of the month, or its last one."""
    working = [d for d in _days(month) if is_working(d)]
    return {next((d for d in working if d.day >= day), working[-1]): 1.0}


def _pay_day(start: date, series: Floats) -> int | None:
    """The day of the month on which a stream falls, if it has one: the weighted median of its days."""
    numbers = np.array([(start + timedelta(n)).day for n in range(len(series))])
    weights = np.abs(series)
    by_day = np.bincount(numbers, weights, minlength=32)
    day = int(np.searchsorted(np.cumsum(by_day), by_day.sum() / 2))
    near = by_day[max(day - _AROUND, 0) : day + _AROUND + 1].sum()
    return day if near >= _CONCENTRATED * by_day.sum() else None


@dataclass(frozen=True, slots=True)
class _Levels:
    """Totals of the whole months of a series."""

    start: date
    totals: Mapping[Month, float]

    @classmethod
    def of(cls, start: date, series: Floats) -> _Levels:
        sums = np.concatenate([[0.0], np.cumsum(series)])
        end = start + timedelta(len(series) - 1)
        totals: dict[Month, float] = {}
        for month in _months(start, end):
            days = _days(month)
            if days[0] >= start and days[-1] <= end:
                totals[month] = float(sums[(days[-1] - start).days + 1] - sums[(days[0] - start).days])
        return cls(start, totals)

    def level(self, month: Month) -> float:
        """What the month is taken to amount to."""
        if not self.totals:  # of part of a month nobody knows which part of it comes on which day
            return 0.0
        before = (month[0] - 1, month[1])
        if before in self.totals:
            return self.totals[before] * self._growth()
        last = [self.totals[m] for m in sorted(self.totals)[-_LEVEL_MONTHS:]]
        return sum(last) / len(last)

    def _growth(self) -> float:
        """The last months against the same months a year before; 1 with fewer than two such pairs."""
        pairs = [
            (self.totals[m], self.totals[m[0] - 1, m[1]])
            for m in sorted(self.totals)[-_GROWTH_MONTHS:]
            if (m[0] - 1, m[1]) in self.totals
        ]
        then = sum(old for _, old in pairs)
        if len(pairs) < 2 or then == 0:
            return 1.0
        return float(np.clip(sum(new for new, _ in pairs) / then, 1 / _MOST_GROWTH, _MOST_GROWTH))

    def slot_shares(self, series: Floats) -> Floats:
        """The share of a month in each slot; days that are no working days count to the next one."""
        sums = np.zeros(_SLOTS)
        for month in self.totals:
            slots = _slots(month)
            working = sorted(slots)
            for day in _days(month):
                at = next((d for d in working if d >= day), working[-1])
                sums[slots[at]] += series[(day - self.start).days]
        total = sums.sum()
        if total == 0 or np.any(sums / total < 0):
            return np.full(_SLOTS, 1 / _SLOTS)  # nothing to learn from, or receipts and refunds in turn
        return np.asarray(sums / total + _LEAST_SHARE)
