"""No budget rests on money that is not there: what each kind of source rests on bounds what is given out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

import psycopg
import pytest

from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.budget.services import AdjustmentPlan, SourceChange, SpendingChange, adjustment, quotas
from fisc.documents import Leg, Officer, RuleBroken, define_officers, voucher
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.kernel import Coding, post
from fisc.reserves import services as reserves
from fisc.reserves.kinds import REVERSAL, REVERSIBLE
from tests.budget import quota_world as world
from tests.budget.quota_world import CITY, DAY, SIGNED, YEAR, YUAN, brought, document, line
from tests.papers import a_budget, a_document

Conn = psycopg.Connection
OFFICES, SCHOOLS, ROADS = "2010301", "2050202", "2120801"
JUNE = date(YEAR, 6, 20)


@pytest.fixture
def city(ready_db: str) -> Iterator[Conn]:
    """A city with an approved budget of its own revenue, and nothing from the year before."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, [
            Officer("till", "国库经办", "", frozenset({"treasury_make"})),
            Officer("checks", "国库审核", "", frozenset({"treasury_review"})),
        ])  # fmt: skip
        yield conn


def adjust(conn: Conn, *lines: SourceChange | SpendingChange, number: str = "调1") -> None:
    """An adjustment that the standing committee decided on."""
    plan = AdjustmentPlan(
        number, CITY, YEAR, DAY, JUNE, "年中调整", tuple(x for x in lines if isinstance(x, SourceChange)),
        tuple(x for x in lines if isinstance(x, SpendingChange)),
    )  # fmt: skip
    key = adjustment.adjustment_key(CITY, YEAR, number)
    with conn.transaction():
        adjustment.make_adjustments(conn, [plan], by="maker", on=DAY)
        adjustment.review_adjustments(conn, [key], by="checker", on=JUNE)
        decided = adjustment.AdjustmentResolution(key, "鄂人常〔2022〕1号")
        adjustment.resolve_adjustments(conn, [decided], by="congress", on=JUNE)


def more(code: str, yuan: int, source: str = "carried", fund: str = "111") -> SourceChange:
    return SourceChange(fund, code, yuan * YUAN, source)  # type: ignore[arg-type]


def spend(yuan: int, code: str = OFFICES, fund: str = "111") -> SpendingChange:
    return SpendingChange(fund, yuan * YUAN, exp_func_code=code)


def less(yuan: int, code: str = OFFICES, fund: str = "111") -> SpendingChange:
    """Less of a class that an adjustment added to before."""
    return SpendingChange(fund, -yuan * YUAN, exp_func_code=code, source_type_code="2")


def approve(conn: Conn, sources: list[Source], spending: list[Spending]) -> None:
    """The congress approves so much more."""
    paper, on = a_budget(conn, CITY), date(YEAR, 1, 2)
    post(conn, [approval_entry(
        "budget:more", (YEAR, CITY), sources, spending, on=on, document_id=paper, summary="批复"
    )])  # fmt: skip


def booked(conn: Conn, leg: Leg, key: str) -> None:
    post(conn, [voucher(key, CITY, DAY, [leg], document_id=a_document(conn, CITY), summary="入账")])


def issue(conn: Conn, bgt_id: str, yuan: int, **elements: str) -> None:
    """A quota of so many yuan, all or nothing."""
    with conn.transaction():
        given = document(f"鄂财指〔2022〕{bgt_id[1:]}号", line(bgt_id, yuan, **elements), dated_on=JUNE)
        quotas.enter(conn, [given], **{**SIGNED, "on": JUNE})


def move(conn: Conn, number: str, kind: str, yuan: int) -> None:
    given = reserves.Move(number, kind, CITY, "111", yuan * YUAN, JUNE, "鄂府〔2022〕2号")
    reserves.record_moves(conn, [given], by="till", reviewed_by="checks", on=JUNE)


def reverse(conn: Conn, number: str) -> None:
    draft_reversals(
        conn, REVERSAL, REVERSIBLE, [("冲1", "fund_move", number, "金额记错一位")], by="till", on=JUNE
    )
    confirm_reversals(conn, REVERSAL, REVERSIBLE, ["冲1"], by="checks", on=JUNE)


def entries(conn: Conn) -> int:
    row = conn.execute("select count(*) from ledger.entry").fetchone()
    assert row is not None
    return int(row[0])


