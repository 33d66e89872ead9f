"""Departments' budgets (部门预算) in two ups: proposed, checked, reviewed, accepted.

First up (round 1) says what departments ask; finance answers with control totals; second up
(round 2) stays within them. A budget states its totals and its lines; both must agree with each
other, with the library, with the control totals and with 三保 before it can be submitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any, Final, Literal

import psycopg

from fisc.budget.checks.preparation import CheckResult, run_checks
from fisc.budget.flow.preparation import PROPOSAL
from fisc.budget.services.lines import digest, write
from fisc.budget.services.needs import Coverage, coverage, require_covered
from fisc.budget.services.refusals import fresh, require_none
from fisc.documents import make, move, read
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, elements

RULE: Final = "预算法第三十二条：各部门按规定编制本部门预算草案；部门预算勾稽审核"

FIRST_UP, SECOND_UP = 1, 2
APPROPRIATION, UNIT_FUNDS = "appropriation", "unit"
PERSONNEL, OPERATING, PROJECT = "personnel", "operating", "project"
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

    side: Literal["income", "outlay"]
    kind: str
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


LINE_COLUMNS: Final = tuple(f.name for f in fields(BudgetLine))


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
        is_new = make(conn, PROPOSAL, [_row(p) for p in proposals], by=by, on=on)
        made = fresh(proposals, is_new)
        _require_usable(conn, made)
        _require_control_totals(conn, made)
        _write_lines(conn, [(p, 1) for p in made])
        return is_new

    return in_transaction(conn, work)


def revise_proposals(
    conn: psycopg.Connection[Any], proposals: Sequence[Proposal], *, by: By, on: date
) -> list[bool]:
    """修改 what was returned: all lines anew under the next revision; the earlier ones are kept."""
    _require_sound(proposals)
    keys = [p.doc_key for p in proposals]

    def work() -> list[bool]:
        revisions = [row["revision"] + 1 for row in read(conn, PROPOSAL, keys, ("revision",))]
        rows = [_row(p) for p in proposals]
        changes: dict[str, list[object]] = {name: [row[name] for row in rows] for name in _REVISED}
        changes["revision"] = list(revisions)
        is_new = move(conn, PROPOSAL, keys, "revise", by=by, on=on, changes=changes)
        revised = fresh(list(zip(proposals, revisions, strict=True)), is_new)
        _require_usable(conn, [p for p, _ in revised])
        _write_lines(conn, revised)
        return is_new

    return in_transaction(conn, work)


_REVISED: Final = ("title", "income_fen", "outlay_fen", "basic_fen", "project_fen", "lines_digest")


def _row(p: Proposal) -> dict[str, object]:
    return {
        "doc_key": p.doc_key, "mof_div_code": p.mof_div_code, "fiscal_year": p.fiscal_year,
        "dept_code": p.dept_code, "round": p.round_no, "title": p.title, "income_fen": p.income_fen,
        "outlay_fen": p.outlay_fen, "basic_fen": p.basic_fen, "project_fen": p.project_fen,
        "lines_digest": digest(p.lines),
    }  # fmt: skip


def _write_lines(conn: psycopg.Connection[Any], given: Iterable[tuple[Proposal, int]]) -> None:
    rows = (
        (p.doc_key, revision, number, *_values(line))
        for p, revision in given
        for number, line in enumerate(p.lines, 1)
    )
    write(conn, "budget_proposal_line", ("doc_key", "revision", "line_no", *LINE_COLUMNS), rows)


def _values(line: BudgetLine) -> Iterator[object]:
    for name in LINE_COLUMNS:
        value = getattr(line, name)
        yield list(value) if name == "tags" else value


# ---- what is looked at before anything is stored


def _require_sound(proposals: Sequence[Proposal]) -> None:
    problems = [f"{p.dept_code} {why}" for p in proposals for why in _faults(p)]
    require_none("部门预算有误", problems, rule=RULE, hint="请按提示更正后重新编制")


def _faults(p: Proposal) -> Iterator[str]:
    if p.round_no not in (FIRST_UP, SECOND_UP):
        yield f"上报轮次 {p.round_no} 不是 1（一上）或 2（二上）"
    for number, line in enumerate(p.lines, 1):
        if line.kind not in _KINDS.get(line.side, ()):
            yield f"第 {number} 行的类别 {line.side}/{line.kind} 不存在"
        elif line.amount_fen <= 0:
            yield f"第 {number} 行的金额应大于零"
        elif line.kind == PROJECT and not line.pro_code:
            yield f"第 {number} 行是项目支出，没有项目代码"
    yield from _twins(p)
    yield from _unknown_codes(p)


_SAME: Final = tuple(name for name in LINE_COLUMNS if name not in ("kind", "amount_fen", "tags"))


def _twins(p: Proposal) -> Iterator[str]:
    """Outlay lines that would be one and the same quota: a quota is a combination of elements."""
    elements_of = attrgetter(*_SAME)
    seen: dict[object, int] = {}
    for number, line in enumerate(p.lines, 1):
        if line.side == "outlay" and seen.setdefault(elements_of(line), number) != number:
            yield f"第 {number} 行与第 {seen[elements_of(line)]} 行要素相同，请合并"


_CLASSIFIED: Final = (
    ("exp_func", "exp_func_code", "支出功能分类"),
    ("gov_bgt_eco", "gov_bgt_eco_code", "政府预算支出经济分类"),
    ("dep_bgt_eco", "dep_bgt_eco_code", "部门预算支出经济分类"),
)


def _unknown_codes(p: Proposal) -> Iterator[str]:
    """Codes that are not in force in the year; the functional class is given in full depth (条例第六条)."""
    outlay = [line for line in p.lines if line.side == "outlay"]
    for kind, column, name in _CLASSIFIED:
        for code in sorted({getattr(line, column) for line in outlay}):
            if not classifications.lookup(kind, code, p.fiscal_year):
                yield f"{p.fiscal_year} 年没有{name} {code or '（空）'}"
            elif kind == "exp_func" and classifications.children(kind, code, p.fiscal_year):
                yield f"支出功能分类 {code} 未列至末级"


def _require_usable(conn: psycopg.Connection[Any], proposals: Sequence[Proposal]) -> None:
    units: dict[tuple[int, str], set[str]] = {}
    for p in proposals:
        used = units.setdefault((p.fiscal_year, p.mof_div_code), {p.dept_code})
        used |= {p.dept_code, *(line.agency_code for line in p.lines)}
    for (year, region), codes in sorted(units.items()):
        elements.require_usable(conn, year, region, agency_codes=sorted(codes))


def _require_control_totals(conn: psycopg.Connection[Any], proposals: Sequence[Proposal]) -> None:
    second = [p for p in proposals if p.round_no == SECOND_UP]
    rows = conn.execute(
        "select c.mof_div_code, c.fiscal_year, c.dept_code from budget_control c "
        "where c.state = 'issued' and c.mof_div_code = any(%s) and c.fiscal_year = any(%s)",
        [[p.mof_div_code for p in second], [p.fiscal_year for p in second]],
    ).fetchall()
    issued = set(rows)
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


def submit_proposals(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date
) -> list[bool]:
    """上报 (duty dept_review): only what passes every check and covers its 三保 needs.

    Raises RuleBroken naming every check that fails, with both sides, and every 三保 need that the
    department's budget does not meet.
    """

    def work() -> list[bool]:
        is_new = move(conn, PROPOSAL, doc_keys, "submit", by=by, on=on)
        submitted = fresh(doc_keys, is_new)
        _require_checks(conn, submitted, "请修改部门预算，使各项勾稽关系成立")
        require_covered(_coverage_of(conn, submitted), "“三保”没有足额安排，部门预算不能上报")
        return is_new

    return in_transaction(conn, work)


def _require_checks(conn: psycopg.Connection[Any], doc_keys: Sequence[str], hint: str) -> None:
    failed = [r.words for r in run_checks(conn, doc_keys) if not r.is_passed]
    require_none("勾稽审核不通过", failed, rule=RULE, hint=hint)


def _coverage_of(conn: psycopg.Connection[Any], doc_keys: Sequence[str]) -> list[Coverage]:
    """The needs of exactly the departments named: a region's own figure is looked at in the draft."""
    rows = read(conn, PROPOSAL, doc_keys, ("mof_div_code", "fiscal_year", "round", "dept_code"))
    places = sorted({(r["mof_div_code"], r["fiscal_year"], r["round"]) for r in rows})
    departments = {(r["mof_div_code"], r["fiscal_year"], r["dept_code"]) for r in rows}
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
        is_new = move(conn, PROPOSAL, doc_keys, "accept", by=by, on=on, note=note)
        accepted = fresh(doc_keys, is_new)
        _require_checks(conn, accepted, "请退回部门修改")
        require_covered(_coverage_of(conn, accepted), "“三保”没有足额安排，部门预算不能审定")
        return is_new

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
        is_new = move(conn, PROPOSAL, doc_keys, "reopen", by=by, on=on, note=note)
        found = conn.execute(
            "select p.dept_code from budget_proposal p join budget_draft d "
            "on d.mof_div_code = p.mof_div_code and d.fiscal_year = p.fiscal_year "
            "where p.doc_key = any(%s) and p.round = 2 and d.state in ('submitted', 'approved') order by 1",
            [fresh(doc_keys, is_new)],
        ).fetchall()
        require_none(
            "草案已提请人大审议，部门预算不能再改", [row[0] for row in found],
            rule="预算法第四十三条；经批准的预算非经法定程序不得调整（第十三条）",
            hint="请先退回草案；已批准的请办理预算调整或调剂",
        )  # fmt: skip
        return is_new

    return in_transaction(conn, work)
