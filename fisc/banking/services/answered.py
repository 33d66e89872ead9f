"""Which order a report of a bank answers, and what it says of each of that order's payments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from fisc.banking.iso20022 import PAIN_001, StatusReport, TransferStatus
from fisc.banking.iso20022.model import REJECTED
from fisc.banking.services import register
from fisc.rosters import services as rosters
from fisc.treasury.services.certificates import sent_with

Conn = psycopg.Connection[Any]


def orders_of(conn: Conn, said: Sequence[StatusReport]) -> dict[register.Key, tuple[str, str]]:
    """Region and kind of the orders that reports answer, by bank and number; those of ours are answered now.

    Ours is also a number with which payments went to the bank outside (`treasury.send`).
    """
    orders = register.mark_answered(conn, [(one.bank_no, one.order_id) for one in said])
    return orders | _sent_outside(conn, [one for one in said if (one.bank_no, one.order_id) not in orders])


def _sent_outside(conn: Conn, said: Sequence[StatusReport]) -> dict[register.Key, tuple[str, str]]:
    """As `register.mark_answered`, of numbers that stand on payments alone: of one region's, of that bank.

    Those that a report names say whose it is; of a whole order that the bank refuses, all that are under way.
    """
    if not said:
        return {}
    named = {status.end_to_end_id for one in said for status in one.statuses}
    sent = sent_with(conn, {one.order_id for one in said}, named)
    found: dict[register.Key, tuple[str, str]] = {}
    for one in said:
        mine = {status.end_to_end_id for status in one.statuses}
        regions = {
            p.mof_div_code for p in sent
            if p.message_id == one.order_id and p.agent_bank_no in ("", one.bank_no)
            and (not mine or p.pay_cert_no in mine)
        }  # fmt: skip
        if len(regions) == 1:
            found[one.bank_no, one.order_id] = (regions.pop(), PAIN_001)
    return found


def statuses_of(
    conn: Conn, report: StatusReport, region: str, is_of_persons: bool
) -> Sequence[TransferStatus]:
    """The report's lines; where the bank rejects an order as a whole, one for each of its payments."""
    if report.statuses or report.group_status != REJECTED:
        return report.statuses
    sent = rosters.sent_with(conn, report.order_id) if is_of_persons else _unanswered(conn, report, region)
    code, words = report.group_reason_code, report.group_reason
    return [TransferStatus(key, REJECTED, reason_code=code, reason=words) for key in sent]


def _unanswered(conn: Conn, report: StatusReport, region: str) -> list[str]:
    sent = sent_with(conn, [report.order_id])
    return [one.pay_cert_no for one in sent if (one.mof_div_code, one.state) == (region, "sent")]
