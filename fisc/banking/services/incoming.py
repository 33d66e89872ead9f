"""What banks send: read, registered, and applied where it agrees with our payments in every point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import psycopg

from fisc.banking.iso20022 import (
    REPORT,
    Notification,
    Statement,
    StatusReport,
    TransferStatus,
    family_of,
)
from fisc.banking.iso20022.model import PENDING_STATUSES, REJECTED
from fisc.banking.services import findings, lines, persons, register
from fisc.banking.services.answer_words import answer_words
from fisc.banking.services.answered import orders_of, statuses_of, unopposed
from fisc.banking.services.booked import leave_booked
from fisc.banking.services.judge import Verdict, judge, returns_in
from fisc.banking.services.mail import Mail, read_mail, runs
from fisc.banking.services.message_result import MessageResult, together
from fisc.banking.services.register import INCOMING, Layout
from fisc.banking.services.speakers import name_banks, of_distributors, of_payers
from fisc.documents import NotFound, RuleBroken
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
Asked = TypeVar("Asked")


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who receives messages on what day."""

    conn: Conn
    by: str
    cleared_by: str
    on: date

    def note(self, mails: Sequence[Mail], columns: Sequence[Mapping[str, object]]) -> list[int]:
        """Register messages, each with its columns; their rows. Raises MissingDuty, RuleBroken."""
        for mail in mails:
            _require_come(mail.message, self.on)
        require_duty(self.conn, self.by, "bank_operate", *(str(own["mof_div_code"]) for own in columns))
        return register.record_all(self.conn, [
            (mail.data, {
                "direction": INCOMING, "kind": mail.result.kind, "state": "applied",
                "message_id": mail.message.message_id, "bank_no": mail.message.bank_no,
                "recorded_on": self.on, "recorded_by": self.by, **own,
            })
            for mail, own in zip(mails, columns, strict=True)
        ])  # fmt: skip


def _require_come(message: StatusReport | Statement | Notification, on: date) -> None:
    """Raise RuleBroken for bookings of a day after that on which they are taken in: it has not come."""
    if isinstance(message, StatusReport):
        return
    day = message.day if isinstance(message, Statement) else message.created_on
    latest = max([day, *(one.booked_on for one in message.entries)])
    if latest > on:
        raise RuleBroken(
            f"报文 {message.message_id} 说的是 {latest} 的事，晚于收取日 {on}",
            rule="银行报文告知已经发生的收付，日期不晚于收取日",
            hint="请核对报文的日期和收取日；银行写错日期的，请退回更正后重发",
        )


def receive(conn: Conn, message: bytes, *, by: str, on: date, layout: Layout = "") -> MessageResult:
    """Take in a pain.002, camt.052, camt.053 or camt.054.

    Payments become paid or returned, bookings are kept. A file may hold several statements or notifications;
    the answer is of all of them. A message that comes again changes nothing. Lines that do not agree with a
    payment are not applied but noted as findings. 实拨 that the treasury has paid waits to be cleared by
    another officer (`treasury.clear_allocated`). With a `layout` the message is a flat bank file
    (fisc/banking/bankfile).

    Raises MessageRefused (malformed, foreign, inconsistent), NotFound (an account or order that is not
    ours), DuplicateConflict (a known number with other content), MissingDuty (bank_operate).
    """
    (result,) = receive_all(conn, [message], by=by, on=on, layout=layout)
    return result


def receive_all(
    conn: Conn, messages: Sequence[bytes], *, by: str, on: date, cleared_by: str = "", layout: str = ""
) -> list[MessageResult]:
    """`receive` for messages in the order of their coming, all or none; alike ones are taken in at once.

    With `cleared_by` (清算审核) 实拨 is cleared in the same transaction.
    """
    files = [read_mail(data, layout) for data in messages]
    mails = [mail for file in files for mail in file]
    name_banks(conn, mails)
    desk = _Desk(conn, by, cleared_by, on)
    with conn.transaction():
        lines.hold(conn, [mail.message for mail in mails])
        for run in runs(mails):
            _take(desk, run)
    return [together([mail.result for mail in file]) for file in files]


