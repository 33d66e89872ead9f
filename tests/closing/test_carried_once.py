"""What goes on with quotas and by number is there: what quotas had of a document goes on with them alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.closing import services as closing
from fisc.closing import source_balances
from fisc.documents import RuleBroken, define_officers
from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from tests.budget import quota_world as world
from tests.closing.world import account_sums
from tests.papers import a_budget
from tests.transfers.world import source

CITY, YEAR, YUAN = world.CITY, world.YEAR, world.YUAN
DAY, NEW_YEAR = date(YEAR, 6, 1), date(YEAR + 1, 1, 5)
TILLS: dict[str, Any] = {"by": "till", "signed_by": "cashier", "on": NEW_YEAR}
HANDS: dict[str, Any] = {"by": "zm", "reviewed_by": "zr", "on": DAY}
FIRST, SECOND = "内财预〔2022〕12号", "内财预〔2022〕13号"
SCHOOLS, ROADS = "2050202", "2120801"
#: Fund -> how its budget counts on debt lent on to it: class and kind of income, class of outlay.
BOND: dict[str, dict[str, str]] = {
    "112": {"rev": "110110101", "source": "debt", "exp": "2140104"},
    "122": {"rev": "1101102", "source": "debt", "exp": ROADS},
}
ELEMENTS = {"gov_bgt_eco_code": "50601", "dep_bgt_eco_code": "31005"}


@pytest.fixture
def city(ready_db: str) -> Iterator[world.Conn]:
    """A city with an approved budget, and officers of transfers and of the year's end."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, world.OF_TRANSFERS)
        yield conn


def foreseen(conn: world.Conn, yuan: int, fund: str, rev: str, kind: Any, exp: str, key: str = "1") -> None:
    """The congress approves a budget that counts on so much from above."""
    world.post(conn, [approval_entry(
        f"budget:foreseen:{fund}:{rev}:{key}", (YEAR, CITY), [Source(fund, rev, yuan * YUAN, kind)],
        [Spending(fund, yuan * YUAN, exp_func_code=exp)], on=date(YEAR, 1, 2),
        document_id=a_budget(conn, CITY), summary="批复",
    )])  # fmt: skip


def received(conn: world.Conn, yuan: int, number: str = FIRST, **more: Any) -> None:
    """A document comes whose money the budget counts on."""
    tr.receive(conn, [source(yuan * YUAN, number, **{"is_budgeted": True, **more})], **HANDS)


def of_bond(fund: str) -> dict[str, str]:
    return {"fund_type_code": fund, "exp_func_code": BOND[fund]["exp"], "is_debt": "1", **ELEMENTS}


def issued(conn: world.Conn, bgt_id: str, yuan: int, **elements: str) -> None:
    with conn.transaction():
        given = world.document(f"鄂财指〔2022〕{bgt_id[1:]}号", world.line(bgt_id, yuan, **elements))
        budget.enter(conn, [given], **{**world.SIGNED, "on": DAY})


def carried(conn: world.Conn, number: int = 1) -> None:
    """Quotas go on into the next year."""
    paper = closing.CarryPaper(f"结{number}", CITY, NEW_YEAR, "结转", "鄂财〔2023〕1号")
    closing.carry_quotas(conn, paper, YEAR, **{**world.SIGNED, "on": NEW_YEAR})


