"""The project library (项目库): declare, review, enter, roll over.

A project is declared for one year with the goals it is held to; the department reviews it, the
business office audits amount and goals, and only then it is in the library and may be budgeted
(预算法实施条例第四十一条). Without goals it does not get in. A year later what continues is rolled over:
declared again for the new year with its goals, and reviewed again, because its amount is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final

import psycopg

from fisc.budget.kinds import INDICATORS, LIBRARY_PROJECT
from fisc.budget.services.lines import Whole, line_of, make_whole, revise_whole, row_of
from fisc.budget.services.refusals import fresh, require_none
from fisc.documents import advance, findings, lines_of, move, read, taken
from fisc.documents.fitting import Used, require_fitting
from fisc.documents.inputs import OneOf
from fisc.documents.lines import digest
from fisc.documents.store import By
from fisc.kernel import Coding
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, elements
from fisc.registry.fit_terms import project_misfits
from fisc.registry.fit_types import State
from fisc.registry.limits import limit
from fisc.registry.value_lists import values

if TYPE_CHECKING:
    from fisc.budget.models import LibraryProject, PerformanceIndicator

RULE: Final = "预算法实施条例第四十一条：项目支出实行项目库管理"
GOALS_RULE: Final = f"{RULE}；没有绩效目标不得入库"

#: First-level indicators (output, benefit, satisfaction, cost), and those no project goes without.
GOAL_KINDS: Final[Mapping[str, str]] = values()["kpi_lv1"]
_NEEDED_KINDS: Final = tuple(values()["kpi_lv1_needed"])
PROJECT_KINDS: Final[Mapping[str, str]] = {"001": "一次性项目", "002": "经常性项目", "003": "阶段性项目"}
PROJECT_CLASSES: Final[Mapping[str, str]] = values()["pro_class"]
PHASED: Final = "003"
DIRECTIONS: Final[Mapping[str, str]] = {"1": "越大越好", "2": "越小越好", "3": "定性"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """A performance indicator. `direction`: 1 more is better, 2 less is better, 3 qualitative.

    `weight_bp` is its share of all weights in 1/10000; those of a project sum to 10 000 (100 points).
    """

    kpi_lv1: Annotated[str, OneOf(GOAL_KINDS)]
    kpi_lv2: str
    kpi_lv3: str
    kpi_val: str
    weight_bp: int
    direction: Annotated[str, OneOf(DIRECTIONS)] = "1"
    kpi_evalstd: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A project as a unit declares it for one year. Amounts in fen.

    `pro_kind_code` 001 一次性, 002 经常性, 003 阶段性 (then `last_year` is given); `pro_class`
    personnel, operating or specific.
    """

    mof_div_code: str
    fiscal_year: int
    pro_code: str
    name: str
    agency_code: str
    dept_code: str
    pro_kind_code: Annotated[str, OneOf(PROJECT_KINDS)]
    pro_class: Annotated[str, OneOf(PROJECT_CLASSES)]
    fund_type_code: str
    exp_func_code: str
    apply_up_fen: int
    goal: str = ""
    indicators: tuple[Indicator, ...] = ()
    basis: str = ""
    manage_mof_dep_code: str = ""
    first_year: int | None = None
    last_year: int | None = None
    total_fen: int = 0
    theme_codes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def doc_key(self) -> str:
        """Natural key: region, year, project."""
        return project_key(self.mof_div_code, self.fiscal_year, self.pro_code)


def project_key(mof_div_code: str, fiscal_year: int, pro_code: str) -> str:
    """The document key of a project in a year."""
    return f"{mof_div_code}-{fiscal_year}-{pro_code}"


def declare_projects(
    conn: psycopg.Connection[Any], declarations: Sequence[Declaration], *, by: By, on: date
) -> list[bool]:
    """申报: make declarations (duty unit_make); True for each that is new. All or nothing.

    Raises RuleBroken naming every declaration with an unknown kind, class or functional code, an
    amount that is not positive, or a phased project without its last year; DisabledElement where the
    agency is not in use. Goals may be completed later, but nothing enters the library without them.
    """
    _require_sound(declarations)
    return in_transaction(conn, lambda: _declare(conn, declarations, by, on, rolled_from={}))


def declare_rolled(
    conn: psycopg.Connection[Any],
    declarations: Sequence[Declaration],
    rolled_from: Mapping[str, str],
    *,
    by: By,
    on: date,
) -> list[bool]:
    """`declare_projects` for what continues: `rolled_from` names the declaration of the year before."""
    _require_sound(declarations)
    return in_transaction(conn, lambda: _declare(conn, declarations, by, on, rolled_from))


def _declare(
    conn: psycopg.Connection[Any],
    declarations: Sequence[Declaration],
    by: By,
    on: date,
    rolled_from: Mapping[str, str],
) -> list[bool]:
    is_new = make_whole(conn, LIBRARY_PROJECT, [_whole(d, rolled_from) for d in declarations], by=by, on=on)
    _require_usable(conn, fresh(declarations, is_new))
    _require_fitting(conn, fresh(declarations, is_new), on)
    return is_new


