"""Transfers issued to lower governments: both quota books in one transaction, under one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents import NotFound, RuleBroken, document_key
from fisc.documents.editions import move_last
from fisc.documents.from_above import above_number, standing_forms
from fisc.documents.refusals import refusal
from fisc.documents.store import Row
from fisc.kernel import QuotaShortfall
from fisc.registry import regions
from fisc.transfers import codings, twins
from fisc.transfers.kinds import ISSUE, LINES
from fisc.transfers.rules.quotas import issue as issue_entries
from fisc.transfers.services.grants import (
    draft,
    line_key,
    lines_digest,
    put_in_force,
    require_lines,
    together,
)
from fisc.transfers.services.read import SOURCE_NO

_RULE: Final = "转移支付由财政部门逐级下达（预算法第五十二条、实施条例第五十九条）"


@dataclass(frozen=True, slots=True)
class IssueLine:
    """One amount for one lower government; `tp_func_code` 23001…23005, or 23011 for on-lent debt."""

    line_no: int
    rec_div_code: str
    tp_func_code: str
    amount_fen: int
    exp_func_code: str = ""


@dataclass(frozen=True, slots=True)
class IssueDocument:
    """A document that issues transfers. `doc_no` is this government's own number (本级指标文号).

    With `sup_bgt_doc_no` it passes on money from above, whose number, direct-fund mark and early
    notice it inherits; without, it issues own money, and below its own number stands as the source.
    """

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    fund_type_code: str
    dated_on: date
    title: str
    lines: tuple[IssueLine, ...]
    sup_bgt_doc_no: str = ""
    is_direct_fund: str = ""
    is_advance: bool = False
    source_type_code: str = ""
    approval_no: str = ""

    @property
    def doc_key(self) -> str:
        """The document's natural key."""
        return document_key(self.mof_div_code, self.fiscal_year, above_number(self.doc_no))


class _Origin(NamedTuple):
    """What a document inherits from the one that its money came under."""

    source_type_code: str
    is_direct_fund: str
    is_advance: str
    is_budgeted: bool


