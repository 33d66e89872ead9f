"""Money from above of government funds is of the kind its document names, or of the quotas it is given to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.closing import services as closing
from fisc.documents import RuleBroken, define_officers
from fisc.kernel import Coding, open_year
from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from tests.budget import quota_world as world
from tests.closing.test_sources import DAY, HANDS, LATER, NEW_YEAR, PAPER, TILLS
from tests.closing.world import booked, post
from tests.transfers.world import UP, source

CITY, YEAR = world.CITY, world.YEAR
LAND, INCOME, OUTLAY = "1030148", "1100401", "2120801"
Told = dict[tuple[str, str], int]


@pytest.fixture
def city(ready_db: str) -> Iterator[world.Conn]:
    """A city whose land income came to 1,000 yuan, with officers of transfers and of the year's end."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, world.OF_TRANSFERS)
        post(conn, [booked("nontax_received", 100_000, fund="121", rev_func_code=LAND)])
        yield conn


def came(conn: world.Conn, fen: int, named: str = OUTLAY, **more: object) -> None:
    """A document of the fund comes, and its cash."""
    given = source(fen, code=INCOME, fund_type_code="121", **more)
    lines = tuple(replace(line, exp_func_code=named) for line in given.lines)
    tr.receive(conn, [replace(given, lines=lines)], **HANDS, on=DAY)
    line = tr.line_key(CITY, YEAR, UP, 1)
    tr.receive_cash(conn, [tr.LineCash("到1", line, fen)], by="till", signed_by="cashier", on=DAY)


def given_out(conn: world.Conn, fen: int, number: str, on: date) -> None:
    """So much of the document becomes a quota for land."""
    coding = Coding(on.year, CITY, "121", exp_func_code=OUTLAY, source_type_code="2", pro_code="Q1",
                    agency_code="101001", dept_code="101", gov_bgt_eco_code="50601",
                    dep_bgt_eco_code="31005")  # fmt: skip
    line = budget.QuotaLine(f"K-{number}", fen, coding, is_executable=True)
    document = budget.QuotaDocument(
        number, CITY, on.year, on, "下达指标", (line,), source="transfer", base="received", sup_bgt_doc_no=UP
    )
    budget.enter(conn, [document], **{**world.SIGNED, "on": on})


def told(conn: world.Conn, year: int = YEAR) -> Told:
    """What the fund's year leaves over, by kind and part; fen."""
    found = closing.surplus_of_year(conn, CITY, year).items
    return {
        (one.rev_func_code, one.part_name): one.amount_fen for one in found if one.fund_type_code == "121"
    }


def balances(conn: world.Conn, year: int) -> dict[str, int]:
    """What opens a year of the fund, by kind; fen."""
    return dict(conn.execute(
        "select c.rev_func_code, sum(m.credit_fen - m.debit_fen)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where a.book || ':' || a.code in ('treasury_2022_budget:8002', 'treasury_2015:3002') "
        "and c.fund_type_code = '121' and m.period = %s group by 1", [year * 100]
    ).fetchall())  # fmt: skip


def carried(conn: world.Conn) -> None:
    """All that goes on goes on, and the quota book is closed."""
    closing.carry_quotas(conn, PAPER, YEAR, **{**world.SIGNED, "on": NEW_YEAR})
    closing.carry_sources(conn, [CITY], YEAR, **TILLS)
    closing.close_quota_books(conn, [CITY], YEAR, **TILLS)


def ended(conn: world.Conn) -> None:
    """The year's end, from what is carried over to the next year's opening."""
    carried(conn)
    closing.settle_surplus(conn, [CITY], YEAR, **TILLS)
    for end in (closing.close_year, closing.open_next_year):
        assert end(conn, [CITY], YEAR, **TILLS)[0].is_new
        assert not end(conn, [CITY], YEAR, **TILLS)[0].is_new


def test_money_from_above_is_of_the_kind_that_its_document_names(city: world.Conn) -> None:
    came(city, 90_000)
    given_out(city, 60_000, "鄂财指〔2022〕1号", DAY)
    post(city, [booked("expenditure_paid", 40_000, fund="121", exp_func_code=OUTLAY)])
    ended(city)
    assert told(city) == {(LAND, "年末结转结余"): 90_000, (LAND, "结转"): 90_000}
    assert balances(city, YEAR + 1) == {LAND: 90_000}
    assert verify_within(city).ok


def test_what_exceeds_the_share_of_a_kind_counts_what_came_from_above(city: world.Conn) -> None:
    """What goes on of the document is more than 30% of the year's income: all the rest is handed over."""
    came(city, 90_000)
    given_out(city, 60_000, "鄂财指〔2022〕1号", DAY)
    carried(city)
    assert told(city) == {
        (LAND, "年末结转结余"): 190_000, (LAND, "结转"): 90_000,
        (LAND, "结转超过当年收入 30% 的部分"): 100_000,
    }  # fmt: skip


def test_of_a_document_that_names_none_what_quotas_are_given_is_of_their_kind_in_either_year(
    city: world.Conn,
) -> None:
    came(city, 90_000, named="")
    given_out(city, 60_000, "鄂财指〔2022〕1号", DAY)
    post(city, [booked("expenditure_paid", 90_000, fund="121", exp_func_code=OUTLAY)])
    ended(city)
    assert told(city) == {
        ("", "年末结转结余"): 30_000, ("", "结转"): 30_000,
        (LAND, "年末结转结余"): 60_000, (LAND, "结转"): 60_000,
    }  # fmt: skip
    assert balances(city, YEAR + 1) == {"": 30_000, LAND: 60_000}
    open_year(city, CITY, YEAR + 2)
    given_out(city, 25_000, "鄂财指〔2023〕1号", LATER)
    sums = {kind: fen for (kind, part), fen in told(city, YEAR + 1).items() if part == "年末结转结余"}
    assert sums == {"": 5_000, LAND: 85_000}
    assert verify_within(city).ok


