"""`fisc treasury`: what people read, what programs read, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.cli.use_cases import parameter_name
from fisc.documents import Officer, define_officers, findings
from fisc.documents.described import described
from fisc.use_cases import use_case
from tests.budget import quota_world as world
from tests.cli.commands import every_command
from tests.signing import sign_in
from tests.treasury import desk
from tests.treasury.desk import CITY, csv_file, paid, results, workbook

COMMON = ["--region", CITY, "--on", "2022-03-02"]
PAY = ["单位代码", "人员编号", "姓名", "工资项目", "应发金额", "工资账号"]


@pytest.fixture
def conn(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    monkeypatch.setenv("COLUMNS", "200")
    with psycopg.connect(ready_db, autocommit=True) as connection:
        desk.furnish(connection)
        sign_in(connection, monkeypatch, "unit")
        yield connection


def test_import_says_what_happened(conn: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = csv_file(tmp_path / "三月.csv", [paid("A1"), paid("A2", yuan=-3)])
    arguments = ["treasury", "import", str(path), *COMMON]
    assert run(arguments) == ExitCode.REFUSED
    said = capsys.readouterr().out
    assert (
        "有误 1 行" in " ".join(said.split()) and "第 3 行：金额 -3 是负数" in said and "导入结果.csv" in said
    )
    assert run([*arguments, "--each", "--json"]) == ExitCode.FAULTS
    found = json.loads(capsys.readouterr().out)
    assert (found["imported"], found["refused"], found["amount_fen"]) == (1, 1, 10_000)
    assert found["problems"][0]["codes"] == "negative"
    path = csv_file(tmp_path / "无一可用.csv", [paid("A3", yuan=-3)])
    assert run(["treasury", "import", str(path), *COMMON, "--each"]) == ExitCode.REFUSED


def test_the_region_is_that_of_who_acts_and_what_was_wrong_is_told_in_words(
    conn: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path / "三月.csv", [paid("A1"), paid("A2", quota="B9")])
    imported = ["treasury", "import", str(path), "--on", "2022-03-02", "--each"]
    assert run(imported) == ExitCode.USAGE
    assert "--region" in capsys.readouterr().err
    define_officers(conn, [
        Officer("u", "单位经办", CITY, frozenset({"unit_make"})),
        Officer("r", "疑点审核", CITY, frozenset({"finding_review"})),
    ])  # fmt: skip
    sign_in(conn, monkeypatch, "u")
    assert run(imported) == ExitCode.FAULTS
    [kept] = findings.recorded(conn, documents=["三月.csv"])
    assert "怎么办" not in kept.finding.what
    capsys.readouterr()
    assert run(["findings", "show", kept.key[-8:]]) == ExitCode.OK
    said = " ".join(capsys.readouterr().out.split())
    assert "第 3 行 怎么办 请核对指标编号" in said and "unknown_quota" not in said and "0.00" not in said
    sign_in(conn, monkeypatch, "r")
    assert (
        run(["findings", "close", kept.key, "--note", "情况已经说明", "--on", "2022-03-02"])
        == ExitCode.REFUSED
    )
    refused = capsys.readouterr().err
    assert kept.key[-8:] in refused and kept.key not in refused


def test_columns_that_nobody_reads_are_told_in_words_and_for_programs(
    conn: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path / "a.xlsx", [[*paid("A1"), "急"]], header=[*desk.HEADER, "附言"])
    arguments = ["treasury", "import", str(path), *COMMON]
    assert run(arguments) == ExitCode.REFUSED
    assert "不认识“附言”" in (said := capsys.readouterr().err) and "--skip-unknown-columns" in said
    arguments.append("--skip-unknown-columns")
    assert run(arguments) == ExitCode.OK
    assert "列 附言 不是要导入的要素，没有读取" in capsys.readouterr().out
    assert run([*arguments, "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["unread"] == ["附言"]


BAD_CELLS = {
    ("控制字符", "A3"): paid("A\x002"),
    ("控制字符", "F4"): paid("A3", use="\0" * 300),
    ("C5 “3²”不是金额",): paid("A4", yuan="3²"),
    ("C6 “1 0”不是金额",): paid("A5", yuan="1 0"),
    ("超过 60 字", "C7"): paid("A6", yuan="9" * 5_000),
    ("超过 200 字", "A8"): paid("9" * 5_000),
    ("超过 200 字", "B9"): paid("A8", "B" * 5_000),
    ("超过 32 字", "E10"): paid("A9", account="6" * 33, name="甲"),
    ("…（共 5,000 字）",): paid("A10", name="名" * 5_000),
}


def test_cells_that_nobody_can_keep_are_told_beside_their_rows(
    conn: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv_file(tmp_path / "三月.csv", [paid("A1"), *BAD_CELLS.values()])
    arguments = ["treasury", "import", str(path), *COMMON, "--each", "--json"]
    assert run(arguments) == ExitCode.FAULTS
    found = json.loads(capsys.readouterr().out)
    assert (found["imported"], found["refused"], found["amount_fen"]) == (1, len(BAD_CELLS), 10_000)
    copied = (tmp_path / "三月.导入结果.csv").read_text("utf8").splitlines()
    for row, (words, problem) in enumerate(zip(BAD_CELLS, found["problems"], strict=True), 3):
        said = problem["message"]
        assert problem["row"] == row and all(word in said for word in words)
        assert "怎么办" in said and len(said) < 300 and said in copied[row - 1].replace('""', '"')


def test_a_format_that_shows_another_size_pays_nothing(conn: Any, tmp_path: Path, capsys: Any) -> None:
    path = workbook(tmp_path / "三月.xlsx", [paid("A1", yuan=3), paid("A2", yuan=5)])
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["C3"].number_format = '0.00"万元"'
    book.save(path)
    assert run(["treasury", "import", str(path), *COMMON, "--json"]) == ExitCode.REFUSED
    found = json.loads(capsys.readouterr().out)
    assert found["imported"] == 0 and found["problems"][0]["codes"] == "format"
    assert (
        "支付!C3 支付申请金额存的数是 5，单元格格式却显示为“5.00万元”"
        in results(tmp_path / "三月.导入结果.xlsx")[1]
    )


def test_import_of_a_bad_file_is_told_gently(conn: Any, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    assert run(["treasury", "import", str(tmp_path / "a.csv"), *COMMON]) == ExitCode.REFUSED
    said = capsys.readouterr().err
    assert "是空的" in said and "怎么办" in said


def test_cash_and_forecast(conn: Any, capsys: pytest.CaptureFixture[str]) -> None:
    desk.receive(conn, 50_000, date(2022, 2, 15))
    assert run(["treasury", "cash-position", *COMMON, "--unit", "元"]) == ExitCode.OK
    assert "国库存款" in (said := capsys.readouterr().out) and "50,000.00" in said
    assert run(["treasury", "cash-position", *COMMON, "--floor", "9"]) == ExitCode.FAULTS
    assert "低于库底" in capsys.readouterr().out
    assert run(["treasury", "cash-outlook", *COMMON, "--days", "30", "--floor", "99"]) == ExitCode.OK
    said = capsys.readouterr().out
    assert "2022-03-03 起低于库底" in said and "期初 5" in said
    assert run(["treasury", "cash-outlook", *COMMON, "--days", "30", "--json"]) == ExitCode.OK
    [found] = json.loads(capsys.readouterr().out)["rows"]
    assert len(found["daily"]) == 30 and found["shortage"] is None and found["treasury_fen"] == 5_000_000


def test_payroll_is_proposed_then_accepted(conn: Any, tmp_path: Path, capsys: Any) -> None:
    personnel = {"dep_bgt_eco_code": "30101", "gov_bgt_eco_code": "50501"}
    world.entered(conn, world.line("S1", 100, pro_code="Q3", **personnel), doc_no="二号")
    rows = [["101001", "R1", "甲", "基本工资", 80, "621"], ["101001", "R2", "乙", "基本工资", 50, "622"]]
    path = workbook(tmp_path / "工资.xlsx", rows, PAY)
    arguments = ["treasury", "payroll", str(path), *COMMON, "--pay-month", "2022-03"]
    assert run(arguments) == ExitCode.FAULTS
    said = capsys.readouterr().out
    assert "乙（R2）基本工资 50.00 元" in said and "追加 30.00 元到指标 S1" in said and "尚未申请支付" in said
    assert "→ 指标 S1" in results(tmp_path / "工资.导入结果.xlsx")[0]
    accept = [*arguments, "--accept", "--payee-acct-no", "62220099"]
    assert run(accept) == ExitCode.REFUSED
    assert "1 行共 50.00 元没有指标" in capsys.readouterr().err
    assert run([*accept, "--matched-only", "--dry-run"]) == ExitCode.OK
    assert "只是试办" in capsys.readouterr().out
    assert conn.execute("select count(*) from treasury_payment").fetchone() == (0,)
    assert run([*accept, "--matched-only"]) == ExitCode.OK
    assert "已申请支付 1 笔，80.00 元" in capsys.readouterr().out
    assert run([*arguments, "--accept"]) == ExitCode.USAGE


@pytest.mark.parametrize("verb", [("import",), ("payroll", "--pay-month", "2022-03")])
def test_a_file_handed_in_stays_as_it_is(
    conn: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: tuple[str, ...]
) -> None:
    """Results never go into it, nor anywhere on a trial."""
    pay = [["101001", "R1", "甲", "基本工资", 80, "621"]]
    given = (pay, PAY) if verb[0] == "payroll" else ([paid("A1")], desk.HEADER)
    path = workbook(tmp_path / "a.xlsx", *given)
    before = path.read_bytes()
    command = ["treasury", *verb, str(path), *COMMON]
    assert run([*command, "--out", str(path)]) == ExitCode.REFUSED
    assert "写回原文件" in capsys.readouterr().err and path.read_bytes() == before
    run([*command, "--dry-run", "--json"])
    assert json.loads(capsys.readouterr().out)["out"] == "" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("verb", ["import", "payroll"])
def test_a_command_takes_the_options_that_the_catalogue_prints(verb: str) -> None:
    case = use_case(f"treasury.{verb}")
    told = {parameter_name(one).replace("_", "-") for one in case.options if not one.is_bytes} | {"dry-run"}
    told = {"each" if name == "clean-rows-only" else name for name in told}  # as every command calls it
    [command] = [one for one in every_command() if one.words == ("treasury", verb)]
    assert told <= {name.strip("-") for one in command.of.params for name in one.opts}


def test_a_sheet_may_be_headed_as_a_file_of_applications(conn: Any, tmp_path: Path, capsys: Any) -> None:
    of_sheet = {name for one in described(use_case("treasury.import"))["sheet"]
                for name in (one["name"], one["heading"], *one["also"])}  # fmt: skip
    must = [one for one in use_case("treasury.apply").shape.flat if one.is_required and not one.choices]
    assert {name for one in must for name in (one.name, one.heading)} <= of_sheet
    assert run(["docs", "use-cases", "treasury.import"]) == ExitCode.OK
    assert "指标" in capsys.readouterr().out


def test_faults_of_a_payroll_file_are_findings(conn: Any, tmp_path: Path) -> None:
    rows = [["101001", "R1", "甲", "基本工资", -80, "621"], ["101001", "R2", "乙", "基本工资", 50, "622"]]
    path = workbook(tmp_path / "工资.xlsx", rows, PAY)
    run(["treasury", "payroll", str(path), *COMMON, "--pay-month", "2022-03"])
    kept = findings.recorded(conn, documents=["工资.xlsx"])
    assert [(one.finding.rule_id, one.finding.mof_div_code) for one in kept] == [("file.rows", CITY)]
    run(["treasury", "payroll", str(workbook(path, rows[1:], PAY)), *COMMON, "--pay-month", "2022-03"])
    assert findings.recorded(conn, documents=["工资.xlsx"]) == []
