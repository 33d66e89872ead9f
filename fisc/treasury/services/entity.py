"""实拨: payments straight from the treasury's account to a unit's own, by allocation certificate (拨款凭证).

They pass the same hands as other payments (`apply` with pay_type `entity`, review, approve, certify,
send). There is no agent bank: the central-bank treasury pays, so its receipt is the clearing too: one officer
notes what the treasury paid, another clears it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents import RuleBroken, move
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services.bank import BankReceipt, confirm_paid
from fisc.treasury.services.certificates import (
    Certificates,
    of_certificates,
    payments_of,
    unknown_certificate,
)
from fisc.treasury.services.outcomes import Outcome

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

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
    _require_allocated({n: payment for n, payment in known.payments.items() if n in asked})
    outcomes = confirm_paid(conn, receipts, by=by, on=on, known=known)
    clear_allocated(conn, [outcome.key for outcome in outcomes if outcome.is_new], by=cleared_by, on=on)
    return outcomes


def _require_allocated(payments: Mapping[str, Payment]) -> None:
    """Raise RuleBroken where certificates are no 拨款凭证."""
    refuse_all({
        number: RuleBroken(
            f"支付凭证 {number} 不是拨款凭证",
            rule="实拨资金由国库直接拨付（国库集中支付）",
            hint="经代理银行支付的，回单直接确认支付，清算凭国库的划款凭证",
        )
        for number, payment in payments.items()
        if payment.pay_type != "entity"
    })  # fmt: skip


def clear_allocated(conn: Conn, pay_cert_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Clear 实拨 that the treasury has paid (清算): its receipt's number and day are those of the clearing.

    True where this call did it. Raises NotFound, WrongState (not paid yet), and RuleBroken for payments that
    are not 实拨.
    """
    return in_transaction(conn, lambda: _clear(conn, pay_cert_nos, by, on))


def _clear(conn: Conn, pay_cert_nos: Sequence[str], by: By, on: date) -> list[bool]:
    known = payments_of(conn, pay_cert_nos)
    refuse_all({n: unknown_certificate(n) for n in pay_cert_nos if n not in known})
    _require_allocated(known)
    paid = [known[n] for n in pay_cert_nos]
    changes: dict[str, list[object]] = {
        "lqd_cert_no": [payment.agent_business_no for payment in paid],
        "act_lqd_date": [payment.paid_on for payment in paid],
    }
    return move(conn, PAYMENT, [p.doc_key for p in paid], "clear", by=by, on=on, changes=changes)


_ALLOCATED: Final = """
    select p.id, p.pay_cert_no from treasury_payment p
    join unnest(%s::text[], %s::date[]) a(region, since) on a.region = p.mof_div_code
    where p.pay_type = 'entity' and p.state = 'cleared' and p.act_lqd_date >= a.since
      and (p.agent_bank_no = '' or p.lqd_cert_no = p.agent_business_no)"""


def allocated_by_treasury(conn: Conn, since: Mapping[str, date]) -> dict[int, str]:
    """实拨 that the treasury itself paid from a day on (region -> day): the document's id -> certificate."""
    return dict(conn.execute(_ALLOCATED, [list(since), list(since.values())]).fetchall())
