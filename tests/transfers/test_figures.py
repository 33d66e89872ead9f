"""Figures over books that our own documents keep: what came from above counts once."""

from __future__ import annotations

from datetime import date

from fisc.catalogue import CATALOGUE
from fisc.reading.service import Ask, FigureService
from fisc.reading.trace import entry_json, trace
from fisc.registry import regions
from fisc.report.papers import papers_of
from fisc.report.ports import FigureAsk
from fisc.report.source import LedgerSource
from fisc.transfers import services as tr
from fisc.transfers.checks import city_equals_banners
from tests.transfers.test_entries import _bond
from tests.transfers.world import (
    BANNER,
    CITY,
    DAY,
    OTHER,
    UP,
    YEAR,
    Conn,
    arranged,
    hands,
    line,
    passed_on,
    tills,
)

PROVINCE = "150000000"


def others(conn: Conn, figure_id: str, region: str) -> set[tuple[str, str]]:
    """The other government of each row behind a figure, as its trace and as a report's panel say it."""
    service = FigureService(conn, CATALOGUE)
    papers = papers_of(service.engine)
    assert papers is not None
    opened = trace(service, Ask(figure_id, region, YEAR), parties=papers.parties)
    entries = map(entry_json, sorted(opened.entries, key=lambda entry: entry.entry_id))
    told = [line["counterpart"] for entry in entries for line in entry["lines"]]
    source = LedgerSource(service, papers=papers)
    place = region if len(region) == 9 else f"{region}000"
    [result] = source.get_many([FigureAsk(figure_id, place, YEAR)])
    assert [row.other for row in result.load_rows()] == [
        f"{one['role']} {one['code']} {regions.name_of(one['code'])}" for one in told
    ]
    return {(one["role"], one["code"]) for one in told}


def given_and_paid(city: Conn) -> None:
    """A document of 1,000 came with cash of 900; two banners were given 300 and 100, and paid 250 and 40."""
    passed_on(city, [(BANNER, 300), (OTHER, 100)], received_fen=1_000)
    tr.receive_cash(city, [tr.LineCash("到-1", line(UP), 900)], **tills(), on=DAY)
    tr.pay_out(
        city,
        [tr.LineCash("拨-1", line(), 250), tr.LineCash("拨-2", line(number=2), 40)],
        **tills(), on=DAY,
    )  # fmt: skip


def test_rows_of_money_between_governments_say_which_other_one(city: Conn) -> None:
    given_and_paid(city)
    up = tr.UploadCash("解-1", BANNER, CITY, YEAR, "111", "2300602", 10)
    tr.upload(city, [up], **tills(BANNER), on=DAY)
    assert others(city, "transfers.to_banners", CITY) == {("接收方", BANNER), ("接收方", OTHER)}
    assert others(city, "transfers.to_banners.issued", CITY) == {("接收方", BANNER), ("接收方", OTHER)}
    assert others(city, "transfers.received", CITY) == {("来源方", PROVINCE)}
    assert others(city, "transfers.received.adjusted", CITY) == {("来源方", PROVINCE)}
    assert others(city, "transfers.received", BANNER) == {("来源方", CITY)}
    assert others(city, "transfers.uploaded", BANNER) == {("接收方", CITY)}
    assert others(city, "transfers.uploads_received", CITY) == {("来源方", BANNER)}


def value(conn: Conn, figure_id: str, region: str = "150600") -> object:
    return FigureService(conn, CATALOGUE).get(figure_id, region, YEAR).value


def test_what_a_banner_has_from_its_city_does_not_come_into_the_area_twice(city: Conn) -> None:
    given_and_paid(city)
    assert value(city, "transfers.received") == 900
    assert value(city, "transfers.received", CITY) == 900
    assert value(city, "transfers.received", BANNER) == 250
    assert value(city, "transfers.received.adjusted") == 1_000
    assert value(city, "transfers.to_banners") == 290
    assert [value(city, "transfers.to_banners", r) for r in (BANNER, OTHER)] == [250, 40]
    assert value(city, "transfers.to_banners.issued") == 400
    assert [value(city, "transfers.to_banners.issued", r) for r in (BANNER, OTHER)] == [300, 100]


def test_what_is_granted_and_paid_in_january_belongs_to_the_year_of_the_grant(city: Conn) -> None:
    passed_on(city, [(BANNER, 300)], received_fen=1_000)
    tr.receive_cash(city, [tr.LineCash("到-1", line(UP), 1_000)], **tills(), on=DAY)
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 250)], **tills(), on=DAY)
    tr.accrue(city, [tr.LineCash("挂-1", line(), 50)], **tills(), on=date(YEAR + 1, 1, 10))
    tr.pay_accrued(city, [tr.SettleCash("补-1", "挂-1", 50)], **tills(), on=date(YEAR + 1, 1, 12))
    assert value(city, "transfers.to_banners") == 300
    assert value(city, "transfers.to_banners", BANNER) == 300
    assert value(city, "transfers.received", BANNER) == 300
    both = [city_equals_banners(city, CITY, period) for period in (YEAR * 100 + 12, (YEAR + 1) * 100 + 1)]
    assert both == [[], []]


def test_on_lent_bonds_are_received_once_whoever_borrows_them_on(city: Conn) -> None:
    document, down = _bond("112", "110110101", "2301101")
    tr.receive(city, [document], **hands(), on=DAY)
    tr.receive_cash(city, [tr.LineCash("到-1", line(UP), 900)], **tills(), on=DAY)
    tr.arrange(city, [arranged("安-1", 900, "2301101", fund_type_code="112")], **hands(), on=DAY)
    tr.issue(city, [down], **hands(), on=DAY)
    tr.pay_out(city, [tr.LineCash("转-1", line(), 600)], **tills(), on=DAY)
    assert value(city, "debt.bonds_received") == 900
    assert value(city, "debt.bonds_received.general") == 900
    assert value(city, "debt.income") == 900
    assert value(city, "debt.onlent") == 600
    assert others(city, "debt.onlent", CITY) == {("接收方", BANNER)}
    assert others(city, "debt.bonds_received", BANNER) == {("来源方", CITY)}
    assert others(city, "debt.bonds_received", CITY) == {("来源方", PROVINCE)}
    assert value(city, "debt.bonds_received", BANNER) == 600
