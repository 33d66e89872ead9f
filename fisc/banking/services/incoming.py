"""What banks send: read, registered, and applied where it agrees with our payments in every point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.banking.bankfile import read_answer_file
from fisc.banking.iso20022 import Notification, Statement, StatusReport, TransferStatus, read_message
from fisc.banking.iso20022.model import REJECTED
from fisc.banking.services import findings, lines, persons, register
from fisc.banking.services.judge import Verdict, judge, returns_in
from fisc.banking.services.register import INCOMING
from fisc.documents import NotFound
from fisc.kernel import FiscError
from fisc.kernel.findings import Finding
from fisc.registry.officers import require_duty
from fisc.rosters import services as rosters
from fisc.treasury.services import bank, entity
from fisc.treasury.services.certificates import Certificates, of_certificates, under
from fisc.treasury.services.outcomes import Outcome

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]


@dataclass(slots=True)
class MessageResult:
    """What a message did. `is_new` is False where it had come before and nothing was done again."""

    message_id: str
    kind: str
    is_new: bool = True
    lines: int = 0
    paid: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    persons_paid: list[str] = field(default_factory=list)
    persons_returned: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Desk:
    """Who receives which message on what day."""

    conn: Conn
    by: str
    cleared_by: str
    on: date
    data: bytes
    message: StatusReport | Statement | Notification
    result: MessageResult

    def note(self, *, mof_div_code: str, **columns: object) -> int:
        """Register the message; its row. Raises MissingDuty."""
        require_duty(self.conn, self.by, "bank_operate", mof_div_code)
        return register.record(
            self.conn, self.data, direction=INCOMING, kind=self.result.kind, state="applied",
            message_id=self.message.message_id, bank_no=self.message.bank_no, recorded_on=self.on,
            recorded_by=self.by, mof_div_code=mof_div_code, **columns,
        )  # fmt: skip


def receive(
    conn: Conn, message_bytes: bytes, *, by: str, on: date, cleared_by: str = "", layout: str = ""
) -> MessageResult:
    """Take in a pain.002, camt.053 or camt.054: payments become paid or returned, bookings are kept.

    A message that comes again changes nothing. Lines that do not agree with a payment are not applied
    but noted as findings. `cleared_by` (清算审核) is needed for receipts of 实拨, which the treasury pays
    and clears at once. With a `layout` the message is a flat bank file (fisc/banking/bankfile).

    Raises MessageRefused (malformed, foreign, inconsistent), NotFound (an account or order that is not
    ours), DuplicateConflict (a known number with other content), MissingDuty (bank_operate).
    """
    kind, message = _read(message_bytes, layout)
    desk = _Desk(conn, by, cleared_by, on, message_bytes, message, MessageResult(message.message_id, kind))
    with conn.transaction():
        standing = register.find(conn, INCOMING, message.bank_no, message.message_id)
        if standing is not None:
            register.count_again(conn, standing, message_bytes, message.message_id, on)
            desk.result.is_new = False
        else:
            _take(desk)
    return desk.result


def _read(data: bytes, layout: str) -> tuple[str, StatusReport | Statement | Notification]:
    return (layout, read_answer_file(data, layout)) if layout else read_message(data)


def _take(desk: _Desk) -> None:
    message, result = desk.message, desk.result
    if isinstance(message, StatusReport):
        _take_report(desk, message)
        return
    result.lines = len(message.entries)
    if isinstance(message, Statement):
        result.findings += lines.take_statement(desk.conn, message, desk.on, desk.note)
        return
    result.findings += lines.take_notification(desk.conn, message, desk.on, desk.note)
    _take_returns(desk, message)


def _take_report(desk: _Desk, report: StatusReport) -> None:
    order = register.mark_answered(desk.conn, report.bank_no, report.order_id)
    if order is None:
        raise NotFound(
            f"回单 {report.message_id} 所答的报文 {report.order_id} 不是本系统发出的",
            rule="回单须对应已发出的支付报文",
            hint="请核对回单是否发错；确属本级的，请向代理银行查询",
        )
    region, is_of_persons = order[0], register.is_of_persons(order[1])
    statuses = _statuses(desk.conn, report, region, is_of_persons)
    desk.result.lines = len(statuses)
    desk.note(
        mof_div_code=region, acct_no="", order_id=report.order_id, line_count=len(statuses),
        amount_fen=sum(s.amount_fen for s in statuses), business_on=report.created_on,
    )  # fmt: skip
    if is_of_persons:
        _take_persons(desk, statuses, report.created_on)
        _note_findings(desk, {}, region)
        return
    known = of_certificates(desk.conn, (s.end_to_end_id for s in statuses))
    payments = under(desk.conn, known)
    _apply(desk, judge(statuses, payments, report.order_id), known)
    _note_findings(desk, payments, region)


def _take_persons(desk: _Desk, statuses: Sequence[TransferStatus], said_on: date) -> None:
    made = persons.take(desk.conn, statuses, said_on, by=desk.by, on=desk.on)
    desk.result.persons_paid += made.paid
    desk.result.persons_returned += made.returned
    desk.result.findings += made.findings


def _statuses(conn: Conn, report: StatusReport, region: str, is_of_persons: bool) -> Sequence[TransferStatus]:
    """The report's lines; where the bank rejects an order as a whole, one for each of its payments."""
    if report.statuses or report.group_status != REJECTED:
        return report.statuses
    sent = rosters.sent_with(conn, report.order_id) if is_of_persons else _unanswered(conn, report, region)
    code, words = report.group_reason_code, report.group_reason
    return [TransferStatus(key, REJECTED, reason_code=code, reason=words) for key in sent]


