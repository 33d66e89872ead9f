"""Refunds (退款): money of a payment that came back after it was paid, in part or whole.

This year's restores the quota and stands in red; an earlier year's is red in this year's spending, unless
somebody says for what reason it waits in 2015 (what becomes of it then: `held`). More than was paid never
comes back: the database adds up the refunds of a payment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import psycopg

from fisc.documents import RuleBroken, WrongState, create, read, select, taken
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel import FiscError, post
from fisc.kernel.coding import codings_of
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.treasury.kinds import PAYMENT, REFUND
from fisc.treasury.rules import refunds as rules
from fisc.treasury.services.settings import settings_of

if TYPE_CHECKING:
    from fisc.treasury import models

Conn = psycopg.Connection[Any]

#: kind -> what happens to the money.
KINDS: Mapping[str, str] = {
    "this_year": "当年退款，恢复指标",
    "last_year_red": "上年退款，红冲支出",
    "last_year_held": "上年退款，转列其他应付款",
}


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that came back; `kind` is this_year, last_year_red or last_year_held.

    Without a kind it is the rule's: this_year where the payment is of this year, else last_year_red. What is
    held needs a reason.
    """

    refund_no: str
    pay_app_no: str
    amount_fen: int
    refunded_on: date
    kind: Annotated[str, OneOf(KINDS)] = ""
    reason: str = ""


def refund(conn: Conn, refunds: Sequence[Refund], *, by: By, on: date) -> list[bool]:
    """Record refunds, all or none: True where new.

    Raises NotFound, WrongState (not paid), RuleBroken (more than was paid; the wrong kind for
    the year; held without a reason), DuplicateConflict. The refund is netted in the next clearing of its day.
    """
    return in_transaction(conn, lambda: _refund(conn, refunds, by, on))


def _refund(conn: Conn, refunds: Sequence[Refund], by: By, on: date) -> list[bool]:
    keys = sorted({r.pay_app_no for r in refunds})
    payments = {p.doc_key: p for p in read(conn, PAYMENT, keys, is_locked=True)}
    standing = select(
        conn, REFUND, "where t.pay_app_no = any(%s) or t.doc_key = any(%s)",
        [keys, [r.refund_no for r in refunds]],
    )  # fmt: skip
    _require_covered(refunds, payments, standing, on)
    made = create(conn, REFUND, [_row(r, payments[r.pay_app_no]) for r in refunds], by=by, on=on)
    _post(conn, made, payments)
    return taken([r.refund_no for r in refunds], made)


def _require_covered(
    refunds: Sequence[Refund],
    payments: Mapping[str, models.Payment],
    standing: Sequence[models.Refund],
    on: date,
) -> None:
    """Refuse refunds that are wrong for their payment, or more than what of it has not come back yet."""
    came: dict[str, int] = defaultdict(int)
    for refund in standing:
        came[refund.pay_app_no] += refund.amount_fen
    left = {key: payment.amount_fen - came[key] for key, payment in payments.items()}
    known = {refund.doc_key for refund in standing}
    refused: dict[str, FiscError] = {}
    for r in {r.refund_no: r for r in refunds if r.refund_no not in known}.values():
        wrong = _wrong(r, payments[r.pay_app_no], left[r.pay_app_no], on)
        if wrong:
            refused[r.refund_no] = wrong
        left[r.pay_app_no] -= r.amount_fen
    refuse_all(refused)


def _post(conn: Conn, made: Sequence[models.Refund], payments: Mapping[str, models.Payment]) -> None:
    paid = [payments[refund.pay_app_no] for refund in made]
    settings = settings_of(conn, {(r.mof_div_code, r.fiscal_year) for r in made})
    blocks = codings_of(conn, (p.coding_id for p in paid))
    post(conn, [
        rules.recorded(refund, p, blocks[p.coding_id],
                       way=settings[refund.mof_div_code, refund.fiscal_year].way)
        for refund, p in zip(made, paid, strict=True)
    ])  # fmt: skip


def _wrong(r: Refund, payment: models.Payment, left_fen: int, on: date) -> FiscError | None:
    if payment.state not in ("paid", "cleared"):
        return WrongState(
            f"退款 {r.refund_no}：支付申请 {r.pay_app_no} 处于“{PAYMENT.states[payment.state]}”，"
            "没有可退的款",
            rule="退款以已支付的凭证为准（财办〔2022〕36号：原凭证可追溯）",
            hint="未支付而退回的请登记退票",
        )
    if not 0 < r.amount_fen <= left_fen:
        return RuleBroken(
            f"退款 {r.refund_no}：{format_fen(r.amount_fen)} 元，"
            f"支付申请 {r.pay_app_no} 可退 {format_fen(left_fen)} 元",
            rule="退款不超过已支付额（财办〔2022〕36号）",
            hint="请核对退款额与以前的退款",
        )
    kind = _kind(r, payment)
    if kind not in KINDS or (kind == "this_year") != _is_this_years(r, payment):
        return RuleBroken(
            f"退款 {r.refund_no}：{payment.fiscal_year} 年的支付在 {r.refunded_on} 退回，"
            f"不能按“{KINDS.get(kind, kind)}”办理",
            rule="当年退款恢复指标；以前年度退款冲减支出或列其他应付款（财库〔2015〕192号）",
            hint=f"退款方式：当年的填“{KINDS['this_year']}”；以前年度的填“{KINDS['last_year_red']}”，"
            f"财政部门另有规定、还没有决定的先填“{KINDS['last_year_held']}”",
        )
    if kind == "last_year_held" and not r.reason.strip():
        return RuleBroken(
            f"退款 {r.refund_no}：没有写明为什么先作暂存",
            rule="以前年度支出收回的冲减当年支出，财政部门另有规定的除外（财库〔2015〕192号）",
            hint="请在原因中写明财政部门的规定或待定的事由；没有的不选退款方式，即冲减当年支出",
        )
    if payment.paid_on is None or not payment.paid_on <= r.refunded_on <= on:
        return RuleBroken(
            f"退款 {r.refund_no}：退款日 {r.refunded_on} 不在支付日 {payment.paid_on} 与今天 {on} 之间",
            rule="先支付、后退款", hint="请核对退款日",
        )  # fmt: skip
    return None


def _is_this_years(r: Refund, payment: models.Payment) -> bool:
    return r.refunded_on.year == payment.fiscal_year


def _kind(r: Refund, payment: models.Payment) -> str:
    """What was said, else what the rule says."""
    return r.kind or ("this_year" if _is_this_years(r, payment) else "last_year_red")


def _row(r: Refund, payment: models.Payment) -> dict[str, object]:
    return REFUND.row(
        r, doc_key=r.refund_no, kind=_kind(r, payment), mof_div_code=payment.mof_div_code,
        fiscal_year=r.refunded_on.year, fund_type_code=payment.fund_type_code,
        agent_bank_no=payment.agent_bank_no,
    )  # fmt: skip
