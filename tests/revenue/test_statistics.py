"""Relief and statistics: entered with a paper, confirmed by another, opened by figures, ranked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from fisc.catalogue import CATALOGUE
from fisc.documents import FourEyes, NotFound, RuleBroken
from fisc.kernel import DuplicateConflict
from fisc.kernel.simulation import mark_simulated
from fisc.reading.engines import LiveEngine
from fisc.reading.service import FigureService
from fisc.registry.errors import UnknownRegion
from fisc.revenue import services as revenue
from fisc.revenue.services import Source, StatisticEntry, TaxRefund, TaxRelief
from fisc.revenue.services.statistics import base_value, ranked_with
from tests.papers import with_cash
from tests.revenue.conftest import BANNER, CITY, WHOLE, entries

DAY = date(2022, 12, 31)
PAPER = Source("国家税务总局鄂尔多斯市税务局减免税统计表", "2022年12月", "cd" * 32)
RELIEF = TaxRelief("JM-2022-12", WHOLE, DAY, 120_0000_0000_00, PAPER)


def _figures(conn: psycopg.Connection[Any]) -> FigureService:
    return FigureService(LiveEngine(conn), CATALOGUE)


def test_relief_is_registered_beside_the_books_and_moves_no_money(books: psycopg.Connection[Any]) -> None:
    assert revenue.record_relief(books, [RELIEF], by="r", on=DAY) == [True]
    assert _figures(books).get("revenue.tax_relief", "150600", 2022).gap_reason
    assert sum(revenue.confirm_relief(books, [RELIEF.relief_no], by="t", on=DAY)) == 1
    assert entries(books) == {
        "relief:JM-2022-12:posted": [
            ("tax_register:T100", "", "tax", 1, RELIEF.amount_fen),
            ("tax_register:T900", "", "tax", -1, RELIEF.amount_fen),
        ]
    }
    found = _figures(books).get("revenue.tax_relief", "150600", 2022)
    assert found.value == RELIEF.amount_fen
    row = _figures(books).rows(found.ask, None)[0]
    assert (row.document_no, row.source_name) == ("JM-2022-12", PAPER.name)
    assert revenue.record_relief(books, [RELIEF], by="r", on=DAY) == [False]
    assert sum(revenue.confirm_relief(books, [RELIEF.relief_no], by="t", on=DAY)) == 0


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [(replace(RELIEF, source=Source("")), RuleBroken), (replace(RELIEF, amount_fen=-1), RuleBroken),
     (replace(RELIEF, kind="present"), RuleBroken), (replace(RELIEF, rev_func_code="19999"), NotFound)],
)  # fmt: skip
def test_relief_that_breaks_a_rule_is_refused(
    books: psycopg.Connection[Any], wrong: TaxRelief, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        revenue.record_relief(books, [wrong], by="r", on=DAY)


def test_refunds_in_full_and_as_borne_here_are_two_figures(books: psycopg.Connection[Any]) -> None:
    notice = Source("收入退还书")
    with_cash(books, CITY, BANNER)
    refunds = [TaxRefund("TK-1", CITY, DAY, "101010136", 1000, notice),
               TaxRefund("TK-2", BANNER, DAY, "101010136", 600, notice)]  # fmt: skip
    revenue.record_refunds(books, refunds, by="r", on=DAY)
    revenue.confirm_refunds(books, ["TK-1", "TK-2"], by="t", on=DAY)
    service = _figures(books)
    for region, full, local in (("150600000", 1000, 500), ("150602", 600, 300)):
        assert service.get("revenue.vat_credit_refunds", region, 2022).value == full
        assert service.get("revenue.vat_credit_refunds.local", region, 2022).value == local


def _stat(item: str, region: str, year: int, value: str, unit: str, **more: Any) -> StatisticEntry:
    return StatisticEntry(item, region, year, value, unit, DAY, Source("统计公报"), **more)


def _enter(conn: psycopg.Connection[Any], *given: StatisticEntry) -> None:
    keys = list(revenue.record_statistics(conn, given, by="r", on=DAY))
    revenue.confirm_statistics(conn, keys, by="t", on=DAY)


@pytest.mark.parametrize(
    ("item", "value", "unit", "base"),
    [("grain", "43.6", "亿斤", "4360000000"), ("livestock", "1535.1", "万头只", "15351000"),
     ("gdp", "5613.00", "亿元", "56130000000000"), ("income_urban", "55654", "元", "5565400"),
     ("nontax_revenue_month", "-0.5", "万元", "-500000"), ("jobs", "1,234.5", "千人", "1234500")],
)  # fmt: skip
def test_a_printed_value_becomes_the_item_s_own_unit(item: str, value: str, unit: str, base: str) -> None:
    assert base_value(item, value, unit) == Decimal(base)


@pytest.mark.parametrize(
    ("item", "value", "unit"),
    [
        ("grain", "1", "吨"),
        ("grain", "many", "斤"),
        ("gdp", "NaN", "亿元"),
        ("hats", "1", "斤"),
        *(("gdp", value, "亿元") for value in ("1e999999", "1e3", "1_000", "-1", "92233720369", "")),
        ("jobs", "-0.5", "万人"),
        ("jobs", "1", "十人"),
    ],
)
def test_other_units_and_items_are_refused(item: str, value: str, unit: str) -> None:
    with pytest.raises(RuleBroken):
        base_value(item, value, unit)


def test_statistics_count_once_another_confirmed_them(books: psycopg.Connection[Any]) -> None:
    grain = _stat("grain", CITY, 2022, "43.6", "亿斤")
    keys = list(revenue.record_statistics(books, [grain], by="r", on=DAY))
    assert _figures(books).get("stat.grain", "150600", 2022).gap_reason
    revenue.confirm_statistics(books, keys, by="t", on=DAY)
    found = _figures(books).get("stat.grain", "150600", 2022)
    assert found.value == Decimal("4360000000")
    assert [part.code for part in found.breakdown] == ["粮食产量（统计公报）"], "it opens to its paper"
    with pytest.raises(DuplicateConflict):
        revenue.record_statistics(books, [replace(grain, value="44")], by="r", on=DAY)
    _enter(books, replace(grain, value="44", revision=2))
    assert _figures(books).get("stat.grain", "150600", 2022).value == Decimal("4400000000")
    assert entries(books) == {}


@pytest.mark.parametrize(
    ("item", "of"),
    [("general_revenue_month", "2022-3"), ("general_revenue_month", "2021-03"), ("tax_revenue_month", ""),
     ("revenue_target", "abc"), ("general_revenue", "2021-11"), ("grain", "秋粮")],
)  # fmt: skip
def test_a_part_that_an_item_does_not_have_is_refused(
    books: psycopg.Connection[Any], item: str, of: str
) -> None:
    with pytest.raises(RuleBroken, match="细目"):
        revenue.record_statistics(books, [_stat(item, CITY, 2022, "1", "亿元", of=of)], by="r", on=DAY)


def test_a_statistic_is_told_of_the_period_that_is_asked(books: psycopg.Connection[Any]) -> None:
    _enter(
        books, _stat("jobs", CITY, 2022, "3", "万人"), _stat("jobs", CITY, 2022, "2.8", "万人", of="2022-11")
    )
    service = _figures(books)

    def jobs(month: int | None) -> object:
        return service.get("stat.jobs", "150600", 2022, cutoff_month=month).value

    assert [jobs(None), jobs(12), jobs(11), jobs(1)] == [30_000, 30_000, 28_000, None]
    reason = service.get("stat.jobs", "150600", 2022, cutoff_month=1).gap_reason
    assert "截至 1 月没有同期的报送材料" in reason


def test_incomes_that_a_claim_compares_are_figures_with_growth(books: psycopg.Connection[Any]) -> None:
    told = {"income_lifted": ("10000", "11500"), "income_rural_province": ("18000", "19080")}
    _enter(books, *[
        _stat(item, CITY, year, value, "元")
        for item, values in told.items() for year, value in zip((2021, 2022), values, strict=True)
    ])  # fmt: skip
    service = _figures(books)
    growth = {item: service.get(f"stat.{item}.yoy", "150600", 2022).value for item in told}
    assert growth == {"income_lifted": Decimal("0.15"), "income_rural_province": Decimal("0.06")}


def test_who_recorded_a_statistic_does_not_confirm_it(books: psycopg.Connection[Any]) -> None:
    from fisc.documents import Officer, define_officers

    define_officers(books, [Officer("s", "统计", "", frozenset({"revenue_make", "registry_review"}))])
    keys = list(revenue.record_statistics(books, [_stat("gdp", CITY, 2022, "1", "亿元")], by="s", on=DAY))
    with pytest.raises(FourEyes):
        revenue.confirm_statistics(books, keys, by="s", on=DAY)


def test_a_statistic_needs_a_paper_and_a_known_division(books: psycopg.Connection[Any]) -> None:
    bare = replace(_stat("gdp", CITY, 2022, "1", "亿元"), source=Source(""))
    with pytest.raises(RuleBroken, match="来源"):
        revenue.record_statistics(books, [bare], by="r", on=DAY)
    with pytest.raises(UnknownRegion, match="999900000"):
        revenue.record_statistics(books, [_stat("gdp", "999900000", 2022, "1", "亿元")], by="r", on=DAY)


def _panel(first: str, second: str) -> list[StatisticEntry]:
    """Twelve leagues: the city's own figures, the others a little smaller each."""
    others = [p for p in ranked_with(CITY) if p != CITY]
    found = [_stat("general_revenue", CITY, 2021, first, "亿元"),
             _stat("general_revenue", CITY, 2022, second, "亿元")]  # fmt: skip
    for i, league in enumerate(others):
        found += [_stat("general_revenue", league, 2021, str(200 - i), "亿元"),
                  _stat("general_revenue", league, 2022, str(220 - i), "亿元")]  # fmt: skip
    return found


