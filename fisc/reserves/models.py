"""Documents of money between budgets and of reserves, in integer fen; balances stand in the ledger."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument, ReversalDocument


class FundMove(FlowDocument):
    """Money that goes from one budget to another, or into or out of a reserve. `doc_key` = move_no.

    `kind` is one of `rules.KINDS`; `to_fund_type_code` is said of a transfer between budgets alone, and
    `fund_kind_code` of one out of a government fund.
    """

    kind = models.TextField("事项")
    fund_type_code = models.TextField("资金性质")
    to_fund_type_code = models.TextField("调入的资金性质", blank=True)
    fund_kind_code = models.TextField("基金种类", blank=True, default="", db_default="")
    amount_fen = models.BigIntegerField("金额（分）")
    approval_no = models.TextField("批准文号")
    happened_on = models.DateField("发生日")
    summary = models.TextField("摘要", blank=True)

    class Meta:
        db_table = "reserves_move"
        verbose_name = verbose_name_plural = "预算间调拨与储备单"
        indexes: ClassVar = [
            models.Index(fields=["mof_div_code", "happened_on"], name="reserves_move_day"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="reserves_move_amount"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Reversal(ReversalDocument):
    """A move that should not stand."""

    class Meta:
        db_table = "reserves_reversal"
        verbose_name = verbose_name_plural = "预算间调拨与储备冲销单"
