"""The book of a simulated bank: accounts, bookings, balances, statements of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.banking.iso20022 import BankEntry, Statement, write_statement
from fisc.banking.iso20022.model import IN, OUT
from fisc.kernel.errors import FiscError

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Account:
    """An account that a simulated bank keeps.

    `kind`: 11 财政零余额, 12 单位零余额, 21 国库单一账户, 61 工资统发.
    """

    acct_no: str
    name: str
    bank_no: str
    mof_div_code: str
    kind: str


def open_accounts(conn: Conn, accounts: Sequence[Account]) -> None:
    """Open accounts. Idempotent."""
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(
            "insert into sim_bank_account (acct_no, name, bank_no, mof_div_code, kind) "
            "values (%s, %s, %s, %s, %s) on conflict (acct_no) do nothing",
            [(a.acct_no, a.name, a.bank_no, a.mof_div_code, a.kind) for a in accounts],
        )


def accounts(conn: Conn, bank_no: str = "") -> list[Account]:
    """The accounts of a bank (of all banks), by number."""
    rows = conn.execute(
        "select acct_no, name, bank_no, mof_div_code, kind from sim_bank_account "
        "where %(bank)s in ('', bank_no) order by acct_no",
        {"bank": bank_no},
    ).fetchall()
    return [Account(*row) for row in rows]


Booking = tuple[str, BankEntry]

_COPY = (
    "copy sim_bank_booking (acct_no, bank_ref, side, amount_fen, booked_on, code, ref_no, party_name, "
    "party_acct_no, reason_code, reason) from stdin"
)


def book(conn: Conn, bookings: Iterable[Booking]) -> int:
    """Write (account, entry) pairs into the book; references that stand are left. How many are new.

    Raises FiscError for a day that the account has closed already.
    """
    given = list(bookings)
    if not given:
        return 0
    refs = [entry.bank_ref for _, entry in given]
    rows = conn.execute("select bank_ref from sim_bank_booking where bank_ref = any(%s)", [refs]).fetchall()
    standing = {row[0] for row in rows}
    fresh = [(acct_no, *entry) for acct_no, entry in given if entry.bank_ref not in standing]
    if fresh:
        _require_open(conn, fresh)
        with conn.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in fresh:
                copy.write_row(row)
    return len(fresh)


def _require_open(conn: Conn, rows: Sequence[tuple[Any, ...]]) -> None:
    found = conn.execute(
        "select acct_no, max(day) from sim_bank_balance where acct_no = any(%s) group by acct_no",
        [list({row[0] for row in rows})],
    )
    closed: dict[str, date] = dict(found.fetchall())
    for row in rows:
        if row[0] in closed and row[4] <= closed[row[0]]:
            raise FiscError(
                f"账户 {row[0]} {row[4]} 已日终，不能再入账", rule="日终之后的业务记入次日",
                hint="请用下一个营业日",
            )  # fmt: skip


def balance(conn: Conn, acct_no: str, day: date) -> int:
    """An account's balance (fen) at the end of a day, from its book."""
    row = conn.execute(
        "with closed as (select day, closing_fen from sim_bank_balance where acct_no = %(acct)s "
        "and day <= %(day)s order by day desc limit 1) "
        "select coalesce((select closing_fen from closed), 0) + coalesce(sum(case when side = 'CRDT' "
        "then amount_fen else -amount_fen end), 0)::bigint from sim_bank_booking "
        "where acct_no = %(acct)s and booked_on <= %(day)s "
        "and booked_on > coalesce((select day from closed), '0001-01-01')",
        {"acct": acct_no, "day": day},
    ).fetchone()
    return int(row[0]) if row else 0


def close(conn: Conn, acct_no: str, day: date) -> tuple[int, int]:
    """Close an account's day: its opening and closing balance. Closing it again changes nothing."""
    row = conn.execute(
        "select opening_fen, closing_fen from sim_bank_balance where acct_no = %s and day = %s",
        [acct_no, day],
    ).fetchone()
    if row is not None:
        return row[0], row[1]
    opening = conn.execute(
        "select closing_fen from sim_bank_balance where acct_no = %s and day < %s order by day desc limit 1",
        [acct_no, day],
    ).fetchone()
    closing_fen = balance(conn, acct_no, day)
    opening_fen = opening[0] if opening else closing_fen - _net(conn, acct_no, day)
    conn.execute(
        "insert into sim_bank_balance (acct_no, day, opening_fen, closing_fen) values (%s, %s, %s, %s)",
        [acct_no, day, opening_fen, closing_fen],
    )
    return opening_fen, closing_fen


def _net(conn: Conn, acct_no: str, day: date) -> int:
    return sum(e.amount_fen if e.side == IN else -e.amount_fen for e in entries(conn, acct_no, day, day))


def entries(conn: Conn, acct_no: str, first: date, last: date) -> list[BankEntry]:
    """An account's bookings of days `first` to `last`, in the order of the book."""
    rows = conn.execute(
        "select bank_ref, side, amount_fen, booked_on, code, ref_no, party_name, party_acct_no, reason_code, "
        "reason from sim_bank_booking where acct_no = %s and booked_on between %s and %s order by id",
        [acct_no, first, last],
    ).fetchall()
    return [BankEntry(*row) for row in rows]


def statement_id(acct_no: str, day: date) -> str:
    """The number of an account's statement of a day."""
    return f"DZ{day:%Y%m%d}{acct_no}"[:35]


def statement(conn: Conn, account: Account, day: date) -> bytes:
    """camt.053 of an account's day: what was booked since the statement before. The day must be closed."""
    opening_fen, closing_fen = close(conn, account.acct_no, day)
    row = conn.execute(
        "select max(day), count(*) from sim_bank_balance where acct_no = %s and day < %s",
        [account.acct_no, day],
    ).fetchone()
    before, place = (row[0], row[1] + 1) if row else (None, 1)
    first = date.fromordinal(before.toordinal() + 1) if before else day
    told = entries(conn, account.acct_no, first, day)
    number = statement_id(account.acct_no, day)
    return write_statement(
        Statement(
            number, day, account.bank_no, account.acct_no, number, day, opening_fen, closing_fen, told, place
        )
    )


__all__ = [
    "IN", "OUT", "Account", "accounts", "balance", "book", "close", "entries", "open_accounts", "statement",
    "statement_id",
]  # fmt: skip
