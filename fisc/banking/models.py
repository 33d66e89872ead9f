"""Bank accounts of the treasury, every message sent and received, what banks booked, reconciliation.

A message is kept whole (compressed) with its digest: both sides of an electronic voucher must be able
to show it. What a statement says is one `BankLine` per booking; reconciliation closes lines and
vouchers that agree and leaves open those that do not. Amounts are integer fen.
"""

# ruff: noqa: D106 -- a Meta says nothing that needs words
from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fisc.documents.models import FlowDocument


class BankAccount(models.Model):
    """An account of a region's treasury.

    `kind`: 11 财政零余额, 12 单位零余额, 21 国库单一账户, 61 工资统发. `bank_alias`: how its bank names
    itself besides its number (BIC, name), several joined by 、. `opened_on`: from when on it must be stated.
    """

    acct_no = models.TextField("账号", primary_key=True)
    name = models.TextField("户名")
    bank_no = models.TextField("开户行")
    mof_div_code = models.CharField("财政区划", max_length=9)
    kind = models.CharField("账户类别", max_length=2)
    bank_alias = models.TextField("开户行另称", blank=True, db_default="")
    opened_on = models.DateField("启用日", null=True, blank=True)

    class Meta:
        db_table = "banking_account"
        verbose_name = verbose_name_plural = "国库账户"
        indexes = (models.Index(fields=["mof_div_code", "kind"], name="banking_account_region"),)

    def __str__(self) -> str:
        return f"{self.acct_no} {self.name}"


class BankMessage(models.Model):
    """A message in or out. One sender uses a message's number once; `receipt_count` says how often it came.

    For a statement `business_on` is its day, and its net outflow (opening less closing balance) falls
    into payments, clearing and other affairs. A statement may come in pages: of a page that is not the
    first `opening_fen` says nothing, of one that is not the last `closing_fen`. One that was void, or
    that a later statement of the same business supersedes, is kept and counts no more. `place_in_day` is
    the place in the chain among the account's statements of one day. `covers_from`: the first day of
    those that a statement is of, where it is of several; `starts_at` and `ends_at`: from when to when,
    where it says so by the hour. `is_dated`: it says of each booking on which day it was; `is_day_end`: it
    ends with the balance of its last day, not within it. `order_id` is the order that a status report
    answers.
    """

    direction = models.CharField("方向", max_length=3)
    kind = models.TextField("报文种类")
    message_id = models.TextField("报文号")
    bank_no = models.TextField("对方行号")
    mof_div_code = models.CharField("财政区划", max_length=9)
    acct_no = models.TextField("账号", blank=True)
    order_id = models.TextField("原报文号", blank=True)
    state = models.TextField("状态")
    digest = models.TextField("摘要（SHA-256）")
    line_count = models.IntegerField("笔数")
    amount_fen = models.BigIntegerField("金额（分）")
    sequence_no = models.BigIntegerField("对账单顺序号", db_default=0)
    opening_fen = models.BigIntegerField("期初余额（分）", db_default=0)
    closing_fen = models.BigIntegerField("期末余额（分）", db_default=0)
    payments_fen = models.BigIntegerField("支付净流出（分）", db_default=0)
    clearing_fen = models.BigIntegerField("清算净流出（分）", db_default=0)
    other_fen = models.BigIntegerField("其他净流出（分）", db_default=0)
    business_on = models.DateField("业务日")
    covers_from = models.DateField("所含首日", null=True)
    is_day_end = models.BooleanField("到日终", db_default=True)
    is_dated = models.BooleanField("逐笔写明入账日", db_default=True)
    starts_at = models.DateTimeField("所含时段起", null=True)
    ends_at = models.DateTimeField("所含时段止", null=True)
    recorded_on = models.DateField("收发日")
    recorded_by = models.TextField("经办人")
    receipt_count = models.IntegerField("收到次数", db_default=1)
    last_received_on = models.DateField("最近收到日")
    created_at = models.DateTimeField("对方生成时间", null=True)
    statement_no = models.TextField("对账单号", db_default="")
    page_no = models.BigIntegerField("页码", db_default=1)
    is_last_page = models.BooleanField("末页", db_default=True)
    superseded_by = models.TextField("取代它的对账单", db_default="")
    place_in_day = models.IntegerField("当日次序", db_default=0)
    voided_on = models.DateField("作废日", null=True)
    voided_by = models.TextField("作废人", db_default="")
    void_reason = models.TextField("作废原因", db_default="")
    void_note = models.TextField("作废说明", db_default="")
    body = models.BinaryField("原文（zlib）")

    class Meta:
        db_table = "banking_message"
        verbose_name = verbose_name_plural = "银行报文"
        indexes = (
            models.Index(fields=["acct_no", "business_on"], name="banking_message_account"),
            models.Index(fields=["mof_div_code", "recorded_on"], name="banking_message_day"),
            models.Index(fields=["order_id"], name="banking_message_order", condition=~Q(order_id="")),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["direction", "bank_no", "message_id"], name="banking_message_key"
            ),
            models.CheckConstraint(condition=Q(direction__in=["in", "out"]), name="banking_message_way"),
            models.CheckConstraint(
                condition=Q(voided_on__isnull=True, voided_by="", void_reason="") & ~Q(state="voided")
                | Q(voided_on__isnull=False, state="voided", direction="in")
                & ~Q(voided_by="")
                & ~Q(void_reason=""),
                name="banking_message_void",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by="") & ~Q(state="superseded")
                | ~Q(superseded_by="") & Q(state="superseded", direction="in"),
                name="banking_message_superseded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.kind}"


