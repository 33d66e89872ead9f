"""Departments' budgets (部门预算) in two ups: proposed, checked, reviewed, accepted.

First up (round 1) says what departments ask; finance answers with control totals; second up
(round 2) stays within them. A budget states its totals and its lines; both must agree with each
other, with the library, with the control totals and with 三保 before it can be submitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import psycopg

from fisc.budget.checks.preparation import CheckResult, run_checks
from fisc.budget.kinds import CONTROL, DRAFT, PROPOSAL
from fisc.budget.rules.issue import unit_coding
from fisc.budget.services.lines import Whole, line_of, make_whole, revise_whole, row_of
from fisc.budget.services.needs import Coverage, coverage, require_covered
from fisc.budget.services.refusals import fresh, require_none
from fisc.documents import advance, findings, move, select, taken
from fisc.documents.fitting import Used, require_fitting
from fisc.documents.inputs import OneOf
from fisc.documents.lines import digest
from fisc.documents.refusals import lines_at
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, elements
from fisc.registry.fit_types import State

if TYPE_CHECKING:
    from fisc.budget import models

RULE: Final = "预算法第三十二条：各部门按规定编制本部门预算草案；部门预算勾稽审核"

FIRST_UP, SECOND_UP = 1, 2
APPROPRIATION, UNIT_FUNDS = "appropriation", "unit"
PERSONNEL, OPERATING, PROJECT = "personnel", "operating", "project"
_SIDES: Final = {"income": "收入", "outlay": "支出"}
_KINDS: Final = {
    "income": {APPROPRIATION: "财政拨款", UNIT_FUNDS: "单位资金"},
    "outlay": {PERSONNEL: "人员经费", OPERATING: "公用经费", PROJECT: "项目支出"},
}


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One line of one unit, in fen, with the elements that its quota will carry.

    Income: kind appropriation or unit, by fund. Outlay: kind personnel or operating (together the
    basic expenditure) or project, by fund, functional class and economic classes.
    """

    side: Annotated[Literal["income", "outlay"], OneOf(_SIDES)]
    kind: Annotated[
        str, OneOf(lambda: {code: name for kinds in _KINDS.values() for code, name in kinds.items()})
    ]
    agency_code: str
    fund_type_code: str
    amount_fen: int
    rev_func_code: str = ""
    exp_func_code: str = ""
    pro_code: str = ""
    gov_bgt_eco_code: str = ""
    dep_bgt_eco_code: str = ""
    manage_mof_dep_code: str = ""
    bgt_mof_dep_code: str = ""
    bgt_type_code: str = ""
    pay_type_code: str = ""
    found_type_code: str = ""
    theme_code: str = ""
    is_gov_purchase: str = ""
    is_unified_pay: str = ""
    is_research: str = ""
    is_debt: str = ""
    is_capital: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A department's budget of one round, with the totals it states (fen)."""

    mof_div_code: str
    fiscal_year: int
    dept_code: str
    round_no: int
    income_fen: int
    outlay_fen: int
    basic_fen: int
    project_fen: int
    lines: tuple[BudgetLine, ...]
    title: str = ""

    @property
    def doc_key(self) -> str:
        """Natural key: region, year, department, round."""
        return proposal_key(self.mof_div_code, self.fiscal_year, self.dept_code, self.round_no)

    @classmethod
    def of(
        cls,
        mof_div_code: str,
        fiscal_year: int,
        dept_code: str,
        round_no: int,
        lines: Sequence[BudgetLine],
        *,
        title: str = "",
    ) -> Proposal:
        """A proposal that states what its lines add up to."""
        outlay = [line for line in lines if line.side == "outlay"]
        project_fen = sum(line.amount_fen for line in outlay if line.kind == PROJECT)
        outlay_fen = sum(line.amount_fen for line in outlay)
        income_fen = sum(line.amount_fen for line in lines if line.side == "income")
        return cls(
            mof_div_code, fiscal_year, dept_code, round_no,
            income_fen, outlay_fen, outlay_fen - project_fen, project_fen, tuple(lines), title,
        )  # fmt: skip


def proposal_key(mof_div_code: str, fiscal_year: int, dept_code: str, round_no: int) -> str:
    """The document key of a department's budget."""
    return f"{mof_div_code}-{fiscal_year}-{dept_code}-up{round_no}"


def make_proposals(
    conn: psycopg.Connection[Any], proposals: Sequence[Proposal], *, by: By, on: date
) -> list[bool]:
    """编制 (duty unit_make): True for each that is new. All or nothing.

    Raises RuleBroken naming codes that are not in force in the year, wrong kinds and amounts, and a
    second up without control totals; DisabledElement or UnknownElement for units not in use.
    """
    _require_sound(proposals)

    def work() -> list[bool]:
        is_new = make_whole(conn, PROPOSAL, [_whole(p) for p in proposals], by=by, on=on)
        made = fresh(proposals, is_new)
        _require_usable(conn, made)
        _require_fitting(conn, made, on)
        _require_control_totals(conn, made)
        return is_new

    return in_transaction(conn, work)


