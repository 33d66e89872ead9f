"""批复: the approved budget goes to departments within 20 days, and on to their units within 15.

To a department it is issued as pending quotas (待分) by fund and functional class: 9201 to 9301. To
the units it is issued line by line, as executable quotas with all their elements: 9301 to 9302.
Nothing is issued before the people's congress has approved, and never more than it approved: the
class of the approved budget in the ledger is the control. Late issue is shown, not refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.kinds import ISSUE, LIBRARY_PROJECT, PROPOSAL, PROPOSAL_LINES
from fisc.budget.rules.issue import PendingKey, Place, pending_coding, pending_key, unit_coding
from fisc.budget.services import quotas
from fisc.budget.services.early import approval_dates
from fisc.budget.services.library import project_key
from fisc.budget.services.preparation import SECOND_UP, proposal_key
from fisc.budget.services.quotas import QuotaDocument, QuotaLine
from fisc.budget.services.refusals import fresh, require_none
from fisc.documents import lines_of, make, move, read, select
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.budget.models import ProposalLine

RULE: Final = "预算法第五十二条：本级人代会批准后二十日内批复各部门，部门接到后十五日内批复所属单位"

#: The outlay lines of proposals, by the proposal's key.
Outlay = Mapping[str, Sequence["ProposalLine"]]


@dataclass(frozen=True, slots=True)
class DepartmentIssue:
    """The budget of one department is issued under a document number (批复文号)."""

    mof_div_code: str
    fiscal_year: int
    dept_code: str
    doc_no: str
    title: str = ""

    @property
    def doc_key(self) -> str:
        """Natural key: region, year, department."""
        return f"{self.mof_div_code}-{self.fiscal_year}-{self.dept_code}-issue"

    @property
    def place(self) -> Place:
        """Fiscal year, region, department."""
        return (self.fiscal_year, self.mof_div_code, self.dept_code)

    @property
    def proposal(self) -> str:
        """The second up that is issued."""
        return proposal_key(self.mof_div_code, self.fiscal_year, self.dept_code, SECOND_UP)


class UnitIssue(DepartmentIssue):
    """A department issues its budget to all its units under a document number of its own."""

    __slots__ = ()


def issue_to_departments(
    conn: psycopg.Connection[Any],
    issues: Sequence[DepartmentIssue],
    *,
    by: str,
    reviewed_by: str,
    approved_by: str,
    on: date,
) -> list[bool]:
    """批复部门: True for each department that is new. Made, reviewed and approved by three people.

    Duties budget_make, office_review, budget_approve. Posts 36-02 through quota documents with
    base "approved", and writes the funded amount (reply_amt) into the library. Raises RuleBroken before
    the congress has approved and where a second up is not accepted, QuotaShortfall where a class of
    the approved budget would be exceeded.
    """

    def work() -> list[bool]:
        _require_approved(conn, issues, on)
        lines = _outlay(conn, [issue.proposal for issue in issues])
        _require_accepted(issues, lines)
        rows = [_row(issue, lines[issue.proposal]) for issue in issues]
        make(conn, ISSUE, rows, by=by, on=on)
        keys = [issue.doc_key for issue in issues]
        move(conn, ISSUE, keys, "review", by=reviewed_by, on=on)
        changes: dict[str, Sequence[object]] = {"issued_on": [on.isoformat()] * len(issues)}
        is_new = move(conn, ISSUE, keys, "issue", by=approved_by, on=on, changes=changes)
        issued = fresh(issues, is_new)
        documents = [_department_document(issue, lines[issue.proposal], on) for issue in issued]
        quotas.enter(conn, documents, by=by, reviewed_by=reviewed_by, approved_by=approved_by, on=on)
        _fund_projects(conn, issued, lines, by=approved_by, on=on)
        return is_new

    return in_transaction(conn, work)


def issue_to_units(
    conn: psycopg.Connection[Any],
    issues: Sequence[UnitIssue],
    *,
    department_by: str,
    by: str,
    reviewed_by: str,
    approved_by: str,
    on: date,
) -> list[bool]:
    """批复单位: True for each department whose units now have executable quotas.

    `department_by` (duty dept_review) decides for the department; the quota document is made, reviewed
    and approved by three people of finance. Posts 36-03. Raises NotFound and WrongState for departments
    whose budget is not issued.
    """

    def work() -> list[bool]:
        keys = [issue.doc_key for issue in issues]
        changes: dict[str, Sequence[object]] = {
            "unit_doc_no": [issue.doc_no for issue in issues],
            "units_issued_on": [on.isoformat()] * len(issues),
        }
        is_new = move(conn, ISSUE, keys, "issue_units", by=department_by, on=on, changes=changes)
        issued = fresh(issues, is_new)
        lines = _outlay(conn, [issue.proposal for issue in issued])
        documents = [_unit_document(issue, lines[issue.proposal], on) for issue in issued]
        quotas.assign(conn, documents, by=by, reviewed_by=reviewed_by, approved_by=approved_by, on=on)
        return is_new

    return in_transaction(conn, work)


# ---- what is looked at first


def _require_approved(conn: psycopg.Connection[Any], issues: Sequence[DepartmentIssue], on: date) -> None:
    places = {(issue.mof_div_code, issue.fiscal_year) for issue in issues}
    approved = approval_dates(conn, places)
    waiting = [
        f"{region} {year} 年"
        for region, year in sorted(places)
        if (region, year) not in approved or approved[region, year] > on
    ]
    require_none(
        "预算尚未经人代会批准，不能批复",
        waiting,
        rule=f"预算法第十三条、第五十四条；{RULE}",
        hint="请先登记人大决议",
    )


def _require_accepted(issues: Sequence[DepartmentIssue], lines: Outlay) -> None:
    waiting = [issue.dept_code for issue in issues if not lines.get(issue.proposal)]
    require_none("部门二上预算尚未审定，不能批复", waiting, rule=RULE, hint="请先审定部门预算")


def _outlay(conn: psycopg.Connection[Any], proposals: Sequence[str]) -> Outlay:
    """The outlay lines of accepted proposals, in their order, by proposal."""
    accepted = select(
        conn, PROPOSAL, "where t.doc_key = any(%s) and t.state = 'accepted'", [list(proposals)]
    )  # fmt: skip
    lines = lines_of(conn, PROPOSAL_LINES, accepted)
    return {key: [line for line in found if line.side == "outlay"] for key, found in lines.items()}


# ---- documents


def _row(issue: DepartmentIssue, lines: Iterable[ProposalLine]) -> dict[str, object]:
    return {
        "doc_key": issue.doc_key, "mof_div_code": issue.mof_div_code, "fiscal_year": issue.fiscal_year,
        "dept_code": issue.dept_code, "doc_no": issue.doc_no,
        "amount_fen": sum(line.amount_fen for line in lines),
    }  # fmt: skip


def _pending_ids(issue: DepartmentIssue, lines: Iterable[ProposalLine]) -> dict[PendingKey, str]:
    """A name for each pending quota of a department; the same however often it is asked."""
    keys = sorted({pending_key(line) for line in lines})
    stem = f"{issue.mof_div_code}-{issue.fiscal_year}-{issue.dept_code}"
    return {key: f"{stem}-D{number:04d}" for number, key in enumerate(keys, 1)}


def _department_document(issue: DepartmentIssue, lines: Sequence[ProposalLine], on: date) -> QuotaDocument:
    names = _pending_ids(issue, lines)
    sums: dict[PendingKey, int] = defaultdict(int)
    for line in lines:
        sums[pending_key(line)] += line.amount_fen
    return QuotaDocument(
        issue.doc_no, issue.mof_div_code, issue.fiscal_year, on,
        issue.title or f"批复 {issue.dept_code} {issue.fiscal_year} 年部门预算",
        tuple(
            QuotaLine(name, sums[key], pending_coding(issue.place, key), is_executable=False)
            for key, name in names.items()
        ),
    )  # fmt: skip


def _unit_document(issue: DepartmentIssue, lines: Sequence[ProposalLine], on: date) -> QuotaDocument:
    names = _pending_ids(issue, lines)
    stem = f"{issue.mof_div_code}-{issue.fiscal_year}-{issue.dept_code}"
    return QuotaDocument(
        issue.doc_no, issue.mof_div_code, issue.fiscal_year, on,
        issue.title or f"{issue.dept_code} 批复所属单位 {issue.fiscal_year} 年预算",
        tuple(
            QuotaLine(
                f"{stem}-{line.line_no:05d}", line.amount_fen, unit_coding(issue.place, line),
                ori_bgt_id=names[pending_key(line)], tags=tuple(line.tags),
            )
            for line in lines
        ),
    )  # fmt: skip


def _fund_projects(
    conn: psycopg.Connection[Any],
    issues: Sequence[DepartmentIssue],
    lines: Outlay,
    *,
    by: str,
    on: date,
) -> None:
    """年初批复 of each project of the library that the issued budgets pay for."""
    sums: dict[str, int] = defaultdict(int)
    for issue in issues:
        for line in lines[issue.proposal]:
            if line.kind == "project":
                key = project_key(issue.mof_div_code, issue.fiscal_year, line.pro_code)
                sums[key] += line.amount_fen
    projects = read(conn, LIBRARY_PROJECT, list(sums))
    waiting = [project.doc_key for project in projects if project.state == "in_library"]
    changes = {"reply_amt_fen": [sums[key] for key in waiting]}
    move(conn, LIBRARY_PROJECT, waiting, "fund", by=by, on=on, changes=changes)
