"""A small city for tests of preparation: two departments, four units, six projects, and its officers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import psycopg

from fisc.budget.rules.approval import Source, Spending
from fisc.budget.services import approval, controls, library, needs, preparation
from fisc.budget.services.controls import Control, ControlLine
from fisc.budget.services.library import Declaration, Indicator
from fisc.budget.services.preparation import BudgetLine, Proposal
from fisc.documents import Officer, define_officers
from fisc.kernel import open_year
from fisc.registry import elements
from fisc.transfers import services as transfers

CITY = "150600000"
YEAR = 2022
WAN = 1_000_000  # fen in 万元
AUTUMN, ADOPTED = date(2021, 9, 1), date(2022, 2, 20)

OFFICERS = {
    "unit": "unit_make", "dept": "dept_review", "office": "office_review", "maker": "budget_make",
    "reviewer": "budget_review", "approver": "budget_approve", "congress": "congress_record",
    "registrar": "registry_make", "granted": "transfer_make", "grants": "transfer_review",
}  # fmt: skip

GOALS = (
    Indicator("output", "数量指标", "培训人数", "≥500", 5_000),
    Indicator("benefit", "社会效益", "覆盖率", "≥90%", 3_000),
    Indicator("satisfaction", "满意度", "群众满意度", "≥95%", 2_000),
)

EDUCATION, HEALTH = "101", "102"
UNITS = {EDUCATION: ("101001", "101002"), HEALTH: ("102001", "102002")}
FUNC = {EDUCATION: "2050202", HEALTH: "2100201"}


def settle(conn: psycopg.Connection, years: Iterable[int] = (YEAR,)) -> None:
    """Officers, agencies and open years."""
    define_officers(conn, [Officer(code, code, CITY, frozenset({duty})) for code, duty in OFFICERS.items()])
    for year in years:
        departments = [elements.Agency(year, CITY, d, f"部门{d}", "", "", kind="department") for d in UNITS]
        units = [
            elements.Agency(year, CITY, u, f"单位{u}", d, "教科文处", kind="institution")
            for d, us in UNITS.items()
            for u in us
        ]
        elements.define_agencies(conn, departments, by="registrar", on=AUTUMN)
        elements.define_agencies(conn, units, by="registrar", on=AUTUMN)
        open_year(conn, CITY, year)


def declaration(pro_code: str = "P1", year: int = YEAR, **changes: object) -> Declaration:
    """A project of the first education unit, with goals."""
    base = Declaration(
        CITY, year, pro_code, f"项目{pro_code}", "101001", EDUCATION, "002", "specific", "111", "2050202",
        100 * WAN, goal="办好义务教育", indicators=GOALS, basis="市政府会议纪要",
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def into_library(conn: psycopg.Connection, declared: Iterable[Declaration]) -> list[str]:
    """Declare, review, audit at the full amount, enter."""
    given = list(declared)
    keys = [d.doc_key for d in given]
    library.declare_projects(conn, given, by="unit", on=AUTUMN)
    library.review_projects(conn, keys, by="dept", on=AUTUMN)
    library.audit_projects(
        conn, [library.ProjectAudit(d.doc_key, d.apply_up_fen) for d in given], by="office", on=AUTUMN
    )
    library.enter_projects(conn, keys, by="reviewer", on=AUTUMN)
    return keys


def wages(dept: str, unit: str, amount_fen: int) -> BudgetLine:
    """Basic wages of a unit, tagged 保工资."""
    return BudgetLine(
        "outlay", "personnel", unit, "111", amount_fen, exp_func_code=FUNC[dept],
        gov_bgt_eco_code="50501", dep_bgt_eco_code="30101", is_unified_pay="1", tags=("003001",),
    )  # fmt: skip


def running(dept: str, unit: str, amount_fen: int) -> BudgetLine:
    """Office costs of a unit, tagged 保运转."""
    return BudgetLine(
        "outlay", "operating", unit, "111", amount_fen, exp_func_code=FUNC[dept],
        gov_bgt_eco_code="50502", dep_bgt_eco_code="30201", tags=("003002",),
    )  # fmt: skip


def project(dept: str, unit: str, amount_fen: int, pro_code: str = "P1") -> BudgetLine:
    """Project money of a unit."""
    return BudgetLine(
        "outlay", "project", unit, "111", amount_fen, exp_func_code=FUNC[dept], pro_code=pro_code,
        gov_bgt_eco_code="50502", dep_bgt_eco_code="30299",
    )  # fmt: skip


def grant(unit: str, amount_fen: int) -> BudgetLine:
    """财政拨款收入 of a unit."""
    return BudgetLine("income", "appropriation", unit, "111", amount_fen)


def education(round_no: int, *, project_fen: int = 100 * WAN) -> Proposal:
    """1 000 万 of wages, 200 万 of running costs and a project."""
    first, second = UNITS[EDUCATION]
    lines = [
        grant(first, 700 * WAN + project_fen), grant(second, 500 * WAN),
        wages(EDUCATION, first, 600 * WAN), wages(EDUCATION, second, 400 * WAN),
        running(EDUCATION, first, 100 * WAN), running(EDUCATION, second, 100 * WAN),
        project(EDUCATION, first, project_fen),
    ]  # fmt: skip
    return Proposal.of(CITY, YEAR, EDUCATION, round_no, lines)


def health(round_no: int) -> Proposal:
    """500 万 of wages and running costs."""
    first, second = UNITS[HEALTH]
    lines = [
        grant(first, 300 * WAN), grant(second, 200 * WAN),
        wages(HEALTH, first, 250 * WAN), wages(HEALTH, second, 180 * WAN),
        running(HEALTH, first, 50 * WAN), running(HEALTH, second, 20 * WAN),
    ]  # fmt: skip
    return Proposal.of(CITY, YEAR, HEALTH, round_no, lines)


def accept(conn: psycopg.Connection, proposals: Iterable[Proposal], on: date = AUTUMN) -> list[str]:
    """Make, submit, review, accept."""
    given = list(proposals)
    keys = [p.doc_key for p in given]
    preparation.make_proposals(conn, given, by="unit", on=on)
    preparation.submit_proposals(conn, keys, by="dept", on=on)
    preparation.review_proposals(conn, keys, by="office", on=on)
    preparation.accept_proposals(conn, keys, by="reviewer", on=on)
    return keys


def control(dept: str, amount_fen: int, year: int = YEAR) -> Control:
    """Control totals of a department in its one class."""
    return Control(CITY, year, dept, (ControlLine("111", FUNC[dept][:3], amount_fen),))


def give_controls(conn: psycopg.Connection, given: Iterable[Control], on: date = AUTUMN) -> None:
    """Make, review, issue."""
    listed = list(given)
    keys = [c.doc_key for c in listed]
    controls.make_controls(conn, listed, by="maker", on=on)
    controls.review_controls(conn, keys, by="reviewer", on=on)
    controls.issue_controls(conn, keys, by="approver", on=on)


def enter_needs(conn: psycopg.Connection, given: Iterable[needs.Need]) -> None:
    """Enter and review."""
    listed = list(given)
    needs.enter_needs(conn, listed, by="maker", on=AUTUMN)
    needs.review_needs(conn, [n.doc_key for n in listed], by="reviewer", on=AUTUMN)


def two_ups(conn: psycopg.Connection) -> None:
    """Library, needs, first up, controls, second up: everything accepted."""
    into_library(conn, [declaration()])
    enter_needs(conn, [needs.Need(CITY, YEAR, "003001", 1_000 * WAN, EDUCATION)])
    accept(conn, [education(1), health(1)])
    give_controls(conn, [control(EDUCATION, 1_300 * WAN), control(HEALTH, 500 * WAN)])
    accept(conn, [education(2), health(2)])


def budget(**changes: object) -> approval.DraftBudget:
    """Sources of 2 000 万: own tax and a transfer; 1 800 万 of departments, reserve, transfer, held."""
    base = approval.DraftBudget(
        CITY, YEAR, "鄂尔多斯市本级 2022 年预算（草案）",
        sources=(Source("111", "1010101", 1_500 * WAN), Source("111", "1100202", 500 * WAN, "transfer")),
        transfers=(Spending("111", 100 * WAN, tp_func_code="2300202"),),
        held=(Spending("111", 50 * WAN, exp_func_code="2050202"),),
        reserve_fen=40 * WAN,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def to_congress(conn: psycopg.Connection, drafted: approval.DraftBudget, on: date = date(2022, 1, 10)) -> str:
    """Make, review, submit."""
    approval.make_draft(conn, drafted, by="maker", on=on)
    approval.review_draft(conn, drafted.doc_key, by="reviewer", on=on)
    approval.submit_draft(conn, drafted.doc_key, by="approver", on=on)
    return drafted.doc_key


def resolution(**changes: object) -> approval.Resolution:
    """The congress's resolution."""
    base = approval.Resolution(CITY, YEAR, "鄂人决〔2022〕3号", "关于批准2022年预算的决议", ADOPTED)
    return replace(base, **changes)  # type: ignore[arg-type]


def approve(conn: psycopg.Connection) -> None:
    """From nothing to an approved budget, whose transfer was told early by a document."""
    two_ups(conn)
    to_congress(conn, budget())
    approval.approve_budgets(conn, [resolution()], by="congress", on=ADOPTED)
    told = transfers.SourceDocument(
        "内财预〔2021〕98号", CITY, YEAR, "111", date(2021, 12, 1), "提前下达",
        (transfers.SourceLine(1, "1100202", 500 * WAN),), is_advance=True, is_budgeted=True,
    )  # fmt: skip
    transfers.receive(conn, [told], by="granted", reviewed_by="grants", on=ADOPTED)