@together
def issue(
    conn: psycopg.Connection[Any], documents: Sequence[IssueDocument], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Issue transfers (36-09): 9202 to 9305 here, 9102 to 9200 in each receiver's book; True where now.

    Raises NotFound for an upper document that was not received, RuleBroken for receivers that are
    not lower governments and for codes without a twin, QuotaShortfall where 9202 does not cover it,
    DuplicateConflict; then nothing is posted in any book.
    """
    make_issues(conn, documents, by=by, on=on)
    return enter_issues(conn, [d.doc_key for d in documents], by=reviewed_by, on=on)


@together
def make_issues(
    conn: psycopg.Connection[Any], documents: Sequence[IssueDocument], *, by: str, on: date
) -> list[bool]:
    """Draft documents that issue transfers; nothing is posted yet."""
    require_lines((document.doc_no, document.lines) for document in documents)
    _require_lower(documents)
    forms = standing_forms(conn, (d.sup_bgt_doc_no for d in documents))
    documents = [replace(d, sup_bgt_doc_no=forms[d.sup_bgt_doc_no]) for d in documents]
    origins = _origins(conn, documents, on)
    return draft(conn, ISSUE, [_drafted(d, origins) for d in documents], by=by, on=on)


def enter_issues(conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Put drafted documents into force and post them in all books (see `issue`)."""
    try:
        return put_in_force(conn, ISSUE, doc_keys, "issue", issue_entries, by=by, on=on)
    except QuotaShortfall as short:
        raise QuotaShortfall(
            short.message, rule=short.rule, hint=_TO_ARRANGE, details=short.details
        ) from short  # fmt: skip


_TO_ARRANGE: Final = (
    "上级资金先按文号安排，用途为对下转移支付（fisc transfers make-arrangements、arrange），再下达；"
    "本级财力安排的先列预算；或减少金额"
)


def discard_issues(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: str, on: date, note: str = ""
) -> list[bool]:
    """Give up drafts (作废); their numbers may be entered anew."""
    return move_last(conn, ISSUE, doc_keys, "discard", by=by, on=on, note=note)


def _require_lower(documents: Sequence[IssueDocument]) -> None:
    bad = []
    for document in documents:
        below = {row.mof_div_code for row in regions.children(document.mof_div_code)}
        bad += [
            f"{document.doc_no} 第 {line.line_no} 行 {line.rec_div_code}"
            for line in document.lines
            if line.rec_div_code not in below
        ]
    if bad:
        raise refusal(
            RuleBroken, "接收方不是下一级政府", bad, rule=_RULE, hint="接收方区划须为本级的直接下级"
        )


def _origins(
    conn: psycopg.Connection[Any], documents: Sequence[IssueDocument], on: date
) -> Mapping[tuple[str, int, str], _Origin]:
    """(region, year, upper number) -> what the money was received as, for the year or before. NotFound."""
    wanted = {
        (d.mof_div_code, d.fiscal_year, d.sup_bgt_doc_no): d.doc_no for d in documents if d.sup_bgt_doc_no
    }
    rows = conn.execute(
        # what was carried over waits in the pool, whatever budget held it in its own year
        f"select l.rec_div_code, y.year, {SOURCE_NO}, min(l.source_type_code), max(l.is_direct_fund), "
        "max(l.is_advance), bool_or(l.is_budgeted and not l.is_issue and l.fiscal_year = y.year) "
        "from transfers_line l join unnest(%s::int[]) as y (year) on l.fiscal_year <= y.year "
        f"where {SOURCE_NO} = any(%s) and l.effective_on <= %s group by 1, 2, 3".encode(),
        [list({year for _, year, _ in wanted}), [number for _, _, number in wanted], on],
    ).fetchall()
    found = {(row[0], row[1], row[2]): _Origin(*row[3:]) for row in rows}
    if missing := [f"{doc_no}（上级文号 {key[2]}）" for key, doc_no in wanted.items() if key not in found]:
        raise refusal(
            NotFound,
            "没有收到下达文所引的上级文件",
            missing,
            rule="先有来源，后有下达（财办〔2022〕36号）",
            hint="请核对上级文号，或先登记收到的上级文件；待安排的可用 fisc transfers list-waiting 查看",
        )
    return found


def _drafted(
    document: IssueDocument, origins: Mapping[tuple[str, int, str], _Origin]
) -> tuple[Row, list[Row]]:
    key = (document.mof_div_code, document.fiscal_year, document.sup_bgt_doc_no)
    origin = origins.get(key) or _own_origin(document)
    lines = [_line(document, line, origin) for line in document.lines]
    row = ISSUE.row(
        document,
        doc_key=document.doc_key,
        bgt_doc_no=lines[0]["cor_bgt_doc_no"],
        sup_bgt_doc_no=document.sup_bgt_doc_no,
        is_direct_fund=origin.is_direct_fund,
        is_advance=origin.is_advance,
        total_fen=sum(line.amount_fen for line in document.lines),
        lines_digest=lines_digest(lines),
    )
    return row, lines


def _own_origin(document: IssueDocument) -> _Origin:
    return _Origin(
        document.source_type_code or codings.INITIAL,
        document.is_direct_fund,
        "1" if document.is_advance else "",
        True,
    )


def _line(document: IssueDocument, line: IssueLine, origin: _Origin) -> Row:
    year, fund, number = document.fiscal_year, document.fund_type_code, above_number(document.doc_no)
    return {
        "line_key": line_key(document.mof_div_code, year, document.doc_no, line.line_no),
        "doc_key": document.doc_key,
        "line_no": line.line_no,
        **LINES.mark(ISSUE),
        "giver_div_code": document.mof_div_code,
        "rec_div_code": line.rec_div_code,
        "fiscal_year": year,
        "fund_type_code": fund,
        "cor_bgt_doc_no": number,
        "sup_bgt_doc_no": document.sup_bgt_doc_no or number,
        "rec_bgt_doc_no": number,
        "rev_func_code": twins.income_of(line.tp_func_code, year, fund),
        "tp_func_code": line.tp_func_code,
        "exp_func_code": line.exp_func_code,
        "category": twins.category(line.tp_func_code),
        "source_type_code": document.source_type_code or origin.source_type_code,
        "is_direct_fund": origin.is_direct_fund,
        "is_advance": origin.is_advance,
        "is_budgeted": origin.is_budgeted,
        "amount_fen": line.amount_fen,
    }
