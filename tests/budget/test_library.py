"""The project library: declared with goals, reviewed by two, entered; rolled over into the next year."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from fisc.budget.kinds import LIBRARY_PROJECT
from fisc.budget.services import library
from fisc.budget.services.library import Indicator
from fisc.budget.services.rolling import AskedAgain, RollOver, roll_over_projects
from fisc.documents import FourEyes, MissingDuty, RuleBroken, WrongState, define_officers, read
from fisc.kernel import DuplicateConflict, FiscError
from fisc.registry import elements
from fisc.registry.officers import Officer
from tests.budget.region import AUTUMN, CITY, GOALS, WAN, YEAR, declaration, into_library


def _states(settled: psycopg.Connection) -> dict[str, str]:
    return dict(settled.execute("select declared_pro_code, state from budget_library_project").fetchall())


def test_a_project_goes_through_both_reviews_into_library_and_registry(settled: psycopg.Connection) -> None:
    [key] = into_library(settled, [declaration(tags=("003003",))])
    [row] = read(settled, LIBRARY_PROJECT, [key])
    assert (row.state, row.fin_audit_fen, row.first_year) == ("in_library", 100 * WAN, YEAR)
    assert [step[0] for step in row.trail] == ["make", "review", "audit", "enter"]
    elements.require_usable(settled, YEAR, CITY, pro_codes=["P1"])
    assert into_library(settled, [declaration(tags=("003003",))]) == [key]  # again changes nothing


@pytest.mark.parametrize(
    ("indicators", "missing"),
    [
        ((), "产出指标、效益指标、满意度指标"),
        (GOALS[:2], "满意度指标"),
        ((*GOALS[:2], replace(GOALS[2], weight_bp=1_000)), "90"),
    ],
)
def test_no_goals_no_entry(
    settled: psycopg.Connection, indicators: tuple[Indicator, ...], missing: str
) -> None:
    bad = declaration(indicators=indicators)
    library.declare_projects(settled, [bad], by="unit", on=AUTUMN)
    with pytest.raises(RuleBroken, match=missing) as refused:
        library.review_projects(settled, [bad.doc_key], by="dept", on=AUTUMN)
    assert "第四十一条" in refused.value.rule
    assert _states(settled) == {"P1": "declared"}


def test_the_database_lets_nothing_into_the_library_without_goals(settled: psycopg.Connection) -> None:
    """Whatever code asks for the step: the service's own check is left out here."""
    bad = declaration(indicators=())
    library.declare_projects(settled, [bad], by="unit", on=AUTUMN)
    step = (
        "update budget_library_project set state = %s, "
        "trail = trail || jsonb_build_array(jsonb_build_array(%s::text, 1, %s::text, '2021-09-02', '')), "
        "known_at = known_at || ledger.clock()"
    )
    settled.execute(step, ["reviewed", "review", "dept"])
    settled.execute(step, ["audited", "audit", "office"])
    with pytest.raises(psycopg.Error, match="绩效目标"):
        settled.execute(step, ["in_library", "enter", "reviewer"])


def test_a_declaration_without_a_goal_in_words_is_named(settled: psycopg.Connection) -> None:
    library.declare_projects(settled, [declaration(goal="")], by="unit", on=AUTUMN)
    with pytest.raises(RuleBroken, match="P1 项目P1：没有填写年度绩效目标"):
        library.review_projects(settled, [declaration().doc_key], by="dept", on=AUTUMN)


def test_every_faulty_declaration_is_named_at_once(settled: psycopg.Connection) -> None:
    bad = [
        declaration("P1", apply_up_fen=0),
        declaration("P2", pro_kind_code="009"),
        declaration("P3", pro_kind_code="003"),
        declaration("P4", exp_func_code="9999999"),
        declaration("P5", pro_class="other"),
        declaration("P6"),
    ]
    with pytest.raises(RuleBroken) as refused:
        library.declare_projects(settled, bad, by="unit", on=AUTUMN)
    assert refused.value.details["refused"] == 5
    assert all(code in refused.value.message for code in ("P1", "P2", "P3", "P4", "P5"))
    assert _states(settled) == {}


@pytest.mark.parametrize("pro_class", ["personnel", "operating"])
@pytest.mark.parametrize("fund", ["112", "122"])
def test_debt_declares_no_project_of_staff_or_offices(
    settled: psycopg.Connection, fund: str, pro_class: str
) -> None:
    given = declaration(fund_type_code=fund, pro_class=pro_class)
    with pytest.raises(RuleBroken, match=r"不能用于.*类项目.*预算法第三十五条"):
        library.declare_projects(settled, [given], by="unit", on=AUTUMN)


def test_debt_declares_no_project_that_is_called_recurrent(settled: psycopg.Connection) -> None:
    given = declaration(fund_type_code="112", name="职工工资")
    with pytest.raises(RuleBroken, match=r"职工工资.*预算法第三十五条"):
        library.declare_projects(settled, [given], by="unit", on=AUTUMN)


def test_units_not_in_use_may_not_declare(settled: psycopg.Connection) -> None:
    with pytest.raises(FiscError, match="109009"):
        library.declare_projects(settled, [declaration(agency_code="109009")], by="unit", on=AUTUMN)


