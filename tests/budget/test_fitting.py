"""Elements that do not fit together are refused wherever money is put on them, each by its rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from fisc.budget.services import Advance, QuotaChange, advances, operations, quotas
from fisc.documents import RuleBroken, findings
from fisc.registry import fitting
from fisc.registry.fit_types import State
from fisc.registry.fitting import Known, Unit, income_misfit, misfits
from tests.budget.quota_world import CITY, DAY, SIGNED, YEAR, YUAN, coding, document, entered, line, operation

Conn = psycopg.Connection
Way = Callable[[Conn, dict[str, str]], object]


def _enter(city: Conn, given: dict[str, str]) -> object:
    return quotas.enter(city, [document("新", line("Q5", 10, **given))], **SIGNED)


def _append(city: Conn, given: dict[str, str]) -> object:
    paper = document("新", line("Q5", 10, **given), source="transfer", sup_bgt_doc_no="内7号",
                     rev_func_code="1100248")  # fmt: skip
    return quotas.append(city, [paper], **SIGNED)


def _swap(city: Conn, given: dict[str, str]) -> object:
    into = QuotaChange("Q6", 10 * YUAN, coding=coding(pro_code="Q6", **given))
    return operations.swap(city, [operation("调", ("Q1", -10), into)], **SIGNED)


@pytest.fixture
def quotas_of(city: Conn) -> Conn:
    """A city with a quota to swap from."""
    entered(city, line("Q1", 300))
    return city


WAYS: dict[str, Way] = {"entered": _enter, "appended": _append, "swapped in": _swap}
MISFITS: dict[str, tuple[dict[str, str], str]] = {
    "a class where an item is due": ({"exp_func_code": "205"}, "没有列到最细一级"),
    "a section where an item is due": ({"exp_func_code": "20502"}, "没有列到最细一级"),
    "a code of another budget": ({"exp_func_code": "2120801"}, "不属于 111"),
    "economic classes that do not map": (
        {"dep_bgt_eco_code": "30101"}, "对应政府经济分类 50501，不是 50502",
    ),
    "a class of offices for an institution": (
        {"gov_bgt_eco_code": "50201"}, "对应政府经济分类 50502，不是 50201",
    ),
    "a theme for other classes": ({"theme_code": "vocational_education"}, "不能列功能分类 2050202"),
    "a theme's forbidden use": (
        {"theme_code": "epidemic", "exp_func_code": "2100410", "gov_bgt_eco_code": "50206"},
        "不能列政府经济分类 50206",
    ),
    "a fund that sums up others": ({"fund_type_code": "11"}, "资金性质 11 没有列到最细"),
    "a fund that is none": ({"fund_type_code": "119"}, "资金性质 119 不存在"),
    "no government class": ({"gov_bgt_eco_code": ""}, "没有写明政府预算支出经济分类"),
    "no department class": ({"dep_bgt_eco_code": ""}, "没有写明部门预算支出经济分类"),
    "a government class alone": ({"gov_bgt_eco_code": "505"}, "政府预算支出经济分类 505 没有列到最细"),
    "a department class alone": ({"dep_bgt_eco_code": "302"}, "部门预算支出经济分类 302 没有列到最细"),
    "no unit": ({"agency_code": ""}, "没有预算单位"),
    "a department as unit": ({"agency_code": "101"}, "101 是部门"),
    "another department": ({"dept_code": "102"}, "属于部门 101，不属于 102"),
    "a transfer": ({"exp_func_code": "2300245"}, "是一般性转移支付，不是本级支出"),
    "interest in education": (
        {"gov_bgt_eco_code": "51101", "dep_bgt_eco_code": "30701"}, "不能列支出功能分类 2050202",
    ),
    "principal in education": ({"gov_bgt_eco_code": "51201", "dep_bgt_eco_code": "39999"}, "还本只列"),
    "interest that is none": ({"exp_func_code": "2320301"}, "2320301 不能列政府预算支出经济分类 50502"),
    "wages' way for goods": ({"is_unified_pay": "1"}, "工资统发只用于工资福利"),
    "wages' way by the unit itself": (
        {"is_unified_pay": "1", "gov_bgt_eco_code": "50501", "dep_bgt_eco_code": "30101",
         "pay_type_code": "2"},
        "不能列支付方式 2（工资统发由财政直接支付",
    ),
    "building with goods": ({"is_capital": "1"}, "基建只用于资本性支出"),
    "wages by purchase": (
        {"is_gov_purchase": "1", "gov_bgt_eco_code": "50501", "dep_bgt_eco_code": "30101"},
        "政府采购只用于货物",
    ),
    "vouchers in education": ({"theme_code": "consumption_vouchers"}, "不能列功能分类 2050202"),
    "an office that manages no quotas": ({"bgt_mof_dep_code": "ZZ"}, "指标管理处室 ZZ 没有登记"),
    "an office that is no code": ({"bgt_mof_dep_code": "预算 科!"}, "指标管理处室“预算 科!”含有空格或符号"),
    "an office of too many signs": ({"bgt_mof_dep_code": "1" * 22}, "指标管理处室应为 1-21 位，现为 22 位"),
    "a bureau nobody has": ({"manage_mof_dep_code": "99"}, "业务主管处室 99 没有登记"),
    **{
        f"{element} of no list": ({element: "zz"}, "没有取值“zz”")
        for element in ("pay_type_code", "bgt_type_code", "budget_level_code", "is_direct_fund",
                        "found_type_code", "is_gov_purchase", "is_unified_pay", "is_research", "is_debt",
                        "is_capital", "is_advance")
    },
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("given", "what"), MISFITS.values(), ids=MISFITS)
def test_no_way_puts_money_on_what_does_not_fit(
    quotas_of: Conn, way: Way, given: dict[str, str], what: str
) -> None:
    with pytest.raises(RuleBroken, match=what) as refused:
        way(quotas_of, given)
    assert refused.value.rule and refused.value.hint


DEBT = {"fund_type_code": "112", "gov_bgt_eco_code": "", "dep_bgt_eco_code": ""}
RECURRENT: dict[str, dict[str, str]] = {
    "salaries": {"dep_bgt_eco_code": "30101"},
    "bonuses": {"dep_bgt_eco_code": "30103", "fund_type_code": "122", "exp_func_code": "2120801"},
    "office costs": {"dep_bgt_eco_code": "30201"},
    "pensions": {"dep_bgt_eco_code": "30302"},
    "government class": {"gov_bgt_eco_code": "50502"},
    "subsidies to persons": {"gov_bgt_eco_code": "50901"},
    "administration itself": {"exp_func_code": "2010301"},
    "loans of foreign governments": {"fund_type_code": "113", "gov_bgt_eco_code": "50201"},
    "grants of foreign governments": {"fund_type_code": "114", "dep_bgt_eco_code": "302"},
    "what is marked as debt": {"fund_type_code": "111", "is_debt": "1", "gov_bgt_eco_code": "501"},
    "interest": {"gov_bgt_eco_code": "51101"},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("given", RECURRENT.values(), ids=RECURRENT)
def test_debt_is_for_nothing_recurrent(quotas_of: Conn, way: Way, given: dict[str, str]) -> None:
    with pytest.raises(RuleBroken, match="债务资金不得安排经常性支出") as refused:
        way(quotas_of, {**DEBT, **given})
    assert "第三十五条" in refused.value.rule


CAPITAL = {"gov_bgt_eco_code": "50601", "dep_bgt_eco_code": "31005"}
NO_CAPITAL: dict[str, dict[str, str]] = {
    "no classes": {"gov_bgt_eco_code": "", "dep_bgt_eco_code": ""},
    "no government class": {**CAPITAL, "gov_bgt_eco_code": ""},
    "no department class": {**CAPITAL, "dep_bgt_eco_code": ""},
    "subsidies of enterprises": {"gov_bgt_eco_code": "50701", "dep_bgt_eco_code": "31204"},
    "social security funds": {"gov_bgt_eco_code": "51002", "dep_bgt_eco_code": "31302"},
    "what is marked as debt": {"fund_type_code": "111", "is_debt": "1", "gov_bgt_eco_code": ""},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("given", NO_CAPITAL.values(), ids=NO_CAPITAL)
def test_debt_says_that_it_is_capital(quotas_of: Conn, way: Way, given: dict[str, str]) -> None:
    with pytest.raises(RuleBroken, match=r"不能认定为资本性支出|只能列资本性支出") as refused:
        way(quotas_of, {"fund_type_code": "112", **given})
    assert "第三十五条" in refused.value.rule


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", ["职工工资", "单位运转经费", "偿还平台公司债务"])
def test_debt_is_for_no_project_that_is_called_recurrent(quotas_of: Conn, way: Way, name: str) -> None:
    quotas_of.execute("update registry_project set name = %s", [name])
    with pytest.raises(RuleBroken, match=f"不能用于项目“{name}”") as refused:
        way(quotas_of, {**DEBT, **CAPITAL})
    assert "第三十五条" in refused.value.rule


def test_the_database_reads_the_name_of_what_debt_pays(
    quotas_of: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fisc.registry.fit_terms.recurrent_words", lambda *_: [])
    way = WAYS["entered"]
    quotas_of.execute("update registry_project set name = '职工工资'")
    with pytest.raises(RuleBroken, match="名称含有“工资”"), quotas_of.transaction():
        way(quotas_of, {**DEBT, **CAPITAL})


def test_debt_for_capital_fits() -> None:
    assert not list(misfits(coding(fund_type_code="112", **CAPITAL), Known()))
    pending = coding(fund_type_code="112", gov_bgt_eco_code="", dep_bgt_eco_code="", agency_code="")
    assert not list(misfits(pending, Known(), State.PENDING))
    assert list(misfits(pending, Known(), State.ADVANCE))


def test_an_addition_is_none_of_the_first_budget(city: Conn) -> None:
    with pytest.raises(RuleBroken, match="追加的指标预算来源是年初预算"):
        _append(city, {"source_type_code": "1"})


def test_a_quota_rests_on_one_of_its_year(quotas_of: Conn) -> None:
    for origin in ("nobody's", "上年"):
        paper = document("新", line("Q5", 10, ori_bgt_id=origin))
        with pytest.raises(RuleBroken, match="上级指标不是"):
            quotas.enter(quotas_of, [paper], **SIGNED)


FROM_ABOVE = {"source": "transfer", "sup_bgt_doc_no": "内7号", "base": "received"}


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"rev_func_code": "1101101", "source": "debt", "base": "approved"}, "1101101 的资金性质应为 112"),
        ({**FROM_ABOVE, "rev_func_code": "1100402"}, "应为 121"),
        ({**FROM_ABOVE, "rev_func_code": "11008"}, "与所填来源"),
    ],
)  # fmt: skip
def test_fund_income_and_source_say_the_same(city: Conn, given: dict[str, str], what: str) -> None:
    with pytest.raises(RuleBroken, match=what):
        at = line("Q5", 10, sup_bgt_doc_no=given.get("sup_bgt_doc_no", ""))
        quotas.enter(city, [document("新", at, **given)], **SIGNED)


@pytest.mark.parametrize(
    ("fund", "code", "fits"),
    [
        ("112", "110110101", True), ("111", "110110101", False), ("122", "1101101", False),
        ("122", "1101102", True), ("112", "1050402", False), ("113", "110110102", True),
        ("111", "10101", True),
        ("112", "10101", False), ("121", "10301", True), ("111", "10301", False), ("13", "10306", True),
        ("112", "11008", True),
        ("111", "9999999", False), ("111", "10199999", False), ("111", "101", False),
        ("112", "110110299", False), ("111", "", False),
    ],
)  # fmt: skip
def test_what_comes_in_which_fund(fund: str, code: str, fits: bool) -> None:
    assert (income_misfit(fund, code, 2022) is None) is fits


def test_a_project_of_another_unit_is_refused() -> None:
    place = (YEAR, CITY, "P9")
    units = {(YEAR, CITY, code): Unit("institution", code[:3]) for code in ("101001", "102001")}
    known = Known(units, {place: "102001"})
    block = coding(pro_code="P9")
    [found] = misfits(block, known)
    assert "预算项目 P9 是单位 102001 的，不是单位 101001的" in found.what
    for owner in ("", "101001", "101"):
        assert not list(misfits(block, replace(known, projects={place: owner})))
    pending = replace(block, agency_code="")
    assert len(list(misfits(pending, known, State.PENDING))) == 1
    assert not list(misfits(pending, replace(known, projects={place: "101001"}), State.PENDING))


def test_the_database_keeps_projects_to_their_units(city: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    from fisc.registry import elements

    other = elements.Agency(YEAR, CITY, "102", "卫健委", "", "", kind="department")
    elements.define_agencies(city, [other], by="registrar", on=date(YEAR, 1, 1))
    project = elements.Project(YEAR, CITY, "P9", "他部门项目", "102")
    elements.define_projects(city, [project], by="registrar", on=date(YEAR, 1, 1))
    with pytest.raises(RuleBroken, match="不是单位 101001"):
        entered(city, line("Q5", 10, pro_code="P9"))
    monkeypatch.setattr(fitting, "_project", lambda coding, known: iter(()))
    with pytest.raises(RuleBroken, match="预算项目不是该单位的：P9"):
        entered(city, line("Q5", 10, pro_code="P9"))


def test_an_advance_fits_as_the_quota_it_is_charged_to(city: Conn) -> None:
    paper = Advance("预1", CITY, YEAR, "101001", "112", "2010301", 100 * YUAN, "开学", "鄂府发〔2022〕2号")
    with pytest.raises(RuleBroken, match="债务资金"):
        advances.make_advances(city, [paper], by="maker", on=DAY)
    with pytest.raises(RuleBroken, match="没有支出功能分类 2990101"):
        advances.make_advances(
            city, [replace(paper, fund_type_code="111", exp_func_code="2990101")], by="maker", on=DAY
        )


def test_nothing_is_approved_before_its_paper_is_dated(city: Conn) -> None:
    tomorrow = document("明日", line("Q5", 10), dated_on=DAY + timedelta(days=1))
    quotas.make_quota_documents(city, [tomorrow], by=SIGNED["by"], on=DAY)
    quotas.review_quota_documents(city, [tomorrow.doc_key], by=SIGNED["reviewed_by"], on=DAY)
    with pytest.raises(RuleBroken, match="早于文件的成文日期"), city.transaction():
        quotas.approve_quota_documents(city, [tomorrow.doc_key], by=SIGNED["approved_by"], on=DAY)
    later = DAY + timedelta(days=1)
    assert quotas.approve_quota_documents(city, [tomorrow.doc_key], by=SIGNED["approved_by"], on=later) == [
        True
    ]


def test_a_region_may_have_the_mapping_noted(city: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is recalled a region may weigh itself: it is then a finding beside the document."""
    monkeypatch.setattr(fitting, "setting", lambda region, name, on: "note")
    paper = document("新", line("Q5", 10, gov_bgt_eco_code="50201"))
    assert quotas.enter(city, [paper], **SIGNED) == [True]
    [kept] = findings.recorded(city, documents=[paper.doc_key])
    assert (kept.state, kept.finding.rule_id) == ("open", "fit.eco_mapping")
    assert "凭记忆" in kept.finding.source


@pytest.mark.parametrize(
    ("given", "reason", "words"),
    [
        ({**DEBT, **CAPITAL}, "支付教师工资和社保缴费", "债务资金用于经常性支出.*事由"),
        ({}, "節日慰問購物卡采购", "公款不得购买.*事由"),
    ],
)
def test_the_reason_of_what_gives_a_quota_is_judged_as_a_purpose(
    quotas_of: Conn, given: dict[str, str], reason: str, words: str
) -> None:
    paper = document("鄂财指〔2022〕9号", line("Q5", 10, **given), reason=reason)
    with pytest.raises(RuleBroken, match=words):
        quotas.enter(quotas_of, [paper], **SIGNED)
    operations.cut(quotas_of, [operation("压", ("Q1", 10), reason="收回购物卡等违规支出")], **SIGNED)
