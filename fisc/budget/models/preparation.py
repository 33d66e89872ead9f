"""Preparation, approval and issue: what a year's budget goes through before it is quotas.

Documents with lines keep every revision of them; `revision` of the document says which holds.
"""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument


class BasicNeed(FlowDocument):
    """What 三保 needs in a year, as computed: of a department, or of the whole region (dept_code '')."""

    tag = models.TextField("三保标识")
    dept_code = models.TextField("部门")
    standard = models.TextField("标准")
    amount_fen = models.BigIntegerField("测算需求（分）")
    basis = models.TextField("测算依据")

    class Meta:
        db_table = "budget_need"
        verbose_name = verbose_name_plural = "三保测算需求"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "tag", "dept_code", "standard"], name="need_key"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="need_positive"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Proposal(FlowDocument):
    """A department's budget: first up (round 1) or second up (round 2), with the totals it states."""

    dept_code = models.TextField("部门")
    round = models.SmallIntegerField("上报轮次")
    title = models.TextField("标题")
    income_fen = models.BigIntegerField("收入总计（分）")
    outlay_fen = models.BigIntegerField("支出总计（分）")
    basic_fen = models.BigIntegerField("基本支出（分）")
    project_fen = models.BigIntegerField("项目支出（分）")
    lines_digest = models.TextField("明细摘要")
    revision = models.SmallIntegerField("版次", db_default=1)

    class Meta:
        db_table = "budget_proposal"
        verbose_name = verbose_name_plural = "部门预算"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "dept_code", "round"], name="proposal_key"
            ),
            models.CheckConstraint(condition=Q(round__in=(1, 2)), name="proposal_round"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class ProposalLine(models.Model):
    """One line of a department's budget, income or outlay, of one unit, with the elements of its quota."""

    doc_key = models.TextField("部门预算")
    revision = models.SmallIntegerField("版次")
    line_no = models.IntegerField("行号")
    side = models.TextField("收支")
    kind = models.TextField("支出类别")
    agency_code = models.TextField("预算单位")
    fund_type_code = models.TextField("资金性质")
    rev_func_code = models.TextField("收入分类")
    exp_func_code = models.TextField("支出功能分类")
    pro_code = models.TextField("预算项目")
    gov_bgt_eco_code = models.TextField("政府预算支出经济分类")
    dep_bgt_eco_code = models.TextField("部门预算支出经济分类")
    manage_mof_dep_code = models.TextField("业务主管处室")
    bgt_mof_dep_code = models.TextField("指标管理处室")
    bgt_type_code = models.TextField("指标类型")
    pay_type_code = models.TextField("支付方式")
    found_type_code = models.TextField("资金来源")
    theme_code = models.TextField("专题")
    is_gov_purchase = models.TextField("政府采购")
    is_unified_pay = models.TextField("工资统发")
    is_research = models.TextField("科研")
    is_debt = models.TextField("债务")
    is_capital = models.TextField("基建")
    tags = ArrayField(models.TextField(), verbose_name="标识")
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        db_table = "budget_proposal_line"
        verbose_name = verbose_name_plural = "部门预算明细"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_key", "revision", "line_no"], name="proposal_line_key"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="proposal_line_positive"),
            models.CheckConstraint(condition=Q(side__in=("income", "outlay")), name="proposal_line_side"),
        ]

    def __str__(self) -> str:
        return f"{self.doc_key}#{self.line_no}"


class Control(FlowDocument):
    """Control totals (控制数) for one department: the first down."""

    dept_code = models.TextField("部门")
    total_fen = models.BigIntegerField("控制数合计（分）")
    lines_digest = models.TextField("明细摘要")
    revision = models.SmallIntegerField("版次", db_default=1)

    class Meta:
        db_table = "budget_control"
        verbose_name = verbose_name_plural = "预算控制数"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mof_div_code", "fiscal_year", "dept_code"], name="control_key")
        ]

    def __str__(self) -> str:
        return self.doc_key


class ControlLine(models.Model):
    """The control total of a fund and a functional class (类) of a department."""

    doc_key = models.TextField("控制数")
    revision = models.SmallIntegerField("版次")
    line_no = models.IntegerField("行号")
    fund_type_code = models.TextField("资金性质")
    func_class_code = models.TextField("支出功能分类（类）")
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        db_table = "budget_control_line"
        verbose_name = verbose_name_plural = "控制数明细"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["doc_key", "revision", "fund_type_code", "func_class_code"], name="control_line_key"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="control_line_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.doc_key} {self.fund_type_code} {self.func_class_code}"


