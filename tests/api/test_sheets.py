"""Sheets handed in over HTTP: payments and pay, as the commands take them from where they lie."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.treasury.services import payment
from tests.api.conftest import Api, serving
from tests.budget import quota_world as world
from tests.conftest import _copy_of, _furnished
from tests.treasury import desk
from tests.treasury.desk import CITY, csv_file, paid, workbook

WHERE = {"mof_div_code": CITY, "on": "2022-03-02"}
PAY = ["单位代码", "人员编号", "姓名", "工资项目", "应发金额", "工资账号"]


@pytest.fixture
def city(server_dsn: str) -> Iterator[Api]:
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_sheets", desk.furnish)) as dsn:
        yield from serving(dsn)


def handed(path: Path, **more: Any) -> dict[str, Any]:
    return {"sheet_file": b64encode(path.read_bytes()).decode(), **WHERE, **more}


def count(city: Api) -> int:
    with psycopg.connect(city.dsn) as conn:
        return conn.execute("select count(*) from treasury_payment").fetchone()[0]


def test_payments_of_a_sheet_are_applied_for_once_and_faults_name_their_rows(
    city: Api, tmp_path: Path
) -> None:
    good = handed(csv_file(tmp_path / "a.csv", [paid("A1"), paid("A2")]))
    assert city.call("seal", "POST", "/treasury/import", json=good).status_code == 403
    first = city.call("unit", "POST", "/treasury/import?dry_run=true", json=good).json()["answer"]
    assert [row["status"] for row in first] == ["imported", "imported"] and count(city) == 0
    for told in ("imported", "already"):
        rows = city.call("unit", "POST", "/treasury/import", json=good).json()["answer"]
        assert [row["status"] for row in rows] == [told, told], rows
    bad = handed(csv_file(tmp_path / "b.csv", [paid("A3"), paid("A4", yuan=-3)]))
    refused = city.call("unit", "POST", "/treasury/import", json=bad)
    assert refused.status_code == 409 and "第 3 行：金额 -3 是负数" in refused.json()["title"], refused.text
    assert count(city) == 2
    rows = city.call("unit", "POST", "/treasury/import", json=bad | {"clean_rows_only": True}).json()[
        "answer"
    ]
    assert [row["status"] for row in rows] == ["imported", "refused"] and count(city) == 3
    empty = {**bad, "sheet_file": b64encode(b" ").decode()}
    assert city.call("unit", "POST", "/treasury/import", json=empty).status_code in (409, 422)


def test_a_sheet_headed_as_a_file_for_apply_keeps_what_it_says(city: Api, tmp_path: Path) -> None:
    head = [*desk.HEADER, "支付类型", "代理银行"]
    path = csv_file(tmp_path / "a.csv", [[*paid("A1"), "authorised", "ICBC"]], header=head)
    done = city.call("unit", "POST", "/treasury/import", json=handed(path))
    assert done.status_code == 200, done.text
    with psycopg.connect(city.dsn) as conn:
        made = payment(conn, "A1")
    assert (made["pay_type"], made["agent_bank_no"]) == ("authorised", "ICBC")
    other = csv_file(tmp_path / "b.csv", [[*paid("A1"), "authorised", "ABC"]], header=head)
    refused = city.call("unit", "POST", "/treasury/import", json=handed(other)).json()
    assert "支付申请 A1 已经存在，内容与本行不同" in refused["title"]


def test_headings_that_are_not_known_are_refused_unless_they_are_to_be_skipped(
    city: Api, tmp_path: Path
) -> None:
    given = handed(csv_file(tmp_path / "a.csv", [[*paid("A1"), "是"]], header=[*desk.HEADER, "是否作废"]))
    refused = city.call("unit", "POST", "/treasury/import", json=given)
    assert refused.status_code == 422 and "不认识“是否作废”" in refused.json()["title"], refused.text
    assert "跳过不认识的列" in refused.json()["hint"] and count(city) == 0
    skipped = city.call("unit", "POST", "/treasury/import", json=given | {"skip_unknown_columns": True})
    assert skipped.status_code == 200 and count(city) == 1
    pay = workbook(tmp_path / "工资.xlsx", [["101001", "R1", "甲", "基本工资", 80, "621", 5]], [*PAY, "扣款"])
    refused = city.call(
        "unit", "POST", "/treasury/payroll", json=handed(pay, pay_month="2022-03", payee_acct_no="62220099")
    )
    assert refused.status_code == 422 and "不认识“扣款”" in refused.json()["title"], refused.text


def test_pay_finds_its_quota_or_says_line_by_line_why_not(city: Api, tmp_path: Path) -> None:
    with psycopg.connect(city.dsn, autocommit=True) as conn:
        personnel = {"dep_bgt_eco_code": "30101", "gov_bgt_eco_code": "50501"}
        world.entered(conn, world.line("S1", 100, pro_code="Q3", **personnel), doc_no="二号")
    rows = [["101001", "R1", "甲", "基本工资", 80, "621"], ["101001", "R2", "乙", "基本工资", 50, "622"]]
    given = handed(workbook(tmp_path / "工资.xlsx", rows, PAY), pay_month="2022-03", payee_acct_no="62220099")
    refused = city.call("unit", "POST", "/treasury/payroll", json=given)
    assert refused.status_code == 409 and "乙 基本工资" in refused.json()["title"], refused.text
    assert "追加 30.00 元到指标 S1" in refused.json()["hint"] and count(city) == 0
    matched = given | {"matched_only": True, "agent_bank_no": "ICBC"}
    [paid_from] = city.call("unit", "POST", "/treasury/payroll", json=matched).json()["answer"]
    assert (paid_from["bgt_id"], paid_from["line_count"], paid_from["amount_fen"]) == ("S1", 1, 8000)
    [again] = city.call("unit", "POST", "/treasury/payroll", json=matched).json()["answer"]
    assert again == paid_from | {"is_new": False}  # what was applied for before is told, not passed over
    with psycopg.connect(city.dsn) as conn:
        assert payment(conn, paid_from["pay_app_no"])["agent_bank_no"] == "ICBC"
    rows[0][4] = 81
    raised = handed(workbook(tmp_path / "另.xlsx", rows, PAY), pay_month="2022-03", payee_acct_no="62220099")
    refused = city.call("unit", "POST", "/treasury/payroll", json=raised)
    assert refused.status_code == 409 and "81.00 元，与已发金额不符" in refused.json()["title"]
    assert count(city) == 1