def revise_proposals(
    conn: psycopg.Connection[Any], proposals: Sequence[Proposal], *, by: By, on: date
) -> list[bool]:
    """修改 what was returned: all lines anew under the next revision; the earlier ones are kept."""
    _require_sound(proposals)

    def work() -> list[bool]:
        revised = revise_whole(conn, PROPOSAL, [_whole(p) for p in proposals], "revise", by=by, on=on)
        is_new = taken([p.doc_key for p in proposals], revised)
        _require_usable(conn, fresh(proposals, is_new))
        _require_fitting(conn, fresh(proposals, is_new), on)
        return is_new

    return in_transaction(conn, work)


def _whole(p: Proposal) -> Whole:
    stated = {"round": p.round_no, "lines_digest": digest(p.lines)}
    return Whole(row_of(p, "lines", "round_no") | stated, [line_of(line) for line in p.lines])


# ---- what is looked at before anything is stored


def _require_sound(proposals: Sequence[Proposal]) -> None:
    problems = [f"{p.dept_code} {why}" for p in proposals for why in _faults(p)]
    require_none("部门预算有误", problems, rule=RULE, hint="请按提示更正后重新编制")


def _kind_name(code: str) -> str:
    """A kind of income or outlay as people call it; what is none, as it was written."""
    return next((kinds[code] for kinds in _KINDS.values() if code in kinds), code)


def _faults(p: Proposal) -> Iterator[str]:
    if p.round_no not in (FIRST_UP, SECOND_UP):
        yield f"上报轮次 {p.round_no} 不是 1（一上）或 2（二上）"
    for number, line in enumerate(p.lines, 1):
        if line.kind not in _KINDS.get(line.side, ()):
            yield f"{lines_at(number)}：{_SIDES.get(line.side, line.side)}没有类别“{_kind_name(line.kind)}”"
        elif line.amount_fen <= 0:
            yield f"{lines_at(number)}的金额应大于零"
        elif line.kind == PROJECT and not line.pro_code:
            yield f"{lines_at(number)}是项目支出，没有预算项目"
    yield from _twins(p)
    yield from _unknown_codes(p)


_SAME: Final = tuple(f.name for f in fields(BudgetLine) if f.name not in ("kind", "amount_fen", "tags"))


def _twins(p: Proposal) -> Iterator[str]:
    """Outlay lines that would be one and the same quota: a quota is a combination of elements."""
    elements_of = attrgetter(*_SAME)
    seen: dict[object, int] = {}
    for number, line in enumerate(p.lines, 1):
        if line.side == "outlay" and seen.setdefault(elements_of(line), number) != number:
            yield f"{lines_at(seen[elements_of(line)], number)}要素相同，请合并"


_CLASSIFIED: Final = (
    ("exp_func", "exp_func_code"), ("gov_bgt_eco", "gov_bgt_eco_code"), ("dep_bgt_eco", "dep_bgt_eco_code"),
)  # fmt: skip


def _unknown_codes(p: Proposal) -> Iterator[str]:
    """Codes that are not in force in the year; the functional class is given in full depth (条例第六条)."""
    outlay = [line for line in p.lines if line.side == "outlay"]
    for kind, column in _CLASSIFIED:
        for code in sorted({getattr(line, column) for line in outlay}):
            if why := classifications.unknown(kind, code, p.fiscal_year):
                yield why
            elif kind == "exp_func" and (coarse := classifications.coarse(code, p.fiscal_year)):
                yield f"支出功能分类 {coarse} 未列至末级"


def _require_usable(conn: psycopg.Connection[Any], proposals: Sequence[Proposal]) -> None:
    units: dict[tuple[int, str], set[str]] = {}
    for p in proposals:
        used = units.setdefault((p.fiscal_year, p.mof_div_code), {p.dept_code})
        used |= {p.dept_code, *(line.agency_code for line in p.lines)}
    for (year, region), codes in sorted(units.items()):
        elements.require_usable(conn, year, region, agency_codes=sorted(codes))


def _require_fitting(conn: psycopg.Connection[Any], proposals: Sequence[Proposal], on: date) -> None:
    """The elements that each line's quota will carry fit together; what is noted is kept."""
    used = [
        Used(p.doc_key, f"{p.dept_code} {lines_at(number)}", unit_coding(place, line), line.amount_fen, state)
        for p in proposals
        for place in [(p.fiscal_year, p.mof_div_code, p.dept_code)]
        for state in [State.QUOTA if p.round_no == SECOND_UP else State.PENDING]
        for number, line in enumerate(p.lines, 1)
        if line.side == "outlay"
    ]  # fmt: skip
    findings.record(conn, require_fitting(conn, used), on=on)


