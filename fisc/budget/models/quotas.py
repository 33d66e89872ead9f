"""Quota documents (指标文), their lines, and the quotas they bring about.

A quota document is one operation of the field: entered, appended, cut, swapped, frozen and so
on. Its lines say which quota moves by how much. A quota is a coding block with a name
(`bgt_id`): what is available of it, and at which stage, is a balance in the ledger and is not
kept here. Lines and quotas are written once; the database refuses to change them.
"""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument, ReversalDocument


class QuotaDocument(FlowDocument):
    """A quota document: `doc_key` is region:year:doc_no, `operation` says which operation it is."""

    operation = models.TextField("业务")
    doc_no = models.TextField("本级指标文号")
    dated_on = models.DateField("文件日期")
    title = models.TextField("标题")
    base = models.TextField("安排依据", help_text="approved 已批预算，added 自带来源，received 已入来源账")
    source = models.TextField("来源", help_text="own transfer debt carried unit")
    rev_func_code = models.TextField("收入分类")
    sup_bgt_doc_no = models.TextField("上级指标文号")
    basis_doc_no = models.TextField("批准文号")
    reason = models.TextField("事由")
    scope = models.TextField("压减口径")
    base_fen = models.BigIntegerField("压减基数（分）")
    line_count = models.IntegerField("行数")
    total_fen = models.BigIntegerField("合计（分）")
    lines_digest = models.TextField("明细摘要")
    revision = models.SmallIntegerField("版次", db_default=1)

    class Meta:
        db_table = "budget_quota_document"
        verbose_name = verbose_name_plural = "指标文"
        constraints: ClassVar = [
            # what was given up leaves its number to the next
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "doc_no"],
                condition=~Q(state="discarded"),
                name="quota_doc_no",
            ),
            models.CheckConstraint(condition=Q(line_count__gt=0), name="quota_doc_has_lines"),
            models.CheckConstraint(condition=Q(base_fen__gte=0), name="quota_doc_base"),
        ]

    def __str__(self) -> str:
        return f"{self.doc_no} {self.title}"


