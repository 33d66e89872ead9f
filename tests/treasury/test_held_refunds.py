"""What comes back of an earlier year: red by itself, held by word and reason, and what is held is decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.closing.services.affairs import open_affairs
from fisc.closing.services.yearly import statements_of_year
from fisc.documents import NotFound, RuleBroken
from fisc.treasury import services as treasury
from fisc.treasury.services import Refund, TreasuryAffair
from tests.treasury.paying import CITY, DAY, YEAR, YUAN, application, entry, left, paid, quota_id

Conn = psycopg.Connection[Any]
OLD = date(2021, 6, 1)
HELD = "last_year_held"
NEXT = date(2023, 3, 1)


def held(conn: Conn, quota: str = "Q1", on: date = DAY) -> None:
    """Thirty yuan of last year's payment came back and are held."""
    year = on.year - 1
    paid(conn, application("A1", quota_id(quota, CITY, year)), on=date(year, 6, 1))
    treasury.refund(conn, [Refund("R1", "A1", 30 * YUAN, on, HELD, "待市财政局定")], by="teller", on=on)


def decision(number: str, kind: str, yuan: int = 30, **given: Any) -> TreasuryAffair:
    told = {"fund_type_code": "111", "on": DAY, "refund_no": "R1", "basis_doc_no": "财库〔2022〕7号", **given}
    return TreasuryAffair(number, kind, CITY, told.pop("fund_type_code"), yuan * YUAN, told.pop("on"), **told)


def decided(conn: Conn, *affairs: TreasuryAffair, on: date = DAY) -> list[bool]:
    return treasury.record_affairs(conn, affairs, by="clerk", reviewed_by="reviewer", on=on)


def owed_by_account(conn: Conn, year: int) -> list[str]:
    return [
        one.evidence[0] for one in open_affairs(conn, [CITY], year) if one.rule_id == "year_end.owing_open"
    ]


def unfinished(conn: Conn, year: int = YEAR) -> list[int]:
    return [one.amount_fen for one in open_affairs(conn, [CITY], year) if one.rule_id == "year_end.held_open"]


def test_without_a_choice_last_years_money_is_red_and_this_years_restores_the_quota(paying: Conn) -> None:
    paid(paying, application("A1", quota_id("Q1", CITY, 2021)), on=OLD)
    paid(paying, application("A2"))
    both = [Refund("R1", "A1", 30 * YUAN, DAY), Refund("R2", "A2", 10 * YUAN, DAY)]
    assert treasury.refund(paying, both, by="teller", on=DAY) == [True, True]
    assert entry(paying, "refund:R1:recorded") == [
        "借 treasury_2015:5001 (30.00) 上年退款", "贷 treasury_2015:1001 (30.00) 上年退款",
    ]  # fmt: skip
    assert left(paying) == {"executable": 910, "paid": 90} and unfinished(paying) == []
    same = [Refund("R1", "A1", 30 * YUAN, DAY, "last_year_red")]
    assert treasury.refund(paying, same, by="teller", on=DAY) == [False]


def test_money_is_held_for_a_reason_alone(paying: Conn) -> None:
    paid(paying, application("A1", quota_id("Q1", CITY, 2021)), on=OLD)
    for reason in ("", "  "):
        with pytest.raises(RuleBroken, match="没有写明为什么先作暂存"):
            treasury.refund(paying, [Refund("R1", "A1", 30 * YUAN, DAY, HELD, reason)], by="teller", on=DAY)


