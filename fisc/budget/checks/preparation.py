"""勾稽审核: what must agree in a department's budget, as queries over sets of budgets.

Each check gives two amounts per budget (or per fund, project, class within it) and says how they
must stand to each other. The same rows are the audit table that people read.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen

_HOLDS: Final[Mapping[str, Callable[[int, int], bool]]] = {"=": operator.eq, "<=": operator.le}
_WORDS: Final = {"=": "等于", "<=": "不超过"}


@dataclass(frozen=True, slots=True)
class Check:
    """A check: `sql` yields (doc_key, department, what, left fen, right fen) for `%(keys)s`."""

    code: str
    name: str
    left: str
    right: str
    relation: str
    sql: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check on one budget, in fen."""

    check: Check
    doc_key: str
    dept_code: str
    what: str
    left_fen: int
    right_fen: int

    @property
    def is_passed(self) -> bool:
        """Whether the relation holds."""
        return _HOLDS[self.check.relation](self.left_fen, self.right_fen)

    @property
    def words(self) -> str:
        """The result in one phrase, with both sides."""
        about = f"（{self.what}）" if self.what else ""
        left, right = format_fen(self.left_fen, "元"), format_fen(self.right_fen, "元")
        return (
            f"{self.dept_code} {self.check.code}{about}：{self.check.left} {left} 元，"
            f"应{_WORDS[self.check.relation]}{self.check.right} {right} 元"
        )

    def finding(self, mof_div_code: str, fiscal_year: int) -> Finding:
        """The finding that a result is where it does not pass; it stops the budget."""
        return Finding(
            self.check.code, self.check.name, self.words, "部门预算勾稽审核", mof_div_code, fiscal_year,
            self.doc_key, self.what, self.left_fen, self.right_fen, refuses=True,
        )  # fmt: skip


_LINES: Final = """
    from budget_proposal p
    left join budget_proposal_line l on l.doc_key = p.doc_key and l.revision = p.revision
    where p.doc_key = any(%(keys)s)"""


def _stated(column: str, condition: str) -> str:
    """A total that the budget states, against its lines."""
    return f"""select p.doc_key, p.dept_code, '', p.{column},
        coalesce(sum(l.amount_fen) filter (where {condition}), 0)::bigint {_LINES} group by p.id"""


_TOTALS: Final = (
    "select p.doc_key, p.dept_code, '', {}, {} from budget_proposal p where p.doc_key = any(%(keys)s)"
)

_BY_FUND: Final = f"""
    select p.doc_key, p.dept_code, '资金性质 ' || l.fund_type_code,
           coalesce(sum(l.amount_fen) filter (where l.side = 'income'), 0)::bigint,
           coalesce(sum(l.amount_fen) filter (where l.side = 'outlay'), 0)::bigint
    {_LINES} and l.id is not null group by p.id, l.fund_type_code"""

#: Project money against what finance found due of the project of that unit and year in the library.
_BY_PROJECT: Final = """
    select s.doc_key, s.dept_code, '项目 ' || s.pro_code || ' 单位 ' || s.agency_code, s.amount_fen,
           coalesce(j.fin_audit_fen, 0)
    from (select p.doc_key, p.dept_code, p.mof_div_code, p.fiscal_year, l.pro_code, l.agency_code,
                 sum(l.amount_fen)::bigint as amount_fen
          from budget_proposal p
          join budget_proposal_line l on l.doc_key = p.doc_key and l.revision = p.revision
          where p.doc_key = any(%(keys)s) and l.side = 'outlay' and l.kind = 'project'
          group by p.id, l.pro_code, l.agency_code) s
    left join budget_library_project j on j.mof_div_code = s.mof_div_code and j.fiscal_year = s.fiscal_year
         and j.declared_pro_code = s.pro_code and j.agency_code = s.agency_code
         and j.state in ('in_library', 'funded')"""

#: Money of units that are not the department's.
_BY_UNIT: Final = """
    select s.doc_key, s.dept_code, '单位 ' || s.agency_code, s.amount_fen, 0
    from (select p.doc_key, p.dept_code, p.mof_div_code, p.fiscal_year, l.agency_code,
                 sum(l.amount_fen)::bigint as amount_fen
          from budget_proposal p
          join budget_proposal_line l on l.doc_key = p.doc_key and l.revision = p.revision
          where p.doc_key = any(%(keys)s) group by p.id, l.agency_code) s
    cross join lateral registry_department(s.mof_div_code, s.fiscal_year, s.agency_code) a
    where s.agency_code <> s.dept_code and a.dept_code <> s.dept_code"""

#: Second up against the control totals, by fund and functional class (类).
_BY_CONTROL: Final = """
    select s.doc_key, s.dept_code, '资金性质 ' || s.fund_type_code || ' 功能类 ' || s.func_class,
           s.amount_fen, coalesce(c.amount_fen, 0)
    from (select p.doc_key, p.dept_code, p.mof_div_code, p.fiscal_year, l.fund_type_code,
                 left(l.exp_func_code, 3) as func_class, sum(l.amount_fen)::bigint as amount_fen
          from budget_proposal p
          join budget_proposal_line l on l.doc_key = p.doc_key and l.revision = p.revision
          where p.doc_key = any(%(keys)s) and p.round = 2 and l.side = 'outlay'
          group by p.id, l.fund_type_code, 6) s
    left join (select k.mof_div_code, k.fiscal_year, k.dept_code, cl.* from budget_control k
               join budget_control_line cl on cl.doc_key = k.doc_key and cl.revision = k.revision
               where k.state = 'issued') c
         on c.mof_div_code = s.mof_div_code and c.fiscal_year = s.fiscal_year
         and c.dept_code = s.dept_code and c.fund_type_code = s.fund_type_code
         and c.func_class_code = s.func_class"""

CHECKS: Final = (
    Check("GJ01", "收支平衡", "收入总计", "支出总计", "=", _TOTALS.format("p.income_fen", "p.outlay_fen")),
    Check("GJ02", "基本支出与项目支出之和", "支出总计", "基本支出与项目支出之和", "=",
          _TOTALS.format("p.outlay_fen", "p.basic_fen + p.project_fen")),
    Check("GJ03", "收入合计", "收入总计", "收入明细之和", "=", _stated("income_fen", "l.side = 'income'")),
    Check("GJ04", "支出合计", "支出总计", "支出明细之和", "=", _stated("outlay_fen", "l.side = 'outlay'")),
    Check("GJ05", "基本支出", "基本支出", "人员经费与公用经费之和", "=",
          _stated("basic_fen", "l.side = 'outlay' and l.kind in ('personnel', 'operating')")),
    Check("GJ06", "项目支出", "项目支出", "项目明细之和", "=",
          _stated("project_fen", "l.side = 'outlay' and l.kind = 'project'")),
    Check("GJ07", "分资金性质平衡", "收入", "支出", "=", _BY_FUND),
    Check("GJ08", "项目不超评审", "安排", "项目库中财政审核金额", "<=", _BY_PROJECT),
    Check("GJ09", "单位属于本部门", "安排给外部门单位", "应有金额", "=", _BY_UNIT),
    Check("GJ10", "二上不超控制数", "二上安排", "控制数", "<=", _BY_CONTROL),
)  # fmt: skip


def run_checks(conn: psycopg.Connection[Any], doc_keys: Sequence[str]) -> list[CheckResult]:
    """Every check on every budget named, failing or not, by check and budget. One query per check."""
    results = []
    for check in CHECKS:
        rows = conn.execute(check.sql.encode(), {"keys": list(doc_keys)}).fetchall()
        results += [CheckResult(check, *row) for row in sorted(rows)]
    return results
