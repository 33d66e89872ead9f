"""Payments and the bank: sent, paid or returned. The key is pay_cert_no: what is said twice counts once.

A receipt posts the quota book and the treasury's book in one entry; a return posts nothing and
keeps the quota held until the payment is corrected or withdrawn. A payment is made whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import RuleBroken, WrongState, advance, move
from fisc.documents.limits import WordsOfOthers
from fisc.documents.refusals import given_twice, refuse_all
from fisc.documents.store import By
from fisc.kernel import Entry, FiscError, post
from fisc.kernel.coding import codings_of
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction, is_alone
from fisc.registry.rows import insert_rows
from fisc.treasury.kinds import PAYMENT, RETURN
from fisc.treasury.rules import payments as rules
from fisc.treasury.services.certificates import (
    Certificates,
    content_digest,
    of_certificates,
    payments_of,
    unknown_certificate,
)
from fisc.treasury.services.outcomes import Outcome, conflict, outcomes
from fisc.treasury.services.settings import settings_in

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class BankReceipt:
    """The bank says a certificate is paid, under its own number, whole, on a day."""

    pay_cert_no: str
    agent_business_no: str
    amount_fen: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class BankReturn:
    """The bank sends a certificate back unpaid (退票), with its reason."""

    pay_cert_no: str
    reason_code: str
    reason: WordsOfOthers
    returned_on: date


def send(conn: Conn, pay_cert_nos: Sequence[str], *, by: By, on: date, message_id: str) -> list[bool]:
    """Note that certificates went to the bank in a message; True where this call did it.

    Sending again is no other payment: the bank pays a number once, and the first message stays noted.
    Raises NotFound for numbers that are not in force, WrongState, and RuleBroken where a
    certificate no longer says what was signed.
    """

    is_lone = len(pay_cert_nos) == 1 and is_alone(conn)

    def work() -> list[bool]:
        known = payments_of(conn, pay_cert_nos, is_locked=not is_lone)
        refuse_all({n: unknown_certificate(n) for n in pay_cert_nos if n not in known})
        payments = [known[n] for n in pay_cert_nos]
        seen = payments[0] if is_lone else None
        keys, changes = _sending(payments, on, message_id)
        return move(conn, PAYMENT, keys, "send", by=by, on=on, note=message_id, changes=changes, seen=seen)

    return in_transaction(conn, work, is_single=is_lone)


def send_payments(
    conn: Conn, payments: Sequence[Payment], *, by: By, on: date, message_id: str
) -> list[Payment]:
    """As `send`, for payments that the caller has read and locked: those that are sent now, as they stand."""
    keys, changes = _sending(payments, on, message_id)
    return advance(conn, PAYMENT, keys, "send", by=by, on=on, note=message_id, changes=changes)


def _sending(
    payments: Sequence[Payment], on: date, message_id: str
) -> tuple[list[str], dict[str, list[object]]]:
    """The keys of payments, and what sending writes; refuses those that no longer say what was signed."""
    refuse_all({str(p.pay_cert_no): _tampered(str(p.pay_cert_no)) for p in payments if _is_other(p)})
    changes: dict[str, list[object]] = {
        "message_id": [message_id] * len(payments),
        "sent_on": [on] * len(payments),
    }
    return [payment.doc_key for payment in payments], changes


def _is_other(payment: Payment) -> bool:
    """Whether a certificate that is to be sent no longer says what was signed."""
    return (
        payment.state == "certified"
        and content_digest(payment, str(payment.pay_cert_no)) != payment.voucher_digest
    )


def _tampered(pay_cert_no: str) -> RuleBroken:
    return RuleBroken(
        f"支付凭证 {pay_cert_no} 的内容与签发时不同",
        rule="电子凭证签章后不得更改（财会〔2020〕6号）",
        hint="请停止发送并查明原因；确需更改的，撤销后重新申请",
    )


def confirm_paid(
    conn: Conn,
    receipts: Sequence[BankReceipt],
    *,
    by: By,
    on: date,
    each: bool = False,
    known: Certificates | None = None,
) -> list[Outcome]:
    """The bank's receipts (回单): 36-11 and 192-T12 in one entry each, on the day it paid.

    The same receipt again changes nothing; another one for the same certificate is a
    DuplicateConflict. With `each` every receipt gets its own outcome, else all or none. `known` are the
    certificates where the caller has read and locked them in this transaction.
    """

    is_lone = known is None and len(receipts) == 1 and is_alone(conn)

    def work() -> list[Outcome]:
        numbers = (r.pay_cert_no for r in receipts)
        found = known or of_certificates(conn, numbers, is_locked=not is_lone)
        return _confirm_paid(conn, receipts, found, by=by, on=on, each=each, is_lone=is_lone)

    return in_transaction(conn, work, is_single=is_lone)


def _confirm_paid(
    conn: Conn, receipts: Sequence[BankReceipt], known: Certificates, *, by: By, on: date, each: bool,
    is_lone: bool,
) -> list[Outcome]:  # fmt: skip
    refused: dict[str, FiscError] = {}
    first: dict[str, BankReceipt] = {}
    for r in receipts:
        if first.setdefault(r.pay_cert_no, r) != r:
            refused[r.pay_cert_no] = given_twice("银行回单", [r.pay_cert_no])
            continue
        if wrong := _wrong_receipt(r, known, on):
            refused[r.pay_cert_no] = wrong
    if not each:
        refuse_all(refused)
    payments = known.payments
    good = [r for n, r in first.items() if n not in refused and payments[n].state == "sent"]
    sent = [payments[r.pay_cert_no] for r in good]
    entries = _paid(conn, good, sent, known)
    seen = sent[0] if is_lone and sent else None
    _pay(conn, good, entries, _officers(by, receipts, good), on, seen=seen, keys=[p.doc_key for p in sent])
    return outcomes([r.pay_cert_no for r in receipts], {r.pay_cert_no for r in good}, refused)


def _officers(by: By, given: Sequence[Any], good: Sequence[Any]) -> By:
    if isinstance(by, str):
        return by
    officers = dict(zip((item.pay_cert_no for item in reversed(given)), reversed(by), strict=True))
    return [officers[item.pay_cert_no] for item in good]


def _wrong_receipt(r: BankReceipt, known: Certificates, on: date) -> FiscError | None:
    if r.pay_cert_no in known.returns:
        return _after_return(r.pay_cert_no, known.returns[r.pay_cert_no].returned_on)
    payment = known.payments.get(r.pay_cert_no)
    if payment is None:
        return unknown_certificate(r.pay_cert_no)
    if payment.state in ("paid", "cleared"):
        is_same = (payment.agent_business_no, payment.amount_fen, payment.paid_on) == (
            r.agent_business_no, r.amount_fen, r.paid_on)  # fmt: skip
        return None if is_same else conflict("银行回单", [r.pay_cert_no])
    if payment.state != "sent":
        return WrongState(
            f"支付凭证 {r.pay_cert_no} 处于“{PAYMENT.states[payment.state]}”，不能确认支付",
            rule="先发送银行，后收回单", hint="请与代理银行核对这张凭证",
            details={"pay_cert_no": r.pay_cert_no, "state": payment.state},
        )  # fmt: skip
    return _wrong_money(r, payment, on)


def _wrong_money(r: BankReceipt, payment: Payment, on: date) -> FiscError | None:
    if r.amount_fen != payment.amount_fen:
        return RuleBroken(
            f"支付凭证 {r.pay_cert_no} 应付 {format_fen(payment.amount_fen)} 元，"
            f"银行回单是 {format_fen(r.amount_fen)} 元",
            rule="支付凭证额等于支付申请额，不得部分支付（财办〔2022〕36号）",
            hint="请退回银行更正回单",
        )
    if r.paid_on > on:
        return RuleBroken(
            f"支付凭证 {r.pay_cert_no} 的支付日 {r.paid_on} 晚于今天 {on}",
            rule="监控规则 R20 付款日期大于当日", hint="请与银行核对支付日期",
        )  # fmt: skip
    if before := _before_sending("支付", payment, r.paid_on):
        return before
    if r.paid_on.year != payment.fiscal_year:
        return RuleBroken(
            f"支付凭证 {r.pay_cert_no} 用的是 {payment.fiscal_year} 年指标，银行在 {r.paid_on} 支付",
            rule="预算年度自公历一月一日起至十二月三十一日止（预算法第十八条）",
            hint="款项还没有付出的请撤销；已经付出的请通知银行退回，收到银行的退票回单后撤销，"
            "指标结转为当年指标再支付",
        )
    return None


def _before_sending(what: str, payment: Payment, day: date) -> RuleBroken | None:
    if payment.sent_on is None or day >= payment.sent_on:
        return None
    return RuleBroken(
        f"支付凭证 {payment.pay_cert_no} 的{what}日 {day} 早于发送银行的 {payment.sent_on}",
        rule="银行只按收到的支付凭证付款（国库集中支付）", hint="请与代理银行核对日期",
    )  # fmt: skip


def _after_return(pay_cert_no: str, returned_on: date) -> WrongState:
    return WrongState(
        f"支付凭证 {pay_cert_no} 已于 {returned_on} 退票，不能再确认支付",
        rule="一张支付凭证只有一个结果",
        hint="请与代理银行核对；重新支付用新的凭证号",
        details={"pay_cert_no": pay_cert_no},
    )


def _pay(
    conn: Conn,
    good: Sequence[BankReceipt],
    entries: Sequence[Entry],
    by: By,
    on: date,
    *,
    keys: Sequence[str],
    seen: Payment | None,
) -> None:
    if not good:
        return
    changes: dict[str, list[object]] = {
        "agent_business_no": [r.agent_business_no for r in good],
        "paid_on": [r.paid_on for r in good],
    }
    if seen is not None:
        move(conn, PAYMENT, keys, "pay", by=by, on=on, changes=changes, seen=seen, entries=entries)
        return
    move(conn, PAYMENT, keys, "pay", by=by, on=on, changes=changes)
    post(conn, entries)


def _paid(
    conn: Conn, good: Sequence[BankReceipt], sent: Sequence[Payment], known: Certificates
) -> list[Entry]:
    """What payments post on the days the bank paid them."""
    settings = settings_in(known.settings, {(p.mof_div_code, p.fiscal_year) for p in sent})
    blocks = codings_of(conn, (p.coding_id for p in sent))
    return [
        rules.paid(p, blocks[p.coding_id], r.paid_on,
                   way=settings[p.mof_div_code, p.fiscal_year].way)
        for p, r in zip(sent, good, strict=True)
    ]  # fmt: skip


def record_returns(
    conn: Conn,
    returns: Sequence[BankReturn],
    *,
    by: By,
    on: date,
    each: bool = False,
    known: Certificates | None = None,
) -> list[Outcome]:
    """The bank's returns (退票): noted, nothing posted; the quota stays held.

    The same return again changes nothing. A return of what was paid is a refund, and refused here.
    `known` as in `confirm_paid`.
    """

    def work() -> list[Outcome]:
        found = known or of_certificates(conn, (r.pay_cert_no for r in returns))
        return _record_returns(conn, returns, found, by=by, on=on, each=each)

    return in_transaction(conn, work)


def _record_returns(
    conn: Conn, returns: Sequence[BankReturn], known: Certificates, *, by: By, on: date, each: bool
) -> list[Outcome]:
    refused: dict[str, FiscError] = {}
    first: dict[str, BankReturn] = {}
    for r in returns:
        if first.setdefault(r.pay_cert_no, r) != r:
            refused[r.pay_cert_no] = given_twice("退票", [r.pay_cert_no])
        elif wrong := _wrong_return(r, known, on):
            refused[r.pay_cert_no] = wrong
    if not each:
        refuse_all(refused)
    good = [r for n, r in first.items() if n not in refused and n not in known.returns]
    if good:
        sent = [known.payments[r.pay_cert_no] for r in good]
        _note_returns(conn, good, sent)
        keys = [payment.doc_key for payment in sent]
        move(conn, PAYMENT, keys, "return", by=_officers(by, returns, good), on=on)
    return outcomes([r.pay_cert_no for r in returns], {r.pay_cert_no for r in good}, refused)


def _wrong_return(r: BankReturn, known: Certificates, on: date) -> FiscError | None:
    if r.pay_cert_no in known.returns:
        said = known.returns[r.pay_cert_no]
        is_same = (said.reason_code, said.returned_on) == (r.reason_code, r.returned_on)
        return None if is_same else conflict("退票", [r.pay_cert_no])
    payment = known.payments.get(r.pay_cert_no)
    if payment is None:
        return unknown_certificate(r.pay_cert_no)
    if payment.state == "sent":
        return _wrong_day(r, payment, on)
    is_paid = payment.state in ("paid", "cleared")
    return WrongState(
        f"支付凭证 {r.pay_cert_no} 处于“{PAYMENT.states[payment.state]}”，不能退票",
        rule="一张支付凭证只有一个结果",
        hint="支付后退回的款项请办理退款" if is_paid else "请与代理银行核对这张凭证",
        details={"pay_cert_no": r.pay_cert_no, "state": payment.state},
    )


def _wrong_day(r: BankReturn, payment: Payment, on: date) -> FiscError | None:
    if before := _before_sending("退票", payment, r.returned_on):
        return before
    if r.returned_on > on:
        return RuleBroken(
            f"支付凭证 {r.pay_cert_no} 的退票日 {r.returned_on} 晚于今天 {on}",
            rule="退票以银行已退回为准（国库集中支付）", hint="请与代理银行核对退票日期",
        )  # fmt: skip
    return None


def _note_returns(conn: Conn, good: Sequence[BankReturn], sent: Sequence[Payment]) -> None:
    insert_rows(conn, RETURN, [
        RETURN.row(r, pay_app_no=p.doc_key, payee_name=p.payee_name, payee_acct_no=p.payee_acct_no)
        for r, p in zip(good, sent, strict=True)
    ])  # fmt: skip
