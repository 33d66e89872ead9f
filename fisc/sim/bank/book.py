"""The book of a simulated bank: accounts, bookings, balances, statements of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from fisc.banking.iso20022 import BankEntry, Statement, write_statement
from fisc.banking.iso20022.model import IN, OUT
from fisc.documents import write_lines
from fisc.kernel.errors import FiscError
from fisc.kernel.posting import in_transaction
from fisc.registry.rows import insert_from, insert_rows, read_rows
from fisc.sim.tables import ACCOUNT, BALANCE, BOOKING

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
    rows = [ACCOUNT.row(account) for account in accounts]
    in_transaction(conn, lambda: insert_rows(conn, ACCOUNT, rows, known_by=("acct_no",)))


def accounts(conn: Conn, bank_no: str = "") -> list[Account]:
    """The accounts of a bank (of all banks), by number."""
    where: Final = "where %(bank)s in ('', t.bank_no) order by t.acct_no"
    return read_rows(conn, ACCOUNT, Account, where, {"bank": bank_no})


Booking = tuple[str, BankEntry]


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
    fresh = [(acct_no, entry) for acct_no, entry in given if entry.bank_ref not in standing]
    if fresh:
        _require_open(conn, fresh)
        write_lines(conn, BOOKING, (
            BOOKING.row(entry, acct_no=acct_no, ref_no=entry.end_to_end_id) for acct_no, entry in fresh
        ))  # fmt: skip
    return len(fresh)


def _require_open(conn: Conn, bookings: Sequence[Booking]) -> None:
    found = conn.execute(
        "select acct_no, max(day) from sim_bank_balance where acct_no = any(%s) group by acct_no",
        [list({acct_no for acct_no, _ in bookings})],
    )
    closed: dict[str, date] = dict(found.fetchall())
    for acct_no, entry in bookings:
        if acct_no in closed and entry.booked_on <= closed[acct_no]:
            raise FiscError(
                f"账户 {acct_no} {entry.booked_on} 已日终，不能再入账", rule="日终之后的业务记入次日",
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


_CLOSING: Final = (
    ("acct_no", "g.acct_no"), ("day", "%(day)s"),
    ("opening_fen", "coalesce(p.closing_fen, moved.fen - moved.of_day_fen)"),
    ("closing_fen", "coalesce(p.closing_fen, 0) + moved.fen"),
)  # fmt: skip
_MOVED: Final = """unnest(%(accts)s::text[]) as g(acct_no)
    left join lateral (
        select b.day, b.closing_fen from sim_bank_balance b where b.acct_no = g.acct_no and b.day < %(day)s
        order by b.day desc limit 1) p on true
    cross join lateral (
        select coalesce(sum(s.fen), 0)::bigint as fen,
               coalesce(sum(s.fen) filter (where s.booked_on = %(day)s), 0)::bigint as of_day_fen
        from (select k.booked_on, case when k.side = 'CRDT' then k.amount_fen else -k.amount_fen end as fen
              from sim_bank_booking k where k.acct_no = g.acct_no and k.booked_on <= %(day)s
              and k.booked_on > coalesce(p.day, '0001-01-01')) s) moved"""


def close(conn: Conn, acct_nos: Sequence[str], day: date) -> None:
    """Close accounts' day: opening and closing balances are kept. Closing it again changes nothing."""
    statement = insert_from(BALANCE, _CLOSING, _MOVED, known_by=("acct_no", "day"))
    conn.execute(statement, {"accts": list(acct_nos), "day": day})


def entries(conn: Conn, acct_no: str, first: date, last: date) -> list[BankEntry]:
    """An account's bookings of days `first` to `last`, in the order of the book."""
    return _entries(conn, [(acct_no, first, last)])[acct_no, last]


def _entries(conn: Conn, spans: Sequence[tuple[str, date, date]]) -> dict[tuple[str, date], list[BankEntry]]:
    """(account, last day) -> its bookings of days `first` to `last`, in the order of the book."""
    found: dict[tuple[str, date], list[BankEntry]] = {(acct_no, last): [] for acct_no, _, last in spans}
    rows = conn.execute(
        "select s.acct_no, s.last, b.bank_ref, b.side, b.amount_fen, b.booked_on, b.code, b.ref_no, "
        "b.party_name, b.party_acct_no, b.reason_code, b.reason "
        "from unnest(%s::text[], %s::date[], %s::date[]) as s(acct_no, first, last) "
        "join sim_bank_booking b on b.acct_no = s.acct_no and b.booked_on between s.first and s.last "
        "order by b.id",
        [list(column) for column in zip(*spans, strict=True)] or [[], [], []],
    )
    for acct_no, last, *told in rows:
        found[acct_no, last].append(BankEntry(*told))
    return found


def statement_id(acct_no: str, day: date) -> str:
    """The number of an account's statement of a day."""
    return f"DZ{day:%Y%m%d}{acct_no}"[:35]


_BALANCES = """
    select b.acct_no, b.day, b.opening_fen, b.closing_fen, before.day, before.n from sim_bank_balance b
    join unnest(%s::text[], %s::date[]) as s(acct_no, day) on s.acct_no = b.acct_no and s.day = b.day
    cross join lateral (select max(o.day) as day, count(*) as n from sim_bank_balance o
                        where o.acct_no = b.acct_no and o.day < b.day) before"""


def statements(conn: Conn, wanted: Sequence[tuple[str, date]]) -> dict[tuple[str, date], bytes]:
    """camt.053 of (account, day): what was booked since the statement before. The days are closed."""
    if not wanted:
        return {}
    of = {account.acct_no: account for account in accounts(conn)}
    rows = conn.execute(_BALANCES, [list(column) for column in zip(*wanted, strict=True)]).fetchall()
    spans = [
        (acct_no, before + timedelta(1) if before else day, day) for acct_no, day, _, _, before, _ in rows
    ]
    told = _entries(conn, spans)
    return {
        (acct_no, day): write_statement(Statement(
            statement_id(acct_no, day), day, of[acct_no].bank_no, acct_no, statement_id(acct_no, day), day,
            opening_fen, closing_fen, told[acct_no, day], n + 1,
        ))
        for acct_no, day, opening_fen, closing_fen, _, n in rows
    }  # fmt: skip


__all__ = [
    "IN", "OUT", "Account", "accounts", "balance", "book", "close", "entries", "open_accounts",
    "statement_id", "statements",
]  # fmt: skip
