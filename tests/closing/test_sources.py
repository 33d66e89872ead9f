"""Money from above that no quota holds at a year's end goes on under its number, once, and is no surplus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.closing import services as closing
from fisc.closing.services.sources import refuse_owed
from fisc.documents import RuleBroken, define_officers
from fisc.follow import follow_source
from fisc.kernel import Coding, QuotaShortfall, open_year
from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from tests.budget import quota_world as world
from tests.closing.world import account_sums, booked, entries, post
from tests.follow.test_follow import adds_up
from tests.transfers.world import UP, source

CITY, YEAR = world.CITY, world.YEAR
NEW_YEAR, LATER = date(2023, 1, 5), date(2023, 3, 1)
TILLS = {"by": "till", "signed_by": "cashier", "on": NEW_YEAR}
HANDS = {"by": "zm", "reviewed_by": "zr"}
PAPER = closing.CarryPaper("结1", CITY, NEW_YEAR, "结转", "鄂财〔2023〕1号")
DAY = date(YEAR, 6, 1)
BOUND, FREE = "1100245", "1100201"


@pytest.fixture
def city(ready_db: str) -> Iterator[world.Conn]:
    """A city with an approved budget and officers of transfers and of the year's end."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, world.OF_TRANSFERS)
        world.entered(conn, world.line("Q1", 300))
        post(conn, [booked("tax_received", 30_000, rev_func_code="1010101")])
        yield conn


def received(conn: world.Conn, fen: int, number: str = UP, code: str = BOUND, **more: object) -> None:
    """A document from above is received, and its cash too."""
    given = source(fen, number, **more)
    lines = tuple(replace(line, rev_func_code=code) for line in given.lines)
    tr.receive(conn, [replace(given, lines=lines)], **HANDS, on=DAY)
    post(conn, [booked("tax_received", fen, rev_func_code="1010101")])


def ended(conn: world.Conn) -> None:
    """Quotas are carried over, the quota book is closed and the surplus settled."""
    closing.carry_quotas(conn, PAPER, YEAR, **{**world.SIGNED, "on": NEW_YEAR})
    closing.close_quota_books(conn, [CITY], YEAR, **TILLS)
    closing.settle_surplus(conn, [CITY], YEAR, **TILLS)


def pool(conn: world.Conn, year: int, number: str = UP) -> int:
    """What waits in the pool of a document's number in a year."""
    return sum(one.fen for one in tr.stages(conn, [number], ["quota:9200"], (CITY, year)))


def test_what_waits_of_a_document_with_a_purpose_stands_in_the_next_years_pool(city: world.Conn) -> None:
    received(city, 900)
    tr.arrange(city, [_arranged("安-1", 200, "2300245", use="transfer")], **HANDS, on=DAY)
    status = closing.year_end_status(city, CITY, YEAR)
    (due,) = [one for one in status.affairs if one.rule_id == "year_end.sources_uncarried"]
    assert due.amount_fen == 900 and f"{UP} 9.00 元" in due.what
    closing.carry_quotas(city, PAPER, YEAR, **{**world.SIGNED, "on": NEW_YEAR})
    with pytest.raises(RuleBroken, match=r"还没有按文号结转，共 9\.00 元") as refused:
        closing.close_quota_books(city, [CITY], YEAR, **TILLS)
    assert "第四十二条" in refused.value.rule and "carry-sources" in refused.value.hint
    (done,) = closing.carry_sources(city, [CITY], YEAR, **TILLS)
    assert done.is_new and (pool(city, YEAR), pool(city, YEAR + 1)) == (0, 900)
    assert {one.period for one in entries(city, ":sources_carried:")} == {YEAR * 100 + 13, (YEAR + 1) * 100}
    assert not closing.carry_sources(city, [CITY], YEAR, **TILLS)[0].is_new
    ended(city)
    items = {one.part_name: one.amount_fen for one in closing.surplus_of_year(city, CITY, YEAR).items}
    assert items == {"年末结转结余": 30_900, "结转": 30_900}
    assert not account_sums(city, CITY, YEAR * 100, YEAR * 100 + 13, "quota")
    assert verify_within(city).ok


def test_it_is_spent_there_once_by_the_same_number(city: world.Conn) -> None:
    received(city, 900)
    closing.carry_sources(city, [CITY], YEAR, **TILLS)
    [use] = tr.list_sources(city, CITY, YEAR + 1)
    assert (use.sup_bgt_doc_no, use.received_fen, use.unused_fen) == (UP, 900, 900)
    [before] = tr.list_sources(city, CITY, YEAR)
    assert (before.received_fen, before.quota_fen, before.unused_fen) == (900, 0, 900)
    with pytest.raises(RuleBroken, match="安排超过上级文件待安排的资金"):
        tr.arrange(city, [_arranged("安-1", 901, "2050202")], **HANDS, on=LATER)
    tr.arrange(city, [_arranged("安-2", 300, "2050202")], **HANDS, on=LATER)
    budget.enter(city, [_quotas(600)], **{**world.SIGNED, "on": LATER})
    with pytest.raises(QuotaShortfall):
        budget.enter(city, [_quotas(1, "鄂财指〔2023〕2号")], **{**world.SIGNED, "on": LATER})
    [use] = tr.list_sources(city, CITY, YEAR + 1)
    assert (use.budgeted_fen, use.quota_fen, use.unused_fen) == (300, 600, 0)


