"""Rows of tables as their models say them: written in sets, left or renewed where they stand, and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg
import pytest

from fisc.registry.errors import Undeclared
from fisc.registry.rows import ANY_KEY, Table, insert_from, insert_rows, read_rows

Conn = psycopg.Connection[Any]

ACCOUNT = Table("banking.BankAccount")
MESSAGE = Table("banking.BankMessage")
OFFICER = Table("documents.OfficerRow")


class Account(NamedTuple):
    acct_no: str
    name: str
    bank_no: str
    mof_div_code: str
    kind: str


@dataclass
class Named:  # without slots: a class that does not say its attributes
    name: str
    acct_no: str


A = Account("1", "国库", "302", "150600000", "21")
KEY = ("acct_no",)


def write(conn: Conn, *accounts: Account, **how: Any) -> list[tuple[Any, ...]]:
    return insert_rows(conn, ACCOUNT, [ACCOUNT.row(a) for a in accounts], **how)


def standing(conn: Conn) -> list[Account]:
    return read_rows(conn, ACCOUNT, Account, "order by t.acct_no")


def test_rows_are_written_and_read_as_shapes(ready_conn: Conn) -> None:
    other = A._replace(acct_no="2", name='名"称\\, {x}')
    assert write(ready_conn, A, other, returning=("acct_no", "kind")) == [("1", "21"), ("2", "21")]
    assert standing(ready_conn) == [A, other]
    found = read_rows(ready_conn, ACCOUNT, Named, "where t.acct_no = %(no)s", {"no": "1"})
    assert found == [Named("国库", "1")]


def test_a_row_that_stands_is_left(ready_conn: Conn) -> None:
    write(ready_conn, A)
    b = A._replace(acct_no="2")
    found = write(ready_conn, A._replace(name="x"), b, b._replace(name="y"), known_by=KEY, returning=KEY)
    assert found == [("2",)]
    assert standing(ready_conn) == [A, b]
    assert write(ready_conn, A, known_by=ANY_KEY, returning=KEY) == []


def test_a_row_is_renewed_where_the_rest_is_the_same(ready_conn: Conn) -> None:
    write(ready_conn, A)
    how = {"known_by": KEY, "renews": ("name", "bank_no"), "returning": KEY}
    assert write(ready_conn, A._replace(name="x"), A._replace(name="y"), **how) == [("1",)]
    assert standing(ready_conn) == [A._replace(name="y")], "of rows given twice the last counts"
    assert write(ready_conn, A._replace(kind="12"), **how) == []
    assert standing(ready_conn) == [A._replace(name="y")]


def test_lists_days_and_bytes_arrive_as_they_are(ready_conn: Conn) -> None:
    insert_rows(ready_conn, OFFICER, [
        {"code": "o1", "name": "甲", "mof_div_code": "", "agency_code": "", "duties": ["a", 'b"c']}
    ])  # fmt: skip
    assert read_rows(ready_conn, OFFICER, Duties, "where t.code = 'o1'") == [Duties(["a", 'b"c'])]
    body, day = bytes(range(256)), date(2026, 2, 28)
    message = dict.fromkeys(("message_id", "acct_no", "order_id", "state", "digest", "recorded_by"), "")
    insert_rows(ready_conn, MESSAGE, [message | {
        "direction": "in", "kind": "k", "bank_no": "302", "mof_div_code": "150600000", "line_count": 0,
        "amount_fen": 2**60, "business_on": day, "recorded_on": day, "last_received_on": day, "body": body,
    }])  # fmt: skip
    assert read_rows(ready_conn, MESSAGE, Said, "where t.kind = 'k'") == [Said(body, day, 2**60, 1)]


class Duties(NamedTuple):
    duties: list[str]


class Said(NamedTuple):
    body: bytes
    business_on: date
    amount_fen: int
    receipt_count: int  # not given: the database's default


def test_rows_are_made_of_a_source(ready_conn: Conn) -> None:
    write(ready_conn, A)
    statement = insert_from(
        ACCOUNT,
        (("acct_no", "s.acct_no || %(more)s"), ("name", "s.name"), ("bank_no", "s.bank_no"),
         ("mof_div_code", "s.mof_div_code"), ("kind", "'12'")),
        "banking_account s", known_by=KEY, returning=KEY,
    )  # fmt: skip
    assert ready_conn.execute(statement, {"more": "2"}).fetchall() == [("12",)]
    assert ready_conn.execute(statement, {"more": ""}).fetchall() == []
    assert standing(ready_conn) == [A, A._replace(acct_no="12", kind="12")]


def test_a_name_that_is_no_column_is_refused(ready_conn: Conn) -> None:
    class Other(NamedTuple):
        colour: str

    with pytest.raises(Undeclared, match="colour"):
        insert_rows(ready_conn, ACCOUNT, [A._asdict() | {"colour": "red"}])
    with pytest.raises(Undeclared, match="colour"):
        read_rows(ready_conn, ACCOUNT, Other)
    with pytest.raises(Undeclared, match="colour"):
        insert_from(ACCOUNT, (("colour", "1"),), "banking_account s")
    assert standing(ready_conn) == []


def test_nothing_given_is_nothing_written(ready_conn: Conn) -> None:
    assert insert_rows(ready_conn, ACCOUNT, [], returning=KEY) == []
