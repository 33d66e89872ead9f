# ruff: noqa: D106 -- a Meta says nothing that needs words
"""Recorded figures: what was computed, when, and from which postings. Only ever added to."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from fisc.kernel.errors import AppendOnly


class RecordedFigure(models.Model):
    """A figure as it was computed for a region, a year and a moment.

    `value` is exact text in `unit` (fen, ratio, count), empty where there was none, and then
    `reason` says why. `posting_digest` is SM3 over (entry id, line, amount) of the rows.
    The database refuses updates and deletes.
    """

    figure_id = models.CharField("指标", max_length=120)
    figure_version = models.IntegerField("口径版本")
    region = models.CharField("区划", max_length=9)
    scope = models.CharField("范围", max_length=5)
    fiscal_year = models.SmallIntegerField("年度")
    cutoff_month = models.SmallIntegerField("截止月份", null=True)
    as_of = models.DateTimeField("时点")
    value = models.CharField("数值", max_length=60, blank=True)
    unit = models.CharField("单位", max_length=10)
    reason = models.CharField("无数值的原因", max_length=500, blank=True)
    posting_count = models.BigIntegerField("分录数")
    posting_digest = models.CharField("分录摘要", max_length=64)
    recorded_at = models.DateTimeField("记录时刻", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "已记录的指标"
        indexes: ClassVar = [
            models.Index(fields=["figure_id", "region", "fiscal_year"], name="figures_rec_figure__idx")
        ]

    def __str__(self) -> str:
        return f"{self.figure_id} {self.region} {self.fiscal_year} = {self.value or self.reason}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; a row that stands is never changed."""
        if self.pk is not None:
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: a recorded figure stands."""
        _refuse()


def _refuse() -> NoReturn:
    raise AppendOnly("已记录的指标不能修改或删除", rule="只增不改", hint="口径或数据变了，请另行记录")
