"""Forecasts month by month, intervals that past errors widen, chances, and warnings by class."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken
from fisc.kernel import Coding, Entry, credit, debit, post
from fisc.revenue import services as revenue
from fisc.revenue.forecast import BASELINE, MODEL, Estimate, Forecast, Trial, forecast, unbroken
from fisc.revenue.services import DailyReceipt, Source, StatisticEntry
from fisc.revenue.services.outlook import chance_words
from tests.papers import a_document
from tests.revenue.conftest import BANNER, CITY, WHOLE, others_keep_books
from tests.revenue.test_forecast import YI, _months

Conn = psycopg.Connection[Any]


def _until(months: Mapping[int, int], last: int) -> dict[int, int]:
    return {p: v for p, v in months.items() if p <= last}


# ---- months


def test_months_add_up_to_the_year_and_known_ones_are_what_came_in() -> None:
    months = _months(2017, 2022)
    seen = forecast(_until(months, 202206), 2022, 2022, 6)
    for estimate in (seen.model, seen.baseline):
        assert estimate is not None
        assert [m.period for m in estimate.months] == list(range(202201, 202213))
        assert sum(m.fen for m in estimate.months) == estimate.year_fen
        assert [(m.is_known, m.fen) for m in estimate.months[:6]] == [
            (True, months[p]) for p in range(202201, 202207)
        ]
        assert all(m.low_fen < m.fen < m.high_fen for m in estimate.months[6:])
        assert all(m.low_fen == m.fen == m.high_fen for m in estimate.months[:6])


def test_next_year_is_told_by_month_too() -> None:
    seen = forecast(_until(_months(2017, 2022), 202206), 2023, 2022, 6)
    assert seen.model is not None
    assert [m.period for m in seen.model.months] == list(range(202301, 202313))
    assert not any(m.is_known for m in seen.model.months)


def test_repeating_last_year_repeats_it_month_by_month() -> None:
    months = _months(2020, 2022)
    seen = forecast(_until(months, 202209), 2022, 2022, 9)
    assert [m.fen for m in seen.baseline.months[9:]] == [months[p] for p in (202110, 202111, 202112)]
    after = forecast(_until(months, 202209), 2023, 2022, 9).baseline
    assert [m.fen for m in after.months[:9]] == [months[p] for p in range(202201, 202210)]
    assert [m.fen for m in after.months[9:]] == [months[p] for p in (202110, 202111, 202112)]


def test_one_year_of_months_does_not_make_the_baseline_certain() -> None:
    seen = forecast(_months(2021, 2021), 2022, 2021, 12)
    assert seen.baseline.low_fen < seen.baseline.year_fen < seen.baseline.high_fen


# ---- chances


def test_a_chance_is_read_from_the_centiles() -> None:
    estimate = Estimate(MODEL, 50, 10, 90, 80, centiles=tuple(range(1, 100)))
    assert [estimate.chance_below(x) for x in (1, 2, 50, 99, 200)] == [
        Decimal(0), Decimal("0.01"), Decimal("0.49"), Decimal("0.98"), Decimal("0.99"),
    ]  # fmt: skip
    over = Estimate(MODEL, 50, 50, 50, 80)
    assert [over.chance_below(x) for x in (50, 51)] == [Decimal(0), Decimal(1)]
    assert [chance_words(Decimal(c)) for c in ("0", "0.37", "0.99", "1")] == [
        "不到 1%", "约 37%", "在 99% 以上", "在 99% 以上",
    ]  # fmt: skip


def test_the_chance_of_falling_short_grows_with_the_target() -> None:
    best = forecast(_until(_months(2017, 2022), 202206), 2022, 2022, 6).best
    chances = [best.chance_below(best.year_fen + k * YI // 2) for k in range(-6, 7)]
    assert chances == sorted(chances) and chances[0] < Decimal("0.1") < Decimal("0.9") < chances[-1]


# ---- what past errors teach


def test_intervals_are_widened_until_past_years_fit() -> None:
    """A level shift that no method foresaw: its error is what later intervals must allow for."""
    months = {p: v * (3 if p // 100 >= 2021 else 1) for p, v in _months(2017, 2022, 1.0).items()}
    seen = forecast(_until(months, 202203), 2022, 2022, 3)
    assert seen.baseline.widening > 1
    shift = next(t for t in seen.trials if t.fiscal_year == 2021)
    miss = abs(shift.baseline.year_fen - shift.actual_fen)
    half = Decimal(shift.baseline.high_fen - shift.baseline.low_fen) / 2
    assert seen.baseline.widening <= Decimal(miss) / half
    month = seen.baseline.months[-1]
    assert month.high_fen - month.fen == pytest.approx(month.fen - month.low_fen, abs=2)
    wide = seen.baseline.centiles[89] - seen.baseline.year_fen
    assert wide == pytest.approx(seen.baseline.high_fen - seen.baseline.year_fen, rel=1e-6)


def test_intervals_that_held_are_left_alone() -> None:
    seen = forecast(_until(_months(2017, 2022, 1.0), 202206), 2022, 2022, 6)
    held = [t for t in seen.trials if t.baseline.low_fen <= t.actual_fen <= t.baseline.high_fen]
    assert held == list(seen.trials) and seen.baseline.widening == 1


def _trial(year: int, actual: int, model: int | None, baseline: int) -> Trial:
    def made(method: str, fen: int) -> Estimate:
        return Estimate(method, fen, fen - 10, fen + 10, 80)

    return Trial(year, actual, made(MODEL, model) if model else None, made(BASELINE, baseline))


def test_methods_are_compared_over_the_years_both_were_tried_in() -> None:
    nothing = Estimate(BASELINE, 1, 0, 2, 80)
    trials = (_trial(2018, 100, None, 100), _trial(2019, 100, 102, 110), _trial(2020, 100, 104, 90))
    seen = Forecast(2022, 2022, 6, 0, 60, Estimate(MODEL, 1, 0, 2, 80), nothing, trials)
    assert (seen.error(MODEL), seen.error(BASELINE)) == (Decimal("0.03"), Decimal("0.1"))
    assert seen.best is seen.model and seen.coverage(MODEL) == 1
    worse = Forecast(2022, 2022, 6, 0, 60, seen.model, nothing, (_trial(2019, 100, 111, 110),))
    assert worse.best is nothing and worse.coverage(MODEL) == 0
    early = Forecast(2022, 2022, 6, 0, 20, None, nothing, trials[:1])
    assert early.error(BASELINE) == 0 and early.error(MODEL) is None


def test_a_gap_ends_the_run_of_months() -> None:
    months = _until(_months(2020, 2021), 202112)
    assert unbroken(months, 2021, 12) == 24
    assert unbroken({p: v for p, v in months.items() if p != 202105}, 2021, 12) == 7
    assert unbroken(months, 2022, 1) == 0


# ---- history and warnings


def _history(conn: Conn, item: str, region: str, months: Mapping[int, int]) -> None:
    given = [
        StatisticEntry(item, region, p // 100, str(v), "亿元", date(2022, 1, 1), Source("月报"),
                       of=f"{p // 100}-{p % 100:02d}")
        for p, v in months.items()
    ]  # fmt: skip
    keys = list(revenue.record_statistics(conn, given, by="r", on=date(2022, 1, 1)))
    revenue.confirm_statistics(conn, keys, by="t", on=date(2022, 1, 1))


#: By which money of a section comes in.
LEAVES = {
    "10104": "1010433",
    "10107": "1010719",
    "10110": "1011001",
    "10304": "103040109",
    "10101": "101010103",
}


def _receive(conn: Conn, region: str, period: int, code: str, fen: int) -> None:
    day = date(period // 100, period % 100, 9)
    keys = list(
        revenue.record_daily_reports(
            conn, [DailyReceipt(region, day, LEAVES.get(code, code), "111", fen)], by="r", on=day
        )
    )
    revenue.confirm_daily_reports(conn, keys, by="t", on=day)


def _budget(conn: Conn, code: str, fen: int) -> None:
    coding = Coding(2022, CITY, fund_type_code="111", rev_func_code=code, source_type_code="1")
    pool = Coding(2022, CITY, fund_type_code="111")
    lines = (debit("quota:9101", coding, fen), credit("quota:9200", pool, fen))
    post(conn, [Entry(f"b{code}", CITY, date(2022, 1, 5), lines, document_id=a_document(conn, CITY))])


def test_the_whole_area_s_history_is_its_own_and_not_the_city_s(books: Conn) -> None:
    others_keep_books(books, 2021)
    _history(books, "general_revenue_month", WHOLE, {202011: 40, 202012: 50})
    _history(books, "general_revenue_month", CITY, {202012: 7})
    _receive(books, CITY, 202101, "10104", 300)
    _receive(books, BANNER, 202101, "10104", 200)
    assert revenue.monthly_history(books, WHOLE, 2021) == {202011: 40 * YI, 202012: 50 * YI, 202101: 500}
    assert revenue.monthly_history(books, CITY, 2021) == {202012: 7 * YI, 202101: 300}


def test_a_class_has_months_of_its_own_and_zero_where_nothing_came(books: Conn) -> None:
    _history(books, "nontax_revenue_month", CITY, {202012: 3})
    _receive(books, CITY, 202101, "10104", 300)
    _receive(books, CITY, 202102, "10304", 20)
    assert revenue.monthly_history(books, CITY, 2021, "103") == {202012: 3 * YI, 202101: 0, 202102: 20}
    assert revenue.monthly_history(books, CITY, 2021, "101") == {202101: 300, 202102: 0}


@pytest.fixture
def warned_city(books: Conn) -> Conn:
    """Taxes as last year, non-tax receipts at half of it, a budget of last year's sums."""
    for month in range(1, 13):
        _receive(books, CITY, 202100 + month, "10104", 100)
        _receive_more(books, 202100 + month, 40)
    for month in range(1, 7):
        _receive(books, CITY, 202200 + month, "10104", 100)
        _receive_more(books, 202200 + month, 20)
    _budget(books, "10104", 1_150)
    _budget(books, "10304", 480)
    return books


