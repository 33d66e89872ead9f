"""Every amount of every imported book, as it is printed, beside the ledger document it belongs to."""

from __future__ import annotations

from django.db import models


class DisclosureLine(models.Model):
    """One amount cell of a published table.

    `document_id` is the ledger document (one per table, region, year and stage); `fact_key`
    names what the line says, as `PostedFact` does for the entry that posts it, '' where the line
    posts nothing. Amounts are integer fen.
    """

    document_id = models.BigIntegerField(verbose_name="账务单据")
    sheet = models.TextField(verbose_name="工作表")
    cell = models.TextField(verbose_name="单元格")
    table = models.TextField(verbose_name="表的种类")
    number = models.TextField(verbose_name="表号")
    region = models.TextField(verbose_name="区划")
    fiscal_year = models.SmallIntegerField(verbose_name="年度")
    stage = models.TextField(verbose_name="口径")
    fund = models.TextField(verbose_name="资金性质")
    side = models.TextField(verbose_name="收支")
    code = models.TextField(verbose_name="科目编码")
    item = models.TextField(verbose_name="项")
    name = models.TextField(verbose_name="名称")
    amount_fen = models.BigIntegerField(verbose_name="金额（分）")
    unit = models.TextField(verbose_name="单位")
    places = models.SmallIntegerField(verbose_name="小数位")
    role = models.TextField(verbose_name="作用")
    parent = models.TextField(verbose_name="上级单元格")
    is_hidden = models.BooleanField(verbose_name="是否隐藏")
    fact_key = models.TextField(verbose_name="记账事项")

    class Meta:
        """One table, found by document, by figure and by place."""

        db_table = "disclosure_line"
        verbose_name = "公开表的行"
        verbose_name_plural = verbose_name
        indexes = (
            models.Index(fields=["document_id"], name="disclosure_line_document"),
            models.Index(fields=["region", "fiscal_year", "table"], name="disclosure_line_table"),
            models.Index(fields=["fact_key"], name="disclosure_line_fact"),
        )

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}"


class PostedFact(models.Model):
    """One posting of what a city's books say about one figure: a correction is a further revision.

    Facts of one group are replaced together; of two stages the one of higher rank stands. The
    signature differs when the lines of the entry differ.
    """

    city = models.TextField(verbose_name="公开预算的区划")
    fact_key = models.TextField(verbose_name="记账事项")
    fact_group = models.TextField(verbose_name="一并更正的事项")
    revision = models.IntegerField(verbose_name="第几次记账")
    stage_rank = models.SmallIntegerField(verbose_name="口径的先后")
    signature = models.TextField(verbose_name="分录摘要值")
    entry_id = models.BigIntegerField(verbose_name="凭证")
    is_standing = models.BooleanField(verbose_name="是否有效", db_default=True)

    class Meta:
        """One table, read by city."""

        db_table = "disclosure_fact"
        verbose_name = "公开预算记账事项"
        verbose_name_plural = verbose_name
        indexes = (models.Index(fields=["city"], name="disclosure_fact_city"),)
        constraints = (
            models.UniqueConstraint(fields=["fact_key", "revision"], name="disclosure_fact_revision"),
            models.UniqueConstraint(fields=["entry_id"], name="disclosure_fact_entry"),
        )

    def __str__(self) -> str:
        return f"{self.fact_key} {self.revision}"


class BookImport(models.Model):
    """One import of a published book that changed anything; the same file again changes nothing.

    `gone` says what became of tables that the book lacks, `restore_reason` why old numbers came back.
    """

    mof_div_code = models.CharField("财政区划", max_length=9)
    fiscal_year = models.SmallIntegerField("预算年度")
    edition = models.TextField("预算文本的版本")
    file_name = models.TextField("文件名")
    file_sha256 = models.CharField("文件摘要", max_length=64)
    document_count = models.IntegerField("新单据数")
    entry_count = models.IntegerField("新凭证数")
    red_count = models.IntegerField("红字凭证数")
    gone = models.TextField("原有各表的处理")
    restore_reason = models.TextField("恢复旧数的理由", blank=True)
    imported_by = models.TextField("导入人", blank=True)
    imported_on = models.DateField("导入日期")

    class Meta:
        """One table, read by city."""

        db_table = "disclosure_import"
        verbose_name = verbose_name_plural = "预算文本的导入"
        indexes = (models.Index(fields=["mof_div_code"], name="disclosure_import_city"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(gone__in=["ask", "retract", "keep"]), name="disclosure_import_gone"
            ),
        )

    def __str__(self) -> str:
        return self.file_name
