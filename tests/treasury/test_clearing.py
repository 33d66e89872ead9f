"""Clearing with the central-bank treasury: notices, debits, what stays in transit."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.catalogue import CATALOGUE
from fisc.closing.services.yearly import statements_of_year
from fisc.documents import NotFound, RuleBroken
from fisc.kernel import DuplicateConflict
from fisc.reading.service import FigureService
from fisc.treasury import services as treasury
from fisc.treasury.services import RegionDay, TreasuryDebit
from tests.treasury.paying import (
    BANNER,
    CITY,
    DAY,
    YUAN,
    application,
    entry,
    paid,
    period_of,
    receipt,
    sent,
    state,
)

Conn = psycopg.Connection[Any]
NEXT = date(2022, 3, 2)


def notices(conn: Conn, day: date = DAY) -> list[tuple[str, int]]:
    issued = treasury.issue_clearing_notices(conn, CITY, day, by="clearer", on=day)
    return [(n.lqd_quota_notice_no, n.amount_fen // YUAN) for n in issued]


def debit(yuan: int, *certs: str, number: str = "LQ1", fund: str = "111", **given: Any) -> TreasuryDebit:
    return TreasuryDebit(
        number, fund, "ICBC", yuan * YUAN, given.get("on", DAY), certs or None, given.get("refund_nos")
    )


def clear(conn: Conn, *debits: TreasuryDebit, day: date = DAY) -> list[bool]:
    return treasury.clear(conn, CITY, day, debits, by="clearer2", on=NEXT)


def test_a_day_is_notified_by_fund_and_bank_and_cleared(paying: Conn) -> None:
    paid(paying, application("A1"), application("A2", "Q2", 50), application("A3", "G1", 30))
    assert notices(paying) == [
        ("QE15060000020220301111ICBC-1", 150),
        ("QE15060000020220301121ICBC-1", 30),
    ]
    assert notices(paying) == []
    assert [n.amount_fen // YUAN for n in treasury.clearing_notices(paying, CITY, DAY)] == [150, 30]
    assert clear(paying, debit(150), debit(30, number="LQ2", fund="121")) == [True, True]
    assert [state(paying, n) for n in ("A1", "A2", "A3")] == ["cleared"] * 3
    found = treasury.payment(paying, "A1")
    assert (found["lqd_cert_no"], found["act_lqd_date"]) == ("LQ1", DAY)
    assert entry(paying, "pay_app:A1:cleared") == []
    assert notices(paying) == []


def test_the_same_debit_again_changes_nothing_another_is_a_conflict(paying: Conn) -> None:
    paid(paying, application("A1"))
    notices(paying)
    assert clear(paying, debit(100)) == [True]
    assert clear(paying, debit(100)) == [False]
    with pytest.raises(DuplicateConflict, match="LQ1"):
        clear(paying, debit(99))


def test_what_was_not_cleared_stays_in_transit(paying: Conn) -> None:
    certs = paid(paying, application("A1"), application("A2", yuan=50))
    sent(paying, application("A3", yuan=7))
    notices(paying)
    clear(paying, debit(100, certs[0]))
    under_way = treasury.in_transit(paying, CITY, DAY)
    assert [row["pay_app_no"] for row in under_way.not_cleared] == ["A2"]
    assert [row["pay_app_no"] for row in under_way.at_bank] == ["A3"]
    assert (under_way.not_cleared_fen, under_way.at_bank_fen) == (50 * YUAN, 7 * YUAN)
    assert treasury.in_transit(paying, BANNER, DAY).not_cleared == []
    treasury.confirm_paid(paying, [receipt("PZA3", 7, NEXT)], by="teller", on=NEXT)
    clear(paying, debit(50, number="LQ2", on=NEXT))
    assert treasury.in_transit(paying, CITY, NEXT).not_cleared_fen == 7 * YUAN
    again = treasury.in_transit(paying, CITY, DAY)
    assert (again.not_cleared_fen, again.at_bank_fen) == (50 * YUAN, 7 * YUAN)


def test_days_of_regions_are_cleared_as_a_set_each_by_its_own_payments(paying: Conn) -> None:
    paid(paying, application("A1"))
    paid(paying, application("A2", yuan=50), on=NEXT)
    first, second = RegionDay(CITY, DAY), RegionDay(CITY, NEXT)
    idle = RegionDay(BANNER, DAY)
    issued = treasury.issue_all_notices(paying, [second, idle, first, first], by="clearer", on=NEXT)
    assert [(n.cleared_for, n.amount_fen // YUAN) for n in issued] == [(DAY, 100), (NEXT, 50)]
    of_first, of_second = debit(100, on=NEXT), debit(50, number="LQ2", on=NEXT)
    with pytest.raises(RuleBroken, match=r"划款 50\.00 元.*为 100\.00 元"):
        treasury.clear_all(paying, [(first, of_second)], by="clearer2", on=NEXT)
    given = [(second, of_second), (first, of_first)]
    assert treasury.clear_all(paying, given, by="clearer2", on=NEXT) == [True, True]
    assert [treasury.payment(paying, n)["lqd_cert_no"] for n in ("A1", "A2")] == ["LQ1", "LQ2"]
    assert treasury.clear_all(paying, given, by="clearer2", on=NEXT) == [False, False]


def test_later_than_the_day_is_named(paying: Conn) -> None:
    paid(paying, application("A1"))
    notices(paying)
    clear(paying, debit(100, on=NEXT))
    [late] = treasury.late_clearings(paying, CITY, DAY, NEXT)
    assert (late["lqd_cert_no"], late["act_lqd_date"]) == ("LQ1", NEXT)


def test_sums_that_do_not_agree_are_refused(paying: Conn) -> None:
    certs = paid(paying, application("A1"), application("A2", yuan=50))
    notices(paying)
    with pytest.raises(RuleBroken, match=r"划款 149\.00 元.*为 150\.00 元"):
        clear(paying, debit(149))
    with pytest.raises(RuleBroken, match=r"为 50\.00 元"):
        clear(paying, debit(100, certs[1]))
    with pytest.raises(NotFound, match="PZA9"):
        clear(paying, debit(100, "PZA9"))
    with pytest.raises(NotFound, match="PZA1"):
        clear(paying, debit(100, certs[0]), debit(100, certs[0], number="LQ2"))
    assert state(paying, "A1") == "paid"


def test_a_debit_without_payments_is_told_of_those_through_another_bank_or_none(paying: Conn) -> None:
    paid(paying, application("A1"), application("A2", yuan=50, agent_bank_no=""))
    notices(paying)
    other = TreasuryDebit("LQ1", "111", "ABC", 150 * YUAN, DAY)
    with pytest.raises(RuleBroken) as refused:
        clear(paying, other)
    assert (
        "（0 笔支付、0 笔退款）；这一天待清算的还有没有写代理银行的 1 笔 50.00 元、"
        "代理银行 ICBC 的 1 笔 100.00 元" in refused.value.message
    )


def test_no_more_is_moved_than_was_notified(paying: Conn) -> None:
    paid(paying, application("A1"))
    with pytest.raises(RuleBroken, match="划款超过清算额度"):
        clear(paying, debit(100))
    notices(paying)
    paid(paying, application("A2", yuan=50))
    with pytest.raises(RuleBroken, match="划款超过清算额度"):
        clear(paying, debit(150))
    assert notices(paying) == [("QE15060000020220301111ICBC-2", 50)]
    assert clear(paying, debit(150)) == [True]


def test_refunds_are_netted(paying: Conn) -> None:
    paid(paying, application("A1"), application("A2", yuan=50))
    treasury.refund(paying, [treasury.Refund("R1", "A1", 30 * YUAN, DAY)], by="teller", on=DAY)
    assert notices(paying) == [("QE15060000020220301111ICBC-1", 120)]
    assert clear(paying, debit(120)) == [True]
    treasury.refund(paying, [treasury.Refund("R2", "A1", 10 * YUAN, NEXT)], by="teller", on=NEXT)
    assert notices(paying, NEXT) == [("QE15060000020220302111ICBC-1", -10)]
    assert clear(paying, debit(-10, number="LQ2", on=NEXT), day=NEXT) == [True]


def test_with_a_payment_agency_its_books_are_kept_beside_the_treasurys(paying: Conn) -> None:
    treasury.set_settings(paying, [treasury.Setting(CITY, 2022, has_payment_agency=True)], by="clerk", on=DAY)
    paid(paying, application("A1"), application("A2", pay_type="authorised"))
    assert entry(paying, "pay_app:A1:paid")[2:] == [
        "借 treasury_2015:5001 100.00 支付执行机构",
        "贷 treasury_2015:1005 100.00 支付执行机构",
    ]
    assert entry(paying, "pay_app:A2:paid")[2:] == [
        "借 treasury_2015:5001 100.00 支付执行机构",
        "贷 treasury_2015:2091 100.00 支付执行机构",
    ]
    notices(paying)
    clear(paying, debit(200))
    assert entry(paying, "pay_app:A1:cleared") == [
        "借 treasury_2015:1005 100.00 支付执行机构",
        "贷 treasury_2015:2091 100.00 支付执行机构",
        "借 treasury_2015:5001 100.00",
        "贷 treasury_2015:1001 100.00",
    ]
    assert entry(paying, "pay_app:A2:cleared") == [
        "借 treasury_2015:5001 100.00",
        "贷 treasury_2015:1001 100.00",
    ]


def test_at_year_end_the_agencys_books_are_closed(paying: Conn) -> None:
    treasury.set_settings(paying, [treasury.Setting(CITY, 2022, has_payment_agency=True)], by="clerk", on=DAY)
    paid(paying, application("A1"), application("A2", pay_type="authorised", yuan=40))
    notices(paying)
    with pytest.raises(RuleBroken, match="1005"):
        treasury.close_agency_books(paying, CITY, 2022, by="books")
    clear(paying, debit(140))
    assert treasury.close_agency_books(paying, CITY, 2022, by="books") == {CITY: True}
    assert treasury.close_agency_books(paying, CITY, 2022, by="books") == {CITY: False}
    assert entry(paying, f"agency_books:{CITY}:2022:1") == [
        "借 treasury_2015:2091 140.00 支付执行机构",
        "贷 treasury_2015:5001 140.00 支付执行机构",
    ]
    assert period_of(paying, f"agency_books:{CITY}:2022:1") == 202212
    assert FigureService(paying, CATALOGUE).get("expenditure.general", CITY, 2022).value == 140 * YUAN


def test_other_funds_are_not_paid_by_an_agency(paying: Conn) -> None:
    treasury.set_settings(paying, [treasury.Setting(CITY, 2022, has_payment_agency=True)], by="clerk", on=DAY)
    with pytest.raises(RuleBroken, match="不属一般公共预算"):
        treasury.apply(paying, [application("A1", "G1")], by="unit", on=DAY)


def test_the_setting_of_a_year_with_payments_stands(paying: Conn) -> None:
    paid(paying, application("A1"))
    with pytest.raises(RuleBroken, match="已有支付"):
        treasury.set_settings(
            paying, [treasury.Setting(CITY, 2022, has_payment_agency=True)], by="clerk", on=DAY
        )
    treasury.set_settings(paying, [treasury.Setting(CITY, 2022, plan_required=True)], by="clerk", on=DAY)


@pytest.mark.parametrize("has_agency", [False, True])
def test_cash_leaves_on_the_day_that_the_region_chose_and_the_balance_sheet_says_so(
    paying: Conn, has_agency: bool
) -> None:
    setting = treasury.Setting(CITY, 2022, has_payment_agency=has_agency)
    treasury.set_settings(paying, [setting], by="clerk", on=DAY)
    paid(paying, application("A1"))
    before = _cash(paying)
    notices(paying)
    clear(paying, debit(100))
    assert (before, _cash(paying)) == ((0 if has_agency else -100) * YUAN, -100 * YUAN)
    sheet = statements_of_year(paying, CITY, 2022).statements[0]
    assert ("国库存款按国库清算日减少" if has_agency else "国库存款按支付日减少") in sheet.notes[-2]


def _cash(conn: Conn) -> int:
    row = conn.execute(
        "select coalesce(sum(p.amount_fen), 0)::bigint from ledger.posting p "
        "join ledger.account a on a.id = p.account_id where a.book = 'treasury_2015' and a.code = '1001'"
    ).fetchone()
    assert row is not None
    return int(row[0])
