"""Person lines, the sub-ledger of a batch's voucher, and what became of each line, step by step."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models


class RosterLine(models.Model):
    """What one person gets under one item in one period, and the batch (a payment) that carries it."""

    entry_id = models.BigIntegerField("凭证")
    account_id = models.SmallIntegerField("科目")
    coding_id = models.IntegerField("要素组合")
    amount_fen = models.BigIntegerField("应发（分）")
    line_key = models.TextField("行键")
    """Region, period, agency, person, item: nobody gets the same item of a period twice."""
    round_no = models.SmallIntegerField("此前撤销次数")
    batch_no = models.TextField("批次（支付申请编号）")
    mof_div_code = models.CharField("财政区划", max_length=9)
    period = models.CharField("所属期", max_length=7)
    agency_code = models.TextField("预算单位")
    per_code = models.TextField("人员编号")
    per_name = models.TextField("姓名")
    item_name = models.TextField("项目")
    dep_bgt_eco_code = models.TextField("部门预算支出经济分类")
    payee_acct_no = models.TextField("收款账号")
    rule_step = models.SmallIntegerField("匹配规则")
    file_sha256 = models.CharField("文件摘要", max_length=64)
    row_no = models.IntegerField("行号")

    class Meta:
        db_table = "rosters_line"
        verbose_name = verbose_name_plural = "名册明细"
        indexes = (
            models.Index(fields=["batch_no"], name="rosters_line_batch"),
            models.Index(fields=["entry_id"], name="rosters_line_entry"),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line_key", "round_no"], name="rosters_line_once"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="rosters_line_amount"),
        ]

    def __str__(self) -> str:
        return self.line_key


class RosterStep(models.Model):
    """A step of a line. `step_no` counts from 1 without gaps; which step follows which the database knows.

    `ref_no` is the number under which the line was sent, or the bank's own number for what it did;
    `acct_no` the account it goes to (sent) or shall go to (repaired).
    """

    line_id = models.BigIntegerField("明细")
    step_no = models.SmallIntegerField("步骤序号")
    kind = models.TextField("步骤")
    mof_div_code = models.CharField("财政区划", max_length=9)
    happened_on = models.DateField("日期")
    amount_fen = models.BigIntegerField("金额（分）")
    ref_no = models.TextField("参考号", blank=True)
    message_id = models.TextField("报文号", blank=True)
    acct_no = models.TextField("账号", blank=True)
    reason_code = models.TextField("原因代码", blank=True)
    reason = models.TextField("原因", blank=True)
    noted_by = models.TextField("经办人")

    class Meta:
        db_table = "rosters_step"
        verbose_name = verbose_name_plural = "名册办理过程"
        indexes = (models.Index(fields=["message_id"], name="rosters_step_message"),)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line_id", "step_no"], name="rosters_step_once"),
            models.UniqueConstraint(
                fields=["ref_no"], condition=models.Q(kind="sent"), name="rosters_step_ref"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["sent", "paid", "returned", "repaired"]),
                name="rosters_step_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.step_no} {self.kind}"
