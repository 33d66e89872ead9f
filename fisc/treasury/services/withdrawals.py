"""Payments that will not be made as they are: withdrawn, or with their payee put right after a return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import advance, findings, read, taken
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel import post
from fisc.kernel.asking import ask
from fisc.kernel.coding import codings_of
from fisc.kernel.findings import Finding
from fisc.kernel.posting import in_transaction
from fisc.registry import carried
from fisc.treasury.checks.payments import NOTHING_BESIDE, PayeeAgency, refusal, refusing
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.rules import payments as rules
from fisc.treasury.services import payees
from fisc.treasury.services.applications import PaymentApplication
from fisc.treasury.services.payments import certify
from fisc.treasury.services.revisions import application_of

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

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
    RuleBroken where the account is not registered or bears another name, where the payee may not be paid
    this, or would be paid the same twice or much together without papers, WrongState where a bank has it.
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
    before = {p.doc_key: application_of(p, {}) for p in read(conn, PAYMENT, keys, is_locked=True)}
    moved = advance(conn, PAYMENT, keys, "correct", by=by, on=on, note=note, changes=changes)
    findings.record(conn, _judged(conn, before, moved, on), on=on)
    return taken(keys, moved)


def _judged(
    conn: Conn, before: Mapping[str, PaymentApplication], moved: Sequence[Payment], on: date
) -> list[Finding]:
    """What the monitoring rules note of payments for their new payees.

    Raises RuleBroken for what they forbid. What they said of the payee before is not said again; what is paid
    beside is added up by the database.
    """
    now = {payment.doc_key: application_of(payment, {}) for payment in moved}
    if not now:
        return []
    agencies: dict[tuple[int, str, str], PayeeAgency] = {}
    for year in {payment.fiscal_year for payment in moved}:
        agencies |= ask(conn, payees.asked([*before.values(), *now.values()], year))[1]
    blocks = codings_of(conn, (payment.coding_id for payment in moved))
    found: dict[str, list[Finding]] = {}
    for payment in moved:
        was, said = (
            payees.judged(of[payment.doc_key], blocks[payment.coding_id], agencies, on, NOTHING_BESIDE)
            for of in (before, now)
        )
        known = {finding.rule_id for finding in was}
        found[payment.doc_key] = [finding for finding in said if finding.rule_id not in known]
    refuse_all({key: refusal(caught) for key, mine in found.items() if (caught := refusing(mine))})
    return [finding for mine in found.values() for finding in mine]
