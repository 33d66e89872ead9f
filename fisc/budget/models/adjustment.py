"""Formal adjustments of the budget (预算调整) and their lines."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument


class Adjustment(FlowDocument):
    """A plan to adjust the budget; in force when the standing committee's resolution is recorded."""

    doc_no = models.TextField("调整方案文号")
    title = models.TextField("标题")
    dated_on = models.DateField("方案日期")
    session_on = models.DateField("常委会会议日期")
    cases = ArrayField(models.TextField(), verbose_name="调整情形", help_text="预算法第六十七条")
    resolution_doc_no = models.TextField("决议文号", blank=True)
    income_fen = models.BigIntegerField("来源增减（分）")
    outlay_fen = models.BigIntegerField("支出增减（分）")
    lines_digest = models.TextField("明细摘要")
    revision = models.SmallIntegerField("版次", db_default=1)

    class Meta:
        db_table = "budget_adjustment"
        verbose_name = verbose_name_plural = "预算调整方案"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="resolved") | ~Q(resolution_doc_no=""), name="adjustment_resolved"
            ),
            models.CheckConstraint(
                condition=Q(income_fen=models.F("outlay_fen")), name="adjustment_balanced"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doc_no} {self.title}"


class AdjustmentLine(models.Model):
    """A line of an adjustment: a source or a class of spending that grows or shrinks by `amount_fen`."""

    doc_key = models.TextField("调整方案")
    revision = models.SmallIntegerField("版次", db_default=1)
    line_no = models.IntegerField("行号")
    side = models.TextField("收支", help_text="source 来源，spending 支出")
    kind = models.TextField("类别", help_text="来源 own transfer debt carried；支出 own transfer")
    coding_id = models.IntegerField("要素组合")
    amount_fen = models.BigIntegerField("增减（分）")

    class Meta:
        db_table = "budget_adjustment_line"
        verbose_name = verbose_name_plural = "预算调整明细"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_key", "revision", "line_no"], name="adjustment_line_key"),
            models.CheckConstraint(condition=~Q(amount_fen=0), name="adjustment_line_amount"),
            models.CheckConstraint(condition=Q(side__in=("source", "spending")), name="adjustment_line_side"),
        ]

    def __str__(self) -> str:
        return f"{self.doc_key} {self.line_no}"
