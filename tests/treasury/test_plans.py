"""Plans of use: made, reviewed, approved; opened when their month comes; payments are taken from them."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.budget.services import unspent
from fisc.documents import FourEyes, MissingDuty, NotFound, RuleBroken, WrongState
from fisc.kernel import DuplicateConflict, QuotaShortfall, close_periods
from fisc.treasury import services as treasury
from fisc.treasury.services import Plan
from tests.treasury.paying import BANNER, CITY, DAY, YUAN, application, applied, entry, left, paid

Conn = psycopg.Connection[Any]
APRIL = date(2022, 4, 1)


def approved(conn: Conn, *plans: Plan) -> None:
    numbers = [p.plan_no for p in plans]
    treasury.make_plans(conn, plans, by="unit", on=DAY)
    treasury.review_plans(conn, numbers, by="unit2", on=DAY)
    treasury.approve_plans(conn, numbers, by="reviewer", on=DAY)


def opened(conn: Conn, on: date = DAY) -> list[str]:
    return treasury.open_plans(conn, CITY, by="clerk", on=on)


def test_a_plan_is_opened_when_its_month_comes(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN), Plan("M4", "Q1", 4, 200 * YUAN))
    assert left(paying) == {"executable": 1000}
    assert opened(paying) == ["M3"]
    assert opened(paying) == []
    assert entry(paying, "plan:M3:opened") == ["借 quota:9302 300.00", "贷 quota:9401 300.00"]
    assert left(paying) == {"executable": 700, "planned": 300}
    assert treasury.open_plans(paying, BANNER, by="clerk", on=APRIL) == []
    assert opened(paying, APRIL) == ["M4"]
    assert left(paying) == {"executable": 500, "planned": 500}


def test_payments_take_from_the_plan_and_give_back_to_it(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    opened(paying)
    paid(paying, application("A1", stage="planned"))
    applied(paying, application("A2", yuan=50, stage="planned"))
    assert entry(paying, "pay_app:A1:applied") == ["借 quota:9401 100.00", "贷 quota:9402 100.00"]
    assert left(paying) == {"executable": 700, "planned": 150, "applied": 50, "paid": 100}
    with pytest.raises(QuotaShortfall, match="超过用款计划"):
        treasury.apply(paying, [application("A3", yuan=151, stage="planned")], by="unit", on=DAY)
    treasury.withdraw(paying, ["A2"], by="unit", on=DAY)
    treasury.refund(paying, [treasury.Refund("R1", "A1", 20 * YUAN, DAY)], by="teller", on=DAY)
    assert left(paying) == {"executable": 700, "planned": 220, "paid": 80}


def test_how_the_treasury_is_run_is_set_by_who_has_the_duty(paying: Conn) -> None:
    with pytest.raises(MissingDuty, match="国库经办"):
        treasury.set_settings(paying, [treasury.Setting(CITY, 2022, plan_required=True)], by="unit", on=DAY)
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    applied(paying, application("A1"))


def test_where_plans_are_required_nothing_is_paid_without(paying: Conn) -> None:
    treasury.set_settings(paying, [treasury.Setting(CITY, 2022, plan_required=True)], by="clerk", on=DAY)
    with pytest.raises(RuleBroken, match="支付申请 A1 没有使用用款计划") as refused:
        treasury.apply(paying, [application("A1")], by="unit", on=DAY)
    assert "第五十七条" in refused.value.rule
    assert "资金占用阶段写“用款计划”" in refused.value.hint
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    opened(paying)
    applied(paying, application("A1", stage="planned"))


def test_plans_beyond_the_quota_are_not_opened(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 700 * YUAN), Plan("M3b", "Q1", 3, 400 * YUAN))
    with pytest.raises(QuotaShortfall, match=r"M3b.*可用只有 300\.00 元"):
        opened(paying)
    assert left(paying) == {"executable": 1000}


def test_a_withdrawn_plan_gives_its_amount_back(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN), Plan("M4", "Q1", 4, 100 * YUAN))
    opened(paying)
    assert treasury.withdraw_plans(paying, ["M3", "M4"], by="unit", on=DAY) == [True, True]
    assert entry(paying, "plan:M3:released") == ["借 quota:9401 300.00", "贷 quota:9302 300.00"]
    assert treasury.withdraw_plans(paying, ["M3"], by="unit", on=DAY) == [False]
    assert left(paying) == {"executable": 1000}


def test_a_plan_that_was_used_is_not_withdrawn(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    opened(paying)
    applied(paying, application("A1", stage="planned"))
    with paying.transaction(), pytest.raises(QuotaShortfall, match="已经用去"):
        treasury.withdraw_plans(paying, ["M3"], by="unit", on=DAY)


def test_what_is_no_plan_is_refused(paying: Conn) -> None:
    for wrong in (Plan("M1", "Q1", 13, 1), Plan("M1", "Q1", 3, 0)):
        with pytest.raises(RuleBroken, match="按月编制"):
            treasury.make_plans(paying, [wrong], by="unit", on=DAY)
    with pytest.raises(NotFound):
        treasury.make_plans(paying, [Plan("M1", "X9", 3, 1)], by="unit", on=DAY)
    assert treasury.make_plans(paying, [Plan("M1", "Q1", 3, 1)], by="unit", on=DAY) == [True]
    assert treasury.make_plans(paying, [Plan("M1", "Q1", 3, 1)], by="unit", on=DAY) == [False]
    with pytest.raises(DuplicateConflict):
        treasury.make_plans(paying, [Plan("M1", "Q1", 3, 2)], by="unit", on=DAY)


def test_who_makes_a_plan_does_not_approve_it(paying: Conn) -> None:
    from fisc.documents import Officer, define_officers

    define_officers(paying, [Officer("both", "兼岗", "", frozenset({"unit_make", "treasury_review"}))])
    treasury.make_plans(paying, [Plan("M1", "Q1", 3, 1)], by="both", on=DAY)
    treasury.review_plans(paying, ["M1"], by="unit2", on=DAY)
    with pytest.raises(FourEyes):
        treasury.approve_plans(paying, ["M1"], by="both", on=DAY)


def test_a_plan_that_was_sent_back_is_put_right(paying: Conn) -> None:
    treasury.make_plans(paying, [Plan("M3", "Q1", 3, 300 * YUAN)], by="unit", on=DAY)
    treasury.review_plans(paying, ["M3"], by="unit2", on=DAY)
    treasury.send_plans_back(paying, ["M3"], by="reviewer", on=DAY, note="本月报得太多")
    with pytest.raises(RuleBroken, match="13 月"):
        treasury.revise_plans(paying, [treasury.PlanRevision("M3", plan_month=13)], by="unit", on=DAY)
    less = treasury.PlanRevision("M3", amount_fen=200 * YUAN)
    assert treasury.revise_plans(paying, [less], by="unit", on=DAY) == [True]
    treasury.review_plans(paying, ["M3"], by="unit2", on=DAY)
    treasury.approve_plans(paying, ["M3"], by="reviewer", on=DAY)
    assert opened(paying) == ["M3"]
    assert left(paying) == {"executable": 800, "planned": 200}


def test_no_month_that_is_over_is_planned(paying: Conn) -> None:
    with pytest.raises(RuleBroken, match=r"M2 2022 年 2 月") as refused:
        treasury.make_plans(paying, [Plan("M2", "Q1", 2, 100)], by="unit", on=DAY)
    assert "本月或以后的月份" in refused.value.hint
    plan = [Plan("M3", "Q1", 3, 100)]
    assert treasury.make_plans(paying, plan, by="unit", on=DAY) == [True]
    assert treasury.make_plans(paying, plan, by="unit", on=APRIL) == [False]  # handed in again, not made
    back = [treasury.PlanRevision("M3", plan_month=2)]
    with pytest.raises(RuleBroken, match=r"M3 2022 年 2 月"):
        treasury.revise_plans(paying, back, by="unit", on=DAY)
    more = [treasury.PlanRevision("M3", amount_fen=200)]
    assert treasury.revise_plans(paying, more, by="unit", on=APRIL) == [True]  # its month stands


def test_a_plan_partly_used_is_cut_to_what_was_used(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    opened(paying)
    paid(paying, application("A1", stage="planned"))
    with paying.transaction(), pytest.raises(QuotaShortfall, match="已经用去") as refused:
        treasury.withdraw_plans(paying, ["M3"], by="unit", on=DAY)
    assert "cut-plans M3 --amount 100.00" in refused.value.hint
    with paying.transaction(), pytest.raises(QuotaShortfall, match="已经用去") as refused:
        treasury.cut_plans(paying, [treasury.PlanCut("M3", 99 * YUAN)], by="reviewer", on=DAY)
    assert "已用去的 100.00 元" in refused.value.hint
    for yuan, left_of_it in ((250, 150), (100, 0)):
        cut = [treasury.PlanCut("M3", yuan * YUAN)]
        assert treasury.cut_plans(paying, cut, by="reviewer", on=DAY) == [True]
        assert treasury.cut_plans(paying, cut, by="reviewer", on=DAY) == [False]
        assert left(paying).get("planned", 0) == left_of_it
    assert entry(paying, "plan:M3:cut-2") == ["借 quota:9401 150.00", "贷 quota:9302 150.00"]
    assert left(paying) == {"executable": 900, "paid": 100}


def test_a_plan_that_was_cut_is_withdrawn_with_what_is_left(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    opened(paying)
    treasury.cut_plans(paying, [treasury.PlanCut("M3", 200 * YUAN)], by="reviewer", on=DAY)
    treasury.withdraw_plans(paying, ["M3"], by="unit", on=DAY)
    assert entry(paying, "plan:M3:released") == ["借 quota:9401 200.00", "贷 quota:9302 200.00"]
    assert left(paying) == {"executable": 1000}


def test_what_is_no_cut_is_refused(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN), Plan("M4", "Q1", 4, 300 * YUAN))
    opened(paying)
    for yuan in (0, 301):
        with pytest.raises(RuleBroken, match=r"M3 由 300\.00 元"):
            treasury.cut_plans(paying, [treasury.PlanCut("M3", yuan * YUAN)], by="reviewer", on=DAY)
    with pytest.raises(WrongState):
        treasury.cut_plans(paying, [treasury.PlanCut("M4", 100)], by="reviewer", on=DAY)
    with pytest.raises(MissingDuty):
        treasury.cut_plans(paying, [treasury.PlanCut("M3", 100)], by="unit", on=DAY)


def test_the_database_raises_no_opened_plan(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    opened(paying)
    step = """trail || '[["cut", 2, "reviewer", "2022-03-01", ""]]'::jsonb"""
    with pytest.raises(psycopg.Error, match="只能核减"):
        paying.execute(
            f"update treasury_plan set amount_fen = amount_fen + 1, trail = {step}, "
            "known_at = known_at || now()"
        )


def test_a_plan_is_cut_after_the_year_and_its_quota_is_carried_over(paying: Conn) -> None:
    approved(paying, Plan("M3", "Q1", 3, 300 * YUAN))
    opened(paying)
    paid(paying, application("A1", stage="planned"))
    close_periods(paying, [CITY], [202200 + month for month in range(1, 13)])
    january = date(2023, 1, 5)
    with pytest.raises(RuleBroken, match="列入计划") as refused:
        unspent(paying, CITY, 2022)
    assert "cut-plans" in refused.value.hint
    treasury.cut_plans(paying, [treasury.PlanCut("M3", 100 * YUAN)], by="reviewer", on=january)
    amounts = {one.bgt_id: one.amount_fen for one in unspent(paying, CITY, 2022)}
    assert amounts["Q1"] == 900 * YUAN
