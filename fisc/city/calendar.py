"""The working days of a fiscal year and how busy they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from fisc.calendar import working_days
from fisc.city.draws import Ints

#: How much of the year's project money is asked for in each month: slow start, rush at the end.
_MONTHS = (30, 35, 80, 70, 75, 105, 75, 80, 90, 75, 100, 185)
_PAYROLL_DAY = 15


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of a year; days are spoken of by their index."""

    year: int
    days: tuple[date, ...]
    busyness: Ints

    def index(self, month: int, day: int) -> int:
        """The index of the first working day on or after a date (the last one after the year's end)."""
        wanted = date(self.year, month, day)
        return min(int(np.searchsorted(_ordinals(self.days), wanted.toordinal())), len(self.days) - 1)

    @property
    def month_ends(self) -> tuple[int, ...]:
        """The last working day of each month, by index."""
        months = np.array([day.month for day in self.days])
        return tuple(int(np.flatnonzero(months == m)[-1]) for m in range(1, 13))

    @property
    def payroll(self) -> tuple[int, ...]:
        """The payroll day of each month, by index."""
        return tuple(self.index(month, _PAYROLL_DAY) for month in range(1, 13))

    @property
    def last_asking(self) -> int:
        """The last day to ask for money: appropriations end about 25 December (财库〔2015〕192号)."""
        return self.index(12, 23)


def _ordinals(days: tuple[date, ...]) -> Ints:
    return np.array([day.toordinal() for day in days], np.int64)


@cache
def calendar(year: int) -> Calendar:
    """The calendar of a year."""
    days = working_days(year)
    return Calendar(year, days, _busyness(days))


def _busyness(days: tuple[date, ...]) -> Ints:
    """Weights of days: the month's share, twice as much in the last week of the month."""
    late = [2 if day.day >= 24 else 1 for day in days]
    per_month = np.bincount([day.month for day in days], weights=late, minlength=13).astype(np.int64)
    weights = [
        _MONTHS[d.month - 1] * 1000 * w // int(per_month[d.month]) for d, w in zip(days, late, strict=True)
    ]
    return np.array(weights, np.int64)