class BankLine(models.Model):
    """A booking that a bank told us of. `source`: S a statement's, N a notification's, V of one that is void.

    `side` DBIT is money out of our account. A booking is known by its place in the message: what references
    banks give may be missing and may repeat. `ref_no` is the voucher (pay_cert_no) or clearing document
    (lqd_cert_no) that the bank names. `party_bank_no` is the other side's bank as far as it can be compared:
    its number, or the class of bank (three digits) of one that is named otherwise. `told_on`: the day of
    which its statement tells it, that of its end, or of the booking where no statement ends between.
    `closed_on` is the day of the reconciliation that explained it, by the
    document `document_no` where it is none of these; of a line that counts no more, of the one that judged
    again what it had been matched with.
    """

    mof_div_code = models.CharField("财政区划", max_length=9)
    acct_no = models.TextField("账号")
    acct_kind = models.CharField("账户类别", max_length=2)
    source = models.CharField("来源", max_length=1)
    bank_ref = models.TextField("银行流水号")
    side = models.CharField("借贷", max_length=4)
    amount_fen = models.BigIntegerField("金额（分）")
    booked_on = models.DateField("入账日")
    told_on = models.DateField("对账单日")
    code = models.TextField("业务种类", blank=True)
    role = models.TextField("业务归类")
    ref_no = models.TextField("凭证号", blank=True)
    party_name = models.TextField("对方户名", blank=True)
    party_acct_no = models.TextField("对方账号", blank=True)
    party_bank_no = models.TextField("对方开户行", db_default="")
    reason_code = models.TextField("原因代码", blank=True)
    reason = models.TextField("原因", blank=True)
    ultimate_name = models.TextField("实际收付款人", db_default="")
    remark = models.TextField("附言", db_default="")
    is_return = models.BooleanField("退回", db_default=False)
    message_key = models.BigIntegerField("报文")
    place = models.IntegerField("报文内序号")
    document_no = models.TextField("依据单据号", db_default="")
    closed_on = models.DateField("核销日", null=True)

    class Meta:
        db_table = "banking_line"
        verbose_name = verbose_name_plural = "银行入账"
        indexes = (
            models.Index(fields=["ref_no"], name="banking_line_ref"),
            models.Index(
                fields=["mof_div_code"], name="banking_line_open",
                condition=Q(closed_on__isnull=True),
            ),
        )  # fmt: skip
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message_key", "place"], name="banking_line_key"),
            models.CheckConstraint(condition=Q(source__in=["S", "N", "V"]), name="banking_line_source"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="banking_line_amount"),
            models.CheckConstraint(condition=Q(side__in=["DBIT", "CRDT"]), name="banking_line_side"),
        ]

    def __str__(self) -> str:
        return f"{self.acct_no} {self.bank_ref}"


class VoucherMatch(models.Model):
    """A voucher that went to a bank, and how reconciliation stands with it.

    `payer_accts` is the account that the order names; of one that went otherwise, those that may pay it. Only
    what they book is the voucher's. `outcome`: '' open, paid, returned (never left the bank, or came straight
    back), refunded. `settled_fen` is the net outflow of the bank lines that were closed with it.
    """

    pay_cert_no = models.TextField("支付凭证号")
    mof_div_code = models.CharField("财政区划", max_length=9)
    pay_app_no = models.TextField("支付申请号")
    amount_fen = models.BigIntegerField("金额（分）")
    payee_acct_no = models.TextField("收款账号")
    payer_accts = ArrayField(models.TextField(), verbose_name="付款账户", db_default=[])
    sent_on = models.DateField("发送日")
    message_id = models.TextField("银行报文号")
    is_outside = models.BooleanField("未经报文发送", db_default=False)
    outcome = models.TextField("核对结果", db_default="")
    settled_fen = models.BigIntegerField("银行净付（分）", db_default=0)
    closed_on = models.DateField("核销日", null=True)

    class Meta:
        db_table = "banking_voucher_match"
        verbose_name = verbose_name_plural = "凭证核对"
        indexes = (
            models.Index(
                fields=["mof_div_code"], name="banking_voucher_open", condition=Q(closed_on__isnull=True)
            ),
        )
        # a constraint, not unique=True: that would add a second index for LIKE, which nobody asks for
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pay_cert_no"], name="banking_voucher_match_key")
        ]

    def __str__(self) -> str:
        return self.pay_cert_no