def _take(desk: _Desk, run: Sequence[Mail]) -> None:
    standing = register.find_all(desk.conn, INCOMING, [mail.key for mail in run])
    again = [mail for mail in run if mail.key in standing]
    for mail in again:
        register.count_again(desk.conn, standing[mail.key], mail.data, mail.message.message_id, desk.on)
        mail.result.is_new, mail.result.is_void = False, standing[mail.key].is_void
    lines.settle_again(desk.conn, [mail.message for mail in again], desk.on)
    new = [mail for mail in run if mail.result.is_new]
    _take_reports(desk, [(m, m.message) for m in new if isinstance(m.message, StatusReport)])
    _take_statements(desk, [(m, m.message) for m in new if isinstance(m.message, Statement)])
    for mail in new:
        if isinstance(mail.message, Notification):
            _take_notification(desk, mail, mail.message)


def _take_statements(desk: _Desk, given: Sequence[tuple[Mail, Statement]]) -> None:
    if not given:
        return
    mails = [mail for mail, _ in given]
    found = lines.take_statements(
        desk.conn, [told for _, told in given], desk.on, lambda columns: desk.note(mails, columns)
    )
    for (mail, statement), of_it in zip(given, found, strict=True):
        mail.result.line_count = len(statement.entries)
        mail.result.findings += of_it
        _note_unread(desk, mail, statement)
        _take_returns(desk, mail, statement)


def _take_notification(desk: _Desk, mail: Mail, told: Notification) -> None:
    mail.result.line_count = len(told.entries)
    mail.result.findings += lines.take_notification(
        desk.conn, told, desk.on, lambda columns: desk.note([mail], columns)
    )
    _take_returns(desk, mail, told)
    _note_unread(desk, mail, told)


def _is_repeated(finding: Finding) -> bool:
    """Whether a finding only says that something was told before, as a report of a day that goes on does."""
    return findings.kind_of(finding) in ("duplicate_entry", "duplicate_receipt")


def _note_unread(desk: _Desk, mail: Mail, told: Statement | Notification) -> None:
    """A finding for each entry of which nobody knows whether it is booked; what is not is told."""
    mail.result.announced += told.announced
    found = [
        findings.of_message("unknown_status", one.end_to_end_id, one.bank_ref, words=one.words)
        for one in told.unread
    ]
    if found:
        region = register.accounts(desk.conn, [told.acct_no])[told.acct_no].mof_div_code
        mail.result.findings += findings.record(
            desk.conn, [((region, desk.on.year), f) for f in found], mail.result.message_id, desk.on
        )


class _Report(NamedTuple):
    """A report with its lines, and the region of the order that it answers."""

    mail: Mail
    said: StatusReport
    region: str
    is_of_persons: bool
    statuses: Sequence[TransferStatus]


def _take_reports(desk: _Desk, given: Sequence[tuple[Mail, StatusReport]]) -> None:
    if not given:
        return
    reports = _answered(desk.conn, given)
    desk.note([report.mail for report in reports], [
        {
            "mof_div_code": r.region, "acct_no": "", "order_id": r.said.order_id,
            "line_count": len(r.statuses), "amount_fen": sum(s.amount_fen for s in r.statuses),
            "business_on": r.said.created_on,
        }
        for r in reports
    ])  # fmt: skip
    for report in reports:
        report.mail.result.line_count = len(report.statuses)
        report.mail.result.findings += _unsaid(report)
        if report.is_of_persons:
            said = unopposed(desk.conn, report.said, report.statuses)
            report.mail.result.findings += said.findings
            _take_persons(desk, report.mail, said.statuses, report.said.created_on)
            _note_findings(desk, report.mail, {}, report.region)
    _take_payments(desk, [report for report in reports if not report.is_of_persons])


def _answered(conn: Conn, given: Sequence[tuple[Mail, StatusReport]]) -> list[_Report]:
    """The reports with the orders that they answer. Raises NotFound for an order that is not ours."""
    orders = orders_of(conn, [said for _, said in given])
    found = []
    for mail, said in given:
        order = orders.get((said.bank_no, said.order_id))
        if order is None:
            raise NotFound(
                f"回单 {said.message_id} 所答的报文 {said.order_id} 不是本系统发出的，"
                "也没有哪个区划的支付凭证单独以它为报文号发送这家银行",
                rule="回单须对应已发出的支付报文",
                hint="请核对回单是否发错；确属本级的，请向代理银行查询",
            )
        region, kind = order
        statuses, against = statuses_of(conn, said, region, kind)
        mail.result.findings += against
        found.append(_Report(mail, said, region, register.is_of_persons(kind), statuses))
    return found


