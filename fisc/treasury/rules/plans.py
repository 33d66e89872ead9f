"""Entries of plans of use (用款计划): opened, a plan takes its amount from the quota (36-16)."""

from __future__ import annotations

from datetime import date

from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry


def opened(plan_no: str, region: str, amount_fen: int, coding: Coding, on: date) -> Entry:
    """用款计划开启 (36-16): 9302 -> 9401."""
    leg = Leg("quota_planned", amount_fen, coding)
    return voucher(f"plan:{plan_no}:opened", region, on, [leg], summary=f"用款计划 {plan_no}")


def released(plan_no: str, region: str, amount_fen: int, coding: Coding, on: date) -> Entry:
    """用款计划核减 (36-16): what is left of the plan, 9401 -> 9302."""
    leg = Leg("quota_plan_released", amount_fen, coding)
    return voucher(f"plan:{plan_no}:released", region, on, [leg], summary=f"核减用款计划 {plan_no}")
