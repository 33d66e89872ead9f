"""What came in by file: which file brought which payment applications, row by row."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models


class ImportBatch(models.Model):
    """One run of an import that brought something new; the same file again brings nothing."""

    mof_div_code = models.CharField("财政区划", max_length=9)
    fiscal_year = models.SmallIntegerField("预算年度")
    file_name = models.TextField("文件名")
    file_sha256 = models.CharField("文件摘要", max_length=64)
    sheet = models.TextField("工作表", blank=True)
    mode = models.TextField("方式")
    row_count = models.IntegerField("行数")
    imported_count = models.IntegerField("导入行数")
    refused_count = models.IntegerField("拒绝行数")
    amount_fen = models.BigIntegerField("导入金额（分）")
    imported_by = models.TextField("导入人")
    imported_on = models.DateField("导入日")

    class Meta:
        db_table = "treasury_import_batch"
        verbose_name = verbose_name_plural = "批量导入"
        indexes = (models.Index(fields=["file_sha256"], name="treasury_import_file"),)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(mode__in=["all_or_nothing", "clean_rows_only"]),
                name="treasury_import_mode",
            ),
            models.CheckConstraint(
                condition=models.Q(imported_count__gt=0, amount_fen__gt=0), name="treasury_import_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.imported_on}"


class ImportLine(models.Model):
    """Which row of which file a payment application came from; an application comes in once."""

    batch = models.ForeignKey(ImportBatch, models.PROTECT, verbose_name="批次", related_name="lines")
    row_no = models.IntegerField("行号")
    pay_app_no = models.TextField("支付申请编号", unique=True)

    class Meta:
        db_table = "treasury_import_line"
        verbose_name = verbose_name_plural = "导入行"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "row_no"], name="treasury_import_row")
        ]

    def __str__(self) -> str:
        return self.pay_app_no
