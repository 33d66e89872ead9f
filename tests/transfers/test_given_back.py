"""Special money that goes back by number: below it leaves the pool, above it waits under its number again."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.closing import services as closing
from fisc.follow import follow_source
from fisc.kernel import QuotaShortfall
from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from fisc.transfers.checks import city_equals_banners
from tests.closing.world import account_sums
from tests.follow.test_follow import adds_up
from tests.transfers.test_set_off import withheld
from tests.transfers.world import (
    BANNER,
    CITY,
    DAY,
    DOWN,
    OTHER,
    UP,
    UPPER,
    YEAR,
    Conn,
    arranged,
    hands,
    issued,
    line,
    own_budget,
    passed_on,
    source,
    tills,
)

#: By fund: the income from above, what is passed on, and what goes back.
CODES = {
    "111": ("1100313", "2300313", "2300602"),
    "121": ("1100401", "2300401", "2300603"),
    "13": ("1100501", "23005", "2300602"),
}
AGAIN, YEAR_END = date(YEAR + 1, 6, 1), date(YEAR + 1, 12, 31)
LINE_UP = line(UP)


def given_out(conn: Conn, fen: int, to_banner: int, fund: str = "111") -> None:
    """A special document comes, so much of it goes to the banner, and all goes into the next year."""
    code, passed, _ = CODES[fund]
    tr.receive(conn, [source(fen, code=code, fund_type_code=fund)], **hands(), on=DAY)
    tr.arrange(conn, [arranged("安-1", to_banner, passed, fund_type_code=fund)], **hands(), on=DAY)
    tr.issue(conn, [issued([(BANNER, to_banner)], code=passed, fund_type_code=fund)], **hands(), on=DAY)
    tr.receive_cash(conn, [tr.LineCash("到1", LINE_UP, fen)], **tills(), on=DAY)
    tr.pay_out(conn, [tr.LineCash("拨1", line(), to_banner)], **tills(), on=DAY)
    for region in (BANNER, CITY):
        closing.carry_sources(conn, [region], YEAR, **tills(region), on=date(YEAR + 1, 1, 5))


def to_city(number: str, fen: int, fund: str = "111", key: str = "") -> tr.UploadCash:
    """So much of the banner's money goes back to the city by its number."""
    return tr.UploadCash(number, BANNER, CITY, YEAR + 1, fund, CODES[fund][2], fen, key or line())


def to_province(number: str, fen: int, fund: str = "111") -> tr.UploadCash:
    """So much of the city's money goes back to the province by its number."""
    return tr.UploadCash(number, CITY, UPPER, YEAR + 1, fund, CODES[fund][2], fen, LINE_UP)


def waits(conn: Conn, region: str, number: str, year: int = YEAR + 1) -> int:
    """What waits in a region's pool under a number."""
    return sum(one.fen for one in tr.stages(conn, [number], ["quota:9200"], (region, year)))


@pytest.mark.parametrize("fund", CODES)
def test_what_a_banner_gives_back_is_the_provinces_under_the_citys_number(city: Conn, fund: str) -> None:
    given_out(city, 900, 300, fund)
    assert (waits(city, BANNER, DOWN), waits(city, CITY, UP)) == (300, 600)
    tr.accrue_uploads(city, [to_city("交1", 100, fund)], **tills(BANNER), on=YEAR_END)
    tr.upload(city, [to_city("交2", 20, fund)], **tills(BANNER), on=AGAIN)
    assert (waits(city, BANNER, DOWN), waits(city, CITY, UP)) == (180, 720)
    [use] = tr.list_sources(city, CITY, YEAR + 1)
    assert (use.received_fen, use.came_back_fen, use.given_back_fen, use.unused_fen) == (600, 120, 0, 720)
    assert use.quota_fen == 0 and [one.amount_fen for one in tr.list_waiting(city, CITY, YEAR + 1)] == [720]
    [below] = tr.list_sources(city, BANNER, YEAR + 1)
    assert (below.received_fen, below.given_back_fen, below.quota_fen, below.unused_fen) == (300, 120, 0, 180)
    [left] = closing.sources_left(city, [CITY], YEAR + 1)[CITY]
    assert left.goes_back and left.fen == 720
    assert city_equals_banners(city, CITY, (YEAR + 1) * 100 + 12) == []
    with pytest.raises(QuotaShortfall):
        tr.accrue_uploads(city, [to_province("解0", 721, fund)], **tills(), on=YEAR_END)
    tr.accrue_uploads(city, [to_province("解1", 720, fund)], **tills(), on=YEAR_END)
    assert waits(city, CITY, UP) == 0 and not any(
        one.goes_back for one in closing.sources_left(city, [CITY], YEAR + 1)[CITY]
    )
    adds_up(follow_source(city, UP))
    adds_up(follow_source(city, DOWN))
    assert verify_within(city).ok


