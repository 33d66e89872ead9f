"""Entries of refunds (退款).

This year's restores the quota and takes the spending back in red (36-12 with red 192-T12). Last
year's budget is closed: its refund is red in this year's spending, or waits in 2015 until it is
decided what becomes of it (192-T04's accounts, `rules.other`). Money of a document from above keeps its
number: what is taken off this year's spending waits in this year's pool of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry
from fisc.treasury.kinds import REFUND
from fisc.treasury.rules.payments import (
    AGENCY,
    CLEARING,
    PAID_DAY,
    owed_to_bank,
    spending,
    treasury_legs,
    way_of,
)

if TYPE_CHECKING:
    from fisc.treasury.models import Payment, Refund

#: 上年结余收入: the class of revenue of what years before left.
_LEFT_OVER: Final = "11008"


def recorded(refund: Refund, payment: Payment, coding: Coding, *, way: str) -> Entry:
    """The entry of a refund, by its kind. `coding` is the block of the payment's quota.

    this_year: 36-12 restores 9402 and the stage's account; the payment's treasury leg stands again in
    red. last_year_red: red spending of this year (red 192-T12) on the old elements, marked as of last
    year, and a source of this year under its number from above, where it has one (`restored`).
    last_year_held: 借1001 贷2015 until it is known what the money is (192-T04). By the day of clearing the
    agent bank keeps what came back, and is owed that much less.
    """
    fen = refund.amount_fen
    if refund.kind == "last_year_red":
        # an agency's books are those of its year: what comes back later is the treasury's own
        of_old = PAID_DAY if way == AGENCY else way_of(payment, way)
        block = this_years(coding, refund)
        legs = [*treasury_legs(block, -fen, of_old), *restored(block, fen)]
    elif refund.kind == "last_year_held":
        legs = [_held(this_years(coding, refund), fen, way_of(payment, way))]
    else:
        legs = [
            Leg("payment_refunded", fen, coding, choices={"stage": payment.stage}),
            *spending(payment, coding, -fen, way),
        ]
    return voucher(
        REFUND.event(refund.doc_key, "recorded"), payment.mof_div_code, refund.refunded_on, legs,
        document_id=refund.id, summary=f"退款 {payment.purpose}", source_ref=refund.pay_app_no,
    )  # fmt: skip


def _held(coding: Coding, fen: int, way: str) -> Leg:
    if way != CLEARING:
        return Leg("unidentified_receipt", fen, coding)
    return Leg("unidentified_receipt", fen, owed_to_bank(coding), credit=coding, choices={"basis": way})


def restored(block: Coding, fen: int) -> list[Leg]:
    """36-04 in its first step: money of a document from above that came back waits in the pool of its number.

    Its source says the class in which it had been spent. Nothing for money without a number.
    """
    if not block.sup_bgt_doc_no:
        return []
    pool = Coding(
        block.fiscal_year, block.mof_div_code, block.fund_type_code, sup_bgt_doc_no=block.sup_bgt_doc_no
    )
    source = replace(
        pool, rev_func_code=_LEFT_OVER, exp_func_code=block.exp_func_code, is_last_year=block.is_last_year
    )
    return [Leg("quota_added", fen, source, pool, choices={"source": "carried"}, step=1)]


def this_years(coding: Coding, refund: Refund) -> Coding:
    """The block on which an earlier year's money that came back stands this year."""
    return replace(coding, fiscal_year=refund.refunded_on.year, is_last_year="1")
