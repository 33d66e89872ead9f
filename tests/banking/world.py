"""A city that pays through a simulated bank: accounts on both sides, days from sending to statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.banking import services as banking
from fisc.banking.services import (
    MessageResult,
    TreasuryAccount,
    VoidedStatement,
    define_accounts,
    receive,
)
from fisc.documents import Officer, define_officers
from fisc.sim import bank
from fisc.treasury import services as treasury
from tests.treasury.paying import CITY, DAY, application, certified

Conn = psycopg.Connection[Any]

BANK, CENTRAL = "ICBC", "011205000000"
ZERO, SINGLE = "15001", "15021"
#: After every day of these tests.
NOT_YET = date(2023, 12, 31)
_ACCOUNTS = ((ZERO, "市本级财政零余额账户", BANK, "11"), (SINGLE, "市本级国库单一账户", CENTRAL, "21"))


def open_bank(conn: Conn) -> None:
    """The city's accounts at the bank and the treasury, known on both sides; who reconciles; some cash."""
    define_officers(
        conn,
        [
            Officer("auditor", "对账", "", frozenset({"reconcile"})),
            Officer("auditor2", "对账复核", "", frozenset({"finding_review"})),
            Officer("handler", "疑点整改", "", frozenset({"finding_handle"})),
        ],
    )
    kept = [(no, name, bank_no, CITY, kind) for no, name, bank_no, kind in _ACCOUNTS]
    define_accounts(conn, [
        # that of the treasury is stated where a test says so
        TreasuryAccount(*row, opened_on=NOT_YET if row[4] == "21" else None) for row in kept
    ])  # fmt: skip
    bank.open_accounts(conn, [bank.Account(*row) for row in kept])


def signed(conn: Conn, *yuan: int, on: date = DAY, prefix: str = "A") -> list[str]:
    """Signed vouchers of the city over these amounts."""
    quotas = ["Q1", "Q2"]
    given = [application(f"{prefix}{n}", quotas[n % 2], y) for n, y in enumerate(yuan, start=1)]
    return certified(conn, *given, on=on)


def order(
    conn: Conn, certs: Sequence[str], fates: Mapping[str, str] | None = None, *, on: date = DAY,
    delays: Mapping[str, int] | None = None,
) -> bytes:  # fmt: skip
    """Send vouchers to the bank, which deals with them as fated; the order's bytes."""
    _, data, _ = banking.payment_file(conn, certs, by="teller", on=on)
    bank.accept(conn, data, on=on, temper=bank.Temper(7, fates=fates or {}, delays=delays))
    return data


def fetch(conn: Conn, on: date = DAY, *, early: bool = False) -> list[MessageResult]:
    """Receive what the bank and the treasury have sent by a day."""
    letters = bank.collect(conn, on, before_statements=early)
    return [receive(conn, data, by="teller", on=on) for data in letters]


def cleared(conn: Conn, on: date = DAY, fates: Mapping[str, str] | None = None) -> list[bank.Moved]:
    """Notices for the day's payments, the treasury's debits, and their record; `fates` by position."""
    notices = treasury.issue_clearing_notices(conn, CITY, on, by="clearer", on=on)
    told = {n.lqd_quota_notice_no: fate for n, fate in zip(notices, (fates or {}).values(), strict=False)}
    moved = bank.clear(conn, notices, on=on, seed=7, fates=told)
    debits = [
        treasury.TreasuryDebit(m.lqd_cert_no, m.fund_type_code, m.agent_bank_no, m.amount_fen, m.moved_on)
        for m in moved
    ]
    treasury.clear(conn, CITY, on, debits, by="clearer2", on=on)
    return moved


def evening(conn: Conn, on: date = DAY, fates: Mapping[str, str] | None = None, **late: int) -> None:
    """The rest of a day: answers, clearing, statements."""
    fetch(conn, on, early=True)
    cleared(conn, on, fates)
    bank.close_day(conn, on, late={ZERO: late.get("zero", 0), SINGLE: late.get("single", 0)})
    fetch(conn, on)


def void(
    conn: Conn, *numbers: str, on: date, bank_no: str = BANK, reason: str = "corrected", by: str = "auditor",
    note: str = "银行来函",
) -> list[bool]:  # fmt: skip
    """Two officers say that statements of the city count no more; each document bears its number."""
    said = [VoidedStatement(f"ZF-{no}", CITY, bank_no, no, reason, note) for no in numbers]
    banking.make_statement_voids(conn, said, by=by, on=on)
    return banking.approve_statement_voids(conn, [one.void_no for one in said], by="auditor2", on=on)
