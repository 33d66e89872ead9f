"""Which months of a year are wholly known: where every product that compares periods is cut off.

A month is whole at a moment when it is closed by then with those before it, or when it is over and the
treasury books reach its last day: they booked on that day, or went on past it. Of an area the government that
is least far decides; where its consolidation is published, that alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from fisc.kernel.entries import DECEMBER
from fisc.kernel.errors import FiscError
from fisc.reading.engines.base import Booked, Engine
from fisc.registry.areas import Area, area_of, governments
from fisc.registry.region_names import whole_word
from fisc.registry.regions import require

_RULE = "没有过完、没有记齐的月份不当作整月，也不与上年的整月相比"


class PeriodNotWhole(FiscError):
    """What was asked of a period that is not over, or whose books do not reach its end."""


def last_whole_month(engine: Engine, area: Area, fiscal_year: int, as_of: datetime | None = None) -> int:
    """The last month of a year that is wholly known of an area at a moment (None: now); 0 where none is.

    Governments that posted nothing in the treasury books of the year have no say.
    """
    return min(_whole_months(engine, area, fiscal_year, as_of), default=0)


def cut_off(
    engine: Engine, area: Area, fiscal_year: int, month: int | None = None, as_of: datetime | None = None
) -> int:
    """The month that figures of a year are cut off at: `month`, or the last that is wholly known (None).

    Raises PeriodNotWhole for a month that is not wholly known, and for a year without any that is.
    """
    last = last_whole_month(engine, area, fiscal_year, as_of)
    if last == 0:
        raise PeriodNotWhole(
            f"{_asked(area, fiscal_year, engine, as_of)}还没有一个月是记齐的",
            rule=_RULE, hint=f"请待第一个月过完、账记到月末（或已关账）后再办，或者问 {fiscal_year - 1} 年",
        )  # fmt: skip
    if month is not None and month > last:
        raise PeriodNotWhole(
            f"{_asked(area, fiscal_year, engine, as_of)}只记齐到 {last} 月，"
            f"{month} 月还没有过完或没有记到月末",
            rule=_RULE, hint=f"请写 --month {last}，或待 {month} 月的账记到月末（或已关账）后再办",
        )  # fmt: skip
    return month or last


def require_year(
    engine: Engine, area: Area, fiscal_year: int, what: str, as_of: datetime | None = None
) -> None:
    """Raises PeriodNotWhole where the year is not over for an area: `what` is told of whole years only."""
    last = last_whole_month(engine, area, fiscal_year, as_of)
    if last == DECEMBER:
        return
    known = f"只记齐到 {last} 月" if last else "还没有一个月是记齐的"
    raise PeriodNotWhole(
        f"{_asked(area, fiscal_year, engine, as_of)}{known}，不能编制{what}",
        rule=f"{what}反映全年的执行结果，{_RULE}",
        hint="请待 12 月的账记到年末（或已关账）后再编"
        + (f"；年度中间的收支见 fisc report annual --month {last}" if last else ""),
    )


def _asked(area: Area, fiscal_year: int, engine: Engine, as_of: datetime | None) -> str:
    place = require(area.code).name
    place += whole_word(place) if area.kind == "whole" else ""
    return f"到 {engine.day(as_of)} 为止所知，{place} {fiscal_year} 年的账"


def _whole_months(engine: Engine, area: Area, fiscal_year: int, as_of: datetime | None) -> Iterable[int]:
    booked, day = engine.booked(fiscal_year, as_of), engine.day(as_of)
    is_published = area.kind == "whole" and area.published in booked
    parts = [area.published] if is_published else [one for one in governments(area) if one in booked]
    return [_last_of(booked[one], fiscal_year, day) for one in parts]


def _last_of(booked: Booked, fiscal_year: int, day: date) -> int:
    """The last month that is whole, on the day it is, of one government."""
    is_past = booked.last_day < day  # else the month of that day, whatever is booked in it, is not over
    after = booked.last_day + timedelta(days=is_past)
    left_behind = (after.year - fiscal_year) * DECEMBER + after.month - 1
    return max(0, booked.closed_month, min(left_behind, DECEMBER))


def area_reported(region: str) -> Area:
    """The area that a report of six digits of a city, or of nine digits, is about."""
    return area_of(region, "whole")
