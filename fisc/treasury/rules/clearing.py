"""Entries of clearing: only a region with a payment agency of its own has any (192-T13 清算, with T12).

Elsewhere the treasury's money was spent when the bank's receipt came; clearing moves it between the
central-bank treasury and the agent bank, and the ledger has nothing to add.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fisc.documents import Leg, voucher, year_end
from fisc.kernel import Coding, Entry
from fisc.treasury.rules.payments import Held, clearing_legs


def of_payment(payment: Held, on: date) -> Entry | None:
    """A cleared payment's entry in a region with a payment agency."""
    legs = clearing_legs(payment, payment.amount_fen)
    return _voucher(f"pay_app:{payment.pay_app_no}:cleared", payment, on, legs)


def of_refund(payment: Held, refund_no: str, amount_fen: int, on: date) -> Entry | None:
    """A cleared refund's: the same legs in red."""
    return _voucher(f"refund:{refund_no}:cleared", payment, on, clearing_legs(payment, -amount_fen))


def _voucher(key: str, payment: Held, on: date, legs: Sequence[Leg]) -> Entry | None:
    if not legs:
        return None
    return voucher(key, payment.mof_div_code, on, legs, summary=f"清算 {payment.summary}")


def agency_closed(key: str, region: str, fiscal_year: int, totals: Sequence[tuple[Coding, int]]) -> Entry:
    """年终冲转 (192-T13): 借2091 贷5001 for each coding block of the agency's books, in December."""
    legs = [Leg("direct_payment_year_end", fen, coding) for coding, fen in totals]
    day, period = year_end(fiscal_year)
    return voucher(key, region, day, legs, summary="年终冲转已结报支出", period=period)
