"""What the bank's statements have booked out: no answer undoes it, only a booking that brings it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from fisc.banking.iso20022 import TransferStatus
from fisc.banking.services.answer_words import answer_words
from fisc.banking.services.findings import of_message
from fisc.banking.services.judge import Verdict
from fisc.kernel.findings import Finding

Conn = psycopg.Connection[Any]


def booked_out(conn: Conn, ref_nos: Sequence[str]) -> Mapping[str, str]:
    """Of numbers of vouchers, or of persons' pay, those that stand booked out -> the bank's references."""
    if not ref_nos:
        return {}
    return dict(conn.execute("select * from banking_standing_debits(%s)", [list(ref_nos)]).fetchall())


def leave_booked(conn: Conn, verdicts: Sequence[Verdict]) -> None:
    """Leave of returns those that no booking of the bank belies; the others become findings."""
    booked = booked_out(conn, [one.end_to_end_id for verdict in verdicts for one in verdict.returned])
    for verdict in verdicts:
        verdict.findings += [
            refused_after_booking(one, booked[one.end_to_end_id], one.end_to_end_id)
            for one in verdict.returned if one.end_to_end_id in booked
        ]  # fmt: skip
        verdict.returned = [one for one in verdict.returned if one.end_to_end_id not in booked]


def refused_after_booking(status: TransferStatus, refs: str, pay_cert_no: str = "") -> Finding:
    """That a bank refuses what it has booked out: nothing acts on it."""
    said = answer_words(status.status, status.reason_code, status.reason)
    words = f"对账单已记付出（{refs}），没有收回的入账，{said}，没有作退回：付没付以银行入账为准"
    return of_message("refused_after_booking", pay_cert_no, status.end_to_end_id, 0, status.amount_fen, words)
