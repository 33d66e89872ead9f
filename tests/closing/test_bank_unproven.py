"""A year whose bank is not proven at its end is named, and locked only where two officers said why."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.banking import services as banking
from fisc.closing import services as closing
from fisc.documents import Officer, RuleBroken, define_officers
from fisc.kernel import close_periods
from tests.closing.world import BANNER, CITY, OTHER, YEAR, Conn

NAME, SAID = "银行存款未对平", "银行存款未对平，已说明"
NO_ACCOUNT = "没有登记国库账户，库款无从与银行核对"
ON = date(YEAR + 1, 1, 20)


def told(conn: Conn, name: str = NAME) -> list[str]:
    found = closing.year_end_status(conn, CITY, YEAR).affairs
    return [one.about for one in found if one.name == name]


def an_account(conn: Conn, number: str = "150001") -> None:
    banking.define_accounts(conn, [banking.TreasuryAccount(number, "国库账户", "011191000018", CITY, "21")])


def note(conn: Conn, number: str = "W1", *, reason: str = "银行迁址", year: int = YEAR) -> None:
    define_officers(conn, [
        Officer("tallies", "对账", "", frozenset({"reconcile"})),
        Officer("checks", "疑点审核", "", frozenset({"finding_review"})),
    ])  # fmt: skip
    banking.make_unproven_notes(conn, [banking.UnprovenBank(number, CITY, year, reason)], by="tallies", on=ON)


def approve(conn: Conn, number: str = "W1") -> None:
    banking.approve_unproven_notes(conn, [number], by="checks", on=ON)


def shut(conn: Conn, region: str = CITY) -> None:
    """Close the last period, as no service does it alone."""
    with conn.transaction():
        close_periods(conn, [region], [YEAR * 100 + 13])


def test_a_region_without_an_account_is_named(city: Conn) -> None:
    assert told(city) == [NO_ACCOUNT]


def test_an_account_that_was_never_stated_is_named(city: Conn) -> None:
    an_account(city)
    assert told(city) == ["150001 从未收到对账单"]


def test_the_database_locks_no_year_whose_bank_nobody_explained(city: Conn) -> None:
    an_account(city)
    with pytest.raises(RuleBroken, match=f"{YEAR} 年末银行存款未对平，不能封账：150001 从未收到对账单"):
        shut(city)
    note(city)
    with pytest.raises(RuleBroken, match="不能封账"):
        shut(city)  # one officer alone says nothing
    approve(city)
    assert told(city) == [] and told(city, SAID) == ["150001 从未收到对账单（说明 W1）"]
    shut(city)
    for other in (BANNER, OTHER):  # each region for itself
        with pytest.raises(RuleBroken, match="不能封账"):
            shut(city, other)


def test_what_came_since_is_not_explained_by_what_was_said_before(city: Conn) -> None:
    note(city)
    an_account(city)
    with pytest.raises(RuleBroken, match="已经不是说明 W1 所写的"), city.transaction():
        approve(city)
    note(city, "W2")
    approve(city, "W2")
    an_account(city, "150002")
    with pytest.raises(RuleBroken, match="不能封账：150002 从未收到对账单"):
        shut(city)
    note(city, "W3")
    approve(city, "W3")
    shut(city)


def test_a_reason_is_given_and_the_year_is_over(city: Conn) -> None:
    with pytest.raises(RuleBroken, match="没有写明"):
        note(city, reason=" ")
    with pytest.raises(RuleBroken, match="还没有过完"):
        note(city, year=YEAR + 1)
