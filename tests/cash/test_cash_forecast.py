"""The cash forecast: what the method says of known pasts, and what is short when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.cash.services import Expected, cash_outlook, expect, streams
from fisc.cash.services.forecast import History, back_test, forecast, foretell
from fisc.cash.services.forecast.shortage import FlowItem, find_shortage
from fisc.documents import RuleBroken
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services.applications import PaymentApplication, apply
from tests.budget import quota_world as world
from tests.treasury import desk
from tests.treasury.desk import CITY, DAY, PAYEES

START = date(2021, 1, 1)


def past(days: int, growth: float = 1.0, noise: float = 0.0) -> History:
    """Taxes on the 15th, pay on the 10th, payments each working day and more at the month's end."""
    rng = np.random.default_rng(7)
    flows = {stream.code: np.zeros(days) for stream in streams()}
    for place in range(days):
        day = START + timedelta(place)
        scale = growth ** (day.year - START.year) * (1 + noise * rng.standard_normal())
        if day.day == 10:
            flows["payroll"][place] = -3_000_000 * scale
        if day.day == 15:
            flows["own_revenue"][place] = 9_000_000 * scale
        if day.weekday() < 5:
            flows["payments"][place] = -(400_000 if day.day > 24 else 150_000) * scale
    return History(START, flows)


def test_pay_falls_on_its_day_and_taxes_in_their_month() -> None:
    said = foretell(past(730), 90)
    paid = {START + timedelta(730 + n): fen for n, fen in enumerate(said["payroll"]) if fen}
    assert sorted(paid) == [date(2023, 1, 10), date(2023, 2, 10), date(2023, 3, 10)]
    assert all(abs(fen + 3_000_000) < 1 for fen in paid.values())
    assert abs(said["own_revenue"].sum() - 27_000_000) < 100
    ends = said["payments"][[25, 29]].sum()
    assert ends < 2.5 * said["payments"][[11, 12]].sum()


def test_growth_is_carried_on() -> None:
    said = foretell(past(730, growth=1.2), 31)
    assert said["payroll"].sum() == pytest.approx(-3_000_000 * 1.44, rel=0.01)


def test_little_history_gives_a_forecast_but_no_interval() -> None:
    history = past(50)
    assert foretell(history, 30)["payments"].sum() < 0
    tested = back_test(history, 90)
    assert tested.origins == 0 and tested.low is None and tested.coverage is None


@pytest.mark.parametrize(("days", "is_told"), [(1, False), (27, False), (30, False), (62, True)])
def test_part_of_a_month_tells_no_level(days: int, is_told: bool) -> None:
    series = {stream.code: np.full(days, -100.0) for stream in streams()}
    history = History(date(2022, 1, 2), series)
    assert history.has_whole_month is is_told
    assert bool(foretell(history, 90)["payments"].any()) is is_told


def test_the_method_beats_the_baseline_where_months_have_a_shape() -> None:
    tested = back_test(past(760, noise=0.1), 60)
    assert tested.wape is not None and tested.baseline_wape is not None and tested.low is not None
    assert tested.wape < 0.6 * tested.baseline_wape
    assert tested.coverage is not None and tested.coverage > 0.5
    assert bool(np.all(tested.low <= 0)) and bool(np.all(tested.high >= 0))


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=30), st.integers(-50, 50), st.data())
def test_a_shortage_is_the_first_day_below_the_floor(flows: list[int], floor: int, data: Any) -> None:
    days, balance, items = [], data.draw(st.integers(-50, 200)), []
    for n, fen in enumerate(flows):
        balance += fen
        days.append((DAY + timedelta(n), balance))
        items.append(FlowItem(DAY + timedelta(n), "payments", "支付", fen, f"K{n}", data.draw(st.booleans())))
    short = find_shortage(days, floor, items, [])
    below = [day for day, fen in days if fen < floor]
    assert (short is None) == (not below)
    if short is not None:
        assert short.first_day == below[0] and short.deficit_fen == floor - dict(days)[below[0]] > 0
        assert short.worst_fen == max(floor - fen for _, fen in days)
        assert short.recovers_on is None or all(day < short.recovers_on for day in below)
        assert all(item.amount_fen < 0 and item.on <= short.first_day for item in short.causes)
        assert sum(-item.amount_fen for item in short.movable) == short.movable_fen


def test_what_may_wait_is_unsent_unprotected_and_just_enough() -> None:
    def pending(number: str, state: str, fen: int, kind: str = "direct", quota: str = "B1") -> Any:
        names = ("doc_key", "state", "bgt_id", "pay_type", "payee_name", "purpose", "amount_fen")
        return PAYMENT.load(names, [(number, state, quota, kind, "某公司", "货款", fen)])[0]

    waiting = [
        pending("P1", "sent", 900), pending("P2", "approved", 500), pending("P3", "draft", 400),
        pending("P4", "approved", 300, "payroll"), pending("P5", "draft", 200, quota="三保"),
        pending("P6", "draft", 50),
    ]  # fmt: skip
    short = find_shortage([(DAY, -600)], 0, [], waiting, frozenset({"三保"}))
    assert short is not None and [item.key for item in short.movable] == ["P2", "P3"]
    assert short.movable_fen == 900 >= short.deficit_fen == 600


