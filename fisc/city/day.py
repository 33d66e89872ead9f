"""A working day and the work that parts put on it, by the work's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Row = Mapping[str, Any]


@dataclass(slots=True)
class Day:
    """What happens on a working day; `index` is its place among the year's."""

    index: int
    on: date
    work: dict[str, list[Row]] = field(default_factory=dict)
    closes: int = 0  # the month whose books are closed today
    is_month_end: bool = False

    def add(self, work: str, *rows: Row) -> None:
        """Put work on the day; without rows it is marked, so that its stage is done."""
        self.work.setdefault(work, []).extend(rows)

    def rows(self, work: str) -> Sequence[Row]:
        """What is to be done of that name, in the order in which it was added."""
        return self.work.get(work, ())

    @property
    def is_idle(self) -> bool:
        """Whether nothing happens."""
        return not (self.work or self.closes or self.is_month_end)
