"""What else a forecast asks: plans of use by month, and which quotas are protected."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import psycopg

from fisc.budget.services.quota_store import facts

#: Tags of 三保: 003001 保工资, 003002 保运转, 003003 保基本民生.
_PROTECTED = "003"

_PLANS = (
    "select plan_month, sum(amount_fen)::bigint from treasury_plan "
    "where mof_div_code = %s and fiscal_year = %s and plan_month > %s and state in ('approved', 'opened') "
    "group by plan_month"
)


def months_planned(conn: psycopg.Connection[Any], region: str, on: date) -> dict[tuple[int, int], int]:
    """(year, month) -> fen of the approved plans of use, for the months of the year after the day's own."""
    rows = conn.execute(_PLANS, [region, on.year, on.month])
    return {(on.year, month): fen for month, fen in rows}


def protected_quotas(conn: psycopg.Connection[Any], bgt_ids: Collection[str]) -> frozenset[str]:
    """Those of the quotas that are tagged 三保: their payments come first."""
    found = facts(conn, sorted(set(bgt_ids)))
    return frozenset(
        bgt for bgt, fact in found.items() if any(tag.startswith(_PROTECTED) for tag in fact.tags)
    )
