"""No document of the budget is of a day before that of what it rests on; the database holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from fisc.budget.rules.approval import Source, Spending
from fisc.budget.services import AdjustmentPlan, SourceChange, SpendingChange, adjustment, approval, quotas
from fisc.budget.services.issue import DepartmentIssue, make_issues
from fisc.budget.services.publications import Published, record_publications
from fisc.documents import RuleBroken
from fisc.documents.flow import MAKE
from fisc.documents.installation import declared_by
from fisc.settings import INSTALLED_APPS
from tests.budget import region
from tests.budget.quota_world import CITY, DAY, SIGNED, document, entered, line

Conn = psycopg.Connection
EVE = region.ADOPTED - timedelta(days=1)
BEFORE = "早于所依据的人代会批准的预算"


def test_no_quota_document_is_dated_before_the_congress_approved(approved: Conn) -> None:
    paper = document("早1", line("Q1", 1, agency_code="101001"), dated_on=EVE)
    with pytest.raises(RuleBroken, match=BEFORE) as refused:
        quotas.make_quota_documents(approved, [paper], by="maker", on=region.ADOPTED)
    assert str(region.ADOPTED) in refused.value.message and "第五十七条" in refused.value.rule
    assert refused.value.hint


def test_departments_get_nothing_on_a_day_before(approved: Conn) -> None:
    given = DepartmentIssue(CITY, region.YEAR, region.EDUCATION, "鄂财预〔2022〕101号")
    with pytest.raises(RuleBroken):
        make_issues(approved, [given], by="maker", on=EVE)


def test_nothing_is_published_before_it_is_approved(approved: Conn) -> None:
    with pytest.raises(RuleBroken, match=BEFORE), approved.transaction():
        record_publications(
            approved, [Published(CITY, region.YEAR, EVE, "政府网站")], by="maker", on=region.ADOPTED
        )


def plan(dated_on: date, session_on: date) -> AdjustmentPlan:
    return AdjustmentPlan(
        "调1", CITY, region.YEAR, dated_on, session_on, "年中调整", (SourceChange("111", "10101", 500),),
        (SpendingChange("111", 500, exp_func_code="2050202"),),
    )  # fmt: skip


def test_a_budget_is_adjusted_after_it_was_approved(approved: Conn) -> None:
    june = date(2022, 6, 20)
    for dated_on, session_on in ((EVE, june), (june, EVE)):
        with pytest.raises(RuleBroken, match=BEFORE), approved.transaction():
            adjustment.make_adjustments(approved, [plan(dated_on, session_on)], by="maker", on=june)
    assert adjustment.make_adjustments(approved, [plan(june, june)], by="maker", on=june) == [True]


def test_an_adjustment_is_resolved_after_the_session_that_adopts_it(approved: Conn) -> None:
    may, june, july = date(2022, 5, 10), date(2022, 6, 20), date(2022, 7, 18)
    early = "常委会会议日期 2022-05-10 早于所依据的预算调整方案"
    with pytest.raises(RuleBroken, match=early), approved.transaction():
        adjustment.make_adjustments(approved, [plan(june, may)], by="maker", on=june)
    adjustment.make_adjustments(approved, [plan(may, july)], by="maker", on=june)
    key = adjustment.adjustment_key(CITY, region.YEAR, "调1")
    adjustment.review_adjustments(approved, [key], by="reviewer", on=june)
    resolved = [adjustment.AdjustmentResolution(key, "鄂人常〔2022〕5号")]
    before = r"2022-06-20 早于所依据的常委会会议 .* 的日期 2022-07-18"
    with pytest.raises(RuleBroken, match=before), approved.transaction():
        adjustment.resolve_adjustments(approved, resolved, by="congress", on=june)
    assert adjustment.resolve_adjustments(approved, resolved, by="congress", on=july) == [True]


def split(dated_on: date) -> quotas.QuotaDocument:
    return document("分1", line("Q2", 10, ori_bgt_id="Q1", pro_code="Q1"), dated_on=dated_on)


def test_what_a_document_takes_from_was_issued_before(city: Conn) -> None:
    """Neither its paper is older than that of the quota, nor is it put in force on an earlier day."""
    entered(city, line("Q1", 300, is_executable=False))
    with pytest.raises(RuleBroken, match="早于所依据的指标文 鄂财指〔2022〕1号 的日期 2022-03-01"):
        quotas.assign(city, [split(DAY - timedelta(days=1))], **SIGNED)
    february = {**SIGNED, "on": date(2022, 2, 25)}
    early = replace(split(date(2022, 2, 25)), doc_no="分2")
    with pytest.raises(RuleBroken, match="早于所依据的"):
        quotas.assign(city, [early], **february)  # type: ignore[arg-type]
    assert quotas.assign(city, [replace(split(DAY), doc_no="分3")], **SIGNED) == [True]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (Source("112", "10101", 500), "收入分类 10101 的资金性质应为"),
        (Source("111", "1100248", 500), "收入分类 1100248 是上级转移支付"),
        (Source("111", "10101", 500, "debt"), "收入分类 10101 是本级收入"),
    ],
)
def test_a_source_is_of_the_fund_and_kind_of_its_income(settled: Conn, source: Source, what: str) -> None:
    with pytest.raises(RuleBroken, match=what) as refused:
        approval.make_draft(settled, region.budget(sources=(source,)), by="maker", on=date(2022, 1, 10))
    assert refused.value.rule and refused.value.hint
    change = SourceChange(source.fund_type_code, source.rev_func_code, 500, source.source)
    spent = SpendingChange(source.fund_type_code, 500, exp_func_code="2050202")
    given = replace(plan(DAY, DAY), sources=(change,), spending=(spent,))
    with pytest.raises(RuleBroken, match=what):
        adjustment.make_adjustments(settled, [given], by="maker", on=DAY)


def test_spending_is_of_the_budget_of_its_fund(settled: Conn) -> None:
    held = Spending("111", 500, exp_func_code="2120801")
    with pytest.raises(RuleBroken, match="2120801"):
        approval.make_draft(settled, region.budget(held=(held,)), by="maker", on=date(2022, 1, 10))


def test_every_guard_of_days_stands_in_the_database(city: Conn) -> None:
    """What kinds declare that they rest on is asked by triggers of their tables, and by no service alone."""
    declared = {
        (kind.table, name)
        for kind in declared_by(INSTALLED_APPS).kinds
        for name, is_asked in (
            ("rests_made", any(MAKE in one.steps for one in kind.rests_on)),
            ("rests_moved", any({*one.steps} - {MAKE} for one in kind.rests_on)),
        )
        if is_asked
    }
    found = city.execute(
        "select tgrelid::regclass::text, tgname from pg_trigger "
        "where tgname in ('rests_made', 'rests_moved') and tgenabled = 'O'"
    ).fetchall()
    assert declared and declared <= set(found)
    assert ("capital_income", "rests_made") in found  # by what it refers to alone
