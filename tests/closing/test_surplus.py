"""What a year leaves over: told item by item to the fen, and settled by law before the books are closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from fisc import kernel
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.budget.services import quota_codings
from fisc.catalogue import CATALOGUE
from fisc.closing import services as closing
from fisc.closing.rules.surplus import Left
from fisc.closing.statements import income_statement, prove
from fisc.closing.year_balance import left_in_words
from fisc.documents import MissingDuty, Officer, RuleBroken, define_officers
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.kernel import Coding, Entry
from fisc.kernel.verify import verify_within
from fisc.reading.service import FigureService
from fisc.registry import elements
from fisc.reserves import services as reserves
from fisc.reserves.kinds import REVERSAL, REVERSIBLE
from tests.budget import quota_world as world
from tests.closing.world import account_sums, booked, entries, lock, post, set_aside
from tests.papers import a_document, available

CITY, YEAR = world.CITY, world.YEAR
NEW_YEAR = date(2023, 1, 5)
PAPER = closing.CarryPaper("结1", CITY, NEW_YEAR, "结转", "鄂财〔2023〕1号")
TILLS = {"by": "till", "signed_by": "cashier", "on": NEW_YEAR}
#: Own revenue of the general budget that the congress approved, in fen.
BUDGETED = 1_530_000 * world.YUAN
Y0, Y12, Y13 = YEAR * 100, YEAR * 100 + 12, YEAR * 100 + 13


@pytest.fixture
def city(ready_db: str) -> Iterator[world.Conn]:
    """A city with an approved budget; a quota of 300 yuan is carried over, the rest of the budget lapses.

    Revenue came to 500 yuan more than was budgeted, and nothing but 40 yuan was spent beside the quotas.
    """
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, [
            Officer("till", "国库经办", "", frozenset({"treasury_make"})),
            Officer("cashier", "国库签章", "", frozenset({"treasury_sign"})),
        ])  # fmt: skip
        world.entered(conn, world.line("Q1", 300))
        post(conn, [
            booked("tax_received", BUDGETED + 50_000, rev_func_code="1010101"),
            booked("expenditure_paid", 4_000, exp_func_code="2050202"),
        ])  # fmt: skip
        yield conn


def carried(conn: world.Conn) -> None:
    """What quotas hold goes on, and the quota book is closed."""
    closing.carry_quotas(conn, PAPER, YEAR, **{**world.SIGNED, "on": NEW_YEAR})
    closing.close_quota_books(conn, [CITY], YEAR, **TILLS)


def told(conn: world.Conn) -> list[tuple[str, str, str, int, str]]:
    """What is left over, by fund, kind and part: fen, and what becomes of it."""
    return [
        (one.fund_type_code, one.rev_func_code, one.part_name, one.amount_fen, one.way)
        for one in closing.surplus_of_year(conn, CITY, YEAR).items
    ]


LEFT = BUDGETED + 50_000 - 4_000


#: What is told of the general budget when its settlement was done.
SETTLED = [
    ("111", "", "年末结转结余", 30_000, "sum"), ("111", "", "结转", 30_000, "carried"),
    ("111", "", "已补充预算稳定调节基金", LEFT - 30_000, "done"),
]  # fmt: skip


def test_over_collection_and_net_surplus_are_named_and_feed_the_stabilisation_fund(city: world.Conn) -> None:
    carried(city)
    parts = [("结转", 30_000, "carried"), ("超收收入", 50_000, "settled"),
             ("净结余", LEFT - 80_000, "settled")]  # fmt: skip
    assert told(city) == [("111", "", "年末结转结余", LEFT, "sum"), *(("111", "", *part) for part in parts)]
    status = closing.year_end_status(city, CITY, YEAR)
    (due,) = [one for one in status.affairs if one.rule_id == "year_end.surplus_unsettled"]
    assert due.amount_fen == LEFT - 30_000 and "超收收入 500.00 元" in due.what and not due.refuses
    (done,) = closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert done.is_new
    (shown,) = entries(city, ":surplus")
    block = "fund_type_code=111"
    assert (shown.rule, shown.period) == ("192-T32", Y12)  # December is open: execution shows it
    assert shown.lines == (
        ("借", "treasury_2015:5031", LEFT - 30_000, f"exp_func_code=23015 {block}"),
        ("贷", "treasury_2015:3031", LEFT - 30_000, block),
    )
    assert told(city) == SETTLED
    assert not closing.settle_surplus(city, [CITY], YEAR, **TILLS)[0].is_new


def test_after_the_year_is_closed_the_balance_is_what_quotas_were_carried_over_for(city: world.Conn) -> None:
    carried(city)
    for end in (closing.settle_surplus, closing.close_year, closing.open_next_year):
        assert end(city, [CITY], YEAR, **TILLS)[0].is_new
    opened = account_sums(city, CITY, 202300, 202300, "treasury_2022_budget")
    assert (-opened["8001"], -opened["8031"]) == (30_000, LEFT - 30_000)
    lock(city, [CITY], YEAR)
    assert not account_sums(city, CITY, Y0, Y13) and verify_within(city).ok
    assert not account_sums(city, CITY, Y0, Y13, "quota")
    assert told(city) == SETTLED


def test_a_year_is_not_locked_before_its_surplus_is_settled(city: world.Conn) -> None:
    carried(city)
    for end in (closing.close_year, closing.open_next_year):
        end(city, [CITY], YEAR, **TILLS)
    with pytest.raises(RuleBroken, match=r"超收和结余 1,530,160\.00 元还没有处理") as refused:
        lock(city, [CITY], YEAR)
    assert "第六十六条" in refused.value.rule and "settle-surplus" in refused.value.hint
    for end in (closing.settle_surplus, closing.close_year, closing.open_next_year):  # another round of each
        assert end(city, [CITY], YEAR, **TILLS)[0].is_new
    lock(city, [CITY], YEAR)


def test_december_is_not_closed_before_the_surplus_is_settled(city: world.Conn) -> None:
    """It stands in December then, where figures of the year and statements both tell it."""
    define_officers(city, [Officer("books", "记账", "", frozenset({"books_keep"}))])
    kernel.close_periods(city, [CITY], [YEAR * 100 + month for month in range(1, 12)])
    with pytest.raises(RuleBroken, match="超收和结余") as refused:
        closing.close_month(city, CITY, YEAR, 12, by="books", on=NEW_YEAR)
    assert "settle-surplus" in refused.value.hint
    carried(city)
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert closing.close_month(city, CITY, YEAR, 12, by="books", on=NEW_YEAR) == {CITY: True}
    assert [one.period for one in entries(city, ":surplus")] == [Y12]


def test_quotas_are_carried_over_first_and_two_officers_settle(city: world.Conn) -> None:
    with pytest.raises(RuleBroken, match="仍有余额"):
        closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    carried(city)
    with pytest.raises(MissingDuty):
        closing.settle_surplus(city, [CITY], YEAR, **{**TILLS, "signed_by": "till"})
    assert "3031" not in account_sums(city, CITY, Y0, Y13)


def test_it_stands_in_the_year_end_where_december_is_closed(city: world.Conn) -> None:
    carried(city)
    kernel.close_periods(city, [CITY], [YEAR * 100 + month for month in range(1, 13)])
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert [one.period for one in entries(city, ":surplus")] == [Y13]


def test_what_is_short_is_named_and_nothing_is_set_aside(city: world.Conn) -> None:
    post(city, [booked("tax_received", -BUDGETED - 40_000, month=9, rev_func_code="1010101")])
    carried(city)
    assert told(city)[1:] == [
        ("111", "", "结转", 30_000, "carried"), ("111", "", "结转缺少资金", 6_000 - 30_000, "decided"),
    ]  # fmt: skip
    assert not closing.settle_surplus(city, [CITY], YEAR, **TILLS)[0].is_new


def test_without_quotas_what_is_carried_over_is_not_known_and_nothing_is_guessed(city: world.Conn) -> None:
    post(city, [booked("tax_received", 700, world.BANNER, rev_func_code="1010101")])
    found = closing.surplus_of_year(city, world.BANNER, YEAR)
    assert [(one.amount_fen, one.way) for one in found.items] == [(700, "decided")]
    assert "不可知" in found.items[0].treatment and found.set_aside_fen == 0
    assert not closing.settle_surplus(city, [world.BANNER], YEAR, **TILLS)[0].is_new


def test_without_quotas_a_year_is_locked_on_a_decision_alone_and_what_nobody_decided_is_named(
    city: world.Conn,
) -> None:
    """General money goes by law, in the year or the next; other funds are named until that arranges them."""
    banner = world.BANNER
    kernel.open_year(city, banner, YEAR + 1)
    post(city, [
        booked("tax_received", 700, banner, rev_func_code="1010101"),
        booked("nontax_received", 300, banner, "121", rev_func_code="1030148"),
    ])  # fmt: skip
    for end in (closing.close_quota_books, closing.close_year, closing.open_next_year):
        end(city, [banner], YEAR, **TILLS)
    with pytest.raises(RuleBroken, match=r"一般公共预算的年末结转结余还有 7\.00 元没有结转，也没有决定去处"):
        lock(city, [banner], YEAR)
    set_aside(city, 500, NEW_YEAR, banner)
    with pytest.raises(RuleBroken, match=r"还有 2\.00 元没有结转，也没有决定去处"):
        lock(city, [banner], YEAR)
    set_aside(city, 200, date(2023, 1, 6), banner)
    lock(city, [banner], YEAR)
    assert undecided(city, banner) == [300]
    sources, spent = [Source("121", "11008", 200, "carried")], [Spending("121", 200, exp_func_code="2120801")]
    paper = a_document(city, banner, YEAR + 1, "budget", "draft")
    brought = approval_entry(
        "年初", (YEAR + 1, banner), sources, spent, on=NEW_YEAR, document_id=paper, summary="批复"
    )
    kernel.post(city, [brought])
    assert undecided(city, banner) == [100]


def undecided(conn: world.Conn, region: str) -> list[int | None]:
    """What status tells of a locked year that nobody decided on; fen."""
    found = closing.year_end_status(conn, region, YEAR).affairs
    assert all(not one.refuses and "本级政府" in one.hint for one in found)
    return [one.amount_fen for one in found if one.rule_id == "year_end.surplus_undecided"]


# ---- over-collected revenue that reduces the deficit


#: What the city borrows of the budget, what came of it, what of that it repaid; fen.
BORROWED, REPAID = 45_000, 5_000
DEFICIT = BORROWED - REPAID


def deficit(conn: world.Conn) -> None:
    """A bond in the budget, borrowed a little less than planned, and principal."""
    sources = [Source("112", "110110101", BORROWED + 3_000, "debt")]
    spending = [Spending("112", BORROWED + 3_000 - REPAID, exp_func_code="2050202"),
                Spending("112", REPAID, exp_func_code="2310301")]  # fmt: skip
    on = date(YEAR, 1, 1)
    [paper] = kernel.record_documents(conn, [kernel.Document("draft:deficit", "draft", CITY, YEAR, on)])
    place = (YEAR, CITY)
    kernel.post(conn, [
        approval_entry("deficit", place, sources, spending, on=on, document_id=paper, summary="批复")
    ])  # fmt: skip
    post(conn, [
        booked("debt_onlent_in", BORROWED, fund="112", rev_func_code="110110101", is_debt="1"),
        booked("principal_repaid", REPAID, fund="112", exp_func_code="2310301", is_debt="1"),
        booked("expenditure_paid", DEFICIT, fund="112", exp_func_code="2050202"),
    ])  # fmt: skip


def reduce(conn: world.Conn, fen: int, number: str = "减1") -> None:
    """Two officers register what the government decided."""
    given = reserves.Move(number, "deficit_reduced", CITY, "111", fen, date(YEAR, 12, 31), "鄂府〔2023〕2号")
    reserves.record_moves(conn, [given], by="till", reviewed_by="checks", on=NEW_YEAR)


@pytest.fixture
def borrowing(city: world.Conn) -> world.Conn:
    define_officers(city, [Officer("checks", "国库审核", "", frozenset({"treasury_review"}))])
    deficit(city)
    return city


def test_the_choice_is_named_with_what_of_over_collection_may_reduce_the_deficit(
    borrowing: world.Conn,
) -> None:
    carried(borrowing)
    (choice,) = [
        one for one in closing.surplus_of_year(borrowing, CITY, YEAR).items if "冲减赤字" in one.part_name
    ]
    assert (choice.amount_fen, choice.way) == (DEFICIT, "within")  # of 500 yuan; the deficit is 400
    assert "本级政府决定" in choice.treatment and "事项“超收收入冲减赤字”" in choice.treatment
    (told_of,) = [one for one in closing.year_end_status(borrowing, CITY, YEAR).affairs
                  if one.rule_id == "year_end.surplus_decided"]  # fmt: skip
    assert "可以冲减赤字的超收收入 400.00 元" in told_of.what


def test_what_reduces_the_deficit_stays_in_the_balance_as_principal_of_the_next_year(
    borrowing: world.Conn,
) -> None:
    reduce(borrowing, DEFICIT)
    unclosed = FigureService(borrowing, CATALOGUE).get("carryover.general.unclosed", CITY, YEAR).value
    assert unclosed and unclosed > 0  # what goes on is not yet told from what nobody needs
    carried(borrowing)
    of_general = [one[2:] for one in told(borrowing) if one[0] == "111"]
    assert of_general == [
        ("年末结转结余", LEFT, "sum"), ("结转", 30_000, "carried"), ("超收收入冲减赤字", DEFICIT, "carried"),
        ("超收收入", 50_000 - DEFICIT, "settled"), ("净结余", LEFT - 80_000, "settled"),
    ]  # fmt: skip
    closing.settle_surplus(borrowing, [CITY], YEAR, **TILLS)
    statement = income_statement(borrowing, CITY, YEAR)
    names = ("年末结转结余", "其中：结转", "其中：冲减赤字（结转下年还本）", "其中：净结余")
    assert [statement.fen(name) for name in names] == [30_000 + DEFICIT, 30_000, DEFICIT, 0]
    assert prove(borrowing, statement) == []
    left = statement.row("年末结转结余").cells[0]
    (words,) = left_in_words(borrowing, "111", [CITY], YEAR, left, is_exact=True)
    assert "冲减赤字（结转下年还本）400.00 元" in words and "净结余 0.00 元" in words
    for end in (closing.close_year, closing.open_next_year):
        end(borrowing, [CITY], YEAR, **TILLS)
    opened = account_sums(borrowing, CITY, 202300, 202300, "treasury_2022_budget")
    assert (-opened["8001"], -opened["8031"]) == (30_000 + DEFICIT, LEFT - 30_000 - DEFICIT)
    block = Coding(2023, CITY, "111", exp_func_code="2310301", source_type_code="1", bgt_type_code="2")
    assert available(borrowing, "quota:9201", block) == DEFICIT
    lock(borrowing, [CITY], YEAR)
    figures = FigureService(borrowing, CATALOGUE)
    assert figures.get("carryover.general.deficit", CITY, 2023).value == DEFICIT
    parts = [figures.get(f"carryover.general{part}", CITY, YEAR).value
             for part in ("", ".carried", ".reduced", ".net")]  # fmt: skip
    assert parts == [30_000 + DEFICIT, 30_000, DEFICIT, 0]
    assert figures.get("carryover.general.unclosed", CITY, YEAR).value == 0


@pytest.mark.parametrize(
    ("later", "beyond"),
    [
        (booked("tax_received", -20_000, month=12, rev_func_code="1010101"), DEFICIT - 30_000),
        (
            booked("principal_repaid", 1_500, month=12, fund="112", exp_func_code="2310301", is_debt="1"),
            1_500,
        ),
    ],
)
def test_what_a_decision_rested_on_is_asked_again_when_december_closes(
    borrowing: world.Conn, later: Entry, beyond: int
) -> None:
    """Revenue or the deficit came to less since: the year neither closes nor locks on it."""
    reduce(borrowing, DEFICIT)
    post(borrowing, [later])
    carried(borrowing)
    (named,) = [
        one for one in closing.surplus_of_year(borrowing, CITY, YEAR).items if "多于" in one.part_name
    ]
    assert (named.amount_fen, named.is_for_decision) == (beyond, True)
    closing.settle_surplus(borrowing, [CITY], YEAR, **TILLS)
    closing.close_year(borrowing, [CITY], YEAR, **TILLS)
    closing.open_next_year(borrowing, [CITY], YEAR, **TILLS)
    with pytest.raises(RuleBroken, match="冲减赤字比超收收入和赤字中较少的一个多"):
        lock(borrowing, [CITY], YEAR)


@pytest.mark.parametrize(
    ("before", "fen", "why"),
    [
        ([], DEFICIT + 1, "为 400.00 元，不够安排 400.01 元"),  # no more than the deficit
        ([DEFICIT - 1], 2, "为 0.01 元，不够安排 0.02 元"),  # of all decisions together
    ],
)
def test_no_more_reduces_the_deficit_than_there_is(
    borrowing: world.Conn, before: list[int], fen: int, why: str
) -> None:
    for fen_before in before:
        reduce(borrowing, fen_before)
    with pytest.raises(RuleBroken, match=why) as refused:
        reduce(borrowing, fen, "减2")
    assert "第六十六条" in refused.value.rule


def over_collected(conn: world.Conn) -> tuple[int, int]:
    """What people are told of over-collected revenue, and what the database holds decisions to; fen."""
    told = closing.left_over(conn, [CITY], YEAR)[CITY].over_collected(("111", ""))
    row = conn.execute("select reserves_over_collected(%s, %s)", [CITY, YEAR]).fetchone()
    assert row is not None
    return told, row[0]


def test_over_collection_is_the_same_for_who_is_told_and_for_the_guard(borrowing: world.Conn) -> None:
    assert over_collected(borrowing) == (50_000, 50_000)
    carried(borrowing)
    assert over_collected(borrowing) == (50_000, 50_000)  # its budget was closed, and counts still
    post(borrowing, [booked("tax_received", -60_000, month=9, rev_func_code="1010101")])
    assert over_collected(borrowing) == (0, 0)


def test_net_surplus_reduces_no_deficit_and_what_was_set_aside_is_gone(borrowing: world.Conn) -> None:
    post(borrowing, [booked("tax_received", -50_000 + 100, month=9, rev_func_code="1010101")])
    with pytest.raises(RuleBroken, match=r"为 1\.00 元，不够安排 1\.01 元"):
        reduce(borrowing, 101)  # a yuan was collected beyond the budget, whatever was not spent
    carried(borrowing)
    closing.settle_surplus(borrowing, [CITY], YEAR, **TILLS)
    with pytest.raises(RuleBroken, match="超收和结余"):
        reduce(borrowing, 100)


def test_a_decision_is_reversed_while_december_is_open(borrowing: world.Conn) -> None:
    reduce(borrowing, DEFICIT)
    given = [("冲1", "fund_move", "减1", "金额记错一位")]
    draft_reversals(borrowing, REVERSAL, REVERSIBLE, given, by="till", on=NEW_YEAR)
    confirm_reversals(borrowing, REVERSAL, REVERSIBLE, ["冲1"], by="checks", on=NEW_YEAR)
    reduce(borrowing, 100)  # its number is entered anew
    periods = borrowing.execute(
        "select array_agg(period order by id) from ledger.entry where natural_key like 'fund_move:减1%'"
    ).fetchone()
    assert periods == ([202300] * 3,) and verify_within(borrowing).ok
    carried(borrowing)
    assert ("超收收入冲减赤字", 100, "carried") in [one[2:] for one in told(borrowing)]


# ---- government funds, by kind


def funds(conn: world.Conn) -> None:
    """Land and infrastructure fees, each with outlay of its own, and the proceeds of a special bond."""
    post(conn, [
        booked("nontax_received", 20_000_000, fund="121", rev_func_code="103014801"),
        booked("expenditure_paid", 10_000_000, fund="121", exp_func_code="2120803"),
        booked("nontax_received", 1_000_000, fund="121", rev_func_code="1030156"),
        booked("expenditure_paid", 900_000, fund="121", exp_func_code="2121301"),
        booked("debt_onlent_in", 600, fund="122", rev_func_code="110110202", is_debt="1"),
    ])  # fmt: skip


def test_a_kind_of_fund_hands_over_what_exceeds_its_share_and_keeps_the_rest(city: world.Conn) -> None:
    funds(city)
    carried(city)
    assert [one for one in told(city) if one[0] != "111"] == [
        ("121", "1030148", "年末结转结余", 10_000_000, "sum"),
        ("121", "1030148", "结转超过当年收入 30% 的部分", 4_000_000, "settled"),
        ("121", "1030148", "净结余", 6_000_000, "decided"),
        ("121", "1030156", "年末结转结余", 100_000, "sum"),
        ("121", "1030156", "净结余", 100_000, "decided"),
        ("122", "", "年末结转结余", 600, "sum"),
        ("122", "", "净结余", 600, "decided"),
    ]
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    (shown,) = entries(city, ":surplus")
    assert [line[:3] for line in shown.lines] == [
        ("借", "treasury_2015:5021", 4_000_000), ("贷", "treasury_2015:1001", 4_000_000),
        ("借", "treasury_2015:1001", 4_000_000), ("贷", "treasury_2015:4021", 4_000_000),
        ("借", "treasury_2015:5031", 4_000_000 + LEFT - 30_000),
        ("贷", "treasury_2015:3031", 4_000_000 + LEFT - 30_000),
    ]  # fmt: skip
    closing.close_year(city, [CITY], YEAR, **TILLS)
    closing.open_next_year(city, [CITY], YEAR, **TILLS)
    kinds = dict(city.execute(
        "select c.rev_func_code, sum(m.credit_fen - m.debit_fen)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where a.book || ':' || a.code = 'treasury_2022_budget:8002' and c.fund_type_code = '121' group by 1"
    ).fetchall())  # fmt: skip
    assert kinds == {"1030148": 6_000_000, "1030156": 100_000}
    lock(city, [CITY], YEAR)


def test_without_income_of_the_year_its_share_is_not_told(city: world.Conn) -> None:
    """A year that has just begun holds what the one before left: none of it is called too much."""
    post(city, [booked("opening_balance", 700, fund="121", month=0, rev_func_code="1030148")])
    carried(city)
    assert [one for one in told(city) if one[0] == "121"] == [
        ("121", "1030148", "年末结转结余", 700, "sum"), ("121", "1030148", "净结余", 700, "decided"),
    ]  # fmt: skip
    (left,) = [one for one in closing.surplus_of_year(city, CITY, YEAR).items if one.part_name == "净结余"
               and one.fund_type_code == "121"]  # fmt: skip
    assert "无从判定" in left.treatment


def of_funds(conn: world.Conn) -> dict[tuple[str, str], tuple[int, str]]:
    """What government funds leave over, by kind and part."""
    return {(one[1], one[2]): one[3:] for one in told(conn) if one[0] == "121"}


@pytest.mark.parametrize("short", [1, 100_000])
def test_a_kind_that_is_short_is_decided_and_the_others_are_judged_for_themselves(
    city: world.Conn, short: int
) -> None:
    funds(city)
    spent = booked("expenditure_paid", 100_000 + short, fund="121", month=8, exp_func_code="2121301")
    post(city, [spent])
    carried(city)
    found = of_funds(city)
    assert found["1030148", "结转超过当年收入 30% 的部分"] == (4_000_000, "settled")
    assert found["1030148", "净结余"] == (6_000_000, "decided")
    assert found["1030156", "结转缺少资金"] == (-short, "decided")
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert of_funds(city)["1030148", "年末结转结余"] == (6_000_000, "sum")
    (decide,) = [one for one in closing.year_end_status(city, CITY, YEAR).affairs
                 if one.rule_id == "year_end.surplus_decided"]  # fmt: skip
    assert "城市基础设施配套费 结转缺少资金" in decide.what


def test_no_more_is_handed_over_than_the_fund_has_together(city: world.Conn) -> None:
    """A kind spent what others brought in: what these have beyond their share is not there any more."""
    funds(city)
    post(city, [booked("expenditure_paid", 7_100_000, fund="121", month=8, exp_func_code="2121301")])
    carried(city)
    found = of_funds(city)
    assert found["1030148", "结转超过当年收入 30% 的部分"] == (3_000_000, "settled")
    assert found["1030148", "结转超过当年收入 30%、其他基金种类短缺而不能调出的部分"] == (
        1_000_000,
        "decided",
    )
    assert found["1030156", "结转缺少资金"] == (-7_000_000, "decided")
    assert sum(fen for (_, part), (fen, _) in found.items() if part != "年末结转结余") == 3_000_000
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert cash_of(city, "121") == 0
    assert not closing.settle_surplus(city, [CITY], YEAR, **TILLS)[0].is_new


def cash_of(conn: world.Conn, fund: str) -> int:
    """Treasury cash of a fund, in fen."""
    row = conn.execute(
        "select coalesce(sum(m.debit_fen - m.credit_fen), 0)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where a.book || ':' || a.code = 'treasury_2015:1001' and c.fund_type_code = %s", [fund]
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


# ---- money that leaves a budget is there, and nobody's


def transfer(conn: world.Conn, fen: int, kind: str = "1030148", number: str = "调1") -> None:
    """Two officers move money of a kind of fund to the general budget."""
    define_officers(conn, [Officer("checks", "国库审核", "", frozenset({"treasury_review"}))])
    given = reserves.Move(
        number, "fund_transfer", CITY, "121", fen, date(YEAR, 12, 31), "鄂府〔2023〕2号",
        to_fund_type_code="111", fund_kind_code=kind,
    )  # fmt: skip
    reserves.record_moves(conn, [given], by="till", reviewed_by="checks", on=NEW_YEAR)


QUOTA_OF_LAND = {
    "fund_type_code": "121", "exp_func_code": "2120801", "gov_bgt_eco_code": "50601",
    "dep_bgt_eco_code": "31005",
}  # fmt: skip


def test_what_quotas_hold_is_not_transferred_before_or_after_they_go_on(city: world.Conn) -> None:
    post(city, [booked("nontax_received", 20_000_100, fund="121", rev_func_code="103014801"),
                booked("nontax_received", 700, fund="121", rev_func_code="1030156")])  # fmt: skip
    world.quotas.enter(
        city,
        [world.document("鄂财指〔2022〕21号", world.line("Q7", 150_000, **QUOTA_OF_LAND))],
        **world.SIGNED,
    )
    for fen, kind, free in ((101, "1030148", "1.00"), (701, "1030156", "7.00")):
        with pytest.raises(RuleBroken, match=f"可以调出的超收和结余.*为 {free} 元"):
            transfer(city, fen, kind)
    carried(city)  # the budget of 5 million beyond the quota lapses, the quota goes on
    with pytest.raises(RuleBroken, match=r"为 50001\.00 元，不够安排 50001\.01 元"):
        transfer(city, 5_000_101)
    transfer(city, 5_000_100)
    assert of_funds(city)["1030148", "年末结转结余"] == (15_000_000, "sum")
    for end in (closing.settle_surplus, closing.close_year, closing.open_next_year):
        end(city, [CITY], YEAR, **TILLS)
    assert cash_of(city, "121") == 0  # all of it is in the books of the next rules
    lock(city, [CITY], YEAR)


def test_what_was_transferred_is_not_handed_over_once_more(city: world.Conn) -> None:
    funds(city)
    carried(city)
    transfer(city, 9_000_000)
    found = of_funds(city)
    assert found["1030148", "年末结转结余"] == (1_000_000, "sum")
    assert ("1030148", "结转超过当年收入 30% 的部分") not in found
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert cash_of(city, "121") == 1_100_000


def test_the_database_lets_no_settlement_take_cash_that_a_fund_has_not(
    city: world.Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    funds(city)
    carried(city)
    monkeypatch.setattr(Left, "excess", property(lambda _: {"1030148": 10_100_001}))
    with pytest.raises(RuleBroken, match=r"超过现有的余额.*资金 121.*差 0\.01 元"):
        closing.settle_surplus(city, [CITY], YEAR, **TILLS)


# ---- what was settled, and is less since


def test_what_was_settled_comes_back_where_revenue_is_less_since(city: world.Conn) -> None:
    """The stabilisation fund keeps no more than there is: the year is not locked before."""
    carried(city)
    for end in (closing.settle_surplus, closing.close_year, closing.open_next_year):
        end(city, [CITY], YEAR, **TILLS)
    post(city, [booked("tax_received", -BUDGETED, month=12, rev_func_code="1010101")])
    parts = ("111", "", "多补充预算稳定调节基金的部分", -BUDGETED, "settled")
    assert told(city)[1:] == [("111", "", "结转", 30_000, "carried"), parts, SETTLED[-1]]
    for end in (closing.close_year, closing.open_next_year):
        end(city, [CITY], YEAR, **TILLS)
    with pytest.raises(RuleBroken, match=r"-1,530,000\.00 元还没有处理：.*再处理一次"):
        lock(city, [CITY], YEAR)
    for end in (closing.settle_surplus, closing.close_year, closing.open_next_year):
        assert end(city, [CITY], YEAR, **TILLS)[0].is_new
    lock(city, [CITY], YEAR)
    opened = account_sums(city, CITY, 202300, 202300, "treasury_2022_budget")
    assert (-opened["8001"], -opened["8031"]) == (30_000, LEFT - 30_000 - BUDGETED)
    assert verify_within(city).ok


def test_no_more_comes_back_than_was_settled(city: world.Conn) -> None:
    carried(city)
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    post(city, [booked("tax_received", -BUDGETED - 40_000, month=12, rev_func_code="1010101")])
    assert [one[2:] for one in told(city)[2:]] == [
        ("多补充预算稳定调节基金的部分", 30_000 - LEFT, "settled"),
        ("结转缺少资金", LEFT - 30_000 - BUDGETED - 40_000, "decided"),
        SETTLED[-1][2:],
    ]
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert "3031" not in account_sums(city, CITY, Y0, Y13)


def test_what_a_kind_handed_over_comes_back_where_its_income_is_less_since(city: world.Conn) -> None:
    funds(city)
    carried(city)
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    post(city, [booked("nontax_received", -2_000_000, fund="121", month=12, rev_func_code="103014801")])
    found = of_funds(city)  # of 18 million it keeps 5.4, and holds 4
    assert found["1030148", "多调出的结转超额"] == (-1_400_000, "settled")
    assert found["1030148", "净结余"] == (5_400_000, "decided")
    closing.settle_surplus(city, [CITY], YEAR, **TILLS)
    assert of_funds(city)["1030148", "年末结转结余"] == (5_400_000, "sum")
    assert not closing.settle_surplus(city, [CITY], YEAR, **TILLS)[0].is_new
    assert -account_sums(city, CITY, Y0, Y13)["3031"] == LEFT - 30_000 + 2_600_000


def test_over_collection_of_a_fund_goes_on_to_the_next_year_and_says_for_what(city: world.Conn) -> None:
    budgeted = 200_000 * world.YUAN  # under 1030148
    post(city, [booked("nontax_received", budgeted + 70_000, fund="121", rev_func_code="1030148"),
                booked("expenditure_paid", budgeted, fund="121", exp_func_code="2120801")])  # fmt: skip
    carried(city)
    (over,) = [one for one in closing.surplus_of_year(city, CITY, YEAR).items if one.fund_type_code == "121"
               and one.part_name == "超收收入"]  # fmt: skip
    assert (over.amount_fen, over.way) == (70_000, "decided") and "专项债券" in over.treatment
    assert "第七十八条" in over.source
    (decide,) = [one for one in closing.year_end_status(city, CITY, YEAR).affairs
                 if one.rule_id == "year_end.surplus_decided"]  # fmt: skip
    assert "超收收入 700.00 元" in decide.what


def test_carry_over_stands_apart_from_net_surplus_in_the_statement_before_and_after_closing(
    city: world.Conn,
) -> None:
    carried(city)
    before = income_statement(city, CITY, YEAR)
    shown = [before.fen(name) for name in ("年末结转结余", "其中：结转", "其中：净结余")]
    assert shown == [LEFT, 30_000, LEFT - 30_000] and prove(city, before) == []
    for end in (closing.settle_surplus, closing.close_year, closing.open_next_year):
        end(city, [CITY], YEAR, **TILLS)
    after = income_statement(city, CITY, YEAR)
    shown = [after.fen(name) for name in ("年末结转结余", "其中：结转", "其中：净结余")]
    assert shown == [30_000, 30_000, 0] and prove(city, after) == []


#: A quota of what reduced a deficit, in the year after.
PRINCIPAL = {"fiscal_year": 2023, "exp_func_code": "2310301", "gov_bgt_eco_code": "51201",
             "dep_bgt_eco_code": "39999", "bgt_type_code": "2", "pro_code": "Q1"}  # fmt: skip


def test_principal_that_reduces_a_deficit_is_not_swapped_away(borrowing: world.Conn) -> None:
    reduce(borrowing, DEFICIT)
    on = date(2023, 3, 1)
    signed = {**world.SIGNED, "on": on}
    given = world.document(
        "鄂财指〔2023〕1号", world.line("P1", 400, **PRINCIPAL), fiscal_year=2023, dated_on=on
    )
    world.quotas.enter(borrowing, [given], **signed)
    schools = world.coding(fiscal_year=2023, bgt_type_code="2")
    swap = world.operation(
        "鄂财调〔2023〕1号", ("P1", -100), world.operations.QuotaChange("PX", 10_000, coding=schools),
        fiscal_year=2023, dated_on=on,
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="调剂改变了上年结转"):
        world.operations.swap(borrowing, [swap], **signed)
    principal = quota_codings(borrowing, ["P1"])["P1"]
    lines = (kernel.debit("quota:9302", principal, 100), kernel.credit("quota:9302", schools, 100))
    moved = Entry("moved", CITY, on, lines, document_id=a_document(borrowing, CITY, 2023))
    with pytest.raises(RuleBroken, match="冲减赤字的资金不能改作他用"), borrowing.transaction():
        kernel.post(borrowing, [moved])
    assert world.left(borrowing, "P1") == {"executable": 400}


def test_what_reduced_a_deficit_goes_on_as_principal_where_a_quota_holds_it_else_it_lapses(
    borrowing: world.Conn,
) -> None:
    """The year after: a quota of 300 of the 400 yuan goes on as any other and stays for principal.

    The 100 yuan that nobody gave out come to nothing with the year's budgets, and its surplus holds them.
    """
    reduce(borrowing, DEFICIT)
    carried(borrowing)
    for end in (closing.settle_surplus, closing.close_year, closing.open_next_year):
        end(borrowing, [CITY], YEAR, **TILLS)
    lock(borrowing, [CITY], YEAR)
    march, new_year = date(2023, 3, 1), date(2024, 1, 5)
    given = world.document(
        "鄂财指〔2023〕1号", world.line("P1", 300, **PRINCIPAL), fiscal_year=2023, dated_on=march
    )
    world.quotas.enter(borrowing, [given], **{**world.SIGNED, "on": march})
    lapsed = world.operation("收", ("Q1-J", 300), fiscal_year=2023, dated_on=date(2023, 12, 31))
    last = {**world.SIGNED, "on": date(2023, 12, 31)}
    world.operations.take_back(borrowing, [lapsed], kind="two_years", **last)
    kernel.open_year(borrowing, CITY, 2024)
    elements.roll_over(borrowing, CITY, 2023, 2024, by="registrar", on=date(2023, 12, 1))
    paper = closing.CarryPaper("结2", CITY, new_year, "结转", "鄂财〔2024〕1号")
    closing.carry_quotas(borrowing, paper, 2023, **{**world.SIGNED, "on": new_year})
    closing.close_quota_books(borrowing, [CITY], 2023, **{**TILLS, "on": new_year})
    rows = borrowing.execute(
        "select c.bgt_type_code, sum(b.balance_fen)::bigint from ledger.balance b join ledger.account a "
        "on a.id = b.account_id join ledger.coding c on c.id = b.coding_id where a.book = 'quota' "
        "and a.code in ('9201', '9301', '9302') and c.fiscal_year = 2024 and c.exp_func_code = '2310301' "
        "group by 1 having sum(b.balance_fen) <> 0"
    )
    assert rows.fetchall() == [("2", 30_000)]
    items = closing.surplus_of_year(borrowing, CITY, 2023).items
    said = {one.part_name: (one.amount_fen, one.way) for one in items if one.fund_type_code == "111"}
    assert said["结转"] == (30_000, "carried") and said["净结余"] == (DEFICIT - 30_000, "settled")
    schools = world.coding(fiscal_year=2024, bgt_type_code="2")
    swap = world.operation(
        "鄂财调〔2024〕1号", ("P1-J", -100), world.operations.QuotaChange("PX", 10_000, coding=schools),
        fiscal_year=2024, dated_on=date(2024, 3, 1),
    )  # fmt: skip
    with pytest.raises(RuleBroken, match="调剂改变了上年结转"):
        world.operations.swap(borrowing, [swap], **{**world.SIGNED, "on": date(2024, 3, 1)})


def test_while_quotas_can_be_spent_nothing_is_called_net_surplus(city: world.Conn) -> None:
    waiting = ("111", "", "未结转的指标、上级资金与超收、结余（其中净结余待定）", LEFT, "open")
    assert told(city) == [("111", "", "年末结转结余", LEFT, "sum"), waiting]
    assert closing.surplus_of_year(city, CITY, YEAR).set_aside_fen == 0
    carried(city)
    assert closing.surplus_of_year(city, CITY, YEAR).set_aside_fen == LEFT - 30_000
    assert "open" not in {way for *_, way in told(city)}
