"""What the messages say, as named values. Amounts are integer fen, currency CNY; days are dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

#: Statuses of a transfer (external code set of payment status reports).
SETTLED, REJECTED = "ACSC", "RJCT"
#: Statuses that say: paid. ACCC also tells that the creditor's account was credited.
PAID_STATUSES = frozenset({SETTLED, "ACCC"})
#: Statuses that only say: on its way. They change nothing.
PENDING_STATUSES = frozenset({"RCVD", "ACTC", "ACCP", "ACSP", "ACWC", "ACWP", "PDNG", "PATC"})

#: Sides of a bank entry, seen from the account's owner: money out, money in.
OUT, IN = "DBIT", "CRDT"


class Account(NamedTuple):
    """A bank account: number, name of its holder, 12-digit number of the bank that keeps it."""

    acct_no: str
    name: str
    bank_no: str


class CreditTransfer(NamedTuple):
    """One payment to one payee. `end_to_end_id` is the voucher's number (pay_cert_no)."""

    end_to_end_id: str
    amount_fen: int
    payee_name: str
    payee_acct_no: str
    payee_bank_no: str
    purpose: str = ""


class PaymentBatch(NamedTuple):
    """The payments of an order that leave one account on one day."""

    batch_id: str
    debtor: Account
    execute_on: date
    transfers: Sequence[CreditTransfer]


class PaymentOrder(NamedTuple):
    """pain.001: what a bank is asked to pay."""

    message_id: str
    created_on: date
    initiator: str
    batches: Sequence[PaymentBatch]

    @property
    def payment_count(self) -> int:
        """How many payments the order has."""
        return sum(len(batch.transfers) for batch in self.batches)

    @property
    def amount_fen(self) -> int:
        """The sum of its payments."""
        return sum(transfer.amount_fen for batch in self.batches for transfer in batch.transfers)


class TransferStatus(NamedTuple):
    """What became of one payment. `bank_ref` is the bank's business number (agent_business_no).

    `amount_fen`, `settled_on`, `payee_acct_no` and `payee_bank_no` are 0, None and '' where the bank does not
    say.
    """

    end_to_end_id: str
    status: str
    amount_fen: int = 0
    bank_ref: str = ""
    settled_on: date | None = None
    payee_acct_no: str = ""
    reason_code: str = ""
    reason: str = ""
    payee_bank_no: str = ""


class Counted(NamedTuple):
    """How many payments of a status a bank counts; their sum (fen) is None where it does not say."""

    status: str
    number: int
    amount_fen: int | None = None


class Stated(NamedTuple):
    """How much a bank says that an order (`batch_id` '') or a block of it is of; None where it does not say.

    `status` is what it says of all of it, `lines` are the payments below it that it names.
    """

    batch_id: str
    status: str
    payment_count: int | None
    amount_fen: int | None
    counted: Sequence[Counted]
    lines: Sequence[TransferStatus]


class BatchStatus(NamedTuple):
    """What a bank says of a block of an order as a whole; `keys` are the payments of it that it tells of."""

    batch_id: str
    status: str
    reason_code: str = ""
    reason: str = ""
    keys: tuple[str, ...] = ()


class StatusReport(NamedTuple):
    """pain.002: a bank's answer to an order.

    `group_status` speaks for the whole of it, `batches` for those blocks of which it says something.
    `stated` is how much it is of, at whichever level it says so; `bank_names` all that it calls its bank.
    """

    message_id: str
    created_on: date
    bank_no: str
    order_id: str
    statuses: Sequence[TransferStatus]
    group_status: str = ""
    group_reason_code: str = ""
    group_reason: str = ""
    batches: Sequence[BatchStatus] = ()
    stated: Sequence[Stated] = ()
    bank_names: Sequence[str] = ()


class BankEntry(NamedTuple):
    """One booked line of an account. `side` is DBIT (money out) or CRDT (money in).

    `bank_ref` is the servicer's reference, which may be missing and may repeat; `code` is the kind of
    business in the bank's words. The party is who got the money, or whom it came from, `party_bank_no` its
    bank as it is named; `ultimate_name` on whose behalf. Money that comes back has a `reason_code`, or
    `is_return` alone. `is_dated`: the bank says when it booked; else `booked_on` is the day of the value.
    """

    bank_ref: str
    side: str
    amount_fen: int
    booked_on: date
    code: str = ""
    end_to_end_id: str = ""
    party_name: str = ""
    party_acct_no: str = ""
    reason_code: str = ""
    reason: str = ""
    ultimate_name: str = ""
    remark: str = ""
    is_return: bool = False
    party_bank_no: str = ""
    is_dated: bool = True


class Unread(NamedTuple):
    """An entry of which nobody knows whether it is booked; `end_to_end_id`: the one voucher that it names."""

    bank_ref: str
    end_to_end_id: str
    words: str


class Statement(NamedTuple):
    """camt.053: everything an account did on a day, between two balances (negative: overdrawn).

    `sequence_no` numbers the account's statements without a gap; 0 where the bank does not number them. A
    statement may come in pages, a message each: of a page that is not the first the opening balance says
    nothing, and of one that is not the last the closing balance. `covers_from` is the first of its days,
    where it is of several; `is_day_end`: it ends with the balance of its last day, not within it; `announced`
    are entries that are not booked. `bank_names` is all that it calls its bank;
    `span` from when to when it is, where it says so by the hour.
    """

    message_id: str
    created_on: date
    bank_no: str
    acct_no: str
    statement_id: str
    day: date
    opening_fen: int
    closing_fen: int
    entries: Sequence[BankEntry]
    sequence_no: int = 0
    created_at: datetime | None = None
    page_no: int = 1
    is_last_page: bool = True
    unread: Sequence[Unread] = ()
    covers_from: date | None = None
    announced: Sequence[str] = ()
    bank_names: Sequence[str] = ()
    span: tuple[datetime, datetime] | None = None
    is_day_end: bool = True

    @property
    def is_page(self) -> bool:
        """Whether it is a page of a statement rather than all of it."""
        return self.page_no > 1 or not self.is_last_page


class Notification(NamedTuple):
    """camt.054 and camt.052: debits and credits told as they happen."""

    message_id: str
    created_on: date
    bank_no: str
    acct_no: str
    notification_id: str
    entries: Sequence[BankEntry]
    unread: Sequence[Unread] = ()
    announced: Sequence[str] = ()
    bank_names: Sequence[str] = ()
