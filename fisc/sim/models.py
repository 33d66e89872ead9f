"""Tables of the simulated counterparts. They never look into the city's own tables, nor it into theirs."""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.db import models

# ---- the agent bank and the central-bank treasury -------------------------------------------------------


class SimAccount(models.Model):
    """An account that a simulated bank keeps. `kind` as the treasury names it: 11, 12, 21, 61."""

    acct_no = models.TextField("账号", primary_key=True)
    name = models.TextField("户名")
    bank_no = models.TextField("开户行")
    mof_div_code = models.CharField("财政区划", max_length=9)
    kind = models.CharField("账户类别", max_length=2)

    class Meta:
        db_table = "sim_bank_account"
        verbose_name = verbose_name_plural = "模拟账户"

    def __str__(self) -> str:
        return f"{self.acct_no} {self.name}"


class SimOrder(models.Model):
    """An order that a bank has accepted: the same number is never executed again."""

    bank_no = models.TextField("行号")
    message_id = models.TextField("报文号")
    digest = models.TextField("摘要")
    received_on = models.DateField("收到日")

    class Meta:
        db_table = "sim_bank_order"
        verbose_name = verbose_name_plural = "模拟银行收到的报文"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank_no", "message_id"], name="sim_bank_order_key")
        ]

    def __str__(self) -> str:
        return self.message_id


class SimBooking(models.Model):
    """A line of a bank's book. `side` DBIT is money out of the account. Amounts are integer fen."""

    acct_no = models.TextField("账号")
    bank_ref = models.TextField("流水号")
    side = models.CharField("借贷", max_length=4)
    amount_fen = models.BigIntegerField("金额（分）")
    booked_on = models.DateField("入账日")
    code = models.TextField("业务种类")
    ref_no = models.TextField("凭证号")
    party_name = models.TextField("对方户名")
    party_acct_no = models.TextField("对方账号")
    reason_code = models.TextField("原因代码")
    reason = models.TextField("原因")

    class Meta:
        db_table = "sim_bank_booking"
        verbose_name = verbose_name_plural = "模拟银行账"
        indexes = (models.Index(fields=["acct_no", "booked_on"], name="sim_bank_booking_day"),)
        constraints: ClassVar = [models.UniqueConstraint(fields=["bank_ref"], name="sim_bank_booking_key")]

    def __str__(self) -> str:
        return self.bank_ref


class SimAnswer(models.Model):
    """What a bank will say about a payment, and in which report. A certificate is executed once."""

    report_id = models.TextField("回单报文号")
    place = models.IntegerField("序号")
    bank_no = models.TextField("行号")
    order_id = models.TextField("原报文号")
    end_to_end_id = models.TextField("支付凭证号")
    status = models.TextField("状态")
    amount_fen = models.BigIntegerField("金额（分）")
    bank_ref = models.TextField("流水号")
    settled_on = models.DateField("入账日")
    payee_acct_no = models.TextField("收款账号")
    reason_code = models.TextField("原因代码")
    reason = models.TextField("原因")

    class Meta:
        db_table = "sim_bank_answer"
        verbose_name = verbose_name_plural = "模拟银行回单"
        indexes = (
            models.Index(fields=["report_id", "place"], name="sim_bank_answer_report"),
            models.Index(fields=["end_to_end_id"], name="sim_bank_answer_voucher"),
        )

    def __str__(self) -> str:
        return f"{self.report_id} {self.end_to_end_id}"


class SimPost(models.Model):
    """A message on its way: it arrives on `due_on`, by `seq`. One message may be posted twice."""

    due_on = models.DateField("送达日")
    seq = models.IntegerField("次序")
    kind = models.TextField("报文种类")
    message_id = models.TextField("报文号")
    bank_no = models.TextField("行号")
    acct_no = models.TextField("账号")
    made_on = models.DateField("编制日")
    is_delivered = models.BooleanField("已送达", db_default=False)

    class Meta:
        db_table = "sim_bank_post"
        verbose_name = verbose_name_plural = "模拟银行邮路"
        indexes = (
            models.Index(
                fields=["due_on", "seq"], name="sim_bank_post_due", condition=models.Q(is_delivered=False)
            ),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message_id", "due_on"], name="sim_bank_post_key")
        ]

    def __str__(self) -> str:
        return self.message_id


class SimBalance(models.Model):
    """An account's balance at the end of a day that was closed (fen, negative: overdrawn)."""

    acct_no = models.TextField("账号")
    day = models.DateField("日")
    opening_fen = models.BigIntegerField("期初余额（分）")
    closing_fen = models.BigIntegerField("期末余额（分）")

    class Meta:
        db_table = "sim_bank_balance"
        verbose_name = verbose_name_plural = "模拟账户余额"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["acct_no", "day"], name="sim_bank_balance_key")
        ]

    def __str__(self) -> str:
        return f"{self.acct_no} {self.day}"


# ---- the run itself -------------------------------------------------------------------------------------

from fisc.sim.models_run import SimProof, SimRefusal, SimRun  # noqa: E402

__all__ = [
    "SimAccount", "SimAnswer", "SimBalance", "SimBooking", "SimOrder", "SimPost", "SimProof", "SimRefusal",
    "SimRun",
]  # fmt: skip
