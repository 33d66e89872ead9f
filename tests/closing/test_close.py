"""Closing a year and opening the next: entries row by row, refusals, repeats."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.closing import services as closing
from fisc.documents import FourEyes, MissingDuty, Officer, RuleBroken, define_officers, make, move
from fisc.kernel import Entry, PeriodClosed
from fisc.kernel.errors import FiscError
from fisc.kernel.verify import verify_within
from fisc.revenue.kinds import DAILY_REPORT
from fisc.transfers import services as tr
from fisc.transfers.checks import city_equals_banners
from tests.closing.world import (
    BANNER,
    CITY,
    YEAR,
    Conn,
    Shown,
    a_year,
    account_sums,
    booked,
    entries,
    lock,
    post,
    seals,
    set_aside,
)
from tests.transfers.world import DOWN, ED, hands, line, passed_on, source

Y0, Y12, Y13 = YEAR * 100, YEAR * 100 + 12, YEAR * 100 + 13


def test_c01_to_c04_close_each_fund_row_by_row(city: Conn) -> None:
    a_year(city)
    (done,) = closing.close_year(city, [CITY], YEAR, **seals())
    assert done.is_new
    general, bonds, funds, capital = (f"fund_type_code={f}" for f in ("111", "112", "121", "13"))
    assert entries(city, f"year_end:{CITY}") == [
        Shown(CITY, "192-C01", Y13, (
            ("借", "treasury_2015:4001", 4600, f"{general} rev_func_code=1010101"),
            ("借", "treasury_2015:4001", 2000, f"{general} rev_func_code=10104"),
            ("借", "treasury_2015:4042", 600, f"{bonds} rev_func_code=1101101"),
            ("贷", "treasury_2015:3001", 6600, general),
            ("贷", "treasury_2015:3001", 600, bonds),
        )),
        Shown(CITY, "192-C02", Y13, (
            ("借", "treasury_2015:3001", 4900, general),
            ("贷", "treasury_2015:5001", 700, f"exp_func_code=2010301 {general}"),
            ("贷", "treasury_2015:5001", 4200, f"exp_func_code=2050202 {general}"),
        )),
        Shown(CITY, "192-C03", Y13, (
            ("借", "treasury_2015:4002", 800, f"{funds} rev_func_code=1030148"),
            ("贷", "treasury_2015:3002", 800, f"{funds} rev_func_code=1030148"),
        )),
        Shown(CITY, "192-C03", Y13, (
            ("借", "treasury_2015:3002", 500, f"{funds} rev_func_code=1030148"),
            ("贷", "treasury_2015:5002", 500, f"exp_func_code=2120801 {funds}"),
        )),
        Shown(CITY, "192-C04", Y13, (
            ("借", "treasury_2015:4003", 90, f"{capital} rev_func_code=1030601"),
            ("贷", "treasury_2015:3003", 90, capital),
        )),
        Shown(CITY, "192-C04", Y13, (
            ("借", "treasury_2015:3003", 130, capital),
            ("贷", "treasury_2015:5003", 60, f"exp_func_code=2230102 {capital}"),
            ("贷", "treasury_2015:5003", 70, f"exp_func_code=2230202 {capital}"),
        )),
    ]  # fmt: skip


def test_a_closed_year_has_no_income_or_outlay_left_and_the_balance_stands_on_net_assets(city: Conn) -> None:
    a_year(city)
    before = account_sums(city, CITY, Y0, Y12)
    closing.close_year(city, [CITY], YEAR, **seals())
    after = account_sums(city, CITY, Y0, Y13)
    assert not [code for code in after if code[0] in "45"]
    assert -after["3001"] == 1000 + 6600 + 600 - 4900
    assert -after["3002"] == 300 + 800 - 500
    assert after["3003"] == 130 - 90
    assert {c: f for c, f in after.items() if c[0] in "12"} == {
        c: f for c, f in before.items() if c[0] in "12"
    }
    assert verify_within(city).ok


def test_closing_again_changes_nothing_and_a_late_entry_is_closed_by_another_round(city: Conn) -> None:
    a_year(city)
    (first,) = closing.close_year(city, [CITY], YEAR, **seals())
    (again,) = closing.close_year(city, [CITY], YEAR, **seals())
    assert (again.is_new, again.entry_keys) == (False, first.entry_keys)
    post(city, [booked("tax_received", 11, month=12, rev_func_code="1010101")])
    (later,) = closing.close_year(city, [CITY], YEAR, **seals())
    assert later.entry_keys == (f"year_end:{CITY}-{YEAR}-close-2:192-C01:year_close_income",)
    assert not [code for code in account_sums(city, CITY, Y0, Y13) if code[0] in "45"]


@pytest.mark.parametrize(
    "late",
    [
        booked("tax_received", 11, month=13, rev_func_code="1010101"),
        booked("expenditure_paid", 11, "150621000", month=13, exp_func_code="2050202"),
    ],
)
def test_after_december_nothing_but_the_closing_touches_income_and_outlay(city: Conn, late: Entry) -> None:
    """So what a year's figures ask of its twelve months is what its statements tell."""
    a_year(city)
    with pytest.raises(FiscError, match=f"在年终期间 {Y13} 记收支科目"):
        post(city, [late])


