"""The cash position of a day: what the ledger says, how far payments have come, what is expected."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from fisc.cash.checks import check_cash
from fisc.cash.services import Expected, expect, position, settle_expected
from fisc.cash.services.flows import stream_of
from fisc.cash.services.forecast import forecast
from fisc.documents import MissingDuty, NotFound, RuleBroken
from fisc.kernel import DuplicateConflict
from fisc.kernel.knowledge import known_at
from fisc.registry.errors import BadElement
from fisc.treasury.services.applications import PaymentApplication, apply
from fisc.treasury.services.bank import BankReceipt, confirm_paid, send
from fisc.treasury.services.payments import approve, certify, review
from tests.past import now, told_again
from tests.treasury import desk
from tests.treasury.desk import CITY, DAY, PAYEES

Conn = psycopg.Connection[Any]


@pytest.fixture
def conn(ready_db: str) -> Any:
    with psycopg.connect(ready_db, autocommit=True) as connection:
        desk.furnish(connection)
        desk.receive(connection, 10_000, date(2022, 2, 15))
        yield connection


def applied(conn: Conn, number: str, yuan: int, on: date = DAY, quota: str = "B1") -> str:
    item = PaymentApplication(
        number, quota, yuan * 100, "direct", PAYEES["62220001"], "62220001", "", "办公用品", CITY
    )
    apply(conn, [item], by="unit", on=on)
    return number


def sent(conn: Conn, number: str, on: date) -> str:
    review(conn, [number], by="chief", on=on)
    approve(conn, [number], by="desk", on=on)
    (cert,) = certify(conn, [number], by="seal", on=on)
    send(conn, [cert], by="wire", on=on, message_id=f"M{number}")
    return cert


def test_a_position_follows_payments_through_the_days(conn: Conn) -> None:
    applied(conn, "A1", 300)
    applied(conn, "A2", 200)
    next_day = DAY + timedelta(1)
    cert = sent(conn, "A1", next_day)
    paid_on = DAY + timedelta(2)
    confirm_paid(conn, [BankReceipt(cert, "BN1", 30_000, paid_on)], by="wire", on=paid_on)
    first, second, third = (position(conn, CITY, DAY + timedelta(n)) for n in range(3))
    assert [first.treasury_fen, second.treasury_fen, third.treasury_fen] == [1_000_000, 1_000_000, 970_000]
    assert {p.state: (p.count, p.amount_fen) for p in first.pending} == {"draft": (2, 50_000)}
    assert {p.state: p.amount_fen for p in second.pending} == {"draft": 20_000, "sent": 30_000}
    assert {p.state: p.amount_fen for p in third.pending} == {"draft": 20_000}
    assert (third.uncleared.count, third.uncleared.amount_fen) == (1, 30_000)
    assert [p.committed_fen for p in (first, second, third)] == [50_000, 50_000, 20_000]
    assert third.quota_left_fen == 100_000 and third.free_fen == 950_000
    assert not check_cash(conn, CITY, paid_on)
    before = position(conn, CITY, DAY - timedelta(1))
    assert before.pending == () and before.committed_fen == 0 and before.treasury_fen == 1_000_000
    assert position(conn, CITY, date(2022, 2, 1)).treasury_fen == 0


def test_a_payment_that_the_bank_tells_of_late_was_paid_on_its_day(conn: Conn) -> None:
    applied(conn, "A1", 300)
    cert = sent(conn, "A1", DAY)
    receipt = BankReceipt(cert, "BN1", 30_000, DAY)
    confirm_paid(conn, [receipt], by="wire", on=DAY + timedelta(2))
    for day in (DAY, DAY + timedelta(1), DAY + timedelta(2)):
        at = position(conn, CITY, day)
        assert (at.pending, at.committed_fen, at.uncleared.amount_fen) == ((), 0, 30_000)
        assert not check_cash(conn, CITY, day)


def test_a_position_is_told_as_it_was_known(conn: Conn) -> None:
    """A receipt of an earlier day, what is struck off, a bank that answers late: told again as before."""
    item = Expected("E1", CITY, "transfers_in", DAY + timedelta(5), 500_000, "上级专项", "内财〔2022〕1号")
    applied(conn, "A1", 300)

    def ask() -> Any:
        return (
            position(conn, CITY, DAY),
            check_cash(conn, CITY, DAY + timedelta(9)),
            forecast(conn, CITY, DAY),
        )

    told_again(conn, ask, lambda: expect(conn, [item], by="cashier", on=DAY))
    told_again(conn, ask, lambda: settle_expected(conn, ["E1"], by="cashier"))
    told_again(conn, ask, lambda: desk.receive(conn, 77, date(2022, 2, 16)))
    certs: list[str] = []
    told_again(conn, ask, lambda: certs.append(sent(conn, "A1", DAY)))
    late = BankReceipt(certs[0], "BN1", 30_000, DAY)
    told_again(conn, ask, lambda: confirm_paid(conn, [late], by="wire", on=DAY + timedelta(2)))


def test_a_position_of_the_past_is_read_only_for_as_long_as_it_is_asked(conn: Conn) -> None:
    with known_at(conn, now(conn)):
        assert position(conn, CITY, DAY).treasury_fen == 1_000_000
    applied(conn, "A1", 300)


def test_what_is_expected_is_recorded_once_and_struck_off(conn: Conn) -> None:
    item = Expected("E1", CITY, "transfers_in", DAY + timedelta(5), 500_000, "上级专项", "内财〔2022〕1号")
    assert expect(conn, [item], by="cashier", on=DAY) == [True]
    assert expect(conn, [item], by="cashier", on=DAY) == [False]
    with pytest.raises(DuplicateConflict, match="E1"):
        expect(conn, [Expected("E1", CITY, "transfers_in", DAY, 1, "别的")], by="cashier", on=DAY)
    with pytest.raises(RuleBroken, match="类别不存在"):
        expect(conn, [Expected("E2", CITY, "nothing", DAY, 1, "别的")], by="cashier", on=DAY)
    far = DAY.replace(year=DAY.year + 2)
    with pytest.raises(RuleBroken, match=f"不能是 {far.year} 年"):
        expect(conn, [Expected("E3", CITY, "transfers_in", far, 1, "太远")], by="cashier", on=DAY)
    for key, title in (("E\u202e2", "付息"), (" E2", "付息"), ("E2", "\n"), ("E2", "")):
        with pytest.raises(BadElement, match="不能用"):
            expect(conn, [Expected(key, CITY, "transfers_in", DAY, 1, title)], by="cashier", on=DAY)
    assert position(conn, CITY, DAY).expected == (item,)
    settle_expected(conn, ["E1"], by="cashier")
    assert position(conn, CITY, DAY).expected_fen == 0
    with pytest.raises(NotFound):
        settle_expected(conn, ["E9"], by="cashier")


def test_who_has_not_the_duty_expects_nothing(conn: Conn) -> None:
    item = Expected("E1", CITY, "transfers_in", DAY + timedelta(5), 500_000, "上级专项")
    with pytest.raises(MissingDuty, match="国库经办"):
        expect(conn, [item], by="desk", on=DAY)
    expect(conn, [item], by="cashier", on=DAY)
    with pytest.raises(MissingDuty, match="国库经办"):
        settle_expected(conn, ["E1"], by="desk")
    assert position(conn, CITY, DAY).expected == (item,)


def test_checks_name_what_is_wrong(conn: Conn) -> None:
    applied(conn, "A1", 300)
    sent(conn, "A1", DAY)
    late = Expected("E1", CITY, "debt_service", DAY + timedelta(1), -7, "付息")
    expect(conn, [late], by="cashier", on=DAY)
    found = check_cash(conn, CITY, DAY + timedelta(9), floor_fen=2_000_000)
    assert [(f.rule_id, f.amount_fen) for f in found] == [
        ("cash.floor", -1_000_000), ("cash.unanswered", 30_000), ("cash.overdue", -7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("codes", "stream"),
    [
        ({"rev_func_code": "10101"}, "own_revenue"),
        ({"rev_func_code": "1100245"}, "transfers_in"),
        ({"rev_func_code": "10503"}, "debt_in"),
        ({"exp_func_code": "2050202", "dep_bgt_eco_code": "30101"}, "payroll"),
        ({"exp_func_code": "2050202", "dep_bgt_eco_code": "30201"}, "payments"),
        ({"exp_func_code": "2320301", "dep_bgt_eco_code": "30701"}, "debt_service"),
        ({"tp_func_code": "2300245"}, "transfers_out"),
        ({}, "other"),
    ],
)
def test_a_cash_line_belongs_to_one_stream(codes: dict[str, str], stream: str) -> None:
    assert stream_of(codes) == stream
