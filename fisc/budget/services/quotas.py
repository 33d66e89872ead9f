"""Quota documents (指标文): quotas entered, appended, given to units; what stands on each quota.

Every service takes one document or thousands, is idempotent by document number, and refuses as
a whole. Money follows `base`: out of the approved budget, with its own source, out of a source
received before, or out of the reserve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Unpack

import psycopg

from fisc.budget.rules.quota_sources import based
from fisc.budget.rules.quota_types import (
    EXECUTABLE,
    PENDING,
    Draft,
    DraftLine,
    QuotaDocument,
    QuotaFacts,
    QuotaLine,
)
from fisc.budget.services import quota_flow
from fisc.budget.services.quota_flow import Signed
from fisc.budget.services.quota_store import (
    QuotaBalance,
    facts,
    quota_balances,
    quota_coding_ids,
    quota_codings,
)
from fisc.documents import document_key
from fisc.documents.flow import MAKE
from fisc.documents.store import By
from fisc.kernel import Coding

__all__ = [
    "QuotaBalance", "QuotaDocument", "QuotaLine", "allot", "append", "approve_quota_documents", "assign",
    "discard_quota_documents", "enter", "make_quota_documents", "quota_balances", "quota_coding_ids",
    "quota_codings", "quota_document_key", "review_quota_documents", "send_back_quota_documents",
]  # fmt: skip

Conn = psycopg.Connection[Any]

quota_document_key = document_key
review_quota_documents = quota_flow.review
approve_quota_documents = quota_flow.approve
send_back_quota_documents = quota_flow.send_back
discard_quota_documents = quota_flow.discard

#: 预算来源 of quotas that say nothing: the first budget, or an adjustment of it.
_SOURCE_TYPES = {"approved": "1", "added": "2", "received": "2", "reserve": "1"}


def make_quota_documents(
    conn: Conn, documents: Sequence[QuotaDocument], *, by: By, on: date, operation: str = "enter",
    step: str = MAKE,
) -> list[bool]:  # fmt: skip
    """Make quota documents (编制), or put drafts right (`step` REVISE): True where done. Review follows.

    `operation` is enter, append or assign. An element of a line's coding block that the document states
    (its number, the number from above, 预算来源) is filled in. Raises RuleBroken, NotFound and
    DuplicateConflict naming the lines.
    """
    return quota_flow.make_drafts(conn, _drafts(conn, documents, operation), by=by, on=on, step=step)


def enter(conn: Conn, documents: Sequence[QuotaDocument], **signed: Unpack[Signed]) -> list[bool]:
    """Enter quotas (录入/下达): made, reviewed, approved and posted; True where issued by this call.

    Posts 36-02 and 36-03 out of the approved budget (9201), 36-04 for `added` and `received` money,
    36-17 for the reserve. Raises QuotaShortfall where the approved budget does not cover the quotas:
    no budget, no spending (预算法第十三条).
    """
    return quota_flow.run(conn, _drafts(conn, documents, "enter"), **signed)


def append(conn: Conn, documents: Sequence[QuotaDocument], **signed: Unpack[Signed]) -> list[bool]:
    """Append money to quotas, new or existing (追加); needs the document number of its source.

    `base` is `added` or, for transfers from above, `received`: they need `sup_bgt_doc_no`, and are taken
    from what was received under it. Special transfers without local match are no adjustment
    (预算法第七十一条).
    More own revenue or debt is refused: that is an adjustment (第六十七条).
    """
    return quota_flow.run(conn, _drafts(conn, documents, "append"), **signed)


def assign(conn: Conn, documents: Sequence[QuotaDocument], **signed: Unpack[Signed]) -> list[bool]:
    """Split pending quotas (待分分配): each line takes from the 待分 quota in its `ori_bgt_id`.

    A line is 可执行 for a unit, or 待分 again for a lower office. Its 预算来源 and upper document are
    those of the quota it is taken from. Posts 36-03 (or 36-06 within 待分).
    """
    return quota_flow.run(conn, _drafts(conn, documents, "assign"), **signed)


def allot(
    conn: Conn,
    document: QuotaDocument,
    pending: Mapping[str, Sequence[QuotaLine]],
    **signed: Unpack[Signed],
) -> list[bool]:
    """`assign` with the lines given by the pending quota they are taken from, not those of the document."""
    lines = tuple(replace(line, ori_bgt_id=bgt_id) for bgt_id, taken in pending.items() for line in taken)
    return assign(conn, [replace(document, lines=lines)], **signed)


def _drafts(conn: Conn, documents: Sequence[QuotaDocument], operation: str) -> list[Draft]:
    drafts = [draft_of(document, operation) for document in based(documents, operation)]
    if operation != "assign":
        return drafts
    origins = facts(conn, {line.ori_bgt_id for draft in drafts for line in draft.lines})
    return [
        replace(d, lines=tuple(_inherited(ln, origins.get(ln.ori_bgt_id)) for ln in d.lines)) for d in drafts
    ]


def _inherited(line: DraftLine, origin: QuotaFacts | None) -> DraftLine:
    if origin is None or line.coding is None:
        return line
    given = ("source_type_code", "sup_bgt_doc_no", "bgt_type_code")
    return replace(line, coding=_filled(line.coding, {name: getattr(origin.coding, name) for name in given}))


def draft_of(document: QuotaDocument, operation: str) -> Draft:
    """The document as it is kept."""
    return Draft(
        operation, document.doc_no, document.mof_div_code, document.fiscal_year, document.dated_on,
        document.title, tuple(_draft_line(document, line, operation) for line in document.lines),
        base=document.base, source=document.source, rev_func_code=document.rev_func_code,
        sup_bgt_doc_no=document.sup_bgt_doc_no, basis_doc_no=document.basis_doc_no, reason=document.reason,
    )  # fmt: skip


def _draft_line(document: QuotaDocument, line: QuotaLine, operation: str) -> DraftLine:
    return DraftLine(
        line.bgt_id, line.amount_fen, EXECUTABLE if line.is_executable else PENDING, line.ori_bgt_id,
        coding=_completed(document, line.coding, operation), tags=line.tags,
    )  # fmt: skip


def _completed(document: QuotaDocument, coding: Coding, operation: str) -> Coding:
    """The coding block with what the document states where the line says nothing."""
    stated = {
        "cor_bgt_doc_no": document.doc_no,
        "sup_bgt_doc_no": document.sup_bgt_doc_no,
        "source_type_code": _SOURCE_TYPES.get(document.base, "1") if operation != "assign" else "",
    }
    return _filled(coding, stated)


def _filled(coding: Coding, stated: Mapping[str, str]) -> Coding:
    missing: dict[str, Any] = {
        name: text for name, text in stated.items() if text and not getattr(coding, name)
    }
    return replace(coding, **missing) if missing else coding