WAYS = [
    ("held_refund_charged", {},
     ["借 treasury_2015:5001 (30.00) 上年退款", "贷 treasury_2015:2015 (30.00) 上年退款"]),
    ("held_refund_recognised", {"rev_func_code": "1039999"},
     ["借 treasury_2015:2015 30.00 上年退款", "贷 treasury_2015:4001 30.00"]),
    ("held_refund_to_surplus", {},
     ["借 treasury_2015:2015 30.00 上年退款", "贷 treasury_2015:3001 30.00"]),
    ("held_refund_returned", {},
     ["借 treasury_2015:2015 30.00 上年退款", "贷 treasury_2015:1001 30.00"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "lines"), WAYS)
def test_what_is_held_goes_the_way_that_two_officers_decide(
    paying: Conn, kind: str, given: dict[str, Any], lines: list[str]
) -> None:
    held(paying)
    assert unfinished(paying) == [30 * YUAN] and owed_by_account(paying, YEAR) == []  # told once
    assert [row["left_fen"] for row in treasury.open_affairs(paying, CITY, DAY)] == [30 * YUAN]
    treasury.make_affairs(paying, [decision("D1", kind, **given)], by="clerk", on=DAY)
    assert unfinished(paying) == [30 * YUAN]  # a draft decides nothing
    treasury.post_affairs(paying, ["D1"], by="reviewer", on=DAY)
    assert entry(paying, "affair:D1:posted") == lines
    assert unfinished(paying) == [] and treasury.open_affairs(paying, CITY, DAY) == []
    assert left(paying, quota_id("Q1", CITY, 2021)) == {"executable": 900, "paid": 100}
    assert statements_of_year(paying, CITY, YEAR).is_sound


NEW, BUDGET = "treasury_2022_financial", "treasury_2022_budget"
NEW_WAYS = [
    ("held_refund_charged", {}, [
        f"借 {NEW}:5001 (30.00) 上年退款", f"贷 {NEW}:2013 (30.00) 上年退款",
        f"借 {BUDGET}:7001 (30.00) 上年退款", f"贷 {BUDGET}:804101 (30.00) 上年退款",
    ]),
    ("held_refund_recognised", {"rev_func_code": "1039999"}, [
        f"借 {NEW}:2013 30.00 上年退款", f"贷 {NEW}:4002 30.00",
        f"借 {BUDGET}:804101 30.00 上年退款", f"贷 {BUDGET}:6001 30.00",
    ]),
    ("held_refund_to_surplus", {}, [
        f"借 {NEW}:2013 30.00 上年退款", f"贷 {NEW}:3001 30.00",
        f"借 {BUDGET}:804101 30.00 上年退款", f"贷 {BUDGET}:8001 30.00",
    ]),
    ("held_refund_returned", {}, [f"借 {NEW}:2013 30.00 上年退款", f"贷 {NEW}:1001 30.00"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "lines"), NEW_WAYS)
def test_and_the_same_in_the_books_from_2023(
    paying: Conn, kind: str, given: dict[str, Any], lines: list[str]
) -> None:
    held(paying, on=NEXT)
    assert unfinished(paying, 2023) == [30 * YUAN] and owed_by_account(paying, 2023) == []
    assert decided(paying, decision("D1", kind, on=NEXT, **given), on=NEXT) == [True]
    assert entry(paying, "affair:D1:posted") == lines
    assert unfinished(paying, 2023) == []


def test_a_held_fund_goes_to_the_balance_of_its_kind(paying: Conn) -> None:
    held(paying, "G1")
    decided(paying, decision("D1", "held_refund_to_surplus", fund_type_code="121"))
    assert standing(paying, "3002", "rev_func_code") == [("1030148",)]


def standing(conn: Conn, code: str, element: str) -> list[tuple[Any, ...]]:
    """An element of the blocks on which the decision's lines of an account stand."""
    return conn.execute(
        f"select distinct c.{element} from ledger.posting p join ledger.entry e on e.id = p.entry_id "
        "join ledger.account a on a.id = p.account_id join ledger.coding c on c.id = p.coding_id "
        "where e.natural_key = 'affair:D1:posted' and a.code = %s".encode(),
        [code],
    ).fetchall()


def test_parts_are_decided_apart_and_come_to_no_more_than_came_back(paying: Conn) -> None:
    held(paying)
    decided(paying, decision("D1", "held_refund_charged", 20))
    assert unfinished(paying) == [10 * YUAN]
    with pytest.raises(RuleBroken, match="处理额超过暂存的退款"):
        treasury.make_affairs(paying, [decision("D2", "held_refund_returned", 11)], by="clerk", on=DAY)
    decided(paying, decision("D2", "held_refund_returned", 10))
    assert unfinished(paying) == []


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (decision("D1", "held_refund_charged", refund_no=""), "须写明所处理的退款"),
        (decision("D1", "held_refund_charged", basis_doc_no=" "), "没有决定文号"),
        (decision("D1", "held_refund_charged", refund_no="R9"), "R9 不存在"),
        (decision("D1", "held_refund_charged", refund_no="R2"), "没有暂存"),
        (decision("D1", "held_refund_charged", fund_type_code="121"), "不是同一区划、同一资金"),
        (decision("D1", "held_refund_charged", exp_func_code="2059909"), "不是 2022 年的支出科目"),
        (decision("D1", "held_refund_recognised"), "须写明收入分类"),
        (decision("D1", "money_lent"), "不处理退款"),
        (decision("D1", "held_refund_returned", exp_func_code="2050202"), "不列支出科目"),
    ],
)
def test_what_decides_nothing_is_refused(paying: Conn, wrong: TreasuryAffair, refusal: str) -> None:
    held(paying)
    paid(paying, application("A2"))
    treasury.refund(paying, [Refund("R2", "A2", YUAN, DAY)], by="teller", on=DAY)
    with pytest.raises((RuleBroken, NotFound), match=refusal):
        treasury.make_affairs(paying, [wrong], by="clerk", on=DAY)
    assert unfinished(paying) == [30 * YUAN]


def test_this_years_class_takes_what_last_years_class_spent(paying: Conn) -> None:
    held(paying)
    decided(paying, decision("D1", "held_refund_charged", exp_func_code="2050299"))
    assert standing(paying, "5001", "exp_func_code") == [("2050299",)]
