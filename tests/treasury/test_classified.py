"""What classifies a payment is there before anything is paid: on its quota, whenever that was issued."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.documents import Officer, RuleBroken, define_officers
from fisc.regional.services import Setting, approve_settings, make_settings
from fisc.registry import elements
from fisc.registry.tables import read_table
from fisc.treasury import services as treasury
from fisc.treasury.services import TreasuryAffair
from tests.old_quotas import noted, old_quota
from tests.treasury.paying import CITY, DAY, YEAR, application, applied

Conn = psycopg.Connection[Any]


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


@pytest.mark.parametrize("classes", [{"gov_bgt_eco_code": ""}, {"dep_bgt_eco_code": ""}])
def test_the_database_asks_whoever_spends(
    paying: Conn, monkeypatch: pytest.MonkeyPatch, classes: dict[str, str]
) -> None:
    old_quota(paying, monkeypatch, **classes)
    noted(monkeypatch, is_noted=True)  # by the program alone
    with pytest.raises(RuleBroken, match=r"没有写明.*pay_app:A1") as refused, paying.transaction():
        applied(paying, application("A1", "OLD", 10))
    assert "预算法第三十二条" in refused.value.rule


def test_a_region_may_have_them_noted(paying: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    old_quota(paying, monkeypatch, gov_bgt_eco_code="")
    noted(monkeypatch, is_noted=True)
    settle(paying, "note")
    assert applied(paying, application("A1", "OLD", 10)) == ["A1"]


def test_what_was_made_while_it_was_noted_is_asked_when_it_is_posted(
    paying: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_quota(paying, monkeypatch, gov_bgt_eco_code="")
    affair = TreasuryAffair("S1", "temporary_payment", CITY, "111", 1000, DAY)
    treasury.record_affairs(paying, [affair], by="clerk", reviewed_by="reviewer", on=DAY)
    charged = replace(affair, affair_no="S2", kind="temporary_payment_charged", settles_no="S1", bgt_id="OLD")
    noted(monkeypatch, is_noted=True)
    treasury.make_affairs(paying, [charged], by="clerk", on=DAY)
    noted(monkeypatch, is_noted=False)
    with pytest.raises(RuleBroken, match="国库事项 S2 的指标 OLD 没有写明政府预算支出经济分类"):
        treasury.post_affairs(paying, ["S2"], by="reviewer", on=DAY)


def settle(conn: Conn, how: str) -> None:
    """The city settles what is done about missing economic classes, by a document of two officers."""
    define_officers(conn, [Officer("approves", "设定审核", "", frozenset({"registry_review"}))])
    said = Setting("设1", CITY, "eco_classes", date(YEAR, 1, 1), "鄂财〔2022〕9号", how)
    make_settings(conn, [said], by="registrar", on=DAY)
    approve_settings(conn, ["设1"], by="approves", on=DAY)


def test_an_enterprise_keeps_other_classes(paying: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    old_quota(paying, monkeypatch, gov_bgt_eco_code="", dep_bgt_eco_code="")
    firm = elements.Agency(YEAR, CITY, "101001", "市一中", "101", "", kind="enterprise")
    elements.revise(paying, "agencies", [firm], by="registrar", on=DAY, reason="单位已经改制")
    assert applied(paying, application("A1", "OLD", 10)) == ["A1"]


def test_what_is_shipped_is_what_the_database_takes_for_granted() -> None:
    """The database asks what regions settled themselves; what ships for them says no other than for all."""
    shipped = {row["value"] for row in read_table("region_settings.csv") if row["setting"] == "eco_classes"}
    assert shipped == {"refuse"}
