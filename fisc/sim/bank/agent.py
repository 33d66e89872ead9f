"""A simulated agent bank (代理银行): it executes orders once, keeps its book, answers as fate wills."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg

from fisc.banking.iso20022 import (
    CAMT_053,
    CAMT_054,
    PAIN_002,
    BankEntry,
    CreditTransfer,
    MessageRefused,
    PaymentBatch,
    PaymentOrder,
    TransferStatus,
    read_order,
)
from fisc.banking.iso20022.model import IN, OUT, REJECTED, SETTLED
from fisc.documents import write_lines
from fisc.registry.rows import insert_rows
from fisc.sim.bank import book, faults
from fisc.sim.bank.faults import NO_FAULTS, FaultProfile
from fisc.sim.bank.post import AGAIN, ANSWERS, NOTICES, STATEMENTS, Letter, post
from fisc.sim.tables import ANSWER, ORDER

Conn = psycopg.Connection[Any]

#: A bank's own mistakes are of this size.
_SLIP_FEN = 100_00
_AWAY = ("6217000000000000", "误入账户")


@dataclass(frozen=True, slots=True)
class Temper:
    """How a bank behaves: the seed of its fate, rates of faults, and fates told for certain vouchers.

    `fates` (pay_cert_no -> fate) go before the rates; `delays` (pay_cert_no -> days) before drawn ones.
    """

    seed: int = 0
    profile: FaultProfile = NO_FAULTS
    fates: Mapping[str, str] | None = None
    delays: Mapping[str, int] | None = None

    def fate(self, key: str) -> str:
        """What becomes of a voucher."""
        told = (self.fates or {}).get(key)
        if told is not None:
            return told
        return faults.OK if self.profile.is_flawless else self.profile.of(faults.draw(self.seed, "fate", key))

    def delay(self, key: str) -> int:
        """By how many days its answer is late, where its fate is to be late."""
        told = (self.delays or {}).get(key)
        return told if told else faults.delay(self.seed, key, self.profile.late_days)


class Executed(NamedTuple):
    """What a bank did with an order: False where it had it before, and then nothing else happened."""

    order_id: str
    is_new: bool
    payment_count: int
    booked_fen: int


class _Answer(NamedTuple):
    """A line of a report, `days` after the order; `channel` tells reports of one day apart."""

    days: int
    channel: str
    status: TransferStatus


@dataclass(slots=True)
class _Doing:
    """What the bank makes of one order."""

    day: date
    bookings: list[book.Booking]
    answers: list[_Answer]


def accept(conn: Conn, data: bytes, *, on: date, temper: Temper | None = None) -> Executed:
    """Execute a pain.001 on the day `on`: once, however often it comes; a voucher once, in whatever order.

    Payments, returns and later returns go into the book; answers are put on their way. Raises
    MessageRefused for what is not a valid order, for another content under a known number, and for
    accounts that the bank does not keep.
    """
    return accept_all(conn, [data], on=on, temper=temper)[0]


def accept_all(
    conn: Conn, orders: Sequence[bytes], *, on: date, temper: Temper | None = None
) -> list[Executed]:
    """`accept` for orders of one or several banks, all or none; each order is given once."""
    given = [(read_order(data), data) for data in orders]
    with conn.transaction():
        new = _register(conn, given, on)
        _require_accounts(conn, new)
        known = _executed(conn, new)
        done = []
        for order in new:
            doing = _Doing(on, [], [])
            bank_no = _bank_no(order)
            for batch in order.batches:
                _execute(batch, temper or Temper(), known[bank_no], doing)
            done.append((bank_no, order, doing))
        book.book(conn, [booking for _, _, doing in done for booking in doing.bookings])
        _answer(conn, done)
        _announce_returns(conn, done)
    executed = {
        order.message_id: (
            True,
            order.payment_count,
            sum(e.amount_fen for _, e in doing.bookings if e.side == OUT),
        )
        for _, order, doing in done
    }
    return [Executed(o.message_id, *executed.get(o.message_id, (False, 0, 0))) for o, _ in given]


def _bank_no(order: PaymentOrder) -> str:
    return order.batches[0].debtor.bank_no


def _register(conn: Conn, given: Sequence[tuple[PaymentOrder, bytes]], on: date) -> list[PaymentOrder]:
    """The orders that are new; one that is known must say the same."""
    rows = [(_bank_no(o), o.message_id, hashlib.sha256(data).hexdigest()) for o, data in given]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    key = ("bank_no", "message_id")
    asked = [dict(zip((*key, "digest"), row, strict=True)) | {"received_on": on} for row in rows]
    new = insert_rows(conn, ORDER, asked, known_by=key, returning=key)
    standing = conn.execute(
        "select bank_no, message_id, digest from sim_bank_order where (bank_no, message_id) in ("
        "select * from unnest(%s::text[], %s::text[]))",
        columns[:2],
    ).fetchall()
    if other := sorted(set(rows) - set(standing)):
        raise MessageRefused(f"报文 {other[0][1]} 已收到，但内容不同", rule="同一报文号只对应一份内容")
    return [order for order, _ in given if (_bank_no(order), order.message_id) in new]


def _require_accounts(conn: Conn, orders: Sequence[PaymentOrder]) -> None:
    wanted = {(batch.debtor.acct_no, batch.debtor.bank_no) for order in orders for batch in order.batches}
    kept = {(a.acct_no, a.bank_no) for a in book.accounts(conn)}
    if wanted - kept:
        acct_no, bank_no = sorted(wanted - kept)[0]
        raise MessageRefused(f"行 {bank_no} 没有账户 {acct_no}", rule="付款账户须在本行开立")


def _executed(conn: Conn, orders: Sequence[PaymentOrder]) -> dict[str, set[str]]:
    """Bank -> those of the vouchers of its orders that it dealt with before."""
    keys = [t.end_to_end_id for order in orders for batch in order.batches for t in batch.transfers]
    rows = conn.execute(
        "select bank_no, end_to_end_id from sim_bank_answer where end_to_end_id = any(%s)", [keys]
    ).fetchall()
    found: dict[str, set[str]] = {_bank_no(order): set() for order in orders}
    for bank_no, key in rows:
        found.setdefault(bank_no, set()).add(key)
    return found


def _execute(batch: PaymentBatch, temper: Temper, known: set[str], doing: _Doing) -> None:
    for transfer in batch.transfers:
        key = transfer.end_to_end_id
        if key in known:
            again = TransferStatus(
                key, REJECTED, transfer.amount_fen, "", doing.day, "", "AM05", "重复的支付指令"
            )
            doing.answers.append(_Answer(0, "", again))
            continue
        known.add(key)
        _Act(batch.debtor.acct_no, transfer, temper, doing).meet(temper.fate(key))


class _Act:
    """One payment and its fate."""

    def __init__(self, acct_no: str, transfer: CreditTransfer, temper: Temper, doing: _Doing) -> None:
        self.acct_no = acct_no
        self.transfer = transfer
        self.temper = temper
        self.doing = doing
        self.key = transfer.end_to_end_id

    def meet(self, fate: str) -> None:
        """Book and answer as the fate wills."""
        getattr(self, f"_{fate}")()

    def _ok(self) -> None:
        self._say(self._pay())

    def _returned(self) -> None:
        self._say(self._refusal())

    def _returned_later(self) -> None:
        self._ok()
        day = self.doing.day + timedelta(days=self.temper.delay(self.key))
        t, ref = self.transfer, self._ref("return")
        code, words = faults.reason(self.temper.seed, self.key)
        self._book(
            BankEntry(
                ref, IN, t.amount_fen, day, "RETN", self.key, t.payee_name, t.payee_acct_no, code, words
            )
        )

    def _late(self) -> None:
        self._say(self._pay(), self.temper.delay(self.key))

    def _out_of_order(self) -> None:
        self._say(self._pay(), 0, "after")

    def _duplicate(self) -> None:
        self._say(self._pay(), 0, "twice")

    def _answered_twice(self) -> None:
        status = self._pay()
        self._say(status)
        self._say(status, 1, "again")

    def _paid_twice(self) -> None:
        self._say(self._pay())
        self._say(self._pay("second"), 1, "again")

    def _amount_differs(self) -> None:
        self._say(self._pay(amount_fen=self.transfer.amount_fen + _SLIP_FEN))

    def _wrong_payee(self) -> None:
        self._say(self._pay(party=(_AWAY[1], _AWAY[0])))

    def _paid_after_return(self) -> None:
        self._say(self._refusal())
        self._say(self._pay(days=1), 1, "again")

    def _unknown_receipt(self) -> None:
        status = self._pay()
        self._say(status)
        self._say(status._replace(end_to_end_id=f"XX{self.key}"[:35], bank_ref=self._ref("unknown")))

    def _no_voucher(self) -> None:
        self._ok()
        ref = self._ref("without voucher")
        self._book(BankEntry(ref, OUT, _SLIP_FEN, self.doing.day, "PAY", "", _AWAY[1], _AWAY[0]))

    def _silent(self) -> None:
        """Neither paid nor answered; the voucher is noted, so that it is not paid by another order either."""
        self._say(TransferStatus(self.key, "RCVD", self.transfer.amount_fen, "", self.doing.day))

    def _pay(
        self, what: str = "pay", *, amount_fen: int = 0, party: tuple[str, str] | None = None, days: int = 0
    ) -> TransferStatus:
        """Book a payment; what the bank will say of it."""
        t, ref = self.transfer, self._ref(what)
        fen = amount_fen or t.amount_fen
        name, acct_no = party or (t.payee_name, t.payee_acct_no)
        day = self.doing.day + timedelta(days=days)
        self._book(BankEntry(ref, OUT, fen, day, "PAY", self.key, name, acct_no))
        return TransferStatus(self.key, SETTLED, fen, ref, day, acct_no)

    def _refusal(self) -> TransferStatus:
        code, words = faults.reason(self.temper.seed, self.key)
        return TransferStatus(
            self.key, REJECTED, self.transfer.amount_fen, "", self.doing.day, "", code, words
        )

    def _ref(self, what: str) -> str:
        return faults.reference(self.temper.seed, what, self.key)

    def _book(self, entry: BankEntry) -> None:
        self.doing.bookings.append((self.acct_no, entry))

    def _say(self, status: TransferStatus, days: int = 0, channel: str = "") -> None:
        self.doing.answers.append(_Answer(days, channel, status))


#: Where a report of a channel arrives within its day.
_PLACES = {"": ANSWERS, "twice": ANSWERS, "again": AGAIN, "after": AGAIN}


def _answer(conn: Conn, done: Sequence[tuple[str, PaymentOrder, _Doing]]) -> None:
    """Write the answers into reports, one for each day and channel of an order, and post them."""
    letters: list[Letter] = []
    rows: list[dict[str, object]] = []
    for bank_no, order, doing in done:
        numbers: dict[tuple[int, str], str] = {}
        for place, (days, channel, status) in enumerate(doing.answers):
            report_id = numbers.setdefault(
                (days, channel), _report_id(bank_no, order.message_id, days, channel)
            )
            rows.append(ANSWER.row(
                status, report_id=report_id, place=place, bank_no=bank_no, order_id=order.message_id
            ))  # fmt: skip
        letters += _letters(bank_no, doing.day, numbers)
    write_lines(conn, ANSWER, rows)
    post(conn, letters)


def _letters(bank_no: str, day: date, numbers: Mapping[tuple[int, str], str]) -> Iterator[Letter]:
    """The reports (days and channel -> number) as letters; what is told twice comes again a day later."""
    for (days, channel), report_id in numbers.items():
        due = day + timedelta(days=days)
        yield Letter(due, _PLACES[channel], PAIN_002, report_id, bank_no, "", due)
        if channel == "twice":
            yield Letter(due + timedelta(days=1), AGAIN, PAIN_002, report_id, bank_no, "", due)


def _report_id(bank_no: str, order_id: str, days: int, channel: str) -> str:
    said = f"{bank_no}\n{order_id}\n{days}\n{channel}"
    return f"HD{hashlib.blake2b(said.encode(), digest_size=14).hexdigest()}"


def _announce_returns(conn: Conn, done: Sequence[tuple[str, PaymentOrder, _Doing]]) -> None:
    """A camt.054 for each account and day on which money comes back."""
    days = {
        (bank_no, acct_no, entry.booked_on): None
        for bank_no, _, doing in done
        for acct_no, entry in doing.bookings
        if entry.reason_code
    }
    post(conn, [
        Letter(day, NOTICES, CAMT_054, f"TZ{day:%Y%m%d}{acct_no}"[:35], bank_no, acct_no, day)
        for bank_no, acct_no, day in days
    ])  # fmt: skip


def close_day(
    conn: Conn, on: date, *, bank_nos: Iterable[str] = (), late: Mapping[str, int] | None = None
) -> int:
    """Close the day of every account (of some banks') and post its statement; how many statements.

    `late` (acct_no -> days) holds statements back. Closing a day again changes nothing.
    """
    held: Mapping[str, int] = defaultdict(int, late or {})
    banks = set(bank_nos)
    with conn.transaction():
        closing = [a for a in book.accounts(conn) if not banks or a.bank_no in banks]
        book.close(conn, [a.acct_no for a in closing], on)
        post(conn, [
            Letter(on + timedelta(days=held[a.acct_no]), STATEMENTS, CAMT_053,
                   book.statement_id(a.acct_no, on), a.bank_no, a.acct_no, on)
            for a in closing
        ])  # fmt: skip
    return len(closing)