def test_a_region_named_twice_is_closed_and_opened_once(city: Conn) -> None:
    a_year(city)
    one, same = closing.close_year(city, [CITY, CITY], YEAR, **seals())
    assert one == same and one.is_new and all("close-1:" in key for key in one.entry_keys)
    assert not [code for code in account_sums(city, CITY, Y0, Y13) if code[0] in "45"]
    one, same = closing.open_next_year(city, [CITY, CITY], YEAR, **seals())
    assert one == same and not account_sums(city, CITY, Y0, Y13)


def test_an_open_affair_is_named_and_nothing_is_closed(city: Conn) -> None:
    a_year(city)
    passed_on(city, [(BANNER, 900)])
    on = date(YEAR, 12, 20)
    define_officers(city, [Officer("rm", "收入登记", CITY, frozenset({"revenue_make"}))])
    report = {
        "doc_key": "日报1", "mof_div_code": CITY, "fiscal_year": YEAR, "received_on": on,
        "lines": [["1010101", "111", 50]], "total_fen": 50, "corrects_no": "",
    }  # fmt: skip
    make(city, DAILY_REPORT, [report], by="rm", on=on)
    with pytest.raises(RuleBroken) as refused:
        closing.close_year(city, [CITY], YEAR, **seals())
    assert "国库收入日报未入账 1 笔 0.50 元" in refused.value.message
    assert "已下达未拨付也未挂账的补助" in refused.value.message
    assert "T06、T09" in refused.value.rule
    affairs = {kind: evidence for _, kind, evidence, _ in refused.value.details["affairs"]}
    assert set(affairs) == {"reports_unposted", "transfers_unbooked"}
    assert affairs["reports_unposted"] == ("document:日报1",)
    assert not entries(city, "year_end:")


def test_a_year_is_locked_when_nothing_stands_in_it_and_then_takes_nothing(city: Conn) -> None:
    year = YEAR - 1
    a_year(city, year=year)
    with pytest.raises(RuleBroken, match="还没有结清"):
        lock(city, [CITY], year)
    closing.close_year(city, [CITY], year, **seals())
    with pytest.raises(RuleBroken, match="还没有结清"):
        lock(city, [BANNER, CITY], year)
    closing.open_next_year(city, [CITY], year, **seals())
    late = booked("tax_received", 11, year=year, month=12, rev_func_code="1010101")
    post(city, [late])  # no period was closed by what was refused
    with pytest.raises(RuleBroken, match=r"总预算会计 1001 国库存款 0\.11 元"):
        lock(city, [CITY], year)
    closing.close_year(city, [CITY], year, **seals())
    closing.open_next_year(city, [CITY], year, **seals())
    define_officers(city, [Officer("rm", "收入登记", CITY, frozenset({"revenue_make"}))])
    draft = {
        "doc_key": "日报2", "mof_div_code": CITY, "fiscal_year": year, "received_on": date(year, 12, 20),
        "lines": [["1010101", "111", 50]], "total_fen": 50, "corrects_no": "",
    }  # fmt: skip
    make(city, DAILY_REPORT, [draft], by="rm", on=date(year, 12, 20))
    with pytest.raises(RuleBroken, match="还有没入账的单据：国库收入日报 日报2"):
        lock(city, [CITY], year)
    move(city, DAILY_REPORT, ["日报2"], "discard", by="rm", on=date(year, 12, 20))
    with pytest.raises(RuleBroken, match=r"还有 27\.11 元没有结转，也没有决定去处") as refused:
        lock(city, [CITY], year)
    assert "第六十六条" in refused.value.rule and "安排预算稳定调节基金" in refused.value.hint
    set_aside(city, 2_711, date(YEAR, 1, 15))
    sourced = source(100, f"内财预〔{year}〕12号", dated_on=date(year, 2, 10), fiscal_year=year)
    tr.make_receipts(city, [sourced], by=hands()["by"], on=date(year, 12, 20))
    named = f"单据没有办完，上级转移支付文件 {CITY}:{year}:{sourced.doc_no}"
    status = closing.year_end_status(city, CITY, year).affairs
    assert [one.refuses for one in status if named in one.what] == [False]
    with pytest.raises(RuleBroken, match=named) as refused:
        lock(city, [CITY], year)
    assert "作废" in refused.value.hint
    tr.discard_receipts(city, [f"{CITY}:{year}:{sourced.doc_no}"], by=hands()["by"], on=date(year, 12, 20))
    lock(city, [CITY], year)
    lock(city, [CITY], year)
    with pytest.raises(PeriodClosed):
        post(city, [booked("tax_received", 1, year=year, month=13, rev_func_code="1010101")])


