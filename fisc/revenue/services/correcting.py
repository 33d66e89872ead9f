"""What was entered wrongly and nobody confirmed yet is given up; its number may be entered anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from fisc.documents import Kind
from fisc.documents.editions import move_last
from fisc.documents.store import By
from fisc.revenue.kinds import (
    DAILY_REPORT,
    RECEIPT,
    REFUND,
    RELIEF,
    SHARING,
    STATISTIC,
)
from fisc.revenue.services.common import Conn


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
    return move_last(conn, kind, doc_keys, "discard", by=by, on=on)
