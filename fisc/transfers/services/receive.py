"""Money from above (上级补助、转贷): registered by document number, then a source of the quota book.

Unless an approved budget holds it already, it enters the quota book by its document. It then waits
in the pool (9200) of its document until it is arranged, or taken by quotas (`base="received"`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.documents import RuleBroken, document_key
from fisc.documents.editions import move_last
from fisc.documents.from_above import above_number
from fisc.documents.refusals import refusal
from fisc.documents.store import Row
from fisc.transfers import codings, twins
from fisc.transfers.kinds import LINES, RECEIPT
from fisc.transfers.rules.quotas import receipt
from fisc.transfers.services.counted import require_told_whether_budgeted
from fisc.transfers.services.grants import (
    draft,
    line_key,
    lines_digest,
    put_in_force,
    require_lines,
    together,
)
from fisc.transfers.services.incoming import (
    giver_of,
    in_one_form,
    require_arriving,
    require_distinct,
    require_sound,
)
from fisc.transfers.services.once import paper, require_once

_BOND_RULE: Final = (
    "举借转贷债务列入本级预算调整方案，报人大常委会批准（预算法第三十五条、实施条例第四十五条）"
)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One amount of a document from above. `rev_func_code`: 11001…11005, or 11011 for on-lent debt."""

    line_no: int
    rev_func_code: str
    amount_fen: int
    exp_func_code: str = ""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document from above as the receiver registers it. `doc_no` is the upper document number (上级文号).

    `is_direct_fund`: '1' 中央直达, '2' 地方配套, '' none. `is_advance`: told early (提前下达), before
    its year. `approval_no`: the resolution of the congress, needed for on-lent debt. `is_budgeted`:
    an approved budget or adjustment of this government holds the amount already as a source, so
    that the quota book is not moved again (early notices counted in, debt in an adjustment).
    `confirm_reason`: why a number that is nearly one that stands is another document; or why what comes is
    beside the budget, where that counts on money of its class for which no document was registered.
    """

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    fund_type_code: str
    dated_on: date
    title: str
    lines: tuple[SourceLine, ...]
    from_div_code: str = ""
    budget_level_code: str = ""
    is_direct_fund: str = ""
    is_advance: bool = False
    approval_no: str = ""
    is_budgeted: bool = False
    confirm_reason: str = ""

    @property
    def doc_key(self) -> str:
        """The document's natural key."""
        return document_key(self.mof_div_code, self.fiscal_year, above_number(self.doc_no))


@together
def receive(
    conn: psycopg.Connection[Any], documents: Sequence[SourceDocument], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Register documents from above and put them into the quota book; True where that happened now.

    However its number is written, it is registered in the one form of official numbers, once.
    36-09: 9102 (on-lent debt: 9103) to the pool 9200 of the document, per income code. Raises
    RuleBroken (codes without a twin, debt without a resolution), DuplicateConflict, and what the
    flow raises; then nothing is posted.
    """
    make_receipts(conn, documents, by=by, on=on)
    return enter_receipts(conn, [d.doc_key for d in documents], by=reviewed_by, on=on)


def make_receipts(
    conn: psycopg.Connection[Any], documents: Sequence[SourceDocument], *, by: str, on: date
) -> list[bool]:
    """Draft documents from above; nothing is posted yet. Raises what `incoming` refuses (see `receive`)."""
    require_lines((document.doc_no, document.lines) for document in documents)
    documents = in_one_form(documents)
    _require_resolutions(documents)
    require_sound(documents)
    require_once(
        conn, RECEIPT, [paper(giver_of(d), d.mof_div_code, d.fiscal_year, d.doc_no) for d in documents]
    )
    require_arriving(conn, documents)
    require_distinct(conn, documents)
    require_told_whether_budgeted(conn, documents)
    return draft(conn, RECEIPT, [_drafted(document) for document in documents], by=by, on=on)


def enter_receipts(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: str, on: date
) -> list[bool]:
    """Put drafted documents into force and post them (see `receive`)."""
    return put_in_force(conn, RECEIPT, doc_keys, "enter", receipt, by=by, on=on)


def discard_receipts(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: str, on: date, note: str = ""
) -> list[bool]:
    """Give up drafts (作废); their numbers may be entered anew."""
    return move_last(conn, RECEIPT, doc_keys, "discard", by=by, on=on, note=note)


def _require_resolutions(documents: Sequence[SourceDocument]) -> None:
    without = [
        d.doc_no
        for d in documents
        if not d.approval_no and any(twins.is_bond(line.rev_func_code) for line in d.lines)
    ]
    if without:
        raise refusal(
            RuleBroken,
            "转贷债务没有人大批准文号",
            without,
            rule=_BOND_RULE,
            hint="请先办理预算调整，再填写批准文号（--approval-no）",
        )


def _drafted(document: SourceDocument) -> tuple[Row, list[Row]]:
    lines = [_line(document, line) for line in document.lines]
    row = RECEIPT.row(
        document,
        doc_key=document.doc_key,
        bgt_doc_no=lines[0]["cor_bgt_doc_no"],
        sup_bgt_doc_no=lines[0]["cor_bgt_doc_no"],
        is_advance="1" if document.is_advance else "",
        total_fen=sum(line.amount_fen for line in document.lines),
        lines_digest=lines_digest(lines),
        from_div_code=lines[0]["giver_div_code"],
    )
    return row, lines


def _line(document: SourceDocument, line: SourceLine) -> Row:
    year, fund, number = document.fiscal_year, document.fund_type_code, document.doc_no
    return {
        "line_key": line_key(document.mof_div_code, year, document.doc_no, line.line_no),
        "doc_key": document.doc_key,
        "line_no": line.line_no,
        **LINES.mark(RECEIPT),
        "giver_div_code": giver_of(document),
        "rec_div_code": document.mof_div_code,
        "fiscal_year": year,
        "fund_type_code": fund,
        "cor_bgt_doc_no": number,
        "sup_bgt_doc_no": number,
        "rec_bgt_doc_no": number,
        "rev_func_code": line.rev_func_code,
        "tp_func_code": twins.outlay_of(line.rev_func_code, year, fund),
        "exp_func_code": line.exp_func_code,
        "category": twins.category(line.rev_func_code),
        "source_type_code": codings.INITIAL if document.is_advance else codings.ADJUSTED,
        "is_direct_fund": document.is_direct_fund,
        "is_advance": "1" if document.is_advance else "",
        "is_budgeted": document.is_budgeted,
        "amount_fen": line.amount_fen,
    }
