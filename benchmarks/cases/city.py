"""A small city to pay from: accounts, an open year, and quotas that were granted."""

from __future__ import annotations

from datetime import date

import psycopg

from fisc.kernel import (
    Account,
    Coding,
    Document,
    Entry,
    Line,
    credit,
    debit,
    define_accounts,
    define_regions,
    open_year,
    post,
    record_documents,
)

REGION = "990100000"
YEAR = 2025
DAY = date(2025, 3, 1)
#: The ledger's id of the paper that everything here is posted from: the first that is recorded.
PAPER = 1
GRANTED_FEN = 10**14
PAID_FEN = 100

SOURCE, QUOTA, PAID = "quota:9101", "quota:9302", "quota:9501"
OUTLAY, CASH = "treasury_2022_budget:7001", "treasury_2022_budget:804101"
CASH_CODING = Coding(YEAR, REGION, "111")

_ACCOUNTS = ((SOURCE, 1, None), (QUOTA, -1, 0), (PAID, -1, None), (OUTLAY, 1, None), (CASH, 1, None))


def found(conn: psycopg.Connection, quotas: int) -> list[Coding]:
    """Define everything and grant `quotas` quotas; returns their coding blocks."""
    accounts = [(*name.split(":"), side, floor) for name, side, floor in _ACCOUNTS]
    define_accounts(
        conn,
        [
            Account(book, code, code, "合成", side, "合成", True, floor)
            for book, code, side, floor in accounts
        ],
    )
    define_regions(conn, [REGION])
    open_year(conn, REGION, YEAR)
    assert record_documents(conn, [Document("bench:paper", "bench", REGION, YEAR, DAY)]) == [PAPER]
    codings = [
        Coding(YEAR, REGION, "111", pro_code=f"p{i:06}", exp_func_code="2010101") for i in range(quotas)
    ]
    post(conn, [_grant(i, coding) for i, coding in enumerate(codings)])
    return codings


def _grant(number: int, coding: Coding) -> Entry:
    lines = (debit(SOURCE, coding, GRANTED_FEN), credit(QUOTA, coding, GRANTED_FEN))
    return Entry(f"grant-{number}", REGION, DAY, lines, document_id=PAPER)


def payment(key: str, coding: Coding, *, lean: bool = False, fen: int = PAID_FEN) -> Entry:
    """One payment out of a quota; `lean` leaves the treasury book out."""
    lines: tuple[Line, ...] = (debit(QUOTA, coding, fen), credit(PAID, coding, fen))
    if not lean:
        lines += (debit(OUTLAY, coding, fen), credit(CASH, CASH_CODING, fen))
    return Entry(key, REGION, DAY, lines, document_id=PAPER, rule_code="T12")


def require_proven(conn: psycopg.Connection) -> None:
    """A fast answer must also be a right one."""
    from fisc.kernel import verify

    report = verify(conn)
    assert report.ok, [check.difference for check in report.checks if not check.ok]
