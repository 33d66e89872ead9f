"""Quotas of special funds that were issued for what their rule does not allow: told before money is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from fisc.registry.theme_uses import misuses


@dataclass(frozen=True, slots=True)
class MisfitQuota:
    """A quota whose theme does not allow its functional or economic class."""

    bgt_id: str
    theme_code: str
    element: str
    code: str
    rule: str
    source: str


_THEMED = (
    "select bgt_id, theme_code, exp_func_code, gov_bgt_eco_code from budget_quota "
    "where mof_div_code = %s and fiscal_year = %s and theme_code <> '' order by bgt_id"
)


def misfit_quotas(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[MisfitQuota]:
    """The quotas of a region's year that stand outside the rules of their themes, by number; one query."""
    rows = conn.execute(_THEMED.encode(), [region, fiscal_year]).fetchall()
    return [
        MisfitQuota(bgt_id, theme, m.element, m.code, m.rule, m.source)
        for bgt_id, theme, func, eco in rows
        for m in misuses(theme, {"exp_func_code": func, "gov_bgt_eco_code": eco})
    ]
