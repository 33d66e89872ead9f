"""What a report says of each payment, at whichever of its levels: the order, a block of it, a transaction.

A bank may refuse at any level and say nothing below it. What a lower level says is nearer to the payment;
where an upper one says with finality something else, the report contradicts itself: nothing is believed of
that payment, and the upper level is believed of no payment that does not speak for itself. A block whose
number is none of ours speaks for nobody.
"""

from __future__ import annotations

from collections import defaultdict
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


class Level(NamedTuple):
    """What is said of a payment at one level; `against` is what below it says otherwise, in words."""

    name: str
    status: str
    reason_code: str = ""
    reason: str = ""
    against: str = ""

    @property
    def words(self) -> str:
        """As people are told it."""
        return f"{self.name}{answer_words(self.status, self.reason_code, self.reason)}"


class Levels(NamedTuple):
    """A report by its levels: that of the order, and those of the blocks that each payment stands in."""

    report: StatusReport
    group: Sequence[Level]
    of_block: Mapping[str, Sequence[Level]]
    strange: Mapping[str, Level]
    """Payments that a block of a number which is not ours names."""

    def above(self, key: str) -> list[Level]:
        """What is said above a payment, the nearest first."""
        return [*self.of_block.get(key, ()), *self.group]

    def words_of(self, key: str) -> list[Level]:
        """What is said with finality of a payment and belied by nothing, at all levels, the nearest first."""
        if key in self.strange:
            return []
        own = [_of_line(one) for one in self.report.statuses if one.end_to_end_id == key]
        said = (*own, *(level for level in self.above(key) if own or not level.against))
        return [level for level in said if level.status in _FINAL]


def levels_of(report: StatusReport, blocks: Mapping[str, Sequence[str]]) -> Levels:
    """The report by its levels. `blocks`: the order's blocks as sent by number; empty where unknown."""
    of_block: dict[str, list[Level]] = defaultdict(list)
    strange: dict[str, Level] = {}
    own: dict[str, list[Level]] = defaultdict(list)
    for one in report.statuses:
        if one.status:
            own[one.end_to_end_id].append(_of_line(one))
    said: list[Level] = []
    for batch in report.batches:
        level = _block(batch, report.batches, [line for key in batch.keys for line in own.get(key, ())])
        said.append(level)
        keys = dict.fromkeys(_keys_of(batch, blocks))
        if blocks and batch.batch_id not in blocks:
            strange.update(dict.fromkeys(keys, level))
            continue
        for key in keys:
            of_block[key].append(level)
    group: list[Level] = []
    if report.group_status:
        lines = [line for of_key in own.values() for line in of_key]
        named = report.group_status, report.group_reason_code, report.group_reason
        group.append(_level("整份报文", *named, below=[*said, *lines]))
    return Levels(report, group, of_block, strange)


def _block(batch: BatchStatus, batches: Iterable[BatchStatus], lines: Iterable[Level]) -> Level:
    """What is said of a block; the same block elsewhere in the report may say otherwise, as its lines may."""
    again = [
        Level(f"批次 {one.batch_id} 又", one.status, one.reason_code, one.reason)
        for one in batches if one.batch_id == batch.batch_id and one is not batch
    ]  # fmt: skip
    named = batch.status, batch.reason_code, batch.reason
    level = _level(f"批次 {batch.batch_id} ", *named, below=[*again, *lines])
    over = next((one.words for one in again if _is_against(one.status, batch.status)), "")
    return level._replace(against=level.against or over)


def _of_line(one: TransferStatus) -> Level:
    return Level(f"{one.end_to_end_id} 这一笔", one.status, one.reason_code, one.reason)


def _level(name: str, status: str, code: str, reason: str, *, below: Iterable[Level]) -> Level:
    against = next((one.words for one in below if _is_against(status, one.status)), "")
    return Level(name, status, code, reason, against)


def _keys_of(batch: BatchStatus, blocks: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The payments of a block as we sent it, and those that it names."""
    return [*blocks.get(batch.batch_id, ()), *batch.keys]


def levelled(report: StatusReport, blocks: Mapping[str, Sequence[str]], waiting: Iterable[str]) -> Said:
    """The report payment by payment.

    `blocks` are the numbers of the order's blocks as we sent them, each with its payments; `waiting` are the
    payments of the order that a refusal from above brings back where it names none.
    """
    levels = levels_of(report, blocks)
    torn = _torn(report.statuses)
    found = [
        _contradictory(key, of[0].bank_ref, "、".join(_own_words(one) for one in of))
        for key, of in torn.items()
    ]
    made: list[TransferStatus] = []
    for one in report.statuses:
        if one.end_to_end_id in torn:
            continue
        why = _objection(one, levels)
        if why:
            found.append(_contradictory(one.end_to_end_id, one.bank_ref, why))
        else:
            made.append(_inherited(one, levels.above(one.end_to_end_id)))
    named = {one.end_to_end_id for one in report.statuses}
    for key in waiting:
        above = levels.above(key)
        refused = next((level for level in above if level.status == REJECTED), None)
        if key in named or refused is None:
            continue
        paid = next((level for level in above if level.status in PAID_STATUSES), None)
        against = paid.words if paid else next((level.against for level in above if level.against), "")
        if against:
            found.append(_contradictory(key, "", f"{refused.words}，{against}"))
        else:
            made.append(_inherited(TransferStatus(key, ""), above))
    return Said(made, [*found, *_unknown(report, blocks)])


def _torn(statuses: Iterable[TransferStatus]) -> dict[str, list[TransferStatus]]:
    """The payments of which a report says several things at its lowest level."""
    told: dict[str, dict[TransferStatus, None]] = defaultdict(dict)
    for one in statuses:
        told[one.end_to_end_id][one] = None
    return {key: list(of) for key, of in told.items() if key and len(of) > 1}


def _own_words(one: TransferStatus) -> str:
    return answer_words(one.status, one.reason_code, one.reason)


def _objection(one: TransferStatus, levels: Levels) -> str:
    """Why a line of the report is not believed, in words; '' where nothing speaks against it."""
    key, above = one.end_to_end_id, levels.above(one.end_to_end_id)
    if strange := levels.strange.get(key):
        return f"{strange.words}，报文 {levels.report.order_id} 没有这一批次"
    status = _inherited(one, above)
    against = next((level for level in above if _is_against(level.status, status.status)), None)
    if against is not None:
        return f"{against.words}，{_of_line(status).words}"
    if not one.status and (torn := next((level for level in above if level.against), None)):
        return f"{torn.words}，{torn.against}"
    return ""


def _unknown(report: StatusReport, blocks: Mapping[str, Sequence[str]]) -> list[Finding]:
    """A finding for each block that is refused as a whole and is none of ours: nobody knows whose it is."""
    return [
        findings.of_message(
            "unknown_status", "", report.order_id,
            words=f"批次 {b.batch_id} {answer_words(b.status, b.reason_code, b.reason)}，"
            f"报文 {report.order_id} 没有这一批次",
        )
        for b in report.batches
        if b.status in _FINAL and b.batch_id not in blocks and not b.keys
    ]  # fmt: skip


def _inherited(one: TransferStatus, above: Sequence[Level]) -> TransferStatus:
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


def is_opposite(one: str, other: str) -> bool:
    """Whether of two final words one says paid and the other refused."""
    return {one in PAID_STATUSES, other in PAID_STATUSES} == {True, False}


def _contradictory(key: str, bank_ref: str, words: str) -> Finding:
    return findings.of_message("contradictory", key, bank_ref, words=words)
