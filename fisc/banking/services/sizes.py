"""How much a report says that it is of, against the order that was sent and against what else it says.

A report that counts other payments than those of the order answers another one, and one whose counts belie
its statuses says nothing: neither acts on anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from fisc.banking.iso20022 import StatusReport, TransferStatus
from fisc.banking.iso20022.model import PAID_STATUSES, REJECTED, SETTLED, Stated
from fisc.banking.services.answer_words import name_of
from fisc.kernel.money import format_fen


class Size(NamedTuple):
    """Payments of an order or a block, and their sum in fen."""

    payment_count: int
    amount_fen: int


def belied(report: StatusReport, sizes: Mapping[str, Size], least: int) -> str:
    """What a report says of its size against the order or itself, in words; '' where all of it agrees.

    `sizes` are those of the order ('') and its blocks by number, as far as they are known; `least` is how
    many payments of the order are known to be under way.
    """
    above = {key: batch.status for batch in report.batches for key in batch.keys}
    for said in report.stated:
        size = sizes.get(said.batch_id)
        name = f"批次 {said.batch_id} " if said.batch_id else "原报文 "
        statuses = [(one.status or above.get(one.end_to_end_id, said.status), one) for one in said.lines]
        for why in (*_of_order(said, size, least), *_of_counts(said, size), *_of_lines(said, statuses)):
            return name + why
    return ""


def _of_order(said: Stated, size: Size | None, least: int) -> Iterator[str]:
    """Against the order as it was sent."""
    count, fen = said.payment_count, said.amount_fen
    if size is not None and count not in (None, size.payment_count):
        yield f"写明 {count} 笔，发出的是 {size.payment_count} 笔"
    if size is not None and fen not in (None, size.amount_fen):
        yield f"写明 {format_fen(fen or 0)} 元，发出的是 {format_fen(size.amount_fen)} 元"
    if size is None and count is not None and not said.batch_id and count < least:
        yield f"写明 {count} 笔，在途的有 {least} 笔"
    named = len({one.end_to_end_id for one in said.lines})
    if count is not None and count < named:
        yield f"写明 {count} 笔，逐笔列出 {named} 笔"


def _of_counts(said: Stated, size: Size | None) -> Iterator[str]:
    """The counts by status against what is said of all."""
    every = sum(one.number for one in said.counted)
    most = size.payment_count if size else said.payment_count
    if most is not None and every > most:
        yield f"分状态合计 {every} 笔，共 {most} 笔"
    whole = _class(said.status)
    if not said.counted or whole not in (SETTLED, REJECTED):
        return
    for one in said.counted:
        if one.number and _class(one.status) != whole:
            yield f"整体是{_name(said.status)}，分状态有{_name(one.status)} {one.number} 笔"
    if most is not None and every != most:
        yield f"整体是{_name(said.status)}，分状态只有 {every} 笔，共 {most} 笔"
    fen = sum(one.amount_fen or 0 for one in said.counted)
    total = size.amount_fen if size else said.amount_fen
    if total is not None and fen != total and all(one.amount_fen is not None for one in said.counted):
        yield f"分状态合计 {format_fen(fen)} 元，共 {format_fen(total)} 元"


def _of_lines(said: Stated, lines: Sequence[tuple[str, TransferStatus]]) -> Iterator[str]:
    """The counts by status against the payments that are named."""
    if not said.counted:
        return
    numbers: Counter[str] = Counter()
    sums: dict[str, list[int | None]] = defaultdict(list)
    for one in said.counted:
        numbers[_class(one.status)] += one.number
        sums[_class(one.status)].append(one.amount_fen)
    told: dict[str, dict[str, int]] = defaultdict(dict)
    for status, line in lines:
        told[_class(status)][line.end_to_end_id] = line.amount_fen
    for status, of in told.items():
        if len(of) > numbers[status]:
            yield f"分状态有{_name(status)} {numbers[status]} 笔，逐笔列出 {len(of)} 笔"
        stated = [fen for fen in sums[status] if fen is not None]
        is_told = len(of) == numbers[status] and len(stated) == len(sums[status]) and all(of.values())
        if is_told and sum(stated) != sum(of.values()):
            yield (
                f"分状态的{_name(status)}合计 {format_fen(sum(stated))} 元，"
                f"逐笔相加 {format_fen(sum(of.values()))} 元"
            )


def _class(status: str) -> str:
    """All words for paid are one."""
    return SETTLED if status in PAID_STATUSES else status


def _name(status: str) -> str:
    return name_of(status) or "没有写明的状态"
