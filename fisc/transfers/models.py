"""The documents of transfers and their lines: schema only, rows are written by the services."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fisc.documents.models import FlowDocument


class Grant(FlowDocument):
    """What documents that grant money have in common; their amounts are `TransferLine` rows.

    `lines_digest` covers the lines, so the same number with other amounts is a conflict.
    """

    bgt_doc_no = models.TextField("文号")
    sup_bgt_doc_no = models.TextField("上级文号", blank=True)
    title = models.TextField("标题")
    dated_on = models.DateField("成文日期")
    fund_type_code = models.CharField("资金性质", max_length=6)
    is_direct_fund = models.CharField("直达资金标识", max_length=2, blank=True)
    is_advance = models.CharField("是否提前安排", max_length=2, blank=True)
    approval_no = models.TextField("人大批准文号", blank=True)
    total_fen = models.BigIntegerField("合计（分）")
    lines_digest = models.TextField("明细摘要")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.bgt_doc_no


class Receipt(Grant):
    """A document from above (上级指标文) as the receiver registers it."""

    from_div_code = models.CharField("下达方区划", max_length=9)
    budget_level_code = models.CharField("预算级次", max_length=2, blank=True)
    is_budgeted = models.BooleanField("已列预算")
    confirm_reason = models.TextField("核对情况说明", blank=True, db_default="")

    class Meta:
        db_table = "transfers_receipt"
        verbose_name = verbose_name_plural = "上级转移支付文件"
        indexes: ClassVar = [models.Index(fields=["sup_bgt_doc_no"], name="transfers_receipt_source")]


class Issue(Grant):
    """A document by which a government issues transfers to lower ones (下达文)."""

    class Meta:
        db_table = "transfers_issue"
        verbose_name = verbose_name_plural = "转移支付下达文件"
        indexes: ClassVar = [models.Index(fields=["sup_bgt_doc_no"], name="transfers_issue_source")]


class TransferLine(models.Model):
    """An amount that a giver grants a receiver: one line of a receipt or an issue, both sides in one row.

    In force once `effective_on` is set. `line_key` bears the number of the paper, and names the line that is
    in force under it: lines of papers that were given up bear it too. `booked_fen` is what treasuries have
    booked of it as income and outlay (paid, or accrued at a year's end). `is_budgeted`: an approved budget
    holds the money already (a government's own, or told early and counted in), so the line takes from,
    or leaves alone, what the budget put into the quota book.

    Numbers stand in their one form (`paper_number`): `cor_bgt_doc_no` is the giver's own, `sup_bgt_doc_no`
    that under which the giver had the money, and `rec_bgt_doc_no` the receiver's number from above; '' on
    lines of before, whose receivers have the giver's number from above.
    """

    line_key = models.TextField("明细号")
    doc_key = models.TextField("单据号")
    line_no = models.IntegerField("行号")
    is_issue = models.BooleanField("由本簿下达")
    giver_div_code = models.CharField("下达方区划", max_length=9)
    rec_div_code = models.CharField("接收方区划", max_length=9)
    fiscal_year = models.SmallIntegerField("预算年度")
    fund_type_code = models.CharField("资金性质", max_length=6)
    cor_bgt_doc_no = models.TextField("下达文号")
    sup_bgt_doc_no = models.TextField("上级文号")
    rec_bgt_doc_no = models.TextField("接收方上级文号", db_default="", default="")
    rev_func_code = models.TextField("收入分类")
    tp_func_code = models.TextField("转移支付支出功能分类")
    exp_func_code = models.TextField("支出功能分类（拟用）", blank=True)
    category = models.TextField("类别")
    source_type_code = models.CharField("预算来源", max_length=1)
    is_direct_fund = models.CharField("直达资金标识", max_length=2, blank=True)
    is_advance = models.CharField("是否提前安排", max_length=2, blank=True)
    is_budgeted = models.BooleanField("已列预算")
    amount_fen = models.BigIntegerField("金额（分）")
    effective_on = models.DateField("生效日期", null=True)
    taken_back_fen = models.BigIntegerField("已收回（分）", db_default=0)
    booked_fen = models.BigIntegerField("已列收支（分）", db_default=0)

    class Meta:
        db_table = "transfers_line"
        verbose_name = verbose_name_plural = "转移支付明细"
        indexes: ClassVar = [
            models.Index(fields=["line_key"], name="transfers_line_key"),
            models.Index(fields=["sup_bgt_doc_no"], name="transfers_line_source"),
            models.Index(fields=["cor_bgt_doc_no"], name="transfers_line_number"),
            models.Index(fields=["rec_div_code", "fiscal_year"], name="transfers_line_receiver"),
            models.Index(fields=["giver_div_code", "fiscal_year"], name="transfers_line_giver"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_key", "is_issue", "line_no"], name="transfers_line_of_one"),
            models.UniqueConstraint(
                fields=["line_key"], condition=Q(effective_on__isnull=False), name="transfers_line_in_force"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="transfers_line_positive"),
            models.CheckConstraint(
                condition=Q(taken_back_fen__gte=0)
                & Q(booked_fen__gte=0)
                & Q(booked_fen__lte=F("amount_fen") - F("taken_back_fen")),
                name="transfers_line_not_overdrawn",
            ),
        ]

    def __str__(self) -> str:
        return self.line_key

    @property
    def source_no(self) -> str:
        """The number from above under which the receiver has the money."""
        return self.rec_bgt_doc_no or self.sup_bgt_doc_no

    @property
    def passed_no(self) -> str:
        """The number from above under which its giver had the money; '' where it was the giver's own."""
        is_passed_on = self.is_issue and self.sup_bgt_doc_no != self.cor_bgt_doc_no
        return self.sup_bgt_doc_no if is_passed_on else ""

    @property
    def is_bond(self) -> bool:
        """Whether it is on-lent debt."""
        return self.category == "bond"


class Arrangement(FlowDocument):
    """Money of a source document given to a use: own spending (9201) or transfers below (9202)."""

    sup_bgt_doc_no = models.TextField("上级文号")
    fund_type_code = models.CharField("资金性质", max_length=6)
    use = models.TextField("用途（own 本级、transfer 对下）")
    func_code = models.TextField("支出功能分类或转移支付支出功能分类")
    source_type_code = models.CharField("预算来源", max_length=1)
    is_return = models.BooleanField("退回待安排")
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        db_table = "transfers_arrangement"
        verbose_name = verbose_name_plural = "上级资金安排单"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="transfers_arrangement_positive")
        ]

    def __str__(self) -> str:
        return self.doc_key


