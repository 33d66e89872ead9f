"""Payments of a day, from application to statement: units ask, the treasury signs, the bank answers.

All regions go through each stage in one call. What the bank does wrong is told by the plan; what the
plan lets a unit do wrong (ask for too much, name the wrong payee) the services must refuse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl
import psycopg

from fisc.banking import services as banking
from fisc.banking.iso20022 import BankEntry
from fisc.banking.iso20022.model import IN
from fisc.sim import bank
from fisc.sim.bank import book
from fisc.sim.driver import desk
from fisc.sim.driver.founding import ZERO, account_no
from fisc.sim.driver.world import Row, World
from fisc.sim.plan.payments import (
    ADVANCE,
    ANSWERED_TWICE,
    DUPLICATE,
    ENTITY,
    LATE,
    NO_VOUCHER,
    OUT_OF_ORDER,
    OVERSPEND,
    PAID_TWICE,
    UNKNOWN_RECEIPT,
    WITHDRAWN,
    WRONG_ACCOUNT,
    WRONG_PAYEE,
    purpose,
)  # fmt: skip
from fisc.treasury import services as treasury

Conn = psycopg.Connection[Any]

#: The plan's fate -> the bank's.
_BANK_FATES = {WRONG_ACCOUNT: "returned", WITHDRAWN: "returned"} | {
    fate: fate
    for fate in (DUPLICATE, LATE, OUT_OF_ORDER, ANSWERED_TWICE, PAID_TWICE, NO_VOUCHER, UNKNOWN_RECEIPT)
}


#: What the services must refuse, and what the bank returns.
REFUSED = (OVERSPEND, WRONG_PAYEE)
RETURNED = (WRONG_ACCOUNT, WITHDRAWN)


class UnexpectedOutcome(AssertionError):
    """A service did what the plan says it must not, or refused what it must do."""


@dataclass(frozen=True)
class Payments:
    """A year's payments, by day, with the numbers that follow from them."""

    world: World
    seed: int

    @cached_property
    def by_day(self) -> dict[int, pl.DataFrame]:
        """Applications by day; advances are not among them."""
        asked = self.world.plan.payments.filter(pl.col("fate") != ADVANCE)
        return {int(key[0]): frame for key, frame in asked.partition_by("day", as_dict=True).items()}

    @cached_property
    def planned(self) -> frozenset[int]:
        """Quotas that are spent by plans of use."""
        return frozenset(self.world.plan.plans_of_use["quota"].to_list())

    @cached_property
    def refunds(self) -> dict[int, list[dict[str, Any]]]:
        """Payments of which something comes back, by the day on which it does."""
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in self.world.plan.payments.filter(pl.col("refund_day") >= 0).iter_rows(named=True):
            found[row["refund_day"]].append({**row, "kind": "this_year"})
        for row in self.world.plan.late_refunds.iter_rows(named=True):
            late = {"kind": "last_year_held", "refund_fen": row["amount_fen"]}
            found[row["day"]].append({**row, **late})
        return found

    def temper(self, rows: Sequence[Row]) -> bank.Temper:
        """How the banks behave towards these payments."""
        fates, delays = {}, {}
        for row in rows:
            if row["fate"] in _BANK_FATES:
                fates[certificate(row)] = _BANK_FATES[row["fate"]]
                if row["fate"] == LATE:
                    delays[certificate(row)] = row["late_days"]
        return bank.Temper(self.seed, fates=fates, delays=delays)


def certificate(row: Row) -> str:
    """The first certificate number of a payment."""
    return ("BK" if row["pay_type"] == ENTITY else "PZ") + str(row["pay_app_no"])


def application(payments: Payments, row: Row) -> treasury.PaymentApplication:
    """A payment as its unit asks for it; a wrong payee bears a name that is not the account's."""
    world = payments.world
    quota, payee = world.quotas[row["quota"]], world.payees[row["payee"]]
    project = world.projects[quota["project"]]
    name = payee["name"] if row["fate"] != WRONG_PAYEE else payee["name"].replace("（", "误（", 1)
    return treasury.PaymentApplication(
        row["pay_app_no"], quota["bgt_id"], row["amount_fen"], row["pay_type"], name, payee["acct_no"],
        payee["bank_no"], purpose(project["group"], project["name"]), world.regions[row["region"]],
        stage="planned" if row["quota"] in payments.planned else "executable",
    )  # fmt: skip


def ask(conn: Conn, payments: Payments, rows: Sequence[Row], on: date) -> None:
    """Apply for a day's payments; note what is refused. Raises UnexpectedOutcome where services differ."""
    given = [application(payments, row) for row in rows]
    outcomes = treasury.apply(conn, given, by=desk.UNIT_MAKE, on=on, each=True)
    refused = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if (outcome.refusal is not None) != (row["fate"] in REFUSED):
            raise UnexpectedOutcome(f"{row['pay_app_no']} {row['fate']}：{outcome.refusal}")
        if outcome.refusal is not None:
            refused.append((row["pay_app_no"], row["fate"], on, type(outcome.refusal).__name__,
                            outcome.refusal.message))  # fmt: skip
    note_refusals(conn, refused)


def note_refusals(conn: Conn, rows: Sequence[tuple[str, str, date, str, str]]) -> None:
    """Keep what was refused: application, the plan's word for it, day, kind, words."""
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(
                "insert into sim_refusal (pay_app_no, fate, refused_on, kind, words) "
                "values (%s, %s, %s, %s, %s) on conflict (pay_app_no) do nothing",
                rows,
            )


