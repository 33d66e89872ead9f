"""Which day does what: the plan's events by day, so that a day without any costs nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from fisc.sim.driver.paying import Payments
from fisc.sim.driver.world import Row, World
from fisc.sim.plan.cashflow import BOND_CASH_AFTER, ISSUED_CASH_AFTER, RECEIVED_CASH_AFTER
from fisc.sim.plan.payments import ANSWERED_TWICE, DUPLICATE, LATE, OUT_OF_ORDER, PAID_TWICE
from fisc.sim.plan.quotas import CARRIED
from fisc.sim.plan.revenue import DIVIDEND_DAY
from fisc.sim.plan.routes import PROPOSAL

#: Working days after a month's end on which its books are closed: late answers have come by then.
CLOSE_AFTER = 6
#: When enterprises have declared what they pay in.
DECLARED_ON = (4, 25)


@dataclass(slots=True)
class Day:
    """What happens on a working day."""

    index: int
    on: date
    receipts: list[Row] = field(default_factory=list)
    shared: list[Row] = field(default_factory=list)
    parts: list[Row] = field(default_factory=list)
    tax_refunds: list[Row] = field(default_factory=list)
    injections: list[Row] = field(default_factory=list)
    prepaid: list[Row] = field(default_factory=list)
    docs: list[Row] = field(default_factory=list)
    issues: set[int] = field(default_factory=set)
    cash_in: list[Row] = field(default_factory=list)
    cash_out: set[int] = field(default_factory=set)
    loans: list[Row] = field(default_factory=list)
    quotas: list[Row] = field(default_factory=list)
    operations: list[Row] = field(default_factory=list)
    plans: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    late_clearing: set[tuple[int, int]] = field(default_factory=set)  # (region, index of the day paid)
    is_fetching: bool = False
    closes: int = 0
    is_month_end: bool = False
    marks: set[str] = field(default_factory=set)

    @property
    def is_idle(self) -> bool:
        """Whether nothing happens."""
        return not any(getattr(self, name) for name in self.__slots__ if name not in ("index", "on"))


def schedule(world: World, payments: Payments) -> list[Day]:
    """The working days of a year with what happens on them; idle ones are left out."""
    days = [Day(i, on) for i, on in enumerate(world.days)]
    _fixed(world, days)
    _documents(world, days)
    for number, row in enumerate(world.plan.loans.iter_rows(named=True), start=1):
        days[row["day"]].loans.append({**row, "number": number, "is_back": False})
        days[row["back"]].loans.append({**row, "number": number, "is_back": True})
    _quotas(world, days)
    _payments(payments, days)
    _months(world, days)
    return [day for day in days if not day.is_idle]


def _rows_by_day(frame: pl.DataFrame, days: list[Day], name: str) -> None:
    for row in frame.iter_rows(named=True):
        getattr(days[row["day"]], name).append(row)


def _fixed(world: World, days: list[Day]) -> None:
    dates = world.plan.dates
    for index, mark in (
        (dates.carried_in, "carry"), (dates.advance, "advance"), (dates.approved, "approve"),
        (dates.to_departments, "departments"), (dates.to_units, "units"), (dates.to_units + 2, "settle"),
        (dates.adjusted, "adjust"), (dates.adjusted + BOND_CASH_AFTER, "bond_cash"),
    ):  # fmt: skip
        days[index].marks.add(mark)
    at = world.plan.calendar.index
    days[at(*DECLARED_ON)].marks.add("declare")
    days[at(*DIVIDEND_DAY)].marks.add("dividends")
    for quarter, month in enumerate((3, 6, 9, 12), start=1):
        days[world.plan.calendar.month_ends[month - 1]].marks.add(f"relief{quarter}")
    days[-1].marks.add("statistics")


def _documents(world: World, days: list[Day]) -> None:
    """Documents from above: received, issued, paid. Early ones wait for the city's budget."""
    approved, last = world.plan.dates.approved, len(days) - 1
    for row in world.notices.values():
        days[row["day"]].docs.append(row)
        days[min(row["day"] + RECEIVED_CASH_AFTER, last)].cash_in.append(row)
    for doc, issued in world.plan.budget.issues.select("doc", "day").unique().iter_rows():
        day = max(issued, approved)
        days[day].issues.add(doc)
        days[min(day + ISSUED_CASH_AFTER, last)].cash_out.add(doc)
    days[approved].issues.add(-1)
    days[approved + ISSUED_CASH_AFTER].cash_out.add(-1)


def _quotas(world: World, days: list[Day]) -> None:
    for row in world.quotas_of(~pl.col("route").is_in([PROPOSAL, CARRIED])):
        days[row["day"]].quotas.append(row)
    operations = world.plan.operations.filter(pl.col("kind") != "carry_over")
    _rows_by_day(operations, days, "operations")
    for row in operations.filter(pl.col("until") >= 0).iter_rows(named=True):
        days[row["until"]].operations.append({**row, "kind": "unfreeze"})
    _rows_by_day(world.plan.plans_of_use, days, "plans")
    received = world.plan.revenue
    _rows_by_day(received.daily, days, "receipts")
    _rows_by_day(received.shared, days, "shared")
    _rows_by_day(received.parts, days, "parts")
    _rows_by_day(received.refunds.with_row_index("number", 1), days, "tax_refunds")
    _rows_by_day(world.plan.injections, days, "injections")
    for row in world.plan.injections.iter_rows(named=True):
        days[row["prepaid_day"]].prepaid.append(row)


def _payments(payments: Payments, days: list[Day]) -> None:
    for index, frame in payments.by_day.items():
        days[index].payments = list(frame.to_dicts())
    for index, rows in payments.refunds.items():
        days[index].refunds = list(rows)
    arrivals = _Arrivals(payments.world.days)
    for day in days:
        for row in day.payments:
            for index, is_paid in arrivals.of(row, day.index):
                days[index].is_fetching = True
                if is_paid:
                    days[index].late_clearing.add((row["region"], day.index))


class _Arrivals:
    """On which working days answers come that do not come at once."""

    def __init__(self, days: tuple[date, ...]) -> None:
        self.days = days

    def of(self, row: Row, index: int) -> list[tuple[int, bool]]:
        """(day, whether the payment is known to be paid only then)."""
        fate = row["fate"]
        if fate == LATE:
            return [(self._on_or_after(self.days[index] + timedelta(row["late_days"])), True)]
        if fate == OUT_OF_ORDER:
            return [(index + 1, True)]
        if fate in (DUPLICATE, ANSWERED_TWICE, PAID_TWICE):
            return [(self._on_or_after(self.days[index] + timedelta(1)), False)]
        return []

    def _on_or_after(self, wanted: date) -> int:
        return next(i for i, day in enumerate(self.days) if day >= wanted)


def _months(world: World, days: list[Day]) -> None:
    """Month ends, and the days on which the months before them are closed."""
    ends = world.plan.calendar.month_ends
    for month, index in enumerate(ends, start=1):
        days[index].is_month_end = True
        if index + CLOSE_AFTER < len(days):
            days[index + CLOSE_AFTER].closes = month
