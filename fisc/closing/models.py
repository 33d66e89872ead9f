"""The documents of a year's end, by which entries it closed or carried; what first books begin with."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.flow import ENDED
from fisc.documents.models import FlowDocument, ReversalDocument


class YearEnd(FlowDocument):
    """One paper of a region's year end; `round` counts repeats.

    `sources` carries money from above over, `quotas` closes the quota book,
    `surplus` settles what is left over, `close` and `open` end the books.

    A later round posts only what came after the one before. `entry_keys` are the natural keys of the
    entries that posting made: statements leave them out.
    """

    kind = models.TextField("种类")
    round = models.SmallIntegerField("次数")
    entry_keys = ArrayField(models.TextField(), verbose_name="凭证")

    class Meta:
        db_table = "closing_year_end"
        verbose_name = verbose_name_plural = "年终结账单"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "fiscal_year", "kind", "round"], name="closing_year_end_round"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["sources", "quotas", "surplus", "close", "open"]),
                name="closing_year_end_steps",
            ),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Opening(FlowDocument):
    """Balances with which the first books of a region begin; `basis` is where they stand on paper."""

    doc_no = models.TextField("文号")
    basis = models.TextField("依据")
    lines_digest = models.TextField("明细摘要")

    class Meta:
        db_table = "closing_opening"
        verbose_name = verbose_name_plural = "年初余额单"

    def __str__(self) -> str:
        return self.doc_key


class OpeningLine(models.Model):
    """A balance on an account of a book, by the elements that balances of it keep."""

    doc_key = models.TextField("年初余额单")
    line_no = models.IntegerField("行号")
    account = models.TextField("科目")
    side = models.TextField("方向")
    amount_fen = models.BigIntegerField("金额（分）")
    fund_type_code = models.TextField("资金性质")
    rec_div_code = models.TextField("接收方区划", blank=True)
    enterprise_code = models.TextField("企业", blank=True)
    equity_part_code = models.TextField("权益项目", blank=True)
    agency_code = models.TextField("预算单位", blank=True)
    dept_code = models.TextField("部门", blank=True)
    pro_code = models.TextField("预算项目", blank=True)
    exp_func_code = models.TextField("支出功能分类", blank=True)
    gov_bgt_eco_code = models.TextField("政府预算支出经济分类", blank=True)
    dep_bgt_eco_code = models.TextField("部门预算支出经济分类", blank=True)
    scheme_code = models.TextField("保险险种", blank=True)
    is_debt = models.TextField("是否债务", blank=True)
    is_last_year = models.TextField("是否上年", blank=True)
    rev_func_code = models.TextField("收入分类", blank=True, default="", db_default="")

    class Meta:
        db_table = "closing_opening_line"
        verbose_name = verbose_name_plural = "年初余额明细"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_key", "line_no"], name="closing_opening_line_key"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="closing_opening_line_positive"),
            models.CheckConstraint(condition=Q(side__in=["debit", "credit"]), name="closing_opening_side"),
        ]

    def __str__(self) -> str:
        return f"{self.doc_key} {self.line_no}"


class OpeningReversal(ReversalDocument):
    """Opening balances that were posted and should not stand."""

    class Meta:
        db_table = "closing_opening_reversal"
        verbose_name = verbose_name_plural = "年初余额冲销单"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["of_kind", "of_no"], name="closing_opening_reversal_once",
                condition=~Q(state__in=list(ENDED)),
            ),
        ]  # fmt: skip
