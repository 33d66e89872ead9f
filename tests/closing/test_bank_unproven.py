"""A year whose bank is not proven at its end is named."""

from __future__ import annotations

from fisc.banking import services as banking
from fisc.closing import services as closing
from tests.closing.world import CITY, YEAR, Conn

NAME = "银行存款未对平"


def told(conn: Conn) -> list[str]:
    found = closing.year_end_status(conn, CITY, YEAR).affairs
    return [one.about for one in found if one.name == NAME]


def test_a_region_without_an_account_is_named(city: Conn) -> None:
    assert told(city) == ["没有登记国库账户，库款无从与银行核对"]


def test_an_account_that_was_never_stated_is_named(city: Conn) -> None:
    banking.define_accounts(
        city, [banking.TreasuryAccount("150001", "国库单一账户", "011191000018", CITY, "21")]
    )
    assert told(city) == ["150001 从未收到对账单"]
