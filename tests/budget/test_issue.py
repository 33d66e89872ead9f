"""Approval and issue: sources cover spending, the congress approves, departments and units get quotas."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget.rules.approval import Source, Spending, class_coding, pool_coding
from fisc.budget.services import approval, controls, issue, preparation, quotas
from fisc.budget.services.issue import DepartmentIssue, UnitIssue
from fisc.budget.services.needs import Need
from fisc.budget.services.publications import Published, record_publications
from fisc.budget.terms import terms
from fisc.documents import RuleBroken, WrongState
from fisc.documents.accounts import EXECUTABLE, PENDING, SOURCE_PENDING, SPENDING
from fisc.kernel import QuotaShortfall, verify
from fisc.kernel.findings import Place
from fisc.registry import elements
from tests.budget.region import (
    ADOPTED,
    CITY,
    EDUCATION,
    HEALTH,
    WAN,
    YEAR,
    accept,
    approve,
    budget,
    control,
    education,
    enter_needs,
    give_controls,
    resolution,
    settle,
    to_congress,
    two_ups,
    wages,
)
from tests.papers import available

DRAFTED = date(2022, 1, 10)
ISSUED, UNITS_ISSUED = date(2022, 3, 10), date(2022, 3, 20)


def _issue(settled: psycopg.Connection, *depts: str, on: date = ISSUED) -> list[bool]:
    issues = [DepartmentIssue(CITY, YEAR, dept, f"鄂财预〔2022〕{dept}号") for dept in depts]
    return issue.issue_to_departments(
        settled, issues, by="maker", reviewed_by="office", approved_by="approver", on=on
    )


def _issue_units(settled: psycopg.Connection, *depts: str, on: date = UNITS_ISSUED) -> list[bool]:
    issues = [UnitIssue(CITY, YEAR, dept, f"{dept}预〔2022〕1号") for dept in depts]
    return issue.issue_to_units(
        settled, issues, department_by="dept", by="maker", reviewed_by="office", approved_by="approver", on=on
    )


def _lines(settled: psycopg.Connection, key: str) -> list[tuple[str, str, int]]:
    """(account, column, fen in 万元) of the entry of a natural key, in order."""
    rows = settled.execute(
        "select a.code, p.side, p.amount_fen * p.side from ledger.posting p "
        "join ledger.entry e on e.id = p.entry_id join ledger.account a on a.id = p.account_id "
        "where e.natural_key = %s order by p.line",
        [key],
    ).fetchall()
    return [(code, "借" if side == 1 else "贷", fen // WAN) for code, side, fen in rows]


# ---- the draft


def test_the_draft_is_what_departments_were_given_and_what_finance_adds(settled: psycopg.Connection) -> None:
    two_ups(settled)
    assert approval.make_draft(settled, budget(), by="maker", on=DRAFTED)
    assert not approval.make_draft(settled, budget(), by="maker", on=DRAFTED)
    sources, spending = approval.read_draft(settled, budget().doc_key)
    assert sources == list(budget().sources)
    assert spending == [
        Spending("111", 1_350 * WAN, exp_func_code="2050202"),  # 1 300 of education and 50 held
        Spending("111", 500 * WAN, exp_func_code="2100201"),
        Spending("111", 40 * WAN, exp_func_code="227"),
        Spending("111", 100 * WAN, tp_func_code="2300202"),
    ]


def test_the_draft_waits_for_every_second_up(settled: psycopg.Connection) -> None:
    two_ups(settled)
    preparation.reopen_proposals(
        settled, [education(2).doc_key], by="reviewer", on=DRAFTED, note="数字有误再核一遍"
    )
    with pytest.raises(RuleBroken, match="部门二上预算尚未审定：101"):
        approval.make_draft(settled, budget(), by="maker", on=DRAFTED)


@pytest.mark.parametrize(
    ("reserve_fen", "is_lawful"),
    [
        (0, False),
        (1850 * WAN // 100 - 1, False),
        (1850 * WAN // 100, True),
        (1850 * WAN * 3 // 100, True),
        (1850 * WAN * 3 // 100 + 1, False),
    ],
)
def test_the_reserve_is_one_to_three_percent_of_own_spending(
    settled: psycopg.Connection, reserve_fen: int, is_lawful: bool
) -> None:
    two_ups(settled)
    drafted = budget(reserve_fen=reserve_fen, transfers=())
    if is_lawful:
        to_congress(settled, drafted)
        return
    with pytest.raises(RuleBroken, match=r"应为 1% 至 3%，即 185,000\.00 至 555,000\.00 元") as refused:
        to_congress(settled, drafted)
    assert "第四十条" in refused.value.rule


def test_spending_beyond_sources_does_not_go_to_the_congress(settled: psycopg.Connection) -> None:
    two_ups(settled)
    poor = budget(sources=(Source("111", "1010101", 1_990 * WAN - 1),))
    with pytest.raises(RuleBroken, match=r"资金性质 111 一般公共预算资金 缺 0\.01 元") as refused:
        to_congress(settled, poor)
    assert "第三十五条" in refused.value.rule


def test_the_draft_waits_for_basic_needs_of_the_whole_region(settled: psycopg.Connection) -> None:
    two_ups(settled)
    enter_needs(settled, [Need(CITY, YEAR, "003002", 300 * WAN)])
    with pytest.raises(RuleBroken, match="全区划保运转：测算需求 3,000,000"):
        to_congress(settled, budget())


def test_the_draft_follows_budgets_that_were_reopened(settled: psycopg.Connection) -> None:
    two_ups(settled)
    approval.make_draft(settled, budget(), by="maker", on=DRAFTED)
    approval.review_draft(settled, budget().doc_key, by="reviewer", on=DRAFTED)
    key = education(2).doc_key
    preparation.reopen_proposals(settled, [key], by="reviewer", on=DRAFTED, note="需要增加一个项目")
    controls.return_controls(
        settled, [control(EDUCATION, 1).doc_key], by="approver", on=DRAFTED, note="需要增加一个项目"
    )
    raised = control(EDUCATION, 1_301 * WAN)
    controls.revise_controls(settled, [raised], by="maker", on=DRAFTED)
    controls.review_controls(settled, [raised.doc_key], by="reviewer", on=DRAFTED)
    controls.issue_controls(settled, [raised.doc_key], by="approver", on=DRAFTED)
    more = replace(wages(EDUCATION, "101001", WAN), dep_bgt_eco_code="30102")
    lines = [*education(2).lines, replace(education(2).lines[0], amount_fen=WAN), more]
    preparation.revise_proposals(
        settled, [preparation.Proposal.of(CITY, YEAR, EDUCATION, 2, lines)], by="unit", on=DRAFTED
    )
    with pytest.raises(RuleBroken, match="尚未审定"):
        approval.submit_draft(settled, budget().doc_key, by="approver", on=DRAFTED)
    preparation.submit_proposals(settled, [key], by="dept", on=DRAFTED)
    preparation.review_proposals(settled, [key], by="office", on=DRAFTED)
    preparation.accept_proposals(settled, [key], by="reviewer", on=DRAFTED)
    small = budget(held=())
    approval.return_draft(settled, small.doc_key, by="approver", on=DRAFTED, note="数字有误请重编")
    approval.revise_draft(settled, small, by="maker", on=DRAFTED)
    approval.review_draft(settled, small.doc_key, by="reviewer", on=DRAFTED)
    assert approval.submit_draft(settled, small.doc_key, by="approver", on=DRAFTED)
    _, spending = approval.read_draft(settled, small.doc_key)
    assert spending[0] == Spending("111", 1_301 * WAN, exp_func_code="2050202")


# ---- the congress


def test_approval_posts_sources_and_classes(approved: psycopg.Connection) -> None:
    """36-01 in full: own revenue and a transfer into the pool, the pool into 9201 and 9202."""
    key = f"draft:{CITY}-{YEAR}-budget:approve"
    assert _lines(approved, key) == [
        ("9101", "借", 1_500), ("9200", "贷", 1_500),
        ("9102", "借", 500), ("9200", "贷", 500),
        ("9200", "借", 1_350), ("9201", "贷", 1_350),
        ("9200", "借", 500), ("9201", "贷", 500),
        ("9200", "借", 40), ("9201", "贷", 40),
        ("9200", "借", 100), ("9202", "贷", 100),
    ]  # fmt: skip
    [row] = approved.execute(
        "select e.business_date, e.rule_code, e.summary, e.source_ref, d.natural_key from ledger.entry e "
        "join ledger.document d on d.id = e.document_id where e.natural_key = %s", [key]
    ).fetchall()  # fmt: skip
    assert row[:2] == (ADOPTED, "36-01")
    assert row[3:] == ("鄂人决〔2022〕3号", f"draft:{CITY}-{YEAR}-budget")
    assert available(approved, SOURCE_PENDING, pool_coding(YEAR, CITY, "111")) == 10 * WAN
    assert available(approved, SPENDING, class_coding(YEAR, CITY, "111", "2050202")) == 1_350 * WAN
    assert available(approved, SPENDING, class_coding(YEAR, CITY, "111", "227")) == 40 * WAN


def test_approving_again_changes_nothing(approved: psycopg.Connection) -> None:
    before = approved.execute("select count(*) from ledger.entry").fetchone()
    again = approval.approve_budgets(approved, [resolution()], by="congress", on=ADOPTED)
    assert again == [False]
    assert approved.execute("select count(*) from ledger.entry").fetchone() == before


def test_only_what_was_submitted_is_approved(settled: psycopg.Connection) -> None:
    two_ups(settled)
    approval.make_draft(settled, budget(), by="maker", on=DRAFTED)
    with pytest.raises(WrongState):
        approval.approve_budgets(settled, [resolution()], by="congress", on=ADOPTED)
    assert settled.execute("select count(*) from ledger.entry").fetchone() == (0,)


@pytest.mark.parametrize("change", [{"resolution_no": ""}, {"title": ""}, {"adopted_on": date(2022, 2, 21)}])
def test_a_resolution_has_number_name_and_day(settled: psycopg.Connection, change: dict[str, object]) -> None:
    with pytest.raises(RuleBroken, match="决议"):
        approval.approve_budgets(settled, [resolution(**change)], by="congress", on=ADOPTED)


@pytest.mark.parametrize("day", [date(2021, 9, 30), date(2023, 1, 1)])
def test_a_budget_is_adopted_in_its_year_or_at_the_end_of_the_one_before(
    settled: psycopg.Connection, day: date
) -> None:
    two_ups(settled)
    drafted = min(day, date(2022, 1, 10))
    to_congress(settled, budget(), on=max(drafted, date(2021, 12, 20)))
    with pytest.raises(RuleBroken, match=f"2022 年预算的人大决议日期是 {day}"), settled.transaction():
        approval.approve_budgets(settled, [resolution(adopted_on=day)], by="congress", on=date(2023, 1, 9))
    assert settled.execute("select count(*) from ledger.entry").fetchone() == (0,)


def test_a_budget_adopted_before_its_year_stands_in_the_books_of_its_year(
    settled: psycopg.Connection,
) -> None:
    two_ups(settled)
    day = date(2021, 12, 28)
    to_congress(settled, budget(), on=date(2021, 12, 20))
    with pytest.raises(RuleBroken, match="年份晚于单据的日期 2021-12-28"), settled.transaction():
        approval.approve_budgets(settled, [resolution(adopted_on=day)], by="congress", on=day)
    adopted = resolution(adopted_on=day, resolution_no="鄂人决〔2021〕3号")
    approval.approve_budgets(settled, [adopted], by="congress", on=day)
    said = settled.execute("select distinct period, business_date from ledger.entry").fetchall()
    assert said == [(202201, day)]
    assert available(settled, SPENDING, class_coding(YEAR, CITY, "111", "2050202")) == 1_350 * WAN


def test_after_approval_departments_budgets_stand(approved: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match="不能再改"):
        preparation.reopen_proposals(
            approved, [education(2).doc_key], by="reviewer", on=ADOPTED, note="太迟了请尽早办"
        )


# ---- issue


def test_no_issue_before_the_congress(settled: psycopg.Connection) -> None:
    two_ups(settled)
    with pytest.raises(RuleBroken, match=f"尚未经人代会批准，不能批复：{CITY} 2022 年"):
        _issue(settled, EDUCATION)


def test_issue_to_departments_moves_classes_into_pending_quotas(approved: psycopg.Connection) -> None:
    """36-02 in full."""
    assert _issue(approved, EDUCATION, HEALTH) == [True, True]
    assert _issue(approved, EDUCATION, HEALTH) == [False, False]
    assert _lines(approved, f"quota_document:{CITY}:2022:鄂财预〔2022〕101号:enter") == [
        ("9201", "借", 1_300), ("9301", "贷", 1_300),
    ]  # fmt: skip
    pending = f"{CITY}-{YEAR}-{EDUCATION}-D0001"
    assert quotas.quota_balances(approved, [pending])[pending].pending_fen == 1_300 * WAN
    left = available(approved, SPENDING, class_coding(YEAR, CITY, "111", "2050202"))
    assert left == 50 * WAN  # what finance holds for later
    [funded] = approved.execute("select state, reply_amt_fen from budget_library_project").fetchall()
    assert funded == ("funded", 100 * WAN)


def test_issue_to_units_makes_executable_quotas_with_all_elements(approved: psycopg.Connection) -> None:
    """36-03 in full."""
    _issue(approved, EDUCATION, HEALTH)
    assert _issue_units(approved, EDUCATION, HEALTH) == [True, True]
    assert _issue_units(approved, EDUCATION, HEALTH) == [False, False]
    lines = _lines(approved, f"quota_document:{CITY}:2022:101预〔2022〕1号:assign")
    assert {(code, side) for code, side, _ in lines} == {("9301", "借"), ("9302", "贷")}
    assert sum(fen for code, _, fen in lines if code == "9301") == 1_300
    assert sorted(fen for code, _, fen in lines if code == "9302") == [100, 100, 100, 400, 600]
    first = f"{CITY}-{YEAR}-{EDUCATION}-00003"  # the third line of the second up
    coding = quotas.quota_codings(approved, [first])[first]
    assert (coding.agency_code, coding.dept_code, coding.dep_bgt_eco_code) == ("101001", EDUCATION, "30101")
    assert (coding.is_unified_pay, coding.source_type_code) == ("1", "1")
    assert coding.cor_bgt_doc_no == "101预〔2022〕1号"
    assert available(approved, EXECUTABLE, coding) == 600 * WAN
    tags = approved.execute("select tags from budget_quota where bgt_id = %s", [first]).fetchone()
    assert tags == (["003001"],)
    pending = approved.execute(
        "select sum(balance_fen) from ledger.balance b join ledger.account a on a.id = b.account_id "
        "where a.book || ':' || a.code = %s", [PENDING]
    ).fetchone()  # fmt: skip
    assert pending == (0,)


def test_a_year_from_library_to_units_leaves_a_sound_ledger(ready_db: str) -> None:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        settle(conn)
        approve(conn)
        _issue(conn, EDUCATION, HEALTH)
        _issue_units(conn, EDUCATION, HEALTH)
        assert verify(conn).ok


def test_units_wait_for_their_department(approved: psycopg.Connection) -> None:
    _issue(approved, EDUCATION)
    with pytest.raises(Exception, match="102"):
        _issue_units(approved, HEALTH)


def test_a_budget_accepted_after_the_approval_is_not_covered(approved: psycopg.Connection) -> None:
    """A third department comes late: the approved class is used up, so nothing is issued at all."""
    late = "103"
    elements.define_agencies(
        approved,
        [elements.Agency(YEAR, CITY, late, "迟报部门", "", "", kind="department")],
        by="registrar",
        on=ADOPTED,
    )
    own = elements.Agency(YEAR, CITY, f"{late}001", "迟报部门本级", late, "", kind="institution")
    elements.define_agencies(approved, [own], by="registrar", on=ADOPTED)
    lines = [
        replace(x, agency_code=own.agency_code) for x in (education(1).lines[0], wages(EDUCATION, late, 0))
    ]
    lines = [replace(x, amount_fen=60 * WAN) for x in lines]
    accept(approved, [preparation.Proposal.of(CITY, YEAR, late, 1, lines)])
    give_controls(approved, [replace(control(EDUCATION, 60 * WAN), dept_code=late)])
    accept(approved, [preparation.Proposal.of(CITY, YEAR, late, 2, lines)])
    with pytest.raises(QuotaShortfall, match="2050202"):
        _issue(approved, EDUCATION, late)
    assert approved.execute("select count(*) from budget_issue").fetchone() == (0,)
    assert approved.execute("select count(*) from budget_quota").fetchone() == (0,)


# ---- terms of law


def _clock(settled: psycopg.Connection, name: str, dept: str, on: date) -> tuple[date, date | None, int]:
    [found] = [t for t in terms(settled, Place(CITY, YEAR, on)) if (t.what, t.about) == (name, dept)]
    return found.due_on, found.done_on, found.days_late


def test_clocks_run_from_the_approval(approved: psycopg.Connection) -> None:
    assert terms(approved, Place(CITY, YEAR, date(2022, 2, 19))) == []
    due = date(2022, 3, 12)
    assert _clock(approved, "批复部门预算", EDUCATION, due) == (due, None, 0)
    assert _clock(approved, "批复部门预算", EDUCATION, date(2022, 3, 15)) == (due, None, 3)
    assert _clock(approved, "公开政府预算", "", date(2022, 3, 13)) == (due, None, 1)


def test_a_late_step_is_taken_and_shown(approved: psycopg.Connection) -> None:
    _issue(approved, EDUCATION, on=date(2022, 3, 17))
    _issue_units(approved, EDUCATION, on=date(2022, 4, 6))
    end = date(2022, 12, 31)
    assert _clock(approved, "批复部门预算", EDUCATION, end) == (date(2022, 3, 12), date(2022, 3, 17), 5)
    assert _clock(approved, "批复所属单位", EDUCATION, end) == (date(2022, 4, 1), date(2022, 4, 6), 5)
    assert _clock(approved, "批复部门预算", HEALTH, date(2022, 3, 13)) == (date(2022, 3, 12), None, 1)
    late = [t for t in terms(approved, Place(CITY, YEAR, date(2022, 3, 13))) if t.is_late]
    assert {t.rule for t in late} == {"预算法第五十二条：20 日内", "预算法第十四条：20 日内"}


def test_publication_stops_its_clock(approved: psycopg.Connection) -> None:
    _issue(approved, EDUCATION)
    site = "https://czj.ordos.gov.cn"
    published = [
        Published(CITY, YEAR, date(2022, 3, 1), site),
        Published(CITY, YEAR, date(2022, 3, 31), site, EDUCATION),
    ]
    assert record_publications(approved, published, by="maker", on=date(2022, 4, 1)) == [True, True]
    assert record_publications(approved, published, by="maker", on=date(2022, 4, 1)) == [False, False]
    end = date(2022, 12, 31)
    assert _clock(approved, "公开政府预算", "", end) == (date(2022, 3, 12), date(2022, 3, 1), 0)
    assert _clock(approved, "公开部门预算", EDUCATION, end) == (date(2022, 3, 30), date(2022, 3, 31), 1)
