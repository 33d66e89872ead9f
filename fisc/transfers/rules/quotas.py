"""Receipts, arrangements, issues and what is taken back, as entries of the quota books.

36-09 moves a transfer in both books with equal amounts: the giver's 9202 to 9305, the receiver's
9102 to 9200. Where the giver's books are not kept here, only the receiver's entry stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from fisc.documents import Leg, period_for, voucher
from fisc.kernel import Coding, Entry
from fisc.transfers import codings
from fisc.transfers.kinds import ARRANGEMENT, ISSUE, RECEIPT, TAKE_BACK

if TYPE_CHECKING:
    from fisc.transfers.models import Arrangement, Issue, Receipt, TakeBack, TransferLine


def receipt(document: Receipt, lines: Sequence[TransferLine], on: date) -> list[Entry]:
    """36-09 transfer_quota_received (debt: 36-01 budget_source_approved, source=debt): 9102|9103 to 9200.

    What the approved budget holds already is registered there by its number (src-01).
    """
    entry = voucher(
        RECEIPT.event(document.doc_key, "received"),
        document.mof_div_code,
        on,
        [_received(document, line) for line in lines],
        document_id=document.id,
        summary=f"收到上级文件 {document.sup_bgt_doc_no} {document.title}",
        period=period_for(document.fiscal_year, on),
        source_ref=document.doc_key,
    )
    return [entry]


def _received(document: Receipt, line: TransferLine) -> Leg:
    if document.is_budgeted:  # the approved budget holds its source
        return budgeted(codings.line_pool(line), line.amount_fen)
    return _source(line, line.amount_fen)


def budgeted(pool: Coding, amount_fen: int) -> Leg:
    """src-01: the own budget holds so much more (negative: less) of a document; see `budget.rules.quotas`."""
    return Leg("source_budgeted", amount_fen, pool)


def _source(line: TransferLine, amount_fen: int) -> Leg:
    into, pool = codings.income(line), codings.line_pool(line)
    if line.is_bond:
        return Leg("budget_source_approved", amount_fen, into, pool, choices={"source": "debt"})
    return Leg("transfer_quota_received", amount_fen, into, pool)


def arrangement(given: Arrangement, on: date, *, keeps_number: bool) -> Entry:
    """36-01 budget_spending_approved: 9200 of a source document to 9201 or 9202; red when given back.

    Own spending stands in its class under the number (`keeps_number`); general money of no purpose goes to
    the class without one, and is registered by its number (src-01).
    """
    place = (given.fiscal_year, given.mof_div_code, given.fund_type_code)
    pool, into = codings.pool(place, given.sup_bgt_doc_no), target(given, keeps_number=keeps_number)
    amount_fen = -given.amount_fen if given.is_return else given.amount_fen
    legs = [Leg("budget_spending_approved", amount_fen, pool, into, choices={"use": given.use})]
    if not into.sup_bgt_doc_no:
        legs.append(budgeted(pool, amount_fen))
    return voucher(
        ARRANGEMENT.event(given.doc_key, "arranged"),
        given.mof_div_code,
        on,
        legs,
        document_id=given.id,
        summary=f"安排上级资金 {given.sup_bgt_doc_no}",
        period=period_for(given.fiscal_year, on),
        source_ref=given.doc_key,
    )


def target(given: Arrangement, *, keeps_number: bool) -> Coding:
    """The class that money is arranged to, or given back from."""
    place = (given.fiscal_year, given.mof_div_code, given.fund_type_code)
    if given.use == "own":
        number = given.sup_bgt_doc_no if keeps_number else ""
        return codings.own_class(place, given.func_code, given.source_type_code, number)
    return codings.transfer_class(place, given.func_code, given.source_type_code, given.sup_bgt_doc_no)


def issue(document: Issue, lines: Sequence[TransferLine], on: date) -> list[Entry]:
    """36-09 in both books: transfer_quota_issued here, transfer_quota_received in each receiver's."""
    period = period_for(document.fiscal_year, on)
    sent = voucher(
        ISSUE.event(document.doc_key, "issued"),
        document.mof_div_code,
        on,
        [leg for line in lines for leg in _sent(line, line.amount_fen)],
        document_id=document.id,
        summary=f"下达 {document.bgt_doc_no} {document.title}",
        period=period,
        source_ref=document.doc_key,
    )
    return [sent] + [
        voucher(
            ISSUE.event(document.doc_key, "received", receiver),
            receiver,
            on,
            [_source(line, line.amount_fen) for line in own],
            document_id=document.id,
            summary=f"接收 {document.bgt_doc_no} {document.title}",
            period=period,
            source_ref=document.doc_key,
        )
        for receiver, own in _by_receiver(lines).items()
    ]


def _sent(line: TransferLine, amount_fen: int) -> list[Leg]:
    sent = Leg("transfer_quota_issued", amount_fen, codings.of_line(line), codings.outlay(line))
    if not line.is_budgeted or line.sup_bgt_doc_no == line.cor_bgt_doc_no:
        return [sent]
    place = (line.fiscal_year, line.giver_div_code, line.fund_type_code)
    return [sent, budgeted(codings.pool(place, line.sup_bgt_doc_no), -amount_fen)]


def _by_receiver(lines: Sequence[TransferLine]) -> dict[str, list[TransferLine]]:
    groups: dict[str, list[TransferLine]] = defaultdict(list)
    for line in lines:
        groups[line.rec_div_code].append(line)
    return dict(sorted(groups.items()))


def take_back(document: TakeBack, line: TransferLine, on: date) -> list[Entry]:
    """36-09 in red, in both books; for a line from above the receiver's alone.

    Of what the approved budget holds the register says less: the budget is adjusted by itself.
    """
    is_budgeted = line.is_budgeted and not line.is_issue
    pool, less = codings.line_pool(line), -document.amount_fen
    period = period_for(line.fiscal_year, on)
    summary = f"收回 {line.cor_bgt_doc_no} 第 {line.line_no} 行"
    received = voucher(
        TAKE_BACK.event(document.doc_key, "received", line.rec_div_code),
        line.rec_div_code,
        on,
        [budgeted(pool, less) if is_budgeted else _source(line, less)],
        document_id=document.id,
        summary=summary,
        period=period,
        source_ref=document.doc_key,
    )
    if not line.is_issue:
        return [received]
    sent = voucher(
        TAKE_BACK.event(document.doc_key, "issued"),
        line.giver_div_code,
        on,
        _sent(line, -document.amount_fen),
        document_id=document.id,
        summary=summary,
        period=period,
        source_ref=document.doc_key,
    )
    return [sent, received]