class TakeBack(FlowDocument):
    """An amount of a line that its giver takes back (收回): red in both quota books."""

    line_key = models.TextField("明细号")
    amount_fen = models.BigIntegerField("金额（分）")
    reason = models.TextField("事由")

    class Meta:
        db_table = "transfers_take_back"
        verbose_name = verbose_name_plural = "转移支付收回单"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="transfers_take_back_positive")
        ]

    def __str__(self) -> str:
        return self.doc_key


class Cash(FlowDocument):
    """Cash, or a year-end accrual of it, between two governments. `kind` names its posting rules.

    `line_key` is the line it is booked on, `ref_no` the earlier cash that it settles.
    """

    kind = models.TextField("种类")
    giver_div_code = models.CharField("付出方区划", max_length=9)
    rec_div_code = models.CharField("接收方区划", max_length=9)
    fund_type_code = models.CharField("资金性质", max_length=6)
    line_key = models.TextField("明细号", blank=True)
    ref_no = models.TextField("原单号", blank=True)
    func_code = models.TextField("上解支出功能分类", blank=True)
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        db_table = "transfers_cash"
        verbose_name = verbose_name_plural = "政府间资金往来单"
        indexes: ClassVar = [
            models.Index(fields=["line_key"], name="transfers_cash_line"),
            models.Index(fields=["ref_no"], name="transfers_cash_reference"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="transfers_cash_positive")
        ]

    def __str__(self) -> str:
        return self.doc_key


class Current(models.Model):
    """What stands between two governments until it is settled: early cash, an advance, an accrual."""

    cash_no = models.TextField("单号", unique=True)
    kind = models.TextField("种类")
    giver_div_code = models.CharField("付出方区划", max_length=9)
    rec_div_code = models.CharField("接收方区划", max_length=9)
    fiscal_year = models.SmallIntegerField("预算年度")
    fund_type_code = models.CharField("资金性质", max_length=6)
    opened_on = models.DateField("发生日期")
    amount_fen = models.BigIntegerField("金额（分）")
    settled_fen = models.BigIntegerField("已结清（分）", db_default=0)

    class Meta:
        db_table = "transfers_current"
        verbose_name = verbose_name_plural = "上下级往来"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(settled_fen__gte=0) & Q(settled_fen__lte=F("amount_fen")),
                name="transfers_current_not_oversettled",
            )
        ]

    def __str__(self) -> str:
        return self.cash_no