def sign(conn: Conn, rows: Sequence[Row], on: date) -> None:
    """Review, approve and certify."""
    keys = [row["pay_app_no"] for row in rows]
    treasury.review(conn, keys, by=desk.UNIT_REVIEW, on=on)
    treasury.approve(conn, keys, by=desk.TREASURY_REVIEW, on=on)
    treasury.certify(conn, keys, by=desk.TREASURY_SIGN, on=on)


def send(conn: Conn, payments: Payments, rows: Sequence[Row], on: date) -> None:
    """Orders to the agent banks, one a region; 实拨 is paid by the treasury itself."""
    numbers = [certificate(row) for row in rows if row["pay_type"] != ENTITY]
    order(conn, numbers, payments.temper(rows), on)
    _allocate(conn, payments, [row for row in rows if row["pay_type"] == ENTITY], on)


def order(conn: Conn, pay_cert_nos: Sequence[str], temper: bank.Temper, on: date) -> None:
    """One order a region for these certificates, executed by its bank."""
    orders: dict[str, list[str]] = defaultdict(list)
    for number in sorted(pay_cert_nos):
        orders[_region_of(number)].append(number)
    for region in sorted(orders):
        _, data = banking.payment_file(conn, orders[region], by=desk.BANK, on=on)
        bank.accept(conn, data, on=on, temper=temper)


def _region_of(pay_cert_no: str) -> str:
    """PZ ZF yyyy rrrrrr nnnnnnn: the region is in the application's number."""
    return pay_cert_no[8:14] + "000"


def _allocate(conn: Conn, payments: Payments, rows: Sequence[Row], on: date) -> None:
    """实拨: the treasury's account is debited and its receipt is payment and clearing in one."""
    if not rows:
        return
    numbers = [certificate(row) for row in rows]
    treasury.send(conn, numbers, by=desk.BANK, on=on, message_id=f"BK{on:%Y%m%d}")
    for row, number in zip(rows, numbers, strict=True):
        region = payments.world.regions[row["region"]]
        bank.transfer(conn, region, number, -row["amount_fen"], on=on, seed=payments.seed)
    receipts = [
        treasury.BankReceipt(number, f"GK{number}", row["amount_fen"], on)
        for row, number in zip(rows, numbers, strict=True)
    ]
    treasury.confirm_allocated(conn, receipts, by=desk.BANK, cleared_by=desk.CLEARING_REVIEW, on=on)


def fetch(conn: Conn, on: date, *, early: bool = False) -> None:
    """Receive what banks have sent by a day; `early`: before its statements."""
    for data in bank.collect(conn, on, before_statements=early):
        banking.receive(conn, data, by=desk.BANK, on=on)


def put_right(conn: Conn, payments: Payments, rows: Sequence[Row], on: date) -> None:
    """What came back: given up, or certified anew (…-2) for the account put right, and sent again."""
    withdrawn = [row["pay_app_no"] for row in rows if row["fate"] == WITHDRAWN]
    treasury.withdraw(conn, withdrawn, by=desk.UNIT_MAKE, on=on, note="退票后不再支付")
    corrections = [
        treasury.PayeeCorrection(row["pay_app_no"], payee["name"], payee["acct_no"], payee["bank_no"])
        for row in rows
        if row["fate"] == WRONG_ACCOUNT
        for payee in [payments.world.payees[row["payee"]]]
    ]
    if corrections:
        again = treasury.correct_payee(
            conn, corrections, by=desk.UNIT_MAKE, signed_by=desk.TREASURY_SIGN, on=on, note="核对账户后重付"
        )
        order(conn, again, bank.Temper(payments.seed), on)
        fetch(conn, on, early=True)


def clear(conn: Conn, payments: Payments, days: Sequence[tuple[str, date]], on: date) -> None:
    """Clear with the central-bank treasury what was paid on given days in given regions."""
    for region, day in sorted(set(days)):
        notices = treasury.issue_clearing_notices(conn, region, day, by=desk.CLEARING_MAKE, on=on)
        if not notices:
            continue
        moved = bank.clear(conn, notices, on=on, seed=payments.seed)
        debits = [
            treasury.TreasuryDebit(m.lqd_cert_no, m.fund_type_code, m.agent_bank_no, m.amount_fen, m.moved_on)
            for m in moved
        ]
        treasury.clear(conn, region, day, debits, by=desk.CLEARING_REVIEW, on=on)


def refund(conn: Conn, payments: Payments, rows: Sequence[Row], on: date) -> None:
    """Payees give money back: the bank credits it, the quota is restored."""
    _credit(conn, payments, rows, on)
    given = [
        treasury.Refund(
            f"TK{row['pay_app_no']}", row["pay_app_no"], row["refund_fen"], on, row["kind"], "多付退回"
        )
        for row in rows
    ]
    treasury.refund(conn, given, by=desk.BANK, on=on)


def _credit(conn: Conn, payments: Payments, rows: Sequence[Row], on: date) -> None:
    """The agent bank books what payees pay back, under the number of the payment."""
    world, bookings = payments.world, []
    for row in rows:
        payee, number = world.payees[row["payee"]], certificate(row)
        entry = BankEntry(
            f"RF{number}", IN, row["refund_fen"], on, "RFND", number, payee["name"], payee["acct_no"]
        )
        bookings.append((account_no(world.regions[row["region"]], ZERO), entry))
    book.book(conn, bookings)
