"""What a statement has booked out is undone by a booking alone: no later refusal, and no hand, returns it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fisc.banking import services as banking
from fisc.documents import RuleBroken
from fisc.documents import findings as told
from fisc.treasury import services as treasury
from tests.banking.letters import answer, block, entry, notification, outcome, statement, tx
from tests.banking.world import Conn, open_bank, signed
from tests.treasury.paying import CITY, DAY, application, state

NEXT = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)


def booked_out(conn: Conn) -> tuple[str, str]:
    """An order of one voucher that the bank's statement has debited: the order, the voucher."""
    (cert,) = signed(conn, 10)
    order, _, _ = banking.payment_file(conn, [cert], by="teller", on=DAY)
    data = statement("100.00", "90.00", entry("10.00", "DBIT", tx(cert), ref="a"))
    banking.receive(conn, data, by="teller", on=NEXT)
    return order, cert


@pytest.mark.parametrize("level", ["group", "block", "payment"])
def test_a_refusal_after_the_booking_returns_nothing(paying: Conn, level: str) -> None:
    order, cert = booked_out(paying)
    said = {
        "group": answer(order, group="RJCT"), "block": answer(order, block(f"{order}01", "RJCT")),
        "payment": answer(order, block(f"{order}01", "", outcome(cert, "RJCT", "10.00"))),
    }[level]  # fmt: skip
    result = banking.receive(paying, said, by="teller", on=NEXT)
    assert (result.returned, [one.rule_id for one in result.findings]) == (
        [], ["message.refused_after_booking"]
    )  # fmt: skip
    assert state(paying, "A1") == "sent"
    report = banking.reconcile(paying, CITY, NEXT, by="auditor")
    assert report.is_proven and {"bank_first", "refused_after_booking"} <= {one.kind for one in report.items}


def test_the_same_payment_again_is_asked_about(paying: Conn) -> None:
    order, _ = booked_out(paying)
    banking.receive(paying, answer(order, group="RJCT"), by="teller", on=NEXT)
    again = application("Z1", "Q2", 10, purpose="教学设备款 A1")
    with pytest.raises(RuleBroken, match="Z1 与 A1 的收款人、金额、用途、指标和日期都相同"):
        treasury.apply(paying, [again], by="unit", on=DAY)


def test_a_booking_brings_it_back_whatever_was_said_before(paying: Conn) -> None:
    order, cert = booked_out(paying)
    banking.receive(paying, answer(order, group="RJCT"), by="teller", on=NEXT)
    back = notification(entry("10.00", "CRDT", tx(cert), back=True, ref="b"))
    assert banking.receive(paying, back, by="teller", on=NEXT).returned == [cert]
    assert state(paying, "A1") == "returned"


def test_neither_a_hand_nor_other_code_returns_it(paying: Conn) -> None:
    _, cert = booked_out(paying)
    said = treasury.BankReturn(cert, "AC04", "", NEXT)
    with pytest.raises(RuleBroken, match="对账单已记支付凭证"):
        treasury.record_returns(paying, [said], by="teller", on=NEXT)
    assert told.recorded(paying, rules=["message.refused_after_booking"]) == []
    with pytest.raises(Exception, match="对账单已记支付凭证"):
        paying.execute(
            "insert into treasury_return (pay_cert_no, pay_app_no, reason_code, reason, returned_on, "
            "payee_name, payee_acct_no) values (%s, 'A1', 'NARR', '', %s, '', '')", [cert, NEXT],
        )  # fmt: skip
