"""Quotas changed after they were issued: each change is a document of its own, with its own voucher.

Cut, swap, freeze, reserve for procurement, take back, settle what was advanced. All of them are
made, reviewed and approved by three people, are idempotent by number, and refuse as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Unpack

import psycopg

from fisc.budget.rules.quota_types import Draft, DraftLine, QuotaChange, QuotaOperation
from fisc.budget.services import quota_flow
from fisc.budget.services.quota_flow import Signed
from fisc.documents import RuleBroken
from fisc.documents.flow import MAKE

__all__ = [
    "QuotaChange", "QuotaOperation", "cut", "freeze", "make_quota_operations", "release", "reserve",
    "swap", "take_back", "unfreeze",
]  # fmt: skip

Conn = psycopg.Connection[Any]

_TAKEN_BACK: Final = {"unused": "take_back", "two_years": "reclaim", "source": "cut_with_source"}


def make_quota_operations(
    conn: Conn,
    operation: str,
    documents: Sequence[QuotaOperation],
    *,
    by: str,
    on: date,
    step: str = MAKE,
) -> list[bool]:
    """Make documents of an operation (see `rules.quotas.OPERATIONS`); review and approval follow.

    Refusals name every line that breaks a term.
    """
    return quota_flow.make_drafts(conn, _drafts(operation, documents), by=by, on=on, step=step)


def cut(
    conn: Conn,
    documents: Sequence[QuotaOperation],
    *,
    with_source: bool = False,
    **signed: Unpack[Signed],
) -> list[bool]:
    """Cut quotas (调减, 36-05): the money goes back to the class of the approved budget (9201).

    `with_source` takes the budget and its source away too, in red; only for money that came in
    addition, as less of the own budget is an adjustment (预算法第六十七条). Raises QuotaShortfall
    where what is not applied for does not cover the cut.
    """
    operation = "cut_with_source" if with_source else "cut"
    return _run(conn, operation, documents, **signed)


def swap(conn: Conn, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]) -> list[bool]:
    """Swap money between quotas (调剂, 36-06): changes sum to 0 within region, fund and upper document.

    Out is negative. A change with `coding` may bring a quota about. Personnel to public funds needs
    `basis_doc_no`; 三公 may not be raised; less for key spending is an adjustment (第六十七条).
    """
    return _run(conn, "swap", documents, **signed)


def freeze(conn: Conn, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]) -> list[bool]:
    """Freeze what is executable (冻结, 36-07)."""
    return _run(conn, "freeze", documents, **signed)


def unfreeze(conn: Conn, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]) -> list[bool]:
    """Give back what was frozen (解冻, 36-07)."""
    return _run(conn, "unfreeze", documents, **signed)


def reserve(conn: Conn, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]) -> list[bool]:
    """Reserve for procurement (采购占用, 36-08); payments of it apply with stage `reserved`."""
    return _run(conn, "reserve", documents, **signed)


def release(conn: Conn, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]) -> list[bool]:
    """Release a procurement's reservation (采购占用释放, 36-08)."""
    return _run(conn, "release", documents, **signed)


def take_back(
    conn: Conn,
    documents: Sequence[QuotaOperation],
    *,
    kind: str,
    **signed: Unpack[Signed],
) -> list[bool]:
    """Take quotas back (收回). `kind`:

    `unused`: idle money back to the approved budget, to be given out anew (36-05);
    `source`: back to where it came from, budget and source in red (36-05);
    `two_years`: carried over and unspent at the end of the following year, so it is surplus (实施条例
    第五十条) and feeds the stabilisation fund (预算法第六十六条): 36-15 in the year end's period and 192-T32.
    """
    if kind not in _TAKEN_BACK:
        raise RuleBroken(
            f"没有收回方式 {kind}",
            rule="指标收回分为收回额度、连同来源收回、两年以上结转收回（财办〔2022〕36号）",
            hint=f"请用 {'、'.join(_TAKEN_BACK)} 之一",
        )
    return _run(conn, _TAKEN_BACK[kind], documents, **signed)


def _run(
    conn: Conn, operation: str, documents: Sequence[QuotaOperation], **signed: Unpack[Signed]
) -> list[bool]:
    return quota_flow.run(conn, _drafts(operation, documents), **signed)


def _drafts(operation: str, documents: Sequence[QuotaOperation]) -> list[Draft]:
    return [draft_of(operation, document) for document in documents]


def draft_of(operation: str, document: QuotaOperation) -> Draft:
    """The document as it is kept."""
    lines = tuple(
        DraftLine(
            line.bgt_id, line.amount_fen, line.stage, line.advance, line.base_fen, line.coding, line.tags
        )
        for line in document.lines
    )
    return Draft(
        operation, document.doc_no, document.mof_div_code, document.fiscal_year, document.dated_on,
        document.title, lines, basis_doc_no=document.basis_doc_no, reason=document.reason,
        scope=document.scope,
    )  # fmt: skip
