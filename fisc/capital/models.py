"""Documents of state capital. Amounts are integer fen, rates and shares basis points (1/10000).

What an enterprise cost and is worth on the books is never a column here: it stands in the ledger.
"""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fisc.documents.flow import ENDED
from fisc.documents.models import FlowDocument, ReversalDocument

#: What was given up or reversed leaves its place to another.
_STANDS = ~Q(state__in=list(ENDED))


class Enterprise(FlowDocument):
    """An enterprise in which a government holds a stake. `doc_key` = region:enterprise_code.

    `share_bp` and `cost_fen` are those of the day it was entered (`held_on`); later ones follow from
    injections.
    """

    enterprise_code = models.TextField("企业代码")
    name = models.TextField("企业名称")
    kind = models.TextField("企业类别")
    share_bp = models.IntegerField("持股比例（基点）")
    cost_fen = models.BigIntegerField("登记时投资成本（分）")
    fund_type_code = models.TextField("资金性质")
    held_on = models.DateField("登记日")

    class Meta:
        db_table = "capital_enterprise"
        verbose_name = verbose_name_plural = "国有企业股权登记"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(share_bp__range=(0, 10_000)), name="capital_share"),
            models.CheckConstraint(condition=Q(cost_fen__gte=0), name="capital_cost"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_code} {self.name}"


class Injection(FlowDocument):
    """Money put into an enterprise. `doc_key` = injection_no; one payment carries it.

    `uses` are lines of what the money is for; they add up to `amount_fen`.
    """

    enterprise_code = models.TextField("企业代码")
    basis_kind = models.TextField("依据类别")
    basis_doc_no = models.TextField("依据文号")
    basis_on = models.DateField("依据日期")
    bgt_id = models.TextField("指标")
    pay_app_no = models.TextField("支付申请号")
    amount_fen = models.BigIntegerField("金额（分）")
    share_bp = models.IntegerField("注资后持股比例（基点）")
    uses = models.JSONField("用途明细")
    invested_on = models.DateField("支付日", null=True)

    class Meta:
        db_table = "capital_injection"
        verbose_name = verbose_name_plural = "资本金注入"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="capital_injection_amount"),
            models.UniqueConstraint(
                fields=["pay_app_no"], name="capital_injection_payment", condition=_STANDS
            ),
            models.CheckConstraint(condition=Q(share_bp__range=(0, 10_000)), name="capital_injection_share"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Prepayment(FlowDocument):
    """A bank's receipt for a loan repaid early out of an injection's line. `doc_key` = prepayment_no."""

    injection_no = models.TextField("注资单号")
    line_no = models.SmallIntegerField("用途行号")
    amount_fen = models.BigIntegerField("偿还本金（分）")
    prepaid_on = models.DateField("还款日")
    evidence_no = models.TextField("银行回单号")

    class Meta:
        db_table = "capital_prepayment"
        verbose_name = verbose_name_plural = "注资还贷回单"
        indexes = (models.Index(fields=["injection_no"], name="capital_prepaid_of"),)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="capital_prepayment_amount"),
            models.UniqueConstraint(
                fields=["evidence_no"], name="capital_prepayment_receipt", condition=_STANDS
            ),
        ]

    def __str__(self) -> str:
        return self.doc_key


class InjectionRefund(FlowDocument):
    """A refund of an injection's payment, and the use line it takes back from. `doc_key` = refund_no."""

    injection_no = models.TextField("注资单号")
    line_no = models.SmallIntegerField("用途行号")
    amount_fen = models.BigIntegerField("退回金额（分）")
    refunded_on = models.DateField("退款日")

    class Meta:
        db_table = "capital_refund"
        verbose_name = verbose_name_plural = "注资退回"
        indexes = (models.Index(fields=["injection_no"], name="capital_refund_of"),)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="capital_refund_amount"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Income(FlowDocument):
    """What a stake yields: a share of results, a dividend declared, a dividend received."""

    kind = models.TextField("种类")
    enterprise_code = models.TextField("企业代码")
    amount_fen = models.BigIntegerField("金额（分），亏损为负")
    evidence_no = models.TextField("依据文号")
    happened_on = models.DateField("日期")
    due_on = models.DateField("应缴日", null=True)
    declared_no = models.TextField("所缴的宣告单号", blank=True)
    rev_func_code = models.TextField("收入分类", blank=True)
    daily_report_no = models.TextField("国库收入日报", blank=True)
    fund_type_code = models.TextField("资金性质")

    class Meta:
        db_table = "capital_income"
        verbose_name = verbose_name_plural = "股权损益与收益单"
        indexes = (models.Index(fields=["mof_div_code", "enterprise_code"], name="capital_income_of"),)
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount_fen=0), name="capital_income_amount"),
            models.CheckConstraint(
                condition=Q(kind__in=["result", "declared", "received"]), name="capital_income_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="result") | Q(amount_fen__gt=0), name="capital_income_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.doc_key


class FunderReturn(FlowDocument):
    """What a funder's duty asks for, handed in. `doc_key` = region:enterprise:duty:of_no or year."""

    enterprise_code = models.TextField("企业代码")
    duty_code = models.TextField("职责")
    injection_no = models.TextField("注资单号", blank=True)
    evidence_no = models.TextField("报告文号")
    filed_on = models.DateField("报送日")

    class Meta:
        db_table = "capital_return"
        verbose_name = verbose_name_plural = "出资人报告"
        indexes = (models.Index(fields=["mof_div_code", "fiscal_year"], name="capital_return_of"),)

    def __str__(self) -> str:
        return self.doc_key


class Reversal(ReversalDocument):
    """A document of state capital that is in force and should not stand. `doc_key` = reversal_no."""

    class Meta:
        db_table = "capital_reversal"
        verbose_name = verbose_name_plural = "国有资本冲销单"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["of_kind", "of_no"], name="capital_reversal_once", condition=_STANDS
            )
        ]
