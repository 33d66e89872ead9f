"""The banks' part in the simulated city: they are the other side of the treasury's orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from fisc.banking.sim import COUNTS, GROWING
from fisc.city.day import Day, Row
from fisc.city.parts import Hour, Part, Stage, Table
from fisc.city.world import World
from fisc.sim.bank import counter, proofs, seeded, slips, tills
from fisc.treasury.sim.payments import ANSWERED_TWICE, DUPLICATE, LATE, OUT_OF_ORDER, PAID_TWICE


def _schedule(world: World, days: Sequence[Day]) -> None:
    """When answers arrive that do not come at once, and which regions have business with their bank."""
    arrivals = _Arrivals(world.days)
    for day in days:
        for row in day.rows("payments"):
            for index, is_paid in arrivals.of(row, day.index):
                days[index].add("fetching")
                if is_paid:
                    days[index].add("late_clearing", {"region": row["region"], "day": day.index})
    for row in world.rows("slips"):
        for index in (row["day"], row["day"] + 1):  # taken back on the next working day
            days[index].add("slips", row)
    for day in days:
        for region in business(world, day):
            day.add("business", {"region": region})


def business(world: World, day: Day) -> list[int]:
    """Regions that have business with their bank on a day; at a month's end all of them."""
    if day.is_month_end:
        return list(range(len(world.regions)))
    works = ("payments", "refunds", "late_clearing", "slips")
    return sorted({row["region"] for work in works for row in day.rows(work)})


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


PART = Part(
    name="sim",
    fills=("banking",),
    tables=(Table("slips", slips.slips),),
    found=tills.found,
    schedule=_schedule,
    stages=(
        Stage("morning", Hour.OPENING, counter.morning, work=("fetching", "payments", "late_clearing")),
        Stage("send", Hour.PAYING, counter.send, after="sign", work=("payments",), may_fall=True),
        Stage("answers", Hour.PAYING, counter.answers, after="send", work=("payments",), may_fall=True),
        Stage("returns", Hour.PAYING, counter.put_right, after="answers"),
        Stage("refunds", Hour.PAYING, counter.refund, after="prepaid"),
        Stage("clearing", Hour.BANKING, counter.clearing, work=("business",)),
        Stage("slips", Hour.BANKING, slips.book_slips),
        Stage("statements", Hour.BANKING, counter.statements, work=("business",)),
        Stage("reconciliation", Hour.BANKING, counter.reconciliation, work=("business",)),
    ),
    proofs=(proofs.cash_is_bank, proofs.bank_is_vouchers),
    faults=seeded.compare,
    growing=("sim_bank_booking", "sim_bank_answer", *GROWING),
    counts=COUNTS,
)
