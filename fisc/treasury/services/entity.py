"""实拨: payments straight from the treasury's account to a unit's own, by allocation certificate (拨款凭证).

They pass the same hands as other payments (`apply` with pay_type `entity`, review, approve, certify,
send). There is no agent bank: the central-bank treasury pays, so its receipt is the clearing too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.documents import RuleBroken, move
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel import FiscError
from fisc.kernel.posting import in_transaction
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services.bank import BankReceipt, confirm_paid
from fisc.treasury.services.certificates import Certificates, of_certificates
from fisc.treasury.services.outcomes import Outcome

Conn = psycopg.Connection[Any]


def confirm_allocated(
    conn: Conn,
    receipts: Sequence[BankReceipt],
    *,
    by: By,
    cleared_by: str,
    on: date,
    known: Certificates | None = None,
) -> list[Outcome]:
    """The treasury's receipts for 实拨: paid and cleared in one transaction, all or none.

    The receipt's number stands as lqd_cert_no. Raises what `confirm_paid` raises, and RuleBroken for
    payments that are not 实拨. `known` as in `confirm_paid`.
    """

    def work() -> list[Outcome]:
        found = known or of_certificates(conn, (r.pay_cert_no for r in receipts))
        return _confirm(conn, receipts, found, by=by, cleared_by=cleared_by, on=on)

    return in_transaction(conn, work)


def _confirm(
    conn: Conn, receipts: Sequence[BankReceipt], known: Certificates, *, by: By, cleared_by: str, on: date
) -> list[Outcome]:
    asked = {r.pay_cert_no for r in receipts}
    others: dict[str, FiscError] = {
        number: RuleBroken(
            f"支付凭证 {number} 不是拨款凭证",
            rule="实拨资金由国库直接拨付（国库集中支付）",
            hint="经代理银行支付的请用 confirm_paid",
        )
        for number, payment in known.payments.items()
        if payment.pay_type != "entity" and number in asked
    }
    refuse_all(others)
    outcomes = confirm_paid(conn, receipts, by=by, on=on, known=known)
    new = {outcome.key for outcome in outcomes if outcome.is_new}
    mine = [r for r in receipts if r.pay_cert_no in new]
    keys = [known.payments[r.pay_cert_no].doc_key for r in mine]
    changes: dict[str, list[object]] = {
        "lqd_cert_no": [r.agent_business_no for r in mine],
        "act_lqd_date": [r.paid_on for r in mine],
    }
    move(conn, PAYMENT, keys, "clear", by=cleared_by, on=on, changes=changes)
    return outcomes
