"""What a bank says of one account's day in two messages at once is settled as if one came after the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from fisc.banking import services as banking
from tests.banking.letters import entry, statement, tx
from tests.banking.world import Conn, open_bank
from tests.treasury.paying import CITY, DAY

NEXT = DAY + timedelta(days=1)


def _told(number: str, ends: str, yuan: str, hour: int) -> bytes:
    return statement(
        "100.00", ends, entry(yuan, "DBIT", tx("K"), ref="R"), number=number, statement_no="D",
        created=f"{DAY}T{hour}:00:00+08:00",
    )  # fmt: skip


FIRST, CORRECTED = _told("S1", "90.00", "10.00", 18), _told("S2", "85.00", "15.00", 19)


@pytest.fixture
def books(paying_db: str) -> Iterator[Conn]:
    with psycopg.connect(paying_db) as conn:
        open_bank(conn)
        conn.commit()
        yield conn


def _take(conn: Conn, data: bytes) -> banking.MessageResult:
    return banking.receive(conn, data, by="teller", on=NEXT)


def _counting(conn: Conn) -> list[tuple[str, str]]:
    rows = conn.execute("select message_id, superseded_by from banking_message where kind ^@ 'camt.053'")
    return sorted(rows.fetchall())


@pytest.mark.parametrize("told", [(FIRST, CORRECTED), (CORRECTED, FIRST), (FIRST, FIRST)])
def test_two_statements_of_a_day_at_once_are_settled(
    books: Conn, paying_db: str, told: tuple[bytes, bytes]
) -> None:
    with psycopg.connect(paying_db) as other, ThreadPoolExecutor(1) as beside:
        _take(books, told[0])  # not yet committed
        waiting = beside.submit(_take, other, told[1])
        while not books.execute("select from pg_locks where not granted").rowcount:
            assert not waiting.done()
        books.commit()
        waiting.result()
        other.commit()
    report = banking.reconcile(books, CITY, NEXT, by="auditor")
    last = 1500 if CORRECTED in told else 1000
    assert report.is_proven and [item.theirs_fen for item in report.faults] == [last]
    counting = [("S1", "S2"), ("S2", "")] if CORRECTED in told else [("S1", "")]
    assert _counting(books) == counting


def test_a_statement_that_comes_again_mends_what_was_left_unsettled(books: Conn) -> None:
    _take(books, FIRST)
    _take(books, CORRECTED)
    books.execute("update banking_message set superseded_by = '', state = 'applied' where message_id = 'S1'")
    books.execute("update banking_line set source = 'S' where source = 'V'")
    assert not banking.reconcile(books, CITY, NEXT, by="auditor").is_proven
    assert not _take(books, FIRST).is_new
    assert _counting(books) == [("S1", "S2"), ("S2", "")]
    assert banking.reconcile(books, CITY, NEXT, by="auditor").is_proven


def test_an_older_snapshot_takes_no_statement(books: Conn, paying_db: str) -> None:
    with psycopg.connect(paying_db) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.Error, match="隔离级别"):
            _take(other, FIRST)
        other.rollback()
