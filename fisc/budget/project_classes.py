"""Which projects are a government's basic outlay (基本支出): what people and the running of offices cost."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from fisc.registry.elements import project_kinds

_DECLARED: Final = """
select distinct on (declared_pro_code) declared_pro_code, pro_class from budget_library_project
where mof_div_code = %s and fiscal_year <= %s order by declared_pro_code, fiscal_year desc
"""
#: Kinds of projects that are a class: 人员类, 公用经费, 其他运转类, 特定目标类, 本级特定目标类.
_CLASS_OF_KIND: Final = {
    "1": "personnel", "21": "operating", "22": "specific", "3": "specific", "31": "specific",
}  # fmt: skip
_BASIC: Final = frozenset(["personnel", "operating"])


def is_basic(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> dict[str, bool]:
    """pro_code -> whether it is basic outlay, of the projects of a region whose class is known in a year.

    By a project's latest declaration in the library; without one, by its kind where that is a class.
    """
    kinds = project_kinds(conn, region, fiscal_year)
    classes = {code: _CLASS_OF_KIND[kind] for code, kind in kinds.items() if kind in _CLASS_OF_KIND}
    classes |= dict(conn.execute(_DECLARED, [region, fiscal_year]).fetchall())
    return {code: found in _BASIC for code, found in classes.items()}
