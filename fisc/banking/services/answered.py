"""Which order a report of a bank answers, and what it says of each of that order's payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from fisc.banking.bankfile import layouts, read_answer_file
from fisc.banking.iso20022 import (
    PAIN_001,
    PaymentBatch,
    StatusReport,
    TransferStatus,
    read_order,
    read_status_report,
)
from fisc.banking.iso20022.model import REJECTED
from fisc.banking.services import findings, register
from fisc.banking.services.answer_words import answer_words
from fisc.banking.services.levels import Levels, Said, is_opposite, levelled, levels_of
from fisc.banking.services.sizes import Size, belied
from fisc.kernel.findings import Finding
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
    """What the report says of each payment of an order of this kind; see `levels`.

    Nothing where it is of another size than the order, or counts otherwise than it says.
    """
    is_whole = report.group_status == REJECTED or any(b.status == REJECTED for b in report.batches)
    if not is_whole and not report.batches and not report.stated:
        return levelled(report, {}, ())
    waiting = (
        rosters.sent_with(conn, report.order_id) if register.is_of_persons(kind)
        else _waiting(conn, report, region)
    )  # fmt: skip
    order = _order(conn, report)
    if words := belied(report, order.sizes, len(waiting)):
        return Said((), [findings.of_message("contradictory", "", report.order_id, words=words)])
    return levelled(report, order.blocks_with(waiting), waiting)


def unopposed(conn: Conn, report: StatusReport, statuses: Sequence[TransferStatus]) -> Said:
    """Of lines that may be applied those of which no earlier answer to the order said the opposite.

    What an earlier answer itself contradicted counts as not said. The others are findings that name both.
    """
    if not statuses:
        return Said((), ())
    earlier = _earlier(conn, report)
    kept: list[TransferStatus] = []
    found: list[Finding] = []
    for one in statuses:
        words = next((w for levels in earlier if (w := _opposite(levels, one))), "")
        if words:
            now = answer_words(one.status, one.reason_code, one.reason)
            found.append(findings.of_message(
                "contradictory", one.end_to_end_id, one.bank_ref,
                words=f"{words}；这一份回单 {report.message_id} {now}",
            ))  # fmt: skip
        else:
            kept.append(one)
    return Said(kept, found)


def _opposite(levels: Levels, one: TransferStatus) -> str:
    """What an earlier answer said of a payment otherwise than this one does, in words; else ''."""
    said = levels.words_of(one.end_to_end_id)
    if not said or any(is_opposite(said[0].status, other.status) for other in said):
        return ""
    if not is_opposite(said[0].status, one.status):
        return ""
    return f"先收的回单 {levels.report.message_id} {said[0].words}"


def _earlier(conn: Conn, report: StatusReport) -> list[Levels]:
    """The answers to the same order that came before, of the same bank, each by its levels."""
    given = register.answers_to(conn, report.bank_no, report.order_id)
    read = (
        read_answer_file(data, kind) if kind in layouts() else read_status_report(data)
        for kind, data in given
    )
    earlier = [one for one in read if one.message_id != report.message_id]
    is_asked = any(one.batches or one.stated for one in earlier)
    order = _order(conn, report) if is_asked else _Order({}, [])
    blocks = order.blocks_with(())
    return [levels_of(one, blocks) for one in earlier if not belied(one, order.sizes, 0)]


class _Order(NamedTuple):
    """An order that was sent from here: how much it is of, and its blocks. Empty where none is known."""

    sizes: Mapping[str, Size]
    batches: Sequence[PaymentBatch]

    def blocks_with(self, waiting: Sequence[str]) -> dict[str, Sequence[str]]:
        """The blocks, each with its payments; `waiting` are in the block where there is but one."""
        of: dict[str, Sequence[str]] = {
            batch.batch_id: [t.end_to_end_id for t in batch.transfers] for batch in self.batches
        }
        if len(of) == 1:  # what they name may be sent anew under other numbers, of persons
            return {number: [*waiting, *keys] for number, keys in of.items()}
        return of


def _order(conn: Conn, report: StatusReport) -> _Order:
    """The order that a report answers; of one in a flat file the size alone."""
    sent = register.find(conn, register.OUTGOING, report.bank_no, report.order_id)
    if sent is None:
        return _Order({}, [])
    batches = read_order(sent.data).batches if sent.data.lstrip().startswith(b"<") else []
    sizes = {
        batch.batch_id: Size(len(batch.transfers), sum(t.amount_fen for t in batch.transfers))
        for batch in batches
    }
    return _Order({**sizes, "": Size(sent.line_count, sent.amount_fen)}, batches)


#: A payment of which a refusal from above says something: on its way, or paid as the bank has said before.
_STANDING = ("sent", "paid", "cleared")


def _waiting(conn: Conn, report: StatusReport, region: str) -> list[str]:
    sent = sent_with(conn, [report.order_id], register.vouchers_of(conn, report.order_id))
    return [
        one.pay_cert_no for one in sent
        if one.mof_div_code == region and one.message_id == report.order_id and one.state in _STANDING
    ]  # fmt: skip
