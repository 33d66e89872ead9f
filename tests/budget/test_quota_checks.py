"""Checks over quotas find what they look for, and nothing in a healthy year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg

from fisc.budget.checks.quotas import check_quotas
from fisc.budget.services import (
    AdjustmentPlan,
    QuotaChange,
    SourceChange,
    SpendingChange,
    adjustment,
    carryover,
    cuts,
    operations,
    quotas,
)
from fisc.documents import Leg, voucher
from fisc.kernel import post
from tests.budget.quota_world import CITY, DAY, SIGNED, YEAR, YUAN, document, entered, line, operation
from tests.papers import a_document

NEW_YEAR = date(2023, 1, 5)


def found(city: psycopg.Connection, on: date = DAY, year: int = YEAR) -> dict[str, str]:
    return {f.document: f.rule_id for f in check_quotas(city, CITY, year, on=on)}


def busy(city: psycopg.Connection) -> None:
    """A bit of everything."""
    entered(city, line("Q1", 300), line("Q2", 200), line("Q3", 400, is_executable=False))
    operations.swap(city, [operation("调", ("Q1", -30), ("Q2", 30))], **SIGNED)
    operations.freeze(city, [operation("冻", ("Q1", 10))], **SIGNED)
    operations.cut(city, [operation("减", ("Q1", 10))], **SIGNED)
    cuts.cut_budget(
        city, [operation("压", QuotaChange("Q2", 5 * YUAN, base_fen=10 * YUAN), scope="一般性")], **SIGNED
    )
    quotas.allot(city, document("分"), {"Q3": [line("Q4", 400)]}, **SIGNED)
    lines = carryover.carry_over_lines(city, {"Q4": 100 * YUAN})
    paper = carryover.CarryOver("结1", CITY, 2023, NEW_YEAR, "结转", "鄂财〔2023〕1号", lines)
    carryover.carry_over(city, [paper], **{**SIGNED, "on": NEW_YEAR})


def test_a_healthy_year_has_no_findings(city: psycopg.Connection) -> None:
    busy(city)
    assert found(city) == {}
    assert found(city, year=2023) == {"Q4-J": "quota.carried"}


def test_a_posting_without_a_document_is_found(city: psycopg.Connection) -> None:
    busy(city)
    one, two = quotas.quota_codings(city, ["Q1", "Q2"]).values()
    leg = Leg("quota_moved", 1 * YUAN, one, two, choices={"stage": "executable"})
    post(city, [voucher("私", CITY, DAY, [leg], document_id=a_document(city, CITY), summary="")])
    amounts = {(f.rule_id, f.document): f.amount_fen for f in check_quotas(city, CITY, YEAR, on=DAY)}
    assert amounts == {("quota.documents", "Q1"): YUAN, ("quota.documents", "Q2"): -YUAN}


def test_pending_money_that_lies_about(city: psycopg.Connection) -> None:
    entered(city, line("Q3", 400, is_executable=False))
    assert found(city, DAY + timedelta(days=30)) == {}
    (finding,) = check_quotas(city, CITY, YEAR, on=DAY + timedelta(days=31))
    assert (finding.rule_id, finding.document, finding.amount_fen) == ("quota.pending", "Q3", 400 * YUAN)
    assert "31 天" in finding.what


def test_an_adjustment_drafted_too_late(city: psycopg.Connection) -> None:
    plan = AdjustmentPlan(
        "调1", CITY, YEAR, DAY, DAY + timedelta(days=30), "调整",
        (SourceChange("111", "10101", 5),), (SpendingChange("111", 5, exp_func_code="2010301"),),
    )  # fmt: skip
    late = replace(plan, doc_no="调2", session_on=DAY + timedelta(days=29))
    adjustment.make_adjustments(city, [plan, late], by="maker", on=DAY)
    assert found(city) == {adjustment.adjustment_key(CITY, YEAR, "调2"): "quota.adjustment_late"}
