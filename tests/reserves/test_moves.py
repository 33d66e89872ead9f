"""Money between budgets and reserves: each move with its entry, and what law and balances refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.closing.quota_balances import unallotted
from fisc.documents import Leg, MissingDuty, RuleBroken, voucher
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.kernel import Coding, post
from fisc.kernel.verify import verify_within
from fisc.reserves import rules
from fisc.reserves import services as reserves
from fisc.reserves.kinds import REVERSAL, REVERSIBLE
from fisc.reserves.rules import KINDS
from fisc.reserves.services import Move
from fisc.reserves.tables import routes
from tests.conftest import _world
from tests.papers import a_budget, a_document
from tests.treasury import paying
from tests.treasury.paying import CITY, YUAN, entry, rule_codes

Conn = psycopg.Connection[Any]
DRAWN_AT_MOST = 300


#: A kind of government fund.
LAND = "1030148"


def block(year: int, fund: str) -> Coding:
    """A fund's balance; that of government funds by kind."""
    return Coding(year, CITY, fund, rev_func_code=LAND if fund == "121" else "")


def furnish(conn: Conn) -> None:
    """Money of each fund from before, spending of the year before and of this one, a budget that draws."""
    paying.furnish(conn, funds=[""])
    paper = a_document(conn, CITY, 2022)
    legs = [Leg("opening_balance", fen * YUAN, block(2022, fund))
            for fund, fen in (("111", 50_000), ("121", 1_000), ("13", 1_000), ("122", 1_000))]  # fmt: skip
    post(conn, [voucher("from-before", CITY, date(2022, 1, 1), legs, document_id=paper, summary="期初")])
    paper = a_document(conn, CITY, 2021)
    for year in (2021, 2022):
        spent = Coding(year, CITY, "111", exp_func_code="2050202", gov_bgt_eco_code="50201")
        legs = [Leg("expenditure_paid", 20_000 * YUAN, spent)]
        on = date(year, 2, 1)
        post(conn, [voucher(f"spent:{year}", CITY, on, legs, document_id=paper, summary="支出")])
    for year in (2022, 2023):
        sources = [Source("111", "11015", DRAWN_AT_MOST * YUAN, "carried")]
        spending = [Spending("111", DRAWN_AT_MOST * YUAN, exp_func_code="2050202")]
        on, paper = date(year, 1, 1), a_budget(conn, CITY, year)
        key, place = f"draw:{year}", (year, CITY)
        post(conn, [approval_entry(key, place, sources, spending, on=on, document_id=paper, summary="批复")])


