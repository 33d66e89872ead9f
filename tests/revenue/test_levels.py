"""How receipts and refunds were divided, what the books hold, relief beside them, targets, a day's lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken
from fisc.kernel import Coding, Entry, credit, debit, post
from fisc.revenue import services as revenue
from fisc.revenue.services import (
    DailyReceipt,
    GrossReceipt,
    LevelShare,
    SharingOrder,
    Source,
    StatisticEntry,
    TaxRefund,
    TaxRelief,
)
from tests.papers import a_document
from tests.revenue.conftest import BANNER, CITY, WHOLE, others_keep_books, parts

Conn = psycopg.Connection[Any]
DAY = date(2022, 3, 9)
PAPER = Source("内政发〔2021〕1号")
REGION = "150000000"


def _shared(conn: Conn, *given: GrossReceipt) -> None:
    on = max(r.received_on for r in given)
    revenue.record_receipts(conn, given, by="r", on=on)
    revenue.confirm_receipts(conn, [r.receipt_no for r in given], by="t", on=on)


def _refunded(conn: Conn, *given: TaxRefund) -> None:
    on = max(r.refunded_on for r in given)
    revenue.record_refunds(conn, given, by="r", on=on)
    revenue.confirm_refunds(conn, [r.refund_no for r in given], by="t", on=on)


def _daily(conn: Conn, *given: DailyReceipt) -> None:
    on = max(r.received_on for r in given)
    keys = list(revenue.record_daily_reports(conn, given, by="r", on=on))
    revenue.confirm_daily_reports(conn, keys, by="t", on=on)


@pytest.fixture
def city(books: Conn) -> Conn:
    """Income tax of a banner by a rule of its own, the city's by the shipped one; a refund; a report."""
    order = SharingOrder(
        "150602", "10104", date(2022, 1, 1),
        parts(("centre", 6000), ("region", 1000), ("city", 1000), ("county", 2000)), PAPER,
    )  # fmt: skip
    keys = list(revenue.record_sharing(books, [order], region=CITY, by="r", on=DAY))
    revenue.confirm_sharing(books, keys, by="t", on=DAY)
    _shared(books, GrossReceipt("F1", BANNER, DAY, "1010433", "111", 1_000),
            GrossReceipt("F2", CITY, DAY, "1010433", "111", 500),
            GrossReceipt("F3", BANNER, date(2022, 8, 1), "1010433", "111", 10_000))  # fmt: skip
    _refunded(books, TaxRefund("T1", BANNER, DAY, "101010136", 300, Source("收入退还书")))
    house = "1011001"
    _daily(books, DailyReceipt(CITY, DAY, house, "111", 70), DailyReceipt(BANNER, DAY, house, "111", 40))
    return books


def test_receipts_and_refunds_are_told_by_level(city: Conn) -> None:
    whole = revenue.divided(city, WHOLE, 2022, 3)
    assert revenue.by_level(whole) == [
        LevelShare("centre", "", "", 900, 150), LevelShare("region", REGION, "", 100, 0),
        LevelShare("city", CITY, "", 300, 0), LevelShare("county", BANNER, "", 200, 150),
    ]  # fmt: skip
    refunds = [s for s in whole if s.rev_func_code == "10101"]
    assert [(s.level, s.refunded_fen, s.net_fen) for s in refunds] == [
        ("centre", 150, -150), ("county", 150, -150),
    ]  # fmt: skip
    assert sum(s.received_fen for s in whole) == 1_500 and sum(s.refunded_fen for s in whole) == 300
    banner = revenue.by_level(revenue.divided(city, BANNER, 2022, 12))
    assert {s.level: s.received_fen for s in banner} == {
        "centre": 6_600, "region": 1_100, "city": 1_100, "county": 2_200,
    }  # fmt: skip


def test_what_the_books_hold_is_told_by_document(city: Conn) -> None:
    at_city, at_banner = revenue.books(city, CITY, 2022, 3)[0], revenue.books(city, BANNER, 2022, 3)[0]
    told = [
        (b.daily_fen, b.shared_fen, b.refunded_fen, b.books_fen, b.other_fen) for b in (at_city, at_banner)
    ]
    assert told == [(70, 300, 0, 370, 0), (40, 200, 150, 90, 0)]
    assert sum(b.books_fen for b in revenue.books(city, WHOLE, 2022, 3)) == 460


def test_a_day_is_told_line_by_line(city: Conn) -> None:
    lines = [
        (x.document, x.rev_func_code, x.level, x.to_div_code, x.amount_fen)
        for x in revenue.day_receipts(city, BANNER, DAY)
    ]
    assert lines == [
        ("refund", "101010136", "centre", "", -150), ("refund", "101010136", "county", BANNER, -150),
        ("receipt", "1010433", "centre", "", 600), ("receipt", "1010433", "region", REGION, 100),
        ("receipt", "1010433", "city", CITY, 100), ("receipt", "1010433", "county", BANNER, 200),
        ("daily_report", "1011001", "", BANNER, 40),
    ]  # fmt: skip
    assert revenue.day_receipts(city, BANNER, date(2022, 3, 10)) == []