def free(conn: world.Conn, kind: str = LAND) -> int:
    """What of a kind the database lets leave the fund; fen."""
    row = conn.execute("select reserves_free(%s, '121', %s, %s)", [CITY, kind, YEAR]).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("named", [OUTLAY, ""])
def test_what_came_for_a_purpose_does_not_leave_the_fund_before_or_after_it_goes_on(
    city: world.Conn, named: str
) -> None:
    """The own budget of the fund holds 200,000 yuan of land until its quota book is closed; none is free."""
    before = free(city)
    came(city, 90_000, named)
    assert free(city) == before
    given_out(city, 60_000, "鄂财指〔2022〕1号", DAY)
    assert free(city) == before
    carried(city)
    assert free(city) == 100_000


def test_what_goes_on_to_a_banner_or_back_is_of_the_documents_kind(city: world.Conn) -> None:
    came(city, 90_000)
    given_out(city, 20_000, "鄂财指〔2022〕1号", DAY)
    use = tr.Arrange("安1", CITY, YEAR, "121", UP, "transfer", "2300401", 30_000)
    tr.arrange(city, [use], **HANDS, on=DAY)
    line = tr.IssueLine(1, world.BANNER, "2300401", 30_000, exp_func_code=OUTLAY)
    issue = tr.IssueDocument("鄂财预〔2022〕7号", CITY, YEAR, "121", DAY, "下达", (line,), sup_bgt_doc_no=UP)
    tr.issue(city, [issue], **HANDS, on=DAY)
    key = tr.line_key(CITY, YEAR, "鄂财预〔2022〕7号", 1)
    till = {"by": "till", "signed_by": "cashier"}
    tr.pay_out(city, [tr.LineCash("拨1", key, 30_000)], **till, on=DAY)
    back = tr.UploadCash("交1", world.BANNER, CITY, YEAR, "121", "2300603", 10_000, key)
    tr.upload(city, [back], **till, on=DAY)
    up = tr.UploadCash(
        "交2", CITY, "150000000", YEAR, "121", "2300603", 5_000, tr.line_key(CITY, YEAR, UP, 1)
    )
    tr.upload(city, [up], **till, on=DAY)
    ended(city)
    assert told(city) == {(LAND, "年末结转结余"): 65_000, (LAND, "结转"): 65_000}
    assert balances(city, YEAR + 1) == {LAND: 65_000}
    below = closing.surplus_of_year(city, world.BANNER, YEAR).items
    assert {one.rev_func_code for one in below if one.fund_type_code == "121"} == {LAND}


def test_what_the_own_budget_holds_of_a_document_is_of_the_kind_that_it_must_name(city: world.Conn) -> None:
    with pytest.raises(RuleBroken, match="没有写明用于哪一种基金的支出") as refused:
        came(city, 90_000, named="", is_budgeted=True)
    assert "支出功能分类" in refused.value.hint
    came(city, 90_000, is_budgeted=True)
    assert told(city) == {(LAND, "年末结转结余"): 190_000}


def mixed(conn: world.Conn, *classes: str, is_budgeted: bool = False) -> None:
    """One document, a line of 30,000 yuan for each class."""
    given = source(30_000, code=INCOME, fund_type_code="121", is_budgeted=is_budgeted)
    (one,) = given.lines
    lines = tuple(replace(one, line_no=at, exp_func_code=code) for at, code in enumerate(classes, 1))
    tr.receive(conn, [replace(given, lines=lines)], **HANDS, on=DAY)


@pytest.mark.parametrize("classes", [(OUTLAY, "2121301"), (OUTLAY, ""), ("", "2121301")])
def test_of_a_document_of_several_kinds_what_waits_is_of_none(
    city: world.Conn, classes: tuple[str, str]
) -> None:
    mixed(city, *classes)
    for at in (1, 2):
        line = tr.line_key(CITY, YEAR, UP, at)
        tr.receive_cash(city, [tr.LineCash(f"到{at}", line, 30_000)], by="till", signed_by="cashier",
                        on=DAY)  # fmt: skip
    given_out(city, 20_000, "鄂财指〔2022〕1号", DAY)
    ended(city)
    # of land the quota goes on, and of the year's own income as much as makes it 30% of that
    sums = {kind: fen for (kind, part), fen in told(city).items() if part == "年末结转结余"}
    assert sums == {"": 40_000, LAND: 20_000 + 10_000}
    assert balances(city, YEAR + 1) == sums
    assert verify_within(city).ok


@pytest.mark.parametrize("classes", [(OUTLAY, "2121301"), ("2121301", "2120802", OUTLAY)])
def test_of_several_kinds_no_document_is_held_by_the_budget(
    city: world.Conn, classes: tuple[str, ...]
) -> None:
    """What the budget holds is spent without the number: nobody could tell of which kind."""
    with pytest.raises(RuleBroken, match="几种政府性基金"):
        mixed(city, *classes, is_budgeted=True)
