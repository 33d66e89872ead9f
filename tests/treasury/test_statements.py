"""How many SQL statements one payment costs, service by service, against the baseline beside this test."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.treasury import services as treasury
from tests.treasury.paying import CITY, DAY, YUAN, application, paid, receipt

Conn = psycopg.Connection[Any]
#: Alone or within a transaction -> service -> statements; a service that comes to need fewer is written down
#: here, so that it stays so.
BASELINE = json.loads(Path(__file__).with_name("payment_statements.json").read_text("utf8"))
MOST = 25


class _Counting(psycopg.Cursor[Any]):
    """A cursor that notes every statement it sends; begin, commit and savepoints go another way."""

    sent: list[str] = []  # noqa: RUF012 -- one list for the connection under test

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        self.sent.append(str(query)[:80])
        return super().execute(query, *args, **kwargs)

    def executemany(self, query: Any, params_seq: Any, *args: Any, **kwargs: Any) -> None:
        rows = list(params_seq)
        self.sent.extend([str(query)[:80]] * len(rows))
        super().executemany(query, rows, *args, **kwargs)


@pytest.fixture(params=["alone", "within"])
def counting(request: pytest.FixtureRequest) -> Iterator[tuple[str, Conn]]:
    """A connection that counts and has paid before: a service that runs knows the ledger's ids.

    Alone, each call is a transaction of its own; within, all are in one.
    """
    if request.param == "within":
        yield from _counting("within", request.getfixturevalue("paying"))
        return
    with psycopg.connect(request.getfixturevalue("paying_db"), autocommit=True) as conn:
        yield from _counting("alone", conn)


def _counting(how: str, conn: Conn) -> Iterator[tuple[str, Conn]]:
    _clear(conn, paid(conn, application("A0")), "LQ0")
    before = conn.cursor_factory
    conn.cursor_factory = _Counting
    yield how, conn
    conn.cursor_factory = before


def _notify(conn: Conn) -> None:
    treasury.issue_clearing_notices(conn, CITY, DAY, by="clearer", on=DAY)


def _clear(conn: Conn, certs: Sequence[str], number: str) -> None:
    _notify(conn)
    _debit(conn, certs, number)


def _debit(conn: Conn, certs: Sequence[str], number: str) -> None:
    debit = treasury.TreasuryDebit(number, "111", "ICBC", 100 * YUAN, DAY, tuple(certs))
    assert treasury.clear(conn, CITY, DAY, [debit], by="clearer2", on=DAY) == [True]


def _sent(work: Callable[[], object]) -> list[str]:
    _Counting.sent.clear()
    work()
    return list(_Counting.sent)


def test_a_payment_takes_no_more_statements_than_it_did(counting: tuple[str, Conn]) -> None:
    (how, conn), certs = counting, ["PZA1"]
    counts: dict[str, list[str]] = {}
    counts["apply"] = _sent(lambda: treasury.apply(conn, [application("A1")], by="unit", on=DAY))
    counts["review"] = _sent(lambda: treasury.review(conn, ["A1"], by="unit2", on=DAY))
    counts["approve"] = _sent(lambda: treasury.approve(conn, ["A1"], by="reviewer", on=DAY))
    counts["certify"] = _sent(lambda: treasury.certify(conn, ["A1"], by="signer", on=DAY))
    counts["send"] = _sent(lambda: treasury.send(conn, certs, by="teller", on=DAY, message_id="M1"))
    counts["confirm_paid"] = _sent(
        lambda: treasury.confirm_paid(conn, [receipt("PZA1")], by="teller", on=DAY)
    )
    _notify(conn)
    counts["clear"] = _sent(lambda: _debit(conn, certs, "LQ1"))
    found = {service: len(sent) for service, sent in counts.items()}
    assert found == BASELINE[how], counts
    assert sum(found.values()) <= MOST
