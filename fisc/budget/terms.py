"""Terms of law of a budget: when each step was due, when it was done, how many days over.

An overrun is never refused: what is late still has to be done. It is shown, with its article.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from fisc.documents.terms import Term
from fisc.kernel.findings import Place
from fisc.registry.limits import Limit, lookup

#: Every department that has a second up, with the days of its steps.
_DEPARTMENTS: Final = """
    select p.dept_code, i.issued_on, i.units_issued_on, b.published_on
    from budget_proposal p
    left join budget_issue i on i.mof_div_code = p.mof_div_code and i.fiscal_year = p.fiscal_year
         and i.dept_code = p.dept_code
    left join budget_publication b on b.mof_div_code = p.mof_div_code and b.fiscal_year = p.fiscal_year
         and b.dept_code = p.dept_code
    where p.mof_div_code = %(region)s and p.fiscal_year = %(year)s and p.round = 2
    order by p.dept_code"""
_GOVERNMENT: Final = """
    select d.approved_on, b.published_on from budget_draft d
    left join budget_publication b on b.mof_div_code = d.mof_div_code and b.fiscal_year = d.fiscal_year
         and b.dept_code = ''
    where d.mof_div_code = %(region)s and d.fiscal_year = %(year)s and d.state = 'approved'"""


def terms(conn: psycopg.Connection[Any], place: Place) -> list[Term]:
    """The terms that run since the congress approved, as they stand on the day; none before.

    Government's budget published (预算法第十四条), then for each department: issued (第五十二条), issued to
    its units, published. Steps taken after the day count as not yet taken.
    """
    region, year, on = place
    asked = {"region": region, "year": year}
    with conn.cursor(row_factory=dict_row) as cursor:
        government = cursor.execute(_GOVERNMENT, asked).fetchone()
        departments = cursor.execute(_DEPARTMENTS, asked).fetchall()
    if government is None or government["approved_on"] > on:
        return []
    approved_on = government["approved_on"]
    limits = {code: lookup(code, year) for code in _LIMITS}
    days = approved_on, government["published_on"]
    public = _term("公开政府预算", "", days, limits["publish_budget_days"], place)
    return [public, *(t for row in departments for t in _of_department(row, approved_on, limits, place))]


_LIMITS: Final = (
    "publish_budget_days", "issue_department_days", "issue_unit_days", "publish_department_days",
)  # fmt: skip


def _of_department(
    row: dict[str, Any], approved_on: date, limits: dict[str, Limit], place: Place
) -> Iterator[Term]:
    dept, issued_on = row["dept_code"], row["issued_on"]
    yield _term("批复部门预算", dept, (approved_on, issued_on), limits["issue_department_days"], place)
    if issued_on is not None and issued_on <= place.on:
        given, published = (issued_on, row["units_issued_on"]), (issued_on, row["published_on"])
        yield _term("批复所属单位", dept, given, limits["issue_unit_days"], place)
        yield _term("公开部门预算", dept, published, limits["publish_department_days"], place)


def _term(what: str, dept: str, days: tuple[date, date | None], within: Limit, place: Place) -> Term:
    """`days`: since when the term runs, and when the step was taken."""
    since, done_on = days
    due_on = since + timedelta(days=within.value)
    done = done_on if done_on is not None and done_on <= place.on else None
    rule = f"{within.rule}：{within.value} 日内"
    return Term(within.code, what, rule, place.mof_div_code, since, due_on, done, place.on, about=dept)


TERMS: Final = (terms,)
