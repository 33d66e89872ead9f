"""Orders and answers as flat files: a header with totals, a line for each payment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fisc.banking.bankfile.layout import Layout, layout_of
from fisc.banking.iso20022 import (
    Account,
    CreditTransfer,
    MessageRefused,
    PaymentBatch,
    PaymentOrder,
    StatusReport,
    TransferStatus,
)
from fisc.banking.iso20022.errors import standing_at
from fisc.kernel.money import format_fen

_ORDER, _ANSWER = "order", "answer"
_HEADER, _LINE = "header", "line"


def write_order_file(order: PaymentOrder, layout: str) -> bytes:
    """An order as a flat file. Raises MessageRefused for what does not fit, and for several accounts."""
    form = layout_of(layout)
    if len(order.batches) != 1:
        raise MessageRefused(
            f"报文 {order.message_id} 从 {len(order.batches)} 个账户付款",
            rule="银行文件一份只有一个付款账户",
            hint="请按付款账户分别发送",
        )
    batch = order.batches[0]
    head = {
        "message_id": order.message_id, "created_on": order.created_on, "bank_no": batch.debtor.bank_no,
        "debtor_acct_no": batch.debtor.acct_no, "debtor_name": batch.debtor.name,
        "initiator": order.initiator, "count": order.payment_count, "amount_fen": order.amount_fen,
    }  # fmt: skip
    lines = (form.write(_ORDER, _LINE, transfer._asdict()) for transfer in batch.transfers)
    return b"".join((form.write(_ORDER, _HEADER, head), *lines))


def read_order_file(data: bytes, layout: str) -> PaymentOrder:
    """The order in a flat file, or MessageRefused (another layout, totals that disagree)."""
    head, lines = _records(data, layout_of(layout), _ORDER)
    transfers = [CreditTransfer(**line) for line in lines]
    debtor = Account(head["debtor_acct_no"], head["debtor_name"], head["bank_no"])
    batch = PaymentBatch(f"{head['message_id']}01"[-35:], debtor, head["created_on"], transfers)
    return PaymentOrder(head["message_id"], head["created_on"], head["initiator"], [batch])


def write_answer_file(report: StatusReport, layout: str) -> bytes:
    """A bank's answer as a flat file. Raises MessageRefused for what does not fit."""
    form = layout_of(layout)
    head = {
        "message_id": report.message_id, "created_on": report.created_on, "bank_no": report.bank_no,
        "order_id": report.order_id, "count": len(report.statuses),
        "amount_fen": sum(status.amount_fen for status in report.statuses),
    }  # fmt: skip
    lines = (form.write(_ANSWER, _LINE, status._asdict()) for status in report.statuses)
    return b"".join((form.write(_ANSWER, _HEADER, head), *lines))


def read_answer_file(data: bytes, layout: str) -> StatusReport:
    """The answer in a flat file, or MessageRefused (another layout, totals that disagree)."""
    head, lines = _records(data, layout_of(layout), _ANSWER)
    statuses = [TransferStatus(**line) for line in lines]
    return StatusReport(head["message_id"], head["created_on"], head["bank_no"], head["order_id"], statuses)


def _records(data: bytes, form: Layout, direction: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Header and lines; their number and sum are what the header says, so a file cut short is noticed."""
    rows = _rows(data, form)
    if not rows:
        raise MessageRefused("文件为空或在中途断开", rule="银行文件版式", hint="请向对方索取原文件重收")
    head = _record(form, direction, rows, 0)
    lines = [_record(form, direction, rows, place) for place in range(1, len(rows))]
    _require_totals(head, lines)
    for line in lines:
        line.pop("mark")
    return head, lines


def _record(form: Layout, direction: str, rows: Sequence[bytes], place: int) -> dict[str, Any]:
    with standing_at(f"第 {place + 1} 条记录"):
        return form.read(direction, _LINE if place else _HEADER, rows[place])


#: Marks that editors set before a text, and the encoding that each tells of.
_MARKS = {
    b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16-LE", b"\xfe\xff": "UTF-16-BE",
    b"\x84\x31\x95\x33": "GB18030",
}  # fmt: skip
#: What old programs leave behind the end of a text.
_BEHIND = b"\0\x1a\r\n"


def _rows(data: bytes, form: Layout) -> list[bytes]:
    """The records of a file, in the layout's encoding: lines may end in any way, the last one need not.

    A text that says it is of another encoding is that. Lines without a sign are none. What a file that breaks
    off lacks, the totals of its header tell.
    """
    for mark, code in _MARKS.items():
        if data.startswith(mark):
            try:
                data = data.removeprefix(mark).decode(code).encode(form.encoding)
            except UnicodeError:
                raise MessageRefused(
                    f"文件标明是 {code}，却不是", rule="银行文件版式", hint="请向对方索取原文件重收"
                ) from None
            break
    lines = data.rstrip(_BEHIND).replace(b"\r", b"\n").split(b"\n")
    return [line for line in lines if line.strip()]


def _require_totals(head: dict[str, Any], lines: Sequence[dict[str, Any]]) -> None:
    total = sum(line["amount_fen"] for line in lines)
    if (head["count"], head["amount_fen"]) != (len(lines), total):
        raise MessageRefused(
            f"文件 {head['message_id']} 写明 {head['count']} 笔、{format_fen(head['amount_fen'])} 元，"
            f"逐笔相加是 {len(lines)} 笔、{format_fen(total)} 元",
            rule="文件的笔数和金额合计须与明细一致",
            hint="整份文件未予采信；请退回对方更正后重发",
        )