FROM_NOTHING = {
    "last year's balance": ([more("11008", 9), spend(9)], "上年结余收入"),
    "last year's balance, by class": ([more("1100801", 9), spend(9)], "上年结余收入"),
    "of bonds": ([more("1100801", 9, fund="112"), spend(9, "2140104", "112")], "上年结余收入"),
    "of government funds": ([more("1100802", 9, fund="121"), spend(9, ROADS, "121")], "上年结余收入"),
    "another budget": ([more("1100901", 9), spend(9)], "调入资金"),
    "the stabilisation fund": ([more("11015", 9), spend(9)], "动用预算稳定调节基金"),
    "above, without a document": ([more("1100248", 9, "transfer"), spend(9)], "没有写明文号"),
    "below": ([more("1100601", 9, "transfer"), spend(9)], "上解收入"),
}


@pytest.mark.parametrize("name", FROM_NOTHING)
def test_no_adjustment_rests_on_what_is_not_there(city: Conn, name: str) -> None:
    lines, said = FROM_NOTHING[name]
    before = entries(city)
    with pytest.raises(RuleBroken, match=said) as refused:
        adjust(city, *lines)
    assert "没有来源不得安排支出" in refused.value.rule and refused.value.hint
    assert entries(city) == before


def test_an_adjustment_takes_of_last_years_balance_what_there_is_and_once(city: Conn) -> None:
    brought(city, 100)
    brought(city, 40, "121")
    adjust(city, more("1100801", 60), spend(60), number="调1")
    with pytest.raises(RuleBroken, match=r"列入 101\.00 元，有来源的 100\.00 元"):
        adjust(city, more("1100801", 41), spend(41), number="调2")
    adjust(city, more("1100801", 40), spend(40), number="调3")
    with pytest.raises(RuleBroken, match="上年结余收入"):  # the balance of one fund is none of another's
        adjust(city, more("1100802", 41, fund="121"), spend(41, ROADS, "121"), number="调4")


def test_money_comes_from_another_budget_as_that_gives_it(city: Conn) -> None:
    given = [more("1030148", 50, "own", "121"), spend(50, "2300802", "121")]
    with pytest.raises(RuleBroken, match=r"调入资金列入 51\.00 元，有来源的 50\.00 元"):
        adjust(city, *given, more("110090102", 51), spend(51))
    adjust(city, *given, more("110090102", 50), spend(50))
    issue(city, "Q1", 50, exp_func_code=OFFICES, source_type_code="2")
    with pytest.raises(RuleBroken, match="不能再下达"):  # what was given is taken away again
        adjust(city, more("1030148", -50, "own", "121"),
               less(50, "2300802", "121"),
               SpendingChange("111", -1_000_000 * YUAN, exp_func_code=SCHOOLS),
               SpendingChange("111", -500_000 * YUAN, exp_func_code=OFFICES),
               SpendingChange("111", -29_990 * YUAN, exp_func_code="227"),
               more("10101", -1_529_990, "own"), number="调2")  # fmt: skip


def test_the_stabilisation_fund_is_drawn_by_a_budget_up_to_what_stands_in_it(city: Conn) -> None:
    brought(city, 2_000_000)
    move(city, "安1", "stabilisation_set_aside", 300)
    with pytest.raises(RuleBroken, match=r"有来源的 300\.00 元"):
        adjust(city, more("11015", 301), spend(301))
    adjust(city, more("11015", 300), spend(300))
    move(city, "动1", "stabilisation_drawn", 200)
    with pytest.raises(RuleBroken, match=r"动用预算稳定调节基金列入 301\.00 元"):
        adjust(city, more("11015", 1), spend(1), number="调2")
    with pytest.raises(RuleBroken, match="不能调减到已经动用的以下"):
        adjust(city, more("11015", -101), less(101), number="调3")
    adjust(city, more("11015", -100), less(100), number="调4")


def test_what_was_drawn_and_spent_is_not_taken_back(city: Conn) -> None:
    brought(city, 2_000_000)
    move(city, "安1", "stabilisation_set_aside", 300)
    adjust(city, more("11015", 300), spend(300))
    move(city, "动1", "stabilisation_drawn", 300)
    spent = Leg("expenditure_paid", 2_000_000 * YUAN,
                Coding(YEAR, CITY, "111", exp_func_code=SCHOOLS, gov_bgt_eco_code="50502"))  # fmt: skip
    booked(city, spent, "spent")
    before = entries(city)
    with pytest.raises(RuleBroken, match="已经支出，不能冲销"):
        reverse(city, "动1")
    assert entries(city) == before


