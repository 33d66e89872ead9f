"""Spending and equity of injections agree block by block; whatever has one entry only is told."""

from __future__ import annotations

from datetime import date

from fisc.capital import services as capital
from fisc.capital.checks import one_sided_injections
from fisc.capital.services import InjectionRefund
from fisc.treasury import services as treasury
from tests.capital import world
from tests.capital.world import CITY, DAY, YUAN, Conn
from tests.treasury import paying


def test_an_injection_in_order_is_not_told(city: Conn) -> None:
    world.invested(city, world.injection(), world.injection("ZZ2", bgt_id="K2"))
    assert one_sided_injections(city, CITY, 2022) == []


def test_a_payment_without_equity_is_told_until_it_is_recognised(city: Conn) -> None:
    world.paid(city, world.injection())
    (found,) = one_sided_injections(city, CITY, 2022)
    assert (found.pro_code, found.spent_fen, found.equity_fen) == ("K1", 1_000 * YUAN, 0)
    assert "确认股权 0.00 元" in str(found)
    capital.recognise_equity(city, ["ZZ1"], by="k-head", on=DAY)
    assert one_sided_injections(city, CITY, 2022) == []


def test_injection_money_paid_past_the_register_and_refunds_not_taken_back_are_told(city: Conn) -> None:
    world.invested(city, world.injection())
    rail = {"payee_name": world.RAIL.name, "payee_acct_no": "6300002"}
    paying.paid(city, paying.application("A1", "K2", 70, **rail))
    on = date(2022, 7, 1)
    treasury.refund(city, [treasury.Refund("T1", "P-ZZ1", 50 * YUAN, on)], by="teller", on=on)
    told = [(x.pro_code, x.spent_fen, x.equity_fen) for x in one_sided_injections(city, CITY, 2022)]
    assert told == [("K1", 950 * YUAN, 1_000 * YUAN), ("K2", 70 * YUAN, 0)]
    asked = [InjectionRefund("T1", "ZZ1", 2)]
    capital.record_refunds(city, asked, by="k-maker", reviewed_by="k-head", on=on)
    assert [x.pro_code for x in one_sided_injections(city, CITY, 2022)] == ["K2"]
