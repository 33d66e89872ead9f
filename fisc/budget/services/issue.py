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
from typing import TYPE_CHECKING, Any, Final, Protocol

import psycopg

from fisc.budget.kinds import ISSUE, LIBRARY_PROJECT, PROPOSAL, PROPOSAL_LINES
from fisc.budget.rules.issue import PendingKey, Place, pending_coding, pending_key, unit_coding
from fisc.budget.services import quotas
from fisc.budget.services.early import approval_dates
from fisc.budget.services.library import project_key
from fisc.budget.services.lines import row_of
from fisc.budget.services.preparation import SECOND_UP, proposal_key
from fisc.budget.services.quotas import QuotaDocument, QuotaLine
from fisc.budget.services.refusals import fresh, require_none
from fisc.documents import WrongState, advance, lines_of, make, move, read, select, taken
from fisc.documents.refusals import refusal
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.budget import models
    from fisc.budget.models import ProposalLine

Conn = psycopg.Connection[Any]

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

    @property
    def doc_key(self) -> str:
        """Natural key: region, year, department."""
        return f"{self.mof_div_code}-{self.fiscal_year}-{self.dept_code}-issue"


class UnitIssue(DepartmentIssue):
    """A department issues its budget to all its units under a document number of its own."""

    __slots__ = ()


def make_issues(conn: Conn, issues: Sequence[DepartmentIssue], *, by: str, on: date) -> list[bool]:
    """Draft the issue of departments' budgets (编制批复, duty budget_make): True for each that is new.

    Raises RuleBroken before the congress has approved and where a second up is not accepted.
    """
    return in_transaction(conn, lambda: make(conn, ISSUE, _rows(conn, issues, on), by=by, on=on))


def revise_issues(conn: Conn, issues: Sequence[DepartmentIssue], *, by: str, on: date) -> list[bool]:
    """Draft anew what was sent back (修改, duty budget_make): another number, the budget as it is now."""

    def work() -> list[bool]:
        rows = _rows(conn, issues, on)
        changes = {name: [row[name] for row in rows] for name in ("doc_no", "amount_fen")}
        keys = [issue.doc_key for issue in issues]
        return move(conn, ISSUE, keys, "revise", by=by, on=on, changes=changes)

    return in_transaction(conn, work)


