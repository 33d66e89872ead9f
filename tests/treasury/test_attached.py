"""Large payments come with what shows why; forbidden purposes are refused; what is noted is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.documents import RuleBroken, findings
from fisc.registry import elements
from fisc.treasury import services as treasury
from fisc.treasury.checks import payments as checks
from fisc.treasury.services.imports import import_payments
from tests.conftest import _world
from tests.treasury import desk
from tests.treasury.paying import (
    CITY,
    DAY,
    NAMESAKES,
    PAPER,
    application,
    applied,
    certified,
    coding,
    to_namesake,
)
from tests.use_cases.desk import under_way

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
     "京东Ｅ卡", "京东 e-卡", "儲值卡", "加油卡", "职工加/油/卡充值", "禮品", "茅台酒", "五粮液两箱",
     "伴手礼", "赠送礼物", "中秋礼盒", "红包", "沃尔玛礼卡", "会员卡", "盒马卡", "福利卡", "大闸蟹券",
     "油卡", "预付费卡", "单用途商业预付卡", "健身卡", "KTV消费", "土特产", "超市储值", "商超购物充值",
     "京东礼品E卡", "外事礼品卡", "外事礼品及礼品", "礼品回收礼品", "公务车加油卡及购物卡", "大商卡",
     "E卡通", "购买Ｅ·卡通", "百联OK卡", "家家悦卡50张", "永旺卡慰问职工", "超市一卡通", "购物IC卡",
     "社保卡及购物卡", "商通卡、米面油", "餐券", "职工观影券", "职工消费券", "洗浴费", "足浴消费",
     "桑拿", "娱乐费", "会所消费", "健身卡", "健身费", "职工健身", "旅游费", "组织干部外出旅游",
     "三亚五日游", "景区门票", "旅行社费用", "贺年卡", "挂历", "春节慰问年货"],
)  # fmt: skip
def test_cards_and_gifts_are_refused_whatever_is_attached(paying: Conn, purpose: str) -> None:
    with pytest.raises(RuleBroken, match="用途含有") as refused:
        applied(paying, application("A1", purpose=purpose, attachments=(PAPER,)))
    assert "R47" in refused.value.rule
    assert "一律禁止" in refused.value.hint and "make-settings" not in refused.value.hint


@pytest.mark.parametrize(
    "purpose",
    ["公务用车加油卡充值", "公务用车·加油卡", "外事禮品", "设备购置、物业费，卡车租金", "礼仪用品",
     "婚礼金色地毯", "柴油卡车租赁", "超市刷卡机维修", "京东采购办公用品", "会员单位会费",
     "茅台镇道路维修", "典礼金属架", "社会保障卡制作费", "一卡通", "惠农一卡通补贴", "公务卡还款",
     "公交卡", "门禁卡", "银行卡手续费", "物联网卡", "福利院就诊卡", "防疫明白卡", "卡口监控",
     "卡介苗", "利多卡因", "卡通形象设计", "专项债券资金", "证券公司手续费",
     "乐购消费券与汽车消费补贴", "文旅消费券发放", "健身器材", "全民健身费用", "旅游公路",
     "文化旅游宣传", "旅游厕所", "景区门票系统", "文化娱乐活动费", "娱乐设施维修",
     "养老院老人洗浴服务费", "平台历年结转"],
)  # fmt: skip
def test_what_only_looks_like_a_card_is_paid(paying: Conn, purpose: str) -> None:
    assert applied(paying, application("A1", purpose=purpose, attachments=(PAPER,))) == ["A1"]


@pytest.mark.parametrize(
    ("quota", "purpose", "rule"), [("Q1", "大商卡", "R47"), ("B1", "职工工资", "R27"), ("B1", "礼·品", "R47")]
)
def test_the_database_reads_purposes_whatever_writes_them(
    paying: Conn, monkeypatch: pytest.MonkeyPatch, quota: str, purpose: str, rule: str
) -> None:
    monkeypatch.setattr("fisc.treasury.services.payees.judge", lambda _: [])
    with pytest.raises(RuleBroken, match=f"用途“{purpose}”") as refused:
        applied(paying, application("A1", quota, purpose=purpose))
    assert rule in refused.value.rule
    assert applied(paying, application("A2", quota, purpose="道路工程款")) == ["A2"]
    with pytest.raises(RuleBroken, match=f"用途“{purpose}”"):
        treasury.revise(paying, [treasury.PaymentRevision("A2", purpose=purpose)], by="unit", on=DAY)


def test_a_project_that_debt_pays_for_keeps_recurrent_names_out(paying: Conn) -> None:
    rename = "update registry_project set name = '养老保险补助' where pro_code = %s"
    with (
        pytest.raises(psycopg.Error, match="有债务资金的指标，名称不能改为“养老保险补助”"),
        paying.transaction(),
    ):
        paying.execute(rename, ["B1"])
    assert paying.execute(rename, ["Q1"]).rowcount


def test_a_fuel_card_for_official_cars_is_noted(paying: Conn) -> None:
    card = application("A1", purpose="公务车中石化加油卡充值")
    [outcome] = treasury.apply(paying, [card], by="unit", on=DAY)
    assert outcome.is_new and outcome.notes == ("公务用车加油卡：用途含有“加油卡”",)


@pytest.mark.parametrize(
    "purpose",
    ["职工工资", "年终奖金发放", "绩 效 工 資", "津补贴", "加班费", "办公经费", "水电费", "物业管理费",
     "差旅费", "公务接待", "食堂补助", "运转经费", "利息支付", "弥补养老保险缺口", "偿还隐性债务",
     "归还平台公司贷款", "发工资及工程款", "农民工工资和职工工资", "养老保险补助",
     "城乡居民医疗保险补贴"],
)  # fmt: skip
def test_debt_pays_nothing_that_its_purpose_calls_recurrent(paying: Conn, purpose: str) -> None:
    with pytest.raises(RuleBroken, match="债务资金用于经常性支出") as refused:
        applied(paying, application("A1", "B1", purpose=purpose, attachments=(PAPER,)))
    assert "R27" in refused.value.rule and "一律禁止" in refused.value.hint
    assert applied(paying, application("A2", purpose=purpose)) == ["A2"]


@pytest.mark.parametrize(
    "purpose",
    ["道路工程款", "农民工工资专户人工费", "施工水电费", "建设期利息", "污水费用监测设备", "绩效评价"],
)
def test_debt_pays_what_building_costs(paying: Conn, purpose: str) -> None:
    assert applied(paying, application("A1", "B1", purpose=purpose)) == ["A1"]


def test_a_purpose_is_read_again_when_it_is_revised(paying: Conn) -> None:
    assert applied(paying, application("A1", "B1", purpose="道路工程款")) == ["A1"]
    with pytest.raises(RuleBroken, match="债券资金用于经常性支出：工资"):
        treasury.revise(paying, [treasury.PaymentRevision("A1", purpose="职工工资")], by="unit", on=DAY)


def test_refinancing_repays_what_is_owed_and_no_interest() -> None:
    block = replace(coding("B1"), exp_func_code="2310401", gov_bgt_eco_code="51201", dep_bgt_eco_code="39999")
    for purpose, rule in (("偿还到期债券本金", ""), ("偿还隐性债务", ""), ("付息", "R27")):
        facts = checks.Facts("A1", CITY, 100, "direct", "甲", "6200000", purpose, block, on=DAY)
        refused = checks.refusing(checks.judge(facts))
        assert (refused.rule_id if refused else "") == rule


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


# ---- what is split stays large

SPLIT = "同一收款人的 A1 等合计 60.00 元，达到大额标准 50.00 元，没有附件"


def low(conn: Conn) -> None:
    """The city asks for attachments from 50 yuan on, since March, in the database too."""
    conn.execute("update registry_payment_check set value = '5000' where rule_id = 'R13'")


def of_thirty(number: str, **given: Any) -> treasury.PaymentApplication:
    return application(number, amount_fen=3000, **given)


@pytest.mark.usefixtures("own_threshold")
@pytest.mark.parametrize(
    "other",
    [{}, {"bgt_id": "Q2"}, {"payee_acct_no": "6200002", "payee_bank_no": ""}, {"contract_no": "另一合同"},
     {"repeat_reason": "分两次到货，合同第五条"}],
    ids=["same quota", "another quota", "another account of the payee", "another contract", "a reason"],
)  # fmt: skip
def test_what_is_split_under_the_threshold_needs_its_attachment(paying: Conn, other: dict[str, Any]) -> None:
    split = replace(of_thirty("A2"), **other)
    one, refused = treasury.apply(paying, [of_thirty("A1"), split], by="unit", on=DAY, each=True)
    assert one.is_new and refused.refusal is not None and SPLIT in str(refused.refusal)
    with pytest.raises(RuleBroken, match=r"合计 60\.00 元"):  # alone, after the other
        applied(paying, split)
    [told] = treasury.apply(paying, [replace(split, attachments=(PAPER,))], by="unit", on=DAY)
    assert told.is_new and any("合计 60.00 元" in note for note in told.notes)


@pytest.mark.usefixtures("own_threshold")
def test_what_is_paid_to_others_or_on_other_days_is_not_together(paying: Conn) -> None:
    other = {"payee_name": "鄂尔多斯乙公司", "payee_acct_no": "6200009", "payee_bank_no": "103205000001"}
    applied(paying, of_thirty("A1"), of_thirty("A2", **other))
    applied(paying, of_thirty("A3"), on=date(2022, 3, 2))
    treasury.withdraw(paying, ["A1"], by="unit", on=DAY, note="金额填错重报")
    applied(paying, of_thirty("A4"))
    assert applied(paying, of_thirty("A4")) == ["A4"]  # itself again is not beside itself


# ---- what is split over days is noted

SPREAD = r"与 A1 等 7 日之内用途、指标和收款人相同的支付合计 60\.00 元，达到大额标准 50\.00 元，疑为拆分"


def told(conn: Conn, a: treasury.PaymentApplication, on: date) -> str:
    [outcome] = treasury.apply(conn, [a], by="unit", on=on)
    assert outcome.is_new
    return "；".join(outcome.notes)


@pytest.mark.usefixtures("own_threshold")
@pytest.mark.parametrize(
    ("days", "other", "is_noted"),
    [(1, {}, True), (6, {}, True), (7, {}, False), (-6, {}, True), (-7, {}, False),
     (6, {"payee_acct_no": "6200002", "payee_bank_no": ""}, True), (6, {"purpose": "教学设备款（二）"}, True),
     (6, {"purpose": "采购桌椅"}, False), (6, {"bgt_id": "Q2"}, False)],
)  # fmt: skip
def test_what_is_split_over_days_is_noted_and_stays_open(
    paying: Conn, days: int, other: dict[str, Any], is_noted: bool
) -> None:
    """Whichever day is entered first; the same purpose by its words, from the same quota."""
    first = date(2022, 3, 15)
    assert told(paying, of_thirty("A1"), first) == ""
    notes = told(paying, replace(of_thirty("A2"), **other), first + timedelta(days))
    assert bool(re.search(SPREAD, notes)) == is_noted
    kept = findings.recorded(paying, rules=["R48"])
    assert [(one.finding.document, one.state) for one in kept] == [("A2", "open")] * is_noted


@pytest.mark.usefixtures("own_threshold")
def test_of_days_as_many_count_together_as_lie_within_the_bound(paying: Conn) -> None:
    """Six days before and six days after are not within seven days of each other."""
    day, before, after = date(2022, 3, 15), date(2022, 3, 9), date(2022, 3, 21)
    for number, on in (("A1", before), ("A2", after)):
        applied(paying, application(number, amount_fen=2000), on=on)
    assert told(paying, application("A3", amount_fen=2000), day) == ""
    assert "疑为拆分" in told(paying, application("A4", amount_fen=1500), day)


@pytest.mark.usefixtures("own_threshold")
def test_what_comes_at_once_is_spread_as_what_came_before(paying: Conn) -> None:
    applied(paying, of_thirty("A1"), on=date(2022, 3, 9))
    revised = application("A2", amount_fen=1000)
    assert told(paying, revised, date(2022, 3, 10)) == ""
    change = treasury.PaymentRevision("A2", amount_fen=3000)
    treasury.revise(paying, [change], by="unit", on=date(2022, 3, 11))
    assert [one.finding.document for one in findings.recorded(paying, rules=["R48"])] == ["A2"]


@pytest.mark.usefixtures("own_threshold")
def test_a_revision_splits_nothing(paying: Conn) -> None:
    applied(paying, of_thirty("A1"), application("A2", amount_fen=1000))
    raised = treasury.PaymentRevision("A2", amount_fen=3000)
    with pytest.raises(RuleBroken, match=r"合计 60\.00 元"):
        treasury.revise(paying, [raised], by="unit", on=date(2022, 3, 2))
    treasury.revise(paying, [replace(raised, attachments=(PAPER,))], by="unit", on=date(2022, 3, 2))


def test_the_database_adds_up_who_is_paid_on_a_day(paying: Conn) -> None:
    low(paying)
    applied(paying, of_thirty("A1"))
    other = of_thirty("A2", payee_acct_no="6200002", payee_bank_no="")
    with pytest.raises(RuleBroken, match="达到大额标准，没有附件：A2") as refused, paying.transaction():
        applied(paying, other)
    assert "分笔的合并计算" in refused.value.rule and "SM3" in refused.value.hint
    with pytest.raises(RuleBroken, match="没有附件：A5"), paying.transaction():
        applied(paying, application("A5", "Q2", amount_fen=5000))
    applied(paying, replace(other, attachments=(PAPER,)))


def test_a_payee_that_is_corrected_is_added_up_anew(paying: Conn) -> None:
    low(paying)
    other = {"payee_name": "鄂尔多斯乙公司", "payee_acct_no": "6200009", "payee_bank_no": "103205000001"}
    certified(paying, of_thirty("A1"), of_thirty("A2", **other))
    to_the_first = treasury.PayeeCorrection("A2", "鄂尔多斯甲公司", "6200001", "102205000001")
    with pytest.raises(RuleBroken, match="没有附件：A2"):
        treasury.correct_payees(paying, [to_the_first], by="unit", on=DAY)


def test_of_two_at_once_under_the_threshold_one_is_let_through(paying_db: str) -> None:
    with psycopg.connect(paying_db, autocommit=True) as conn:
        low(conn)

        def first(one: Conn) -> None:
            treasury.apply(one, [of_thirty("A1")], by="unit", on=DAY)

        with under_way(paying_db, first), pytest.raises(RuleBroken, match="没有附件：A2"):
            treasury.apply(conn, [of_thirty("A2", bgt_id="Q2")], by="unit", on=DAY)
        assert treasury.payment(conn, "A1")["amount_fen"] == 3000


@pytest.mark.usefixtures("own_threshold")
def test_one_name_under_two_codes_is_one_payee(paying: Conn) -> None:
    elements.define_payees(paying, NAMESAKES, by="registrar", on=DAY)
    applied(paying, of_thirty("A1", **to_namesake(0)))
    with pytest.raises(RuleBroken, match=r"合计 60\.00 元"):
        applied(paying, of_thirty("A2", **to_namesake(1)))


def test_the_database_adds_up_what_bears_one_name(paying: Conn) -> None:
    low(paying)
    elements.define_payees(paying, NAMESAKES, by="registrar", on=DAY)
    applied(paying, of_thirty("A1", **to_namesake(0)))
    with pytest.raises(RuleBroken, match="没有附件：A2"):
        applied(paying, of_thirty("A2", **to_namesake(1)))


#: Number -> fen and whether papers are attached, in the order in which they come in one call.
ORDERS = [
    [("A1", 3000, False), ("A2", 3000, True)],
    [("A2", 3000, False), ("A1", 3000, True)],
    [("A2", 3000, True), ("A1", 3000, False)],
    [("A3", 1000, False), ("A2", 3000, True), ("A1", 1000, False), ("A0", 500, False)],
    [("A1", 2000, False), ("A3", 2000, False), ("A2", 2000, False), ("A4", 900, False)],
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("settled", ["both", "database"])
def test_service_and_database_answer_row_by_row_alike(
    paying: Conn, order: list[tuple[str, int, bool]], settled: str, request: pytest.FixtureRequest
) -> None:
    """With a threshold that the database alone knows, rows come one by one; the set comes out the same."""
    low(paying)
    said = [
        application(number, amount_fen=fen, attachments=(PAPER,) if has else ()) for number, fen, has in order
    ]
    if settled == "both":
        request.getfixturevalue("own_threshold")
        taken = [o.refusal is None for o in treasury.apply(paying, said, by="unit", on=DAY, each=True)]
    else:
        taken = [_is_taken(paying, one) for one in said]
    sums = [
        sum(a.amount_fen for a, ok in zip(said[: n + 1], taken, strict=False) if ok) for n in range(len(said))
    ]
    beside = [0, *sums][: len(said)]
    assert taken == [
        bool(a.attachments) or b + a.amount_fen < 5000 for a, b in zip(said, beside, strict=True)
    ]


def _is_taken(conn: Conn, one: treasury.PaymentApplication) -> bool:
    try:
        with conn.transaction():
            applied(conn, one)
    except RuleBroken:
        return False
    return True


@pytest.mark.usefixtures("own_threshold")
def test_revisions_of_one_call_stand_beside_each_other(paying: Conn) -> None:
    low(paying)
    applied(paying, application("A1", amount_fen=1000), application("A2", amount_fen=1100))
    both = [
        treasury.PaymentRevision("A1", amount_fen=3000),
        treasury.PaymentRevision("A2", amount_fen=3000, attachments=(PAPER,)),
    ]
    with pytest.raises(RuleBroken, match=r"A1 .*同一收款人的 A2 等合计 60\.00 元"):
        treasury.revise(paying, both, by="unit", on=DAY)
    treasury.revise(paying, [replace(one, attachments=(PAPER,)) for one in both], by="unit", on=DAY)


@pytest.fixture
def filing(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_desk", desk.furnish) as conn:
        yield conn


@pytest.mark.usefixtures("own_threshold")
def test_two_files_split_nothing(filing: Conn, tmp_path: Path) -> None:
    said: dict[str, Any] = {"region": desk.CITY, "by": "unit", "on": desk.DAY}
    first, second = (
        desk.workbook(tmp_path / f"{quota}.xlsx", [desk.paid(f"A-{quota}", quota, 30)])
        for quota in ("B1", "B2")
    )
    assert import_payments(filing, first, **said).count("imported") == 1
    [problem] = import_payments(filing, second, **said).problems()
    assert problem["row"] == 2 and "合计 60.00 元" in problem["message"] and "SM3" in problem["message"]
    both = desk.workbook(tmp_path / "b.xlsx", [
        [*desk.paid("A-3", "B2", 30, "62220002"), ""], [*desk.paid("A-4", "B2", 30, "62220002"), PAPER],
    ], [*desk.HEADER, "附件"])  # fmt: skip
    assert import_payments(filing, both, **said).count("imported") == 2