def _whole(d: Declaration, rolled_from: Mapping[str, str]) -> Whole:
    """The declaration as it is kept. Its indicators are digested with it: other goals are other content."""
    row = row_of(d, "indicators", "pro_code") | {
        "declared_pro_code": d.pro_code,
        "first_year": d.first_year or d.fiscal_year,
        "total_fen": d.total_fen or d.apply_up_fen,
        "goals_digest": digest((d.goal, *d.indicators)),
        "rolled_from": rolled_from.get(d.doc_key, ""),
    }
    return Whole(row, [line_of(indicator) for indicator in d.indicators])


def _require_usable(conn: psycopg.Connection[Any], declarations: Sequence[Declaration]) -> None:
    for (region, year), group in _by_place(declarations).items():
        elements.require_usable(
            conn, year, region, agency_codes=sorted({d.agency_code for d in group}),
            theme_codes=sorted({code for d in group for code in d.theme_codes}),
            tag_codes=sorted({code for d in group for code in d.tags}),
        )  # fmt: skip


def _require_fitting(conn: psycopg.Connection[Any], declarations: Sequence[Declaration], on: date) -> None:
    """Fund, class and each theme of a project fit: what would be no quota gets into no library."""
    used = [
        Used(d.doc_key, f"项目 {d.pro_code}", coding, d.apply_up_fen, State.PROJECT)
        for d in declarations
        for theme in d.theme_codes or ("",)
        for coding in [Coding(d.fiscal_year, d.mof_div_code, d.fund_type_code, d.agency_code, d.dept_code,
                              d.pro_code, exp_func_code=d.exp_func_code, theme_code=theme,
                              manage_mof_dep_code=d.manage_mof_dep_code)]
    ]  # fmt: skip
    findings.record(conn, require_fitting(conn, used), on=on)


def _by_place(declarations: Iterable[Declaration]) -> dict[tuple[str, int], list[Declaration]]:
    places: dict[tuple[str, int], list[Declaration]] = {}
    for d in declarations:
        places.setdefault((d.mof_div_code, d.fiscal_year), []).append(d)
    return places


def _require_sound(declarations: Sequence[Declaration]) -> None:
    problems = [f"{d.pro_code} {d.name}：{why}" for d in declarations for why in _faults(d)]
    require_none("项目申报有误", problems, rule=RULE, hint="请按提示更正后重新申报")


def _faults(d: Declaration) -> Iterator[str]:
    if d.apply_up_fen <= 0:
        yield "申报金额应大于零"
    if d.pro_kind_code not in PROJECT_KINDS:
        yield f"没有项目期限 {d.pro_kind_code}（{'、'.join(PROJECT_KINDS)}）"
    if d.pro_class not in PROJECT_CLASSES:
        yield f"没有项目类别 {d.pro_class}（{'、'.join(PROJECT_CLASSES)}）"
    if d.last_year is not None and d.last_year < max(d.first_year or d.fiscal_year, d.fiscal_year):
        yield f"结束年度 {d.last_year} 早于开始年度或申报年度"
    block = Coding(d.fiscal_year, d.mof_div_code, d.fund_type_code, exp_func_code=d.exp_func_code)
    for misfit in project_misfits(block, d.pro_class, d.name):
        yield f"{misfit.what}（{misfit.rule}）"
    if d.pro_kind_code == PHASED and d.last_year is None:
        yield "阶段性项目须写明结束年度"
    if why := classifications.unknown("exp_func", d.exp_func_code, d.fiscal_year):
        yield why
    yield from _indicator_faults(d)


def _indicator_faults(d: Declaration) -> Iterator[str]:
    for i in d.indicators:
        if i.kpi_lv1 not in GOAL_KINDS:
            yield f"没有一级指标 {i.kpi_lv1}"
        if not 0 < i.weight_bp <= 10_000:
            yield f"指标“{i.kpi_lv3}”的权重应在 0 与 100 之间"


def review_projects(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date
) -> list[bool]:
    """部门审核 (duty dept_review). Raises RuleBroken naming every project whose goals are incomplete."""

    def work() -> list[bool]:
        reviewed = advance(conn, LIBRARY_PROJECT, doc_keys, "review", by=by, on=on)
        _require_goals(conn, reviewed)
        return taken(doc_keys, reviewed)

    return in_transaction(conn, work)


def _require_goals(conn: psycopg.Connection[Any], projects: Sequence[LibraryProject]) -> None:
    goals = lines_of(conn, INDICATORS, projects)
    problems = [
        f"{p.declared_pro_code} {p.name}：{why}"
        for p in sorted(projects, key=attrgetter("doc_key"))
        for why in _goal_faults(p, goals[p.doc_key])
    ]
    require_none(
        "绩效目标不完整", problems, rule=GOALS_RULE, hint="请补齐产出、效益、满意度指标，权重合计为 100"
    )


