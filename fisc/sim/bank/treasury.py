"""The simulated central-bank treasury (国库): the single account, revenue, clearing, its daily statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

import psycopg

from fisc.banking.iso20022 import BankEntry
from fisc.banking.iso20022.model import IN, OUT
from fisc.city.bank import Collected, Transfer
from fisc.kernel.errors import FiscError
from fisc.sim.bank import book, faults

Conn = psycopg.Connection[Any]

OK, TWICE, ANOTHER_AMOUNT, NOT_MOVED, NOT_CREDITED, UNASKED = (
    "ok", "twice", "another_amount", "not_moved", "not_credited", "unasked",
)  # fmt: skip
_SLIP_FEN = 100_00


class Notice(Protocol):
    """A notice of clearing quota (清算额度通知单), as the finance bureau issues it."""

    @property
    def lqd_quota_notice_no(self) -> str:
        """Its number."""

    @property
    def mof_div_code(self) -> str:
        """The region whose single account is debited."""

    @property
    def fund_type_code(self) -> str:
        """The fund."""

    @property
    def agent_bank_no(self) -> str:
        """The bank that paid; '' where the region has one."""

    @property
    def amount_fen(self) -> int:
        """How much may be claimed (fen); negative where more came back."""


class Moved(NamedTuple):
    """What the treasury reports of a notice: its own document (划款凭证) and the amount (fen)."""

    lqd_cert_no: str
    lqd_quota_notice_no: str
    mof_div_code: str
    fund_type_code: str
    agent_bank_no: str
    amount_fen: int
    moved_on: date


def clear(
    conn: Conn, notices: Sequence[Notice], *, on: date, seed: int = 0, fates: Mapping[str, str] | None = None
) -> list[Moved]:
    """Debit single accounts and credit agent banks as notified, each notice once; what is reported of it.

    `fates` (notice number -> fate) are the treasury's own mistakes: twice, another_amount, not_moved,
    not_credited, unasked (a further debit that nobody asked for). The report does not admit them.
    """
    with conn.transaction():
        till = _Till(_accounts(conn), on, seed)
        bookings: list[book.Booking] = []
        moved = []
        for notice in notices:
            number = f"HK{notice.lqd_quota_notice_no}"
            fate = (fates or {}).get(notice.lqd_quota_notice_no, OK)
            bookings += till.move(notice, number, fate)
            moved.append(Moved(number, notice.lqd_quota_notice_no, notice.mof_div_code, notice.fund_type_code,
                               notice.agent_bank_no, notice.amount_fen, on))  # fmt: skip
        book.book(conn, bookings)
    return moved


Accounts = Mapping[tuple[str, str, str], str]


def _accounts(conn: Conn) -> dict[tuple[str, str, str], str]:
    """(region, kind, bank) and (region, kind, '') -> account number."""
    found: dict[tuple[str, str, str], str] = {}
    for a in book.accounts(conn):
        found.setdefault((a.mof_div_code, a.kind, a.bank_no), a.acct_no)
        found.setdefault((a.mof_div_code, a.kind, ""), a.acct_no)
    return found


def _account(accounts: Accounts, region: str, kind: str, bank_no: str = "") -> str:
    found = accounts.get((region, kind, bank_no))
    if found is None:
        raise FiscError(
            f"{region} 没有模拟账户（类别 {kind}，行号 {bank_no or '任一'}）", rule="先开户，后划款",
            hint="请先用 open_accounts 开立",
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class _Till:
    """The accounts, the day and the seed that the references of its bookings follow from."""

    accounts: Accounts
    on: date
    seed: int

    def move(self, notice: Notice, number: str, fate: str) -> list[book.Booking]:
        """The bookings of a notice that meets a fate."""
        single = _account(self.accounts, notice.mof_div_code, "21")
        zero = _account(self.accounts, notice.mof_div_code, "11", notice.agent_bank_no)
        fen = notice.amount_fen + (_SLIP_FEN if fate == ANOTHER_AMOUNT else 0)
        made = []
        if fate != NOT_MOVED:
            made.append((single, self._entry("out", number, -fen)))
        if fate == TWICE:
            made.append((single, self._entry("out again", number, -fen)))
        if fate not in (NOT_MOVED, NOT_CREDITED):
            made.append((zero, self._entry("in", number, fen)))
        if fate == UNASKED:
            made.append((single, self._entry("unasked", f"XX{number}"[:35], -_SLIP_FEN)))
        return made

    def _entry(self, what: str, number: str, fen: int) -> BankEntry:
        """A booking of the clearing: positive fen come in."""
        ref = faults.reference(self.seed, what, number)
        return BankEntry(ref, IN if fen > 0 else OUT, abs(fen), self.on, "CLR", number)


def collect_revenue(conn: Conn, receipts: Sequence[Collected], *, on: date, seed: int = 0) -> int:
    """Credit a day's revenue, each (region, code, fund) of a paper once a day; how many are new."""
    with conn.transaction():
        accounts = _accounts(conn)
        return book.book(conn, [
            (_account(accounts, r.mof_div_code, "21"),
             BankEntry(faults.reference(seed, "revenue", on, *r[:3], r.ref_no),
                       IN if r.amount_fen > 0 else OUT, abs(r.amount_fen), on, "REV",
                       r.ref_no or f"{r.rev_func_code}:{r.fund_type_code}"))
            for r in receipts if r.amount_fen
        ])  # fmt: skip


def transfer(conn: Conn, moves: Sequence[Transfer], *, on: date, seed: int = 0) -> int:
    """Other money of single accounts: transfers, debt, balances brought in. Once; how many are new."""
    with conn.transaction():
        accounts = _accounts(conn)
        return book.book(conn, [
            (_account(accounts, m.mof_div_code, "21"),
             BankEntry(faults.reference(seed, "transfer", m.mof_div_code, m.ref_no),
                       IN if m.amount_fen > 0 else OUT, abs(m.amount_fen), on, "TRF", m.ref_no))
            for m in moves
        ])  # fmt: skip
