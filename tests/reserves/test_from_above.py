"""What a budget counts on from above is given out as its documents are registered, and none of them twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.budget.services import SourceChange, SpendingChange, adjustment
from fisc.closing import services as closing
from fisc.documents import RuleBroken, define_officers
from fisc.kernel import QuotaShortfall, post
from fisc.transfers import services as tr
from tests.budget import quota_world as world
from tests.papers import a_budget
from tests.transfers.world import source

CITY, YEAR, YUAN = world.CITY, world.YEAR, world.YUAN
DAY, JUNE, NEW_YEAR = date(YEAR, 6, 1), date(YEAR, 6, 20), date(YEAR + 1, 1, 5)
KNOWN: dict[str, Any] = {"is_budgeted": True, "confirm_reason": "两份文件，已核对原件"}
HANDS: dict[str, Any] = {"by": "zm", "reviewed_by": "zr", "on": DAY}
FIRST, SECOND = "内财教〔2022〕12号", "内财教〔2022〕13号"
GENERAL, SHARED, SPECIAL, OF_FUNDS = "1100202", "1100245", "1100305", "1100401"
SCHOOLS, ROADS = "2050202", "2120801"
#: What the budget of schools has without money from above, in yuan; and that of government funds.
OWN, LAND = 1_000_000, 200_000
ON_LAND = {
    "fund_type_code": "121", "exp_func_code": ROADS, "gov_bgt_eco_code": "50601", "dep_bgt_eco_code": "31005",
}  # fmt: skip


@pytest.fixture
def city(ready_db: str) -> Iterator[world.Conn]:
    """A city whose budget of schools is all of its general budget, so that what waits is what one sees."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, world.OF_TRANSFERS)
        approve(conn, [Source("111", "10101", -530_000 * YUAN)],
                [Spending("111", -500_000 * YUAN, exp_func_code="2010301"),
                 Spending("111", -30_000 * YUAN, exp_func_code="227")])  # fmt: skip
        yield conn


def approve(conn: world.Conn, sources: list[Source], spending: list[Spending]) -> None:
    paper, key = a_budget(conn, CITY), f"budget:{sources[0].rev_func_code}:{sources[0].amount_fen}"
    post(conn, [approval_entry(
        key, (YEAR, CITY), sources, spending, on=date(YEAR, 1, 2), document_id=paper, summary="批复"
    )])  # fmt: skip


def foreseen(conn: world.Conn, yuan: int, rev: str, fund: str = "111", exp: str = SCHOOLS) -> None:
    """The first budget counts on so much from above."""
    approve(
        conn, [Source(fund, rev, yuan * YUAN, "transfer")], [Spending(fund, yuan * YUAN, exp_func_code=exp)]
    )


def received(conn: world.Conn, yuan: int, rev: str, number: str = FIRST, **more: Any) -> None:
    given = source(yuan * YUAN, number, rev, **{**KNOWN, **more})
    if given.fund_type_code == "121":  # a document of funds that the budget holds names its class
        given = replace(given, lines=tuple(replace(line, exp_func_code=ROADS) for line in given.lines))
    tr.receive(conn, [given], **HANDS)


def issued(conn: world.Conn, bgt_id: str, yuan: int, **elements: str) -> None:
    """A quota out of the approved budget, all or nothing."""
    with conn.transaction():
        given = world.document(f"鄂财指〔2022〕{bgt_id[1:]}号", world.line(bgt_id, yuan, **elements))
        budget.enter(conn, [given], **{**world.SIGNED, "on": DAY})


def appended(conn: world.Conn, bgt_id: str, yuan: int, number: str = FIRST, **elements: str) -> None:
    """A quota out of what a document brought beside the budget."""
    line = world.line(bgt_id, yuan, source_type_code="2", sup_bgt_doc_no=number, **elements)
    with conn.transaction():
        given = world.document(
            f"鄂财指〔2022〕{bgt_id[1:]}号", line, source="transfer", base="received", sup_bgt_doc_no=number
        )
        budget.enter(conn, [given], **{**world.SIGNED, "on": DAY})


def refused(waits: str = "") -> Any:
    return pytest.raises(RuleBroken, match=rf"上级转移支付.*不能再下达|不能再下达.*上级转移支付.*{waits}")


@pytest.mark.parametrize(
    ("rev", "fund", "exp", "own"),
    [(GENERAL, "111", SCHOOLS, OWN), (SHARED, "111", SCHOOLS, OWN), (SPECIAL, "111", SCHOOLS, OWN),
     (OF_FUNDS, "121", ROADS, LAND)],
)  # fmt: skip
def test_what_the_budget_counts_on_waits_for_its_document(
    city: world.Conn, rev: str, fund: str, exp: str, own: int
) -> None:
    foreseen(city, 160, rev, fund, exp)
    elements = ON_LAND if fund == "121" else {}
    with refused() as said:
        issued(city, "Q1", own + 1, **elements)
    assert "列入 160.00 元，其中登记为已列预算的文件 0.00 元" in str(said.value)
    assert "第三十八条" in said.value.rule and "--is-budgeted" in said.value.hint
    issued(city, "Q2", own, **elements)
    received(city, 100, rev, fund_type_code=fund)
    number = {"sup_bgt_doc_no": FIRST}
    issued(city, "Q3", 100, **elements, **number)
    for at, of in (("Q4", {}), ("Q5", number)):
        with pytest.raises((RuleBroken, QuotaShortfall)):
            issued(city, at, 1, **elements, **of)
    received(city, 60, rev, SECOND, fund_type_code=fund)
    issued(city, "Q6", 60, **elements, sup_bgt_doc_no=SECOND)