class Draft(FlowDocument):
    """The government's budget of a region and year, as put to the people's congress and as approved."""

    title = models.TextField("标题")
    source_fen = models.BigIntegerField("来源合计（分）")
    spending_fen = models.BigIntegerField("支出合计（分）")
    reserve_fen = models.BigIntegerField("预备费（分）")
    lines_digest = models.TextField("明细摘要")
    revision = models.SmallIntegerField("版次", db_default=1)
    resolution_no = models.TextField("决议文号", db_default="")
    resolution_title = models.TextField("决议名称", db_default="")
    approved_on = models.DateField("批准日期", null=True)

    class Meta:
        db_table = "budget_draft"
        verbose_name = verbose_name_plural = "政府预算草案"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mof_div_code", "fiscal_year"], name="draft_key"),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(approved_on__isnull=False) & ~Q(resolution_no="") & ~Q(resolution_title=""),
                name="draft_approved_by_resolution",
            ),
        ]

    def __str__(self) -> str:
        return self.doc_key


class DraftLine(models.Model):
    """One line of the government's budget: a source, own spending by class, or a transfer downwards."""

    doc_key = models.TextField("草案")
    revision = models.SmallIntegerField("版次")
    line_no = models.IntegerField("行号")
    side = models.TextField("收支")
    source = models.TextField("来源")
    fund_type_code = models.TextField("资金性质")
    rev_func_code = models.TextField("收入分类")
    exp_func_code = models.TextField("支出功能分类")
    tp_func_code = models.TextField("转移支付功能分类")
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        db_table = "budget_draft_line"
        verbose_name = verbose_name_plural = "草案明细"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_key", "revision", "line_no"], name="draft_line_key"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="draft_line_positive"),
            models.CheckConstraint(condition=Q(side__in=("source", "spending")), name="draft_line_side"),
        ]

    def __str__(self) -> str:
        return f"{self.doc_key}#{self.line_no}"


class Issue(FlowDocument):
    """The approved budget of one department on its way: 批复 to the department, then to its units."""

    dept_code = models.TextField("部门")
    doc_no = models.TextField("批复文号")
    amount_fen = models.BigIntegerField("批复金额（分）")
    issued_on = models.DateField("批复部门日期", null=True)
    unit_doc_no = models.TextField("批复单位文号", db_default="")
    units_issued_on = models.DateField("批复单位日期", null=True)

    class Meta:
        db_table = "budget_issue"
        verbose_name = verbose_name_plural = "预算批复"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mof_div_code", "fiscal_year", "dept_code"], name="issue_key"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="issue_positive"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Publication(FlowDocument):
    """A budget made public: the government's (dept_code '') or a department's."""

    dept_code = models.TextField("部门")
    published_on = models.DateField("公开日期")
    place = models.TextField("公开网址或刊物")

    class Meta:
        db_table = "budget_publication"
        verbose_name = verbose_name_plural = "预算公开"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "dept_code"], name="publication_key"
            )
        ]

    def __str__(self) -> str:
        return self.doc_key


class EarlySpending(FlowDocument):
    """Spending arranged before the congress approves (预算法第五十四条), with what it rests on."""

    kind = models.TextField("情形")
    fund_type_code = models.TextField("资金性质")
    amount_fen = models.BigIntegerField("金额（分）")
    basis = models.TextField("依据")
    arranged_on = models.DateField("安排日期")

    class Meta:
        db_table = "budget_early_spending"
        verbose_name = verbose_name_plural = "批准前支出"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="early_spending_positive")
        ]

    def __str__(self) -> str:
        return self.doc_key


class PriorLevel(models.Model):
    """Spending from January to a month of an earlier year that this ledger does not hold."""

    mof_div_code = models.CharField("财政区划", max_length=9)
    fiscal_year = models.SmallIntegerField("年度")
    month = models.SmallIntegerField("截至月份")
    kind = models.TextField("类别")
    fund_type_code = models.TextField("资金性质")
    amount_fen = models.BigIntegerField("累计支出（分）")
    source = models.TextField("来源")

    class Meta:
        db_table = "budget_prior_level"
        verbose_name = verbose_name_plural = "上年同期支出"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "month", "kind", "fund_type_code"],
                name="prior_level_key",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="prior_level_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.mof_div_code} {self.fiscal_year}-{self.month:02d} {self.kind}"