def review_issues(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """The business office's review (审核, duty office_review)."""
    return move(conn, ISSUE, doc_keys, "review", by=by, on=on)


def send_back_issues(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date, note: str) -> list[bool]:
    """Back to the clerk (退回, duty office_review), with a reason, before it is issued."""
    return move(conn, ISSUE, doc_keys, "back", by=by, on=on, note=note)


def approve_issues(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[bool]:
    """批复部门 (duty budget_approve): True for each department that has its quotas by this call.

    Posts 36-02 through quota documents with base "approved", which bear the hands that made, reviewed and
    approved the issue, and writes the funded amount (reply_amt) into the library. Raises RuleBroken before
    the congress has approved, and where the department's budget is not what was drafted; QuotaShortfall where
    a class of the approved budget would be exceeded.
    """

    def work() -> list[bool]:
        drafted = read(conn, ISSUE, doc_keys)
        _require_approved(conn, drafted, on)
        changes: dict[str, Sequence[object]] = {"issued_on": [on.isoformat()] * len(doc_keys)}
        issued = advance(conn, ISSUE, doc_keys, "issue", by=by, on=on, changes=changes)
        lines = _accepted_outlay(conn, issued)
        _require_as_drafted(issued, lines)
        documents = [_department_document(issue, lines[_proposal(issue)], on) for issue in issued]
        keys = [document.doc_key for document in documents]
        makers, reviewers = ([_hand(issue, *steps) for issue in issued] for steps in _HANDS)
        quotas.make_quota_documents(conn, documents, by=makers, on=on)
        quotas.review_quota_documents(conn, keys, by=reviewers, on=on)
        quotas.approve_quota_documents(conn, keys, by=by, on=on)
        _fund_projects(conn, issued, lines, by=by, on=on)
        return taken(doc_keys, issued)

    return in_transaction(conn, work)


def issue_to_departments(
    conn: Conn, issues: Sequence[DepartmentIssue], *, by: str, reviewed_by: str, approved_by: str, on: date
) -> list[bool]:
    """批复部门 at once: made, reviewed and approved by three people in one transaction. Raises as they."""
    keys = [issue.doc_key for issue in issues]

    def work() -> list[bool]:
        make_issues(conn, issues, by=by, on=on)
        review_issues(conn, keys, by=reviewed_by, on=on)
        return approve_issues(conn, keys, by=approved_by, on=on)

    return in_transaction(conn, work)


def pass_to_units(conn: Conn, issues: Sequence[UnitIssue], *, by: str, on: date) -> list[bool]:
    """批复单位 (duty dept_review): the department decides; finance then drafts its units' quotas.

    Raises NotFound and WrongState for departments whose budget is not issued.
    """
    keys = [issue.doc_key for issue in issues]
    changes: dict[str, Sequence[object]] = {
        "unit_doc_no": [issue.doc_no for issue in issues],
        "units_issued_on": [on.isoformat()] * len(issues),
    }
    return move(conn, ISSUE, keys, "issue_units", by=by, on=on, changes=changes)


def make_unit_quotas(conn: Conn, doc_keys: Sequence[str], *, by: str, on: date) -> list[str]:
    """Draft the executable quotas of the units of departments (duty budget_make), one quota document each.

    `doc_keys` are those of the issues; returns the numbers of the quota documents, whose review and approval
    post 36-03. Raises WrongState where the department has not issued to its units.
    """

    def work() -> list[str]:
        passed = read(conn, ISSUE, doc_keys)
        _require_passed(passed)
        lines = _accepted_outlay(conn, passed)
        documents = [_unit_document(issue, lines[_proposal(issue)]) for issue in passed]
        quotas.make_quota_documents(conn, documents, by=by, on=on, operation="assign")
        return [document.doc_key for document in documents]

    return in_transaction(conn, work)


def issue_to_units(
    conn: Conn,
    issues: Sequence[UnitIssue],
    *,
    department_by: str,
    by: str,
    reviewed_by: str,
    approved_by: str,
    on: date,
) -> list[bool]:
    """批复单位 at once: True for each department whose units now have executable quotas.

    `department_by` (duty dept_review) decides for the department; the quota document is made, reviewed
    and approved by three people of finance, in one transaction. Raises as the steps.
    """

    def work() -> list[bool]:
        is_new = pass_to_units(conn, issues, by=department_by, on=on)
        keys = [issue.doc_key for issue in fresh(issues, is_new)]
        documents = make_unit_quotas(conn, keys, by=by, on=on)
        quotas.review_quota_documents(conn, documents, by=reviewed_by, on=on)
        quotas.approve_quota_documents(conn, documents, by=approved_by, on=on)
        return is_new

    return in_transaction(conn, work)


# ---- what is looked at first


class Placed(Protocol):
    """What an issue says of its place, as it is asked for and as it stands."""

    @property
    def mof_div_code(self) -> str:
        """The region."""
        ...

    @property
    def fiscal_year(self) -> int:
        """The year of the budget."""
        ...

    @property
    def dept_code(self) -> str:
        """The department."""
        ...


def _require_approved(conn: Conn, issues: Sequence[Placed], on: date) -> None:
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


def _proposal(issue: Placed) -> str:
    """The second up that is issued."""
    return proposal_key(issue.mof_div_code, issue.fiscal_year, issue.dept_code, SECOND_UP)


def _accepted_outlay(conn: Conn, issues: Sequence[Placed]) -> Outlay:
    """The outlay lines of the second ups that are issued, in their order, by proposal. Raises RuleBroken."""
    keys = [_proposal(issue) for issue in issues]
    accepted = select(conn, PROPOSAL, "where t.doc_key = any(%s) and t.state = 'accepted'", [keys])
    lines = lines_of(conn, PROPOSAL_LINES, accepted)
    found = {key: [line for line in mine if line.side == "outlay"] for key, mine in lines.items()}
    waiting = [issue.dept_code for issue in issues if not found.get(_proposal(issue))]
    require_none("部门二上预算尚未审定，不能批复", waiting, rule=RULE, hint="请先审定部门预算")
    return found


def _require_as_drafted(issues: Sequence[models.Issue], lines: Outlay) -> None:
    changed = [
        issue.dept_code
        for issue in issues
        if issue.amount_fen != sum(line.amount_fen for line in lines[_proposal(issue)])
    ]
    require_none("部门预算与批复稿的金额不同", changed, rule=RULE, hint="请退回批复，按审定的部门预算修改")


def _require_passed(issues: Sequence[models.Issue]) -> None:
    if waiting := [issue.doc_key for issue in issues if issue.state != "units_issued"]:
        raise refusal(
            WrongState, "部门尚未批复所属单位", waiting, rule=RULE, hint="请先由部门批复单位，再编制单位指标"
        )


#: Who made an issue and who reviewed it: the steps of each.
_HANDS: Final = (("make", "revise"), ("review",))


def _hand(issue: models.Issue, *steps: str) -> str:
    """Who took one of these steps last."""
    return str(next(officer for step, _, officer, *_ in reversed(issue.trail) if step in steps))


# ---- documents


def _rows(conn: Conn, issues: Sequence[DepartmentIssue], on: date) -> list[dict[str, object]]:
    """Issues as they are kept: what the departments' accepted budgets come to."""
    _require_approved(conn, issues, on)
    lines = _accepted_outlay(conn, issues)
    totals = [sum(line.amount_fen for line in lines[_proposal(issue)]) for issue in issues]
    return [row_of(issue) | {"amount_fen": fen} for issue, fen in zip(issues, totals, strict=True)]


def _pending_ids(issue: models.Issue, lines: Iterable[ProposalLine]) -> dict[PendingKey, str]:
    """A name for each pending quota of a department; the same however often it is asked."""
    keys = sorted({pending_key(line) for line in lines})
    stem = f"{issue.mof_div_code}-{issue.fiscal_year}-{issue.dept_code}"
    return {key: f"{stem}-D{number:04d}" for number, key in enumerate(keys, 1)}


def _place(issue: models.Issue) -> Place:
    """Fiscal year, region, department."""
    return (issue.fiscal_year, issue.mof_div_code, issue.dept_code)


def _department_document(issue: models.Issue, lines: Sequence[ProposalLine], on: date) -> QuotaDocument:
    names = _pending_ids(issue, lines)
    sums: dict[PendingKey, int] = defaultdict(int)
    for line in lines:
        sums[pending_key(line)] += line.amount_fen
    return QuotaDocument(
        issue.doc_no, issue.mof_div_code, issue.fiscal_year, on,
        f"批复 {issue.dept_code} {issue.fiscal_year} 年部门预算",
        tuple(
            QuotaLine(name, sums[key], pending_coding(_place(issue), key), is_executable=False)
            for key, name in names.items()
        ),
    )  # fmt: skip


def _unit_document(issue: models.Issue, lines: Sequence[ProposalLine]) -> QuotaDocument:
    assert issue.units_issued_on is not None  # the department's step wrote it
    names = _pending_ids(issue, lines)
    stem = f"{issue.mof_div_code}-{issue.fiscal_year}-{issue.dept_code}"
    return QuotaDocument(
        issue.unit_doc_no, issue.mof_div_code, issue.fiscal_year, issue.units_issued_on,
        f"{issue.dept_code} 批复所属单位 {issue.fiscal_year} 年预算",
        tuple(
            QuotaLine(
                f"{stem}-{line.line_no:05d}", line.amount_fen, unit_coding(_place(issue), line),
                ori_bgt_id=names[pending_key(line)], tags=tuple(line.tags),
            )
            for line in lines
        ),
    )  # fmt: skip


def _fund_projects(
    conn: Conn,
    issues: Sequence[models.Issue],
    lines: Outlay,
    *,
    by: str,
    on: date,
) -> None:
    """年初批复 of each project of the library that the issued budgets pay for."""
    sums: dict[str, int] = defaultdict(int)
    for issue in issues:
        for line in lines[_proposal(issue)]:
            if line.kind == "project":
                key = project_key(issue.mof_div_code, issue.fiscal_year, line.pro_code)
                sums[key] += line.amount_fen
    projects = read(conn, LIBRARY_PROJECT, list(sums))
    waiting = [project.doc_key for project in projects if project.state == "in_library"]
    changes = {"reply_amt_fen": [sums[key] for key in waiting]}
    move(conn, LIBRARY_PROJECT, waiting, "fund", by=by, on=on, changes=changes)
