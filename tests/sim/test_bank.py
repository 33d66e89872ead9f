"""The simulated bank and treasury: what they do follows from keys alone, and they do each thing once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisc.banking import iso20022 as iso
from fisc.city.bank import Collected, Transfer
from fisc.kernel.errors import FiscError
from fisc.sim import bank
from fisc.sim.bank import faults

Conn = psycopg.Connection[Any]

CITY, DAY = "150600000", date(2022, 3, 1)
NEXT = DAY + timedelta(days=1)
BANK, CENTRAL, ZERO, SINGLE = "102205000001", "011205000000", "15001", "15021"


@pytest.fixture(scope="module")
def _banks(server_dsn: str) -> Iterator[Conn]:
    from tests.conftest import _copy_of, _ready

    with (
        _copy_of(server_dsn, _ready(server_dsn)) as dsn,
        psycopg.connect(dsn, autocommit=True) as conn,
    ):
        bank.open_accounts(
            conn,
            [
                bank.Account(ZERO, "零余额", BANK, CITY, "11"),
                bank.Account(SINGLE, "单一", CENTRAL, CITY, "21"),
            ],
        )
        yield conn


@pytest.fixture
def banks(_banks: Conn) -> Iterator[Conn]:
    """A bank and a treasury with open accounts; what a test does is taken back."""
    with _banks.transaction(force_rollback=True):
        yield _banks


def order(*fens: int, number: str = "M1", account: str = ZERO, first: int = 1) -> bytes:
    transfers = [
        iso.CreditTransfer(f"PZ{n}", fen, "甲公司", f"62{n:05d}", BANK)
        for n, fen in enumerate(fens, start=first)
    ]
    debtor = iso.Account(account, "零余额", BANK)
    return iso.write_order(
        iso.PaymentOrder(number, DAY, "财政局", [iso.PaymentBatch("B1", debtor, DAY, transfers)])
    )


def day(conn: Conn, on: date = DAY) -> list[iso.Incoming]:
    """Close a day and read what has arrived."""
    bank.close_day(conn, on)
    return [iso.read_message(data)[1] for data in bank.collect(conn, on)]


def answers(messages: Sequence[iso.Incoming]) -> list[tuple[str, str]]:
    reports = (m for m in messages if isinstance(m, iso.StatusReport))
    return [(status.end_to_end_id, status.status) for report in reports for status in report.statuses]


def booked(messages: Sequence[iso.Incoming], acct_no: str = ZERO) -> list[tuple[str, str, int]]:
    statements = (m for m in messages if isinstance(m, iso.Statement) and m.acct_no == acct_no)
    return [(e.end_to_end_id, e.side, e.amount_fen) for s in statements for e in s.entries]


def fated(**fates: str) -> bank.Temper:
    return bank.Temper(7, fates=fates, delays=dict.fromkeys(fates, 1))


def test_an_order_is_executed_answered_and_stated(banks: Conn) -> None:
    done = bank.accept(banks, order(100, 200), on=DAY)
    assert (done.is_new, done.payment_count, done.booked_fen) == (True, 2, 300)
    messages = day(banks)
    assert answers(messages) == [("PZ1", "ACSC"), ("PZ2", "ACSC")]
    assert booked(messages) == [("PZ1", "DBIT", 100), ("PZ2", "DBIT", 200)]
    assert bank.balance(banks, ZERO, DAY) == -300
    assert bank.collect(banks, DAY) == []


def test_the_same_order_twice_is_executed_once(banks: Conn) -> None:
    bank.accept(banks, order(100), on=DAY)
    again = bank.accept(banks, order(100), on=NEXT)
    assert (again.is_new, again.booked_fen) == (False, 0)
    assert bank.balance(banks, ZERO, NEXT) == -100
    with pytest.raises(iso.MessageRefused, match="内容不同"):
        bank.accept(banks, order(101), on=DAY)


def test_a_voucher_in_another_order_is_not_paid_again(banks: Conn) -> None:
    bank.accept(banks, order(100), on=DAY)
    bank.accept(banks, order(100, 200, number="M2"), on=DAY)
    messages = day(banks)
    assert sorted(answers(messages)) == [("PZ1", "ACSC"), ("PZ1", "RJCT"), ("PZ2", "ACSC")]
    assert bank.balance(banks, ZERO, DAY) == -300


def test_orders_that_are_not_for_this_bank_are_refused(banks: Conn) -> None:
    with pytest.raises(iso.MessageRefused, match="99999"):
        bank.accept(banks, order(100, account="99999"), on=DAY)
    with pytest.raises(iso.MessageRefused):
        bank.accept(banks, b"<Document/>", on=DAY)
    assert bank.accept(banks, order(100), on=DAY).is_new


@dataclass(frozen=True)
class Case:
    fate: str
    today: tuple[str, ...]
    tomorrow: tuple[str, ...]
    balance_fen: int


CASES = [
    Case("ok", ("ACSC",), (), -500),
    Case("returned", ("RJCT",), (), 0),
    Case("returned_later", ("ACSC",), (), 0),
    Case("late", (), ("ACSC",), -500),
    Case("out_of_order", ("ACSC",), (), -500),
    Case("duplicate", ("ACSC",), ("ACSC",), -500),
    Case("answered_twice", ("ACSC",), ("ACSC",), -500),
    Case("paid_twice", ("ACSC",), ("ACSC",), -1000),
    Case("amount_differs", ("ACSC",), (), -500 - 100_00),
    Case("wrong_payee", ("ACSC",), (), -500),
    Case("paid_after_return", ("RJCT",), ("ACSC",), -500),
    Case("unknown_receipt", ("ACSC", "ACSC"), (), -500),
    Case("no_voucher", ("ACSC",), (), -500 - 100_00),
    Case("silent", ("RCVD",), (), 0),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fate)
def test_every_fate_does_what_it_says(banks: Conn, case: Case) -> None:
    assert case.fate in bank.FATES
    bank.accept(banks, order(500), on=DAY, temper=fated(PZ1=case.fate))
    assert tuple(status for _, status in answers(day(banks))) == case.today
    assert tuple(status for _, status in answers(day(banks, NEXT))) == case.tomorrow
    assert bank.balance(banks, ZERO, NEXT) == case.balance_fen


def test_every_fate_is_tried() -> None:
    assert {case.fate for case in CASES} == set(bank.FATES)


def test_answers_may_come_after_the_statement(banks: Conn) -> None:
    bank.accept(banks, order(500), on=DAY, temper=fated(PZ1="out_of_order"))
    assert bank.collect(banks, DAY, before_statements=True) == []
    bank.close_day(banks, DAY)
    kinds = [iso.kind_of(data) for data in bank.collect(banks, DAY)]
    assert kinds == [iso.CAMT_053, iso.CAMT_053, iso.PAIN_002]


def test_a_statement_may_be_late(banks: Conn) -> None:
    bank.accept(banks, order(500), on=DAY)
    bank.close_day(banks, DAY, late={ZERO: 1})
    assert booked([iso.read_message(data)[1] for data in bank.collect(banks, DAY)]) == []
    assert booked(day(banks, NEXT)) == [("PZ1", "DBIT", 500)]


def test_statements_follow_each_other(banks: Conn) -> None:
    bank.accept(banks, order(500), on=DAY)
    first = day(banks)
    with pytest.raises(FiscError, match="已日终"):
        bank.accept(banks, order(1, number="M2", first=9), on=DAY)
    monday = DAY + timedelta(days=6)  # a return is booked on a day without a statement
    bank.accept(banks, order(300, number="M3", first=2), on=NEXT, temper=fated(PZ2="returned_later"))
    second = day(banks, monday)
    told = [m for m in (*first, *second) if isinstance(m, iso.Statement) and m.acct_no == ZERO]
    assert [(s.sequence_no, s.opening_fen, s.closing_fen) for s in told] == [(1, 0, -500), (2, -500, -500)]
    assert booked(second) == [("PZ2", "DBIT", 300), ("PZ2", "CRDT", 300)]
    returns = [m for m in second if isinstance(m, iso.Notification)]
    assert [(e.end_to_end_id, e.reason_code in faults.REASONS) for m in returns for e in m.entries] == [
        ("PZ2", True)]  # fmt: skip


@given(st.integers(0, 2**31), st.text(min_size=1, max_size=20))
@settings(max_examples=50)
def test_fates_follow_from_seed_and_key_alone(seed: int, key: str) -> None:
    profile = faults.FaultProfile(returned=300_000, late=300_000)
    tempers = [bank.Temper(seed, profile) for _ in range(2)]
    assert tempers[0].fate(key) == tempers[1].fate(key) in ("ok", "returned", "late")
    assert 1 <= tempers[0].delay(key) <= profile.late_days


def test_rates_are_met_roughly() -> None:
    temper = bank.Temper(1, faults.FaultProfile(returned=100_000, silent=50_000))
    found = [temper.fate(f"PZ{n}") for n in range(4000)]
    assert 300 < found.count("returned") < 500
    assert 130 < found.count("silent") < 270


@dataclass(frozen=True)
class Notice:
    lqd_quota_notice_no: str
    amount_fen: int
    mof_div_code: str = CITY
    fund_type_code: str = "111"
    agent_bank_no: str = BANK


def test_the_treasury_clears_once(banks: Conn) -> None:
    bank.transfer(banks, [Transfer(CITY, "opening", 10_000)], on=DAY)
    assert not bank.transfer(banks, [Transfer(CITY, "opening", 10_000)], on=DAY)
    notices = [Notice("QE1", 500), Notice("QE2", -200)]
    moved = bank.clear(banks, notices, on=DAY)
    assert [(m.lqd_cert_no, m.amount_fen) for m in moved] == [("HKQE1", 500), ("HKQE2", -200)]
    assert bank.clear(banks, notices, on=DAY) == moved
    assert (bank.balance(banks, SINGLE, DAY), bank.balance(banks, ZERO, DAY)) == (9_700, 300)
    with pytest.raises(FiscError, match="没有模拟账户"):
        bank.clear(banks, [Notice("QE3", 1, mof_div_code="150602000")], on=DAY)


@pytest.mark.parametrize(
    ("fate", "single", "zero"),
    [("twice", -1000, 500), ("another_amount", -10_500, 10_500), ("not_moved", 0, 0),
     ("not_credited", -500, 0), ("unasked", -10_500, 500)],
)  # fmt: skip
def test_the_treasurys_mistakes(banks: Conn, fate: str, single: int, zero: int) -> None:
    (moved,) = bank.clear(banks, [Notice("QE1", 500)], on=DAY, fates={"QE1": fate})
    assert moved.amount_fen == 500
    assert (bank.balance(banks, SINGLE, DAY), bank.balance(banks, ZERO, DAY)) == (single, zero)


def test_revenue_is_collected_once(banks: Conn) -> None:
    receipts = [
        Collected(CITY, "1010101", "111", 700),
        Collected(CITY, "1010401", "111", -100),
        Collected(CITY, "1030148", "121", 300),
    ]
    assert bank.collect_revenue(banks, receipts, on=DAY) == 3
    assert bank.collect_revenue(banks, receipts, on=DAY) == 0
    assert booked(day(banks), SINGLE) == [
        ("1010101:111", "CRDT", 700), ("1010401:111", "DBIT", 100), ("1030148:121", "CRDT", 300)]  # fmt: skip


def test_what_is_rolled_back_is_there_again(banks: Conn) -> None:
    bank.accept(banks, order(100), on=DAY)
    with banks.transaction(force_rollback=True):
        first = bank.collect(banks, DAY)
    assert first and bank.collect(banks, DAY) == first
