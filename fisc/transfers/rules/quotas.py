"""Receipts, arrangements, issues and what is taken back, as entries of the quota books.

36-09 moves a transfer in both books with equal amounts: the giver's 9202 to 9305, the receiver's
9102 to 9200. Where the giver's books are not kept here, only the receiver's entry stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fisc.documents import Leg, period_for, voucher
from fisc.kernel import Coding, Entry
from fisc.transfers import codings
from fisc.transfers.codings import Line


@dataclass(frozen=True, slots=True)
class Arranged:
    """An arrangement as its document holds it; negative `amount_fen` is given back."""

    arrange_no: str
    mof_div_code: str
    fiscal_year: int
    fund_type_code: str
    sup_bgt_doc_no: str
    use: str
    func_code: str
    source_type_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A part of a line that its giver takes back."""

    take_back_no: str
    line: Line
    amount_fen: int


def receipt(doc_key: str, title: str, lines: Sequence[Line], on: date) -> list[Entry]:
    """36-09 transfer_quota_received (debt: 36-01 budget_source_approved, source=debt): 9102|9103 to 9200."""
    first = lines[0]
    if first.is_budgeted:  # the approved budget holds its source
        return []
    entry = voucher(
        f"transfer_receipt:{doc_key}:received",
        first.rec_div_code,
        on,
        [_source(line, line.amount_fen) for line in lines],
        summary=f"收到上级文件 {first.sup_bgt_doc_no} {title}",
        period=period_for(first.fiscal_year, on),
        source_ref=doc_key,
    )
    return [entry]


def _source(line: Line, amount_fen: int) -> Leg:
    into, pool = codings.income(line), codings.line_pool(line)
    if line.is_bond:
        return Leg("budget_source_approved", amount_fen, into, pool, choices={"source": "debt"})
    return Leg("transfer_quota_received", amount_fen, into, pool)


def arrangement(given: Arranged, on: date) -> Entry:
    """36-01 budget_spending_approved: 9200 of a source document to 9201 or 9202; red when given back."""
    place = (given.fiscal_year, given.mof_div_code, given.fund_type_code)
    pool = codings.pool(place, given.sup_bgt_doc_no)
    leg = Leg(
        "budget_spending_approved", given.amount_fen, pool, _target(place, given), choices={"use": given.use}
    )
    return voucher(
        f"transfer_arrangement:{given.arrange_no}:arranged",
        given.mof_div_code,
        on,
        [leg],
        summary=f"安排上级资金 {given.sup_bgt_doc_no}",
        period=period_for(given.fiscal_year, on),
        source_ref=given.arrange_no,
    )


def _target(place: codings.Place, given: Arranged) -> Coding:
    if given.use == "own":
        return codings.own_class(place, given.func_code, given.source_type_code)
    return codings.transfer_class(place, given.func_code, given.source_type_code, given.sup_bgt_doc_no)


def issue(doc_key: str, title: str, lines: Sequence[Line], on: date) -> list[Entry]:
    """36-09 in both books: transfer_quota_issued here, transfer_quota_received in each receiver's."""
    first = lines[0]
    period = period_for(first.fiscal_year, on)
    sent = voucher(
        f"transfer_issue:{doc_key}:issued",
        first.giver_div_code,
        on,
        [_sent(line, line.amount_fen) for line in lines],
        summary=f"下达 {first.cor_bgt_doc_no} {title}",
        period=period,
        source_ref=doc_key,
    )
    return [sent] + [
        voucher(
            f"transfer_issue:{doc_key}:received:{receiver}",
            receiver,
            on,
            [_source(line, line.amount_fen) for line in own],
            summary=f"接收 {first.cor_bgt_doc_no} {title}",
            period=period,
            source_ref=doc_key,
        )
        for receiver, own in _by_receiver(lines).items()
    ]


def _sent(line: Line, amount_fen: int) -> Leg:
    return Leg("transfer_quota_issued", amount_fen, codings.of_line(line), codings.outlay(line))


def _by_receiver(lines: Sequence[Line]) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.rec_div_code].append(line)
    return dict(sorted(groups.items()))


def take_back(taken: TakenBack, on: date) -> list[Entry]:
    """36-09 in red, in both books; for a line from above the receiver's alone."""
    line, key = taken.line, f"transfer_take_back:{taken.take_back_no}"
    period = period_for(line.fiscal_year, on)
    summary = f"收回 {line.cor_bgt_doc_no} 第 {line.line_no} 行"
    received = voucher(
        f"{key}:received:{line.rec_div_code}",
        line.rec_div_code,
        on,
        [_source(line, -taken.amount_fen)],
        summary=summary,
        period=period,
        source_ref=taken.take_back_no,
    )
    if not line.is_issue:
        return [received]
    sent = voucher(
        f"{key}:issued",
        line.giver_div_code,
        on,
        [_sent(line, -taken.amount_fen)],
        summary=summary,
        period=period,
        source_ref=taken.take_back_no,
    )
    return [sent, received]