def test_a_receipt_that_may_come_later_is_no_payment_that_may_wait() -> None:
    items = [
        FlowItem(DAY, "transfers", "上级补助", 5000, "R1", is_movable=True),
        FlowItem(DAY, "payments", "工程款", -60, "P1", is_movable=True),
    ]
    short = find_shortage([(DAY, -100)], 0, items, [])
    assert short is not None and [item.key for item in short.movable] == ["P1"] and short.movable_fen == 60


@pytest.fixture
def conn(ready_db: str) -> Any:
    with psycopg.connect(ready_db, autocommit=True) as connection:
        desk.furnish(connection)
        yield connection


def test_a_city_without_a_past_says_so(conn: psycopg.Connection[Any]) -> None:
    made = forecast(conn, CITY, DAY, days=10)
    assert len(made.days) == 10 and made.shortage is None and made.days[-1].low_fen is None
    assert any("没有历史收支" in note for note in made.notes)


@pytest.mark.parametrize("days", [-1, 0, 367, 10**9])
def test_nobody_foretells_no_days_or_years(conn: psycopg.Connection[Any], days: int) -> None:
    with pytest.raises(RuleBroken, match=f"不能预测 {days} 天"):
        cash_outlook(conn, CITY, on=DAY, days=days)


def test_from_nothing_nothing_is_foretold(conn: psycopg.Connection[Any]) -> None:
    with pytest.raises(RuleBroken, match="没有库款、没有历史收支"):
        cash_outlook(conn, CITY, on=DAY)
    desk.opening(conn, 1000)
    assert cash_outlook(conn, CITY, on=DAY).treasury_fen == 100_000


def test_what_is_short_when_and_why(conn: psycopg.Connection[Any]) -> None:
    desk.opening(conn, 1000)
    big = PaymentApplication("A1", "B1", 60_000, "direct", PAYEES["62220001"], "62220001", "", "货款", CITY)
    apply(conn, [big], by="unit", on=DAY)
    items = [
        Expected("E1", CITY, "debt_service", DAY + timedelta(5), -70_000, "还本付息"),
        Expected("E2", CITY, "transfers_in", DAY + timedelta(9), 200_000, "上级补助"),
    ]
    expect(conn, items, by="cashier", on=DAY)
    made = forecast(conn, CITY, DAY, days=20, floor_fen=10_000)
    short = made.shortage
    assert short is not None and short.first_day == DAY + timedelta(5)
    assert short.deficit_fen == 40_000 and short.recovers_on == DAY + timedelta(9)
    assert short.causes[0].key == "E1" and [i.key for i in short.movable] == ["A1"]
    balances = {day.on: day.balance_fen for day in made.days}
    assert balances[DAY + timedelta(4)] == 60_000 and balances[DAY + timedelta(9)] == 170_000
    assert made.days[-1].balance_fen == 100_000 + sum(d.inflow_fen - d.outflow_fen for d in made.days)
    weeks = made.weeks()
    assert weeks[-1].balance_fen == made.days[-1].balance_fen
    assert sum(w.outflow_fen for w in weeks) == 130_000
    assert forecast(conn, CITY, DAY, days=20, floor_fen=10_000).days == made.days


def test_payments_keep_to_what_is_left_of_the_quotas(conn: psycopg.Connection[Any]) -> None:
    """Refunds apart, nothing is paid without a quota: 1,500 yuan are left, whatever last year says."""
    block = world.coding(fiscal_year="2022", pro_code="Q1")
    desk.receive(conn, 100_000, date(2022, 1, 10))
    desk.spend(conn, block, 20_000, date(2022, 1, 20))
    desk.spend(conn, block, 20_000, date(2022, 2, 21))
    made = forecast(conn, CITY, date(2022, 3, 1), days=90)
    assert sum(-d.streams.get("payments", 0) for d in made.days) == pytest.approx(150_000, abs=90)
    assert any("剩余指标" in note for note in made.notes)


@pytest.mark.parametrize("days", [1, 2, 31, 121, 400])
@pytest.mark.parametrize("moved", [(), (0,), (0, -1)])
@pytest.mark.parametrize("horizon", [1, 90, 366])
def test_an_idle_history_foretells_what_it_can_and_no_more(
    days: int, moved: tuple[int, ...], horizon: int
) -> None:
    """Nothing moved, once, or once each way so that it comes to nothing: no number is made up."""
    flows = {stream.code: np.zeros(days) for stream in streams()}
    for place, sign in zip(moved, (1, -1), strict=False):
        for series in flows.values():
            series[place] += sign * 100.0
    history = History(START, flows)
    said = foretell(history, horizon)
    assert all(np.isfinite(series).all() and len(series) == horizon for series in said.values())
    tested = back_test(history, horizon)
    assert tested.wape is None or np.isfinite(tested.wape)
    if tested.wape is None:
        assert (tested.low, tested.high, tested.coverage) == (None, None, None)
    if not moved:
        assert not any(series.any() for series in said.values()) and tested.wape is None