def test_the_base_of_a_source_that_was_given_out_does_not_go(city: Conn) -> None:
    brought(city, 2_000_000)
    move(city, "安1", "stabilisation_set_aside", 300)
    adjust(city, more("11015", 300), spend(300))
    for bgt_id, yuan, code in (("Q1", 1_000_000, SCHOOLS), ("Q2", 500_000, OFFICES)):
        issue(city, bgt_id, yuan, exp_func_code=code)
    approve(
        city, [Source("111", "10101", -30_000 * YUAN)], [Spending("111", -30_000 * YUAN, exp_func_code="227")]
    )
    issue(city, "Q3", 1, exp_func_code=OFFICES, source_type_code="2")
    with pytest.raises(RuleBroken, match=r"动用预算稳定调节基金列入 300\.00 元，有来源的 0\.00 元"):
        reverse(city, "安1")


def test_a_first_budget_foresees_and_is_given_out_as_far_as_it_came(city: Conn) -> None:
    approve(
        city,
        [Source("121", "1100802", 50 * YUAN, "carried")],
        [Spending("121", 50 * YUAN, exp_func_code=ROADS)],
    )
    land = {
        "fund_type_code": "121",
        "exp_func_code": ROADS,
        "gov_bgt_eco_code": "50601",
        "dep_bgt_eco_code": "31005",
    }
    issue(city, "Q1", 200_000, **land)
    with pytest.raises(RuleBroken, match=r"不能再下达.*预算剩 49\.00 元，须留 50\.00 元") as refused:
        issue(city, "Q2", 1, **land)
    assert "结转" in refused.value.hint
    brought(city, 20, "121")
    issue(city, "Q3", 20, **land)
    with pytest.raises(RuleBroken, match=r"须留 30\.00 元"):
        issue(city, "Q4", 1, **land)


def test_bonds_are_decided_before_they_are_borrowed_and_given_out_after(city: Conn) -> None:
    adjust(city, more("110110101", 90, "debt", "112"), spend(90, "2140104", "112"))
    bond = {"fund_type_code": "112", "exp_func_code": "2140104", "gov_bgt_eco_code": "50601",
            "dep_bgt_eco_code": "31005", "is_debt": "1", "source_type_code": "2"}  # fmt: skip
    with pytest.raises(RuleBroken, match=r"债务收入列入 90\.00 元，有来源的 0\.00 元"):
        issue(city, "Q1", 90, **bond)
    proceeds = Coding(YEAR, CITY, "112", rev_func_code="110110101", is_debt="1")
    booked(city, Leg("debt_onlent_in", 60 * YUAN, proceeds), "bond")
    issue(city, "Q2", 60, **bond)
    with pytest.raises(RuleBroken, match=r"须留 30\.00 元"):
        issue(city, "Q3", 1, **bond)


@pytest.mark.parametrize(("mark", "said"), [("", "有来源的 0.00 元"), ("2", "只由结转转入")])
def test_no_quota_is_appended_from_a_balance_that_is_not_there(city: Conn, mark: str, said: str) -> None:
    given = document(
        "鄂财指〔2022〕9号", line("Q1", 9, bgt_type_code=mark, source_type_code="2"), base="added",
        source="carried", rev_func_code="1100801", basis_doc_no="鄂府〔2022〕7号",
    )  # fmt: skip
    before = entries(city)
    with pytest.raises(RuleBroken, match=said):
        quotas.append(city, [given], **SIGNED)
    assert entries(city) == before


def test_the_database_knows_the_kinds_of_sources_of_the_table(city: Conn) -> None:
    """Each kind of budget_sources.csv, and no other, by account and class."""
    text = files("fisc.reserves").joinpath("data/budget_sources.csv").read_text("utf8")
    rows = list(csv.DictReader(text.splitlines()))
    classes = (
        "10101",
        "105",
        "1100248",
        "1100310",
        "11006",
        "11008",
        "110090102",
        "11011",
        "11015",
        "11021",
        "",
    )
    for account in ("9101", "9102", "9103", "9104", "9105"):
        for code in classes:
            row = city.execute("select reserves_source_kind(%s, %s)", [f"quota:{account}", code]).fetchone()
            meant = [r["bound"] for r in rows if r["account"] == account and re.search(r["form"], code)]
            assert row is not None and [row[0]] == (meant or [None]), (account, code)
