"""What of an opened plan of use is not needed goes back to its quota (36-16, 9401 -> 9302).

A plan is withdrawn whole, or cut (核减) to what was used of it or more. Payments take from the plans of a
quota together, so what is left of them is left of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from fisc.documents import RuleBroken, advance, read, taken
from fisc.documents.editing import restated
from fisc.documents.refusals import refusal, refuse_all
from fisc.documents.store import By
from fisc.kernel import FiscError, QuotaShortfall, codings_of, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.treasury.kinds import PLAN
from fisc.treasury.rules import plans as rules
from fisc.treasury.rules.payments import stage_account
from fisc.treasury.services import drawing

if TYPE_CHECKING:
    from fisc.treasury.models import PlanOfUse

Conn = psycopg.Connection[Any]
_CUT: Final = "cut"


@dataclass(frozen=True, slots=True)
class PlanCut:
    """How much an opened plan shall be from now on: what was used of it, or more; fen."""

    plan_no: str
    amount_fen: int


class _Back(NamedTuple):
    """What of a plan, of `stood_fen` before, goes back; `part` tells the entries of one plan apart."""

    plan: PlanOfUse
    fen: int
    stood_fen: int
    part: str


def cut_plans(conn: Conn, cuts: Sequence[PlanCut], *, by: By, on: date, note: str = "") -> list[bool]:
    """Cut opened plans (核减) to smaller amounts; the rest goes back to their quotas (36-16).

    Raises RuleBroken for amounts that are no smaller or zero, QuotaShortfall where more than what is left
    would go back, WrongState for plans that are not opened, FourEyes; then nothing is cut.
    """
    return in_transaction(conn, lambda: _cut(conn, cuts, by, on, note))


def _cut(conn: Conn, cuts: Sequence[PlanCut], by: By, on: date, note: str) -> list[bool]:
    keys = [one.plan_no for one in cuts]
    standing = read(conn, PLAN, keys, is_locked=True)
    before = {plan.doc_key: plan.amount_fen for plan in standing}
    changes = restated(PLAN, _CUT, standing, cuts)
    _require_smaller(standing, changes["amount_fen"])
    moved = advance(conn, PLAN, keys, _CUT, by=by, on=on, note=note, changes=changes)
    _give_back(
        conn, [_Back(p, before[p.doc_key] - p.amount_fen, before[p.doc_key], _part(p)) for p in moved], on
    )
    return taken(keys, moved)


def _part(plan: PlanOfUse) -> str:
    return f"{_CUT}-{sum(step[0] == _CUT for step in plan.trail)}"


def _require_smaller(plans: Sequence[PlanOfUse], amounts: Sequence[int]) -> None:
    """Refuse amounts that are no cut; what an opened plan says already was cut before."""
    if bad := [
        f"{plan.doc_key} 由 {format_fen(plan.amount_fen)} 元改为 {format_fen(fen)} 元"
        for plan, fen in zip(plans, amounts, strict=True)
        if plan.state == "opened" and not 0 < fen <= plan.amount_fen
    ]:
        raise refusal(
            RuleBroken,
            "核减后的计划额须大于零、小于原计划额",
            bad,
            rule="用款计划按月编制、按程序调整（预算法实施条例第五十七条）",
            hint="金额填核减后的计划额；全部没有用的请撤销（fisc treasury withdraw-plans），"
            "要增加的另编用款计划",
        )


def withdraw_plans(conn: Conn, plan_nos: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
    """Withdraw plans (撤销): an opened one gives its whole amount back to the quota (36-16).

    Raises QuotaShortfall where the plan was used already: then it is cut.
    """
    return in_transaction(conn, lambda: _withdraw(conn, plan_nos, by, on, note))


def _withdraw(conn: Conn, plan_nos: Sequence[str], by: By, on: date, note: str) -> list[bool]:
    moved = advance(conn, PLAN, plan_nos, "withdraw", by=by, on=on, note=note)
    opened = [plan for plan in moved if any(step[0] == "open" for step in plan.trail)]
    _give_back(conn, [_Back(plan, plan.amount_fen, plan.amount_fen, "released") for plan in opened], on)
    return taken(plan_nos, moved)


def _give_back(conn: Conn, given: Sequence[_Back], on: date) -> None:
    _require_left(conn, given)
    blocks = codings_of(conn, (back.plan.coding_id for back in given))
    post(conn, [rules.released(b.plan, blocks[b.plan.coding_id], b.fen, b.part, on) for b in given])


def _require_left(conn: Conn, given: Sequence[_Back]) -> None:
    """Refuse what payments hold, or had, of the plans."""
    demands = [
        drawing.Demand(
            plan.doc_key, stage_account("planned", plan.fiscal_year), plan.coding_id, fen,
            f"用款计划 {plan.doc_key}（指标 {plan.bgt_id}）已经用去",
        )
        for plan, fen, *_ in given
    ]  # fmt: skip
    short = drawing.shortfalls(conn, demands)
    refuse_all({b.plan.doc_key: _used(b, short[b.plan.doc_key]) for b in given if b.plan.doc_key in short})


def _used(back: _Back, short: QuotaShortfall) -> FiscError:
    """The refusal with what can be done: to cut the plan to what was used of it, at least."""
    least = format_fen(back.stood_fen - int(short.details["available_fen"]))
    return QuotaShortfall(
        short.message,
        rule=short.rule,
        hint=f"只能退回没有用的：请核减到已用去的 {least} 元或更多"
        f"（fisc treasury cut-plans {back.plan.doc_key} --amount {least}），或先撤回在途的支付申请",
        details=short.details,
    )