def test_what_the_own_budget_holds_of_a_document_goes_on_too_and_the_register_is_closed(
    city: world.Conn,
) -> None:
    received(city, 900)
    tr.arrange(city, [_arranged("安-1", 500, "2050202", year=YEAR)], **HANDS, on=DAY)
    closing.carry_sources(city, [CITY], YEAR, **TILLS)
    assert pool(city, YEAR + 1) == 900
    assert not account_sums(city, CITY, YEAR * 100, YEAR * 100 + 13, "source_register")


def test_general_money_without_a_purpose_is_surplus_and_named(city: world.Conn) -> None:
    received(city, 900, code=FREE)
    status = closing.year_end_status(city, CITY, YEAR)
    (said,) = [one for one in status.affairs if one.rule_id == "year_end.sources_lapse"]
    assert said.amount_fen == 900 and "一般性转移支付没有限定用途" in said.what
    assert not closing.carry_sources(city, [CITY], YEAR, **TILLS)[0].is_new
    ended(city)
    assert pool(city, YEAR + 1) == 0
    assert account_sums(city, CITY, YEAR * 100, YEAR * 100 + 13, "treasury_2015")["3031"] == -900


def test_what_lies_for_the_second_year_does_not_go_on_again(city: world.Conn) -> None:
    received(city, 900)
    closing.carry_sources(city, [CITY], YEAR, **TILLS)
    for year in (YEAR + 1, YEAR + 2):
        open_year(city, CITY, year)
    [left] = closing.sources_left(city, [CITY], YEAR + 1)[CITY]
    assert (left.fen, left.goes_on) == (900, False) and "连续两年未用完" in left.why_not
    budget.enter(city, [_quotas(600)], **{**world.SIGNED, "on": LATER})
    (unspent,) = budget.unspent(city, CITY, YEAR + 1)
    assert (unspent.amount_fen, unspent.may_carry) == (600, False)


def test_special_money_that_nobody_was_given_in_two_years_goes_back_to_the_level_above(
    city: world.Conn,
) -> None:
    """By number, no surplus, before the quota book closes; the pool lets no more go back than waits there."""
    tr.receive(city, [source(900, code="1100305")], **HANDS, on=DAY)
    tr.receive_cash(city, [tr.LineCash("到1", _line(city), 900)], by="till", signed_by="cashier", on=DAY)
    closing.carry_sources(city, [CITY], YEAR, **TILLS)
    ended(city)
    for end in (closing.close_year, closing.open_next_year):
        end(city, [CITY], YEAR, **TILLS)
    for year in (YEAR + 1, YEAR + 2):
        open_year(city, CITY, year)
    (said,) = [one for one in closing.year_end_status(city, CITY, YEAR + 1).affairs
               if one.rule_id == "year_end.sources_to_give_back"]  # fmt: skip
    assert said.amount_fen == 900 and f"{UP} 9.00 元" in said.what and "make-upload-accruals" in said.hint
    parts = {one.part_name: (one.amount_fen, one.way)
             for one in closing.surplus_of_year(city, CITY, YEAR + 1).items}  # fmt: skip
    assert parts["上级专项未分配、结转满两年的部分"] == (900, "decided")
    assert sorted(parts.values()) == [(900, "decided"), (30_000, "open"), (30_900, "sum")]  # a quota is left
    with pytest.raises(RuleBroken, match=f"上级专项还没有交回上级：{UP}"):
        refuse_owed(city, [CITY], YEAR + 1)
    with pytest.raises(QuotaShortfall):
        give_back(city, 901)
    give_back(city, 900)
    assert pool(city, YEAR + 1) == 0
    adds_up(follow_source(city, UP))
    assert not [one for one in closing.year_end_status(city, CITY, YEAR + 1).affairs
                if one.rule_id == "year_end.sources_to_give_back"]  # fmt: skip
    parts = {one.part_name: one.amount_fen for one in closing.surplus_of_year(city, CITY, YEAR + 1).items}
    assert "上级专项未分配、结转满两年的部分" not in parts and parts["年末结转结余"] == 30_000
    assert verify_within(city).ok


def _line(conn: world.Conn) -> str:
    """The one line that the city received."""
    (line,) = [one.line_key for one in tr.list_received(conn, CITY, YEAR)]
    return line


def give_back(conn: world.Conn, fen: int) -> None:
    """At the year's end so much of the document is due to the level above."""
    due = tr.UploadCash(f"交{fen}", CITY, "150000000", YEAR + 1, "111", "2300602", fen, _line(conn))
    tr.accrue_uploads(conn, [due], by="till", signed_by="cashier", on=date(YEAR + 2, 1, 5))


def _arranged(number: str, fen: int, code: str, use: str = "own", year: int = 0) -> tr.Arrange:
    of = year or (YEAR if use == "transfer" else YEAR + 1)
    return tr.Arrange(number, CITY, of, "111", UP, use, code, fen)


def _quotas(fen: int, doc_no: str = "鄂财指〔2023〕1号") -> budget.QuotaDocument:
    coding = Coding(YEAR + 1, CITY, "111", exp_func_code="2050202", source_type_code="2")
    line = budget.QuotaLine(f"N-{doc_no}", fen, coding, is_executable=False)
    return budget.QuotaDocument(
        doc_no,
        CITY,
        YEAR + 1,
        LATER,
        "下达指标",
        (line,),
        source="transfer",
        base="received",
        sup_bgt_doc_no=UP,
    )
