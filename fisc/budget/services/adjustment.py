"""Formal adjustments of the budget (预算调整, 预算法第六十七条 to 第六十九条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.budget.kinds import ADJUSTMENT, ADJUSTMENT_LINES
from fisc.budget.rules.adjustment import (
    CASES,
    AdjustmentPlan,
    SourceChange,
    SpendingChange,
    cases_of,
    kept_lines,
    require_adjustment,
    resolved,
)
from fisc.budget.rules.fit import sourced, spent
from fisc.budget.rules.quotas import received_pool
from fisc.budget.rules.refusing import refuse
from fisc.budget.services.from_above import require_pools
from fisc.budget.services.lines import Whole, make_whole, revise_whole, row_of, standing_wholes
from fisc.budget.services.quota_flow import require_available
from fisc.documents import advance, document_key, lines_of, read, taken
from fisc.documents.editions import current, move_last
from fisc.documents.fitting import refuse as refuse_misfits
from fisc.documents.flow import MAKE
from fisc.documents.lines import digest
from fisc.kernel import Coding, post
from fisc.kernel.coding import codings_of, intern_codings
from fisc.kernel.posting import in_transaction

__all__ = [
    "CASES", "AdjustmentPlan", "AdjustmentResolution", "SourceChange", "SpendingChange", "adjustment_cases",
    "adjustment_key", "discard_adjustments", "make_adjustments", "resolve_adjustments", "review_adjustments",
    "send_back_adjustments",
]  # fmt: skip

Conn = psycopg.Connection[Any]

adjustment_cases = cases_of
adjustment_key = document_key


def make_adjustments(
    conn: Conn, plans: Sequence[AdjustmentPlan], *, by: str, on: date, step: str = MAKE
) -> list[bool]:
    """Make adjustment plans (编制调整方案), or put drafts right (`step` REVISE): True where done.

    Raises RuleBroken for what is none of the four cases: it is a swap or an append (预算法第六十七条),
    a new special transfer without local match (第七十一条), or savings (实施条例第七十八条).
    """
    cases = [require_adjustment(plan) for plan in plans]
    refuse_misfits([found for plan in plans for found in sourced(plan.fiscal_year, plan.sources)])
    refuse_misfits([found for plan in plans for found in spent(plan.fiscal_year, plan.spending)])

    def work() -> list[bool]:
        lines = [line for plan in plans for line in kept_lines(plan)]
        require_pools(conn, (received_pool(coding) for _, _, coding, _ in lines if coding.sup_bgt_doc_no))
        codings = intern_codings(conn, {line[2] for line in lines})
        wholes = [_whole(plan, found, codings) for plan, found in zip(plans, cases, strict=True)]
        if step == MAKE:
            return make_whole(conn, ADJUSTMENT, wholes, by=by, on=on)
        wholes = standing_wholes(conn, ADJUSTMENT, wholes)
        _require_same_paper(conn, plans)
        revised = revise_whole(conn, ADJUSTMENT, wholes, step, by=by, on=on)
        return taken([whole.doc_key for whole in wholes], revised)

    return in_transaction(conn, work)


def _require_same_paper(conn: Conn, plans: Sequence[AdjustmentPlan]) -> None:
    """Title and day stand in the ledger's directory. Raises RuleBroken where a revision says others."""
    standing = read(conn, ADJUSTMENT, current(conn, ADJUSTMENT, [plan.doc_key for plan in plans]))
    refuse([p.doc_no for p, a in zip(plans, standing, strict=True)
            if (p.title, p.dated_on) != (a.title, a.dated_on)],
           "修改不能改变调整方案的标题和日期", "编制时已登入单据目录，以目录为准",
           "请照原样填写；确要改变的，作废后用原文号重新编制")  # fmt: skip


def _whole(plan: AdjustmentPlan, cases: Sequence[str], codings: Mapping[Coding, int]) -> Whole:
    lines = [(side, kind, codings[coding], fen) for side, kind, coding, fen in kept_lines(plan)]
    row = row_of(plan, "sources", "spending", "reason") | {
        "cases": list(cases), "resolution_doc_no": "",
        "income_fen": sum(s.amount_fen for s in plan.sources),
        "outlay_fen": sum(s.amount_fen for s in plan.spending),
        "lines_digest": digest(kept_lines(plan)),
    }  # fmt: skip
    return Whole(row, [dict(zip(_LINE, line, strict=True)) for line in lines])


_LINE: Final = ("side", "kind", "coding_id", "amount_fen")


def review_adjustments(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """The budget office's review, before the plan goes to the standing committee."""
    return move_last(conn, ADJUSTMENT, doc_keys, "review", by=by, on=on)


def send_back_adjustments(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date, note: str) -> list[bool]:
    """Back to the clerk, with a reason."""
    return move_last(conn, ADJUSTMENT, doc_keys, "back", by=by, on=on, note=note)


def discard_adjustments(
    conn: Conn, doc_keys: Sequence[str], *, by: str, on: date, note: str = ""
) -> list[bool]:
    """Give up a plan; its number may be entered anew."""
    return move_last(conn, ADJUSTMENT, doc_keys, "discard", by=by, on=on, note=note)


@dataclass(frozen=True, slots=True)
class AdjustmentResolution:
    """The standing committee approves a plan (人大常委会决议)."""

    doc_key: str
    resolution_doc_no: str


def resolve_adjustments(
    conn: Conn, resolutions: Sequence[AdjustmentResolution], *, by: str, on: date
) -> list[bool]:
    """Record the standing committee's resolutions, and post (36-01).

    Without a resolution no adjustment is in force (预算法第六十九条). Raises RuleBroken for a missing
    number; QuotaShortfall where a class to be cut was given out already: cut its quotas first.
    """
    refuse([r.doc_key for r in resolutions if not r.resolution_doc_no], "预算调整没有人大常委会决议文号",
           "预算法第六十九条：未经批准不得调整预算", "请填写决议文号")  # fmt: skip
    return in_transaction(conn, lambda: _resolve(conn, resolutions, by, on))


def _resolve(conn: Conn, resolutions: Sequence[AdjustmentResolution], by: str, on: date) -> list[bool]:
    keys = current(conn, ADJUSTMENT, [r.doc_key for r in resolutions])
    changes = {"resolution_doc_no": [r.resolution_doc_no for r in resolutions]}
    moved = advance(conn, ADJUSTMENT, keys, "resolve", by=by, on=on, changes=changes)
    lines = lines_of(conn, ADJUSTMENT_LINES, moved)
    codings = codings_of(conn, {line.coding_id for found in lines.values() for line in found})
    vouchers = [resolved(adjustment, lines[adjustment.doc_key], codings, on) for adjustment in moved]
    if vouchers:
        require_available(conn, vouchers, {})
        post(conn, vouchers)
    return taken(keys, moved)
