"""What a batch distributes goes to the bank person by person, and each person's answer counts by itself.

The treasury has paid the batch to the account that distributes it. This order tells the bank which persons
get it from there; it moves no money of the treasury, so reconciliation does not count it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking.iso20022 import (
    PAIN_001,
    Account,
    CreditTransfer,
    PaymentBatch,
    PaymentOrder,
    TransferStatus,
)
from fisc.banking.iso20022.model import PAID_STATUSES, PENDING_STATUSES, REJECTED
from fisc.banking.services import findings, register
from fisc.banking.services.answer_words import status_words
from fisc.banking.services.booked import booked_out, refused_after_booking
from fisc.banking.services.orders import initiator, written
from fisc.banking.services.register import OUTGOING, ROSTER_ORDERS, Layout
from fisc.documents import RuleBroken
from fisc.kernel.findings import Finding
from fisc.rosters import services as rosters
from fisc.rosters.services import Answer, Standing
from fisc.treasury.services import payment

Conn = psycopg.Connection[Any]

_RULE: Final = "先支付到代发账户，后逐人发放"


def roster_file(conn: Conn, batch_no: str, *, by: str, on: date, layout: Layout = "") -> tuple[str, bytes]:
    """One pain.001 over what waits in a batch (a payroll payment), registered; (message number, bytes).

    With a `layout` it is a flat bank file instead. It leaves from the account that the batch was paid to.
    Each person bears a number of this attempt. Raises NotFound, MissingDuty (bank_operate), RuleBroken where
    the batch is not paid, nothing waits, or the account's bank is not known, and MessageRefused.
    """
    batch = payment(conn, batch_no)
    account = Account(batch["payee_acct_no"], batch["payee_name"], batch["payee_bank_no"])
    with conn.transaction():
        waiting = rosters.lines_of(conn, [batch_no], ["waiting"])
        _require(batch_no, waiting, account)
        message_id = _message_id(waiting)
        lines = rosters.send(conn, batch_no, message_id, by=by, on=on)
        _require_same(batch_no, waiting, lines)
        order = _order(message_id, account, lines, str(batch["purpose"]), on)
        data = written(order, layout)
        register.record(
            conn, data, direction=OUTGOING, kind=ROSTER_ORDERS[layout or PAIN_001], message_id=message_id,
            bank_no=account.bank_no, mof_div_code=lines[0].mof_div_code, acct_no=account.acct_no, order_id="",
            state="sent", line_count=len(lines), amount_fen=order.amount_fen, business_on=on,
            recorded_on=on, recorded_by=by,
        )  # fmt: skip
    return message_id, data


def _require(batch_no: str, waiting: Sequence[Standing], account: Account) -> None:
    if not waiting:
        raise RuleBroken(f"批次 {batch_no} 没有待发放的明细", rule=_RULE, hint="退回的请先更正账号")
    if not account.bank_no:
        raise RuleBroken(
            f"代发账户 {account.acct_no} 没有开户行行号",
            rule=_RULE,
            hint="请在支付申请中写明代发账户的开户行",
        )  # fmt: skip


def _require_same(batch_no: str, waiting: Sequence[Standing], sent: Sequence[Standing]) -> None:
    """Raise RuleBroken where somebody else sent, or repaired, lines after they were looked at."""
    if [line.line_key for line in waiting] != [line.line_key for line in sent]:
        raise RuleBroken(
            f"批次 {batch_no} 的待发放明细刚由别人办过，这一次没有发送",
            rule="逐人发放：任何时候只付一次", hint="请重新办理，只发送仍待发放的明细",
        )  # fmt: skip


def _message_id(lines: Sequence[Standing]) -> str:
    """A number that follows from the lines and their attempts: 'MC' + region + 22 hex digits."""
    said = "\n".join(f"{line.batch_no} {line.line_key} {line.step_no}" for line in lines)
    return f"MC{lines[0].mof_div_code}{hashlib.blake2b(said.encode(), digest_size=11).hexdigest()}"


def _order(
    message_id: str, account: Account, lines: Sequence[Standing], purpose: str, on: date
) -> PaymentOrder:
    transfers = [
        CreditTransfer(line.ref_no, line.amount_fen, line.per_name, line.acct_no, "", purpose)
        for line in lines
    ]
    region = lines[0].mof_div_code
    return PaymentOrder(
        message_id, on, initiator(region), [PaymentBatch(f"{message_id}01", account, on, transfers)]
    )


@dataclass(slots=True)
class Outcome:
    """What answers about persons did: keys of lines that are paid and returned, and what was not applied."""

    paid: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def take(conn: Conn, statuses: Iterable[TransferStatus], said_on: date, *, by: str, on: date) -> Outcome:
    """Note what a bank says of persons, each by itself; what does not agree becomes a finding."""
    final = [status for status in statuses if status.status not in PENDING_STATUSES]
    lines = rosters.sent_under(conn, [status.end_to_end_id for status in final])
    made, answers = Outcome(), []
    booked = booked_out(conn, [one.end_to_end_id for one in final if one.status == REJECTED])
    for status in final:
        kind = _objection(status, lines.get(status.end_to_end_id))
        if not kind and status.end_to_end_id in booked and status.status == REJECTED:
            made.findings.append(refused_after_booking(status, booked[status.end_to_end_id]))
        elif kind:
            made.findings.append(_finding(kind, status, lines.get(status.end_to_end_id)))
        else:
            answers.append(_answer(status, lines[status.end_to_end_id], said_on))
    verdicts = rosters.settle(conn, answers, by=by, on=on) if answers else {}
    for answer in {a.ref_no: a for a in answers}.values():
        refusal = verdicts[answer.ref_no]
        if refusal is not None:
            made.findings.append(findings.not_applied(refusal, bank_ref=answer.ref_no))
        else:
            (made.paid if answer.is_paid else made.returned).append(lines[answer.ref_no].line_key)
    return made


def _objection(status: TransferStatus, line: Standing | None) -> str:
    is_paid = status.status in PAID_STATUSES
    if line is None:
        return "unknown_receipt"
    if not is_paid and status.status != REJECTED:
        return "unknown_status"
    if status.amount_fen != line.amount_fen and (is_paid or status.amount_fen):
        return "amount_differs"
    is_elsewhere = line.state in ("sent", "paid") and status.payee_acct_no not in ("", line.acct_no)
    return "wrong_payee" if is_elsewhere else ""


def _finding(kind: str, status: TransferStatus, line: Standing | None) -> Finding:
    ours = line.amount_fen if line else 0
    words = status_words(kind, status, (line.acct_no if line else "", ""), ours)
    if line is not None:
        words = f"批次 {line.batch_no} {line.per_name}（{line.per_code}）{line.item_name}：{words}"
    return findings.of_message(kind, "", status.end_to_end_id, ours, status.amount_fen, words)


def _answer(status: TransferStatus, line: Standing, said_on: date) -> Answer:
    return Answer(
        status.end_to_end_id, status.status in PAID_STATUSES, line.amount_fen,
        status.settled_on or said_on, status.bank_ref, status.reason_code, status.reason,
    )  # fmt: skip
