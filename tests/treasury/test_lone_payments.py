"""One payment a call, each call a transaction of its own: written with one statement, read without a lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from fisc.documents import NotFound, WrongState
from fisc.kernel import DuplicateConflict, FiscError, QuotaShortfall
from fisc.registry import elements
from fisc.treasury import services as treasury
from fisc.treasury.services import (
    BankReturn,
    PayeeCorrection,
    PaymentApplication,
    applications,
    bank,
    certificates,
    payments,
)
from tests.treasury.paying import BANNER, CITY, DAY, application, certified, left, paid, receipt, sent, state

Conn = psycopg.Connection[Any]


@pytest.fixture
def desks(paying_db: str) -> Iterator[tuple[Conn, Conn]]:
    with (
        psycopg.connect(paying_db, autocommit=True) as one,
        psycopg.connect(paying_db, autocommit=True) as two,
    ):
        yield one, two


BAD: dict[str, PaymentApplication] = {
    "no such quota": application("A1", bgt_id="Q9"),
    "more than there is": application("A1", yuan=10**6),
    "another region": replace(application("A1"), mof_div_code=BANNER),
    "another name": application("A1", payee_name="鄂尔多斯乙公司"),
    "no account": application("A1", payee_acct_no="404"),
    "nothing": application("A1", yuan=0),
    "a line break": application("A1", purpose="甲\n乙"),
    "said otherwise before": application("A0", yuan=7),
}


def _told(conn: Conn, a: PaymentApplication) -> tuple[type[FiscError], str, str, str]:
    with pytest.raises(FiscError) as caught:
        treasury.apply(conn, [a], by="unit", on=DAY)
    error = caught.value
    return type(error), str(error), error.rule, error.hint


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_what_is_refused_alone_is_refused_in_the_words_of_a_set(
    desks: tuple[Conn, Conn], bad: PaymentApplication
) -> None:
    one, _ = desks
    treasury.apply(one, [application("A0")], by="unit", on=DAY)
    before = _everything(one)
    alone = _told(one, bad)
    with one.transaction(force_rollback=True):
        assert alone == _told(one, bad)
    assert _everything(one) == before
    [outcome] = treasury.apply(one, [bad], by="unit", on=DAY, each=True)
    assert outcome.refusal is not None and str(outcome.refusal) == alone[1]
    assert _everything(one) == before


def test_a_disabled_unit_cannot_apply_alone(desks: tuple[Conn, Conn]) -> None:
    one, _ = desks
    elements.disable(
        one, "agencies", [elements.Key(2022, "101001", CITY)], by="registrar", on=DAY, reason="单位已经撤并"
    )
    with pytest.raises(FiscError, match="撤并"):
        treasury.apply(one, [application("A1")], by="unit", on=DAY)
    assert one.execute("select count(*) from treasury_payment").fetchone() == (0,)


def _everything(conn: Conn) -> Any:
    return conn.execute(
        "select (select count(*) from treasury_payment), (select count(*) from ledger.document), "
        "(select count(*) from ledger.entry), (select count(*) from ledger.posting)"
    ).fetchone()


def test_a_document_and_what_it_posts_are_one_transaction(desks: tuple[Conn, Conn]) -> None:
    one, _ = desks
    treasury.apply(one, [application("A1")], by="unit", on=DAY)
    assert _written_by(one, "A1") == _posted_by(one, "pay_app:A1:applied")
    sent_on = paid(one, application("A2"))
    assert sent_on == ["PZA2"]
    assert _written_by(one, "A2") == _posted_by(one, "pay_app:A2:paid")
    assert left(one) == {"executable": 800, "applied": 100, "paid": 100}


def _written_by(conn: Conn, number: str) -> Any:
    return conn.execute("select xmin::text from treasury_payment where doc_key = %s", [number]).fetchone()


def _posted_by(conn: Conn, key: str) -> Any:
    query = "select (posted_xid::text::bigint & 4294967295)::text from ledger.entry where natural_key = %s"
    return conn.execute(query, [key]).fetchone()


def _between(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, work: Callable[[], object]) -> None:
    """Have something happen once between what a service reads and what it writes."""
    real, left_over = getattr(module, name), [work]

    def asked(*args: Any, **named: Any) -> Any:
        found = real(*args, **named)
        if left_over:
            left_over.pop()()
        return found

    monkeypatch.setattr(module, name, asked)


def test_who_is_overtaken_looks_again(desks: tuple[Conn, Conn], monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = desks
    _approved(one, "A1")

    def back_and_forth() -> None:
        treasury.send_back(two, ["A1"], by="reviewer", on=DAY, note="缺少合同附件")
        treasury.review(two, ["A1"], by="unit2", on=DAY)
        treasury.approve(two, ["A1"], by="reviewer", on=DAY)

    _between(monkeypatch, payments, "ask_all", back_and_forth)
    assert treasury.certify(one, ["A1"], by="signer", on=DAY) == ["PZA1"]
    assert [step.round_no for step in treasury.payment(one, "A1")["trail"]] == [1, 1, 1, 1, 2, 2, 2]


def test_who_is_overtaken_by_a_withdrawal_certifies_nothing(
    desks: tuple[Conn, Conn], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    _approved(one, "A1")
    _between(
        monkeypatch,
        payments,
        "ask_all",
        lambda: treasury.withdraw(two, ["A1"], by="unit", on=DAY, note="金额填错一位"),
    )
    with pytest.raises(WrongState, match="已撤销"):
        treasury.certify(one, ["A1"], by="signer", on=DAY)
    assert treasury.payment(one, "A1")["pay_cert_no"] is None
    assert left(one) == {"executable": 1000}


def _back(conn: Conn, cert: str, account: str = "6200002", **given: Any) -> None:
    """The bank sends a certificate back, and the payee is corrected."""
    treasury.record_returns(conn, [BankReturn(cert, "AC01", "", DAY)], by="teller", on=DAY)
    right = PayeeCorrection("A1", "鄂尔多斯甲公司", account)
    treasury.correct_payee(conn, [right], by="unit", on=DAY, **given)


def test_a_receipt_pays_no_other_certificate_that_is_sent_in_place_of_its_own(
    desks: tuple[Conn, Conn], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    sent(one, application("A1"))

    def replaced() -> None:
        _back(two, "PZA1", signed_by="signer")
        treasury.send(two, ["PZA1-2"], by="teller", on=DAY, message_id="M2")

    _between(monkeypatch, certificates, "ask_all", replaced)
    with pytest.raises(WrongState, match="已于 2022-03-01 退票"):
        treasury.confirm_paid(one, [receipt("PZA1")], by="teller", on=DAY)
    assert state(one, "A1") == "sent" and left(one) == {"executable": 900, "applied": 100}


def test_what_is_sent_is_no_other_certificate_that_was_made_in_its_place(
    desks: tuple[Conn, Conn], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    certified(one, application("A1"))

    def replaced() -> None:
        treasury.send(two, ["PZA1"], by="teller", on=DAY, message_id="M1")
        _back(two, "PZA1", signed_by="signer")

    _between(monkeypatch, bank, "content_digest", replaced)
    with pytest.raises(NotFound, match="PZA1"):
        treasury.send(one, ["PZA1"], by="teller", on=DAY, message_id="M2")
    assert state(one, "A1") == "certified" and treasury.payment(one, "A1")["message_id"] != "M2"


def test_a_certificate_that_came_back_meanwhile_is_not_made_again(
    desks: tuple[Conn, Conn], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    sent(one, application("A1"))
    _back(one, "PZA1")

    def once_more() -> None:
        assert treasury.certify(two, ["A1"], by="signer", on=DAY) == ["PZA1-2"]
        treasury.send(two, ["PZA1-2"], by="teller", on=DAY, message_id="M2")
        _back(two, "PZA1-2", "6200001")

    _between(monkeypatch, payments, "certificate_no", once_more)
    assert treasury.certify(one, ["A1"], by="signer", on=DAY) == ["PZA1-3"]


def _approved(conn: Conn, number: str) -> None:
    treasury.apply(conn, [application(number)], by="unit", on=DAY)
    treasury.review(conn, [number], by="unit2", on=DAY)
    treasury.approve(conn, [number], by="reviewer", on=DAY)


def test_another_receipt_between_reading_and_writing_is_a_conflict(
    desks: tuple[Conn, Conn], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    sent(one, application("A1"))
    other = receipt("PZA1", agent_business_no="OTHER")
    _between(
        monkeypatch, certificates, "ask_all", lambda: treasury.confirm_paid(two, [other], by="teller", on=DAY)
    )
    with pytest.raises(DuplicateConflict):
        treasury.confirm_paid(one, [receipt("PZA1", agent_business_no="MINE")], by="teller", on=DAY)
    assert left(one) == {"executable": 900, "paid": 100}
    assert treasury.payment(one, "A1")["agent_business_no"] == "OTHER"


def test_the_last_of_a_quota_taken_between_reading_and_writing_is_a_shortfall_in_words(
    desks: tuple[Conn, Conn], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = desks
    rest = application("A2", yuan=1000)
    _between(monkeypatch, applications, "ask_all", lambda: treasury.apply(two, [rest], by="unit", on=DAY))
    with pytest.raises(QuotaShortfall, match=r"支付申请 A1.*可用只有 0\.00 元"):
        treasury.apply(one, [application("A1")], by="unit", on=DAY)
    assert state(one, "A2") == "draft"
    assert left(one) == {"applied": 1000}


def test_applying_again_alone_changes_nothing(desks: tuple[Conn, Conn]) -> None:
    one, _ = desks
    first = treasury.apply(one, [application("A1")], by="unit", on=DAY)
    before = _everything(one)
    again = treasury.apply(one, [application("A1")], by="unit", on=DAY)
    assert [o.is_new for o in (*first, *again)] == [True, False]
    assert _everything(one) == before
