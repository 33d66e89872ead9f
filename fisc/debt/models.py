"""Documents of the service of on-lent debt. Amounts are integer fen.

What is owed is never a column here: it stands in the ledger (2026 and 1041, from 2023 2031 and 1041).
"""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fisc.documents.models import FlowDocument, ReversalDocument


class DebtEvent(FlowDocument):
    """Interest that fell due, or principal and interest between two levels. `doc_key` = event_no.

    `kind` is an event of the posting rules, `part` principal or interest; of interest `accrued_fen` is what
    stood as due before. `settles_no` is the earlier event that this one settles, `pay_app_no` the payment
    that carried the money, `bgt_id` the quota that a charge uses up. `confirm_reason` says why what another
    event says as well is not the same.
    """

    kind = models.TextField("事项")
    part = models.TextField("本金或利息")
    upper_div_code = models.CharField("上级区划", max_length=9, blank=True)
    lower_div_code = models.CharField("下级区划", max_length=9, blank=True)
    fund_type_code = models.TextField("资金性质")
    amount_fen = models.BigIntegerField("金额（分）")
    accrued_fen = models.BigIntegerField("其中已计提（分）", db_default=0)
    settles_no = models.TextField("所结清的事项", blank=True)
    pay_app_no = models.TextField("支付申请号", blank=True)
    bgt_id = models.TextField("指标", blank=True)
    happened_on = models.DateField("发生日")
    basis_doc_no = models.TextField("依据文号", blank=True)
    summary = models.TextField("摘要", blank=True)
    confirm_reason = models.TextField("核对情况说明", blank=True, db_default="")

    class Meta:
        db_table = "debt_event"
        verbose_name = verbose_name_plural = "债务收付单"
        indexes: ClassVar = [
            models.Index(fields=["mof_div_code", "happened_on"], name="debt_event_day"),
            models.Index(fields=["settles_no"], name="debt_event_settles"),
            models.Index(fields=["pay_app_no"], name="debt_event_payment"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="debt_event_amount"),
            models.CheckConstraint(
                condition=Q(accrued_fen__gte=0) & Q(accrued_fen__lte=F("amount_fen")),
                name="debt_event_accrued",
            ),
            models.CheckConstraint(condition=Q(part__in=["principal", "interest"]), name="debt_event_part"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Reversal(ReversalDocument):
    """An event of debt that should not stand."""

    class Meta:
        db_table = "debt_reversal"
        verbose_name = verbose_name_plural = "债务收付冲销单"
