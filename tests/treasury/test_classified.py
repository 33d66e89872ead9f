"""What classifies a payment is there before anything is paid: on its quota, whenever that was issued."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from fisc.budget.rules.quota_types import QuotaChange
from fisc.budget.services import operations
from fisc.documents import RuleBroken
from fisc.registry import elements, fit_terms
from fisc.treasury import services as treasury
from fisc.treasury.services import TreasuryAffair
from tests.treasury.paying import CITY, DAY, YEAR, application, applied, coding

Conn = psycopg.Connection[Any]


def noted(monkeypatch: pytest.MonkeyPatch, *, is_noted: bool) -> None:
    """Whether the city has missing economic classes noted, not refused."""
    how = "note" if is_noted else "refuse"
    monkeypatch.setattr(fit_terms, "setting", lambda region, of, on: how)


def old_quota(conn: Conn, monkeypatch: pytest.MonkeyPatch, **classes: str) -> None:
    """A quota of the city's, out of Q1, that was issued when missing classes were noted."""
    noted(monkeypatch, is_noted=True)
    block = replace(coding("Q1"), **classes)  # type: ignore[arg-type]  # texts all
    lines = (QuotaChange("Q1", -10_000), QuotaChange("OLD", 10_000, coding=block))
    paper = operations.QuotaOperation("旧1", CITY, YEAR, DAY, "调剂", lines, "鄂财〔2022〕1号", "调剂")
    operations.swap(conn, [paper], by="b-maker", reviewed_by="b-office", approved_by="b-head", on=DAY)
    noted(monkeypatch, is_noted=False)


@pytest.mark.parametrize(
    ("classes", "what"),
    [
        ({"gov_bgt_eco_code": ""}, "没有写明政府预算支出经济分类"),
        ({"dep_bgt_eco_code": ""}, "没有写明部门预算支出经济分类"),
        ({"gov_bgt_eco_code": "502", "dep_bgt_eco_code": "302"}, "没有列到最细一级"),
    ],
)
def test_nothing_is_paid_from_a_quota_that_lacks_classes(
    paying: Conn, monkeypatch: pytest.MonkeyPatch, classes: dict[str, str], what: str
) -> None:
    old_quota(paying, monkeypatch, **classes)
    with pytest.raises(RuleBroken, match=what) as refused:
        applied(paying, application("A1", "OLD", 10))
    assert "预算法第三十二条" in refused.value.rule and "补填" in refused.value.hint
    affair = TreasuryAffair("S1", "temporary_payment", CITY, "111", 1000, DAY)
    treasury.record_affairs(paying, [affair], by="clerk", reviewed_by="reviewer", on=DAY)
    charged = replace(affair, affair_no="S2", kind="temporary_payment_charged", settles_no="S1", bgt_id="OLD")
    with pytest.raises(RuleBroken, match=what):
        treasury.make_affairs(paying, [charged], by="clerk", on=DAY)


def test_a_region_may_have_them_noted(paying: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    old_quota(paying, monkeypatch, gov_bgt_eco_code="")
    noted(monkeypatch, is_noted=True)
    assert applied(paying, application("A1", "OLD", 10)) == ["A1"]


def test_an_enterprise_keeps_other_classes(paying: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    old_quota(paying, monkeypatch, gov_bgt_eco_code="", dep_bgt_eco_code="")
    firm = elements.Agency(YEAR, CITY, "101001", "市一中", "101", "", kind="enterprise")
    elements.revise(paying, "agencies", [firm], by="registrar", on=DAY, reason="改制")
    assert applied(paying, application("A1", "OLD", 10)) == ["A1"]
