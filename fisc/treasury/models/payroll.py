"""Pay lines: the sub-ledger of payroll payments. The database proves that they sum to their vouchers.

The migration makes the table a sub-ledger (`ledger.define_subledger`): lines arrive with the
voucher that holds the quota, sum to it by coding block, and never change.
"""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models

#: SQL for the migration, after the table stands.
GUARD_SQL = "select ledger.define_subledger('treasury_payroll_line')"
UNGUARD_SQL = (
    "drop trigger guard_subledger on treasury_payroll_line; drop trigger append_only on treasury_payroll_line"
)


class PayrollLine(models.Model):
    """What one person gets under one item in one month, and the payment that carries it."""

    entry_id = models.BigIntegerField("凭证")
    account_id = models.SmallIntegerField("科目")
    coding_id = models.IntegerField("要素组合")
    amount_fen = models.BigIntegerField("应发（分）")
    line_key = models.TextField("行键")
    """Region, month, agency, person, item: nobody is paid the same item of a month twice."""
    round_no = models.SmallIntegerField("此前撤销次数")
    pay_app_no = models.TextField("支付申请编号")
    mof_div_code = models.CharField("财政区划", max_length=9)
    pay_month = models.CharField("工资月份", max_length=7)
    agency_code = models.TextField("预算单位")
    per_code = models.TextField("人员编号")
    per_name = models.TextField("姓名")
    item_name = models.TextField("工资项目")
    dep_bgt_eco_code = models.TextField("部门预算支出经济分类")
    payee_acct_no = models.TextField("工资账号")
    rule_step = models.SmallIntegerField("匹配规则")
    file_sha256 = models.CharField("文件摘要", max_length=64)
    row_no = models.IntegerField("行号")

    class Meta:
        db_table = "treasury_payroll_line"
        verbose_name = verbose_name_plural = "工资明细"
        indexes = (
            models.Index(fields=["pay_app_no"], name="treasury_payroll_payment"),
            models.Index(fields=["entry_id"], name="treasury_payroll_entry"),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["line_key", "round_no"], name="treasury_payroll_once"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="treasury_payroll_amount"),
        ]

    def __str__(self) -> str:
        return self.line_key
