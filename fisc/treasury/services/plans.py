"""Plans of use (用款计划): by quota and month, made, reviewed, approved, and opened when their month comes.

An opened plan moves its amount from the quota to the plan (9302 -> 9401); payments of stage
`planned` are taken from there, so what is spent by a month never exceeds the plans up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import RuleBroken, make, move, read, select
from fisc.documents.editing import restated
from fisc.documents.flow import REVISE
from fisc.documents.refusals import refusal, refuse_all
from fisc.documents.store import By
from fisc.kernel import FiscError, codings_of, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.treasury.kinds import PLAN
from fisc.treasury.rules import plans as rules
from fisc.treasury.rules.payments import stage_account
from fisc.treasury.services import drawing

if TYPE_CHECKING:
    from fisc.treasury.models import PlanOfUse

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of a quota a unit means to spend from a month on. `plan_no` names it for good."""

    plan_no: str
    bgt_id: str
    plan_month: int
    amount_fen: int
    set_mode_code: str = ""


def make_plans(conn: Conn, plans: Sequence[Plan], *, by: By, on: date) -> list[bool]:
    """Make plans of use (编制). True where new; raises NotFound, RuleBroken, DuplicateConflict."""
    return in_transaction(conn, lambda: _make(conn, plans, by, on))


def _make(conn: Conn, plans: Sequence[Plan], by: By, on: date) -> list[bool]:
    if not plans:
        return []
    quotas = drawing.of_quotas(conn, (p.bgt_id for p in plans))
    wrong = {p.plan_no: _wrong(p) for p in plans}
    refuse_all({key: refusal for key, refusal in wrong.items() if refusal})
    rows = [_row(p, quotas[p.bgt_id]) for p in plans]
    is_new = make(conn, PLAN, rows, by=by, on=on)
    _require_ahead([row for row, new in zip(rows, is_new, strict=True) if new], on)
    return is_new


def _row(p: Plan, quota: drawing.Quota) -> dict[str, object]:
    coding = quota.coding
    return PLAN.row(
        p, doc_key=p.plan_no, mof_div_code=coding.mof_div_code, fiscal_year=coding.fiscal_year,
        coding_id=quota.coding_id,
    )  # fmt: skip


def _month(row: Mapping[str, object]) -> tuple[int, int]:
    return int(str(row["fiscal_year"])), int(str(row["plan_month"]))


def _require_ahead(rows: Iterable[Mapping[str, object]], on: date) -> None:
    """Raise RuleBroken for plans of months that are over on a day."""
    this_month = (on.year, on.month)
    if over := [row for row in rows if _month(row) < this_month]:
        raise refusal(
            RuleBroken,
            f"用款计划的月份在办理日 {on} 之前",
            [f"{row['doc_key']} {row['fiscal_year']} 年 {row['plan_month']} 月" for row in over],
            rule="先有用款计划、后有支付：计划编的是以后的用款",
            hint="请填写本月或以后的月份；补用以前月份的额度，编入本月",
        )


def _wrong(p: Plan) -> FiscError | None:
    if p.amount_fen > 0 and p.plan_month in range(1, 13):
        return None
    return RuleBroken(
        f"用款计划 {p.plan_no}：{p.plan_month} 月、{format_fen(p.amount_fen)} 元",
        rule="用款计划按月编制，金额大于零（预算法实施条例第五十七条）",
        hint="计划月份写 1–12，金额写大于零的元数",
    )


@dataclass(frozen=True, slots=True)
class PlanRevision:
    """What a plan shall say instead; what is left out stays. Its quota stands."""

    plan_no: str
    plan_month: int | None = None
    amount_fen: int | None = None
    set_mode_code: str | None = None


def revise_plans(
    conn: Conn, revisions: Sequence[PlanRevision], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Put plans right (修改) that are drafts or were sent back. Raises RuleBroken, WrongState."""
    return in_transaction(conn, lambda: _revise(conn, revisions, by, on, note))


def _revise(conn: Conn, revisions: Sequence[PlanRevision], by: By, on: date, note: str) -> list[bool]:
    keys = [one.plan_no for one in revisions]
    standing = read(conn, PLAN, keys, is_locked=True)
    changes = restated(PLAN, REVISE, standing, revisions)
    said = zip(keys, (p.bgt_id for p in standing), changes["plan_month"], changes["amount_fen"], strict=True)
    wrong = {key: _wrong(Plan(key, *rest)) for key, *rest in said}
    refuse_all({key: refusal for key, refusal in wrong.items() if refusal})
    _require_ahead([
        {"doc_key": plan.doc_key, "fiscal_year": plan.fiscal_year, "plan_month": month}
        for plan, month in zip(standing, changes["plan_month"], strict=True) if month != plan.plan_month
    ], on)  # fmt: skip
    return move(conn, PLAN, keys, REVISE, by=by, on=on, note=note, changes=changes)


def review_plans(conn: Conn, plan_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """The unit reviews plans (单位审核)."""
    return move(conn, PLAN, plan_nos, "review", by=by, on=on)


def send_plans_back(conn: Conn, plan_nos: Sequence[str], *, by: By, on: date, note: str) -> list[bool]:
    """The treasury sends plans back (退回)."""
    return move(conn, PLAN, plan_nos, "back", by=by, on=on, note=note)


def approve_plans(conn: Conn, plan_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """The treasury approves plans (审批); their month opens them (`open_plans`)."""
    return move(conn, PLAN, plan_nos, "approve", by=by, on=on)


def open_plans(conn: Conn, region: str, *, by: By, on: date) -> list[str]:
    """Open the approved plans whose month has come (36-16, 9302 -> 9401): their numbers, in order.

    Raises QuotaShortfall naming the plans that their quotas do not cover; then none is opened.
    """
    return in_transaction(conn, lambda: _open(conn, region, by, on))


_DUE = (
    "where t.mof_div_code = %s and t.fiscal_year = %s and t.plan_month <= %s and t.state = 'approved' "
    "order by t.doc_key for update"
)


def _open(conn: Conn, region: str, by: By, on: date) -> list[str]:
    due = select(conn, PLAN, _DUE, [region, on.year, on.month])
    if not due:
        return []
    _require_executable(conn, due)
    keys = [plan.doc_key for plan in due]
    move(conn, PLAN, keys, "open", by=by, on=on)
    blocks = codings_of(conn, (plan.coding_id for plan in due))
    post(conn, [rules.opened(plan, blocks[plan.coding_id], on) for plan in due])
    return keys


def _require_executable(conn: Conn, plans: Sequence[PlanOfUse]) -> None:
    """Refuse the plans that their quotas do not cover."""
    demands = [
        drawing.Demand(
            plan.doc_key, stage_account("executable", plan.fiscal_year), plan.coding_id, plan.amount_fen,
            f"用款计划 {plan.doc_key}（指标 {plan.bgt_id}）超过可执行指标",
        )
        for plan in plans
    ]  # fmt: skip
    refuse_all(dict(drawing.shortfalls(conn, demands)))
