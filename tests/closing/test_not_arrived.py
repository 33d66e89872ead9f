"""Debt that is lent on to a government and does not arrive is no money to carry into the next year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.closing import services as closing
from fisc.documents import RuleBroken, define_officers
from fisc.kernel import close_periods, open_year
from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from tests.budget import quota_world as world
from tests.closing.world import account_sums, lock, say_why_unproven
from tests.transfers.world import UP, line, source

CITY, YEAR = world.CITY, world.YEAR
DAY, NEW_YEAR = date(YEAR, 6, 1), date(YEAR + 1, 1, 5)
TILLS = {"by": "till", "signed_by": "cashier", "on": NEW_YEAR}
HANDS = {"by": "zm", "reviewed_by": "zr"}
CODE, FUND = "110110101", "112"


@pytest.fixture
def city(ready_db: str) -> Iterator[world.Conn]:
    """A city that registered a bond of 900 fen lent on to it, and has nothing else."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        world.furnish(conn)
        define_officers(conn, world.OF_TRANSFERS)
        tr.receive(conn, [bond(900)], **HANDS, on=DAY)
        yield conn


def bond(fen: int, year: int = YEAR, **more: object) -> tr.SourceDocument:
    return source(
        fen, code=CODE, fund_type_code=FUND, approval_no="鄂人常发〔2022〕5号", fiscal_year=year, **more
    )


def arrived(conn: world.Conn, fen: int, of: str = "", on: date = DAY) -> None:
    tr.receive_cash(
        conn, [tr.LineCash(f"到{on:%Y}", of or line(UP), fen)], by="till", signed_by="cashier", on=on
    )


def taken_back(conn: world.Conn, fen: int) -> None:
    tr.take_back(conn, [tr.TakeBackItem("收1", line(UP), fen, "年末未到账")], **HANDS, on=DAY)


def opened(conn: world.Conn, book: str, month: int = 0) -> dict[str, int]:
    first = (YEAR + 1) * 100
    return account_sums(conn, CITY, first, first + month, book)


def ended(conn: world.Conn) -> None:
    closing.carry_sources(conn, [CITY], YEAR, **TILLS)
    closing.close_quota_books(conn, [CITY], YEAR, **TILLS)
    closing.settle_surplus(conn, [CITY], YEAR, **TILLS)
    closing.close_year(conn, [CITY], YEAR, **TILLS)
    closing.open_next_year(conn, [CITY], YEAR, **TILLS)


def test_what_did_not_arrive_is_named_and_neither_closed_nor_locked(city: world.Conn) -> None:
    arrived(city, 300)
    status = closing.year_end_status(city, CITY, YEAR)
    (said,) = [one for one in status.affairs if one.rule_id == "year_end.bonds_not_arrived"]
    assert said.amount_fen == 600
    assert said.refuses and "make-take-backs" in said.hint and not status.is_sound
    (claim,) = closing.owed(city, CITY, YEAR).claims
    assert (claim.name, claim.amount_fen) == ("转贷资金未到账", 600)
    for end in (ended, lambda conn: lock(conn, [CITY], YEAR)):
        with pytest.raises(RuleBroken, match=r"转贷资金未到账 1 笔 6\.00 元") as refused:
            end(city)
        assert "T16" in refused.value.rule


def test_what_arrived_goes_on_to_the_fen_and_the_rest_is_received_of_the_next_year(city: world.Conn) -> None:
    arrived(city, 300)
    taken_back(city, 600)
    open_year(city, CITY, YEAR + 1)
    ended(city)
    lock(city, [CITY], YEAR)
    assert opened(city, "treasury_2022_budget")["8001"] == opened(city, "quota")["9200"] == -300
    tr.receive(city, [bond(600, YEAR + 1)], **HANDS, on=NEW_YEAR)
    arrived(city, 600, line(UP, year=YEAR + 1), NEW_YEAR)
    assert opened(city, "treasury_2022_budget", 12)["6042"] == -600
    assert opened(city, "quota", 12)["9103"] == 600
    assert verify_within(city).ok


@pytest.mark.parametrize(("back", "fen"), [(600, 601), (600, 900), (0, 600)])
def test_a_document_brings_no_more_in_two_years_than_it_granted(
    city: world.Conn, back: int, fen: int
) -> None:
    arrived(city, 300)
    if back:
        taken_back(city, back)
    open_year(city, CITY, YEAR + 1)
    with pytest.raises(RuleBroken, match="已登记为 2022 年收到"):
        tr.receive(city, [bond(fen, YEAR + 1)], **HANDS, on=NEW_YEAR)


def test_the_database_locks_no_year_while_debt_has_not_arrived(city: world.Conn) -> None:
    months = [YEAR * 100 + month for month in range(14)]
    say_why_unproven(city, [CITY], YEAR)
    with pytest.raises(RuleBroken, match="转贷资金未到账"):
        close_periods(city, [CITY], months)
    taken_back(city, 900)
    close_periods(city, [CITY], months)


def test_the_database_locks_no_year_from_which_more_was_carried_than_it_left(city: world.Conn) -> None:
    taken_back(city, 900)
    world.entered(city, world.line("Q1", 300))
    paper = closing.CarryPaper("结1", CITY, NEW_YEAR, "结转", "鄂财〔2023〕1号")
    closing.carry_quotas(city, paper, YEAR, **{**world.SIGNED, "on": NEW_YEAR})
    with pytest.raises(RuleBroken, match=r"结转没有资金 1 笔 300\.00 元") as refused:
        closing.close_year(city, [CITY], YEAR, **TILLS)
    assert "第六十六条" in refused.value.rule
    say_why_unproven(city, [CITY], YEAR)
    with pytest.raises(RuleBroken, match=r"资金性质 111 结转下年的比年末结转结余多 300\.00 元"):
        close_periods(city, [CITY], [YEAR * 100 + 13])


def test_what_the_budget_held_already_is_taken_back_from_the_register(city: world.Conn) -> None:
    taken_back(city, 900)
    held = "内财预〔2022〕13号"
    tr.receive(city, [replace(bond(500, is_budgeted=True), doc_no=held)], **HANDS, on=DAY)
    tr.take_back(city, [tr.TakeBackItem("收2", line(held), 500, "年末未到账")], **HANDS, on=DAY)
    assert not account_sums(city, CITY, YEAR * 100, YEAR * 100 + 13, "source_register")
    assert closing.owed(city, CITY, YEAR).claims == ()
