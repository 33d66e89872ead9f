"""The documents of the treasury: what was applied for stands; each step writes its own columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fisc.budget.kinds import QUOTA
from fisc.budget.resting import on_quota
from fisc.documents import Kind, Register
from fisc.documents.counterparty import Counterparty
from fisc.documents.kind import Named, OwnYear, reversal_kind
from fisc.documents.months import kept_month
from fisc.documents.resting import RestsOn
from fisc.treasury import flow

if TYPE_CHECKING:
    from fisc.treasury.models import (
        Affair,
        AffairReversal,
        ClearingDebit,
        ClearingNotice,
        Payment,
        PlanOfUse,
        Refund,
    )

#: A quota pays in its own year: what is wrong else, and by which rule.
OTHER_YEAR: Final = (
    "用的不是当年的指标", "预算年度自公历一月一日起至十二月三十一日止（预算法第十八条）",
)  # fmt: skip

PAYMENT: Final[Kind[Payment]] = Kind(
    "treasury.Payment",
    prefix="pay_app",
    number="pay_app_no",
    flow=flow.PAYMENT_FLOW,
    content=(
        "bgt_id", "agency_code", "fund_type_code", "coding_id", "amount_fen", "pay_type", "stage",
        "set_mode_code", "contract_no", "payroll_line", "payee_name", "payee_acct_no", "payee_bank_no",
        "purpose", "agent_bank_no", "repeat_reason", "attachments",
    ),
    written={
        "revise": (
            "amount_fen", "set_mode_code", "contract_no", "payee_name", "payee_acct_no", "payee_bank_no",
            "purpose", "agent_bank_no", "repeat_reason", "attachments",
        ),
        "certify": ("pay_cert_no", "voucher_digest"),
        "send": ("message_id", "sent_on"),
        "pay": ("agent_business_no", "paid_on"),
        "correct": ("payee_name", "payee_acct_no", "payee_bank_no"),
        "clear": ("lqd_cert_no", "act_lqd_date"),
    },
    refers={"lqd_cert_no": "lqd_cert"},
    booked={"make": "applied", "pay": "paid"},
    counterparty=Counterparty("t.payee_name", "t.payee_acct_no"),
    rests_on=(on_quota("请核对业务日期；指标下达以后再申请支付"),),
    # all that brings a payment on towards the bank: afterwards it comes back or is withdrawn
    own_year=OwnYear(
        ("revise", "review", "approve", "certify", "send", "correct"), *OTHER_YEAR,
        "年末未付的请撤销（fisc treasury withdraw），指标结转为当年指标后，用当年指标重新申请",
    ),
    facets=("mof_div_code", "fiscal_year", "state", "agency_code", "fund_type_code"),
)  # fmt: skip

PLAN: Final[Kind[PlanOfUse]] = Kind(
    "treasury.PlanOfUse",
    prefix="plan",
    number="plan_no",
    flow=flow.PLAN_FLOW,
    booked={"open": "opened"},
    content=("bgt_id", "plan_month", "amount_fen", "coding_id", "set_mode_code"),
    written={"revise": ("plan_month", "amount_fen", "set_mode_code"), "cut": ("amount_fen",)},
    names={"bgt_id": Named(QUOTA, "bgt_id")},
    rests_on=(on_quota("请核对业务日期；指标下达以后再编用款计划"),),
    unit_by="bgt_id",
)

REFUND: Final[Kind[Refund]] = Kind(
    "treasury.Refund",
    prefix="refund",
    number="refund_no",
    flow=flow.REFUND_FLOW,
    booked={"make": "recorded"},
    content=(
        "pay_app_no", "amount_fen", "refunded_on", "kind", "fund_type_code", "agent_bank_no", "reason",
    ),
    written={
        "clear": ("lqd_cert_no", "act_lqd_date"),
    },
    refers={"pay_app_no": "pay_app", "lqd_cert_no": "lqd_cert"},
    rests_on=(
        RestsOn(
            "支付", "join treasury_payment b on b.doc_key = n.pay_app_no", "b.paid_on", "b.doc_key",
            "退回的是已经付出的款项（财办〔2022〕36号）", "请核对退款日，不早于支付日", own="n.refunded_on",
            day="退款日",
        ),
    ),
    unit_by="pay_app_no",
    undoes={PAYMENT.prefix: ("paid", "cleared")},
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind"),
)  # fmt: skip

NOTICE: Final[Kind[ClearingNotice]] = Kind(
    "treasury.ClearingNotice",
    prefix="lqd_quota_notice",
    number="lqd_quota_notice_no",
    flow=flow.NOTICE_FLOW,
    content=("cleared_for", "fund_type_code", "agent_bank_no", "amount_fen"),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code"),
)

DEBIT: Final[Kind[ClearingDebit]] = Kind(
    "treasury.ClearingDebit",
    prefix="lqd_cert",
    number="lqd_cert_no",
    flow=flow.DEBIT_FLOW,
    content=(
        "cleared_for", "act_lqd_date", "fund_type_code", "agent_bank_no", "amount_fen", "payment_count",
    ),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code"),
)  # fmt: skip

AFFAIR: Final[Kind[Affair]] = Kind(
    "treasury.Affair",
    prefix="affair",
    number="affair_no",
    flow=flow.AFFAIR_FLOW,
    content=(
        "kind", "fund_type_code", "amount_fen", "interest_fen", "settles_no", "bgt_id", "coding_id",
        "counterparty", "happened_on", "summary", "refund_no", "basis_doc_no", "confirm_reason",
    ),
    refers={"settles_no": "affair", "refund_no": "refund"},
    rests_on=(
        RestsOn(
            "国库事项", "join treasury_affair b on b.doc_key = n.settles_no", "b.happened_on", "b.doc_key",
            "往来款先发生、后结清（财库〔2015〕192号）", "请核对发生日", own="n.happened_on", day="发生日",
        ),
    ),
    names={"bgt_id": Named(QUOTA, "bgt_id")},
    counterparty=Counterparty("t.counterparty", business="t.kind"),
    unit_by="bgt_id",
    month=kept_month("happened_on"),  # of the year before (清理期): its December
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind"),
)  # fmt: skip

#: What a reversal may name.
REVERSIBLE: Final[Mapping[str, Kind[Any]]] = {AFFAIR.prefix: AFFAIR}

AFFAIR_REVERSAL: Final[Kind[AffairReversal]] = reversal_kind(
    "treasury.AffairReversal", "affair_reversal", flow.AFFAIR_DUTIES, REVERSIBLE
)

#: As many of a payment's returns were known as steps of that kind.
RETURN: Final = Register(
    "treasury.PaymentReturn",
    no_reasons=("reason",),
    known="(select count(*) from public.treasury_return o where o.pay_app_no = t.pay_app_no "
    "and o.id <= t.id) <= (select sum(past.taken(d.trail, array['return'])) from treasury_payment d "
    "where d.doc_key = t.pay_app_no)",
)

IMPORT_BATCH: Final = Register("treasury.ImportBatch")
IMPORT_LINE: Final = Register("treasury.ImportLine")
#: What was set last was so from then on; what stood before is not kept.
_SET: Final = ("plan_required", "has_payment_agency", "cash_basis", "set_by", "set_on", "set_at")
SETTING: Final = Register(
    "treasury.TreasurySetting",
    progress=_SET,
    known="true",
    past={
        name: f"case when past.is_known(t.set_at, t.set_on) then t.{name} else "
        f"past.lost('国库参数', t.mof_div_code || ' ' || t.fiscal_year)::{kind} end"
        for name, kind in zip(
            _SET, ("boolean", "boolean", "text", "text", "date", "timestamptz"), strict=True
        )
    },
)

KINDS: Final = (PAYMENT, PLAN, REFUND, NOTICE, DEBIT, AFFAIR, AFFAIR_REVERSAL)
#: Facts that are no documents: noted once, never deleted.
REGISTERS: Final = (RETURN, IMPORT_BATCH, IMPORT_LINE, SETTING)
