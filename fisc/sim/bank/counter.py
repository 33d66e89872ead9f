"""Between the treasury and its banks, day by day: orders out, answers in, money cleared, books reconciled.

What the bank does wrong is told by the plan. All regions go through each step in one call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.banking import services as banking
from fisc.banking.iso20022 import BankEntry
from fisc.banking.iso20022.model import IN
from fisc.city import desk
from fisc.city.bank import Transfer
from fisc.city.day import Day, Row
from fisc.city.world import World
from fisc.sim.bank import book, tills
from fisc.sim.bank.agent import Temper, accept_all, close_day
from fisc.sim.bank.post import collect
from fisc.sim.bank.treasury import clear as clear_notices
from fisc.sim.bank.treasury import transfer
from fisc.treasury import services as treasury
from fisc.treasury.sim.paying import certificate, sound
from fisc.treasury.sim.payments import (
    ANSWERED_TWICE,
    DUPLICATE,
    ENTITY,
    LATE,
    NO_VOUCHER,
    OUT_OF_ORDER,
    PAID_TWICE,
    UNKNOWN_RECEIPT,
    WITHDRAWN,
    WRONG_ACCOUNT,
)  # fmt: skip

Conn = psycopg.Connection[Any]

#: The plan's fate -> the bank's.
_BANK_FATES = {WRONG_ACCOUNT: "returned", WITHDRAWN: "returned"} | {
    fate: fate
    for fate in (DUPLICATE, LATE, OUT_OF_ORDER, ANSWERED_TWICE, PAID_TWICE, NO_VOUCHER, UNKNOWN_RECEIPT)
}


def _temper(world: World, rows: Sequence[Row]) -> Temper:
    """How the banks behave towards these payments."""
    fates, delays = {}, {}
    for row in rows:
        if row["fate"] in _BANK_FATES:
            fates[certificate(row)] = _BANK_FATES[row["fate"]]
            if row["fate"] == LATE:
                delays[certificate(row)] = row["late_days"]
    return Temper(world.seed, fates=fates, delays=delays)


def send(conn: Conn, world: World, day: Day) -> None:
    """Orders to the agent banks, one a region; 实拨 is paid by the treasury itself."""
    rows, on = sound(day), day.on
    told = [(world.regions[row["region"]], certificate(row)) for row in rows if row["pay_type"] != ENTITY]
    _order(conn, told, _temper(world, rows), on)
    _allocate(conn, world, [row for row in rows if row["pay_type"] == ENTITY], on)


def _order(conn: Conn, told: Sequence[tuple[str, str]], temper: Temper, on: date) -> None:
    """One order a region for these certificates (region, number), executed by its bank."""
    orders: dict[str, list[str]] = defaultdict(list)
    for region, number in told:
        orders[region].append(number)
    files = banking.payment_files(conn, [orders[region] for region in sorted(orders)], by=desk.BANK, on=on)
    accept_all(conn, [data for _, data, _ in files], on=on, temper=temper)


def _allocate(conn: Conn, world: World, rows: Sequence[Row], on: date) -> None:
    """实拨: the treasury's account is debited and its receipt is payment and clearing in one."""
    if not rows:
        return
    numbers = [certificate(row) for row in rows]
    treasury.send(conn, numbers, by=desk.BANK, on=on, message_id=f"BK{on:%Y%m%d}")
    moved = [
        Transfer(world.regions[row["region"]], number, -row["amount_fen"])
        for row, number in zip(rows, numbers, strict=True)
    ]
    transfer(conn, moved, on=on, seed=world.seed)
    receipts = [
        treasury.BankReceipt(number, f"GK{number}", row["amount_fen"], on)
        for row, number in zip(rows, numbers, strict=True)
    ]
    treasury.confirm_allocated(conn, receipts, by=desk.BANK, cleared_by=desk.CLEARING_REVIEW, on=on)


def answers(conn: Conn, world: World, day: Day) -> None:
    """Receive what banks answer on the day itself, before its statements."""
    fetch(conn, day.on, early=True)


def fetch(conn: Conn, on: date, *, early: bool = False) -> None:
    """Receive what banks have sent by a day; `early`: before its statements."""
    banking.receive_all(conn, collect(conn, on, before_statements=early), by=desk.BANK, on=on)


