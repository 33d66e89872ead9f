"""Tables of a run: how far it is, what services refused as they should, what months' ends proved."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from django.db import models


class SimRun(models.Model):
    """The one run that a database holds: what it is drawn from and the last day that is done."""

    is_only = models.BooleanField("唯一", primary_key=True, db_default=True)
    scale = models.TextField("规模")
    seed = models.BigIntegerField("种子")
    years = models.TextField("年度")
    last_day = models.DateField("办完的最后一日")
    crashes = models.IntegerField("中断后续办的次数", db_default=0)
    seconds = models.FloatField("用时（秒）", db_default=0)

    class Meta:
        db_table = "sim_run"
        verbose_name = verbose_name_plural = "模拟运行"

    def __str__(self) -> str:
        return f"{self.scale}/{self.seed} {self.last_day}"


class SimRefusal(models.Model):
    """An attempt that a service refused as the plan says it must."""

    pay_app_no = models.TextField("支付申请", primary_key=True)
    fate = models.TextField("计划的差错")
    refused_on = models.DateField("拒绝日")
    kind = models.TextField("拒绝种类")
    words = models.TextField("拒绝理由")

    class Meta:
        db_table = "sim_refusal"
        verbose_name = verbose_name_plural = "模拟中被拒绝的申请"

    def __str__(self) -> str:
        return f"{self.pay_app_no} {self.kind}"


class SimProof(models.Model):
    """An invariant looked at on a month's end: what was compared, and whether it held."""

    day = models.DateField("日")
    name = models.TextField("不变量")
    is_held = models.BooleanField("成立")
    left_fen = models.BigIntegerField("左（分）")
    right_fen = models.BigIntegerField("右（分）")
    words = models.TextField("说明")

    class Meta:
        db_table = "sim_proof"
        verbose_name = verbose_name_plural = "模拟月末核对"
        constraints = (models.UniqueConstraint(fields=["day", "name"], name="sim_proof_key"),)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
