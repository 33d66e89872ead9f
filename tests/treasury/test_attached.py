"""Large payments come with what shows why; forbidden purposes are refused; what is noted is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken, findings
from fisc.registry import settings
from fisc.registry.tables import read_table
from fisc.treasury import services as treasury
from fisc.treasury.checks import payments as checks
from tests.treasury.paying import CITY, DAY, PAPER, application, applied, coding

Conn = psycopg.Connection[Any]
MILLION = 10**8


def test_a_large_payment_without_an_attachment_is_refused(paying: Conn) -> None:
    with pytest.raises(RuleBroken, match=r"大额标准.*没有附件") as refused:
        applied(paying, application("A1", amount_fen=MILLION))
    assert "R13" in refused.value.rule and "SM3" in refused.value.hint


@pytest.mark.parametrize(
    ("attached", "what"),
    [
        (("合同.pdf",), "不是文件名和 SM3 摘要"),
        ((PAPER[:-1],), "不是文件名和 SM3 摘要"),
        ((PAPER, PAPER.replace("合同", "发票")), "同一份"),
        ((PAPER, PAPER.replace("1ab2", "0ab2")), "同名"),
    ],
)
def test_an_attachment_is_a_name_and_a_digest(paying: Conn, attached: tuple[str, ...], what: str) -> None:
    with pytest.raises(RuleBroken, match=what):
        applied(paying, application("A1", attachments=attached))


def test_what_is_noted_is_told_to_who_enters_and_stays_open(paying: Conn) -> None:
    odd = application("A1", purpose="接待 酒水", attachments=(PAPER,))
    [outcome] = treasury.apply(paying, [odd], by="unit", on=DAY)
    assert outcome.is_new and outcome.notes == ("资金用途不规范（关键字）：用途含有“酒水”",)
    [kept] = findings.recorded(paying, documents=["A1"])
    assert kept.state == "open"
    shown = treasury.payment(paying, "A1")
    assert [one.key for one in shown["findings"]] == [kept.key] and list(shown["attachments"]) == [PAPER]


@pytest.mark.parametrize(
    "purpose",
    ["购物卡", "春节慰问 礼 品", "消费卡充值", "购烟酒", "礼金", "购·物·卡", "購物卡", "购_物—卡。",
     "京东Ｅ卡", "京东 e-卡", "儲值卡", "加油卡", "职工加/油/卡充值", "禮品"],
)  # fmt: skip
def test_cards_and_gifts_are_refused_whatever_is_attached(paying: Conn, purpose: str) -> None:
    with pytest.raises(RuleBroken, match="用途含有") as refused:
        applied(paying, application("A1", purpose=purpose, attachments=(PAPER,)))
    assert "R47" in refused.value.rule


@pytest.mark.parametrize(
    "purpose", ["公务用车加油卡充值", "公务用车·加油卡", "外事禮品", "设备购置、物业费，卡车租金"]
)
def test_what_only_looks_like_a_card_is_paid(paying: Conn, purpose: str) -> None:
    assert applied(paying, application("A1", purpose=purpose)) == ["A1"]


@pytest.fixture
def own_threshold(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The city asks for attachments from 50 yuan on, since March."""
    row = {"rule_id": "R13", "mof_div_code": CITY, "parameter": "threshold_fen", "value": "5000",
           "valid_from": "2022-03-01", "valid_to": ""}  # fmt: skip
    monkeypatch.setattr(
        settings, "read_table", lambda name: [*read_table(name), *([row] if "checks" in name else [])]
    )
    settings.shipped_check.cache_clear()
    yield
    settings.shipped_check.cache_clear()


@pytest.mark.usefixtures("own_threshold")
def test_a_region_sets_its_threshold_from_a_day_on(paying: Conn) -> None:
    applied(paying, application("A1"), on=date(2022, 2, 28))
    with pytest.raises(RuleBroken, match=r"大额标准 50\.00 元"):
        applied(paying, application("A2"))
    applied(paying, application("A3", attachments=(PAPER,)))


@pytest.mark.parametrize(
    ("changes", "pay_type", "rule"),
    [
        ({"dep_bgt_eco_code": "30101"}, "direct", "R27"),
        ({"gov_bgt_eco_code": "50502"}, "direct", "R27"),
        ({"fund_type_code": "112", "gov_bgt_eco_code": "50901"}, "direct", "R27"),
        ({"fund_type_code": "113", "exp_func_code": "2010101"}, "direct", "R27"),
        ({}, "payroll", "R27"),
        ({}, "direct", ""),
    ],
)
def test_debt_pays_nothing_recurrent(changes: dict[str, str], pay_type: str, rule: str) -> None:
    facts = checks.Facts(
        "A1", CITY, 100, pay_type, "甲", "6200000", "工程款", replace(coding("B1"), **changes)
    )
    refused = checks.refusing(checks.judge(facts))
    assert (refused.rule_id if refused else "") == rule