def _goal_faults(project: LibraryProject, indicators: Sequence[PerformanceIndicator]) -> Iterator[str]:
    kinds = {indicator.kpi_lv1 for indicator in indicators}
    missing = [GOAL_KINDS[kind] for kind in _NEEDED_KINDS if kind not in kinds]
    weight_bp = sum(indicator.weight_bp for indicator in indicators)
    wanted_bp = limit("goal_weight_total", project.fiscal_year) * 100
    if not project.goal:
        yield "没有填写年度绩效目标"
    if missing:
        yield f"缺少{'、'.join(missing)}"
    elif weight_bp != wanted_bp:
        yield f"指标权重合计 {weight_bp / 100:g}，应为 {wanted_bp / 100:g}"


@dataclass(frozen=True, slots=True)
class ProjectAudit:
    """What finance finds due of a declared project (fin_audit_money), in fen."""

    doc_key: str
    fin_audit_fen: int


def audit_projects(
    conn: psycopg.Connection[Any],
    audits: Sequence[ProjectAudit],
    *,
    by: By,
    on: date,
    note: str = "",
) -> list[bool]:
    """财政审核 (duty office_review).

    Raises RuleBroken naming every project found due more than it asked, or nothing.
    """
    keys, due_fen = [audit.doc_key for audit in audits], [audit.fin_audit_fen for audit in audits]

    def work() -> list[bool]:
        standing = read(conn, LIBRARY_PROJECT, keys)
        problems = [
            f"{p.declared_pro_code} {p.name} 申报 {format_fen(p.apply_up_fen)} 元，审核 {format_fen(fen)} 元"
            for p, fen in zip(standing, due_fen, strict=True)
            if p.state == "reviewed" and not 0 < fen <= p.apply_up_fen
        ]
        require_none(
            "审核金额应大于零且不超过申报金额",
            problems,
            rule=RULE,
            hint="不予安排的项目请退回；增加金额请重新申报",
        )
        changes = {"fin_audit_fen": due_fen}
        return move(conn, LIBRARY_PROJECT, keys, "audit", by=by, on=on, note=note, changes=changes)

    return in_transaction(conn, work)


def enter_projects(conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """入库 (duty budget_review): the project may now be budgeted, and is known to the registry.

    Raises RuleBroken for incomplete goals (also in the database: no goals, no entry), DisabledElement
    where agency, themes or tags are not in use, DuplicateConflict where the registry knows the
    project of that year otherwise.
    """

    def work() -> list[bool]:
        # before the database asks: it names no more than the key
        _require_goals(conn, read(conn, LIBRARY_PROJECT, doc_keys))
        entered = advance(conn, LIBRARY_PROJECT, doc_keys, "enter", by=by, on=on)
        officer = by if isinstance(by, str) else by[0]
        known = [_element(project) for project in entered]
        elements.define_projects(conn, known, by=officer, on=on, duty="budget_review")
        return taken(doc_keys, entered)

    return in_transaction(conn, work)


def _element(p: LibraryProject) -> elements.Project:
    return elements.Project(
        p.fiscal_year, p.mof_div_code, p.declared_pro_code, p.name, p.agency_code,
        pro_kind_code=p.pro_kind_code, theme_codes=tuple(p.theme_codes), tags=tuple(p.tags),
    )  # fmt: skip


def return_projects(
    conn: psycopg.Connection[Any],
    doc_keys: Sequence[str],
    *,
    by: By,
    on: date,
    note: str,
    is_finance: bool = False,
) -> list[bool]:
    """退回 to the unit with a reason: by the department, or by finance (duty office_review)."""
    code = "finance_back" if is_finance else "back"
    return move(conn, LIBRARY_PROJECT, doc_keys, code, by=by, on=on, note=note)


def redeclare_projects(
    conn: psycopg.Connection[Any], declarations: Sequence[Declaration], *, by: By, on: date
) -> list[bool]:
    """重新申报 what was returned: amount, goals and texts change; the key, the unit and the kind stay.

    The earlier goals are kept under their revision. Raises RuleBroken as `declare_projects`, WrongState
    for what was not returned.
    """
    _require_sound(declarations)

    def work() -> list[bool]:
        wholes = [_whole(d, {}) for d in declarations]
        redeclared = revise_whole(conn, LIBRARY_PROJECT, wholes, "redeclare", by=by, on=on)
        is_new = taken([d.doc_key for d in declarations], redeclared)
        _require_usable(conn, fresh(declarations, is_new))
        _require_fitting(conn, fresh(declarations, is_new), on)
        return is_new

    return in_transaction(conn, work)


def retire_projects(
    conn: psycopg.Connection[Any], doc_keys: Sequence[str], *, by: By, on: date, note: str
) -> list[bool]:
    """出库 (duty office_review), with the reason: the project is no longer proposed."""
    return move(conn, LIBRARY_PROJECT, doc_keys, "retire", by=by, on=on, note=note)