def put_right(conn: Conn, world: World, day: Day) -> None:
    """What came back: given up, or certified anew (…-2) for the account put right, and sent again."""
    rows, on = sound(day), day.on
    withdrawn = [row["pay_app_no"] for row in rows if row["fate"] == WITHDRAWN]
    treasury.withdraw(conn, withdrawn, by=desk.UNIT_MAKE, on=on, note="退票后不再支付")
    wrong = [row for row in rows if row["fate"] == WRONG_ACCOUNT]
    corrections = [
        treasury.PayeeCorrection(row["pay_app_no"], payee["name"], payee["acct_no"], payee["bank_no"])
        for row in wrong
        for payee in [world.rows("payees")[row["payee"]]]
    ]
    if corrections:
        again = treasury.correct_payee(
            conn, corrections, by=desk.UNIT_MAKE, signed_by=desk.TREASURY_SIGN, on=on, note="核对账户后重付"
        )
        told = [(world.regions[row["region"]], number) for row, number in zip(wrong, again, strict=True)]
        _order(conn, told, Temper(world.seed), on)
        fetch(conn, on, early=True)


def _clear(conn: Conn, world: World, days: Sequence[tuple[str, date]], on: date) -> None:
    """Clear with the central-bank treasury what was paid on given days in given regions."""
    asked = [treasury.RegionDay(*at) for at in days]
    notices = treasury.issue_all_notices(conn, asked, by=desk.CLEARING_MAKE, on=on)
    if not notices:
        return
    moved = clear_notices(conn, notices, on=on, seed=world.seed)
    debits = [
        (
            treasury.RegionDay(notice.mof_div_code, notice.cleared_for),
            treasury.TreasuryDebit(
                m.lqd_cert_no, m.fund_type_code, m.agent_bank_no, m.amount_fen, m.moved_on
            ),
        )
        for notice, m in zip(notices, moved, strict=True)
    ]
    treasury.clear_all(conn, debits, by=desk.CLEARING_REVIEW, on=on)


def refund(conn: Conn, world: World, day: Day) -> None:
    """Payees give money back: the bank credits it, the quota is restored."""
    rows, on = day.rows("refunds"), day.on
    _credit(conn, world, rows, on)
    given = [
        treasury.Refund(
            f"TK{row['pay_app_no']}", row["pay_app_no"], row["refund_fen"], on, row["kind"], "多付退回"
        )
        for row in rows
    ]
    treasury.refund(conn, given, by=desk.BANK, on=on)


def _credit(conn: Conn, world: World, rows: Sequence[Row], on: date) -> None:
    """The agent bank books what payees pay back, under the number of the payment."""
    bookings = []
    for row in rows:
        payee, number = world.rows("payees")[row["payee"]], certificate(row)
        entry = BankEntry(
            f"RF{number}", IN, row["refund_fen"], on, "RFND", number, payee["name"], payee["acct_no"]
        )
        bookings.append((tills.number(world.regions[row["region"]], tills.ZERO), entry))
    book.book(conn, bookings)


# ---- the ends of the day


def morning(conn: Conn, world: World, day: Day) -> None:
    """Answers that come only now, and the clearing of what they tell."""
    fetch(conn, day.on)
    late = [(world.regions[r["region"]], world.days[r["day"]]) for r in day.rows("late_clearing")]
    _clear(conn, world, late, day.on)


def clearing(conn: Conn, world: World, day: Day) -> None:
    """What was paid today is cleared today."""
    regions = {row["region"] for work in ("payments", "refunds") for row in day.rows(work)}
    _clear(conn, world, [(world.regions[r], day.on) for r in regions], day.on)


def statements(conn: Conn, world: World, day: Day) -> None:
    """Banks that have business close their day and send its statements."""
    regions = [row["region"] for row in day.rows("business")]
    banks = [number(region) for region in regions for number in (tills.bank_no, tills.central_no)]
    close_day(conn, day.on, bank_nos=banks)
    fetch(conn, day.on)


def reconciliation(conn: Conn, world: World, day: Day) -> None:
    """Three-way reconciliation of the regions that had business."""
    regions = [world.regions[row["region"]] for row in day.rows("business")]
    banking.reconcile_all(conn, regions, day.on, by=desk.RECONCILE)
