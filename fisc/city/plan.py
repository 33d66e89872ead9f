"""The plan of a city's year: the tables that parts draw for it, from (seed, scale, year) alone.

A table is drawn when it is asked for, and once. Code points down through the layers, the plan does not: it
is one city's, and a part may ask for another's table by name (a quota follows from a document from above,
a swap from the payments it makes room for). Days are indices into `calendar.days`; rows refer to rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
import polars as pl

from fisc.city.calendar import Calendar, calendar
from fisc.city.controls import Controls, controls
from fisc.city.dates import Dates
from fisc.city.draws import Seed

T = TypeVar("T")
Draw = Callable[["Plan"], pl.DataFrame]


@dataclass(frozen=True, eq=False)
class Plan:
    """A year of the ten governments; `before` is the plan of the year before, in a run's later years."""

    seed: Seed
    scale: float
    year: int
    first_year: int
    draws: Mapping[str, Draw]
    movements: Sequence[Draw]
    before: Plan | None = None
    _made: dict[object, Any] = field(default_factory=dict, repr=False)
    _asked: list[str] = field(default_factory=list, repr=False)

    @property
    def calendar(self) -> Calendar:
        """Working days of the year."""
        return calendar(self.year)

    @property
    def dates(self) -> Dates:
        """The days of what happens once a year."""
        return self.once(_dates)

    @property
    def controls(self) -> Controls:
        """Control totals by region."""
        return self.once(_controls)

    def stream(self, purpose: str) -> np.random.Generator:
        """The draws for one purpose in this year."""
        return self.seed.stream(purpose, self.year)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """A table by name. Raises LookupError where nobody draws it, or where it would need itself."""
        if name not in self._made:
            if name not in self.draws:
                raise LookupError(f"没有计划表 {name}；有：{'、'.join(sorted(self.draws))}")
            if name in self._asked:
                raise LookupError(f"计划表 {name} 要用到它自己：{' ← '.join([*self._asked, name])}")
            self._asked.append(name)
            try:
                self._made[name] = self.draws[name](self)
            finally:
                self._asked.pop()
        return cast(pl.DataFrame, self._made[name])

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table, read once."""
        key = (name, "rows")
        if key not in self._made:
            self._made[key] = self[name].to_dicts()
        return cast("list[dict[str, Any]]", self._made[key])

    def once(self, make: Callable[[Plan], T]) -> T:
        """What a function makes of this plan; it is called once."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast(T, self._made[make])


def _dates(plan: Plan) -> Dates:
    return Dates.of(plan.calendar)


def _controls(plan: Plan) -> Controls:
    return controls(plan.year)
