"""Entries of a payment: the quota book from application to payment, the treasury's book when it is paid.

What was applied holds the quota (36-10); what was paid uses it up and is spent in the same voucher
(36-11 with 192-T12). Where the region has a payment agency of its own, the agency's books
(192-T13, T14) are kept beside the treasury's: their lines carry `AGENCY_BOOKS` as the owner of the book,
and the treasury's own 借5001 贷1001 follows when the day is cleared. Where it keeps cash by the day of
clearing, what was paid is owed to the agent bank (`AGENT_BANK`) until the central bank moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from fisc.documents import Leg, RuleBroken, voucher
from fisc.documents.voucher import cost_of
from fisc.kernel import Coding, Entry
from fisc.registry.rules import code_event, rules_for
from fisc.treasury.kinds import PAYMENT

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

#: Register item of the lines that are the payment agency's own books.
AGENCY_BOOKS = "支付执行机构"

#: Marks what is owed to agent banks on 其他应付款.
AGENT_BANK = "代理银行垫付"
#: How payments are posted: cash leaves when the bank has paid, when that is cleared, or by an agency's books.
PAID_DAY, CLEARING, AGENCY = "payment", "clearing", "agency"

#: Where the money of an application is taken from: stage -> what it is called.
STAGES: Mapping[str, str] = {"executable": "可执行指标", "planned": "用款计划", "reserved": "采购占用指标"}

#: Events that a payment application may stand for; transfers are paid by the transfers domain.
_PAYABLE = frozenset(["expenditure_paid", "principal_repaid", "interest_paid"])


def applied(payment: Payment, coding: Coding, on: date) -> Entry:
    """支付申请占用指标 (36-10): the stage's account -> 9402. `coding` is the block of the payment's quota."""
    leg = Leg("payment_applied", payment.amount_fen, coding, choices={"stage": payment.stage})
    return _voucher(payment, "applied", on, [leg])


def revised(payment: Payment, coding: Coding, on: date, more_fen: int) -> Entry:
    """支付申请修改 (36-10): what is asked more is held, what is asked less is free again."""
    event = "payment_applied" if more_fen > 0 else "payment_application_withdrawn"
    leg = Leg(event, abs(more_fen), coding, choices={"stage": payment.stage})
    return _voucher(payment, f"revised:{payment.trail[-1][1]}", on, [leg])


def withdrawn(payment: Payment, coding: Coding, on: date) -> Entry:
    """支付申请撤回 (36-10): 9402 -> the stage's account."""
    leg = Leg("payment_application_withdrawn", payment.amount_fen, coding, choices={"stage": payment.stage})
    return _voucher(payment, "withdrawn", on, [leg])


def paid(payment: Payment, coding: Coding, on: date, *, way: str = PAID_DAY) -> Entry:
    """支付确认 (36-11) and the spending of it (192-T12; with a payment agency T13 or T14), one voucher."""
    fen = payment.amount_fen
    legs = [Leg("payment_confirmed", fen, coding), *spending(payment, coding, fen, way)]
    return _voucher(payment, "paid", on, legs, source_ref=payment.pay_cert_no or "")


def _voucher(payment: Payment, event: str, on: date, legs: list[Leg], source_ref: str = "") -> Entry:
    return voucher(
        PAYMENT.event(payment.doc_key, event), payment.mof_div_code, on, legs,
        document_id=payment.id, summary=payment.purpose, source_ref=source_ref,
    )  # fmt: skip


def spending(payment: Payment, coding: Coding, amount_fen: int, way: str) -> list[Leg]:
    """The treasury's legs of a payment; a negative amount is the red one of a refund."""
    way = way_of(payment, way)
    if way == AGENCY:
        event = "authorised_payment" if payment.pay_type == "authorised" else "direct_payment"
        return [Leg(event, amount_fen, agency_books(coding))]
    return treasury_legs(coding, amount_fen, way)


def way_of(payment: Payment, way: str) -> str:
    """How a payment is posted where others go that way: of 实拨 the receipt is the clearing."""
    return PAID_DAY if payment.pay_type == "entity" else way


def treasury_legs(coding: Coding, amount_fen: int, way: str = PAID_DAY) -> list[Leg]:
    """借 spending 贷 1001 for a coding block, by its functional class (192-T12, T20, T21).

    By the day of clearing the first step's credit is what is owed to the agent bank.
    """
    event = spending_event(coding.exp_func_code, coding.fund_type_code)
    choices = cost_of(coding)
    if way != CLEARING:
        return [Leg(event, amount_fen, coding, choices=choices)]
    return [
        Leg(
            event, amount_fen, coding, credit=owed_to_bank(coding), choices={**choices, "basis": way}, step=1
        ),
        Leg(event, amount_fen, coding, choices=choices, step=2),
    ]


def owed_to_bank(coding: Coding) -> Coding:
    """The block on which what an agent bank paid stands until it is cleared."""
    return replace(coding, book_owner_code=AGENT_BANK)


def clearing_legs(payment: Payment, coding: Coding, amount_fen: int, way: str) -> list[Leg]:
    """What clearing posts: the debt to the agent bank is paid, or an agency's account settled (T13) and the
    treasury's money spent (T12).

    实拨 was spent when it was paid, and has none; nor has anything where cash left on the day of payment.
    """
    if (way := way_of(payment, way)) == PAID_DAY:
        return []
    if way == CLEARING:
        return [Leg("payment_cleared", amount_fen, owed_to_bank(coding), credit=coding)]
    own = agency_books(coding)
    legs = [] if payment.pay_type == "authorised" else [Leg("direct_payment_cleared", amount_fen, own)]
    return [*legs, *treasury_legs(coding, amount_fen)]


def agency_books(coding: Coding) -> Coding:
    """The coding block of the payment agency's own books."""
    return replace(coding, book_owner_code=AGENCY_BOOKS)


@lru_cache(maxsize=4096)
def spending_event(exp_func_code: str, fund_type_code: str) -> str:
    """The event that paying under a functional class stands for.

    Raises RuleBroken for classes that are no payment of this level's own (transfers, balances).
    """
    known = code_event("exp_func", exp_func_code, fund_type_code) if exp_func_code else None
    event = known.event if known else ""
    if event not in _PAYABLE:
        raise RuleBroken(
            f"支出功能科目 {exp_func_code or '（空）'} 不能用支付申请支付",
            rule="转移支付只能由财政部门下达和支付（预算法实施条例第五十九条）；支付须有本级支出科目",
            hint="转移支付请用转移支付拨付；请核对指标的支出功能科目",
        )
    return event


@lru_cache(maxsize=64)
def stage_account(stage: str, fiscal_year: int) -> str:
    """The control account that a stage takes from, 'quota:code'. Raises RuleBroken for an unknown stage."""
    if stage not in STAGES:
        raise RuleBroken(
            f"没有资金占用阶段 {stage}",
            rule="支付只能使用可执行指标、用款计划或采购占用的指标（财办〔2022〕36号）",
            hint=f"请用 {'、'.join(STAGES)} 之一",
        )
    if not (rows := rules_for("payment_applied", fiscal_year, stage=stage)):
        raise RuleBroken(
            f"{fiscal_year} 年没有支付申请的记账规则",
            rule="按当年施行的会计制度记账",
            hint="请核对年度；各项规则施行的年度见 fisc registry list rules",
        )
    return f"{rows[0].book}:{rows[0].debit}"
