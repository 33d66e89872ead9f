"""Which order a report of a bank answers, and what it says of each of that order's payments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from fisc.banking.iso20022 import PAIN_001, StatusReport, read_order
from fisc.banking.iso20022.model import REJECTED
from fisc.banking.services import register
from fisc.banking.services.levels import Said, levelled
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


def statuses_of(conn: Conn, report: StatusReport, region: str, kind: str) -> Said:
    """What the report says of each payment of an order of this kind; see `levels`."""
    is_whole = report.group_status == REJECTED or any(b.status == REJECTED for b in report.batches)
    if not is_whole and not report.batches:
        return levelled(report, {}, ())
    waiting = (
        rosters.sent_with(conn, report.order_id) if register.is_of_persons(kind)
        else _waiting(conn, report, region)
    )  # fmt: skip
    return levelled(report, _blocks(conn, report, waiting), waiting)


def _blocks(conn: Conn, report: StatusReport, waiting: Sequence[str]) -> dict[str, Sequence[str]]:
    """The blocks of our order, each with its payments; one of all where no order with blocks was sent."""
    sent = register.find(conn, register.OUTGOING, report.bank_no, report.order_id)
    if sent is None or not sent.data.lstrip().startswith(b"<"):
        return {report.order_id: waiting}
    batches = read_order(sent.data).batches
    if len(batches) == 1:  # what they name may be sent anew under other numbers, of persons
        return {batches[0].batch_id: [*waiting, *(t.end_to_end_id for t in batches[0].transfers)]}
    return {batch.batch_id: [t.end_to_end_id for t in batch.transfers] for batch in batches}


#: A payment of which a refusal from above says something: on its way, or paid as the bank has said before.
_STANDING = ("sent", "paid", "cleared")


def _waiting(conn: Conn, report: StatusReport, region: str) -> list[str]:
    sent = sent_with(conn, [report.order_id], register.vouchers_of(conn, report.order_id))
    return [
        one.pay_cert_no for one in sent
        if one.mof_div_code == region and one.message_id == report.order_id and one.state in _STANDING
    ]  # fmt: skip
