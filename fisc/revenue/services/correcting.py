"""What was entered wrongly: given up before it is confirmed, reversed by a document of its own afterwards.

Either way its number may be entered anew (`fisc.documents.editions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fisc.documents import Kind, move
from fisc.documents.editions import current
from fisc.documents.inputs import OneOf
from fisc.documents.reversing import confirm_reversals as confirm
from fisc.documents.reversing import draft_reversals
from fisc.documents.store import By
from fisc.revenue.kinds import (
    DAILY_REPORT,
    RECEIPT,
    REFUND,
    RELIEF,
    REVERSAL,
    REVERSIBLE,
    SHARING,
    STATISTIC,
)
from fisc.revenue.services.common import Conn


@dataclass(frozen=True, slots=True)
class Reversal:
    """Which document that was posted should not stand, and why."""

    reversal_no: str
    of_kind: Annotated[str, OneOf(lambda: {code: kind.name for code, kind in REVERSIBLE.items()})]
    of_no: str
    reason: str


def make_reversals(conn: Conn, items: Sequence[Reversal], *, by: By, on: date) -> list[bool]:
    """Draft reversals of what was posted: True for each that is new; a reviewer confirms.

    Raises NotFound, and RuleBroken for what is not posted, of another year, or without a reason.
    """
    given = [(one.reversal_no, one.of_kind, one.of_no, one.reason) for one in items]
    return draft_reversals(conn, REVERSAL, REVERSIBLE, given, by=by, on=on)


def confirm_reversals(conn: Conn, reversal_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Post in red, on the day `on`, all that the named documents posted: True where now.

    Raises WrongState, FourEyes, MissingDuty, RuleBroken where a document that stands names one of them, and
    what the ledger refuses; then nothing is reversed.
    """
    return confirm(conn, REVERSAL, REVERSIBLE, reversal_nos, by=by, on=on)


def discard_reversals(conn: Conn, reversal_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Give drafted reversals up: True where now. Raises NotFound, WrongState, MissingDuty."""
    return move(conn, REVERSAL, reversal_nos, "discard", by=by, on=on)


def discard_daily_reports(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Give reports up that are not posted yet: True where now. Raises NotFound, WrongState, MissingDuty."""
    return _discard(conn, DAILY_REPORT, doc_keys, by, on)


def discard_receipts(conn: Conn, receipt_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """As `discard_daily_reports`, receipts."""
    return _discard(conn, RECEIPT, receipt_nos, by, on)


def discard_refunds(conn: Conn, refund_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """As `discard_daily_reports`, refunds."""
    return _discard(conn, REFUND, refund_nos, by, on)


def discard_relief(conn: Conn, relief_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """As `discard_daily_reports`, relief."""
    return _discard(conn, RELIEF, relief_nos, by, on)


def discard_statistics(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """As `discard_daily_reports`, published figures."""
    return _discard(conn, STATISTIC, doc_keys, by, on)


def discard_sharing(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """As `discard_daily_reports`, rules of sharing."""
    return _discard(conn, SHARING, doc_keys, by, on)


def _discard(conn: Conn, kind: Kind[Any], doc_keys: Sequence[str], by: By, on: date) -> list[bool]:
    return move(conn, kind, current(conn, kind, doc_keys), "discard", by=by, on=on)