def test_the_same_project_is_declared_once(settled: psycopg.Connection) -> None:
    assert library.declare_projects(settled, [declaration()], by="unit", on=AUTUMN) == [True]
    assert library.declare_projects(settled, [declaration()], by="unit", on=AUTUMN) == [False]
    other_goals = declaration(indicators=(replace(GOALS[0], kpi_val="≥600"), *GOALS[1:]))
    with pytest.raises(DuplicateConflict):
        library.declare_projects(settled, [other_goals], by="unit", on=AUTUMN)


def test_finance_finds_no_more_due_than_was_asked(settled: psycopg.Connection) -> None:
    key = declaration().doc_key
    library.declare_projects(settled, [declaration()], by="unit", on=AUTUMN)
    library.review_projects(settled, [key], by="dept", on=AUTUMN)
    with pytest.raises(RuleBroken, match=r"申报 1,000,000\.00 元，审核 1,000,000\.01 元"):
        library.audit_projects(settled, [library.ProjectAudit(key, 100 * WAN + 1)], by="office", on=AUTUMN)
    library.audit_projects(settled, [library.ProjectAudit(key, 80 * WAN)], by="office", on=AUTUMN)
    assert read(settled, LIBRARY_PROJECT, [key])[0].fin_audit_fen == 80 * WAN


def test_who_declares_does_not_review(settled: psycopg.Connection) -> None:
    define_officers(settled, [Officer("both", "两岗", CITY, frozenset({"unit_make", "dept_review"}))])
    library.declare_projects(settled, [declaration()], by="both", on=AUTUMN)
    with pytest.raises(FourEyes):
        library.review_projects(settled, [declaration().doc_key], by="both", on=AUTUMN)
    with pytest.raises(MissingDuty):
        library.review_projects(settled, [declaration().doc_key], by="unit", on=AUTUMN)


def test_what_is_returned_is_declared_again_and_the_first_goals_are_kept(settled: psycopg.Connection) -> None:
    key = declaration().doc_key
    library.declare_projects(settled, [declaration()], by="unit", on=AUTUMN)
    library.return_projects(settled, [key], by="dept", on=AUTUMN, note="请压减一半再报")
    smaller = declaration(apply_up_fen=60 * WAN, indicators=(replace(GOALS[0], kpi_val="≥300"), *GOALS[1:]))
    library.redeclare_projects(settled, [smaller], by="unit", on=AUTUMN)
    [row] = read(settled, LIBRARY_PROJECT, [key])
    assert (row.apply_up_fen, row.revision, row.state) == (60 * WAN, 2, "declared")
    values = settled.execute(
        "select revision, kpi_val from budget_performance_indicator where kpi_no = 1 order by 1"
    ).fetchall()
    assert values == [(1, "≥500"), (2, "≥300")]
    library.review_projects(settled, [key], by="dept", on=AUTUMN)


def test_goals_stand_as_they_were_written(settled: psycopg.Connection) -> None:
    library.declare_projects(settled, [declaration()], by="unit", on=AUTUMN)
    with pytest.raises(psycopg.Error, match="不能修改"):
        settled.execute("update budget_performance_indicator set weight_bp = 1")


def test_rolling_over_takes_what_continues(settled: psycopg.Connection) -> None:
    into_library(settled, [
        declaration("P1", pro_kind_code="002"),
        declaration("P2", pro_kind_code="003", last_year=YEAR),
        declaration("P3", pro_kind_code="003", last_year=YEAR + 1),
        declaration("P4", pro_kind_code="001"),
    ])  # fmt: skip
    library.declare_projects(settled, [declaration("P5")], by="unit", on=AUTUMN)  # not in the library
    # what is funded and one-off is done with
    settled.execute(
        "update budget_library_project set state = 'funded', reply_amt_fen = 1, trail = trail || "
        "jsonb_build_array(jsonb_build_array('fund', 1, 'approver', '2022-03-01', '')), "
        "known_at = known_at || ledger.clock() where declared_pro_code = 'P4'"
    )
    asked = RollOver(CITY, YEAR, (AskedAgain("P3", 70 * WAN),))
    keys = [declaration(code, YEAR + 1).doc_key for code in ("P1", "P3")]
    assert roll_over_projects(settled, asked, by="unit", on=AUTUMN) == dict.fromkeys(keys, True)
    rows = read(settled, LIBRARY_PROJECT, keys)
    assert [(r.apply_up_fen, r.first_year, r.state) for r in rows] == [
        (100 * WAN, YEAR, "declared"), (70 * WAN, YEAR, "declared"),
    ]  # fmt: skip
    assert rows[0].rolled_from == declaration("P1").doc_key
    assert roll_over_projects(settled, RollOver(CITY, YEAR), by="unit", on=AUTUMN) == dict.fromkeys(
        keys, False
    )
    library.review_projects(settled, keys, by="dept", on=AUTUMN)  # the goals came along


def test_a_project_leaves_the_library_with_a_reason(settled: psycopg.Connection) -> None:
    [key] = into_library(settled, [declaration()])
    library.retire_projects(settled, [key], by="office", on=AUTUMN, note="政策到期")
    with pytest.raises(WrongState, match="已出库"):  # that step was taken, and is no longer true
        library.enter_projects(settled, [key], by="reviewer", on=AUTUMN)
    assert _states(settled) == {"P1": "retired"}
    with pytest.raises(WrongState):
        library.return_projects(settled, [key], by="dept", on=AUTUMN, note="请再改一遍再报")
    assert roll_over_projects(settled, RollOver(CITY, YEAR), by="unit", on=AUTUMN) == {}