def test_a_document_that_was_all_passed_on_is_listed_when_it_comes_back(city: Conn) -> None:
    """It may be passed on again then; what it came for holds, fen by fen."""
    given_out(city, 300, 300)
    assert tr.list_sources(city, CITY, YEAR + 1) == []
    tr.upload(city, [to_city("交1", 100)], **tills(BANNER), on=AGAIN)
    [use] = tr.list_sources(city, CITY, YEAR + 1)
    assert (use.sup_bgt_doc_no, use.received_fen, use.came_back_fen, use.unused_fen) == (UP, 0, 100, 100)
    tr.arrange(city, [arranged("安-2", 100, CODES["111"][1], fiscal_year=YEAR + 1)], **hands(), on=AGAIN)
    again = issued([(OTHER, 100)], "鄂财预〔2023〕7号", code=CODES["111"][1], fiscal_year=YEAR + 1,
                   dated_on=AGAIN)  # fmt: skip
    tr.issue(city, [again], **hands(), on=AGAIN)
    [use] = tr.list_sources(city, CITY, YEAR + 1)
    assert (use.came_back_fen, use.issued_fen, use.quota_fen, use.unused_fen) == (100, 100, 0, 0)
    adds_up(follow_source(city, UP))


def test_the_citys_own_money_that_comes_back_is_its_own_again(city: Conn) -> None:
    own_budget(city, 500, "2300313")
    tr.issue(city, [issued([(BANNER, 500)], sup="", code="2300313")], **hands(), on=DAY)
    closing.carry_sources(city, [BANNER], YEAR, **tills(BANNER), on=date(YEAR + 1, 1, 5))
    tr.upload(city, [to_city("交1", 500)], **tills(BANNER), on=AGAIN)
    assert tr.list_sources(city, CITY, YEAR + 1) == []
    sums = account_sums(city, CITY, (YEAR + 1) * 100, (YEAR + 1) * 100 + 12, "quota")
    assert not any(sums.values())


def test_what_went_back_is_none_of_what_arrived(city: Conn) -> None:
    given_out(city, 900, 300)
    tr.accrue_uploads(city, [to_city("交1", 100)], **tills(BANNER), on=YEAR_END)
    tr.upload(city, [to_province("解1", 50)], **tills(), on=AGAIN)
    told = [(one.cash_fen, one.given_back_fen) for one in tr.show_sources(city, [UP])]
    assert told == [(900, 50), (300, 100)]
    tree = follow_source(city, UP)
    adds_up(tree)
    assert (tree.facts["cash_fen"], tree.facts["given_back_fen"]) == (900, 50)
    parts = {part.key: {one.name: one.amount_fen for one in part.parts} for part in tree.parts}
    assert parts == {CITY: {"交回上级": 50, "未下达": 650}, BANNER: {"未下达": 200}}


def test_what_was_set_off_and_undone_did_not_arrive(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    withheld(city, 300)
    tr.set_off(city, [tr.LineCash("抵-1", line(), 300)], **tills(), on=date(YEAR, 5, 1))
    tr.undo_set_off(city, [tr.LineCash("冲-1", line(), 300)], **tills(), on=date(YEAR, 5, 2))
    assert tr.granted(city, [UP])[1].cash_fen == 0
