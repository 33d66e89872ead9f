"""Two ups and two downs: what agrees goes on, what does not is named."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from fisc.budget.checks.preparation import CHECKS
from fisc.budget.services import controls, needs, preparation
from fisc.budget.services.controls import ControlLine
from fisc.budget.services.needs import Need
from fisc.budget.services.preparation import BudgetLine, Proposal
from fisc.documents import RuleBroken, WrongState
from fisc.kernel import DuplicateConflict
from tests.budget.region import (
    AUTUMN,
    CITY,
    EDUCATION,
    HEALTH,
    WAN,
    YEAR,
    accept,
    control,
    declaration,
    education,
    enter_needs,
    give_controls,
    grant,
    health,
    into_library,
    project,
    two_ups,
    wages,
)


def _submit(settled: psycopg.Connection, proposal: Proposal) -> list[bool]:
    preparation.make_proposals(settled, [proposal], by="unit", on=AUTUMN)
    return preparation.submit_proposals(settled, [proposal.doc_key], by="dept", on=AUTUMN)


def _with(proposal: Proposal, *lines: BudgetLine) -> Proposal:
    return Proposal.of(CITY, YEAR, proposal.dept_code, proposal.round_no, (*proposal.lines, *lines))


def test_two_ups_and_two_downs(settled: psycopg.Connection) -> None:
    two_ups(settled)
    two_ups(settled)  # all of it again changes nothing
    states = settled.execute("select round, state, count(*) from budget_proposal group by 1, 2").fetchall()
    assert sorted(states) == [(1, "accepted", 2), (2, "accepted", 2)]
    passed = preparation.proposal_checks(settled, [education(2).doc_key, health(2).doc_key])
    assert all(result.is_passed for result in passed)
    assert {result.check.code for result in passed} == {c.code for c in CHECKS} - {"GJ09"}


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"income_fen": 1}, "GJ01"),
        ({"income_fen": 1}, "GJ03"),
        ({"outlay_fen": 1}, "GJ02"),
        ({"outlay_fen": 1}, "GJ04"),
        ({"basic_fen": 1}, "GJ05"),
        ({"project_fen": 1}, "GJ06"),
    ],
)
def test_totals_that_do_not_agree_are_named(
    settled: psycopg.Connection, stated: dict[str, int], code: str
) -> None:
    wrong = replace(health(1), **stated)  # type: ignore[arg-type]
    with pytest.raises(RuleBroken, match=f"{HEALTH} {code}") as refused:
        _submit(settled, wrong)
    assert "勾稽" in refused.value.rule
    assert settled.execute("select state from budget_proposal").fetchall() == [("drafted",)]


def test_each_fund_balances_for_itself(settled: psycopg.Connection) -> None:
    """The totals agree, but land money pays wages."""
    shifted = [
        replace(line, fund_type_code="121") if line.side == "income" else line for line in health(1).lines
    ]
    with pytest.raises(RuleBroken, match="GJ07（资金性质 111）"):
        _submit(settled, Proposal.of(CITY, YEAR, HEALTH, 1, shifted))


def test_a_project_outside_the_library_is_not_budgeted(settled: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match=r"GJ08（项目 P1 单位 101001）：安排 1,000,000\.00 元，应不超过"):
        _submit(settled, education(1))
    into_library(settled, [declaration()])
    assert preparation.submit_proposals(settled, [education(1).doc_key], by="dept", on=AUTUMN) == [True]


def test_a_project_gets_no_more_than_its_audit(settled: psycopg.Connection) -> None:
    into_library(settled, [declaration(apply_up_fen=99 * WAN)])
    with pytest.raises(RuleBroken, match="GJ08"):
        _submit(settled, education(1))


def test_money_for_another_departments_unit_is_named(settled: psycopg.Connection) -> None:
    stranger = _with(health(1), grant("101001", WAN), wages(HEALTH, "101001", WAN))
    with pytest.raises(RuleBroken, match="GJ09（单位 101001）"):
        _submit(settled, stranger)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (replace(wages(HEALTH, "102001", WAN), exp_func_code="2100299x"), "没有支出功能分类 2100299x"),
        (replace(wages(HEALTH, "102001", WAN), exp_func_code="21002"), "21002（其下有 .*） 未列至末级"),
        (replace(wages(HEALTH, "102001", WAN), dep_bgt_eco_code="39999x"), "没有部门预算支出经济分类"),
        (replace(project(HEALTH, "102001", WAN), pro_code=""), "没有预算项目"),
        (replace(wages(HEALTH, "102001", WAN), amount_fen=0), "金额应大于零"),
        (replace(wages(HEALTH, "102001", WAN), kind="gift"), "支出没有类别“gift”"),
        (wages(HEALTH, "102001", WAN), "要素相同，请合并"),
    ],
)
def test_lines_that_cannot_be_a_quota_are_not_taken(
    settled: psycopg.Connection, line: BudgetLine, why: str
) -> None:
    with pytest.raises(RuleBroken, match=why):
        preparation.make_proposals(settled, [_with(health(1), line)], by="unit", on=AUTUMN)
    assert settled.execute("select count(*) from budget_proposal_line").fetchone() == (0,)


def test_the_second_up_waits_for_control_totals(settled: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match=r"控制数尚未下达.*102"):
        preparation.make_proposals(settled, [health(2)], by="unit", on=AUTUMN)


def test_control_totals_wait_for_the_first_up(settled: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match=r"一上预算尚未审定.*102"):
        give_controls(settled, [control(HEALTH, 500 * WAN)])
    accept(settled, [health(1)])
    give_controls(settled, [control(HEALTH, 500 * WAN)])


def test_the_second_up_stays_within_control_totals(settled: psycopg.Connection) -> None:
    accept(settled, [health(1)])
    give_controls(settled, [control(HEALTH, 500 * WAN - 1)])
    with pytest.raises(RuleBroken, match="GJ10（资金性质 111 功能类 210）") as refused:
        _submit(settled, health(2))
    assert "5,000,000.00" in refused.value.message and "4,999,999.99" in refused.value.message


def test_control_totals_that_are_raised_let_it_through(settled: psycopg.Connection) -> None:
    accept(settled, [health(1)])
    small = control(HEALTH, 400 * WAN)
    give_controls(settled, [small])
    preparation.make_proposals(settled, [health(2)], by="unit", on=AUTUMN)
    controls.return_controls(settled, [small.doc_key], by="approver", on=AUTUMN, note="财力增加")
    raised = control(HEALTH, 500 * WAN)
    controls.revise_controls(settled, [raised], by="maker", on=AUTUMN)
    controls.review_controls(settled, [raised.doc_key], by="reviewer", on=AUTUMN)
    controls.issue_controls(settled, [raised.doc_key], by="approver", on=AUTUMN)
    assert preparation.submit_proposals(settled, [health(2).doc_key], by="dept", on=AUTUMN) == [True]
    amounts = settled.execute("select revision, amount_fen from budget_control_line order by 1").fetchall()
    assert amounts == [(1, 400 * WAN), (2, 500 * WAN)]


@pytest.mark.parametrize(
    "lines",
    [
        (ControlLine("111", "2100201", WAN),),
        (ControlLine("111", "210", 0),),
        (ControlLine("111", "210", WAN), ControlLine("111", "210", WAN)),
    ],
)
def test_control_totals_are_by_fund_and_class(
    settled: psycopg.Connection, lines: tuple[ControlLine, ...]
) -> None:
    with pytest.raises(RuleBroken, match="控制数有误"):
        controls.make_controls(settled, [replace(control(HEALTH, 1), lines=lines)], by="maker", on=AUTUMN)


# ---- 三保


def test_a_budget_short_of_basic_needs_is_not_submitted(settled: psycopg.Connection) -> None:
    enter_needs(settled, [
        Need(CITY, YEAR, "003001", 430 * WAN, HEALTH),
        Need(CITY, YEAR, "003002", 60 * WAN, HEALTH),
        Need(CITY, YEAR, "003002", 20 * WAN, HEALTH, standard="local"),
    ])  # fmt: skip
    with pytest.raises(RuleBroken) as refused:
        _submit(settled, health(1))
    assert (
        "102 保运转：测算需求 800,000.00 元，预算安排 700,000.00 元，缺 100,000.00 元"
        in refused.value.message
    )
    assert "国家标准" not in refused.value.message  # the local part bears the shortfall first
    assert "保工资" not in refused.value.message


def test_a_shortfall_of_the_national_standard_is_named(settled: psycopg.Connection) -> None:
    enter_needs(settled, [
        Need(CITY, YEAR, "003002", 75 * WAN, HEALTH), Need(CITY, YEAR, "003002", WAN, HEALTH, "local"),
    ])  # fmt: skip
    with pytest.raises(RuleBroken, match=r"缺 60,000\.00 元，其中国家标准部分缺 50,000\.00 元"):
        _submit(settled, health(1))


def test_a_need_binds_once_it_is_reviewed_and_until_it_is_revised(settled: psycopg.Connection) -> None:
    too_much = Need(CITY, YEAR, "003001", 999 * WAN, HEALTH)
    preparation.make_proposals(settled, [health(1)], by="unit", on=AUTUMN)
    enter_needs(settled, [too_much])
    with pytest.raises(RuleBroken, match="保工资"):
        preparation.submit_proposals(settled, [health(1).doc_key], by="dept", on=AUTUMN)
    needs.return_needs(settled, [too_much.doc_key], by="reviewer", on=AUTUMN, note="人数有误")
    needs.revise_needs(settled, [replace(too_much, amount_fen=430 * WAN)], by="maker", on=AUTUMN)
    needs.review_needs(settled, [too_much.doc_key], by="reviewer", on=AUTUMN)
    assert preparation.submit_proposals(settled, [health(1).doc_key], by="dept", on=AUTUMN) == [True]
    [covered] = needs.coverage(settled, CITY, YEAR, round_no=1)
    assert (covered.need_fen, covered.budget_fen, covered.gap_fen) == (430 * WAN, 430 * WAN, 0)


def test_control_totals_leave_room_for_basic_needs(settled: psycopg.Connection) -> None:
    enter_needs(settled, [Need(CITY, YEAR, "003001", 430 * WAN, HEALTH)])
    accept(settled, [health(1)])
    with pytest.raises(RuleBroken, match=r"控制数不足以安排“三保”.*102"):
        give_controls(settled, [control(HEALTH, 429 * WAN)])


def test_needs_of_unknown_tags_are_refused(settled: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match="003009"):
        needs.enter_needs(settled, [Need(CITY, YEAR, "003009", WAN)], by="maker", on=AUTUMN)


# ---- returned and revised


def test_a_returned_budget_is_revised_and_keeps_its_first_lines(settled: psycopg.Connection) -> None:
    first = health(1)
    _submit(settled, first)
    preparation.return_proposals(settled, [first.doc_key], by="office", on=AUTUMN, note="压减公用经费")
    cut = Proposal.of(CITY, YEAR, HEALTH, 1, [*first.lines[:4], grant("102002", WAN), *first.lines[4:]])
    with pytest.raises(RuleBroken, match="GJ01"):
        preparation.revise_proposals(settled, [cut], by="unit", on=AUTUMN)
        preparation.submit_proposals(settled, [cut.doc_key], by="dept", on=AUTUMN)
    lines = settled.execute(
        "select revision, count(*) from budget_proposal_line group by 1 order by 1"
    ).fetchall()
    assert lines == [(1, 6), (2, 7)]


def test_a_step_that_was_taken_is_not_judged_again(settled: psycopg.Connection) -> None:
    """The same call again changes nothing, also when meanwhile it would be refused."""
    accept(settled, [health(1)])
    given = control(HEALTH, 500 * WAN)
    give_controls(settled, [given])
    preparation.make_proposals(settled, [health(2)], by="unit", on=AUTUMN)
    preparation.submit_proposals(settled, [health(2).doc_key], by="dept", on=AUTUMN)
    controls.return_controls(settled, [given.doc_key], by="approver", on=AUTUMN, note="数字有误请重核")
    assert preparation.make_proposals(settled, [health(2)], by="unit", on=AUTUMN) == [False]
    assert preparation.submit_proposals(settled, [health(2).doc_key], by="dept", on=AUTUMN) == [False]
    preparation.review_proposals(settled, [health(2).doc_key], by="office", on=AUTUMN)
    with pytest.raises(RuleBroken, match="GJ10"):  # no control totals are in force
        preparation.accept_proposals(settled, [health(2).doc_key], by="reviewer", on=AUTUMN)


def test_the_same_budget_is_made_once(settled: psycopg.Connection) -> None:
    assert preparation.make_proposals(settled, [health(1)], by="unit", on=AUTUMN) == [True]
    assert preparation.make_proposals(settled, [health(1)], by="unit", on=AUTUMN) == [False]
    with pytest.raises(DuplicateConflict):
        preparation.make_proposals(settled, [_with(health(1), grant("102001", 1))], by="unit", on=AUTUMN)
    assert settled.execute("select count(*) from budget_proposal_line").fetchone() == (6,)


def test_what_is_accepted_can_be_reopened_before_the_congress(settled: psycopg.Connection) -> None:
    [key] = accept(settled, [health(1)])
    with pytest.raises(WrongState):
        preparation.return_proposals(settled, [key], by="office", on=AUTUMN, note="请再改一遍再报")
    assert preparation.reopen_proposals(settled, [key], by="reviewer", on=AUTUMN, note="财力变化") == [True]


def test_nothing_is_stored_of_a_batch_with_one_wrong_budget(settled: psycopg.Connection) -> None:
    into_library(settled, [declaration()])
    wrong = replace(health(1), basic_fen=1)
    preparation.make_proposals(settled, [education(1), wrong], by="unit", on=AUTUMN)
    with pytest.raises(RuleBroken, match=HEALTH):
        preparation.submit_proposals(settled, [education(1).doc_key, wrong.doc_key], by="dept", on=AUTUMN)
    assert settled.execute("select distinct state from budget_proposal").fetchall() == [("drafted",)]
    assert EDUCATION not in str(settled.execute("select dept_code from budget_control").fetchall())