@pytest.fixture(scope="module")
def _kept(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_reserves", furnish) as conn:
        yield conn


@pytest.fixture
def city(_kept: Conn) -> Iterator[Conn]:
    with _kept.transaction(force_rollback=True):
        yield _kept


def day(year: int = 2022, month: int = 3) -> date:
    return date(year, month, 1)


def move(number: str, kind: str, yuan: int = 100, *, year: int = 2022, **given: Any) -> Move:
    told: dict[str, Any] = {
        "mof_div_code": CITY, "fund_type_code": "111", "happened_on": day(year),
        "approval_no": "人常〔2022〕9号", **given,
    }  # fmt: skip
    return Move(number, kind, amount_fen=yuan * YUAN, **told)


def record(conn: Conn, *moves: Move, year: int = 2022) -> list[bool]:
    return reserves.record_moves(conn, moves, by="clerk", reviewed_by="reviewer", on=day(year, 6))


FROM_FUNDS = {"fund_type_code": "121", "to_fund_type_code": "111", "fund_kind_code": LAND}
SET_ASIDE = move("O", "stabilisation_set_aside", 500)
WORKING = move("O", "working_capital_set", 150)
#: What stands before, the kind, what is said, and its entry under 192号, then 41号.
CASES: list[tuple[list[str], str, dict[str, Any], list[str], list[str]]] = [
    ([], "fund_transfer", FROM_FUNDS,
     ["借 2015:5021", "贷 2015:1001", "借 2015:1001", "贷 2015:4021"],
     ["借 financial:3001", "贷 financial:1001", "借 budget:7021", "贷 budget:804101",
      "借 financial:1001", "贷 financial:3001", "借 budget:804101", "贷 budget:6021"]),
    ([], "fund_transfer", {"fund_type_code": "13", "to_fund_type_code": "111"},
     ["借 2015:5021", "贷 2015:1001", "借 2015:1001", "贷 2015:4021"],
     ["借 financial:3001", "贷 financial:1001", "借 budget:7021", "贷 budget:804101",
      "借 financial:1001", "贷 financial:3001", "借 budget:804101", "贷 budget:6021"]),
    (["stabilisation_set_aside"], "stabilisation_drawn", {}, ["借 2015:3031", "贷 2015:4031"],
     ["借 financial:3021", "贷 financial:3001", "借 budget:8031", "贷 budget:6031"]),
    ([], "stabilisation_set_aside", {}, ["借 2015:5031", "贷 2015:3031"],
     ["借 financial:3001", "贷 financial:3021", "借 budget:7031", "贷 budget:8031"]),
    ([], "working_capital_set", {}, ["借 2015:3001", "贷 2015:3033"],
     ["借 financial:3001", "贷 financial:3022", "借 budget:8001", "贷 budget:8033"]),
    (["working_capital_set"], "working_capital_to_stabilisation", {}, ["借 2015:3033", "贷 2015:3031"],
     ["借 financial:3022", "贷 financial:3021", "借 budget:8033", "贷 budget:8031"]),
]  # fmt: skip


@pytest.mark.parametrize("year", [2022, 2023])
@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{c[1]}" for n, c in enumerate(CASES)])
def test_each_move_posts_its_entry(
    city: Conn, case: tuple[list[str], str, dict[str, Any], list[str], list[str]], year: int
) -> None:
    before, kind, given, old, new = case
    if year == 2023:
        bring_over(city)
    for n, what in enumerate(before):
        record(city, move(f"先{n}", what, year=year), year=year)
    item = move("甲", kind, year=year, **given)
    assert record(city, item, year=year) == [True]
    assert record(city, item, year=year) == [False]
    book = "treasury_" if year == 2022 else "treasury_2022_"
    lines = old if year == 2022 else new
    assert entry(city, "fund_move:甲:posted") == [f"{s.replace(' ', f' {book}', 1)} 100.00" for s in lines]
    assert KINDS[kind].rule in rule_codes(city, "fund_move:甲:posted") or year == 2023
    city.execute("set constraints all immediate")
    assert verify_within(city).ok


def bring_over(conn: Conn) -> None:
    """Books of 2023 that begin with money of each fund."""
    legs = [Leg("opening_balance", 10_000 * YUAN, block(2023, fund)) for fund in ("111", "121", "13")]
    paper = a_document(conn, CITY, 2023)
    post(conn, [voucher("begin:2023", CITY, date(2023, 1, 1), legs, document_id=paper, summary="期初")])
    spent = Coding(2022, CITY, "111", exp_func_code="2050202", gov_bgt_eco_code="50201")
    legs = [Leg("expenditure_paid", 5_000 * YUAN, spent)]
    post(conn, [voucher("more", CITY, date(2022, 5, 1), legs, document_id=paper, summary="支出")])


def test_every_kind_has_its_entry_shown() -> None:
    assert {case[1] for case in CASES} == set(KINDS) - {
        rules.DEFICIT_REDUCED
    }  # it is the next year's quota book


REFUSALS: list[tuple[str, list[Move], str]] = [
    ("general money to a fund", [move("A", "fund_transfer", to_fund_type_code="121")], "没有规定允许"),
    ("of no kind of fund",
     [move("A", "fund_transfer", **{**FROM_FUNDS, "fund_kind_code": ""})], "哪一种基金"),
    ("of a section", [move("A", "fund_transfer", **{**FROM_FUNDS, "fund_kind_code": "10301"})], "哪一种基金"),
    ("a kind of other money", [move("A", "fund_transfer", fund_type_code="13", to_fund_type_code="111",
                                    fund_kind_code=LAND)], "只有调出政府性基金写基金种类"),
    ("to nowhere", [move("A", "fund_transfer", fund_type_code="121")], "没有规定允许"),
    ("of a fund's own", [move("A", "stabilisation_set_aside", fund_type_code="121")], "只属于一般公共预算"),
    ("two funds of a reserve",
     [move("A", "stabilisation_drawn", to_fund_type_code="121")], "只有预算间调入调出"),
    ("bonds of the general budget into the reserve",
     [move("A", "stabilisation_set_aside", fund_type_code="112")], "不含债券"),
    ("bonds of a fund to the general budget",
     [move("A", "fund_transfer", fund_type_code="122", to_fund_type_code="111")], "没有规定允许"),
    ("more than the general budget holds",
     [move("A", "stabilisation_set_aside", 30_001)], "超收和结余.*为 30000.00 元，不够安排 30001.00 元"),
    ("more than it holds, in two",
     [move("P", "stabilisation_set_aside", 29_000), move("A", "stabilisation_set_aside", 1_001)],
     "超过现有的余额.*超收和结余"),
    ("without an approval", [move("A", "working_capital_set", approval_no=" ")], "没有写明批准文号"),
    ("a day to come", [move("A", "working_capital_set", happened_on=day(2022, 9))], "晚于今天"),
    ("nothing", [move("A", "working_capital_set", 0)], "不是正数"),
    ("more than the budget of the fund leaves free",
     [move("A", "fund_transfer", 201, **FROM_FUNDS)], "可以调出的超收和结余.*为 200.00 元，不够安排 201.00"),
    ("more than the budget of state capital has",
     [move("A", "fund_transfer", 1_001, fund_type_code="13", to_fund_type_code="111")], "为 1000.00 元"),
    ("of a kind of fund that has none", [move("A", "fund_transfer", 1, **{**FROM_FUNDS, "fund_kind_code":
     "1030156"})], "为 0.00 元，不够安排 1.00 元"),
    ("a working fund out of what the budget needs",
     [move("P", "stabilisation_set_aside", 29_900), move("A", "working_capital_set", 101)],
     "超收和结余.*为 100.00 元，不够安排 101.00 元"),
    ("more than stands in the fund",
     [move("A", "stabilisation_drawn", 1)], "超过现有的余额.*预算稳定调节基金"),
    ("more than the budget draws",
     [SET_ASIDE, move("A", "stabilisation_drawn", DRAWN_AT_MOST + 1)], "批准动用 300.00 元.*第六十七条"),
    ("more than the budget draws, in two",
     [SET_ASIDE, move("P", "stabilisation_drawn", 200), move("A", "stabilisation_drawn", 101)], "第六十七条"),
    ("a working fund beyond a hundredth of spending",
     [WORKING, move("A", "working_capital_set", 51)], "超过本级一般公共预算支出 20,000.00 元的 1%"),
    ("more working fund than there is",
     [WORKING, move("A", "working_capital_to_stabilisation", 151)], "超过现有的余额.*预算周转金"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("moves", "why"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_what_is_refused_posts_nothing(city: Conn, moves: list[Move], why: str) -> None:
    *before, last = moves
    for one in before:
        record(city, one)
    posted = city.execute("select count(*) from ledger.entry").fetchone()
    with pytest.raises(RuleBroken, match=why) as refused, city.transaction():
        record(city, last)
    assert "请" in refused.value.hint and "重新提交" not in refused.value.hint
    assert city.execute("select count(*) from ledger.entry").fetchone() == posted


def test_all_that_stands_may_be_used(city: Conn) -> None:
    record(city, SET_ASIDE, move("A", "stabilisation_drawn", DRAWN_AT_MOST))
    record(city, move("B", "fund_transfer", 200, **FROM_FUNDS))
    record(city, move("C", "working_capital_set", 200))


def budget_of(conn: Conn, own: int, spending: int) -> None:
    """An approved budget of own revenue and of spending out of it and of what was carried."""
    sources = [Source("111", "101010101", own * YUAN, "own")]
    if spending > own:
        sources.append(Source("111", "11008", (spending - own) * YUAN, "carried"))
    on, paper = date(2022, 1, 2), a_budget(conn, CITY)
    needs = [Spending("111", spending * YUAN, exp_func_code="2050202")]
    post(conn, [approval_entry(
        "more", (2022, CITY), sources, needs, on=on, document_id=paper, summary="批复")])  # fmt: skip


@pytest.mark.parametrize(
    ("own", "spending", "free"),
    [(5_000, 5_000, 30_000), (1, 10_001, 20_000), (40_000, 60_000, 10_000), (5_000, 40_000, 0)],
)
def test_what_the_budget_needs_is_not_set_aside(city: Conn, own: int, spending: int, free: int) -> None:
    budget_of(city, own, spending)
    with pytest.raises(RuleBroken, match="预算法第六十六条"), city.transaction():
        record(city, move("A", "stabilisation_set_aside", free + 1))
    assert not free or record(city, move("B", "stabilisation_set_aside", free)) == [True]


@pytest.mark.parametrize(
    ("kind", "funds", "is_refused"),
    [("fund_transfer", ("122", "111"), True), ("fund_transfer", ("112", "121"), True),
     ("fund_transfer", ("111", "121"), True), ("stabilisation_set_aside", ("112", ""), True),
     ("working_capital_set", ("122", ""), True),
     *(("fund_transfer", (r.from_fund, r.to_fund), False) for r in routes()),
     ("stabilisation_set_aside", ("111", ""), False)],
)  # fmt: skip
def test_the_database_holds_the_ways_of_money(
    city: Conn, monkeypatch: pytest.MonkeyPatch, kind: str, funds: tuple[str, str], is_refused: bool
) -> None:
    """Whatever code brings a move to its end: only ways of the table are ways."""
    monkeypatch.setattr(reserves, "_faults", lambda *_: iter(()))
    monkeypatch.setattr(rules, "route", lambda *_: routes()[0])
    told = {"fund_kind_code": LAND} if (kind, funds[0]) == ("fund_transfer", "121") else {}
    given = move("A", kind, fund_type_code=funds[0], to_fund_type_code=funds[1], **told)
    if is_refused:
        with pytest.raises(RuleBroken, match="没有规定允许"), city.transaction():
            record(city, given)
    else:
        assert record(city, given) == [True]


@pytest.mark.parametrize("kind", ["", "10301", "1030148X", "1010101"])
def test_the_database_demands_the_kind_of_fund(
    city: Conn, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(reserves, "_faults", lambda *_: iter(()))
    with pytest.raises(RuleBroken, match="哪一种基金"), city.transaction():
        record(city, move("A", "fund_transfer", **{**FROM_FUNDS, "fund_kind_code": kind}))


def test_what_a_fund_holds_is_posted_under_its_kind_alone(city: Conn) -> None:
    """Whoever posts: balances of government funds have no part of no kind."""
    leg = Leg("opening_balance", YUAN, Coding(2022, CITY, "121"))
    with pytest.raises(RuleBroken, match="没有写明基金种类"), city.transaction():
        paper = a_document(city, CITY, 2022)
        post(city, [voucher("no-kind", CITY, date(2022, 1, 1), [leg], document_id=paper, summary="期初")])


def test_who_makes_a_move_does_not_post_it(city: Conn) -> None:
    reserves.make_moves(city, [SET_ASIDE], by="clerk", on=day())
    with pytest.raises(MissingDuty):
        reserves.post_moves(city, ["O"], by="clerk", on=day())


def test_what_was_used_is_not_taken_out_of_the_reserve_before(city: Conn) -> None:
    record(city, SET_ASIDE, move("A", "stabilisation_drawn", DRAWN_AT_MOST))
    for number, is_refused in (("O", True), ("A", False), ("O", False)):
        try:
            with city.transaction():
                reverse(city, number)
        except psycopg.Error as refusal:
            assert is_refused and "预算稳定调节基金" in str(refusal)
        else:
            assert not is_refused


def test_a_transfer_that_was_spent_is_not_taken_back(city: Conn) -> None:
    """What a budget received of another is there as long as quotas and payments rest on it."""
    record(city, move("T", "fund_transfer", 200, **FROM_FUNDS))
    record(city, move("A", "stabilisation_set_aside", 30_000))
    spent = Coding(2022, CITY, "111", exp_func_code="2050202", gov_bgt_eco_code="50201")
    legs = [Leg("expenditure_paid", 200 * YUAN, spent)]
    paper = a_document(city, CITY, 2022)
    post(city, [voucher("all", CITY, day(), legs, document_id=paper, summary="支出")])
    with pytest.raises(psycopg.Error, match="动用、调入的已经支出，不能冲销"), city.transaction():
        reverse(city, "T")
    reverse(city, "A")
    reverse(city, "T")


def reverse(conn: Conn, number: str) -> None:
    given = [(f"冲{number}", "fund_move", number, "金额记错一位")]
    draft_reversals(conn, REVERSAL, REVERSIBLE, given, by="clerk", on=day(2022, 6))
    confirm_reversals(conn, REVERSAL, REVERSIBLE, [f"冲{number}"], by="reviewer", on=day(2022, 6))
    conn.execute("set constraints all immediate")
    conn.execute("set constraints all deferred")


def test_what_the_budget_does_not_draw_is_told_where_it_is_approved(city: Conn) -> None:
    record(city, SET_ASIDE)
    with pytest.raises(RuleBroken, match="批准动用") as refused, city.transaction():
        record(city, move("A", "stabilisation_drawn", DRAWN_AT_MOST + 1))
    hint = refused.value.hint
    assert "fisc budget make-adjustments" in hint and "resolve-adjustments" in hint


@pytest.mark.parametrize("element", ["exp_func_code", "tp_func_code"])
@pytest.mark.parametrize("fen", [0, 60 * YUAN, 100 * YUAN, 130 * YUAN])
def test_a_transfer_budget_that_was_carried_out_does_not_lapse(city: Conn, fen: int, element: str) -> None:
    """What moved to another budget needed no quotas: what the budget had beyond it alone lapses."""
    sources, planned = [Source("13", "1030601", 100 * YUAN)], 100 * YUAN
    spending = [Spending("13", planned, **{element: "2300804"})]
    place, paper = (2022, CITY), a_budget(city, CITY, 2022)
    post(city, [approval_entry("b13", place, sources, spending, on=day(), summary="预算", document_id=paper)])
    if fen:
        record(city, move("T", "fund_transfer", fen // YUAN, fund_type_code="13", to_fund_type_code="111"))
    (found,) = unallotted(city, [CITY], 2022).values()
    left = [(one.func_code, one.fen) for one in found if one.func_code.startswith("230")]
    assert left == ([("2300804", planned - fen)] if fen < planned else [])