def _unsaid(report: _Report) -> list[Finding]:
    """A finding where the bank says of no payment what became of it, nor that all are on their way."""
    said = report.said
    levels = [status for status in (said.group_status, *(b.status for b in said.batches)) if status]
    is_under_way = bool(levels) and set(levels) <= {REJECTED, *PENDING_STATUSES}
    if report.statuses or report.mail.result.findings or said.statuses or is_under_way:
        return []
    words = answer_words(said.group_status, said.group_reason_code, said.group_reason)
    told = f"报文 {said.order_id} 的回单没有逐笔结果{f'：{words}' if words else ''}"
    return [findings.of_message("unknown_status", "", said.order_id, words=told)]


def _take_payments(desk: _Desk, reports: Sequence[_Report]) -> None:
    if not reports:
        return
    known = of_certificates(desk.conn, (s.end_to_end_id for report in reports for s in report.statuses))
    payments = under(desk.conn, known)
    judged = [(r.mail, _judged(desk.conn, r, payments)) for r in reports]
    _apply(desk, judged, known)
    for report in reports:
        _note_findings(desk, report.mail, payments, report.region)


def _judged(conn: Conn, report: _Report, payments: Mapping[str, Payment]) -> Verdict:
    """What of a report may be applied: what agrees with our payments, and with what the bank said before."""
    verdict = judge(report.statuses, payments, report.said.order_id)
    said = unopposed(conn, report.said, [*verdict.paid, *verdict.returned])
    kept = set(said.statuses)
    return Verdict(
        [one for one in verdict.paid if one in kept], [one for one in verdict.returned if one in kept],
        [*verdict.findings, *said.findings],
    )  # fmt: skip


def _take_persons(desk: _Desk, mail: Mail, statuses: Sequence[TransferStatus], said_on: date) -> None:
    made = persons.take(desk.conn, statuses, said_on, by=desk.by, on=desk.on)
    mail.result.persons_paid += made.paid
    mail.result.persons_returned += made.returned
    mail.result.findings += made.findings


def _apply(desk: _Desk, judged: Sequence[tuple[Mail, Verdict]], known: Certificates) -> None:
    """Make payments paid and returned; what their services refuse is a finding too."""
    conn = desk.conn
    leave_booked(conn, [verdict for _, verdict in judged])
    receipts = [(mail, _receipt(mail, s)) for mail, verdict in judged for s in verdict.paid]
    returns = [(mail, _return(mail, s)) for mail, verdict in judged for s in verdict.returned]
    is_allocated = {
        n for n, payment in known.payments.items() if desk.cleared_by and payment.pay_type == "entity"
    }
    allocated = [one for one in receipts if one[1].pay_cert_no in is_allocated]
    paid = _outcomes(
        [one for one in receipts if one[1].pay_cert_no not in is_allocated],
        lambda given: bank.confirm_paid(conn, given, by=desk.by, on=desk.on, each=True, known=known),
    )
    for mail, _ in judged:
        of_mail = [one for one in allocated if one[0] is mail]
        paid += _outcomes(of_mail, lambda given: _confirm_allocated(desk, given, known))
    back = _outcomes(
        returns,
        lambda given: bank.record_returns(conn, given, by=desk.by, on=desk.on, each=True, known=known),
    )
    for mail, verdict in judged:
        mail.result.paid += [o.key for by, o in paid if by is mail and o.is_new]
        mail.result.returned += [o.key for by, o in back if by is mail and o.is_new]
        refused = [o for by, o in (*paid, *back) if by is mail]
        mail.result.findings += [*verdict.findings, *_refused(refused)]


def _receipt(mail: Mail, said: TransferStatus) -> bank.BankReceipt:
    on = said.settled_on or mail.message.created_on
    return bank.BankReceipt(said.end_to_end_id, said.bank_ref, said.amount_fen, on)


def _return(mail: Mail, said: TransferStatus) -> bank.BankReturn:
    on = said.settled_on or mail.message.created_on
    return bank.BankReturn(said.end_to_end_id, said.reason_code or "NARR", said.reason, on)


def _outcomes(
    asked: Sequence[tuple[Mail, Asked]], do: Callable[[list[Asked]], list[Outcome]]
) -> list[tuple[Mail, Outcome]]:
    """What became of each thing, with the message that said it; nothing is done where nothing was said."""
    done = do([what for _, what in asked]) if asked else []
    return [(mail, outcome) for (mail, _), outcome in zip(asked, done, strict=True)]


