"""A working day of all ten regions: its stages, in order, each a few calls for everybody at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

import psycopg

from fisc.banking import services as banking
from fisc.sim import bank
from fisc.sim.driver import desk, gathering, granting, investing, operating, paying, preparing
from fisc.sim.driver.founding import bank_no, central_no
from fisc.sim.driver.paying import Payments
from fisc.sim.driver.schedule import Day
from fisc.sim.driver.world import World

Conn = psycopg.Connection[Any]

Stage = tuple[str, Callable[[], object]]
#: Stages after which the program may fall over and take up the day again: each can be done twice.
CRASHABLE: Final = ("ask", "sign", "send", "answers")


@dataclass(frozen=True, slots=True)
class Desk:
    """A day about to be worked through."""

    conn: Conn
    world: World
    payments: Payments
    day: Day

    def stages(self) -> Iterator[Stage]:
        """The stages of the day that have something to do, in order."""
        day = self.day
        if day.is_fetching or day.payments or day.late_clearing:
            yield "morning", self._morning
        if day.receipts or day.shared or day.tax_refunds:
            yield "revenue", self._revenue
        if day.marks:
            yield "marks", self._marks
        if day.docs or day.issues or day.cash_in or day.cash_out or day.loans:
            yield "documents", self._documents
        if day.quotas or day.operations or day.plans:
            yield "quotas", self._quotas
        yield from self._paying()
        if self._business:
            yield "clearing", self._clearing
            yield "statements", self._statements
            yield "reconciliation", self._reconciliation

    def _paying(self) -> Iterator[Stage]:
        if self.day.injections:
            yield "decisions", self._decisions
        if self.day.payments:
            sound = [row for row in self.day.payments if row["fate"] not in paying.REFUSED]
            yield "ask", lambda: paying.ask(self.conn, self.payments, self.day.payments, self.day.on)
            yield "sign", lambda: paying.sign(self.conn, sound, self.day.on)
            yield "send", lambda: paying.send(self.conn, self.payments, sound, self.day.on)
            yield "answers", lambda: paying.fetch(self.conn, self.day.on, early=True)
            if self.day.injections:
                yield "equity", self._equity
            if any(row["fate"] in paying.RETURNED for row in sound):
                yield "returns", lambda: paying.put_right(self.conn, self.payments, sound, self.day.on)
        if self.day.prepaid:
            yield "loans", self._loans
        if self.day.refunds:
            yield "refunds", lambda: paying.refund(self.conn, self.payments, self.day.refunds, self.day.on)

    # ---- before noon

    def _morning(self) -> None:
        paying.fetch(self.conn, self.day.on)
        days = [(self.world.regions[r], self.world.days[i]) for r, i in self.day.late_clearing]
        paying.clear(self.conn, self.payments, days, self.day.on)

    def _revenue(self) -> None:
        """What comes in and what is paid back: daily reports, shared receipts, refunds of tax credit."""
        conn, world, day, seed = self.conn, self.world, self.day, self.payments.seed
        if day.receipts:
            gathering.receive(conn, world, day.receipts, day.on, seed)
        if day.shared:
            gathering.share_out(conn, world, (day.shared, day.parts), day.on, seed)
        if day.tax_refunds:
            gathering.pay_back(conn, world, day.tax_refunds, day.on, seed)

    def _marks(self) -> None:
        for mark, act in _acts():
            if mark in self.day.marks:
                act(self.conn, self.world, self.day.on)

    def _documents(self) -> None:
        conn, world, day = self.conn, self.world, self.day
        if day.docs:
            granting.receive(conn, world, day.docs, day.on)
        if day.issues:
            granting.issue(conn, world, day.issues, day.on)
        if day.cash_in:
            granting.receive_cash(conn, world, day.cash_in, day.on)
        if day.cash_out:
            granting.pay_out(conn, world, day.cash_out, day.on)
        if day.loans:
            granting.lend(conn, world, day.loans, day.on)

    def _quotas(self) -> None:
        conn, world, day = self.conn, self.world, self.day
        if day.quotas:
            granting.enter_quotas(conn, world, day.quotas, day.on)
        if day.operations:
            operating.operate(conn, world, day.operations, day.on)
        if day.plans:
            operating.plan_use(conn, world, day.plans, day.on)

    def _decisions(self) -> None:
        investing.decide(self.conn, self.world, self.day.injections, self.day.on)

    def _equity(self) -> None:
        investing.recognise(self.conn, self.world, self.day.injections, self.day.on)

    def _loans(self) -> None:
        investing.repay(self.conn, self.world, self.day.prepaid, self.day.on)

    # ---- after noon

    @property
    def _business(self) -> Sequence[int]:
        """Regions that have business with their bank today; at a month's end all of them."""
        day = self.day
        if day.is_month_end:
            return range(len(self.world.regions))
        found = {row["region"] for row in (*day.payments, *day.refunds)}
        return sorted(found | {region for region, _ in day.late_clearing})

    def _clearing(self) -> None:
        regions = {row["region"] for row in (*self.day.payments, *self.day.refunds)}
        days = [(self.world.regions[r], self.day.on) for r in regions]
        paying.clear(self.conn, self.payments, days, self.day.on)

    def _statements(self) -> None:
        for region in self._business:
            for number in (bank_no(region), central_no(region)):
                bank.close_day(self.conn, self.day.on, bank_no=number)
        paying.fetch(self.conn, self.day.on)

    def _reconciliation(self) -> None:
        reconcile(self.conn, (self.world.regions[r] for r in self._business), self.day.on)


def reconcile(conn: Conn, regions: Iterable[str], on: date) -> None:
    """Three-way reconciliation of regions up to a day."""
    for region in regions:
        banking.reconcile(conn, region, on, by=desk.RECONCILE)


def _advance(conn: Conn, world: World, on: date) -> None:
    for region, number, fen in operating.advance(conn, world, on):
        bank.transfer(conn, world.regions[region], number, -fen, on=on)


def _adjust(conn: Conn, world: World, on: date) -> None:
    granting.adjust(conn, world, on)
    granting.on_lend(conn, world, on)


def _acts() -> Iterator[tuple[str, Callable[[Conn, World, date], object]]]:
    """What a mark of a day asks for, in the order in which it is done."""
    yield "carry", operating.carry_over
    yield "advance", _advance
    yield "approve", preparing.approve
    yield "departments", granting.issue_to_departments
    yield "units", granting.issue_to_units
    yield "settle", operating.settle
    yield "adjust", _adjust
    yield "bond_cash", granting.bond_cash
    yield "declare", investing.declare
    yield "dividends", investing.receive
    for quarter in (1, 2, 3, 4):
        yield f"relief{quarter}", partial(gathering.tell_relief, quarter=quarter)
    yield "statistics", gathering.tell_statistics