class QuotaLine(models.Model):
    """One line of a quota document: `bgt_id` moves by `amount_fen`, negative only where money is swapped out.

    `coding_id` is there where the line may bring a quota about; `ori_bgt_id` is the quota it comes
    from, or the advance that it settles.
    """

    doc_key = models.TextField("指标文")
    revision = models.SmallIntegerField("版次", db_default=1)
    line_no = models.IntegerField("行号")
    bgt_id = models.TextField("指标")
    ori_bgt_id = models.TextField("上级指标")
    amount_fen = models.BigIntegerField("金额（分）")
    stage = models.TextField("所在环节", help_text="pending 待分，executable 可执行")
    base_fen = models.BigIntegerField("压减基数（分）")
    coding_id = models.IntegerField("要素组合", null=True)
    tags = ArrayField(models.TextField(), verbose_name="标识")

    class Meta:
        db_table = "budget_quota_line"
        verbose_name = verbose_name_plural = "指标文明细"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_key", "revision", "line_no"], name="quota_line_key"),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="quota_line_amount"),
            models.CheckConstraint(condition=Q(stage__in=("pending", "executable")), name="quota_line_stage"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["bgt_id"], name="quota_line_quota"),
            models.Index(fields=["ori_bgt_id"], name="quota_line_origin", condition=~Q(ori_bgt_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.doc_key} {self.line_no}"


class Elements(models.Model):
    """The elements (要素) of a quota, spelled as in the coding block of the ledger."""

    fiscal_year = models.SmallIntegerField("预算年度")
    mof_div_code = models.TextField("财政区划")
    fund_type_code = models.TextField("资金性质")
    agency_code = models.TextField("预算单位")
    dept_code = models.TextField("部门")
    pro_code = models.TextField("预算项目")
    exp_func_code = models.TextField("支出功能分类")
    gov_bgt_eco_code = models.TextField("政府预算支出经济分类")
    dep_bgt_eco_code = models.TextField("部门预算支出经济分类")
    manage_mof_dep_code = models.TextField("业务主管处室")
    bgt_mof_dep_code = models.TextField("指标管理处室")
    bgt_type_code = models.TextField("指标类型")
    source_type_code = models.TextField("预算来源", help_text="1 年初预算 2 调整 3 调剂")
    is_advance = models.TextField("是否提前安排")
    budget_level_code = models.TextField("预算级次")
    cor_bgt_doc_no = models.TextField("本级指标文号")
    sup_bgt_doc_no = models.TextField("上级指标文号")
    is_gov_purchase = models.TextField("是否政府采购")
    pay_type_code = models.TextField("支付方式")
    is_unified_pay = models.TextField("是否工资统发")
    is_direct_fund = models.TextField("直达资金标识")
    is_research = models.TextField("是否科研")
    is_debt = models.TextField("是否债务")
    is_capital = models.TextField("是否基建")
    found_type_code = models.TextField("资金来源")
    theme_code = models.TextField("专题")

    class Meta:
        abstract = True


class Quota(Elements):
    """A quota (指标). `first_year` is the year its money was first budgeted, kept when it is carried over."""

    bgt_id = models.TextField("指标", unique=True)
    coding_id = models.IntegerField("要素组合", unique=True)
    doc_key = models.TextField("指标文")
    ori_bgt_id = models.TextField("上级指标")
    bgt_exe_flag = models.TextField("可执行标志", help_text="1 可执行 2 待分")
    tags = ArrayField(models.TextField(), verbose_name="标识")
    source = models.TextField("来源")
    rev_func_code = models.TextField("收入分类")
    first_year = models.SmallIntegerField("初次安排年度")
    issued_on = models.DateField("下达日期")

    class Meta:
        db_table = "budget_quota"
        verbose_name = verbose_name_plural = "指标"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(bgt_exe_flag__in=("1", "2")), name="quota_exe_flag"),
            models.CheckConstraint(
                condition=Q(first_year__lte=models.F("fiscal_year")), name="quota_first_year"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["mof_div_code", "fiscal_year", "dept_code"], name="quota_place"),
            models.Index(fields=["sup_bgt_doc_no"], name="quota_upper", condition=~Q(sup_bgt_doc_no="")),
            models.Index(fields=["ori_bgt_id"], name="quota_origin", condition=~Q(ori_bgt_id="")),
        ]

    def __str__(self) -> str:
        return self.bgt_id


class Advance(FlowDocument):
    """Funds advanced (预拨经费) before they are a unit's budget; 1011 holds them on `coding_id`."""

    agency_code = models.TextField("预算单位")
    fund_type_code = models.TextField("资金性质")
    exp_func_code = models.TextField("支出功能分类")
    amount_fen = models.BigIntegerField("金额（分）")
    purpose = models.TextField("用途")
    basis_doc_no = models.TextField("批准文号")
    coding_id = models.IntegerField("要素组合")
    confirm_reason = models.TextField("核对情况说明", blank=True, db_default="")

    class Meta:
        db_table = "budget_advance"
        verbose_name = verbose_name_plural = "预拨经费"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="advance_amount"),
            models.CheckConstraint(condition=~Q(basis_doc_no=""), name="advance_has_basis"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class AdvanceReturn(FlowDocument):
    """Funds advanced that came back to the treasury before they were spent. `doc_key` = return_no."""

    advance = models.TextField("预拨单")
    fund_type_code = models.TextField("资金性质")
    amount_fen = models.BigIntegerField("金额（分）")
    happened_on = models.DateField("发生日")
    reason = models.TextField("收回原因")

    class Meta:
        db_table = "budget_advance_return"
        verbose_name = verbose_name_plural = "预拨经费收回单"
        indexes: ClassVar = [models.Index(fields=["advance"], name="advance_return_of")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="advance_return_amount"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class AdvanceReversal(ReversalDocument):
    """A return of funds advanced that should not stand."""

    class Meta:
        db_table = "budget_advance_reversal"
        verbose_name = verbose_name_plural = "预拨经费收回冲销单"
