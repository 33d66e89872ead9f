"""Rolling the library over into the next year (滚动管理).

What continues is declared again for the new year: recurring projects, phased ones until their last
year, and one-off ones that were never funded. They carry their goals, and pass the same reviews.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from fisc.budget.services import library
from fisc.budget.services.library import Declaration, Indicator
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction

#: Continues: 002; 003 up to its last year; 001 only if it was never funded.
_CONTINUING: Final = """
    select p.*, coalesce(g.indicators, '[]') as indicators from budget_library_project p
    left join lateral (
        select jsonb_agg(jsonb_build_array(i.kpi_lv1, i.kpi_lv2, i.kpi_lv3, i.kpi_val, i.weight_bp,
                                           i.direction, i.kpi_evalstd) order by i.kpi_no) as indicators
        from budget_performance_indicator i where i.doc_key = p.doc_key and i.revision = p.revision) g on true
    where p.mof_div_code = %(region)s and p.fiscal_year = %(from_year)s
      and p.state in ('in_library', 'funded')
      and case p.pro_kind_code when '002' then true when '003' then p.last_year >= %(to_year)s
          else p.state = 'in_library' end
    order by p.doc_key"""


def roll_over_projects(
    conn: psycopg.Connection[Any],
    mof_div_code: str,
    from_year: int,
    *,
    by: By,
    on: date,
    amounts: Mapping[str, int] | None = None,
) -> list[str]:
    """Declare for the next year what continues; returns the keys of the declarations, in order.

    A project asks again for what finance found due (or for `amounts[pro_code]`, fen). Idempotent: what
    stands already in the new year is left as it is. Agencies must be in use in the new year.
    """

    def work() -> list[str]:
        rows = _continuing(conn, mof_div_code, from_year)
        declared = [_declaration(row, from_year + 1, amounts or {}) for row in rows]
        standing = _standing(conn, [d.doc_key for d in declared])
        origins = {d.doc_key: str(row["doc_key"]) for d, row in zip(declared, rows, strict=True)}
        fresh = [d for d in declared if d.doc_key not in standing]
        library.declare_rolled(conn, fresh, origins, by=by, on=on)
        return [d.doc_key for d in declared]

    return in_transaction(conn, work)


def _continuing(conn: psycopg.Connection[Any], region: str, from_year: int) -> list[dict[str, Any]]:
    asked = {"region": region, "from_year": from_year, "to_year": from_year + 1}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_CONTINUING, asked).fetchall()


def _standing(conn: psycopg.Connection[Any], doc_keys: list[str]) -> set[str]:
    rows = conn.execute("select doc_key from budget_library_project where doc_key = any(%s)", [doc_keys])
    return {row[0] for row in rows}


_KEPT: Final = (
    "mof_div_code", "name", "agency_code", "dept_code", "pro_kind_code", "pro_class",
    "fund_type_code", "exp_func_code", "goal", "basis", "manage_mof_dep_code", "first_year", "last_year",
    "total_fen",
)  # fmt: skip


def _declaration(row: Mapping[str, Any], year: int, amounts: Mapping[str, int]) -> Declaration:
    due = row["fin_audit_fen"] or row["apply_up_fen"]
    return Declaration(
        **{name: row[name] for name in _KEPT},
        pro_code=row["declared_pro_code"],
        fiscal_year=year,
        apply_up_fen=amounts.get(row["declared_pro_code"], due),
        indicators=tuple(Indicator(*values) for values in row["indicators"]),
        theme_codes=tuple(row["theme_codes"]),
        tags=tuple(row["tags"]),
    )
