"""What revenue keeps: daily reports, shared receipts, refunds, relief, statistics, rules of sharing."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fisc.documents.flow import ENDED
from fisc.documents.models import FlowDocument, ReversalDocument

#: What was given up or reversed leaves its place to another.
_STANDS = ~Q(state__in=list(ENDED))


class DailyReport(FlowDocument):
    """One region's report of one day; `lines` are `[rev_func_code, fund_type_code, amount_fen]`, by code.

    `corrects_no` is the report of an earlier day out of which lines below zero are taken back.
    """

    received_on = models.DateField("入库日期")
    lines = models.JSONField("明细")
    total_fen = models.BigIntegerField("合计（分）")
    corrects_no = models.TextField("更正的日报", blank=True, db_default="")
    confirm_reason = models.TextField("核对情况说明", blank=True, db_default="")

    class Meta:
        db_table = "revenue_daily_report"
        verbose_name = verbose_name_plural = "国库收入日报"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "received_on"], name="revenue_report_day", condition=_STANDS
            ),
            models.CheckConstraint(condition=~Q(lines=[]), name="revenue_report_has_lines"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Receipt(FlowDocument):
    """A receipt before it is shared: what was collected in `mof_div_code`, for all levels together."""

    received_on = models.DateField("入库日期")
    rev_func_code = models.TextField("收入分类")
    fund_type_code = models.TextField("资金性质")
    gross_fen = models.BigIntegerField("入库总额（分）")
    confirm_reason = models.TextField("核对情况说明", blank=True, db_default="")

    class Meta:
        db_table = "revenue_receipt"
        verbose_name = verbose_name_plural = "分成收入"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(gross_fen__gt=0), name="revenue_receipt_above_zero")
        ]

    def __str__(self) -> str:
        return self.doc_key


class Sourced(FlowDocument):
    """A document that rests on a paper from outside: its issuer and title, its number, its file's digest."""

    source_name = models.TextField("来源文件")
    source_no = models.TextField("文号", blank=True)
    source_sha256 = models.TextField("文件摘要", blank=True)

    class Meta:
        abstract = True


class Refund(Sourced):
    """A refund (收入退还书): `full_fen` is what the taxpayer got, `local_fen` what the levels below the
    centre bear of it by the rule, alone (a fen more or less may fall to a level where it is shared).
    `payee_name` and `payee_acct_no` are the taxpayer, '' where the paper named none."""

    refunded_on = models.DateField("退库日期")
    kind = models.TextField("退库种类")
    rev_func_code = models.TextField("收入分类")
    fund_type_code = models.TextField("资金性质")
    full_fen = models.BigIntegerField("退税全额（分）")
    local_fen = models.BigIntegerField("地方负担（分）")
    payee_name = models.TextField("收款人", blank=True, db_default="")
    payee_acct_no = models.TextField("收款账号", blank=True, db_default="")
    confirm_reason = models.TextField("核对情况说明", blank=True, db_default="")

    class Meta:
        db_table = "revenue_refund"
        verbose_name = verbose_name_plural = "收入退还书"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(full_fen__gt=0), name="revenue_refund_above_zero"),
            models.CheckConstraint(
                condition=Q(local_fen__gte=0, local_fen__lte=F("full_fen")), name="revenue_refund_local"
            ),
            models.CheckConstraint(condition=~Q(source_name=""), name="revenue_refund_sourced"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class LevelShare(models.Model):
    """One level's share of a receipt (above zero) or refund (below zero); `to_div_code` is blank for the
    centre. The shares of a document sum to it."""

    doc_kind = models.TextField("单据种类")
    doc_key = models.TextField("单据号")
    mof_div_code = models.CharField("征收地", max_length=9)
    level = models.TextField("级次")
    to_div_code = models.CharField("归属区划", max_length=9, blank=True)
    amount_fen = models.BigIntegerField("金额（分）")

    class Meta:
        db_table = "revenue_level_share"
        verbose_name = verbose_name_plural = "各级分成"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["doc_kind", "doc_key", "level"], name="revenue_share_key")
        ]

    def __str__(self) -> str:
        return f"{self.doc_key} {self.level}"


class DayCode(models.Model):
    """By which kind of document a region's day and code came into the books: never by two."""

    mof_div_code = models.CharField("财政区划", max_length=9)
    received_on = models.DateField("入库日期")
    rev_func_code = models.TextField("收入分类")
    fund_type_code = models.TextField("资金性质")
    doc_kind = models.TextField("单据种类")

    class Meta:
        db_table = "revenue_day_code"
        verbose_name = verbose_name_plural = "收入入账方式"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "received_on", "rev_func_code", "fund_type_code"],
                name="revenue_day_code_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mof_div_code} {self.received_on} {self.rev_func_code}"


class Relief(Sourced):
    """Taxes and fees not collected (减免税费), as the tax authority reports them; never an outlay."""

    reported_on = models.DateField("所属日期")
    kind = models.TextField("减免种类")
    rev_func_code = models.TextField("收入分类", blank=True)
    amount_fen = models.BigIntegerField("减免额（分）")

    class Meta:
        db_table = "revenue_relief"
        verbose_name = verbose_name_plural = "减免税费统计"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="revenue_relief_above_zero"),
            models.CheckConstraint(condition=~Q(source_name=""), name="revenue_relief_sourced"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Statistic(Sourced):
    """A figure published by others; `value` is in the item's unit (fen for money), `printed` as it stood."""

    item = models.TextField("指标")
    of = models.TextField("细目", blank=True)
    value = models.DecimalField("数值", max_digits=30, decimal_places=6)
    printed = models.TextField("原文数值")
    revision = models.SmallIntegerField("版次")

    class Meta:
        db_table = "revenue_statistic"
        verbose_name = verbose_name_plural = "统计数据"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(source_name=""), name="revenue_statistic_sourced")
        ]

    def __str__(self) -> str:
        return self.doc_key


class Sharing(Sourced):
    """How a code is shared in a jurisdiction from a day on; `shares` are `[level, share_bp]`, 10000 in all.

    `jurisdiction` are leading digits: 1506 a city and its banners, 150600 its own level.
    """

    jurisdiction = models.TextField("适用区划")
    rev_func_code = models.TextField("收入分类")
    valid_from = models.DateField("起始日期")
    shares = models.JSONField("各级比例")

    class Meta:
        db_table = "revenue_sharing"
        verbose_name = verbose_name_plural = "分成办法"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["jurisdiction", "rev_func_code", "valid_from"],
                name="revenue_sharing_key",
                condition=_STANDS,
            ),
            models.CheckConstraint(condition=~Q(source_name=""), name="revenue_sharing_sourced"),
        ]

    def __str__(self) -> str:
        return self.doc_key


class Reversal(ReversalDocument):
    """A document of revenue that was posted and should not stand. `doc_key` = reversal_no."""

    class Meta:
        db_table = "revenue_reversal"
        verbose_name = verbose_name_plural = "收入冲销单"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["of_kind", "of_no"], name="revenue_reversal_once", condition=_STANDS
            )
        ]
