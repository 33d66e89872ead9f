"""The way between banks and the treasury: messages leave when their day comes, some twice, some late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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
from fisc.documents.store import rows_of
from fisc.registry.rows import insert_rows
from fisc.sim.bank import book
from fisc.sim.tables import ANSWER, POST

if TYPE_CHECKING:
    from fisc.sim.models import SimAnswer

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
    rows = [POST.row(letter) for letter in sorted(set(letters))]
    insert_rows(conn, POST, rows, known_by=("message_id", "due_on"))


def collect(conn: Conn, on: date, *, bank_no: str = "", before_statements: bool = False) -> list[bytes]:
    """The messages that have arrived by `on` and were not fetched yet, in order of arrival.

    Fetching is part of the caller's transaction: if that is rolled back, they are there again.
    With `before_statements` the day's statements (and what comes after) stay for the next call.
    """
    with conn.transaction():
        rows = conn.execute(
            "update sim_bank_post set is_delivered = true where not is_delivered and due_on <= %(on)s "
            "and %(bank)s in ('', bank_no) and (not %(early)s or due_on < %(on)s or seq < %(statements)s) "
            f"returning {', '.join(Letter._fields)}".encode(),
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
    told: dict[str, list[SimAnswer]] = defaultdict(list)
    where: Final = "where t.report_id = any(%s) order by t.place, t.id"
    for answer in rows_of(conn, ANSWER, where, [[letter.message_id for letter in letters]]):
        told[answer.report_id].append(answer)
    return {letter: _report(letter, told[letter.message_id]) for letter in letters}


#: What of an answer is kept; the simulated bank names no payee's bank.
_KEPT: Final = tuple(name for name in TransferStatus._fields if name != "payee_bank_no")


def _report(letter: Letter, answers: Sequence[SimAnswer]) -> bytes:
    statuses = [TransferStatus(**{name: getattr(a, name) for name in _KEPT}) for a in answers]
    report = StatusReport(letter.message_id, letter.made_on, letter.bank_no, answers[0].order_id, statuses)
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
