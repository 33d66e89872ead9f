"""Progress, growth, the nine checks, forecasts: what they say of months that are known."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.catalogue import CATALOGUE
from fisc.documents import RuleBroken
from fisc.kernel import Coding, Entry, credit, debit, post
from fisc.reading.bind import FigureError
from fisc.reading.engines import LiveEngine
from fisc.reading.service import FigureService
from fisc.revenue import checks
from fisc.revenue import services as revenue
from fisc.revenue.forecast import BASELINE, LEAST_FOR_MODEL, MODEL, forecast
from fisc.revenue.growth import comparable_growth, growth, percent, published_pairs
from fisc.revenue.ledger import Cell
from fisc.revenue.services import DailyReceipt, Source, StatisticEntry, TaxRefund
from tests.papers import a_document
from tests.revenue.conftest import BANNER, CITY, WHOLE, others_keep_books

YI = 10**10
_SHAPE = (14, 7, 8, 8, 8, 9, 9, 6, 7, 8, 7, 9)


def test_the_ministry_s_pair_of_2022_is_reproduced_within_the_rounding_of_its_refunds() -> None:
    whole = {p.item: p for p in published_pairs()}["全国一般公共预算收入"]
    assert (whole.growth_pct, whole.comparable_pct) == (Decimal("0.6"), Decimal("9.1"))
    assert percent(whole.growth) == Decimal("0.6")
    assert [percent(ratio, 2) for ratio in whole.comparable_range] == [Decimal("9.11"), Decimal("9.21")]
    assert percent(whole.comparable) == Decimal("9.2")  # 2.46 and 0.66 as they stand: one tenth off
    assert all(p.is_reproduced for p in published_pairs())
    assert not replace(whole, comparable_pct=Decimal("9.3")).is_reproduced
    assert not replace(whole, growth_pct=Decimal("0.7")).is_reproduced


def test_one_pair_of_refunds_within_the_rounding_gives_every_released_rate() -> None:
    refunds, before = Decimal(24590), Decimal(6640)
    for p in published_pairs():
        assert abs(refunds - p.refunds) < p.refunds_step / 2
        assert abs(before - p.refunds_before) < p.refunds_before_step / 2
        assert percent(comparable_growth(p.now, refunds, p.before, before)) == p.comparable_pct


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.integers(0, 10**12))
def test_without_refunds_both_growths_are_one(now: int, before: int, refunds: int) -> None:
    assert comparable_growth(now, 0, before, 0) == growth(now, before)
    assert growth(now, 0) is None and growth(now, -before) is None
    more = comparable_growth(now, refunds, before, 0)
    assert more is not None and more >= (growth(now, before) or 0)


def _receive(conn: psycopg.Connection[Any], region: str, day: date, *lines: tuple[str, str, int]) -> None:
    given_ = [DailyReceipt(region, day, *line) for line in lines]
    keys = list(revenue.record_daily_reports(conn, given_, by="r", on=day))
    revenue.confirm_daily_reports(conn, keys, by="t", on=day)


def _budget(conn: psycopg.Connection[Any], region: str, code: str, fen: int, source: str = "1") -> None:
    coding = Coding(2022, region, fund_type_code="111", rev_func_code=code, source_type_code=source)
    pool = Coding(2022, region, fund_type_code="111")
    day = date(2022, 1, 5) if source == "1" else date(2022, 9, 5)
    lines = (debit("quota:9101", coding, fen), credit("quota:9200", pool, fen))
    post(conn, [Entry(f"b{code}{region}{source}", region, day, lines, document_id=a_document(conn, region))])


def test_progress_against_budget_calendar_and_last_year(books: psycopg.Connection[Any]) -> None:
    _receive(books, CITY, date(2021, 3, 1), ("101010103", "111", 300), ("103040109", "111", 100))
    _receive(books, CITY, date(2022, 3, 1), ("101010103", "111", 500), ("103040109", "111", 100))
    _receive(books, BANNER, date(2022, 7, 1), ("101010103", "111", 40))
    refund = TaxRefund("TK", CITY, date(2022, 4, 6), "101010136", 200, Source("收入退还书"))
    revenue.record_refunds(books, [refund], by="r", on=date(2022, 4, 6))
    revenue.confirm_refunds(books, ["TK"], by="t", on=date(2022, 4, 6))
    _budget(books, CITY, "10101", 800)
    _budget(books, CITY, "10101", 200, source="2")
    found = revenue.progress(books, CITY, 2022, 6)
    total = found.total
    assert (total.actual_fen, total.initial_fen, total.adjusted_fen) == (500, 800, 1000)
    assert (total.completion, total.ahead) == (Decimal("0.5"), Decimal(0))
    assert (total.growth, total.comparable) == (Decimal("0.25"), Decimal("0.5"))
    assert [(ln.rev_func_code, ln.actual_fen) for ln in found.classes] == [("101", 400), ("103", 100)]
    assert [ln.rev_func_code for ln in found.sections] == ["10101", "10304"]
    service = FigureService(LiveEngine(books), CATALOGUE)
    missing = service.get("revenue.general", WHOLE, 2022).gap_reason
    with pytest.raises(FigureError, match="150627000 伊金霍洛旗 在 2022 年没有记过这套账") as refused:
        revenue.progress(books, WHOLE, 2022, 12)
    assert refused.value.message == missing  # figures and the command say the same
    others_keep_books(books, 2022)
    whole = revenue.progress(books, WHOLE, 2022, 12)
    assert whole.total.actual_fen == 540 == service.get("revenue.general", WHOLE, 2022).value
    no_prior = service.get("revenue.general", WHOLE, 2021).gap_reason
    assert whole.total.prior_fen == 0 and whole.gaps[0] == no_prior
    assert "150602000 东胜区 在 2022 年没有记过这套账" in whole.gaps[1]  # the banner has no budget
    assert service.get("revenue.general.comparable_yoy", "150600000", 2022).value == Decimal("0.5")
    assert service.get("revenue.general.yoy", "150600000", 2022).value == Decimal("0.25")


def _cells(year: int, month: int, **fen: int) -> list[Cell]:
    return [Cell(year, month, "121" if code == "c1030148" else "111", code[1:], v) for code, v in fen.items()]


def _found(cells: list[Cell], month: int = 2) -> dict[tuple[str, str], bool | None]:
    return {(f.rule_id, f.of): f.is_alarm for f in checks.judge(cells, 2022, month)}


_CALM = [
    *_cells(2021, 1, c10101=60, c10304=20, c1030148=10),
    *_cells(2021, 2, c10101=60, c10304=20, c1030148=10),
    *_cells(2022, 1, c10101=60, c10304=20, c1030148=10),
]


def test_calm_months_raise_no_alarm() -> None:
    found = _found([*_CALM, *_cells(2022, 2, c10101=60, c10304=20, c1030148=10)])
    assert found == {
        ("R01", ""): False, ("R02", ""): False, ("R03", ""): False, ("R04", "10101"): False,
        ("R05", "10304"): False, ("R06", ""): False, ("R07", ""): False, ("R08", ""): False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("february", "alarms"),
    [
        ({"c10101": 120, "c10304": 20}, {"R01", "R02", "R03"}),
        ({"c10101": 100, "c10304": 20}, {"R03"}),  # month by exactly one half: not above it
        ({"c10101": 121, "c10304": 0}, {"R01", "R02", "R03", "R04"}),
        ({"c10101": -1, "c10304": 20}, {"R04"}),
        ({"c10101": 60, "c10304": 41}, {"R05"}),
        ({"c10101": 60, "c10304": 20, "c1030148": 31}, {"R06"}),
        ({"c10101": -20, "c10304": 60}, {"R04", "R05", "R07"}),
        ({"c10101": 60, "c10304": 20, "c1030148": 151}, {"R06", "R08"}),
    ],
)  # fmt: skip
def test_each_rule_alarms_past_its_number(february: dict[str, int], alarms: set[str]) -> None:
    found = _found([*_CALM, *_cells(2022, 2, **february)])
    assert {rule for (rule, _), is_alarm in found.items() if is_alarm} == alarms


def test_what_cannot_be_checked_is_said_with_its_reason(books: psycopg.Connection[Any]) -> None:
    found = checks.revenue_quality(books, CITY, 2022, 1)
    assert {f.rule_id for f in found} == {f"R0{i}" for i in range(1, 10)}
    assert all(f.is_alarm is None and f.reason for f in found)
    guarantees = [checks.Guarantee("保工资", 1200, 499), checks.Guarantee("保运转", 1200, 500)]
    late = [f for f in checks.revenue_quality(books, CITY, 2022, 5, guarantees) if f.rule_id == "R09"]
    assert [(f.of, f.is_alarm) for f in late] == [("保工资", True), ("保运转", False)]
    with pytest.raises(RuleBroken):
        checks.revenue_quality(books, CITY, 2022, 13)


def _months(first: int, last: int, growth_: float = 1.08) -> dict[int, int]:
    """Months of a city whose revenue grows by a share each year, with a small wobble."""
    found = {}
    for year in range(first, last + 1):
        for m, share in enumerate(_SHAPE):
            wobble = 1 + 0.03 * math.sin(7.3 * (year * 12 + m))
            found[year * 100 + m + 1] = round(share * YI * growth_ ** (year - first + m / 12) * wobble)
    return found


def test_the_model_beats_repeating_last_year_where_revenue_grows() -> None:
    months = _months(2017, 2022)
    seen = forecast({p: v for p, v in months.items() if p <= 202206}, 2022, 2022, 6)
    actual = sum(v for p, v in months.items() if p // 100 == 2022)
    assert seen.model is not None and seen.best is seen.model
    assert abs(seen.model.year_fen / actual - 1) < 0.02
    assert seen.model.low_fen < seen.model.year_fen < seen.model.high_fen
    model, baseline = seen.error(MODEL), seen.error(BASELINE)
    assert model is not None and baseline is not None and model < baseline
    assert [t.fiscal_year for t in seen.trials] == [2018, 2019, 2020, 2021]
    assert seen.received_fen == sum(v for p, v in months.items() if 202201 <= p <= 202206)


def test_next_year_is_forecast_too_and_the_same_months_give_the_same_numbers() -> None:
    months = _months(2017, 2022)
    past = {p: v for p, v in months.items() if p <= 202110}
    seen = forecast(past, 2022, 2021, 10)
    actual = sum(v for p, v in months.items() if p // 100 == 2022)
    assert seen.model is not None
    assert abs(seen.model.year_fen / actual - 1) < 0.06
    assert seen == forecast(dict(reversed(past.items())), 2022, 2021, 10)
    assert seen.received_fen == 0
    wider = forecast(past, 2022, 2021, 10, level=95).model
    assert wider is not None
    assert wider.low_fen < seen.model.low_fen and wider.high_fen > seen.model.high_fen


def test_a_finished_year_is_what_came_in() -> None:
    months = _months(2020, 2022)
    seen = forecast(months, 2022, 2022, 12)
    assert seen.best.low_fen == seen.best.high_fen == sum(months[202200 + m] for m in range(1, 13))


def test_a_month_below_zero_is_no_hindrance() -> None:
    months = _months(2019, 2022) | {202204: -5 * YI}
    seen = forecast({p: v for p, v in months.items() if p <= 202206}, 2022, 2022, 6)
    assert seen.model is not None and seen.model.low_fen < seen.model.high_fen


def test_few_months_leave_only_the_baseline_and_fewer_are_refused() -> None:
    months = _months(2021, 2022)
    seen = forecast({p: v for p, v in months.items() if p <= 202206}, 2022, 2022, 6)
    assert seen.months_known == 18 < LEAST_FOR_MODEL
    assert seen.model is None and seen.reason and seen.best is seen.baseline
    expected = sum(months[p] for p in [*range(202201, 202207), *range(202107, 202113)])
    assert seen.baseline.year_fen == expected
    with pytest.raises(RuleBroken, match="12 个月"):
        forecast({p: v for p, v in months.items() if p != 202112}, 2022, 2022, 6)
    with pytest.raises(RuleBroken, match="2024"):
        forecast(months, 2024, 2022, 12)


def test_the_early_warning_reads_history_books_and_budget(books: psycopg.Connection[Any]) -> None:
    months = _months(2017, 2022)
    history = [
        StatisticEntry(
            "general_revenue_month", CITY, p // 100, str(v // 100), "元", date(2022, 1, 1),
            Source("财政收支月报"), of=f"{p // 100}-{p % 100:02d}",
        )
        for p, v in months.items() if p < 202201
    ]  # fmt: skip
    keys = list(revenue.record_statistics(books, history, by="r", on=date(2022, 1, 1)))
    revenue.confirm_statistics(books, keys, by="t", on=date(2022, 1, 1))
    for m in range(1, 7):
        _receive(books, CITY, date(2022, m, 10), ("1010719", "111", months[202200 + m]))
    known = revenue.monthly_history(books, CITY, 2022)
    assert (min(known), max(known), len(known)) == (201701, 202206, 66)
    with pytest.raises(RuleBroken, match="没有一般公共预算收入预算"):
        revenue.early_warning(books, CITY, 2022, 6)
    actual = sum(v for p, v in months.items() if p // 100 == 2022)
    _budget(books, CITY, "10107", actual * 8 // 10)
    assert revenue.early_warning(books, CITY, 2022, 6).alarm == ""
    _budget(books, CITY, "10107", actual * 6 // 10, source="2")
    warned = revenue.early_warning(books, CITY, 2022, 6)
    assert (warned.alarm, warned.gap_fen < 0) == ("red", True)
    assert warned.target_fen == actual * 8 // 10 + actual * 6 // 10
    assert "完不成" in warned.text
