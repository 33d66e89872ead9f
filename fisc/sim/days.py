"""The working days of a year, and the order of a day's stages: what the parts put there, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fisc.city.day import Day
from fisc.city.parts import Part, Stage
from fisc.city.world import World

#: Working days after a month's end on which its books are closed: late answers have come by then.
CLOSE_AFTER: Final = 6


def schedule(world: World, parts: Sequence[Part]) -> list[Day]:
    """The working days of a year with what happens on them; idle ones are left out."""
    days = [Day(index, on) for index, on in enumerate(world.days)]
    for month, index in enumerate(world.plan.calendar.month_ends, start=1):
        days[index].is_month_end = True
        if index + CLOSE_AFTER < len(days):
            days[index + CLOSE_AFTER].closes = month
    for part in parts:
        if part.schedule is not None:
            part.schedule(world, days)
    return [day for day in days if not day.is_idle]


def in_order(parts: Sequence[Part]) -> tuple[Stage, ...]:
    """All stages as a day does them: by the hour, within it by part, none before the one it comes after.

    Raises ValueError for a stage that can never come: it is to come after itself, after one of a later hour,
    or after one that nobody has; and for a name that two stages have.
    """
    waiting = sorted((stage for part in parts for stage in part.stages), key=lambda stage: stage.hour)
    found: dict[str, Stage] = {}
    while waiting:
        able = (s for s in waiting if s.hour == waiting[0].hour and (not s.after or s.after in found))
        stage = next(able, None)
        if stage is None or stage.name in found:
            raise ValueError(f"模拟的步骤排不出先后或重名：{'、'.join(s.name for s in waiting)}")
        waiting.remove(stage)
        found[stage.name] = stage
    return tuple(found.values())