class CashMatch(models.Model):
    """An entry that moved cash of a treasury's own account, and how reconciliation stands with it.

    `document` is the paper behind it (its natural key), `document_no` its number as people know it, without
    the sign of an edition. `match_no` names what it was closed with: the lines of its region that bear the
    same `document_no`, or, where an affair explained a booking (`is_explained`), the explanation.
    """

    entry_id = models.BigIntegerField("总账凭证")
    mof_div_code = models.CharField("财政区划", max_length=9)
    document = models.TextField("单据")
    kind = models.TextField("单据种类")
    document_no = models.TextField("单据号")
    document_at = models.CharField("单据所属区划", max_length=9)
    outflow_fen = models.BigIntegerField("付出（分，收入为负）")
    moved_on = models.DateField("收付日")
    papers = ArrayField(models.TextField(), verbose_name="所依文号", db_default=[])
    places = ArrayField(models.TextField(), verbose_name="对方区划", db_default=[])
    match_no = models.TextField("核对依据", db_default="")
    is_explained = models.BooleanField("由说明核销", db_default=False)
    closed_on = models.DateField("核销日", null=True)

    class Meta:
        db_table = "banking_cash_match"
        verbose_name = verbose_name_plural = "国库收付核对"
        indexes = (
            models.Index(
                fields=["mof_div_code"], name="banking_cash_open", condition=Q(closed_on__isnull=True)
            ),
            models.Index(fields=["mof_div_code", "document_no"], name="banking_cash_document"),
            models.Index(fields=["mof_div_code", "match_no"], name="banking_cash_matched"),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry_id"], name="banking_cash_match_key"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, match_no="", is_explained=False)
                | Q(closed_on__isnull=False) & ~Q(match_no=""),
                name="banking_cash_match_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.document_no


class Reconciliation(models.Model):
    """A day's reconciliation of a region: sums so far, and the document that holds the report.

    A day that is reconciled again, because more has come to be known of it, has another `edition`. `basis`
    tells in short on which statements it rests (`banking_basis`).
    """

    mof_div_code = models.CharField("财政区划", max_length=9)
    day = models.DateField("对账日")
    edition = models.SmallIntegerField("第几次对账", db_default=1)
    document_id = models.BigIntegerField("账务单据")
    outside_fen = models.BigIntegerField("累计未经报文发送的凭证（分）")
    closed_fen = models.BigIntegerField("累计已核对凭证（分）")
    settled_fen = models.BigIntegerField("累计已核对银行净付（分）")
    fault_count = models.IntegerField("差错数")
    is_proven = models.BooleanField("平衡")
    made_by = models.TextField("经办人")
    basis = models.TextField("所据对账单", db_default="")

    class Meta:
        db_table = "banking_reconciliation"
        verbose_name = verbose_name_plural = "对账"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["mof_div_code", "day", "edition"], name="banking_reconciliation_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mof_div_code} {self.day}"


class Explanation(FlowDocument):
    """What a booking is that no voucher explains, said by two officers. `doc_key` = explanation_no.

    `booking_at` is the booking's place: bank, ':', number of the message, '/', place in it. `basis` is the
    affair of the treasury by which it was entered, or, of a bank's mistake, the booking that undoes it.
    """

    booking_at = models.TextField("银行入账")
    disposition = models.TextField("说明")
    basis = models.TextField("依据编号")
    summary = models.TextField("摘要", blank=True)

    class Meta:
        db_table = "banking_explanation"
        verbose_name = verbose_name_plural = "银行入账说明"
        indexes = (models.Index(fields=["basis"], name="banking_explanation_basis"),)

    def __str__(self) -> str:
        return self.doc_key


class StatementVoid(FlowDocument):
    """That a statement which was received counts no more, said by two officers. `doc_key` = void_no."""

    bank_no = models.TextField("对方行号")
    message_id = models.TextField("报文号")
    void_reason = models.TextField("作废原因")
    void_note = models.TextField("作废说明")

    class Meta:
        db_table = "banking_statement_void"
        verbose_name = verbose_name_plural = "对账单作废单"
        indexes = (models.Index(fields=["bank_no", "message_id"], name="banking_statement_void_of"),)

    def __str__(self) -> str:
        return self.doc_key


class UnprovenNote(FlowDocument):
    """Why a region's bank is not proven at the end of a year, said by two officers. `doc_key` = note_no.

    `unproven` is what was not, account by account, as the database told it when the document was drawn up.
    """

    unproven = ArrayField(models.TextField(), verbose_name="未对平的账户")
    basis_doc_no = models.TextField("依据文号", blank=True)
    reason = models.TextField("原因")

    class Meta:
        db_table = "banking_unproven_note"
        verbose_name = verbose_name_plural = "年末未对平说明"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="banking_unproven_note_reason"),
        ]

    def __str__(self) -> str:
        return self.doc_key
