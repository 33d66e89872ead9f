"""Refunds (退款): money of a payment that came back after it was paid, in part or whole.

This year's restores the quota and stands in red; last year's is red in the spending or waits in 2015, as
the user says. More than was paid never comes back: the database adds up the refunds of a payment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.documents import RuleBroken, WrongState, make, read
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel import Entry, FiscError, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.treasury.flow import PAYMENT, REFUND
from fisc.treasury.rules import refunds as rules
from fisc.treasury.rules.payments import Held
from fisc.treasury.services.outcomes import outcomes
from fisc.treasury.services.rows import HELD, Row, held
from fisc.treasury.services.settings import Setting, settings_of

Conn = psycopg.Connection[Any]

#: kind -> what happens to the money.
KINDS: Mapping[str, str] = {
    "this_year": "当年退款，恢复指标",
    "last_year_red": "上年退款，红冲支出",
    "last_year_held": "上年退款，转列其他应付款",
}


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that came back; `kind` is this_year, last_year_red or last_year_held."""

    refund_no: str
    pay_app_no: str
    amount_fen: int
    refunded_on: date
    kind: str = "this_year"
    reason: str = ""


_NEEDED = (*HELD, "state", "fund_type_code", "agent_bank_no", "paid_on")


def refund(conn: Conn, refunds: Sequence[Refund], *, by: By, on: date) -> list[bool]:
    """Record refunds, all or none: True where new.

    Raises NotFound, WrongState (not paid), RuleBroken (more than was paid; the wrong kind for
    the year), DuplicateConflict. The refund is netted in the next clearing of its day.
    """
    return in_transaction(conn, lambda: _refund(conn, refunds, by, on))


def _refund(conn: Conn, refunds: Sequence[Refund], by: By, on: date) -> list[bool]:
    keys = sorted({r.pay_app_no for r in refunds})
    rows = {row["doc_key"]: row for row in read(conn, PAYMENT, keys, _NEEDED)}
    conn.execute("select 1 from treasury_payment where doc_key = any(%s) order by doc_key for update", [keys])
    known = _known(conn, refunds)
    left = _left(conn, rows)
    refused: dict[str, FiscError] = {}
    for r in {r.refund_no: r for r in refunds if r.refund_no not in known}.values():
        wrong = _wrong(r, rows[r.pay_app_no], left[r.pay_app_no], on)
        if wrong:
            refused[r.refund_no] = wrong
        left[r.pay_app_no] -= r.amount_fen
    refuse_all(refused)
    is_new = make(conn, REFUND, [_row(r, rows[r.pay_app_no]) for r in refunds], by=by, on=on)
    new = {r.refund_no: r for r, fresh in zip(refunds, is_new, strict=True) if fresh}
    settings = settings_of(conn, {(row["mof_div_code"], row["fiscal_year"]) for row in rows.values()})
    payments = {p.pay_app_no: p for p in held(conn, list(rows.values()))}
    post(conn, [
        _entry(r, payments[r.pay_app_no], rows[r.pay_app_no], settings) for r in new.values()
    ])  # fmt: skip
    return [outcome.is_new for outcome in outcomes([r.refund_no for r in refunds], new, {})]


def _known(conn: Conn, refunds: Sequence[Refund]) -> set[str]:
    numbers = [r.refund_no for r in refunds]
    rows = conn.execute("select doc_key from treasury_refund where doc_key = any(%s)", [numbers])
    return {row[0] for row in rows}


def _left(conn: Conn, rows: Mapping[str, Row]) -> dict[str, int]:
    """What of each payment has not come back yet, in fen."""
    came: dict[str, int] = defaultdict(int)
    statement = (
        "select pay_app_no, sum(amount_fen)::bigint from treasury_refund "
        "where pay_app_no = any(%s) group by 1"
    )
    came.update(conn.execute(statement, [list(rows)]).fetchall())
    return {key: row["amount_fen"] - came[key] for key, row in rows.items()}


def _wrong(r: Refund, row: Row, left_fen: int, on: date) -> FiscError | None:
    if row["state"] not in ("paid", "cleared"):
        return WrongState(
            f"退款 {r.refund_no}：支付申请 {r.pay_app_no} 处于“{PAYMENT.states[row['state']]}”，没有可退的款",
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
    is_this_year = r.refunded_on.year == row["fiscal_year"]
    if r.kind not in KINDS or (r.kind == "this_year") != is_this_year:
        return RuleBroken(
            f"退款 {r.refund_no}：{row['fiscal_year']} 年的支付在 {r.refunded_on} 退回，"
            f"不能按“{KINDS.get(r.kind, r.kind)}”办理",
            rule="当年退款恢复指标；以前年度退款冲减支出或列其他应付款（财库〔2015〕192号）",
            hint="当年用 this_year，以前年度用 last_year_red 或 last_year_held",
        )
    if r.refunded_on > on or r.refunded_on < row["paid_on"]:
        return RuleBroken(
            f"退款 {r.refund_no}：退款日 {r.refunded_on} 不在支付日 {row['paid_on']} 与今天 {on} 之间",
            rule="先支付、后退款", hint="请核对退款日",
        )  # fmt: skip
    return None


def _row(r: Refund, row: Row) -> dict[str, object]:
    return {
        "doc_key": r.refund_no, "mof_div_code": row["mof_div_code"], "fiscal_year": r.refunded_on.year,
        "pay_app_no": r.pay_app_no, "amount_fen": r.amount_fen, "refunded_on": r.refunded_on, "kind": r.kind,
        "fund_type_code": row["fund_type_code"], "agent_bank_no": row["agent_bank_no"], "reason": r.reason,
    }  # fmt: skip


def _entry(r: Refund, payment: Held, row: Row, settings: Mapping[tuple[str, int], Setting]) -> Entry:
    if r.kind == "last_year_red":
        return rules.last_year_red(payment, r.refund_no, r.amount_fen, r.refunded_on)
    if r.kind == "last_year_held":
        return rules.last_year_held(payment, r.refund_no, r.amount_fen, r.refunded_on)
    has_agency = settings[row["mof_div_code"], row["fiscal_year"]].has_payment_agency
    return rules.this_year(payment, r.refund_no, r.amount_fen, r.refunded_on, has_agency=has_agency)
