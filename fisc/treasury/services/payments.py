"""Payments from application to certificate: reviewed, approved, certified; sent back to the unit.

Every service takes one payment or ten thousand, in one transaction, with a handful of statements.
Reviewing and approving post nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import move
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By, reading
from fisc.kernel.asking import ask_all
from fisc.kernel.posting import in_transaction, is_alone
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services import payees
from fisc.treasury.services.certificates import certificate_no, certificates_made, content_digest

if TYPE_CHECKING:
    pass

Conn = psycopg.Connection[Any]


def review(conn: Conn, pay_app_nos: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
    """The unit reviews applications (单位审核). True where this call did it."""
    return move(conn, PAYMENT, pay_app_nos, "review", by=by, on=on, note=note)


def approve(conn: Conn, pay_app_nos: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
    """The treasury approves applications (财政审核). True where this call did it."""
    return move(conn, PAYMENT, pay_app_nos, "approve", by=by, on=on, note=note)


def send_back(conn: Conn, pay_app_nos: Sequence[str], *, by: By, on: date, note: str) -> list[bool]:
    """The treasury sends applications back to the unit (退回), which reviews or withdraws them."""
    return move(conn, PAYMENT, pay_app_nos, "back", by=by, on=on, note=note)


def certify(conn: Conn, pay_app_nos: Sequence[str], *, by: By, on: date) -> list[str]:
    """Make the vouchers (支付凭证) of approved payments: their pay_cert_no, in the order given.

    The payee is checked once more; the certificate's content is digested (SM3), so that what the
    bank gets is what was signed. A payment whose payee was put right gets a new number, ending in -2, -3 ...
    """
    is_lone = len(pay_app_nos) == 1 and is_alone(conn)
    return in_transaction(conn, lambda: _certify(conn, pay_app_nos, by, on, is_lone), is_single=is_lone)


def _certify(conn: Conn, pay_app_nos: Sequence[str], by: By, on: date, is_lone: bool) -> list[str]:
    payments, accounts = ask_all(
        conn, reading(PAYMENT, pay_app_nos, is_locked=not is_lone), payees.of_payments(pay_app_nos, on.year),
        is_locked=not is_lone,
    )  # fmt: skip
    waiting = [payment for payment in payments if payment.state in PAYMENT.of("certify").sources]
    wrong = {payment.doc_key: payees.mismatch(payment, accounts) for payment in waiting}
    refuse_all({key: refusal for key, refusal in wrong.items() if refusal})
    numbers = {
        payment.doc_key: certificate_no(payment.doc_key, payment.pay_type, certificates_made(payment) + 1)
        for payment in waiting
    }
    changes: dict[str, list[object]] = {
        "pay_cert_no": [numbers.get(payment.doc_key) for payment in payments],
        "voucher_digest": [content_digest(payment, numbers.get(payment.doc_key, "")) for payment in payments],
    }
    seen = payments[0] if is_lone else None
    move(conn, PAYMENT, pay_app_nos, "certify", by=by, on=on, changes=changes, seen=seen)
    return [numbers.get(payment.doc_key) or str(payment.pay_cert_no) for payment in payments]
