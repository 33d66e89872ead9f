"""The shipped tables are well-formed; tables that are not are caught, each by its own finding."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fisc.cli import registry as commands
from fisc.kernel.findings import Finding
from fisc.registry import checks

Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def shipped() -> Tables:
    return {name: [dict(row) for row in rows] for name, rows in checks.shipped().items()}


def test_the_shipped_tables_are_well_formed() -> None:
    report = checks.check()
    assert report.findings == []
    counted = {file.file: (file.row_count, file.verified_count) for file in report.files}
    assert counted["accounts.csv"][1] >= 59  # the whole chart of 192 is verified
    assert counted["exp_func.csv"][0] > 1800


def test_provisional_rows_are_told_with_their_source() -> None:
    report = checks.check()
    listed = sum(len(group.keys) for group in report.provisional)
    assert listed == sum(file.provisional_count for file in report.files)
    assert all(group.source for group in report.provisional)


def _first(data: Tables, file: str, **wanted: str) -> dict[str, Any]:
    return next(row for row in data[file] if all(row[k] == v for k, v in wanted.items()))


BROKEN: list[tuple[str, Callable[[Tables], Any], str]] = [
    ("missing table", lambda d: d.pop("aliases.csv"), "没有这张表"),
    ("unknown table", lambda d: d.update({"odd.csv": [{"a": "1"}]}), "没有登记的表"),
    ("no source", lambda d: d["accounts.csv"][0].update(source=""), "没有来源"),
    ("bad mark", lambda d: d["accounts.csv"][0].update(is_verified="maybe"), "is_verified"),
    ("years", lambda d: d["accounts.csv"][0].update(valid_to_year="1999"), "起止颠倒"),
    ("twice", lambda d: d["regions.csv"].append(d["regions.csv"][0]), "主键重复"),
    ("short row", lambda d: d["regions.csv"][0].update(is_verified=None), "列数不够"),
    ("orphan", lambda d: _first(d, "exp_func.csv", code="2010101").update(parent="29999"), "没有上级科目"),
    (
        "overlap",
        lambda d: _first(d, "exp_func.csv", code="21105", valid_to_year="2023").update(valid_to_year=""),
        "同时有效",
    ),
    ("twin", lambda d: _first(d, "exp_func.csv", code="2300202").update(code="2300203"), "对应的支出科目"),
    (
        "account",
        lambda d: _first(d, "posting_rules.csv", rule_code="192-T01").update(credit="4999"),
        "科目表没有",
    ),
    ("book", lambda d: d["posting_rules.csv"][0].update(book="quota"), "不管"),
    (
        "rule set",
        lambda d: _first(d, "rule_sets.csv", valid_to_year="2022").update(valid_to_year="2024"),
        "2 套",
    ),
    ("control", lambda d: _first(d, "accounts.csv", code="9302").update(floor_fen=""), "控制科目"),
    ("event", lambda d: d["code_events.csv"][0].update(event="nothing"), "没有业务"),
    ("alias", lambda d: d["aliases.csv"][0].update(code="29999"), "没有代码"),
    ("share", lambda d: d["tax_sharing.csv"][0].update(local_pct="51"), "100"),
    ("region", lambda d: d["regions.csv"][3].update(parent="990000000"), "没有上级"),
]


@pytest.mark.parametrize(("what", "damage", "told"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_table_is_caught(
    shipped: Tables, what: str, damage: Callable[[Tables], Any], told: str
) -> None:
    broken = copy.deepcopy(shipped)
    damage(broken)
    report = checks.check(broken)
    assert not report.is_well_formed
    assert any(told in finding.what for finding in report.findings)


@pytest.fixture
def run() -> Callable[..., Any]:
    root = typer.Typer()
    commands.register(root)
    return lambda *words: CliRunner().invoke(root, ["registry", *words])


def test_check_command(run: Callable[..., Any]) -> None:
    shown, every, some = run("check"), run("check", "--all"), run("check", "会计科目")
    assert {one.exit_code for one in (shown, every, some)} == {0}
    assert all("各表完好" in one.output for one in (shown, every, some))
    assert ["财库〔2022〕41号, recalled" in one.output for one in (shown, every, some)] == [False, True, True]
    assert len(shown.output.splitlines()) < len(checks.shipped()) + 12
    assert "岗位" in shown.output and "岗位" not in some.output
    told = json.loads(run("check", "--json").output)
    assert told["is_well_formed"] is True
    assert {file["file"] for file in told["files"]} == set(checks.shipped())


def test_check_command_fails_on_findings(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    report = checks.Report(findings=[Finding("registry.malformed", "登记各表完好", "x.csv 1：坏了")])
    monkeypatch.setattr(checks, "check", lambda: report)
    shown = run("check")
    assert shown.exit_code == 1 and "坏了" in shown.output


def test_list_command(run: Callable[..., Any]) -> None:
    rows = json.loads(run("list", "exp_func", "--year", "2022", "--code", "21105", "--json").output)["rows"]
    assert rows[0]["name"] == "天然林保护"
    assert {row["code"][:5] for row in rows} == {"21105"}
    of_rules = run("list", "rules", "--code", "tax_received").output
    assert "1001" in of_rules and "debit" not in of_rules
    nothing = run("list", "exp_func", "--code", "999")
    assert nothing.exit_code == 0 and "没有符合的行" in nothing.output


def test_rows_are_found_by_their_chinese_names(run: Callable[..., Any]) -> None:
    tables = json.loads(run("list", "--json").output)["rows"]
    assert {row["table"] for row in tables} == {file.removesuffix(".csv") for file in checks.shipped()}
    found = json.loads(run("list", "--name", "国库存款", "--json").output)["rows"]
    assert {("accounts.csv", "1001")} <= {(row["table"], row.get("code")) for row in found}
    of_one = json.loads(run("list", "会计科目", "--name", "国库存款", "--json").output)["rows"]
    assert of_one and all("国库存款" in row["name"] and "table" not in row for row in of_one)


def test_a_table_that_is_not_is_wrong_usage(run: Callable[..., Any]) -> None:
    assert run("list", "nothing").exit_code == 2