def _receive_more(conn: Conn, period: int, fen: int) -> None:
    day = date(period // 100, period % 100, 19)
    keys = list(
        revenue.record_daily_reports(conn, [DailyReceipt(CITY, day, "103040109", "111", fen)], by="r", on=day)
    )
    revenue.confirm_daily_reports(conn, keys, by="t", on=day)


def test_the_class_that_falls_short_is_named_with_its_gap_and_chance(warned_city: Conn) -> None:
    target = StatisticEntry("revenue_target", CITY, 2022, "17", "元", date(2022, 1, 9), Source("通知"), of="")
    keys = list(revenue.record_statistics(warned_city, [target], by="r", on=date(2022, 1, 9)))
    revenue.confirm_statistics(warned_city, keys, by="t", on=date(2022, 1, 9))
    whole, tax, other = revenue.early_warnings(warned_city, CITY, 2022, 6)
    assert [w.rev_func_code for w in (whole, tax, other)] == ["", "101", "103"]
    assert (tax.alarm, tax.gap_fen) == ("", 50)
    assert (other.gap_fen, other.target_fen) == (-120, 480)
    assert other.alarm in ("yellow", "red") and other.chance > Decimal("0.9") and "25.0%" in other.text
    assert (whole.gap_fen, whole.stated_gap_fen) == (-70, 1_560 - 1_700)
    assert whole.stated is not None and whole.stated.source_name == "通知"
    assert revenue.budgeted(warned_city, CITY, 2022) == {"": 1_630, "101": 1_150, "103": 480}


def test_a_year_that_is_over_is_told_as_it_came_out(warned_city: Conn) -> None:
    for month in range(7, 13):
        _receive(warned_city, CITY, 202200 + month, "10104", 100)
    whole, tax, other = revenue.early_warnings(warned_city, CITY, 2022, 12)
    assert [(w.alarm, w.chance) for w in (whole, tax, other)] == [("red", 1), ("", 0), ("red", 1)]
    assert tax.text == "当年已结束，完成预算" and "当年已结束，未完成预算，差" in other.text
    assert whole.forecast.is_over and not revenue.outlook(warned_city, CITY, 2023, 2022, 12).is_over


def test_a_class_known_for_less_than_a_year_is_not_warned_of(books: Conn) -> None:
    _history(books, "general_revenue_month", CITY, _history_months())
    _receive(books, CITY, 202201, "10104", 100)
    _budget(books, "10104", 1_000)
    assert [w.rev_func_code for w in revenue.early_warnings(books, CITY, 2022, 1)] == [""]
    with pytest.raises(RuleBroken, match="12 个月"):
        revenue.early_warning(books, CITY, 2022, 1, rev_func_code="101")


def _history_months() -> dict[int, int]:
    return {202100 + month: 4 for month in range(1, 13)}
