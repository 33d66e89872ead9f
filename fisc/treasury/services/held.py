"""Refunds of earlier years that are held (暂存): what becomes of each two officers decide, by a paper.

财库〔2015〕192号: what comes back of an earlier year's spending is taken off this year's, unless the finance
department says otherwise. So one that is held goes red into this year's spending, is revenue, goes to the
balance of its budget (存量资金, to be handed back), or back to who paid it. Each is an affair (`other`) that
names the refund; in all no more than came back, which the database adds up (`treasury_guard_affair`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from fisc.documents import NotFound, RuleBroken, read, select
from fisc.kernel import Coding, FiscError
from fisc.kernel.coding import codings_of
from fisc.registry import classifications
from fisc.treasury.kinds import PAYMENT, REFUND
from fisc.treasury.rules.other import KINDS
from fisc.treasury.rules.payments import spending_event
from fisc.treasury.rules.refunds import this_years

if TYPE_CHECKING:
    from fisc.treasury.models import Refund
    from fisc.treasury.services.other import TreasuryAffair

Conn = psycopg.Connection[Any]
_HELD: Final = "last_year_held"
_RULE: Final = "以前年度支出收回的冲减当年支出，财政部门另有规定的除外；暂存的按决定处理（财库〔2015〕192号）"


class Held(NamedTuple):
    """A refund, the block on which its money is held, and whether it came from above for a purpose."""

    refund: Refund
    coding: Coding
    is_bound: bool


Refunds = Mapping[str, Held]


def refunds_of(conn: Conn, refund_nos: Collection[str]) -> dict[str, Held]:
    """Number -> the refund, of those that there are; locked."""
    if not refund_nos:
        return {}
    found = select(
        conn, REFUND, "where t.doc_key = any(%s) order by t.doc_key for update", [sorted(refund_nos)]
    )
    payments = {p.doc_key: p for p in read(conn, PAYMENT, sorted({r.pay_app_no for r in found}))}
    blocks = codings_of(conn, (p.coding_id for p in payments.values()))
    held = [(r, this_years(blocks[payments[r.pay_app_no].coding_id], r)) for r in found]
    return {r.doc_key: Held(r, coding, _is_bound(conn, coding)) for r, coding in held}


def _is_bound(conn: Conn, c: Coding) -> bool:
    """Whether money came from above for a purpose, so that it stays under its number (预算法第十六条)."""
    if not c.sup_bgt_doc_no:
        return False
    place = [c.mof_div_code, c.fiscal_year, c.fund_type_code, c.sup_bgt_doc_no]
    row = conn.execute("select registry_grant_is_bound(%s, %s, %s, %s)", place).fetchone()
    return bool(row and row[0])


def wrong(a: TreasuryAffair, refunds: Refunds) -> FiscError | None:
    """The refusal of an affair that names no held refund though it must, or one that it cannot settle."""
    kind = KINDS[a.kind]
    one = refunds.get(a.refund_no)
    if a.refund_no and one is None:
        return NotFound(
            f"国库事项 {a.affair_no} 所处理的退款 {a.refund_no} 不存在", rule=_RULE,
            hint="请核对退款编号（fisc treasury list-refunds）", details={"key": a.refund_no},
        )  # fmt: skip
    for is_wrong, what, hint in (
        (kind.of_held != bool(a.refund_no),
         "须写明所处理的退款" if kind.of_held else "不处理退款", "暂存的上年退款写明退款编号，其他事项不写"),
        (kind.of_held and not a.basis_doc_no.strip(), "没有决定文号", "请写明财政部门决定的文号"),
        (bool(a.exp_func_code) and not kind.in_class, "不列支出科目", "支出科目只在冲减当年支出时写"),
    ):  # fmt: skip
        if is_wrong:
            return RuleBroken(f"国库事项 {a.affair_no}（{kind.name}）：{what}", rule=_RULE, hint=hint)
    return _wrong_refund(a, one) if one is not None else None


def _wrong_refund(a: TreasuryAffair, one: Held) -> FiscError | None:
    refund = one.refund
    same = (refund.mof_div_code, refund.fund_type_code) == (a.mof_div_code, a.fund_type_code)
    for is_wrong, what in (
        (refund.kind != _HELD, f"退款 {a.refund_no} 没有暂存，没有可处理的"),
        (not same, f"与退款 {a.refund_no} 不是同一区划、同一资金"),
        (a.happened_on < refund.refunded_on, f"早于退款日 {refund.refunded_on}"),
    ):
        if is_wrong:
            return RuleBroken(
                f"国库事项 {a.affair_no}（{KINDS[a.kind].name}）：{what}", rule=_RULE,
                hint="请核对退款；没有暂存的退款已经冲减支出或恢复指标",
            )  # fmt: skip
    if KINDS[a.kind].frees and one.is_bound:
        return RuleBroken(
            f"国库事项 {a.affair_no}（{KINDS[a.kind].name}）：退款 {a.refund_no} 是上级文件 "
            f"{one.coding.sup_bgt_doc_no} 的资金，有规定用途",
            rule="专款专用：上级资金退回后仍按文号用于原用途（预算法第十六条、财办〔2022〕36号）",
            hint=f"请用“{KINDS['held_refund_charged'].name}”，资金回到该文号的待安排中，再按文号使用或结转",
        )  # fmt: skip
    return None


def charged_to(a: TreasuryAffair, one: Held) -> Coding:
    """The block of this year's spending that a held refund is taken off.

    Raises RuleBroken for a class that this year's classification does not have, or that no payment of ours
    spends under; principal that came back is no spending.
    """
    code = a.exp_func_code or one.coding.exp_func_code
    is_known = classifications.lookup("exp_func", code, a.year) is not None
    if not is_known or spending_event(code, a.fund_type_code) == "principal_repaid":
        raise RuleBroken(
            f"国库事项 {a.affair_no}：{code} 不是 {a.year} 年的支出科目" if not is_known else
            f"国库事项 {a.affair_no}：{code} 是还本科目，收回的还本不冲减支出",
            rule=_RULE, hint="请写明今年的支出科目（--exp-func-code）；收回的还本请退回付款人或确认收入",
        )  # fmt: skip
    return replace(one.coding, fiscal_year=a.year, exp_func_code=code)


def open_refunds(conn: Conn, region: str, on: date) -> list[tuple[Any, ...]]:
    """Held refunds with something left at the end of `on`: number, kind, fund, payer, day, fen left."""
    return conn.execute(
        "select r.doc_key, r.kind, r.fund_type_code, p.payee_name, r.refunded_on, "
        "r.amount_fen - coalesce(s.fen, 0) from treasury_refund r "
        "join treasury_payment p on p.doc_key = r.pay_app_no "
        "left join lateral (select sum(a.amount_fen)::bigint as fen from treasury_affair a "
        "where a.refund_no = r.doc_key and a.happened_on <= %(on)s and a.state = 'posted') s on true "
        "where r.kind = %(held)s and r.mof_div_code = %(region)s and r.refunded_on <= %(on)s "
        "and r.amount_fen > coalesce(s.fen, 0)",
        {"region": region, "on": on, "held": _HELD},
    ).fetchall()
