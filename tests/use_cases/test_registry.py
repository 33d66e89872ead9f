"""Elements at the desk: recorded one by one and by file, revised, out of use and in again, by who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from fisc.registry import elements
from tests.use_cases.desk import Desk

CITY, BANNER = "150600000", "150602000"
ON = ["--on", "2022-01-04"]
WHERE = ["--region", "150600", "--year", "2022"]


@pytest.fixture
def desk(
    ready_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as conn:
        define_officers(conn, [
            Officer("g", "基础信息", CITY, frozenset({"registry_make"})),
            Officer("g2", "旗基础信息", BANNER, frozenset({"registry_make"})),
            Officer("all", "基础信息", "", frozenset({"registry_make"})),
        ])  # fmt: skip
        yield Desk(conn, monkeypatch, capsys)


def test_an_agency_is_recorded_revised_out_of_use_and_in_again(desk: Desk) -> None:
    named = ["registry", "define-agencies", *WHERE, "--agency-code", "101001", "--name", "市教育局", *ON]
    assert "单位类别" in desk.misused("g", *named)
    kind = ["--kind", "行政单位"]
    made = [*named, *kind]
    assert "岗位" in desk.refused("g2", *made)
    assert desk.new("g", *made, "--dry-run") == [True]
    assert [desk.new("g", *made) for _ in range(2)] == [[True], [False]]
    renamed = [
        "registry",
        "revise-agencies",
        *WHERE,
        "--agency-code",
        "101001",
        "--name",
        "市教体局",
        *kind,
        *ON,
    ]
    assert desk.new("g", *renamed, "--reason", "机构改革") == [True]
    off = ["101001", "--kind", "预算单位", *WHERE, *ON]
    assert desk.new("g", "registry", "disable", *off, "--reason", "单位已经撤销") == [True]
    [told] = desk.told("", "registry", "list-agencies", *WHERE)
    assert (told["name"], told["kind"], told["is_enabled"], told["reason"]) == (
        "市教体局", "administrative", False, "单位已经撤销",
    )  # fmt: skip
    assert desk.new("g", "registry", "enable", *off, "--reason", "单位已经恢复") == [True]
    [record] = elements.find(desk.conn, "agencies", 2022, CITY)
    assert record.is_enabled


def test_payees_come_with_their_accounts_from_a_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "payees.csv"
    file.write_text(
        "预算年度,收款人编码,名称,收款人类别,账号,行号\n"
        "2022,E1,能源公司,企业,6300001,102205000001\n"
        "2022,E1,能源公司,企业,6300002,102205000001\n"
        "2022,P1,张三,person,6300003,102205000001\n",
        "utf8",
    )
    assert desk.new("all", "registry", "define-payees", "--file", file, *ON) == [True, True]
    assert desk.new("all", "registry", "define-payees", "--file", file, *ON) == [False, False]
    found = elements.payee_accounts(desk.conn, ["6300002", "6300003"], 2022)
    assert {no: one.payee_code for no, one in found.items()} == {"6300002": "E1", "6300003": "P1"}
    assert [one["payee_code"] for one in desk.told("", "registry", "list-payees", "--year", "2022")] == [
        "E1",
        "P1",
    ]
    assert desk.new("all", "registry", "disable", "P1", "--kind", "payees", "--year", "2022",
                    "--reason", "账户已经注销", *ON) == [True]  # fmt: skip


def test_projects_and_tags_come_as_json_and_a_bad_one_names_its_field(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "given.json"
    tag = {"fiscal_year": 2022, "code": "t1", "name": "重点", "kind": "three_guarantees"}
    file.write_text(json.dumps([tag]), "utf8")
    assert desk.new("all", "registry", "define-tags", "--file", file, *ON) == [True]
    project = {
        "fiscal_year": 2022,
        "mof_div_code": CITY,
        "pro_code": "P22001",
        "name": "学校",
        "tags": ["t1"],
    }
    file.write_text(json.dumps([project, {**project, "pro_code": "P22002", "price": 1}]), "utf8")
    assert "第 2 项" in desk.refused("g", "registry", "define-projects", "--file", file, *ON)
    file.write_text(json.dumps([project, {**project, "pro_code": "P22002", "tags": ["nowhere"]}]), "utf8")
    assert "nowhere" in desk.refused("g", "registry", "define-projects", "--file", file, *ON)
    file.write_text(json.dumps(project), "utf8")
    assert desk.new("g", "registry", "define-projects", "--file", file, *ON) == [True]
    [told] = desk.told("", "registry", "list-projects", *WHERE)
    assert (told["pro_code"], told["tags"]) == ("P22001", ["t1"])


def test_a_zone_is_recorded_by_who_acts_for_the_government_above_and_taken_back_unused(desk: Desk) -> None:
    zone = ["registry", "define-regions", "--division-code", "150671", "--name", "高新区", "--level", "zone",
            "--source", "内政发〔2020〕1号"]  # fmt: skip
    assert "150600000" in desk.refused("g2", *zone)
    assert desk.new("g", *zone, "--dry-run") == [True]
    assert desk.told("", "registry", "regions", "--name", "高新区") == []
    assert [desk.new("g", *zone) for _ in range(2)] == [[True], [False]]
    [told] = desk.told("", "registry", "regions", "--name", "高新区")
    assert (told["mof_div_code"], told["parent"], told["is_own"]) == ("150671000", CITY, True)
    gone = ["registry", "remove-regions", "150671"]
    assert desk.new("g", *gone) == [True]
    assert "150671" in desk.refused("g", *gone)
    assert desk.new("g", *zone) == [True]
    define_officers(desk.conn, [Officer("z", "园区", "150671000", frozenset({"registry_make"}))])
    assert "人员" in desk.refused("g", *gone)


def test_what_the_standard_has_takes_another_name_and_its_old_one_again(desk: Desk) -> None:
    renamed = [
        "registry",
        "define-regions",
        "--division-code",
        "150602",
        "--name",
        "东胜新区",
        "--source",
        "民政部",
    ]
    assert desk.new("g", *renamed) == [True]
    assert [row["name"] for row in desk.told("", "registry", "regions", "--name", "东胜新区")] == ["东胜新区"]
    assert desk.new("g", "registry", "remove-regions", "150602000") == [True]
    assert desk.told("", "registry", "regions", "--name", "东胜新区") == []


def test_a_payee_that_changes_its_bank_takes_another_account_and_the_list_shows_it(desk: Desk) -> None:
    named = ["--payee-code", "S1", "--name", "信安药械", "--kind", "企业", "--year", "2022", *ON]
    old, new = ["--acct-no", "6222000001", "--bank-no", "102341000013"], ["--acct-no", "6222000083"]
    assert desk.new("all", "registry", "define-payees", *named, *old) == [True]
    revised = [
        "registry",
        "revise-payees",
        *named,
        *new,
        "--bank-no",
        "102341000013",
        "--reason",
        "收款账户换了",
    ]
    assert [desk.new("all", *revised) for _ in range(2)] == [[True], [False]]
    moved = [
        "registry",
        "revise-payees",
        *named,
        *new,
        "--bank-no",
        "102341000021",
        "--reason",
        "开户银行换了",
    ]
    assert desk.new("all", *moved) == [True]
    [told] = desk.told("", "registry", "list-payees", "--year", "2022", "--code", "S1")
    held = [(one["acct_no"], one["bank_no"], one["is_usable"]) for one in told["accounts"]]
    assert held == [("6222000001", "102341000013", True), ("6222000083", "102341000021", True)]
    assert told["reason"] == "开户银行换了"
    shown = desk.shown("", "registry", "list-payees", "--year", "2022")
    assert "6222000083" in shown and "102341000021" in shown and "开户银行换了" in shown
    assert elements.payee_accounts(desk.conn, ["6222000083"], 2022)["6222000083"].payee_code == "S1"


def test_a_revision_takes_no_account_of_another_payee_nor_one_out_of_use(desk: Desk) -> None:
    for code, account in (("S1", "6222000001"), ("S2", "6222000002")):
        made = [
            "--payee-code",
            code,
            "--name",
            code,
            "--kind",
            "企业",
            "--year",
            "2022",
            "--acct-no",
            account,
        ]
        assert desk.new("all", "registry", "define-payees", *made, *ON) == [True]
    revised = ["registry", "revise-payees", "--payee-code", "S1", "--name", "新名", "--kind", "企业",
               "--year", "2022", "--reason", "收款账户换了", *ON]  # fmt: skip
    assert "已是收款人 S2 的账号" in desk.refused("all", *revised, "--acct-no", "6222000002")
    off = [
        "registry",
        "disable",
        "6222000001",
        "--kind",
        "收款账户",
        "--year",
        "2022",
        "--reason",
        "账户已经销户",
        *ON,
    ]
    assert desk.new("all", *off) == [True]
    assert "停用（账户已经销户）" in desk.refused("all", *revised, "--acct-no", "6222000001")
    told = desk.told("", "registry", "list-payees", "--year", "2022", "--code", "S1")
    assert [(one["name"], one["accounts"][0]["is_usable"]) for one in told] == [("S1", False)]
