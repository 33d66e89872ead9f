"""The project library: a row for each project and year, and the goals it is held to."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument


class LibraryProject(FlowDocument):
    """A project in one year (BGT_PM_ANNUAL): declared, audited, in the library, funded.

    `apply_up_fen` is what the unit asks, `fin_audit_fen` what finance found due, `reply_amt_fen` what
    the approved budget gives. A project becomes an element of its year when it enters the library,
    so its code is what was declared, not yet the registry's `pro_code`. `revision` counts
    declarations; indicators belong to one revision.
    """

    declared_pro_code = models.TextField("项目代码")
    name = models.TextField("项目名称")
    agency_code = models.TextField("预算单位")
    dept_code = models.TextField("部门")
    manage_mof_dep_code = models.TextField("业务主管处室")
    pro_kind_code = models.TextField("项目期限")
    pro_class = models.TextField("项目类别")
    fund_type_code = models.TextField("资金性质")
    exp_func_code = models.TextField("支出功能分类")
    first_year = models.SmallIntegerField("开始年度")
    last_year = models.SmallIntegerField("结束年度", null=True)
    total_fen = models.BigIntegerField("项目总额（分）")
    apply_up_fen = models.BigIntegerField("申报（分）")
    fin_audit_fen = models.BigIntegerField("财政审核（分）", null=True)
    reply_amt_fen = models.BigIntegerField("年初批复（分）", null=True)
    goal = models.TextField("年度绩效目标")
    basis = models.TextField("立项依据")
    theme_codes = ArrayField(models.TextField(), verbose_name="专题")
    tags = ArrayField(models.TextField(), verbose_name="标识")
    goals_digest = models.TextField("绩效目标摘要")
    rolled_from = models.TextField("滚动自")
    revision = models.SmallIntegerField("版次", db_default=1)

    class Meta:
        db_table = "budget_library_project"
        verbose_name = verbose_name_plural = "项目申报"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "declared_pro_code"], name="library_project_year"
            ),
            models.CheckConstraint(condition=Q(apply_up_fen__gt=0), name="library_applied_positive"),
            models.CheckConstraint(
                condition=Q(fin_audit_fen__isnull=True)
                | Q(fin_audit_fen__gt=0, fin_audit_fen__lte=models.F("apply_up_fen")),
                name="library_audit_within_applied",
            ),
            models.CheckConstraint(
                condition=Q(reply_amt_fen__isnull=True) | Q(reply_amt_fen__gte=0),
                name="library_reply_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.declared_pro_code} {self.name}"


class PerformanceIndicator(models.Model):
    """One indicator of a project's goals (PM_PERF_INDICATOR); weights of a revision sum to 10 000 bp."""

    doc_key = models.TextField("项目单据号")
    revision = models.SmallIntegerField("版次")
    kpi_no = models.SmallIntegerField("序号")
    kpi_lv1 = models.TextField("一级指标")
    kpi_lv2 = models.TextField("二级指标")
    kpi_lv3 = models.TextField("三级指标")
    kpi_val = models.TextField("指标值")
    kpi_evalstd = models.TextField("评扣分标准")
    direction = models.TextField("方向")
    weight_bp = models.IntegerField("权重（万分之一）")

    class Meta:
        db_table = "budget_performance_indicator"
        verbose_name = verbose_name_plural = "绩效指标"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_key", "revision", "kpi_no"], name="indicator_key"),
            models.CheckConstraint(
                condition=Q(weight_bp__gt=0, weight_bp__lte=10_000), name="indicator_weight_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doc_key} {self.kpi_lv3}"
