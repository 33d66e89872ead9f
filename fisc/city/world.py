"""A year's plan as the parts work with it: places, working days, document numbers, and the bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fisc.city.bank import Bank
from fisc.city.plan import Plan
from fisc.city.tables import read, regions

Row = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """A year of the city: its plan, and the bank that its money is at."""

    plan: Plan
    bank: Bank

    @property
    def year(self) -> int:
        """The fiscal year."""
        return self.plan.year

    @property
    def first_year(self) -> int:
        """The year the run begins with."""
        return self.plan.first_year

    @property
    def is_first(self) -> bool:
        """Whether the run begins with this year."""
        return self.year == self.first_year

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.plan.seed.seed

    @property
    def eve(self) -> date:
        """The first of January: what is founded before a year is dated so."""
        return date(self.year, 1, 1)

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions; the city first."""
        return regions()

    @property
    def names(self) -> tuple[str, ...]:
        """Short names of the regions."""
        return tuple(row["short_name"] for row in read("regions"))

    @property
    def days(self) -> tuple[date, ...]:
        """Working days of the year."""
        return self.plan.calendar.days

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table of the plan."""
        return self.plan.rows(table)

    def number(self, region: int, series: str, serial: int = 1) -> str:
        """A document number of a region; the character 模 says that it is simulated."""
        return f"{read('regions')[region]['doc_prefix']}{series}模〔{self.year}〕{serial}号"
