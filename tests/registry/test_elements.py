"""Recording elements, and asking whether they may be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fisc.kernel.errors import DuplicateConflict
from fisc.registry import elements
from fisc.registry.elements import Key, PayeeAccount
from fisc.registry.errors import BadElement, DisabledElement, MissingDuty, UnknownElement
from fisc.registry.officers import Officer, define_officers
from tests.registry.element_makers import (
    BANNER,
    BY,
    CITY,
    ON,
    Connection,
    agency,
    codes,
    define,
    disable,
    payee,
    project,
)


def test_the_same_call_again_changes_nothing(ready_conn: Connection) -> None:
    given = [agency("101", kind="department"), agency("101001", dept_code="101")]
    assert define(ready_conn, *given) == [True, True]
    assert define(ready_conn, *given) == [False, False]
    assert define(ready_conn, *given, agency("101002", dept_code="101")) == [False, False, True]
    (found,) = elements.find(ready_conn, "agencies", 2021, CITY, codes=["101001"])
    assert (found.item, found.is_enabled, found.recorded_by, found.recorded_on) == (given[1], True, BY, ON)


def test_other_content_under_a_key_is_refused_and_nothing_is_recorded(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    with pytest.raises(DuplicateConflict, match="name 为“单位101001”，现为“改了名”") as refusal:
        define(ready_conn, agency("101003"), agency(name="改了名"))
    assert refusal.value.details["refused"] == 1
    assert refusal.value.rule and refusal.value.hint
    assert codes(ready_conn, "agencies", 2021) == {"101001"}


def test_a_code_means_what_it_means_in_its_region_and_year(ready_conn: Connection) -> None:
    define(ready_conn, agency(), agency(region=BANNER, name="旗里的"), agency(year=2022, name="来年的"))
    names = {(r.item.fiscal_year, r.item.mof_div_code): r.item.name  # type: ignore[union-attr]
             for y in (2021, 2022) for r in elements.find(ready_conn, "agencies", y)}  # fmt: skip
    assert names == {(2021, CITY): "单位101001", (2021, BANNER): "旗里的", (2022, CITY): "来年的"}


def test_two_different_items_of_one_key_in_one_call_are_refused(ready_conn: Connection) -> None:
    with pytest.raises(DuplicateConflict, match="同一批"):
        define(ready_conn, agency(), agency(name="另一个"))
    assert define(ready_conn, agency(), agency()) == [True, False]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (agency(name=" "), "名称是空的"),
        (agency("1 1"), "含有空格或符号"),
        (agency(""), "没有预算单位代码"),
        (agency(region="1506"), "财政区划应为 9-9 位"),
        (agency(kind="club"), "没有取值“club”，可用：department 部门"),
        (agency(year=21), "预算年度 21 不成立"),
        (project("P" * 22), "预算项目代码应为 1-21 位"),
        (project(pro_kind_code="9"), "没有取值“9”"),
        (payee("S1", "6222 1"), "收款账号只能是数字"),
        (payee("S1", "62221"), "收款账号应为 6-32 位，现为 5 位"),
        (payee("S1", "6" * 33), "收款账号应为 6-32 位，现为 33 位"),
        (payee("S1", "６２２２０２０"), "收款账号只能是数字"),
        (payee("S1", kind="ghost"), "没有取值“ghost”"),
    ],
)  # fmt: skip
def test_malformed_items_are_refused(ready_conn: Connection, item: Any, why: str) -> None:
    with pytest.raises(BadElement, match=why):
        define(ready_conn, item)


def test_all_refused_items_are_counted_and_the_first_named(ready_conn: Connection) -> None:
    with pytest.raises(BadElement) as refusal:
        define(ready_conn, *(agency(f"1010{n:02d}", name="") for n in range(30)), agency("109"))
    assert refusal.value.details["refused"] == 30
    assert len(refusal.value.details["items"]) == 20
    assert "101000" in str(refusal.value) and "101029" not in str(refusal.value)
    assert codes(ready_conn, "agencies", 2021) == set()


def test_nobody_records_nothing(ready_conn: Connection) -> None:
    with pytest.raises(BadElement, match="没有经办人"):
        elements.define_agencies(ready_conn, [agency()], by=" ", on=ON)


@pytest.mark.parametrize(("officer", "region"), [("nobody", CITY), ("clerk", CITY), ("banner", CITY)])
def test_who_has_not_the_duty_keeps_no_elements(ready_conn: Connection, officer: str, region: str) -> None:
    define_officers(ready_conn, [
        Officer("clerk", "国库经办", "", frozenset({"treasury_make"})),
        Officer("banner", "旗登记", BANNER, frozenset({"registry_make"})),
    ])  # fmt: skip
    define(ready_conn, agency("101002"))
    acts: list[Callable[..., object]] = [
        lambda **by: elements.define_agencies(ready_conn, [agency()], **by),
        lambda **by: elements.define_projects(ready_conn, [project()], **by),
        lambda **by: elements.revise(ready_conn, "agencies", [agency("101002")], reason="名称登记有误", **by),
        lambda **by: elements.disable(
            ready_conn, "agencies", [Key(2021, "101002", region)], reason="单位已经撤并", **by),
        lambda **by: elements.enable(
            ready_conn, "agencies", [Key(2021, "101002", region)], reason="单位已经恢复", **by),
        lambda **by: elements.roll_over(ready_conn, region, 2021, 2022, **by),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(MissingDuty, match="基础信息维护"):
            act(by=officer, on=ON)
    if officer != "banner":  # payees serve every region: the duty is enough
        with pytest.raises(MissingDuty, match="基础信息维护"):
            elements.define_payees(ready_conn, [payee("S1", "1")], by=officer, on=ON)
    assert codes(ready_conn, "agencies", 2021) == {"101002"} and codes(ready_conn, "agencies", 2022) == set()


def test_a_unit_has_its_department_first(ready_conn: Connection) -> None:
    with pytest.raises(UnknownElement, match="没有登记预算单位 101"):
        define(ready_conn, agency(dept_code="101"))
    define(ready_conn, agency("101"))
    disable(ready_conn, "agencies", "101")
    with pytest.raises(DisabledElement, match="已于 2021-01-04 停用（机构改革）"):
        define(ready_conn, agency(dept_code="101"))


def test_a_project_refers_to_what_is_in_use_in_its_year(ready_conn: Connection) -> None:
    with pytest.raises(
        UnknownElement, match=r"没有登记预算单位 101001.*没有登记专题 nothing.*没有登记标识 none"
    ):
        define(ready_conn, project(theme_codes=("nothing",), tags=("none",)))
    define(ready_conn, agency())
    labelled = project(theme_codes=("epidemic", "yellow_river"), tags=("003001", "direct_01"))
    assert define(ready_conn, labelled) == [True]
    (found,) = elements.find(ready_conn, "projects", 2021)
    assert found.item == labelled
    with pytest.raises(UnknownElement, match="2021 年 没有登记专题 stabilise_economy"):
        define(ready_conn, project("P2", theme_codes=("stabilise_economy",)))  # a policy of 2022


def test_repeating_a_call_after_its_agency_was_disabled_is_still_no_op(ready_conn: Connection) -> None:
    define(ready_conn, agency())
    define(ready_conn, project())
    disable(ready_conn, "agencies", "101001")
    assert define(ready_conn, project()) == [False]


def test_a_payee_may_gain_accounts_and_a_repeat_is_no_op(ready_conn: Connection) -> None:
    assert define(ready_conn, payee("S1", "6222020001")) == [True]
    assert define(ready_conn, payee("S1", "6222020001")) == [False]
    assert define(ready_conn, payee("S1", "6222020001", "6222020002")) == [True]
    held = elements.payee_accounts(ready_conn, ["6222020001", "6222020002", "6222020003"])
    assert held == {
        number: PayeeAccount(number, "102205000017", "收款人S1", "S1", True)
        for number in ("6222020001", "6222020002")
    }


def test_a_payee_of_no_year_is_of_the_year_of_the_day(ready_conn: Connection) -> None:
    define(ready_conn, replace(payee("S1", "6222020001"), fiscal_year=0))
    assert elements.payee_accounts(ready_conn, ["6222020001"], 2021)
    assert not elements.payee_accounts(ready_conn, ["6222020001"], 2022)


def test_an_account_belongs_to_one_payee(ready_conn: Connection) -> None:
    define(ready_conn, payee("S1", "6222020001"))
    with pytest.raises(DuplicateConflict, match="6222020001：已是收款人 S1 的账号，不能又属于 S2"):
        define(ready_conn, payee("S2", "6222020001"))
    with pytest.raises(DuplicateConflict, match="已是收款人"):
        define(ready_conn, payee("S3", "6222020009"), payee("S4", "6222020009"))
    assert codes(ready_conn, "payees", 2021) == {"S1"}


@pytest.mark.parametrize(
    ("printed", "is_same"), [("甲（集团）公司", True), ("甲 (集团)公司", True), ("乙公司", False)]
)
def test_an_account_bears_its_payees_name(ready_conn: Connection, printed: str, is_same: bool) -> None:
    account = PayeeAccount("6222020001", "102205000017", printed)
    given = elements.Payee("S1", "甲（集团）公司", "enterprise", (account,), 2021)
    if is_same:
        assert define(ready_conn, given) == [True]
    else:
        with pytest.raises(BadElement, match="户名“乙公司”不是收款人名称"):
            define(ready_conn, given)


def test_accounts_of_the_disabled_are_not_usable(ready_conn: Connection) -> None:
    define(ready_conn, payee("S1", "6222020001"), payee("S2", "6222020002", "6222020003"))
    disable(ready_conn, "payees", "S1")
    disable(ready_conn, "payee_accounts", "6222020002")
    held = elements.payee_accounts(ready_conn, ["6222020001", "6222020002", "6222020003"])
    assert {number: account.is_usable for number, account in held.items()} == {
        "6222020001": False, "6222020002": False, "6222020003": True,
    }  # fmt: skip


def test_require_usable_names_every_element_it_refuses(ready_conn: Connection) -> None:
    define(ready_conn, agency(), agency("101002"))
    define(ready_conn, project())
    ask = {
        "agency_codes": ["101001", ""],
        "pro_codes": ["P1"],
        "theme_codes": ["epidemic"],
        "tag_codes": ["003001"],
    }
    elements.require_usable(ready_conn, 2021, CITY, **ask)
    disable(ready_conn, "agencies", "101001")
    with pytest.raises(DisabledElement, match=r"101001 单位101001已于 .*没有登记预算单位 109") as refusal:
        elements.require_usable(ready_conn, 2021, CITY, agency_codes=["101001", "101002", "109"])
    assert refusal.value.details["codes"] == ["101001", "109"]
    with pytest.raises(UnknownElement, match="没有登记预算项目 P9"):
        elements.require_usable(ready_conn, 2021, CITY, pro_codes=["P9"])
    with pytest.raises(UnknownElement):
        elements.require_usable(ready_conn, 2021, BANNER, agency_codes=["101002"])


def test_where_no_region_is_named_agencies_are_not_asked_about(ready_conn: Connection) -> None:
    elements.require_usable(ready_conn, 2021, "", agency_codes=["109"], pro_codes=["P9"])
    with pytest.raises(UnknownElement):
        elements.require_usable(ready_conn, 2021, "", theme_codes=["nothing"])


def test_the_shipped_themes_and_tags_are_there_in_their_years(ready_conn: Connection) -> None:
    wanted = {
        "yellow_river", "pollution", "science_talent", "rural_revival", "rural_industry", "agri_pastoral",
        "vocational_education", "epidemic", "auxiliary_police", "enterprise_support",
    }  # fmt: skip
    assert wanted <= codes(ready_conn, "themes", 2021)
    assert wanted | {"stabilise_economy"} <= codes(ready_conn, "themes", 2022)
    assert {"003001", "003002", "003003", "livelihood", "direct_01"} <= codes(ready_conn, "tags", 2021)


def test_a_theme_of_our_own_serves_like_a_shipped_one(ready_conn: Connection) -> None:
    own = elements.Theme(2021, "snow", "雪灾救助", rule="按受灾登记认定", source="本市")
    assert elements.define_themes(ready_conn, [own], by=BY, on=ON) == [True]
    elements.require_usable(ready_conn, 2021, CITY, theme_codes=["snow"])
    with pytest.raises(UnknownElement):
        elements.require_usable(ready_conn, 2022, CITY, theme_codes=["snow"])