def _require_control_totals(conn: psycopg.Connection[Any], proposals: Sequence[Proposal]) -> None:
    second = [p for p in proposals if p.round_no == SECOND_UP]
    issued = {
        (c.mof_div_code, c.fiscal_year, c.dept_code)
        for c in select(
            conn, CONTROL,
            "where t.state = 'issued' and t.mof_div_code = any(%s) and t.fiscal_year = any(%s)",
            [[p.mof_div_code for p in second], [p.fiscal_year for p in second]],
        )
    }  # fmt: skip
    missing = [p.dept_code for p in second if (p.mof_div_code, p.fiscal_year, p.dept_code) not in issued]
    require_none(
        "控制数尚未下达，不能编制二上预算", missing,
        rule="部门预算“两上两下”：二上以控制数为限（预算管理一体化规范，财办〔2020〕13号）",
        hint="请先审定一上预算并下达控制数",
    )  # fmt: skip


# ---- steps


def proposal_checks(conn: psycopg.Connection[Any], doc_keys: Sequence[str]) -> list[CheckResult]:
    """勾稽审核表: every check of every budget, whether it holds or not. Writes nothing."""
    return run_checks(conn, doc_keys)


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of one budget, in words."""

    doc_key: str
    dept_code: str
    check_code: str
    is_passed: bool
    note: str


def check_proposals(conn: psycopg.Connection[Any], doc_keys: Sequence[str]) -> list[Checked]:
    """`proposal_checks` as people read them."""
    found = run_checks(conn, doc_keys)
    return [Checked(r.doc_key, r.dept_code, r.check.code, r.is_passed, r.words) for r in found]


def submit_proposals(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date
) -> list[bool]:
    """上报 (duty dept_review): only what passes every check and covers its 三保 needs.

    Raises RuleBroken naming every check that fails, with both sides, and every 三保 need that the
    department's budget does not meet.
    """

    def work() -> list[bool]:
        submitted = advance(conn, PROPOSAL, doc_keys, "submit", by=by, on=on)
        _require_checks(conn, submitted, "请修改部门预算，使各项勾稽关系成立")
        require_covered(_coverage_of(conn, submitted), "“三保”没有足额安排，部门预算不能上报")
        return taken(doc_keys, submitted)

    return in_transaction(conn, work)


def _require_checks(conn: psycopg.Connection[Any], proposals: Sequence[models.Proposal], hint: str) -> None:
    failed = [r.words for r in run_checks(conn, [p.doc_key for p in proposals]) if not r.is_passed]
    require_none("勾稽审核不通过", failed, rule=RULE, hint=hint)


def _coverage_of(conn: psycopg.Connection[Any], proposals: Sequence[models.Proposal]) -> list[Coverage]:
    """The needs of exactly the departments named: a region's own figure is looked at in the draft."""
    places = sorted({(p.mof_div_code, p.fiscal_year, p.round) for p in proposals})
    departments = {(p.mof_div_code, p.fiscal_year, p.dept_code) for p in proposals}
    found = [c for region, year, up in places for c in coverage(conn, region, year, round_no=up)]
    return [c for c in found if (c.mof_div_code, c.fiscal_year, c.dept_code) in departments]


def review_proposals(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """业务处审核 (duty office_review)."""
    return move(conn, PROPOSAL, doc_keys, "review", by=by, on=on, note=note)


def accept_proposals(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """预算处审定 (duty budget_review): a first up is then answered by control totals, a second up by issue.

    The checks are made again: control totals, needs and audits may have changed since it was submitted.
    """

    def work() -> list[bool]:
        accepted = advance(conn, PROPOSAL, doc_keys, "accept", by=by, on=on, note=note)
        _require_checks(conn, accepted, "请退回部门修改")
        require_covered(_coverage_of(conn, accepted), "“三保”没有足额安排，部门预算不能审定")
        return taken(doc_keys, accepted)

    return in_transaction(conn, work)


def return_proposals(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date, note: str
) -> list[bool]:
    """退回 with a reason (duty office_review)."""
    return move(conn, PROPOSAL, doc_keys, "back", by=by, on=on, note=note)


def reopen_proposals(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date, note: str
) -> list[bool]:
    """退回 an accepted budget (duty budget_review), while the draft is not before the congress.

    Raises RuleBroken once the draft is submitted or approved: then only a formal adjustment or a swap
    changes what a department has.
    """

    def work() -> list[bool]:
        reopened = advance(conn, PROPOSAL, doc_keys, "reopen", by=by, on=on, note=note)
        _require_not_submitted(conn, [p for p in reopened if p.round == SECOND_UP])
        return taken(doc_keys, reopened)

    return in_transaction(conn, work)


def _require_not_submitted(conn: psycopg.Connection[Any], proposals: Sequence[models.Proposal]) -> None:
    drafts = select(
        conn, DRAFT,
        "where t.state in ('submitted', 'approved') and t.mof_div_code = any(%s) and t.fiscal_year = any(%s)",
        [[p.mof_div_code for p in proposals], [p.fiscal_year for p in proposals]],
    )  # fmt: skip
    gone = {(draft.mof_div_code, draft.fiscal_year) for draft in drafts}
    require_none(
        "草案已提请人大审议，部门预算不能再改",
        sorted(p.dept_code for p in proposals if (p.mof_div_code, p.fiscal_year) in gone),
        rule="预算法第四十三条；经批准的预算非经法定程序不得调整（第十三条）",
        hint="请先退回草案；已批准的请办理预算调整或调剂",
    )
