"""What a report says of each payment, at whichever of its levels: the order, a block of it, a transaction.

A bank may refuse at any level and say nothing below it. What a lower level says is nearer to the payment;
where an upper one says with finality something else, the report contradicts itself and nothing is believed
of that payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fisc.banking.iso20022 import BatchStatus, StatusReport, TransferStatus
from fisc.banking.iso20022.model import PAID_STATUSES, REJECTED
from fisc.banking.services import findings
from fisc.banking.services.answer_words import answer_words
from fisc.kernel.findings import Finding

_FINAL = PAID_STATUSES | {REJECTED}


class Said(NamedTuple):
    """Lines that may be judged, each with a status of its own, and what the report says against itself."""

    statuses: Sequence[TransferStatus]
    findings: Sequence[Finding]


class _Level(NamedTuple):
    """What is said above a payment: of the order or of a block."""

    name: str
    status: str
    reason_code: str
    reason: str

    @property
    def words(self) -> str:
        """As people are told it."""
        return f"{self.name}{answer_words(self.status, self.reason_code, self.reason)}"


def levelled(report: StatusReport, blocks: Mapping[str, Sequence[str]], waiting: Iterable[str]) -> Said:
    """The report payment by payment.

    `blocks` are the numbers of the order's blocks as we sent them, each with its payments; `waiting` are the
    payments of the order that a refusal from above brings back where it names none.
    """
    of_batch = {key: batch for batch in report.batches for key in _keys_of(batch, report, blocks)}
    found: list[Finding] = []
    made: list[TransferStatus] = []
    for one in report.statuses:
        above = _above(report, of_batch.get(one.end_to_end_id))
        status = _inherited(one, above)
        against = next((level for level in above if _is_against(level.status, status.status)), None)
        if against is None:
            made.append(status)
        else:
            own = answer_words(status.status, status.reason_code, status.reason)
            found.append(_contradictory(one.end_to_end_id, one.bank_ref, against, f"这一笔{own}"))
    named = {one.end_to_end_id for one in report.statuses}
    for key in waiting:
        if key in named or not any(level.status == REJECTED for level in _above(report, of_batch.get(key))):
            continue
        above = _above(report, of_batch.get(key))
        against = next((level for level in above if level.status in PAID_STATUSES), None)
        if against is None:
            made.append(_inherited(TransferStatus(key, ""), above))
        else:
            refused = next(level for level in above if level.status == REJECTED)
            found.append(_contradictory(key, "", against, refused.words))
    return Said(made, [*found, *_unknown(report, blocks)])


def _keys_of(batch: BatchStatus, report: StatusReport, blocks: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The payments of a block as we sent it; of an order that has one block, all of them."""
    if batch.batch_id in blocks:
        return [*blocks[batch.batch_id], *batch.keys]
    if len(report.batches) == 1 and len(blocks) <= 1:
        return [*(key for keys in blocks.values() for key in keys), *batch.keys]
    return batch.keys


def _unknown(report: StatusReport, blocks: Mapping[str, Sequence[str]]) -> list[Finding]:
    """A finding for each block that is refused as a whole and is none of ours: nobody knows whose it is."""
    if len(report.batches) == 1 and len(blocks) <= 1:
        return []
    return [
        findings.of_message(
            "unknown_status", "", report.order_id,
            words=f"批次 {b.batch_id} {answer_words(b.status, b.reason_code, b.reason)}，"
            f"报文 {report.order_id} 没有这一批次",
        )
        for b in report.batches
        if b.status in _FINAL and b.batch_id not in blocks and not b.keys
    ]  # fmt: skip


def _above(report: StatusReport, batch: BatchStatus | None) -> list[_Level]:
    """What is said above a payment, the nearest first."""
    levels = [_Level("所在批次", batch.status, batch.reason_code, batch.reason)] if batch else []
    if report.group_status:
        levels.append(_Level("整份报文", report.group_status, report.group_reason_code, report.group_reason))
    return levels


def _inherited(one: TransferStatus, above: Sequence[_Level]) -> TransferStatus:
    """The line with the nearest final status above it where it has none, and why."""
    if one.status:
        return one
    level = next((level for level in above if level.status in _FINAL), above[0] if above else None)
    if level is None:
        return one
    return one._replace(
        status=level.status,
        reason_code=one.reason_code or level.reason_code,
        reason=one.reason or level.reason,
    )


def _is_against(upper: str, lower: str) -> bool:
    """Whether a final word above is not what is said below."""
    if upper == REJECTED:
        return lower != REJECTED
    return upper in PAID_STATUSES and lower not in PAID_STATUSES


def _contradictory(key: str, bank_ref: str, above: _Level, below: str) -> Finding:
    return findings.of_message("contradictory", key, bank_ref, words=f"{above.words}，{below}")
