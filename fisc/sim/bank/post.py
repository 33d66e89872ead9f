"""The way between banks and the treasury: messages leave when their day comes, some twice, some late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import psycopg

from fisc.banking.iso20022 import (
    CAMT_053,
    PAIN_002,
    Notification,
    StatusReport,
    TransferStatus,
    write_notification,
    write_status_report,
)
from fisc.sim.bank import book

Conn = psycopg.Connection[Any]

#: Order of arrival on one day: answers, notifications, statements, what is sent again.
ANSWERS, NOTICES, STATEMENTS, AGAIN = 10, 20, 30, 40


class Letter(NamedTuple):
    """A message to be posted."""

    due_on: date
    seq: int
    kind: str
    message_id: str
    bank_no: str
    acct_no: str
    made_on: date


def post(conn: Conn, letters: Iterable[Letter]) -> None:
    """Put messages on their way. Idempotent."""
    rows = sorted(set(letters))
    if rows:
        conn.execute(
            "insert into sim_bank_post (due_on, seq, kind, message_id, bank_no, acct_no, made_on) "
            "select * from unnest(%s::date[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], "
            "%s::date[]) on conflict (message_id, due_on) do nothing",
            [list(column) for column in zip(*rows, strict=True)],
        )


def collect(conn: Conn, on: date, *, bank_no: str = "", before_statements: bool = False) -> list[bytes]:
    """The messages that have arrived by `on` and were not fetched yet, in order of arrival.

    Fetching is part of the caller's transaction: if that is rolled back, they are there again.
    With `before_statements` the day's statements (and what comes after) stay for the next call.
    """
    with conn.transaction():
        rows = conn.execute(
            "update sim_bank_post set is_delivered = true where not is_delivered and due_on <= %(on)s "
            "and %(bank)s in ('', bank_no) and (not %(early)s or due_on < %(on)s or seq < %(statements)s) "
            "returning due_on, seq, kind, message_id, bank_no, acct_no, made_on",
            {"on": on, "bank": bank_no, "early": before_statements, "statements": STATEMENTS},
        ).fetchall()
        letters = sorted(Letter(*row) for row in rows)
    wanted = [(x.acct_no, x.made_on) for x in letters if x.kind == CAMT_053]
    told = book.statements(conn, wanted)
    answers = _reports(conn, [x for x in letters if x.kind == PAIN_002])
    return [
        told[x.acct_no, x.made_on] if x.kind == CAMT_053
        else answers[x] if x.kind == PAIN_002
        else _notification(conn, x)
        for x in letters
    ]  # fmt: skip


def _reports(conn: Conn, letters: Sequence[Letter]) -> dict[Letter, bytes]:
    """What each report says of its order's payments."""
    told: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in conn.execute(
        "select report_id, order_id, end_to_end_id, status, amount_fen, bank_ref, settled_on, payee_acct_no, "
        "reason_code, reason from sim_bank_answer where report_id = any(%s) order by place, id",
        [[letter.message_id for letter in letters]],
    ):
        told[row[0]].append(row[1:])
    return {letter: _report(letter, told[letter.message_id]) for letter in letters}


def _report(letter: Letter, rows: Sequence[tuple[Any, ...]]) -> bytes:
    statuses = [TransferStatus(*row[1:]) for row in rows]
    report = StatusReport(letter.message_id, letter.made_on, letter.bank_no, rows[0][0], statuses)
    return write_status_report(report)


def _notification(conn: Conn, letter: Letter) -> bytes:
    """The credits of a day that bring payments back."""
    told = [
        entry for entry in book.entries(conn, letter.acct_no, letter.made_on, letter.made_on)
        if entry.reason_code
    ]  # fmt: skip
    number = letter.message_id
    return write_notification(
        Notification(number, letter.made_on, letter.bank_no, letter.acct_no, number, told)
    )


__all__ = ["AGAIN", "ANSWERS", "CAMT_053", "NOTICES", "STATEMENTS", "Letter", "collect", "post"]
