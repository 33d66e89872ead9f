"""Other affairs of the treasury, one row each: which event they post, what they settle, what they need.

An affair that spends (转列支出) uses up a quota like a payment: no budget, no spending. What it settles
(the advance, the loan, the money in transit) is given by the affair it names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fisc.budget.rules.advances import advance_charged, advance_returned
from fisc.documents import Leg, voucher, year_end
from fisc.documents.voucher import cost_of
from fisc.kernel import Coding, Entry
from fisc.registry.fund_kinds import fund_kind
from fisc.treasury.kinds import AFFAIR
from fisc.treasury.rules.refunds import restored

if TYPE_CHECKING:
    from fisc.treasury.models import Affair

_Legs = Callable[["Affair", Coding, Coding], list[Leg]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of affair: its name, its rule of 财库〔2015〕192号, the kinds it settles, what must be said.

    `spends`: takes a quota from 9302 to 9501 in the same voucher. `is_year_end`: posts on the
    last of December of its year, also when it is found out afterwards. `next_year`: happens after the
    year of what it settles. `general_only`: its rule names the general budget's accounts alone. `of_class`:
    the classification by which its class must be one that stands for it (`code_events.csv`); of a quota that
    it spends `affair_codes.csv` says so. `of_held`: says what becomes of a refund of an earlier year that is
    held, by a decision that has a number; `in_class`: its block is one of spending. `frees`: the money is for
    nothing of its own afterwards.
    `takes_out`: cash leaves of itself, to settle nothing; none of debt does.
    """

    name: str
    rule: str
    settles: tuple[str, ...] = ()
    spends: bool = False
    is_year_end: bool = False
    next_year: bool = False
    needs_revenue_class: bool = False
    has_interest: bool = False
    general_only: bool = False
    of_class: str = ""
    of_held: bool = False
    in_class: bool = False
    frees: bool = False
    takes_out: bool = False


KINDS: Mapping[str, Kind] = {
    "treasury_interest": Kind("国库利息", "192-T03", needs_revenue_class=True, general_only=True),
    "unidentified_receipt": Kind("来源不清款项", "192-T04"),
    "unidentified_receipt_recognised": Kind(
        "来源不清款项查明为收入", "192-T04", ("unidentified_receipt",), needs_revenue_class=True
    ),
    "unidentified_receipt_returned": Kind("来源不清款项退回", "192-T04", ("unidentified_receipt",)),
    "held_refund_charged": Kind("暂存的上年退款冲减当年支出", "192-X11", of_held=True, in_class=True),
    "held_refund_recognised": Kind(
        "暂存的上年退款确认为收入", "192-T04", of_held=True, needs_revenue_class=True, frees=True
    ),
    "held_refund_to_surplus": Kind("暂存的上年退款列结转结余", "192-X12", of_held=True, frees=True),
    "held_refund_returned": Kind("暂存的上年退款退回付款人", "192-T04", of_held=True),
    "payment_carryover_accrued": Kind("年末国库集中支付结余列支", "192-T15", spends=True, is_year_end=True),
    "payment_carryover_paid": Kind(
        "上年集中支付结余支付", "192-T15", ("payment_carryover_accrued",), next_year=True
    ),
    "payment_carryover_reclassified": Kind(
        "上年集中支付结余改科目支付", "192-T15", ("payment_carryover_accrued",), spends=True, next_year=True
    ),
    "funds_advanced": Kind("预拨经费", "192-T34", takes_out=True),
    "funds_advanced_charged": Kind(
        "预拨经费转列支出", "192-T34", ("funds_advanced",), spends=True, general_only=True
    ),
    "funds_advanced_returned": Kind("预拨经费收回", "192-X14", ("funds_advanced",)),
    "money_lent": Kind("借出款项", "192-T35", takes_out=True),
    "money_lent_repaid": Kind("借出款项收回", "192-T35", ("money_lent",)),
    "temporary_payment": Kind("暂付款项", "192-T35", takes_out=True),
    "temporary_payment_repaid": Kind("暂付款项收回", "192-T35", ("temporary_payment",)),
    "temporary_payment_charged": Kind(
        "暂付款项转支出", "192-T35", ("temporary_payment",), spends=True, general_only=True
    ),
    "cash_placed": Kind("国库现金管理存出", "192-T36", takes_out=True),
    "cash_returned": Kind("国库现金管理收回", "192-T36", ("cash_placed",), has_interest=True),
    "special_account_received": Kind("财政专户收款", "192-T37", needs_revenue_class=True),
    "special_fund_received": Kind(
        "专用基金（粮食风险基金）", "192-T38", spends=True, general_only=True, takes_out=True
    ),
    "in_transit_recorded": Kind("清理期在途款", "192-T39", needs_revenue_class=True, is_year_end=True),
    "regional_aid_received": Kind(
        "接受其他地区援助", "192-X01", needs_revenue_class=True, of_class="rev_func"
    ),
    "regional_aid_paid": Kind("援助其他地区", "192-X02", spends=True, takes_out=True),
    "in_transit_cleared": Kind("在途款到账", "192-T39", ("in_transit_recorded",), next_year=True),
}


