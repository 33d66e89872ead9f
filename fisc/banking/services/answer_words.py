"""What a bank's answer says, in words: statuses and reasons of messages by their names, accounts, amounts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from fisc.banking.iso20022.schema import CAMT_053, CAMT_054, PAIN_001, PAIN_002
from fisc.kernel.money import format_fen
from fisc.sheets.shipped import read_shipped

if TYPE_CHECKING:
    from fisc.banking.iso20022 import TransferStatus

#: Kinds of message, and layouts of files of text, as people call them; other versions bear their own names.
MESSAGES: Final[Mapping[str, str]] = {
    PAIN_001: "支付报文", PAIN_002: "支付回单", CAMT_053: "对账单", CAMT_054: "入账通知",
    "pipe": "竖线分隔的文本文件", "fixed": "定长的文本文件",
}  # fmt: skip


@cache
def _names() -> Mapping[str, str]:
    return {row["code"]: row["words"] for row in read_shipped("fisc.banking", "answer_words.csv")}


def name_of(code: str) -> str:
    """A status or reason by its name; a bank's own code, that no list has, in quotes."""
    return _names().get(code, f"“{code}”") if code else ""


def answer_words(status: str, reason_code: str = "", reason: str = "") -> str:
    """What a bank reports: 银行报已拒绝（账户已销户：账号已销）; '' where it says nothing."""
    why = "：".join(dict.fromkeys(filter(None, (name_of(reason_code), reason.strip()))))
    said = name_of(status)
    if not said:
        return f"银行说明：{why}" if why else ""
    return f"银行报{said}{f'（{why}）' if why else ''}"


def status_words(kind: str, status: TransferStatus, payee: tuple[str, str], ours_fen: int) -> str:
    """What a line of a report says that does not agree: what differs first, else what the bank reports.

    `payee` is the account of our payee, and its bank.
    """
    acct_no, bank_no = payee
    if kind == "amount_differs":
        return f"凭证 {format_fen(ours_fen)} 元，银行 {format_fen(status.amount_fen)} 元"
    if kind == "wrong_payee":
        if status.payee_acct_no in ("", acct_no):
            return f"凭证的收款银行 {bank_no}，银行写的是 {status.payee_bank_no}"
        return f"凭证的收款账号 {acct_no}，银行的 {status.payee_acct_no}"
    return answer_words(status.status, status.reason_code, status.reason)
