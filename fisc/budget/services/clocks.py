"""Legal clocks of a budget: when each step was due, when it was done, how many days over.

An overrun is never refused: what is late still has to be done. It is shown, with its article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from fisc.budget.flow.preparation import PUBLICATION
from fisc.documents import make
from fisc.documents.store import By
from fisc.registry.limits import Limit, lookup


@dataclass(frozen=True, slots=True)
class Clock:
    """One step with its due day. `overdue_days` counts to the day it was done, or to the day asked about."""

    name: str
    dept_code: str
    due_on: date
    done_on: date | None
    overdue_days: int
    rule: str

    @property
    def is_late(self) -> bool:
        """Whether it was, or is, done after its due day."""
        return self.overdue_days > 0


@dataclass(frozen=True, slots=True)
class Published:
    """A budget made public on a day: the government's (dept_code '') or a department's."""

    mof_div_code: str
    fiscal_year: int
    published_on: date
    place: str
    dept_code: str = ""


def record_publications(
    conn: psycopg.Connection[Any], published: Sequence[Published], *, by: By, on: date
) -> list[bool]:
    """登记公开 (duty budget_make); True for each that is new."""
    rows = [
        {
            "doc_key": f"{p.mof_div_code}-{p.fiscal_year}-{p.dept_code or 'government'}-publication",
            "mof_div_code": p.mof_div_code, "fiscal_year": p.fiscal_year, "dept_code": p.dept_code,
            "published_on": p.published_on.isoformat(), "place": p.place,
        }
        for p in published
    ]  # fmt: skip
    return make(conn, PUBLICATION, rows, by=by, on=on)


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


def clocks(conn: psycopg.Connection[Any], mof_div_code: str, fiscal_year: int, on: date) -> list[Clock]:
    """The clocks that run since the congress approved, as they stand on `on`; none before.

    Government's budget published (预算法第十四条), then for each department: issued (第五十二条), issued to
    its units, published. Steps taken after `on` count as not yet taken.
    """
    asked = {"region": mof_div_code, "year": fiscal_year}
    with conn.cursor(row_factory=dict_row) as cursor:
        government = cursor.execute(_GOVERNMENT, asked).fetchone()
        departments = cursor.execute(_DEPARTMENTS, asked).fetchall()
    if government is None or government["approved_on"] > on:
        return []
    approved_on = government["approved_on"]
    limits = {code: lookup(code, fiscal_year) for code in _LIMITS}
    days = approved_on, government["published_on"]
    public = _clock("公开政府预算", "", days, limits["publish_budget_days"], on)
    return [public, *(c for row in departments for c in _of_department(row, approved_on, limits, on))]


_LIMITS: Final = (
    "publish_budget_days", "issue_department_days", "issue_unit_days", "publish_department_days",
)  # fmt: skip


def _of_department(
    row: dict[str, Any], approved_on: date, limits: dict[str, Limit], on: date
) -> Iterator[Clock]:
    dept, issued_on = row["dept_code"], row["issued_on"]
    yield _clock("批复部门预算", dept, (approved_on, issued_on), limits["issue_department_days"], on)
    if issued_on is not None and issued_on <= on:
        given, published = (issued_on, row["units_issued_on"]), (issued_on, row["published_on"])
        yield _clock("批复所属单位", dept, given, limits["issue_unit_days"], on)
        yield _clock("公开部门预算", dept, published, limits["publish_department_days"], on)


def _clock(name: str, dept: str, days: tuple[date, date | None], within: Limit, on: date) -> Clock:
    """`days`: since when the clock runs, and when the step was taken."""
    since, done_on = days
    due_on = since + timedelta(days=within.value)
    done = done_on if done_on is not None and done_on <= on else None
    overdue_days = max(0, ((done or on) - due_on).days)
    return Clock(name, dept, due_on, done, overdue_days, f"{within.rule}：{within.value} 日内")
