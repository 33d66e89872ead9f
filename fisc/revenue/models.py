"""The treasury's daily report of revenue (国库当日预算收入日报表) and its lines."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument


class DailyReport(FlowDocument):
    """One region's report of one day; `lines` are `[rev_func_code, fund_type_code, amount_fen]`, by code."""

    received_on = models.DateField("入库日期")
    lines = models.JSONField("明细")
    total_fen = models.BigIntegerField("合计（分）")

    class Meta:
        db_table = "revenue_daily_report"
        verbose_name = verbose_name_plural = "国库收入日报"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mof_div_code", "received_on"], name="revenue_report_day"),
            models.CheckConstraint(condition=~Q(lines=[]), name="revenue_report_has_lines"),
        ]

    def __str__(self) -> str:
        return self.doc_key