def on_by_number(conn: world.Conn) -> dict[str, int]:
    """Number -> yuan that the next year's pools hold."""
    found = {
        number: sum(one.fen for one in tr.stages(conn, [number], ["quota:9200"], (CITY, YEAR + 1)))
        for number in (FIRST, SECOND)
    }
    return {number: fen // YUAN for number, fen in found.items() if fen}


def a_bond(conn: world.Conn, fund: str, counted: int, came: int) -> None:
    of = BOND[fund]
    foreseen(conn, counted, fund, of["rev"], of["source"], of["exp"])
    received(conn, came, code=of["rev"], fund_type_code=fund, approval_no="鄂人常发〔2022〕5号")


@pytest.mark.parametrize("fund", BOND)
@pytest.mark.parametrize(("quota", "goes_on"), [(80, {}), (50, {FIRST: 30})])
def test_of_a_bond_goes_on_by_number_what_no_quota_has(
    city: world.Conn, fund: str, quota: int, goes_on: dict[str, int]
) -> None:
    """The budget counts on twice as much as came: what did not come is no money of the document."""
    a_bond(city, fund, 160, 80)
    issued(city, "Q1", quota, **of_bond(fund))
    carried(city)
    closing.carry_sources(city, [CITY], YEAR, **TILLS)
    assert on_by_number(city) == goes_on
    assert not account_sums(city, CITY, YEAR * 100, YEAR * 100 + 13, "source_register")
    assert verify_within(city).ok


def test_documents_of_a_fund_share_what_its_quotas_left(city: world.Conn) -> None:
    a_bond(city, "122", 200, 80)
    received(city, 60, SECOND, code="1101102", fund_type_code="122", approval_no="鄂人常发〔2022〕5号")
    issued(city, "Q1", 100, **of_bond("122"))
    closing.carry_sources(city, [CITY], YEAR, **TILLS)
    assert on_by_number(city) == {FIRST: 40}
    carried(city)


@pytest.mark.parametrize("sources_first", [True, False])
def test_no_paper_carries_beyond_what_there_is(
    city: world.Conn, monkeypatch: pytest.MonkeyPatch, sources_first: bool
) -> None:
    """Whoever writes the papers: quotas and documents together are no more than came and is not spent."""
    a_bond(city, "122", 160, 80)
    issued(city, "Q1", 80, **of_bond("122"))
    blind(monkeypatch)
    steps = [lambda: carried(city), lambda: closing.carry_sources(city, [CITY], YEAR, **TILLS)]
    first, last = reversed(steps) if sources_first else steps
    first()
    with pytest.raises(RuleBroken, match=r"结转下年的共 160\.00 元，超过可以结转的 80\.00 元") as refused:
        last()
    assert "第四十二条" in refused.value.rule and "carry-sources" in refused.value.hint


def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers are written as they were before: what the budget counts on is taken for money."""
    monkeypatch.setattr(source_balances.reserves, "still_to_come", lambda *_: {})


def carried_twice(conn: world.Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older paper stands by which what quotas had went on by number as well."""
    a_bond(conn, "122", 160, 80)
    issued(conn, "Q1", 80, **of_bond("122"))
    carried(conn)
    with monkeypatch.context() as before:
        blind(before)
        unwatched = "update ledger.watching set asked = 'jsonb_typeof' where name = 'carried'"
        conn.execute(unwatched)
        closing.carry_sources(conn, [CITY], YEAR, **TILLS)
        conn.execute("update ledger.watching set asked = 'reserves_require_carried' where name = 'carried'")


def test_what_went_on_twice_is_named_and_the_next_paper_takes_it_back(
    city: world.Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried_twice(city, monkeypatch)
    assert on_by_number(city) == {FIRST: 80}
    status = closing.year_end_status(city, CITY, YEAR)
    (due,) = [one for one in status.affairs if one.rule_id == "year_end.sources_uncarried"]
    assert f"{FIRST} 多结转 80.00 元，红字冲回" in due.what
    with pytest.raises(RuleBroken, match="多结转 80"):
        closing.close_quota_books(city, [CITY], YEAR, **TILLS)
    (done,) = closing.carry_sources(city, [CITY], YEAR, **TILLS)
    assert done.is_new and not on_by_number(city)
    assert not closing.carry_sources(city, [CITY], YEAR, **TILLS)[0].is_new
    closing.close_quota_books(city, [CITY], YEAR, **TILLS)
    assert not account_sums(city, CITY, YEAR * 100, YEAR * 100 + 13, "quota")
    assert verify_within(city).ok


def test_of_what_went_on_twice_comes_back_what_waits_still(
    city: world.Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried_twice(city, monkeypatch)
    used = replace(
        world.line(
            "N1", 50, fiscal_year=str(YEAR + 1), pro_code="Q1", source_type_code="2", **of_bond("122")
        ),
        is_executable=False,
    )
    given = budget.QuotaDocument(
        "鄂财指〔2023〕9号", CITY, YEAR + 1, NEW_YEAR, "下达", (used,), source="transfer", base="received",
        sup_bgt_doc_no=FIRST,
    )  # fmt: skip
    budget.enter(city, [given], **{**world.SIGNED, "on": NEW_YEAR})
    closing.carry_sources(city, [CITY], YEAR, **TILLS)
    assert not on_by_number(city)
    fen = budget.quota_balances(city, ["N1"])["N1"].total_fen
    assert fen == 50 * YUAN  # it is spent or given back by who has it; the year is not closed before
    closing.close_quota_books(city, [CITY], YEAR, **TILLS)


def test_a_carried_quota_that_is_cut_with_its_source_is_not_carried(city: world.Conn) -> None:
    issued(city, "Q1", 80)
    carried(city)
    assert {one.amount_fen for one in budget.carried_out(city, [CITY], YEAR)} == {80 * YUAN}
    cut = world.operation("减1", ("Q1-J", 30), fiscal_year=YEAR + 1, dated_on=NEW_YEAR)
    budget.cut(city, [cut], with_source=True, **{**world.SIGNED, "on": NEW_YEAR})
    assert {one.amount_fen for one in budget.carried_out(city, [CITY], YEAR)} == {50 * YUAN}
    rows = city.execute("select fen from budget_carried_out(%s, '111', %s)", [CITY, YEAR]).fetchall()
    assert rows == [(50 * YUAN,)]
    short = closing.left_over(city, [CITY], YEAR)[CITY].short
    assert sum(short.values()) == 50 * YUAN
