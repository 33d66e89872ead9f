"""Payments that will not be made as they are: withdrawn, or with their payee put right after a return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.documents import advance, read, taken
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel import post
from fisc.kernel.coding import codings_of
from fisc.kernel.posting import in_transaction
from fisc.registry import carried
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.rules import payments as rules
from fisc.treasury.services import payees
from fisc.treasury.services.payments import certify

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class PayeeCorrection:
    """The payee of a payment, put right."""

    pay_app_no: str
    payee_name: str
    payee_acct_no: str
    payee_bank_no: str = ""


def withdraw(conn: Conn, pay_app_nos: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
    """Withdraw payments that were not sent, or came back (撤销): the quota is free again (36-10).

    True where this call did it. Raises WrongState for payments that the bank has, or has paid.
    """
    return in_transaction(conn, lambda: _withdraw(conn, pay_app_nos, by, on, note))


def _withdraw(conn: Conn, pay_app_nos: Sequence[str], by: By, on: date, note: str) -> list[bool]:
    moved = advance(conn, PAYMENT, pay_app_nos, "withdraw", by=by, on=on, note=note)
    blocks = codings_of(conn, (payment.coding_id for payment in moved))
    post(conn, [rules.withdrawn(payment, blocks[payment.coding_id], on) for payment in moved])
    return taken(pay_app_nos, moved)


def correct_payees(
    conn: Conn, corrections: Sequence[PayeeCorrection], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Put the payee of payments right (更正收款信息) that came back, or that no bank has yet: True where new.

    As often as needed. The money stays held until `certify` makes their new certificates (…-2). Raises
    RuleBroken where the account is not registered or bears another name, WrongState where a bank has it.
    """
    return in_transaction(conn, lambda: _correct(conn, corrections, by=by, on=on, note=note))


def correct_payee(
    conn: Conn,
    corrections: Sequence[PayeeCorrection],
    *,
    by: By,
    on: date,
    signed_by: By = "",
    note: str = "",
) -> list[str]:
    """`correct_payees`, and with `signed_by` the new certificates at once, by another person.

    The answer is their pay_cert_no (…-2); without `signed_by` it is the old ones. Raises as both.
    """

    def work() -> list[str]:
        correct_payees(conn, corrections, by=by, on=on, note=note)
        keys = [c.pay_app_no for c in corrections]
        if signed_by:
            return certify(conn, keys, by=signed_by, on=on)
        return [str(payment.pay_cert_no) for payment in read(conn, PAYMENT, keys)]

    return in_transaction(conn, work)


def _correct(
    conn: Conn, corrections: Sequence[PayeeCorrection], *, by: By, on: date, note: str
) -> list[bool]:
    for c in corrections:
        carried.require(f"支付申请 {c.pay_app_no} ", (
            (carried.NAME, c.payee_name), (carried.ACCOUNT, c.payee_acct_no), (carried.BANK, c.payee_bank_no),
        ))  # fmt: skip
    accounts = payees.registered(conn, corrections, on.year)
    wrong = {c.pay_app_no: payees.mismatch(c, accounts) for c in corrections}
    refuse_all({key: refusal for key, refusal in wrong.items() if refusal})
    changes = {
        "payee_name": [c.payee_name for c in corrections],
        "payee_acct_no": [c.payee_acct_no for c in corrections],
        "payee_bank_no": [c.payee_bank_no for c in corrections],
    }
    keys = [c.pay_app_no for c in corrections]
    moved = advance(conn, PAYMENT, keys, "correct", by=by, on=on, note=note, changes=changes)
    return taken(keys, moved)
