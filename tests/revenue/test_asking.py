"""What is asked about: amounts out of proportion, refunds of what never came in, one paper refunded twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken, findings
from fisc.revenue import services as revenue
from fisc.revenue.services import DailyLine, DayReport, GrossReceipt, Source, TaxRefund
from tests.budget import region
from tests.papers import with_cash
from tests.revenue.conftest import BANNER, CITY, entries
from tests.revenue.test_outlook import _budget

Conn = psycopg.Connection[Any]
DAY, LATER = date(2022, 6, 15), date(2022, 6, 16)
CODE = "101010103"
WAN_YUAN, YI_YUAN = 10**6, 10**10
NOTICE = Source("收入退还书", "税退〔2022〕7号")
TOLD = "原缴款书 2020 年第 15 号，已核对"


def _received(conn: Conn, fen: int, code: str = CODE, region: str = CITY) -> None:
    number = f"FC-{code}-{fen}"
    revenue.record_receipts(conn, [GrossReceipt(number, region, DAY, code, "111", fen)], by="r", on=DAY)
    revenue.confirm_receipts(conn, [number], by="t", on=DAY)


def _refund(fen: int, number: str = "TK-1", **more: Any) -> TaxRefund:
    return replace(TaxRefund(number, CITY, LATER, CODE, fen, NOTICE, "other"), **more)


def _refunded(conn: Conn, *refunds: TaxRefund) -> None:
    revenue.record_refunds(conn, refunds, by="r", on=LATER)
    revenue.confirm_refunds(conn, [one.refund_no for one in refunds], by="t", on=LATER)


def test_no_more_of_a_code_is_paid_back_than_came_in(books: Conn) -> None:
    with_cash(books, CITY)
    _received(books, 1000)
    _received(books, 5000, "101010101")
    _refunded(books, _refund(600))
    before = entries(books)
    with pytest.raises(RuleBroken, match="退库超过这个科目本年和上年入库的数"), books.transaction():
        _refunded(books, _refund(402, "TK-2"))
    with pytest.raises(RuleBroken, match="退库超过"), books.transaction():
        _refunded(books, _refund(300, "TK-3"), _refund(301, "TK-4"))
    assert entries(books) == before
    _refunded(books, _refund(400, "TK-5"))
    with pytest.raises(RuleBroken, match="退库超过"), books.transaction():
        _refunded(books, _refund(2, "TK-6"))
    _refunded(books, _refund(2, "TK-7", confirm_reason=TOLD))


def test_what_came_in_last_year_is_paid_back(books: Conn) -> None:
    with_cash(books, CITY)
    on = date(2021, 12, 1)
    revenue.record_receipts(books, [GrossReceipt("FC", CITY, on, CODE, "111", 900)], by="r", on=on)
    revenue.confirm_receipts(books, ["FC"], by="t", on=on)
    _refunded(books, _refund(900))


def test_one_paper_is_refunded_once(books: Conn) -> None:
    revenue.record_refunds(books, [_refund(77)], by="r", on=LATER)
    assert revenue.record_refunds(books, [_refund(77)], by="r", on=LATER) == [False]
    again = _refund(77, "TK-2")
    for given in ([again], [_refund(5, "TK-3"), _refund(5, "TK-4")]):
        with pytest.raises(RuleBroken, match="同一份退还书"), books.transaction():
            revenue.record_refunds(books, given, by="r", on=LATER)
    for written in ("税退[2022] 第７号", "税退（2022）7"):
        with pytest.raises(RuleBroken, match="同一份退还书"), books.transaction():
            revenue.record_refunds(
                books, [_refund(77, "TK-2", source=Source("退还书", written))], by="r", on=LATER
            )
    others = [_refund(78, "TK-5"), _refund(77, "TK-6", source=Source("收入退还书", "税退〔2022〕8号"))]
    others.append(replace(again, confirm_reason="一份退还书列两户"))
    assert revenue.record_refunds(books, others, by="r", on=LATER) == [True] * 3


def test_the_database_refuses_a_second_refund_by_one_paper(books: Conn) -> None:
    revenue.record_refunds(books, [_refund(77)], by="r", on=LATER)
    other = json.dumps({"id": 987654, "doc_key": "TK-9", "source_no": "税退[2022]第7号"})
    copied = b"insert into revenue_refund select (jsonb_populate_record(t, %s)).* from revenue_refund t"
    with pytest.raises(psycopg.Error, match="同一份退还书"), books.transaction():
        books.execute(copied, [other])


def test_a_large_refund_beyond_what_came_in_names_the_year_and_the_paper(books: Conn) -> None:
    with_cash(books, CITY)
    large = 20_000 * WAN_YUAN  # the share of each level is large too
    for said in ("", "核对无误", "原缴款书第15号，已核对", "2020年已缴入国库", "2021年缴款书第15号，已核对"):
        with pytest.raises(RuleBroken, match=r"退库超过|说明不了"), books.transaction():
            _refunded(books, _refund(large, confirm_reason=said))
    with pytest.raises(RuleBroken, match="说明不了理由"), books.transaction():
        _refunded(books, _refund(2, "TK-8", confirm_reason="。"))
    _refunded(books, _refund(2, "TK-7", confirm_reason="原缴款书已核对"))
    _refunded(books, _refund(large, confirm_reason=TOLD))


@pytest.mark.parametrize("said", ["。", "核对", "是是是是", "ok, checked"])
def test_what_says_nothing_answers_no_question(books: Conn, said: str) -> None:
    """Whoever asks for the amount; by the database where a program does not ask."""
    for record in (
        lambda: _report(books, 100, confirm_reason=said),
        lambda: revenue.record_receipts(
            books, [GrossReceipt("FC", CITY, DAY, CODE, "111", 1, said)], by="r", on=DAY
        ),
        lambda: revenue.record_refunds(books, [_refund(1, confirm_reason=said)], by="r", on=LATER),
    ):
        with pytest.raises(RuleBroken, match=f"“{said}”说明不了理由"), books.transaction():
            record()


@pytest.mark.parametrize("fen", [10_001 * YI_YUAN, 4 * 10**18])
def test_what_no_government_can_receive_is_refused_in_any_case(books: Conn, fen: int) -> None:
    report = DayReport(CITY, DAY, (DailyLine(CODE, "111", fen),), confirm_reason=TOLD)
    receipt = GrossReceipt("FC", CITY, DAY, CODE, "111", fen, TOLD)
    for record in (
        lambda: revenue.make_daily_reports(books, [report], by="r", on=DAY),
        lambda: revenue.record_receipts(books, [receipt], by="r", on=DAY),
        lambda: revenue.record_refunds(books, [_refund(fen, confirm_reason=TOLD)], by="r", on=LATER),
    ):
        with pytest.raises(RuleBroken, match="超出一级政府可能的收入"):
            record()


def test_an_amount_beyond_the_budget_of_its_whole_class_is_asked_about(books: Conn) -> None:
    _budget(books, "10101", 1000 * WAN_YUAN)
    _budget(books, "10104", 1000 * WAN_YUAN)
    _budget(books, "10304", WAN_YUAN)

    def report(fen: int, day: date = DAY, **more: str) -> list[bool]:
        given = DayReport(CITY, day, (DailyLine(CODE, "111", fen),), **more)
        return revenue.make_daily_reports(books, [given], by="r", on=day)

    with pytest.raises(RuleBroken, match="远超本类收入一年的数"):
        report(2000 * WAN_YUAN + 1)
    assert report(2000 * WAN_YUAN) == [True]
    assert report(2000 * WAN_YUAN + 1, LATER, confirm_reason="一次性收入，缴款书已核对") == [True]
    with pytest.raises(RuleBroken, match="远超"):
        revenue.record_refunds(books, [_refund(2000 * WAN_YUAN + 1)], by="r", on=LATER)


def test_what_comes_in_once_a_year_may_exceed_its_budget_by_less_than_its_whole(books: Conn) -> None:
    _budget(books, "10304", 1000 * WAN_YUAN)

    def report(fen: int) -> list[bool]:
        given = DayReport(CITY, DAY, (DailyLine("103040109", "111", fen),))
        return revenue.make_daily_reports(books, [given], by="r", on=DAY)

    with pytest.raises(RuleBroken, match="远超本类收入一年的数"):
        report(2000 * WAN_YUAN + 1)
    assert report(2000 * WAN_YUAN) == [True]


def _report(conn: Conn, fen: int, on: date = DAY, region: str = CITY, **more: str) -> str:
    given = DayReport(region, on, (DailyLine(CODE, "111", fen),), **more)
    revenue.make_daily_reports(conn, [given], by="r", on=on)
    return given.doc_key


def _unjudged(conn: Conn) -> list[str]:
    return [one.finding.document for one in findings.recorded(conn, rules=["revenue.unjudged"])]


def test_before_the_congress_decides_the_draft_is_what_an_amount_is_held_against(books: Conn) -> None:
    region.settle(books)
    region.two_ups(books)
    _report(books, 16 * YI_YUAN)
    assert _unjudged(books) == [f"{CITY}-20220615"]
    region.to_congress(books, region.budget())
    with pytest.raises(RuleBroken, match=r"提请审议的预算草案 15,000,000\.00 元"), books.transaction():
        _report(books, 1500 * WAN_YUAN + 1, LATER)
    _report(books, 1500 * WAN_YUAN, LATER)
    assert len(_unjudged(books)) == 1


def test_without_budget_and_draft_last_year_s_receipts_are(books: Conn) -> None:
    on = date(2021, 12, 1)
    _report(books, 100 * WAN_YUAN, on)
    revenue.confirm_daily_reports(books, [f"{CITY}-20211201"], by="t", on=on)
    with pytest.raises(RuleBroken, match=r"上年入库 1,000,000\.00 元"), books.transaction():
        _report(books, 2000 * WAN_YUAN)
    _report(books, 2000 * WAN_YUAN, confirm_reason="一次性收入，缴款书已核对")
    with pytest.raises(RuleBroken, match="上年入库"), books.transaction():
        revenue.record_refunds(books, [_refund(2000 * WAN_YUAN)], by="r", on=LATER)
    with pytest.raises(RuleBroken, match="上年入库"), books.transaction():
        _received(books, 2000 * WAN_YUAN)
    assert _unjudged(books) == []


def test_a_budget_of_other_classes_is_none(books: Conn) -> None:
    _budget(books, "10304", 100 * WAN_YUAN)
    _report(books, 9 * YI_YUAN)
    assert _unjudged(books) == [f"{CITY}-20220615"]


def test_where_nothing_is_known_a_large_amount_stays_open_to_be_looked_at(books: Conn) -> None:
    _report(books, 9 * YI_YUAN, region=BANNER)
    _report(books, 9 * YI_YUAN, confirm_reason="缴款书已核对")
    _report(books, 1000 * WAN_YUAN, LATER)
    _received(books, 9 * YI_YUAN, "101010101")
    [first, *_] = findings.recorded(books, rules=["revenue.unjudged"])
    assert first.state == "open" and "没有本类收入的预算、预算草案和上年入库数" in first.finding.what
    assert sorted(_unjudged(books)) == [
        f"{CITY}-20220615",
        f"{BANNER}-20220615",
        f"FC-101010101-{9 * YI_YUAN}",
    ]
