"""Days that a person says: never one that nobody can mean, and nothing has happened that is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from fisc.documents.errors import RuleBroken
from fisc.documents.known import places_of, said_at
from fisc.documents.refusals import listed
from fisc.kernel.entries import DECEMBER
from fisc.kernel.periods import today

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

#: How far ahead of the calendar a day may be said; the steps that follow a document's cannot be earlier.
MOST_AHEAD: Final = timedelta(days=366)
#: Days of what is still to come: due, expected, of a session, in force from then on. Every other day that
#: a use case takes to do something speaks of what has happened.
TO_COME: Final = frozenset({"due_on", "expected_on", "session_on", "valid_from"})


def business_day(said: date | None) -> date:
    """The day that was said, or today. Raises RuleBroken for one that is more than a year ahead."""
    now = today()
    if said is not None and said - now > MOST_AHEAD:
        raise RuleBroken(
            f"业务日期 {said} 比今天晚一年以上",
            rule="后一步不早于前一步：日期写得太晚，后面的步骤都不能办",
            hint="请核对业务日期的年份",
        )  # fmt: skip
    return said or now


def require_over(fiscal_year: int, month: int | None, on: date, act: str) -> None:
    """Raise RuleBroken where a month, or the year (None), is not over on a day: `act` is for good."""
    if (on.year, on.month) <= (fiscal_year, month or DECEMBER):
        told = f"{fiscal_year} 年 {month} 月" if month else f"{fiscal_year} 年"
        raise RuleBroken(
            f"{told}到 {on} 还没有过完，不能{act}",
            rule="期间终了以后结账（会计基础工作规范），结账后不再打开",
            hint=f"请在{told}过完以后办理；已过完的请核对业务日期",
        )  # fmt: skip


def require_near(fiscal_years: Iterable[int], on: date, what: str) -> None:
    """Raise RuleBroken where something is of a year after the next one of a day, too far ahead."""
    if far := sorted({year for year in fiscal_years if year > on.year + 1}):
        raise RuleBroken(
            f"{what}最多到业务日期 {on} 的下一年，不能是 {listed([str(year) for year in far])} 年",
            rule="预算年度按公历年，下一年度的事最早在上一年度准备（预算法第十八条）",
            hint="请核对年度和业务日期",
        )  # fmt: skip


def require_happened(case: UseCase, given: Sequence[Any], said: Mapping[str, Any], on: date) -> None:
    """Raise RuleBroken where what has happened is said to have happened after the day of business.

    Names the items that say so. Who only looks may ask for any day.
    """
    if case.is_reading:
        return
    beside = ((field.name, said.get(field.path[0])) for field in case.options if field.form == "date")
    if ahead := _ahead(beside, on):
        raise _not_yet(case, ahead, on)
    places = places_of(case)
    found = {at: _ahead(said_at(one, places, "days"), on) for at, one in enumerate(given)}
    if of_items := {at: days for at, days in found.items() if days}:
        numbers = case.numbers_of(given)
        raise _not_yet(case, next(iter(of_items.values())), on, [numbers[at] for at in of_items])


def _ahead(said: Iterable[tuple[str, Any]], on: date) -> list[tuple[str, date]]:
    """The fields of what has happened that say a later day, with that."""
    return [(name, day) for name, day in said if name not in TO_COME and isinstance(day, date) and day > on]


def _not_yet(
    case: UseCase, ahead: Sequence[tuple[str, date]], on: date, numbers: Sequence[str] = ()
) -> RuleBroken:
    name, day = ahead[0]
    heading = case.heading(name)
    now = "业务日期" if case.takes_day else "今天"
    about = f"：{listed(numbers, most=5)}" if any(numbers) else ""
    return RuleBroken(
        f"{heading} {day} 晚于{now} {on}{about}", rule="只登记已经发生的事",
        hint=f"请核对{heading}" + ("和业务日期" if case.takes_day else ""),
        details={"keys": list(numbers[:20]), "refused": len(numbers), "field": name},
    )  # fmt: skip
