"""What a bank's answers mean for our payments: pure functions from what it says to what may be applied.

Only an answer that agrees with the payment in every point is applied. Everything else becomes a
finding that names both sides; nothing is guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from fisc.banking.iso20022 import BankEntry, TransferStatus
from fisc.banking.iso20022.model import IN, OUT, PAID_STATUSES, PENDING_STATUSES, REJECTED
from fisc.banking.services.answer_words import answer_words, status_words
from fisc.banking.services.findings import of_message
from fisc.banking.services.institutions import is_other
from fisc.kernel.findings import Finding

if TYPE_CHECKING:
    from fisc.treasury.models import Payment


@dataclass(slots=True)
class Verdict:
    """What may be applied, and what not."""

    paid: list[TransferStatus] = field(default_factory=list)
    returned: list[TransferStatus] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


_PAID = ("paid", "cleared")
#: Business that credits bring without taking a payment back.
_NO_RETURN = ("RFND", "CLR", "REV", "TRF", "DEBT", "INT")
_GONE = ("returned", "corrected", "withdrawn")


def judge(statuses: Iterable[TransferStatus], payments: Mapping[str, Payment], order_id: str) -> Verdict:
    """Sort a report's lines. `payments` by pay_cert_no holds those that exist, as under that certificate."""
    verdict = Verdict()
    for key, group in _by_certificate(statuses).items():
        if len(set(group)) > 1:
            words = "、".join(answer_words(one.status, one.reason_code, one.reason) for one in group)
            verdict.findings.append(of_message("contradictory", key, group[0].bank_ref, words=words))
            continue
        if len(group) > 1:
            verdict.findings.append(of_message("duplicate_receipt", key, group[0].bank_ref))
        _judge_one(group[0], payments.get(key), order_id, verdict)
    return verdict


def _by_certificate(statuses: Iterable[TransferStatus]) -> dict[str, list[TransferStatus]]:
    groups: dict[str, list[TransferStatus]] = defaultdict(list)
    for status in statuses:
        groups[status.end_to_end_id].append(status)
    return groups


def _judge_one(status: TransferStatus, payment: Payment | None, order_id: str, verdict: Verdict) -> None:
    code = status.status
    if code in PENDING_STATUSES:
        return
    kind = _objection(status, payment, order_id)
    if kind:
        verdict.findings.append(_finding(kind, status, payment))
    elif code in PAID_STATUSES:
        verdict.paid.append(status)
    else:
        verdict.returned.append(status)


def _objection(status: TransferStatus, payment: Payment | None, order_id: str) -> str:
    """Why the line may not be applied, or ''."""
    is_paid = status.status in PAID_STATUSES
    if payment is None or (not is_paid and status.status != REJECTED):
        return "unknown_receipt" if payment is None else "unknown_status"
    if payment.state in _PAID:
        return _after_payment(status, payment)
    if payment.state in _GONE:
        return "paid_after_return" if is_paid else "duplicate_receipt"
    if payment.state != "sent" or payment.message_id != order_id:
        return "not_sent" if payment.state != "sent" else "foreign_receipt"
    return _difference(status, payment, is_paid=is_paid)


def _after_payment(status: TransferStatus, payment: Payment) -> str:
    if status.status == REJECTED:
        return "returned_marked_paid"
    return "duplicate_receipt" if status.bank_ref == payment.agent_business_no else "paid_twice"


def _difference(status: TransferStatus, payment: Payment, *, is_paid: bool) -> str:
    """A bank that reports a payment must say how much; one that refuses need not."""
    if status.amount_fen != payment.amount_fen and (is_paid or status.amount_fen):
        return "amount_differs"
    if status.payee_acct_no not in ("", payment.payee_acct_no):
        return "wrong_payee"
    if is_other(status.payee_bank_no, payment.payee_bank_no):
        return "wrong_payee"
    return ""


def _finding(kind: str, status: TransferStatus, payment: Payment | None) -> Finding:
    ours = payment.amount_fen if payment else 0
    payee = (payment.payee_acct_no, payment.payee_bank_no) if payment else ("", "")
    words = status_words(kind, status, payee, ours)
    return of_message(kind, status.end_to_end_id, status.bank_ref, ours, status.amount_fen, words)


class Back(NamedTuple):
    """A credit that may bring a payment back, as an answer about it; whether it is marked so; who pays."""

    said: TransferStatus
    is_marked: bool
    party_name: str
    party_acct_no: str

    def of_person(self, own_acct_no: str) -> TransferStatus:
        """It as an answer about a person: from whose account, unless our own is named."""
        is_own = self.party_acct_no == own_acct_no
        return self.said._replace(payee_acct_no="" if is_own else self.party_acct_no)


def returns_in(entries: Sequence[BankEntry]) -> list[Back]:
    """Credits that may bring a payment back, as answers about it.

    A payee's own refund (RFND) is none, unless it is marked. Nor is a credit before the only debit that it
    could take back.
    """
    return [
        Back(
            TransferStatus(
                e.end_to_end_id, REJECTED, e.amount_fen, e.bank_ref, e.booked_on, "", e.reason_code, e.reason
            ),
            is_marked, e.party_name, e.party_acct_no,
        )
        for place, e in enumerate(entries)
        if e.side == IN and e.end_to_end_id and e.amount_fen
        if (is_marked := bool(e.reason_code or e.is_return)) or e.code not in _NO_RETURN
        if not _is_before_its_debit(entries, place)
    ]  # fmt: skip


def _is_before_its_debit(entries: Sequence[BankEntry], place: int) -> bool:
    """Whether what a credit would take back is booked in this message, and only after it."""
    credit = entries[place]
    debits = [
        (one.booked_on, n) < (credit.booked_on, place)
        for n, one in enumerate(entries)
        if one.side == OUT and one.end_to_end_id == credit.end_to_end_id
    ]
    return bool(debits) and not any(debits)
