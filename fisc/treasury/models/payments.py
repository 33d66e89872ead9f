"""Plans of use, payments, returns, refunds, clearing with the central-bank treasury, other affairs.

Amounts are integer fen. A row's money stands in the ledger; `coding_id` is the ledger's id of the
coding block it stands on, so a payment opens to its postings without a search.
"""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from fisc.documents.models import CLOCK, FlowDocument, ReversalDocument


class TreasurySetting(models.Model):
    """How a region runs its treasury in a year: plans or none, a payment agency or none, its cash basis.

    `cash_basis` says on which day a payment leaves 国库存款; empty is what the registry says.
    `set_at` is when it became known; empty in what 0.1.0 left.
    """

    mof_div_code = models.CharField("财政区划", max_length=9)
    fiscal_year = models.SmallIntegerField("预算年度")
    plan_required = models.BooleanField("须有用款计划")
    has_payment_agency = models.BooleanField("单设支付执行机构")
    cash_basis = models.TextField("库款列支基础", blank=True, db_default="")
    set_by = models.TextField("设定人")
    set_on = models.DateField("设定日")
    set_at = models.DateTimeField("设定时刻", null=True, db_default=CLOCK)

    class Meta:
        db_table = "treasury_setting"
        verbose_name = verbose_name_plural = "国库参数"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mof_div_code", "fiscal_year"], name="treasury_setting_key"),
            models.CheckConstraint(
                condition=Q(cash_basis__in=["", "payment", "clearing"])
                & ~Q(cash_basis="payment", has_payment_agency=True),
                name="treasury_setting_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mof_div_code} {self.fiscal_year}"


class PlanOfUse(FlowDocument):
    """A plan of use (用款计划): how much of a quota may be spent from a month on. `doc_key` = plan_no."""

    bgt_id = models.TextField("指标")
    plan_month = models.SmallIntegerField("计划月份")
    amount_fen = models.BigIntegerField("计划额（分）")
    coding_id = models.IntegerField("要素组合")
    set_mode_code = models.TextField("结算方式", blank=True)

    class Meta:
        db_table = "treasury_plan"
        verbose_name = verbose_name_plural = "用款计划"
        indexes = (
            models.Index(fields=["mof_div_code", "fiscal_year", "plan_month"], name="treasury_plan_month"),
            models.Index(fields=["bgt_id"], name="treasury_plan_quota"),
        )
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="treasury_plan_amount"),
            models.CheckConstraint(condition=Q(plan_month__range=(1, 12)), name="treasury_plan_in_year"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Payment(FlowDocument):
    """A payment from its application to its clearing. `doc_key` = pay_app_no.

    `pay_cert_no` is the number under which the bank pays, once: it is unique, and a payment that
    came back gets another one. What was applied never changes; what happens later is written
    with the step at which it happens. An attachment is its name and its SM3 digest, 合同.pdf:66c7...
    """

    bgt_id = models.TextField("指标")
    agency_code = models.TextField("预算单位")
    fund_type_code = models.TextField("资金性质")
    coding_id = models.IntegerField("要素组合")
    amount_fen = models.BigIntegerField("金额（分）")
    pay_type = models.TextField("支付类型")
    stage = models.TextField("资金占用阶段")
    set_mode_code = models.TextField("结算方式", blank=True)
    contract_no = models.TextField("合同号", blank=True)
    payroll_line = models.TextField("工资行", blank=True)
    payee_name = models.TextField("收款人")
    payee_acct_no = models.TextField("收款账号")
    payee_bank_no = models.TextField("收款银行", blank=True)
    purpose = models.TextField("用途")
    agent_bank_no = models.TextField("代理银行", blank=True)
    repeat_reason = models.TextField("确认重复的理由", blank=True, db_default="")
    attachments = ArrayField(models.TextField(), verbose_name="附件", db_default=[])
    pay_cert_no = models.TextField("支付凭证号", null=True)
    voucher_digest = models.TextField("凭证摘要", db_default="")
    message_id = models.TextField("银行报文号", db_default="")
    sent_on = models.DateField("发送日", null=True)
    agent_business_no = models.TextField("银行流水号", db_default="")
    paid_on = models.DateField("支付日", null=True)
    lqd_cert_no = models.TextField("划款凭证号", db_default="")
    act_lqd_date = models.DateField("清算日", null=True)

    class Meta:
        db_table = "treasury_payment"
        verbose_name = verbose_name_plural = "支付申请"
        indexes = (
            models.Index(fields=["bgt_id"], name="treasury_payment_quota"),
            BrinIndex(fields=["paid_on", "act_lqd_date"], name="treasury_payment_day", pages_per_range=16),
            # what is under way: a short index, since cleared payments leave it
            models.Index(
                fields=["mof_div_code", "sent_on"],
                name="treasury_payment_under_way",
                condition=Q(sent_on__isnull=False, act_lqd_date__isnull=True),
            ),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pay_cert_no"], name="treasury_payment_certificate"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="treasury_payment_amount"),
            models.CheckConstraint(
                condition=Q(pay_type__in=["direct", "authorised", "payroll", "entity"]),
                name="treasury_payment_type",
            ),
        ]

    @property
    def pay_app_no(self) -> str:
        """The application's number."""
        return self.doc_key

    def __str__(self) -> str:
        return self.doc_key


class PaymentReturn(models.Model):
    """A certificate that the bank sent back unpaid (退票), and the payee it named."""

    pay_cert_no = models.TextField("支付凭证号", unique=True)
    pay_app_no = models.TextField("支付申请号")
    reason_code = models.TextField("原因代码")
    reason = models.TextField("原因", blank=True)
    returned_on = models.DateField("退票日")
    payee_name = models.TextField("收款人")
    payee_acct_no = models.TextField("收款账号")

    class Meta:
        db_table = "treasury_return"
        verbose_name = verbose_name_plural = "退票"
        indexes = (models.Index(fields=["pay_app_no"], name="treasury_return_payment"),)

    def __str__(self) -> str:
        return self.pay_cert_no


class Refund(FlowDocument):
    """Money that came back after it was paid (退款). `doc_key` = refund_no."""

    pay_app_no = models.TextField("支付申请号")
    amount_fen = models.BigIntegerField("退款额（分）")
    refunded_on = models.DateField("退款日")
    kind = models.TextField("退款方式")
    fund_type_code = models.TextField("资金性质")
    agent_bank_no = models.TextField("代理银行", blank=True)
    reason = models.TextField("原因", blank=True)
    lqd_cert_no = models.TextField("划款凭证号", db_default="")
    act_lqd_date = models.DateField("清算日", null=True)

    class Meta:
        db_table = "treasury_refund"
        verbose_name = verbose_name_plural = "退款"
        indexes = (
            models.Index(fields=["pay_app_no"], name="treasury_refund_payment"),
            models.Index(fields=["mof_div_code", "refunded_on"], name="treasury_refund_day"),
        )
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="treasury_refund_amount"),
            models.CheckConstraint(
                condition=Q(kind__in=["this_year", "last_year_red", "last_year_held"]),
                name="treasury_refund_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.doc_key


class ClearingNotice(FlowDocument):
    """A notice of clearing quota (清算额度通知单). `doc_key` = lqd_quota_notice_no.

    It tells the central-bank treasury how much an agent bank may claim for a day and a fund;
    negative where more came back than was paid.
    """

    cleared_for = models.DateField("支付日")
    fund_type_code = models.TextField("资金性质")
    agent_bank_no = models.TextField("代理银行", blank=True)
    amount_fen = models.BigIntegerField("清算额度（分）")

    class Meta:
        db_table = "treasury_clearing_notice"
        verbose_name = verbose_name_plural = "清算额度通知单"
        indexes = (models.Index(fields=["mof_div_code", "cleared_for"], name="treasury_notice_day"),)

    def __str__(self) -> str:
        return self.doc_key


class ClearingDebit(FlowDocument):
    """What the central-bank treasury moved to an agent bank (划款凭证). `doc_key` = lqd_cert_no."""

    cleared_for = models.DateField("支付日")
    act_lqd_date = models.DateField("清算日")
    fund_type_code = models.TextField("资金性质")
    agent_bank_no = models.TextField("代理银行", blank=True)
    amount_fen = models.BigIntegerField("划款额（分）")
    payment_count = models.IntegerField("笔数")

    class Meta:
        db_table = "treasury_clearing_debit"
        verbose_name = verbose_name_plural = "划款凭证"
        indexes = (models.Index(fields=["mof_div_code", "cleared_for"], name="treasury_debit_day"),)

    def __str__(self) -> str:
        return self.doc_key


class Affair(FlowDocument):
    """Another affair of the treasury: an advance, a loan, a deposit, money in transit. `doc_key` = affair_no.

    `kind` is an event of the posting rules; one that settles an earlier affair names it in
    `settles_no`, and the settlements of an affair never exceed it. What becomes of a refund that is held
    names it in `refund_no`, and the paper of the decision in `basis_doc_no`. `confirm_reason` says why what
    another affair says as well is not the same.
    """

    kind = models.TextField("事项")
    fund_type_code = models.TextField("资金性质")
    amount_fen = models.BigIntegerField("金额（分）")
    interest_fen = models.BigIntegerField("利息（分）", db_default=0)
    settles_no = models.TextField("所结清的事项", blank=True)
    bgt_id = models.TextField("指标", blank=True)
    coding_id = models.IntegerField("要素组合")
    counterparty = models.TextField("对方", blank=True)
    happened_on = models.DateField("发生日")
    summary = models.TextField("摘要", blank=True)
    refund_no = models.TextField("所处理的退款", blank=True, db_default="")
    basis_doc_no = models.TextField("依据文号", blank=True, db_default="")
    confirm_reason = models.TextField("核对情况说明", blank=True, db_default="")

    class Meta:
        db_table = "treasury_affair"
        verbose_name = verbose_name_plural = "国库事项"
        indexes = (
            models.Index(fields=["mof_div_code", "happened_on"], name="treasury_affair_day"),
            models.Index(fields=["settles_no"], name="treasury_affair_settles"),
            models.Index(fields=["refund_no"], name="treasury_affair_refund", condition=~Q(refund_no="")),
        )
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & Q(interest_fen__gte=0), name="treasury_affair_amount"
            ),
        ]

    def __str__(self) -> str:
        return self.doc_key


class AffairReversal(ReversalDocument):
    """An affair that should not stand."""

    class Meta:
        db_table = "treasury_affair_reversal"
        verbose_name = verbose_name_plural = "国库事项冲销单"
