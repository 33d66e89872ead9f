"""The year's fixed dates, by month and day. The congress of the simulation meets early in January."""

from __future__ import annotations

from dataclasses import dataclass

from fisc.city.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Dates:
    """Working-day indices of what happens once a year."""

    carried_in: int
    early_notice: int
    approved: int
    to_departments: int
    to_units: int
    advance: int
    bonds: int
    adjusted: int
    adjusted_quotas: int
    cuts: int
    reserve_used: int
    late_notice: int
    take_back: int
    carried_over: int

    @classmethod
    def of(cls, calendar: Calendar) -> Dates:
        """The dates of a year."""
        at = calendar.index
        return cls(
            carried_in=at(1, 4), early_notice=at(1, 5), approved=at(1, 7), to_departments=at(1, 10),
            to_units=at(1, 11), advance=at(1, 6), bonds=at(5, 20), adjusted=at(6, 15),
            adjusted_quotas=at(6, 20), cuts=at(7, 5), reserve_used=at(7, 20), late_notice=at(6, 8),
            take_back=at(11, 25), carried_over=at(12, 30),
        )  # fmt: skip
