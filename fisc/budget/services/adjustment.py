"""Formal adjustments of the budget (预算调整, 预算法第六十七条 to 第六十九条)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.budget.flow.quotas import ADJUSTMENT
from fisc.budget.rules.adjustment import (
    CASES,
    AdjustmentPlan,
    SourceChange,
    SpendingChange,
    adjustment_entry,
    cases_of,
    kept_lines,
    require_adjustment,
)
from fisc.budget.rules.quota_terms import refuse
from fisc.budget.services.quota_flow import require_available
from fisc.documents import document_key, make, move, read
from fisc.kernel import Coding, Document, Entry, post, record_documents
from fisc.kernel.coding import codings_of, intern_codings
from fisc.kernel.posting import in_transaction

__all__ = [
    "CASES", "AdjustmentPlan", "SourceChange", "SpendingChange", "adjustment_cases", "adjustment_key",
    "discard_adjustments", "make_adjustments", "resolve_adjustments", "review_adjustments",
    "send_back_adjustments",
]  # fmt: skip

Conn = psycopg.Connection[Any]

adjustment_cases = cases_of
adjustment_key = document_key


def make_adjustments(conn: Conn, plans: Sequence[AdjustmentPlan], *, by: str, on: date) -> list[bool]:
    """Make adjustment plans (编制调整方案): True where new.

    Raises RuleBroken for what is none of the four cases: it is a swap or an append (预算法第六十七条),
    a new special transfer without local match (第七十一条), or savings (实施条例第七十八条).
    """
    cases = [require_adjustment(plan) for plan in plans]

    def work() -> list[bool]:
        codings = intern_codings(conn, {line[2] for plan in plans for line in kept_lines(plan)})
        rows = [_row(plan, found, codings) for plan, found in zip(plans, cases, strict=True)]
        made = make(conn, ADJUSTMENT, rows, by=by, on=on)
        _write_lines(conn, [plan for plan, is_new in zip(plans, made, strict=True) if is_new], codings)
        return made

    return in_transaction(conn, work)


def _key(plan: AdjustmentPlan) -> str:
    return document_key(plan.mof_div_code, plan.fiscal_year, plan.doc_no)


def _row(plan: AdjustmentPlan, cases: Sequence[str], codings: Mapping[Coding, int]) -> dict[str, object]:
    lines = [(side, kind, codings[coding], fen) for side, kind, coding, fen in kept_lines(plan)]
    return {
        "doc_key": _key(plan), "mof_div_code": plan.mof_div_code, "fiscal_year": plan.fiscal_year,
        "doc_no": plan.doc_no, "title": plan.title, "dated_on": plan.dated_on,
        "session_on": plan.session_on, "cases": list(cases), "resolution_doc_no": "",
        "income_fen": sum(s.amount_fen for s in plan.sources),
        "outlay_fen": sum(s.amount_fen for s in plan.spending),
        "lines_digest": hashlib.blake2b(repr(lines).encode(), digest_size=16).hexdigest(),
    }  # fmt: skip


def _write_lines(conn: Conn, plans: Sequence[AdjustmentPlan], codings: Mapping[Coding, int]) -> None:
    rows = [
        (_key(plan), number, side, kind, codings[coding], fen)
        for plan in plans
        for number, (side, kind, coding, fen) in enumerate(kept_lines(plan), start=1)
    ]
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into budget_adjustment_line (doc_key, line_no, side, kind, coding_id, amount_fen) "
            "values (%s, %s, %s, %s, %s, %s)", rows)  # fmt: skip


def review_adjustments(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """The budget office's review, before the plan goes to the standing committee."""
    return move(conn, ADJUSTMENT, doc_keys, "review", by=by, on=on)


def send_back_adjustments(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date, note: str) -> list[bool]:
    """Back to the clerk, with a reason."""
    return move(conn, ADJUSTMENT, doc_keys, "back", by=by, on=on, note=note)


def discard_adjustments(
    conn: Conn, doc_keys: Sequence[str], *, by: str, on: date, note: str = ""
) -> list[bool]:
    """Give up a plan."""
    return move(conn, ADJUSTMENT, doc_keys, "discard", by=by, on=on, note=note)


def resolve_adjustments(conn: Conn, resolutions: Mapping[str, str], *, by: str, on: date) -> list[bool]:
    """Record the standing committee's resolutions, plan's key -> resolution's number, and post (36-01).

    Without a resolution no adjustment is in force (预算法第六十九条). Raises RuleBroken for a missing
    number; QuotaShortfall where a class to be cut was given out already: cut its quotas first.
    """
    refuse([key for key, number in resolutions.items() if not number], "预算调整没有人大常委会决议文号",
           "预算法第六十九条：未经批准不得调整预算", "请填写决议文号")  # fmt: skip
    return in_transaction(conn, lambda: _resolve(conn, resolutions, by, on))


def _resolve(conn: Conn, resolutions: Mapping[str, str], by: str, on: date) -> list[bool]:
    keys = list(resolutions)
    changes = {"resolution_doc_no": list(resolutions.values())}
    moved = move(conn, ADJUSTMENT, keys, "resolve", by=by, on=on, changes=changes)
    fresh = [key for key, is_now in zip(keys, moved, strict=True) if is_now]
    vouchers = _vouchers(conn, fresh, on)
    if vouchers:
        require_available(conn, vouchers, {})
        post(conn, vouchers)
    return moved


def _vouchers(conn: Conn, doc_keys: Sequence[str], on: date) -> list[Entry]:
    if not doc_keys:
        return []
    columns = ("mof_div_code", "fiscal_year", "doc_no", "title", "dated_on", "resolution_doc_no")
    plans = read(conn, ADJUSTMENT, doc_keys, columns)
    lines = _lines(conn, doc_keys)
    ids = record_documents(conn, [
        Document(f"budget_adjustment:{p['doc_key']}", "budget_adjustment", p["mof_div_code"],
                 p["fiscal_year"], p["dated_on"], doc_no=p["resolution_doc_no"], title=p["title"])
        for p in plans
    ])  # fmt: skip
    return [
        adjustment_entry(
            f"budget_adjustment:{p['doc_key']}:resolve", (p["fiscal_year"], p["mof_div_code"]),
            lines[p["doc_key"]], on=on, summary=f"预算调整 {p['resolution_doc_no']} {p['title']}".strip(),
            document_id=document_id,
        )
        for p, document_id in zip(plans, ids, strict=True)
    ]  # fmt: skip


def _lines(conn: Conn, doc_keys: Sequence[str]) -> dict[str, list[tuple[str, str, Coding, int]]]:
    rows = conn.execute(
        "select doc_key, side, kind, coding_id, amount_fen from budget_adjustment_line "
        "where doc_key = any(%s) order by doc_key, line_no", [list(doc_keys)]).fetchall()  # fmt: skip
    codings = codings_of(conn, {row[3] for row in rows})
    found: dict[str, list[tuple[str, str, Coding, int]]] = defaultdict(list)
    for key, side, kind, coding_id, fen in rows:
        found[key].append((side, kind, codings[coding_id], fen))
    return found