def _confirm_allocated(
    desk: _Desk, receipts: Sequence[bank.BankReceipt], known: Certificates
) -> list[Outcome]:
    """实拨 is paid and cleared at once, all of a report's or none."""
    try:
        with desk.conn.transaction():
            return entity.confirm_allocated(
                desk.conn, receipts, by=desk.by, cleared_by=desk.cleared_by, on=desk.on, known=known
            )
    except FiscError as refusal:
        return [Outcome(r.pay_cert_no, False, refusal) for r in receipts]


def _refused(outcomes: Sequence[Outcome]) -> list[Finding]:
    return [findings.not_applied(o.refusal, o.key) for o in outcomes if o.refusal is not None]


def _note_findings(
    desk: _Desk, mail: Mail, payments: Mapping[str, Payment], region: str, noted: int = 0
) -> None:
    """Keep what a message says wrong, beyond the first `noted`, and tell it as it is kept: under one number.

    Findings about a payment belong to its region and year, others to the account's or order's, and now.
    """
    places = {number: (payment.mof_div_code, payment.fiscal_year) for number, payment in payments.items()}
    is_report = family_of(mail.result.kind) == REPORT
    told = [f for f in mail.result.findings[noted:] if not (is_report and _is_repeated(f))]
    new = [(places.get(f.document, (region, desk.on.year)), f) for f in told]
    mail.result.findings[noted:] = findings.record(desk.conn, new, mail.result.message_id, desk.on)


def _take_returns(desk: _Desk, mail: Mail, message: Notification | Statement) -> None:
    """Credits that bring payments back: a payment that was only sent has come back.

    A bank tells a return by its mark, by a reason, or only by booking our own number the other way. What a
    statement says of other payments is for reconciliation to tell, which goes by statements.
    """
    back = returns_in(message.entries)
    if not back:
        if isinstance(message, Notification):
            _note_findings(desk, mail, {}, _region(desk, message))
        return
    known = of_certificates(desk.conn, (one.said.end_to_end_id for one in back))
    payments = under(desk.conn, known)
    back, astray = of_payers(desk.conn, back, payments, message.acct_no)
    noted = len(mail.result.findings) if isinstance(message, Statement) else 0  # a statement's are kept
    mail.result.findings += astray
    if isinstance(message, Statement):
        returns = [b.said for b in back if _is_answered_by(b.said, payments.get(b.said.end_to_end_id))]
    else:
        returns = [b.said for b in back if b.said.end_to_end_id in payments]
        returns += [
            b.of_person(message.acct_no) for b in back if b.is_marked and b.said.end_to_end_id not in payments
        ]
        returns = _without_persons(desk, mail, message.acct_no, returns, payments)
    orders = {key: payment.message_id for key, payment in payments.items()}
    for order_id in sorted({orders.get(s.end_to_end_id, "") for s in returns}):
        of_order = [s for s in returns if orders.get(s.end_to_end_id, "") == order_id]
        _apply(desk, [(mail, judge(of_order, payments, order_id))], known)
    _note_findings(desk, mail, payments, _region(desk, message), noted)


def _is_answered_by(said: TransferStatus, payment: Payment | None) -> bool:
    """Whether a booking of a statement brings all of a payment back that is still under way to us."""
    return payment is not None and payment.state == "sent" and payment.amount_fen == said.amount_fen


def _without_persons(
    desk: _Desk, mail: Mail, acct_no: str, returns: Sequence[TransferStatus],
    payments: Mapping[str, Payment],
) -> list[TransferStatus]:  # fmt: skip
    """The returns that are none of persons of a batch; those are taken person by person."""
    strange = [s.end_to_end_id for s in returns if s.end_to_end_id not in payments]
    of_persons = rosters.sent_under(desk.conn, strange) if strange else {}
    told = [s for s in returns if s.end_to_end_id in of_persons]
    theirs, astray = of_distributors(desk.conn, told, of_persons, acct_no)
    mail.result.findings += astray
    _take_persons(desk, mail, theirs, desk.on)
    return [s for s in returns if s.end_to_end_id not in of_persons]


def _region(desk: _Desk, message: Notification | Statement) -> str:
    return register.accounts(desk.conn, [message.acct_no])[message.acct_no].mof_div_code
