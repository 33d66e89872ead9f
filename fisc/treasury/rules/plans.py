"""Entries of plans of use (用款计划): opened, a plan takes its amount from the quota (36-16)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from fisc.documents import Leg, period_for, voucher
from fisc.kernel import Coding, Entry
from fisc.treasury.kinds import PLAN

if TYPE_CHECKING:
    from fisc.treasury.models import PlanOfUse


def opened(plan: PlanOfUse, coding: Coding, on: date) -> Entry:
    """用款计划开启 (36-16): 9302 -> 9401."""
    leg = Leg("quota_planned", plan.amount_fen, coding)
    return voucher(
        PLAN.event(plan.doc_key, "opened"), plan.mof_div_code, on, [leg],
        document_id=plan.id, summary=f"用款计划 {plan.doc_key}",
    )  # fmt: skip


def released(plan: PlanOfUse, coding: Coding, fen: int, part: str, on: date) -> Entry:
    """用款计划核减、撤销 (36-16): `fen` of the plan goes back to the quota, 9401 -> 9302.

    `part` tells the entries of one plan apart. What is given back after the year is of its year end.
    """
    leg = Leg("quota_plan_released", fen, coding)
    return voucher(
        PLAN.event(plan.doc_key, part), plan.mof_div_code, on, [leg],
        document_id=plan.id, summary=f"核减用款计划 {plan.doc_key}", period=period_for(plan.fiscal_year, on),
    )  # fmt: skip