def test_places_among_the_twelve_by_total_increment_and_growth(books: psycopg.Connection[Any]) -> None:
    _enter(books, *_panel("552.01", "842.84"))
    found = revenue.standings(books, "general_revenue", CITY, 2022)
    assert [(s.measure, s.place) for s in found] == [("总量", 1), ("增量", 1), ("增速", 1)]
    service = _figures(books)
    for suffix in ("", ".delta", ".yoy"):
        place = service.get(f"stat.general_revenue{suffix}.rank", "150600", 2022)
        assert place.value == 1
        assert len(place.breakdown) == 12
    assert service.get("stat.general_revenue.delta", "150600", 2022).value == 290_8300_0000_00


def test_a_place_that_is_not_the_first_is_told(books: psycopg.Connection[Any]) -> None:
    _enter(books, *_panel("552.01", "560.00"))
    found = revenue.standings(books, "general_revenue", CITY, 2022)
    assert [s.place for s in found] == [1, 12, 12]
    assert _figures(books).get("stat.general_revenue.yoy.rank", "150600", 2022).value == 12


@pytest.mark.parametrize("is_simulated", [False, True])
def test_only_a_real_ledger_says_that_its_statistics_were_published(
    books: psycopg.Connection[Any], is_simulated: bool
) -> None:
    if is_simulated:
        mark_simulated(books, "试城", datetime(2021, 1, 1, tzinfo=UTC))
    _enter(books, *_panel("552.01", "842.84"))
    service, said = _figures(books), ("模拟" if is_simulated else "公布")
    published = [key for key, figure in CATALOGUE.items() if key.startswith("stat.") and figure.simulated]
    assert {"stat.general_revenue", "stat.general_revenue.yoy", "stat.gdp", "stat.jobs"} <= set(published)
    words = [f"{one.name_zh} {one.definition_zh}" for one in map(service.figure, published)]
    assert any("公布" in text for text in words) is not is_simulated
    rank = service.get("stat.general_revenue.rank", "150600", 2022)
    assert rank.operands
    for peer in rank.operands:
        assert f"（{said}数）" in peer.name_zh
        assert f"各市（盟、州）{said}的" in peer.definition_zh or f"{said}的一般" in peer.definition_zh


def test_without_every_peer_there_is_no_place(books: psycopg.Connection[Any]) -> None:
    _enter(books, *[e for e in _panel("552.01", "842.84") if e.mof_div_code != "150200000"])
    found = revenue.standings(books, "general_revenue", CITY, 2022)
    assert [(s.place, s.missing) for s in found] == [(None, ("150200000",))] * 3
    assert "缺" in _figures(books).get("stat.general_revenue.rank", "150600", 2022).gap_reason