def _unanswered(conn: Conn, report: StatusReport, region: str) -> list[str]:
    rows = conn.execute(
        "select pay_cert_no from treasury_payment p join treasury_voucher_match m using (pay_cert_no) "
        "where m.closed_on is null and m.mof_div_code = %s and m.message_id = %s and p.state = 'sent' "
        "order by pay_cert_no",
        [region, report.order_id],
    ).fetchall()
    return [row[0] for row in rows]


def _apply(desk: _Desk, verdict: Verdict, known: Certificates) -> None:
    """Make payments paid and returned; what their services refuse is a finding too."""
    result, said_on = desk.result, desk.message.created_on
    receipts = [
        bank.BankReceipt(s.end_to_end_id, s.bank_ref, s.amount_fen, s.settled_on or said_on)
        for s in verdict.paid
    ]
    returns = [
        bank.BankReturn(s.end_to_end_id, s.reason_code or "NARR", s.reason, s.settled_on or said_on)
        for s in verdict.returned
    ]
    allocated = [r for r in receipts if known.payments[r.pay_cert_no].pay_type == "entity"]
    through_bank = [r for r in receipts if known.payments[r.pay_cert_no].pay_type != "entity"]
    paid = [*_confirm(desk, through_bank, known), *_confirm_allocated(desk, allocated, known)]
    back = _return(desk, returns, known)
    result.paid += [outcome.key for outcome in paid if outcome.is_new]
    result.returned += [outcome.key for outcome in back if outcome.is_new]
    result.findings += [*verdict.findings, *_refused(paid), *_refused(back)]


def _confirm(desk: _Desk, receipts: Sequence[bank.BankReceipt], known: Certificates) -> list[Outcome]:
    if not receipts:
        return []
    return bank.confirm_paid(desk.conn, receipts, by=desk.by, on=desk.on, each=True, known=known)


def _return(desk: _Desk, returns: Sequence[bank.BankReturn], known: Certificates) -> list[Outcome]:
    if not returns:
        return []
    return bank.record_returns(desk.conn, returns, by=desk.by, on=desk.on, each=True, known=known)


def _confirm_allocated(
    desk: _Desk, receipts: Sequence[bank.BankReceipt], known: Certificates
) -> list[Outcome]:
    """实拨 is paid and cleared at once, all of a report's or none."""
    if not receipts:
        return []
    try:
        with desk.conn.transaction():
            return entity.confirm_allocated(
                desk.conn, receipts, by=desk.by, cleared_by=desk.cleared_by, on=desk.on, known=known
            )
    except FiscError as refusal:
        return [Outcome(r.pay_cert_no, False, refusal) for r in receipts]


def _refused(outcomes: Sequence[Outcome]) -> list[Finding]:
    return [
        findings.of_message("not_applied", o.key, words=str(o.refusal))
        for o in outcomes
        if o.refusal is not None
    ]


def _note_findings(desk: _Desk, payments: Mapping[str, Payment], region: str) -> None:
    """Findings about a payment belong to its region, others to the account's or order's."""
    regions = {key: payment.mof_div_code for key, payment in payments.items()}
    noted = [(regions.get(f.document, region), f) for f in desk.result.findings]
    findings.record(desk.conn, noted, desk.result.message_id, desk.on)


def _take_returns(desk: _Desk, message: Notification) -> None:
    """Credits that bring payments back: a payment that was only sent has come back."""
    returns = returns_in(message.entries)
    known = of_certificates(desk.conn, (s.end_to_end_id for s in returns))
    payments = under(desk.conn, known)
    strange = [s for s in returns if s.end_to_end_id not in payments]
    of_persons = rosters.sent_under(desk.conn, [s.end_to_end_id for s in strange]) if strange else {}
    _take_persons(desk, [s for s in strange if s.end_to_end_id in of_persons], desk.on)
    returns = [s for s in returns if s.end_to_end_id not in of_persons]
    orders = {key: payment.message_id for key, payment in payments.items()}
    for order_id in sorted({orders.get(s.end_to_end_id, "") for s in returns}):
        of_order = [s for s in returns if orders.get(s.end_to_end_id, "") == order_id]
        _apply(desk, judge(of_order, payments, order_id), known)
    _note_findings(desk, payments, register.account(desk.conn, message.acct_no).mof_div_code)
