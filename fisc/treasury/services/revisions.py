"""Applications put right while they are drafts: before their review, or after they were sent back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import RuleBroken, advance, findings, read, taken
from fisc.documents.editing import restated
from fisc.documents.flow import REVISE
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel import codings_of, post
from fisc.kernel.posting import in_transaction
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.rules import payments as rules
from fisc.treasury.services import drawing
from fisc.treasury.services.applications import PaymentApplication, judged_anew

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class PaymentRevision:
    """What an application shall say instead; what is left out stays. Quota and way of paying stand."""

    pay_app_no: str
    amount_fen: int | None = None
    payee_name: str | None = None
    payee_acct_no: str | None = None
    payee_bank_no: str | None = None
    purpose: str | None = None
    contract_no: str | None = None
    set_mode_code: str | None = None
    agent_bank_no: str | None = None
    repeat_reason: str | None = None
    attachments: tuple[str, ...] | None = None


def revise(
    conn: Conn, revisions: Sequence[PaymentRevision], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Put applications right (修改) that are drafts or were sent back: True where this call changed one.

    They are checked as when they were applied for; what more or less they ask holds or frees the quota
    (36-10). Raises WrongState for what is past the draft, RuleBroken, QuotaShortfall.
    """
    return in_transaction(conn, lambda: _revise(conn, revisions, by, on, note))


def _revise(conn: Conn, revisions: Sequence[PaymentRevision], by: By, on: date, note: str) -> list[bool]:
    keys = [one.pay_app_no for one in revisions]
    standing = read(conn, PAYMENT, keys, is_locked=True)
    before = {payment.doc_key: payment.amount_fen for payment in standing}
    changes = restated(PAYMENT, REVISE, standing, revisions)
    drafts = [application_of(p, said) for p, said in _each(standing, changes) if p.state == PAYMENT.initial]
    alerts = judged_anew(conn, drafts, on, {p.doc_key: str(p.trail[0][3]) for p in standing})
    moved = advance(conn, PAYMENT, keys, REVISE, by=by, on=on, note=note, changes=changes)
    other = [p for p in moved if p.amount_fen != before[p.doc_key]]
    refuse_all({p.doc_key: _of_a_roster(p) for p in other if p.payroll_line})
    new = {payment.doc_key for payment in moved}
    findings.record(conn, [alert for alert in alerts if alert.document in new], on=on)
    _post_differences(conn, {p: p.amount_fen - before[p.doc_key] for p in moved}, on)
    return taken(keys, moved)


def _of_a_roster(payment: Payment) -> RuleBroken:
    return RuleBroken(
        f"支付申请 {payment.doc_key} 是工资批次，金额不能单独修改",
        rule="批次的金额等于名册逐人之和",
        hint="请撤销后按更正的名册重新编制",
    )


def _each(
    standing: Sequence[Payment], changes: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[Payment, dict[str, Any]]]:
    """Each payment with what it shall say."""
    for place, payment in enumerate(standing):
        yield payment, {column: values[place] for column, values in changes.items()}


def application_of(payment: Payment, said: Mapping[str, Any]) -> PaymentApplication:
    """A payment as an application that says these columns otherwise."""
    stands = {f.name: getattr(payment, f.name) for f in fields(PaymentApplication)}
    whole = {**stands, **said}
    return PaymentApplication(**{**whole, "attachments": tuple(whole["attachments"])})


def _post_differences(conn: Conn, differences: Mapping[Payment, int], on: date) -> None:
    """Hold what is asked in addition, free what is asked no more."""
    changed = {payment: fen for payment, fen in differences.items() if fen}
    if not changed:
        return
    blocks = codings_of(conn, (payment.coding_id for payment in changed))
    demands = [_demand(payment, fen) for payment, fen in changed.items() if fen > 0]
    if demands:
        refuse_all(dict(drawing.shortfalls(conn, demands)))
    post(conn, [rules.revised(p, blocks[p.coding_id], on, fen) for p, fen in changed.items()])


def _demand(payment: Payment, more_fen: int) -> drawing.Demand:
    account = rules.stage_account(payment.stage, payment.fiscal_year)
    what = f"支付申请 {payment.doc_key}（指标 {payment.bgt_id}）增加的金额超过{rules.STAGES[payment.stage]}"
    return drawing.Demand(payment.doc_key, account, payment.coding_id, more_fen, what)