def test_money_for_no_purpose_is_given_out_without_its_number_once_it_came(city: world.Conn) -> None:
    foreseen(city, 160, GENERAL)
    received(city, 100, GENERAL)
    issued(city, "Q1", OWN + 100)
    with refused():
        issued(city, "Q2", 1)


def test_a_document_beside_the_budget_is_asked_about_and_frees_nothing_of_it(city: world.Conn) -> None:
    """Who says that it is beside the budget spends it by its number: own money and receipts, no more."""
    foreseen(city, 160, SPECIAL)
    issued(city, "Q1", OWN)
    beside = {"is_budgeted": False, "confirm_reason": ""}
    with pytest.raises(RuleBroken, match=r"没有写明是否已列预算.*11003 预算已列、没有登记文件的 160\.00 元"):
        received(city, 160, SPECIAL, **beside)
    received(city, 10, GENERAL, SECOND, **beside)
    received(city, 160, SPECIAL, is_budgeted=False)
    appended(city, "Q2", 160)
    with refused():
        issued(city, "Q3", 1)


def test_a_document_of_another_class_is_not_what_the_budget_counts_on(city: world.Conn) -> None:
    foreseen(city, 160, SPECIAL)
    received(city, 160, GENERAL)
    with refused():
        issued(city, "Q1", OWN + 1)


def test_money_with_a_purpose_is_kept_beside_what_is_still_to_come(city: world.Conn) -> None:
    """80 of 160 came, for schools: without its number no quota has it, nor what did not come."""
    foreseen(city, 160, SPECIAL)
    received(city, 80, SPECIAL)
    with refused() as said:
        issued(city, "Q1", OWN + 1)
    assert "须留 160.00 元（其中须写明文号使用的 80.00 元）" in str(said.value)
    issued(city, "Q2", OWN)
    issued(city, "Q3", 80, sup_bgt_doc_no=FIRST)


def test_what_does_not_come_is_adjusted_away(city: world.Conn) -> None:
    foreseen(city, 160, SPECIAL)
    received(city, 100, SPECIAL)
    less = (SourceChange("111", SPECIAL, -60 * YUAN, "transfer", source_type_code="1"),)
    plan = adjustment.AdjustmentPlan(
        "调1", CITY, YEAR, DAY, JUNE, "上级资金减少", less,
        (SpendingChange("111", -60 * YUAN, exp_func_code=SCHOOLS, source_type_code="1"),),
    )  # fmt: skip
    key = adjustment.adjustment_key(CITY, YEAR, "调1")
    adjustment.make_adjustments(city, [plan], by="maker", on=DAY)
    adjustment.review_adjustments(city, [key], by="checker", on=JUNE)
    decided = adjustment.AdjustmentResolution(key, "鄂人常〔2022〕1号")
    adjustment.resolve_adjustments(city, [decided], by="congress", on=JUNE)
    issued(city, "Q1", OWN)
    issued(city, "Q2", 100, sup_bgt_doc_no=FIRST)


def test_what_is_issued_below_waits_for_the_document_too(city: world.Conn) -> None:
    approve(city, [Source("111", GENERAL, 160 * YUAN, "transfer")],
            [Spending("111", 160 * YUAN, tp_func_code="2300202")])  # fmt: skip
    issued(city, "Q1", OWN)
    given = tr.IssueDocument(
        "鄂财预〔2022〕7号", CITY, YEAR, "111", DAY, "下达",
        (tr.IssueLine(1, world.BANNER, "2300202", 160 * YUAN),),
    )  # fmt: skip
    with refused():
        tr.issue(city, [given], **HANDS)
    received(city, 160, GENERAL, is_advance=True)
    tr.issue(city, [replace(given, sup_bgt_doc_no=FIRST)], **HANDS)


def test_what_goes_on_of_a_year_is_own_money_and_what_came(city: world.Conn) -> None:
    """Of 320 that the budget counts on 160 came: quotas and documents go on with that much."""
    foreseen(city, 320, SPECIAL)
    received(city, 80, SPECIAL)
    received(city, 80, SPECIAL, SECOND)
    issued(city, "Q1", OWN)
    issued(city, "Q2", 80, sup_bgt_doc_no=SECOND)
    paper = closing.CarryPaper("结1", CITY, NEW_YEAR, "结转", "鄂财〔2023〕1号")
    closing.carry_quotas(city, paper, YEAR, **{**world.SIGNED, "on": NEW_YEAR})
    closing.carry_sources(city, [CITY], YEAR, by="till", signed_by="cashier", on=NEW_YEAR)
    (row,) = city.execute("select * from reserves_carried(%s, '111', %s)", [CITY, YEAR]).fetchall()
    assert row == ((OWN + 160) * YUAN, (OWN + 320) * YUAN, 160 * YUAN)