def test_who_draws_up_may_not_sign(city: Conn) -> None:
    a_year(city)
    with pytest.raises((FourEyes, MissingDuty)):
        closing.close_year(city, [CITY], YEAR, **{**seals(), "signed_by": f"gm-{CITY}"})
    assert not entries(city, "year_end:")


def test_income_of_a_fund_without_a_closing_rule_is_refused(city: Conn) -> None:
    post(city, [booked("treasury_interest", 5, fund="14", rev_func_code="1030702")])
    with pytest.raises(RuleBroken) as refused:
        closing.close_year(city, [CITY], YEAR, **seals())
    assert "treasury_2015:4001 资金 14" in refused.value.message


def test_the_next_year_opens_with_what_stood(city: Conn) -> None:
    year = YEAR - 1
    a_year(city, year=year)
    closing.close_year(city, [CITY], year, **seals())
    stood = account_sums(city, CITY, year * 100, year * 100 + 13)
    (done,) = closing.open_next_year(city, [CITY], year, **seals())
    (again,) = closing.open_next_year(city, [CITY], year, **seals())
    assert (done.is_new, again.is_new, again.entry_keys) == (True, False, done.entry_keys)
    assert account_sums(city, CITY, YEAR * 100, YEAR * 100) == stood
    assert account_sums(city, CITY, year * 100, year * 100 + 13) == {}
    assert account_sums(city, CITY, 0, YEAR * 100) == stood


def test_opening_before_closing_or_twice_is_refused(city: Conn) -> None:
    year = YEAR - 1
    a_year(city, year=year)
    with pytest.raises(RuleBroken, match="还没有结平"):
        closing.open_next_year(city, [CITY], year, **seals())
    closing.close_year(city, [CITY], year, **seals())
    post(city, [booked("opening_balance", 7, month=0)])
    with pytest.raises(RuleBroken, match="已有年初数"):
        closing.open_next_year(city, [CITY], year, **seals())


def test_transfers_are_closed_document_by_document(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    pay = {"by": f"gm-{CITY}", "signed_by": f"gs-{CITY}", "on": date(YEAR, 5, 1)}
    receipts = city.execute("select line_key from transfers_line where not is_issue").fetchone()
    assert receipts is not None
    tr.receive_cash(city, [tr.LineCash("收1", receipts[0], 900)], **pay)
    tr.pay_out(city, [tr.LineCash("拨1", line(), 900)], **pay)
    closing.close_year(city, [CITY], YEAR, **seals())
    closing.close_year(city, [BANNER], YEAR, **seals(BANNER))
    (outlay,) = [e for e in entries(city, f"year_end:{CITY}") if e.rule == "192-C02"]
    assert outlay.lines[1] == (
        "贷", "treasury_2015:5011", 900,
        f"cor_bgt_doc_no={DOWN} fund_type_code=111 rec_div_code={BANNER} tp_func_code={ED}",
    )  # fmt: skip
    assert city_equals_banners(city, CITY, Y13) == []


def test_transfers_of_state_capital_are_closed_with_it(city: Conn) -> None:
    post(city, [booked("transfer_in_received", 30, fund="13", rev_func_code="1100502")])
    closing.close_year(city, [CITY], YEAR, **seals())
    (entry,) = entries(city, f"year_end:{CITY}")
    assert [row[:3] for row in entry.lines] == [
        ("借", "treasury_2015:4011", 30), ("贷", "treasury_2015:3003", 30),
    ]  # fmt: skip
