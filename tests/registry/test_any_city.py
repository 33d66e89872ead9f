"""No city is special: cities of every kind, from an empty database, by the shipped list and rules alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.catalogue import CATALOGUE
from fisc.documents import Officer, define_officers
from fisc.kernel import open_year
from fisc.reading.service import Ask, FigureService
from fisc.registry.areas import Area, governments
from fisc.registry.errors import UnknownRegion
from fisc.report.source import city_scope
from fisc.revenue import services as revenue
from fisc.revenue.services import DailyReceipt, GrossReceipt, SharingOrder, Source
from fisc.transfers import services as transfers
from fisc.transfers.services import SourceDocument, SourceLine
from tests.revenue.conftest import parts

DAY, YEAR, WAN = date(2022, 3, 1), 2022, 1_000_000
Conn = psycopg.Connection[Any]

#: Cities of three provinces, a prefecture (地区), a municipality, a city without counties.
CITIES = ("320500", "520300", "530700", "653200", "110000", "441900")


@pytest.fixture
def bureau(ready_conn: Conn) -> Iterator[Conn]:
    """Officers for every region; what is done is taken back."""
    define_officers(ready_conn, [
        Officer("r", "收入", "", frozenset({"revenue_make", "transfer_make"})),
        Officer("t", "国库", "", frozenset({"treasury_review", "registry_review"})),
        Officer("z", "审核", "", frozenset({"transfer_review"})),
    ])  # fmt: skip
    yield ready_conn


def _open(conn: Conn, city: str) -> tuple[str, ...]:
    places = governments(Area("whole", f"{city}000"))
    for place in places:
        open_year(conn, place, YEAR)
    return places


def _receive(conn: Conn, places: tuple[str, ...]) -> None:
    daily = [DailyReceipt(place, DAY, "1011001", "111", WAN) for place in places]
    keys = list(revenue.record_daily_reports(conn, daily, by="r", on=DAY))
    revenue.confirm_daily_reports(conn, keys, by="t", on=DAY)


@pytest.mark.parametrize("city", CITIES)
def test_a_city_and_its_counties_take_revenue_and_the_area_adds_up(bureau: Conn, city: str) -> None:
    places = _open(bureau, city)
    _receive(bureau, places)
    asks = [Ask("revenue.general", code, YEAR) for code in (city, f"{city}000")]
    whole, own = FigureService(bureau, CATALOGUE).get_many(asks)
    assert (whole.value, own.value) == (len(places) * WAN, WAN)
    scope = city_scope(city, YEAR, DAY)
    assert len(scope.counties) == len(places) - 1 and scope.level == f"{city}000"


def test_a_whole_area_is_not_told_while_a_county_keeps_no_books(bureau: Conn) -> None:
    _open(bureau, "520300")
    _receive(bureau, ("520300000", "520302000"))
    (whole,) = FigureService(bureau, CATALOGUE).get_many([Ask("revenue.general", "520300", YEAR)])
    assert whole.value is None and "520303000" in whole.gap_reason


@pytest.mark.parametrize(
    ("county", "levels"),
    [
        ("320506000", {"centre": "", "city": "320500000", "county": "320506000"}),
        ("110101000", {"centre": "", "city": "110000000", "county": "110101000"}),  # no city between
    ],
)
def test_revenue_is_shared_with_the_levels_there_are(
    bureau: Conn, county: str, levels: dict[str, str]
) -> None:
    for place in {county, levels["city"]}:
        open_year(bureau, place, YEAR)
    paper = Source("财政体制文件", "财预〔2022〕1号")
    order = SharingOrder(
        county[:2], "10104", date(2022, 1, 1),
        parts(("centre", 6000), ("city", 1000), ("county", 3000)), paper,
    )  # fmt: skip
    keys = list(revenue.record_sharing(bureau, [order], region=levels["city"], by="r", on=DAY))
    revenue.confirm_sharing(bureau, keys, by="t", on=DAY)
    receipt = GrossReceipt("F1", county, DAY, "1010433", "111", 10 * WAN)
    revenue.record_receipts(bureau, [receipt], by="r", on=DAY)
    revenue.confirm_receipts(bureau, ["F1"], by="t", on=DAY)
    shares = revenue.level_shares(bureau, "receipt", ["F1"])["F1"]
    assert {share.level: share.to_div_code for share in shares} == levels


@pytest.mark.parametrize(("city", "above"), [("530700", "530000000"), ("429004", "420000000")])
def test_money_from_above_is_given_by_the_government_above(bureau: Conn, city: str, above: str) -> None:
    open_year(bureau, f"{city}000", YEAR)
    paper = SourceDocument(
        mof_div_code=f"{city}000", fiscal_year=YEAR, fund_type_code="111", doc_no="财预〔2022〕12号",
        dated_on=DAY, title="关于下达补助资金的通知", lines=(SourceLine(1, "1100245", WAN),),
    )  # fmt: skip
    assert transfers.receive(bureau, [paper], by="r", reviewed_by="z", on=DAY) == [True]
    (received,) = transfers.received_by(bureau, f"{city}000", YEAR)
    assert received.line.giver_div_code == above


def test_a_region_that_there_is_not_is_refused_with_near_ones(bureau: Conn) -> None:
    with pytest.raises(UnknownRegion, match="320506"):
        FigureService(bureau, CATALOGUE).get_many([Ask("revenue.general", "320511", YEAR)])
