"""The register of stakes, what stakes yield (T27 to T29), and a funder's duties that are late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from fisc.capital import services as capital
from fisc.capital.services import Dividend, DividendReceipt, FunderReturn, ShareOfResult, Stake
from fisc.capital.terms import overdue
from fisc.closing import services as closing
from fisc.documents import NotFound, RuleBroken
from fisc.kernel import DuplicateConflict, open_year
from fisc.revenue.services import DailyReceipt, confirm_daily_reports, record_daily_reports
from tests.capital import world
from tests.capital.world import CITY, DAY, WIND, YUAN, Conn
from tests.treasury import paying

MAY, JUNE, JULY = date(2022, 5, 20), date(2022, 6, 20), date(2022, 7, 20)
GAIN = ShareOfResult("S1", CITY, "E1", 120 * YUAN, "审计1号", MAY)
DECLARED = Dividend("D1", CITY, "E1", 50 * YUAN, "决议1号", JUNE, date(2022, 6, 30))
RECEIVED = DividendReceipt("R1", "D1", CITY, "E1", 50 * YUAN, "缴款书1号", JULY, "103060202")


def recorded(conn: Conn, *items: Any, on: date = JULY) -> list[bool]:
    return capital.record_income(conn, items, by="k-maker", reviewed_by="k-head", on=on)


def test_a_stake_held_before_stands_on_the_books_at_its_cost(city: Conn) -> None:
    assert world.entries(city, "enterprise:") == {
        "enterprise:150600000:E1:registered": [
            "借 treasury_2015:1071 2000.00 登记投资:E1",
            "贷 treasury_2015:3081 2000.00 登记投资:E1",
        ]
    }
    again = world.enterprise("E1", world.POWER.name, cost_yuan=2_000)
    assert world.register(city, again) == [False]
    with pytest.raises(DuplicateConflict):
        world.register(city, replace(again, share_bp=9_000))


def test_a_stake_is_the_same_on_both_sides_of_a_years_end(city: Conn) -> None:
    recorded(city, GAIN, DECLARED)
    last, first = date(2022, 12, 31), date(2023, 1, 1)
    stood = capital.stakes(city, CITY, last)
    signed = {"by": "clerk", "signed_by": "signer", "on": date(2023, 1, 20)}
    open_year(city, CITY, 2023)
    closing.close_year(city, [CITY], 2022, **signed)
    closing.open_next_year(city, [CITY], 2022, **signed)
    assert capital.stakes(city, CITY, last) == stood == capital.stakes(city, CITY, first)
    one = next(stake for stake in stood if stake.enterprise_code == "E1")
    assert (one.cost_fen, one.results_fen, one.receivable_fen) == (2_000 * YUAN, 70 * YUAN, 50 * YUAN)
    assert closing.reconciliation(city, CITY).differences == []


@pytest.mark.parametrize(
    "change", [{"share_bp": 10_001}, {"share_bp": 0}, {"cost_yuan": -1}, {"kind": "club"}]
)
def test_what_is_no_stake_is_refused(city: Conn, change: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken, match="E7"):
        world.register(city, world.enterprise("E7", "某公司", **change))


def test_no_more_is_lost_of_a_stake_than_it_stands_at(city: Conn) -> None:
    loss = replace(GAIN, number="S2", amount_fen=-2_001 * YUAN, evidence_no="审计2号")
    with pytest.raises(RuleBroken, match=r"S2：亏损 2,001\.00 元，超过企业 E1 .*2,000\.00 元"):
        recorded(city, loss)
    assert recorded(city, replace(loss, amount_fen=-2_000 * YUAN)) == [True]


def test_a_dividend_is_declared_before_it_is_due(city: Conn) -> None:
    with pytest.raises(RuleBroken, match="早于宣告日"):
        recorded(city, replace(DECLARED, due_on=DECLARED.happened_on - timedelta(1)))


def test_what_a_stake_yields_posts_the_rules_in_full(city: Conn) -> None:
    loss = replace(GAIN, number="S2", amount_fen=-30 * YUAN, evidence_no="审计2号")
    assert recorded(city, GAIN, loss, DECLARED, RECEIVED) == [True] * 4
    assert world.entries(city, "capital_income:") == {
        "capital_income:S1:posted": [
            "借 treasury_2015:1071 120.00 损益调整:E1",
            "贷 treasury_2015:3081 120.00 损益调整:E1",
        ],
        "capital_income:S2:posted": [
            "借 treasury_2015:3081 30.00 损益调整:E1",
            "贷 treasury_2015:1071 30.00 损益调整:E1",
        ],
        "capital_income:D1:posted": [
            "借 treasury_2015:1022 50.00 应收股利:E1",
            "贷 treasury_2015:3081 50.00 应收股利:E1",
            "借 treasury_2015:3081 50.00 损益调整:E1",
            "贷 treasury_2015:1071 50.00 损益调整:E1",
        ],
        "capital_income:R1:posted": [
            "借 treasury_2015:1001 50.00",
            "贷 treasury_2015:4003 50.00",
            "借 treasury_2015:3081 50.00 应收股利:E1",
            "贷 treasury_2015:1022 50.00 应收股利:E1",
        ],
    }
    codes = [paying.rule_codes(city, f"capital_income:{n}:posted") for n in ("S1", "S2", "D1", "R1")]
    assert codes == ["192-T27", "192-T27", "192-T28", "192-T29"]
    count = world.entry_count(city)
    assert recorded(city, GAIN, loss, DECLARED, RECEIVED) == [False] * 4
    assert world.entry_count(city) == count


def test_the_register_is_what_the_entries_say(city: Conn) -> None:
    world.invested(city, world.injection(share_bp=10_000))
    world.invested(
        city, world.injection("ZZ2", uses=(WIND,), enterprise_code="E2", share_bp=5_100), account="6300002"
    )
    recorded(city, GAIN, DECLARED, replace(RECEIVED, amount_fen=20 * YUAN))
    assert capital.stakes(city, CITY, JULY) == [
        Stake("E1", world.POWER.name, "general", 10_000, 3_000 * YUAN, 70 * YUAN, 30 * YUAN, 20 * YUAN),
        Stake("E2", world.RAIL.name, "general", 5_100, 300 * YUAN, 0, 0),
    ]
    before = capital.stakes(city, CITY, date(2022, 5, 9))
    assert [(s.share_bp, s.book_fen) for s in before] == [(10_000, 2_000 * YUAN), (4_000, 0)]


def _reported(conn: Conn, yuan: int) -> str:
    receipts = [DailyReceipt(CITY, JULY, "103060202", "13", yuan * YUAN)]
    keys = list(record_daily_reports(conn, receipts, by="r-maker", on=JULY))
    confirm_daily_reports(conn, keys, by="reviewer", on=JULY)
    return keys[0]


def test_cash_that_the_daily_report_has_booked_is_not_income_twice(city: Conn) -> None:
    number = _reported(city, 45)
    recorded(city, DECLARED, replace(RECEIVED, amount_fen=45 * YUAN, daily_report_no=number))
    assert world.entries(city, "capital_income:R1") == {
        "capital_income:R1:posted": [
            "借 treasury_2015:3081 45.00 应收股利:E1",
            "贷 treasury_2015:1022 45.00 应收股利:E1",
        ]
    }
    more = replace(
        RECEIVED, number="R2", amount_fen=1 * YUAN, daily_report_no=number, evidence_no="缴款书2号"
    )
    with pytest.raises(RuleBroken, match=r"比所引用的股利少 1\.00 元"):
        recorded(city, more)


@pytest.mark.parametrize(
    ("items", "refusal"),
    [
        ([RECEIVED], NotFound),
        ([DECLARED, replace(RECEIVED, amount_fen=51 * YUAN)], RuleBroken),
        ([DECLARED, replace(RECEIVED, rev_func_code="10101")], RuleBroken),
        ([DECLARED, replace(RECEIVED, daily_report_no="150600000-20220720")], RuleBroken),
        ([DECLARED, replace(RECEIVED, enterprise_code="E2")], NotFound),
        ([replace(GAIN, amount_fen=0)], RuleBroken),
        ([replace(GAIN, evidence_no="")], RuleBroken),
        ([replace(DECLARED, amount_fen=-1)], RuleBroken),
        ([replace(GAIN, happened_on=date(2022, 7, 21))], RuleBroken),
        ([replace(GAIN, enterprise_code="E9")], NotFound),
    ],
)
def test_what_a_stake_does_not_yield_is_refused(
    city: Conn, items: Sequence[Any], refusal: type[Exception]
) -> None:
    before = world.entry_count(city)
    with pytest.raises(refusal):
        recorded(city, *items)
    assert world.entry_count(city) == before


def test_what_is_late_is_told_until_it_is_done(city: Conn) -> None:
    world.invested(city, world.injection())
    recorded(city, DECLARED)
    on = date(2022, 7, 31)
    found = [(a.code, a.document, a.due_on, a.open_fen) for a in overdue(city, CITY, on)]
    assert found == [
        ("title_registration", "ZZ1", date(2022, 6, 9), 1_000 * YUAN),
        ("dividend", "D1", date(2022, 6, 30), 50 * YUAN),
        ("loan_prepayment", "ZZ1 工行 L-7", date(2022, 7, 9), 600 * YUAN),
    ]
    assert all(a.rule and a.days_late > 0 for a in overdue(city, CITY, on))
    world.prepaid(city, world.prepayment())
    recorded(city, RECEIVED)
    filed = FunderReturn(CITY, "E1", "title_registration", 2022, "登记证1号", date(2022, 7, 25), "ZZ1")
    for is_new in (True, False):
        told = capital.file_returns(city, [filed], by="k-maker", reviewed_by="k-head", on=on)
        assert told == [is_new]
    assert overdue(city, CITY, on) == []


def test_yearly_returns_are_asked_of_every_enterprise_and_more_of_financial_ones(city: Conn) -> None:
    world.register(city, world.enterprise("E3", "融资担保公司", kind="financial"))
    on = date(2023, 6, 10)
    late = [(a.about, a.code) for a in overdue(city, CITY, on)]
    assert late == [
        ("E1", "annual_return"), ("E2", "annual_return"), ("E3", "annual_return"),
        ("E3", "financial_capital_return"),
    ]  # fmt: skip
    filed = [FunderReturn(CITY, e, "annual_return", 2022, f"决算{e}", DAY) for e in ("E1", "E2", "E3")]
    capital.file_returns(city, filed, by="k-maker", reviewed_by="k-head", on=on)
    left = [(a.about, a.document) for a in overdue(city, CITY, on)]
    assert left == [("E3", "2022 年度")]


@pytest.mark.parametrize(
    "change",
    [{"duty_code": "dividend"}, {"duty_code": "tea"}, {"injection_no": "ZZ1"}, {"evidence_no": ""}],
)
def test_a_return_that_no_duty_asks_for_is_refused(city: Conn, change: dict[str, str]) -> None:
    filed = replace(FunderReturn(CITY, "E1", "annual_return", 2022, "决算1号", DAY), **change)
    with pytest.raises(RuleBroken):
        capital.file_returns(city, [filed], by="k-maker", reviewed_by="k-head", on=DAY)
