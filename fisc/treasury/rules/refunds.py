"""Entries of refunds (退款).

This year's restores the quota and takes the spending back in red (36-12 with red 192-T12). Last
year's budget is closed: its refund is red in this year's spending, or waits in 2015 until it is
known what becomes of it (192-T04's accounts).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry
from fisc.treasury.rules.payments import Held, spending, treasury_leg

#: Register item of spending taken back in a later year; it belongs to no quota of this year.
LAST_YEAR = "上年退款"


def this_year(held: Held, refund_no: str, amount_fen: int, on: date, *, has_agency: bool) -> Entry:
    """36-12 restores 9402 and the stage's account; the payment's treasury leg stands again in red."""
    legs = [
        Leg("payment_refunded", amount_fen, held.coding, choices={"stage": held.stage}),
        spending(held, -amount_fen, has_agency=has_agency),
    ]
    return _voucher(held, refund_no, on, legs)


def last_year_red(held: Held, refund_no: str, amount_fen: int, on: date) -> Entry:
    """Red spending of this year (red 192-T12) on the old elements, marked as of last year."""
    return _voucher(held, refund_no, on, [treasury_leg(_this_years(held.coding, on), -amount_fen)])


def last_year_held(held: Held, refund_no: str, amount_fen: int, on: date) -> Entry:
    """借1001 贷2015 until it is known what the money is (192-T04)."""
    return _voucher(
        held, refund_no, on, [Leg("unidentified_receipt", amount_fen, _this_years(held.coding, on))]
    )


def _this_years(coding: Coding, on: date) -> Coding:
    return replace(coding, fiscal_year=on.year, item_code=LAST_YEAR)


def _voucher(held: Held, refund_no: str, on: date, legs: list[Leg]) -> Entry:
    return voucher(
        f"refund:{refund_no}:recorded", held.mof_div_code, on, legs,
        summary=f"退款 {held.summary}", source_ref=held.pay_app_no,
    )  # fmt: skip