def test_the_rules_in_force_are_told_by_section_and_place(city: Conn) -> None:
    found = {(r.rev_func_code, r.mof_div_code): r for r in revenue.rules_by_section(city, WHOLE, 2022, 3)}
    ours = found["10104", BANNER]
    assert (ours.source, ours.shares[-1]) == (PAPER.name, ("county", 2000))
    assert found["10104", CITY].shares == (("centre", 6000), ("own", 4000))
    assert ("10104", BANNER) not in {
        (r.rev_func_code, r.mof_div_code) for r in revenue.rules_by_section(city, CITY, 2022, 3)
    }


def test_refunds_in_full_and_relief_stand_beside_the_books(city: Conn) -> None:
    relief = TaxRelief("J1", BANNER, DAY, 80, Source("减免税统计"))
    given = [relief, replace(relief, relief_no="J2", mof_div_code=WHOLE, amount_fen=500, kind="fee")]
    revenue.record_relief(city, given, by="r", on=DAY)
    revenue.confirm_relief(city, ["J1", "J2"], by="t", on=DAY)
    whole, banner = revenue.tax_side(city, WHOLE, 2022, 3), revenue.tax_side(city, BANNER, 2022, 3)
    assert (whole.refunds, whole.relief) == ({"credit": 300}, {"fee": 500, "tax": 80})
    assert (banner.refunds, banner.relief) == ({"credit": 300}, {"tax": 80})
    assert revenue.tax_side(city, WHOLE, 2022, 2).refunds == {}


def test_a_stated_target_stands_beside_the_budget_with_its_paper(city: Conn) -> None:
    others_keep_books(city, 2022)
    told = Source("市政府下达收入任务的通知", "府办1号")
    entries = [StatisticEntry("revenue_target", WHOLE, 2022, "9.2", "元", DAY, told),
               StatisticEntry("revenue_target", WHOLE, 2022, "4", "元", DAY, told, of="101")]  # fmt: skip
    keys = list(revenue.record_statistics(city, entries, by="r", on=DAY))
    assert revenue.progress(city, WHOLE, 2022, 3).total.stated is None
    revenue.confirm_statistics(city, keys, by="t", on=DAY)
    found = revenue.progress(city, WHOLE, 2022, 3)
    stated = found.total.stated
    assert stated is not None
    assert (found.total.actual_fen, found.total.stated_completion) == (460, Decimal("0.5"))
    assert (stated.printed, stated.source_name, stated.source_no) == ("9.2元", told.name, told.number)
    assert [(x.rev_func_code, x.stated_completion) for x in found.classes] == [("101", Decimal("1.15"))]
    assert revenue.progress(city, CITY, 2022, 3).total.stated is None


def test_progress_by_region_adds_up_to_the_whole(city: Conn) -> None:
    others_keep_books(city, 2022)
    parts = revenue.progress_by_region(city, WHOLE, 2022, 3)
    assert len(parts) == 10 and parts[CITY].actual_fen == 370 and parts[BANNER].actual_fen == 90
    assert (
        sum(x.actual_fen for x in parts.values()) == revenue.progress(city, WHOLE, 2022, 3).total.actual_fen
    )
    assert list(revenue.progress_by_region(city, BANNER, 2022, 3)) == [BANNER]


def test_the_last_month_is_the_last_with_receipts(city: Conn) -> None:
    others_keep_books(city, 2022)
    assert (revenue.last_month(city, WHOLE, 2022), revenue.last_month(city, CITY, 2022)) == (8, 8)
    with pytest.raises(RuleBroken, match="账上没有收入"):
        revenue.last_month(city, WHOLE, 2021)


def test_a_published_consolidation_goes_before_the_sum(city: Conn) -> None:
    others_keep_books(city, 2022)
    summed = revenue.progress(city, WHOLE, 2022, 3).total
    assert (summed.actual_fen, summed.adjusted_fen) == (460, 0)
    whole = Coding(2022, WHOLE, fund_type_code="111", rev_func_code="10104", source_type_code="1")
    cash, pool = Coding(2022, WHOLE, "111"), Coding(2022, WHOLE, "111")
    paper = a_document(city, WHOLE)
    post(city, [
        Entry("book:receipts", WHOLE, DAY, (debit("treasury_2015:1001", cash, 900),
                                            credit("treasury_2015:4001", whole, 900)),
              document_id=paper),
        Entry("book:budget", WHOLE, date(2022, 1, 5), (debit("quota:9101", whole, 1_000),
                                                       credit("quota:9200", pool, 1_000)),
              document_id=paper),
    ])  # fmt: skip
    published = revenue.progress(city, WHOLE, 2022, 3).total
    assert (published.actual_fen, published.adjusted_fen) == (900, 1_000)
    assert revenue.monthly_history(city, WHOLE, 2022) == {202203: 900}
    assert revenue.progress(city, CITY, 2022, 3).total.actual_fen == 370
