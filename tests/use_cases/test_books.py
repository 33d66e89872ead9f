"""Books at the desk: opened, closed month by month, read as balances, a ledger and vouchers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from fisc.kernel import PeriodClosed
from fisc.revenue.services.daily import DailyLine, DayReport, make_daily_reports
from tests.closing.world import BANNER, CITY, YEAR, booked, post
from tests.transfers.world import furnish
from tests.use_cases.desk import Desk, under_way

WHERE = ["--region", CITY, "--year", YEAR]


@pytest.fixture
def desk(
    ready_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as conn:
        define_officers(conn, [
            Officer("k", "账簿", CITY, frozenset({"books_keep"})),
            Officer("all", "账簿", "", frozenset({"books_keep"})),
            Officer("x", "国库", CITY, frozenset({"treasury_make"})),
        ])  # fmt: skip
        yield Desk(conn, monkeypatch, capsys)


def test_a_year_is_opened_by_who_keeps_the_books_of_the_region(desk: Desk) -> None:
    opened = ["books", "open-year", *WHERE]
    assert "岗位" in desk.refused("x", *opened)
    assert "岗位" in desk.refused("k", "books", "open-year", "--region", BANNER, "--year", YEAR)
    assert desk.told("k", *opened, "--dry-run") == [{"number": CITY, "is_new": True}]
    assert "books open-year" in desk.refused("", "books", "periods", *WHERE)
    assert [desk.told("k", *opened)[0]["is_new"] for _ in range(2)] == [True, False]
    assert [one["period_name"] for one in desk.told("", "books", "periods", *WHERE)] == [
        "年初", *(f"{month} 月" for month in range(1, 13)), "年终",
    ]  # fmt: skip
    area = desk.told("all", "books", "open-year", "--region", "150600998", "--year", YEAR)
    assert {one["number"] for one in area} > {CITY, BANNER}


def test_months_are_closed_in_order_and_take_nothing_more(desk: Desk) -> None:
    desk.told("k", "books", "open-year", *WHERE)
    closed = ["books", "close-month", *WHERE, "--month"]
    assert "1 月还没有关账" in desk.refused("k", *closed, 2)
    assert "不得大于 12" in desk.refused("k", *closed, 13)
    assert [desk.told("k", *closed, 1)[0]["is_new"] for _ in range(2)] == [True, False]
    assert [one["period"] for one in desk.told("", "books", "periods", *WHERE) if one["is_closed"]] == [
        YEAR * 100 + 1
    ]
    with pytest.raises(PeriodClosed):
        post(desk.conn, [booked("tax_received", 1, month=1, rev_func_code="1010101")])


def test_a_month_is_closed_and_a_year_opened_by_the_day_of_business(desk: Desk) -> None:
    """No door opens what was closed for good, nor takes back a year that was opened."""
    open_year = ["books", "open-year", "--region", CITY, "--year"]
    assert "最多到业务日期 2026-06-05 的下一年" in desk.refused("k", *open_year, 2028, "--on", "2026-06-05")
    assert desk.new("k", *open_year, 2027, "--on", "2026-06-05") == [True]
    desk.told("k", *open_year, 2026, "--on", "2026-06-05")
    close = ["books", "close-month", "--region", CITY, "--year", 2026, "--month"]
    for day in ("2026-01-31", "2025-12-01", "2026-01-01"):
        assert "2026 年 1 月" in desk.refused("k", *close, 1, "--on", day)
    assert desk.new("k", *close, 1, "--on", "2026-02-01") == [True]
    assert "一年以上" in desk.refused("k", *close, 2, "--on", "2099-02-01")
    for month in range(2, 12):
        assert desk.new("k", *close, month, "--on", "2026-12-31") == [True]
    assert "2026 年 12 月" in desk.refused("k", *close, 12, "--on", "2026-12-31")


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """Cash of 1000 at the opening, taxes of 5000 and, in red, 400 back, an outlay of 1200."""
    furnish(desk.conn)
    post(desk.conn, [
        booked("opening_balance", 1000, month=0),
        booked("tax_received", 5000, month=3, rev_func_code="1010101"),
        booked("tax_received", -400, month=4, rev_func_code="1010101"),
        booked("expenditure_paid", 1200, month=4, exp_func_code="2050202"),
    ])  # fmt: skip
    return desk


def test_balances_add_up_and_open_to_a_ledger_and_its_vouchers(kept: Desk) -> None:
    told = kept.told("", "books", "balances", *WHERE, "--month", "4", "--account", "treasury_2015:")
    assert sum(one["debit_fen"] for one in told) == sum(one["credit_fen"] for one in told)
    cash = next(one for one in told if one["account"] == "treasury_2015:1001")
    assert (cash["account_name"], cash["side"]) == ("国库存款", "借")
    assert (cash["opening_fen"], cash["debit_fen"], cash["credit_fen"], cash["closing_fen"]) == (
        1000, 4600, 1200, 4400,
    )  # fmt: skip
    tax = next(one for one in told if one["account"] == "treasury_2015:4001")
    assert (tax["side"], tax["closing_fen"]) == ("贷", 4600)
    april = kept.told("", "books", "balances", *WHERE, "--from-month", "4", "--month", "4",
                      "--account", "treasury_2015:1001")  # fmt: skip
    assert [(one["opening_fen"], one["closing_fen"]) for one in april] == [(6000, 4400)]
    lines = kept.told("", "books", "ledger", *WHERE, "--account", "treasury_2015:1001")
    assert [one["balance_fen"] for one in lines] == [1000, 6000, 5600, 4400]
    for said in ("1001", "国库存款", "总预算会计 1001 国库存款"):
        assert kept.told("", "books", "ledger", *WHERE, "--account", said) == lines
    shown = kept.shown("", "books", "balances", *WHERE, "--month", 12, "--account", "国库存款")
    assert ("总预算会计 1001" in shown, "treasury_2015" in shown) == (True, False)
    assert [one["debit_fen"] for one in lines] == [0, 5000, -400, 0]
    [voucher] = kept.told("", "books", "voucher", str(lines[1]["voucher_no"]))
    assert {(one["account"], one["debit_fen"], one["credit_fen"]) for one in voucher["lines"]} == {
        ("treasury_2015:1001", 5000, 0), ("treasury_2015:4001", 0, 5000),
    }  # fmt: skip
    assert "收入分类 1010101" in kept.shown("", "books", "voucher", str(lines[1]["voucher_no"]))


def test_the_basis_of_a_voucher_is_shown_as_it_was_entered(kept: Desk) -> None:
    post(kept.conn, [replace(booked("tax_received", 70, month=5, rev_func_code="1010101"),
                             source_ref="PZ2026-0001")])  # fmt: skip
    [line] = kept.told("", "books", "ledger", *WHERE, "--account", "treasury_2015:1001")[-1:]
    shown = kept.shown("", "books", "voucher", str(line["voucher_no"]))
    assert re.search(r"依据\s+PZ2026-0001\s", shown)


def test_a_voucher_names_who_made_and_who_confirmed_its_document(kept: Desk) -> None:
    define_officers(kept.conn, [
        Officer("r", "收入", CITY, frozenset({"revenue_make"})),
        Officer("t", "审核", CITY, frozenset({"treasury_review"})),
    ])  # fmt: skip
    on = ["--on", f"{YEAR}-05-03"]
    kept.told("r", "revenue", "make-daily-reports", "--region", CITY, "--received-on", f"{YEAR}-05-02",
              "--rev-func-code", "1010433", "--fund-type-code", "111", "--amount", "9", *on)  # fmt: skip
    number = f"{CITY}-{YEAR}0502"
    kept.told("t", "revenue", "confirm-daily-reports", number, *on)
    [voucher] = kept.told("", "books", "voucher", f"daily_report:{number}:posted")
    assert [(step["name"], step["officer"]) for step in voucher["trail"]] == [
        ("编制", "r"),
        ("核对入账", "t"),
    ]


def test_what_is_not_there_is_said(kept: Desk) -> None:
    assert "没有科目" in kept.refused("", "books", "ledger", *WHERE, "--account", "1234")
    assert "没有凭证" in kept.refused("", "books", "voucher", "moon")
    assert "没有 5 月至 4 月" in kept.refused(
        "", "books", "balances", *WHERE, "--from-month", 5, "--month", 4
    )
    assert "没有 2031 年度的账" in kept.refused(
        "", "books", "balances", "--region", CITY, "--year", "2031", "--month", "1"
    )


def test_a_month_is_not_closed_over_drafts_nor_drafted_into_once_closed(desk: Desk) -> None:
    desk.told("k", "books", "open-year", *WHERE)
    define_officers(desk.conn, [Officer("r", "收入", CITY, frozenset({"revenue_make"}))])
    report = ["revenue", "make-daily-reports", "--region", CITY, "--rev-func-code", "1010433",
              "--fund-type-code", "111", "--amount", "9", "--on", f"{YEAR}-02-01"]  # fmt: skip
    key = f"{CITY}-{YEAR}0105"
    desk.told("r", *report, "--received-on", f"{YEAR}-01-05")
    desk.told("r", *report, "--received-on", f"{YEAR}-02-01")
    close = ["books", "close-month", *WHERE, "--month", 1]
    refused = desk.refused("k", *close)
    assert key in refused and f"{CITY}-{YEAR}0201" not in refused
    desk.told("r", "revenue", "discard-daily-reports", key, "--on", f"{YEAR}-02-01")
    desk.told("k", *close)
    assert "已经关账" in desk.refused("r", *report, "--received-on", f"{YEAR}-01-06")


def test_a_month_is_not_closed_over_what_is_being_drafted(desk: Desk, ready_db: str) -> None:
    desk.told("k", "books", "open-year", *WHERE)
    define_officers(desk.conn, [Officer("r", "收入", CITY, frozenset({"revenue_make"}))])
    report = DayReport(CITY, date(YEAR, 1, 5), (DailyLine("1010433", "111", 900),))
    with under_way(ready_db, lambda conn: make_daily_reports(conn, [report], by="r", on=date(YEAR, 2, 1))):
        assert report.doc_key in desk.refused("k", "books", "close-month", *WHERE, "--month", 1)