def posted(affair: Affair, coding: Coding, origin: Coding) -> Entry:
    """The entry of an affair: its event, and the quota that a spending one uses up (36-10, 36-11).

    `origin` is the coding block of what it settles; its own where it settles nothing.
    """
    kind, fen = KINDS[affair.kind], affair.amount_fen
    legs = [*_quota_legs(fen, coding)] if kind.spends else []
    legs += _LEGS.get(affair.kind, _plain)(affair, coding, origin)
    day, period = year_end(affair.fiscal_year) if kind.is_year_end else (affair.happened_on, None)
    return voucher(
        AFFAIR.event(affair.doc_key, "posted"), affair.mof_div_code, day, legs,
        document_id=affair.id, summary=affair.summary or kind.name, period=period,
    )  # fmt: skip


def _quota_legs(fen: int, coding: Coding) -> list[Leg]:
    return [
        Leg("payment_applied", fen, coding, choices={"stage": "executable"}),
        Leg("payment_confirmed", fen, coding),
    ]


def _plain(a: Affair, coding: Coding, origin: Coding) -> list[Leg]:
    """One pair of accounts: what is settled stands on the block on which it arose."""
    return [Leg(a.kind, a.amount_fen, coding, credit=origin, choices=cost_of(coding) if a.bgt_id else {})]


def _settled_by_debit(a: Affair, coding: Coding, origin: Coding) -> list[Leg]:
    """借 what is settled (2015, 2011), 贷 the new block."""
    return [Leg(a.kind, a.amount_fen, origin, credit=coding)]


def _held(event: str) -> _Legs:
    """借 what is held (2015), 贷 the new block, by another event's rule."""
    return lambda a, coding, origin: [Leg(event, a.amount_fen, origin, credit=coding)]


def _charged(a: Affair, coding: Coding, origin: Coding) -> list[Leg]:
    """Both in red: 借 spending of this year, 贷 what is held; it waits under its number from above."""
    charged = Leg(a.kind, -a.amount_fen, coding, credit=origin, choices=cost_of(coding))
    return [charged, *restored(coding, a.amount_fen)]


def _to_surplus(a: Affair, coding: Coding, origin: Coding) -> list[Leg]:
    """借 what is held, 贷 the balance of its budget; of government funds that of its kind."""
    balance = Coding(
        coding.fiscal_year, coding.mof_div_code, coding.fund_type_code, rev_func_code=fund_kind(origin)
    )
    return [Leg(a.kind, a.amount_fen, origin, credit=balance)]


def _returned_cash(a: Affair, coding: Coding, origin: Coding) -> list[Leg]:
    """借1001 贷1003 of the principal, 借1001 贷4001 of the interest."""
    legs = [Leg(a.kind, a.amount_fen, coding, credit=origin, step=1)]
    return [*legs, Leg(a.kind, a.interest_fen, coding, step=2)] if a.interest_fen else legs


def _special_fund(a: Affair, coding: Coding, origin: Coding) -> list[Leg]:
    """借1004 贷4007 and 借5001 贷1001, all on the quota's block."""
    return [Leg(a.kind, a.amount_fen, coding)]


def _reclassified(a: Affair, coding: Coding, origin: Coding) -> list[Leg]:
    """借2011 贷 the old class (冲销), then 借 the new class 贷1001: both of the year in which it is paid."""
    old = replace(origin, fiscal_year=coding.fiscal_year, is_reclassified="1")
    return [
        Leg(a.kind, a.amount_fen, origin, credit=old, choices=cost_of(old), step=1),
        Leg(a.kind, a.amount_fen, coding, choices=cost_of(coding), step=2),
    ]


_LEGS: Mapping[str, _Legs] = {
    "held_refund_charged": _charged,
    "held_refund_recognised": _held("unidentified_receipt_recognised"),
    "held_refund_to_surplus": _to_surplus,
    "held_refund_returned": _held("unidentified_receipt_returned"),
    "funds_advanced_charged": lambda a, coding, origin: [advance_charged(a.amount_fen, coding, origin)],
    "funds_advanced_returned": lambda a, coding, origin: [advance_returned(a.amount_fen, coding, origin)],
    "unidentified_receipt_recognised": _settled_by_debit,
    "unidentified_receipt_returned": _settled_by_debit,
    "payment_carryover_paid": _settled_by_debit,
    "payment_carryover_reclassified": _reclassified,
    "cash_returned": _returned_cash,
    "special_fund_received": _special_fund,
}
