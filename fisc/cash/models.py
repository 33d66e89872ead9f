"""What is known of cash to come: dated receipts and payments that the ledger does not hold yet."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models

from fisc.documents.models import CLOCK


class ExpectedFlow(models.Model):
    """A receipt (positive) or payment (negative) expected on a day: a transfer, debt service, ...

    `recorded_at` and `settled_at` are when it became known, and that it came about; empty in what 0.1.0 left.
    """

    flow_key = models.TextField("编号", unique=True)
    mof_div_code = models.CharField("财政区划", max_length=9)
    stream = models.TextField("类别")
    expected_on = models.DateField("预计日期")
    amount_fen = models.BigIntegerField("金额（分，收为正、付为负）")
    title = models.TextField("说明")
    source_doc_no = models.TextField("文号", blank=True)
    is_movable = models.BooleanField("可以推迟", default=False)
    is_settled = models.BooleanField("已实现或取消", default=False)
    recorded_by = models.TextField("登记人")
    recorded_on = models.DateField("登记日")
    recorded_at = models.DateTimeField("登记时刻", null=True, db_default=CLOCK)
    settled_at = models.DateTimeField("核销时刻", null=True)

    class Meta:
        db_table = "cash_expected_flow"
        verbose_name = verbose_name_plural = "预计收支"
        indexes = (models.Index(fields=["mof_div_code", "expected_on"], name="cash_expected_day"),)
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(amount_fen=0), name="cash_expected_amount"),
        ]

    def __str__(self) -> str:
        return self.flow_key
