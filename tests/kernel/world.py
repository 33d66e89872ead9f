"""A small city for the kernel's tests: two books, control accounts, and the events that move them.

Quota book: 9101 sources, 9200 sources not yet given out, 9201 quota available, 9301 quota frozen,
9401 spent. Treasury book: 1001 cash, 7001 outlays. Only 9200, 9201 and 9301 are controlled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import psycopg

from fisc.kernel import (
    Account,
    Coding,
    Document,
    Entry,
    FiscError,
    Line,
    credit,
    debit,
    define_accounts,
    open_year,
    post,
    record_documents,
)
from tests.papers import available

CITY, COUNTY = "990100000", "990101000"
#: The ledger's id of the paper that every entry here is posted from: the first that is recorded.
PAPER = 1
YEAR = 2025
DAY = date(YEAR, 3, 14)
SOURCES, POOL, QUOTA = "quota:9101", "quota:9200", "quota:9201"
FROZEN, SPENT = "quota:9301", "quota:9401"
CASH, OUTLAY = "treasury:1001", "treasury:7001"
A = Coding(YEAR, CITY, "111", exp_func_code="2050202")
B = Coding(YEAR, CITY, "111", exp_func_code="2100301")
C = Coding(YEAR, CITY, "111", exp_func_code="2080501")

ACCOUNTS = [
    Account("quota", "9101", "来源", "source", 1, "test", False),
    Account("quota", "9200", "待安排", "control", -1, "test", False, 0),
    Account("quota", "9201", "可用指标", "control", -1, "test", False, 0),
    Account("quota", "9301", "冻结指标", "control", -1, "test", False, 0),
    Account("quota", "9401", "已支付", "use", -1, "test", False),
    Account("treasury", "1001", "国库存款", "asset", 1, "test", False),
    Account("treasury", "7001", "支出", "outlay", 1, "test", False),
]


def found(conn: psycopg.Connection) -> None:
    """Make the city: accounts, two regions with the year open."""
    with conn.transaction():
        define_accounts(conn, ACCOUNTS)
        for region in (CITY, COUNTY):
            open_year(conn, region, YEAR)
        assert record_documents(conn, [Document("test:paper", "test", CITY, YEAR, DAY)]) == [PAPER]


def entry(key: str, *lines: Line, day: date = DAY, region: str = CITY) -> Entry:
    return Entry(key, region, day, tuple(lines), document_id=PAPER)


def grant(key: str, fen: int, coding: Coding = A, region: str = CITY) -> Entry:
    """Give `coding` a quota out of a new source (both steps in one entry)."""
    return entry(
        key, debit(SOURCES, coding, fen), credit(POOL, coding, fen),
        debit(POOL, coding, fen), credit(QUOTA, coding, fen), region=region,
    )  # fmt: skip


def pay(key: str, fen: int, coding: Coding = A, region: str = CITY) -> Entry:
    """Spend quota, in both books."""
    return entry(
        key, debit(QUOTA, coding, fen), credit(SPENT, coding, fen),
        debit(OUTLAY, coding, fen), credit(CASH, coding, fen), region=region,
    )  # fmt: skip


def move(key: str, fen: int, source: Coding, target: Coding) -> Entry:
    """Shift quota between coding blocks."""
    return entry(key, debit(QUOTA, source, fen), credit(QUOTA, target, fen))


def red(original: Entry, key: str) -> Entry:
    """The exact opposite of `original`, in red."""
    lines = tuple(replace(line, amount_fen=-line.amount_fen) for line in original.lines)
    return replace(original, natural_key=key, lines=lines)


def give(conn: psycopg.Connection, fen: int, coding: Coding = A) -> None:
    """Let exactly `fen` be available on `coding`, which has nothing yet."""
    post(conn, [grant(f"grant/{coding.exp_func_code}", fen, coding)])


def left(conn: psycopg.Connection, coding: Coding = A) -> int:
    return available(conn, QUOTA, coding)


def count(conn: psycopg.Connection, table: str = "entry") -> int:
    row = conn.execute(f"select count(*) from ledger.{table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def refusal(conn: psycopg.Connection, entries: Sequence[Entry]) -> FiscError | None:
    """What `post` refuses them with, or None."""
    try:
        post(conn, entries)
    except FiscError as error:
        return error
    return None
