"""Quotas of special funds that were issued for what their rule does not allow: told before money is paid."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from fisc.kernel.findings import Check, Finding, Place
from fisc.registry.theme_uses import misuses

_THEMED = (
    "select bgt_id, theme_code, exp_func_code, gov_bgt_eco_code from budget_quota "
    "where mof_div_code = %s and fiscal_year = %s and theme_code <> '' order by bgt_id"
)


def misfit_quotas(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[Finding]:
    """The quotas of a region's year that stand outside the rules of their themes, by number; one query."""
    rows = conn.execute(_THEMED.encode(), [region, fiscal_year]).fetchall()
    return [
        Finding(
            RULE, RULES[RULE],
            f"专题 {theme} 的指标列 {m.element} {m.code or '空'}，不合使用规则（{m.rule}）", m.source,
            region, fiscal_year, bgt_id, f"{m.element} {m.code}",
        )
        for bgt_id, theme, func, eco in rows
        for m in misuses(theme, {"exp_func_code": func, "gov_bgt_eco_code": eco})
    ]  # fmt: skip


def _of_place(conn: psycopg.Connection[Any], place: Place) -> list[Finding]:
    return misfit_quotas(conn, place.mof_div_code, place.fiscal_year)


RULE: Final = "theme.issued"
RULES: Final = {RULE: "专项资金指标不合使用规则"}
CHECKS: Final = (Check(RULES, _of_place),)
