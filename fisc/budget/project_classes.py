"""Which projects are a government's basic outlay (基本支出): what people and the running of offices cost."""

from __future__ import annotations

from typing import Any

import psycopg

#: By a project's latest declaration in the library; without one, by its kind where that is a class.
_CLASSES = """
select p.pro_code, coalesce(declared.pro_class, case p.pro_kind_code
           when '1' then 'personnel' when '21' then 'operating'
           when '22' then 'specific' when '3' then 'specific' when '31' then 'specific' end) pro_class
from (select distinct on (pro_code) pro_code, pro_kind_code from registry_project
      where mof_div_code = %(region)s and fiscal_year <= %(year)s order by pro_code, fiscal_year desc) p
left join (select distinct on (declared_pro_code) declared_pro_code, pro_class from budget_library_project
           where mof_div_code = %(region)s and fiscal_year <= %(year)s
           order by declared_pro_code, fiscal_year desc) declared on declared.declared_pro_code = p.pro_code
"""
_BASIC = frozenset(["personnel", "operating"])


def is_basic(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> dict[str, bool]:
    """pro_code -> whether it is basic outlay, of the projects of a region whose class is known in a year."""
    found = conn.execute(_CLASSES, {"region": region, "year": fiscal_year}).fetchall()
    return {pro_code: pro_class in _BASIC for pro_code, pro_class in found if pro_class}
