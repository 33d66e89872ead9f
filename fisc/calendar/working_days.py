"""On which days offices and banks work: weekdays without public holidays, and the days worked instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from fisc.sheets.shipped import read_shipped


@cache
def working_days(year: int) -> tuple[date, ...]:
    """The working days of a year; where its holidays are not `known`, its weekdays."""
    holidays, extra = _exceptions()
    start = date(year, 1, 1)
    every = (start + timedelta(n) for n in range((date(year, 12, 31) - start).days + 1))
    return tuple(d for d in every if d in extra or (d.weekday() < 5 and d not in holidays))


@cache
def known(year: int) -> bool:
    """Whether the holidays of a year are in the table."""
    return any(day.year == year for day in _exceptions()[0])


def working_days_between(first: date, last: date) -> Iterator[date]:
    """The working days from one day to another, both included."""
    for year in range(first.year, last.year + 1):
        yield from (day for day in working_days(year) if first <= day <= last)


@cache
def _exceptions() -> tuple[set[date], set[date]]:
    sets: dict[str, set[date]] = {"holiday": set(), "workday": set()}
    for row in read_shipped("fisc.calendar", "holidays.csv"):
        first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        sets[row["kind"]] |= {first + timedelta(n) for n in range((last - first).days + 1)}
    return sets["holiday"], sets["workday"]
