"""Refunds: this year's restores the quota in red; last year's is red in the spending or waits in 2015."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.closing.services.affairs import open_affairs
from fisc.documents import NotFound, RuleBroken, WrongState
from fisc.kernel import Document, DuplicateConflict, record_documents
from fisc.treasury import services as treasury
from fisc.treasury.kinds import REFUND
from fisc.treasury.services import Refund
from tests.treasury.paying import (
    CITY,
    DAY,
    YEAR,
    YUAN,
    application,
    entry,
    left,
    paid,
    quota_id,
    rule_codes,
    sent,
    state,
)

Conn = psycopg.Connection[Any]
OLD = date(2021, 6, 1)


def back(conn: Conn, *refunds: Refund, on: date = DAY) -> list[bool]:
    return treasury.refund(conn, refunds, by="teller", on=on)


def test_a_refund_of_this_year_restores_the_quota_in_red(paying: Conn) -> None:
    paid(paying, application("A1"))
    assert back(paying, Refund("R1", "A1", 30 * YUAN, DAY)) == [True]
    assert entry(paying, "refund:R1:recorded") == [
        "借 quota:9402 (30.00)",
        "贷 quota:9501 (30.00)",
        "借 quota:9302 (30.00)",
        "贷 quota:9402 (30.00)",
        "借 treasury_2015:5001 (30.00)",
        "贷 treasury_2015:1001 (30.00)",
    ]
    assert rule_codes(paying, "refund:R1:recorded") == "36-12+192-T12"
    assert left(paying) == {"executable": 930, "paid": 70}
    assert (state(paying, "A1"), treasury.payment(paying, "A1")["refunded_fen"]) == ("paid", 30 * YUAN)


def test_never_more_comes_back_than_was_paid(paying: Conn) -> None:
    paid(paying, application("A1"), application("A2"))
    back(paying, Refund("R1", "A1", 60 * YUAN, DAY))
    with pytest.raises(RuleBroken, match=r"50\.00 元，支付申请 A1 可退 40\.00 元"):
        back(paying, Refund("R2", "A2", 1, DAY), Refund("R3", "A1", 50 * YUAN, DAY))
    with pytest.raises(RuleBroken, match=r"可退 10\.00 元"):
        back(paying, Refund("R4", "A1", 30 * YUAN, DAY), Refund("R5", "A1", 20 * YUAN, DAY))
    assert back(paying, Refund("R6", "A1", 40 * YUAN, DAY)) == [True]
    assert left(paying) == {"executable": 900, "paid": 100}


def test_the_database_adds_up_refunds_itself(paying: Conn) -> None:
    paid(paying, application("A1"))
    back(paying, Refund("R1", "A1", 60 * YUAN, DAY))
    row = paying.execute("select to_jsonb(r) from treasury_refund r").fetchone()
    assert row is not None
    [paper] = record_documents(paying, [Document(REFUND.key("R2"), REFUND.prefix, CITY, YEAR, DAY)])
    forged = {**row[0], "id": paper, "doc_key": "R2"}
    statement = (
        f"insert into treasury_refund ({', '.join(forged)}) "
        f"select {', '.join(forged)} from jsonb_populate_record(null::treasury_refund, %s)"
    )
    with paying.transaction(force_rollback=True), pytest.raises(psycopg.Error, match="退款超过已支付额"):
        paying.execute(statement.encode(), [psycopg.types.json.Jsonb(forged)])


def test_the_same_refund_again_changes_nothing(paying: Conn) -> None:
    paid(paying, application("A1"))
    whole = Refund("R1", "A1", 100 * YUAN, DAY)
    assert back(paying, whole, whole) == [True, False]
    assert back(paying, whole) == [False]
    with pytest.raises(DuplicateConflict, match="R1"):
        back(paying, Refund("R1", "A1", 99 * YUAN, DAY))
    assert left(paying) == {"executable": 1000}


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        (
            "last_year_red",
            ["借 treasury_2015:5001 (30.00) 上年退款", "贷 treasury_2015:1001 (30.00) 上年退款"],
        ),
        ("last_year_held", ["借 treasury_2015:1001 30.00 上年退款", "贷 treasury_2015:2015 30.00 上年退款"]),
    ],
)
def test_last_years_money_restores_no_quota(paying: Conn, kind: str, lines: list[str]) -> None:
    bgt_id = quota_id("Q1", CITY, 2021)
    paid(paying, application("A1", bgt_id), on=OLD)
    with pytest.raises(RuleBroken, match="不能按“当年退款，恢复指标”办理"):
        back(paying, Refund("R1", "A1", 30 * YUAN, DAY, "this_year"))
    back(paying, Refund("R1", "A1", 30 * YUAN, DAY, kind, "待市财政局定"))
    assert entry(paying, "refund:R1:recorded") == lines
    assert left(paying, bgt_id) == {"executable": 900, "paid": 100}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (Refund("R1", "A2", 1, DAY), WrongState),
        (Refund("R1", "A9", 1, DAY), NotFound),
        (Refund("R1", "A1", 0, DAY), RuleBroken),
        (Refund("R1", "A1", -5, DAY), RuleBroken),
        (Refund("R1", "A1", 1, date(2022, 2, 28)), RuleBroken),
        (Refund("R1", "A1", 1, date(2022, 3, 2)), RuleBroken),
        (Refund("R1", "A1", 1, DAY, "last_year_red"), RuleBroken),
        (Refund("R1", "A1", 1, DAY, "gift"), RuleBroken),
    ],
)
def test_a_refund_that_cannot_be_is_refused(paying: Conn, given: Refund, refusal: type[Exception]) -> None:
    paid(paying, application("A1"))
    sent(paying, application("A2"))
    with pytest.raises(refusal):
        back(paying, given)
    assert left(paying) == {"executable": 800, "applied": 100, "paid": 100}


@pytest.mark.parametrize("is_cleared", [False, True])
def test_with_a_payment_agency_a_refund_passes_its_books_too(paying: Conn, is_cleared: bool) -> None:
    treasury.set_settings(paying, [treasury.Setting(CITY, 2022, has_payment_agency=True)], by="clerk", on=DAY)
    paid(paying, application("A1"))
    if is_cleared:
        _clear(paying, "LQ1", 100)
    back(paying, Refund("R1", "A1", 30 * YUAN, DAY))
    assert entry(paying, "refund:R1:recorded")[4:] == [
        "借 treasury_2015:5001 (30.00) 支付执行机构",
        "贷 treasury_2015:1005 (30.00) 支付执行机构",
    ]
    _clear(paying, "LQ2", -30 if is_cleared else 70)
    assert entry(paying, "refund:R1:cleared") == [
        "借 treasury_2015:1005 (30.00) 支付执行机构",
        "贷 treasury_2015:2091 (30.00) 支付执行机构",
        "借 treasury_2015:5001 (30.00)",
        "贷 treasury_2015:1001 (30.00)",
    ]
    assert treasury.close_agency_books(paying, CITY, 2022, by="books") == {CITY: True}


def _clear(conn: Conn, number: str, yuan: int) -> None:
    treasury.issue_clearing_notices(conn, CITY, DAY, by="clearer", on=DAY)
    debit = treasury.TreasuryDebit(number, "111", "ICBC", yuan * YUAN, DAY)
    treasury.clear(conn, CITY, DAY, [debit], by="clearer2", on=DAY)


def test_the_database_keeps_what_came_back(paying: Conn) -> None:
    paid(paying, application("A1"))
    back(paying, Refund("R1", "A1", 60 * YUAN, DAY))
    step = (
        'trail = trail || \'[["clear", 1, "clearer2", "2022-03-01", ""]]\', '
        "known_at = known_at || ledger.clock(), state = 'cleared'"
    )
    for change in ("amount_fen = 5", f"amount_fen = 5, {step}", f"kind = 'last_year_red', {step}"):
        with paying.transaction(force_rollback=True), pytest.raises(psycopg.Error, match="不再改变"):
            paying.execute(f"update treasury_refund set {change}".encode())


@pytest.mark.parametrize(("kind", "held_fen"), [("last_year_red", 0), ("last_year_held", 30 * YUAN)])
def test_what_is_held_is_unfinished_until_it_is_decided(paying: Conn, kind: str, held_fen: int) -> None:
    paid(paying, application("A1", quota_id("Q1", CITY, 2021)), on=OLD)
    back(paying, Refund("R1", "A1", 30 * YUAN, DAY, kind, "待市财政局定"))
    found = [one for one in open_affairs(paying, [CITY], YEAR) if one.rule_id == "year_end.held_open"]
    assert [one.amount_fen for one in found] == ([held_fen] if held_fen else [])
