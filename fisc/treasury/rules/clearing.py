"""Entries of clearing, where cash leaves then: with a payment agency (192-T13 清算, T12), or by choice.

Elsewhere the treasury's money was spent when the bank's receipt came; clearing moves it between the
central-bank treasury and the agent bank, and the ledger has nothing to add.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from fisc.documents import Leg, voucher, year_end
from fisc.kernel import Coding, Entry
from fisc.treasury.kinds import PAYMENT, REFUND
from fisc.treasury.rules.payments import AGENCY, CLEARING, clearing_legs
from fisc.treasury.rules.refunds import this_years

if TYPE_CHECKING:
    from fisc.treasury.models import Payment, Refund


def of_payment(payment: Payment, coding: Coding, on: date, way: str) -> Entry | None:
    """A cleared payment's entry, None where clearing has nothing to add."""
    key = PAYMENT.event(payment.doc_key, "cleared")
    legs = clearing_legs(payment, _of_the_day(coding, on, way), payment.amount_fen, way)
    return _voucher(key, payment.id, payment, on, legs)


def of_refund(refund: Refund, payment: Payment, coding: Coding, on: date, way: str) -> Entry | None:
    """A cleared refund's: the same legs in red. An earlier year's was never in an agency's books."""
    key = REFUND.event(refund.doc_key, "cleared")
    is_old = refund.kind != "this_year"
    if is_old and way == AGENCY:
        return None
    block = this_years(coding, refund) if is_old else coding
    legs = clearing_legs(payment, _of_the_day(block, on, way), -refund.amount_fen, way)
    return _voucher(key, refund.id, payment, on, legs)


def _of_the_day(coding: Coding, on: date, way: str) -> Coding:
    """What is owed over the year's end stands in the books of the day on which it is cleared."""
    return replace(coding, fiscal_year=on.year) if way == CLEARING else coding


def _voucher(key: str, document_id: int, payment: Payment, on: date, legs: Sequence[Leg]) -> Entry | None:
    if not legs:
        return None
    return voucher(
        key, payment.mof_div_code, on, legs, document_id=document_id, summary=f"清算 {payment.purpose}"
    )


def agency_closed(
    key: str, document_id: int, place: tuple[str, int], totals: Sequence[tuple[Coding, int]]
) -> Entry:
    """年终冲转 (192-T13): 借2091 贷5001 for each coding block of the agency's books of a place, in December.

    `place` is (region, fiscal year).
    """
    legs = [Leg("direct_payment_year_end", fen, coding) for coding, fen in totals]
    region, fiscal_year = place
    day, period = year_end(fiscal_year)
    return voucher(
        key, region, day, legs, document_id=document_id, summary="年终冲转已结报支出", period=period
    )
