"""The day of business that a person says: never one that nobody can mean."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from fisc.documents.errors import RuleBroken
from fisc.kernel.periods import today

#: How far ahead of the calendar a day may be said; the steps that follow a document's cannot be earlier.
MOST_AHEAD: Final = timedelta(days=366)


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
