"""Elements in and out of files: round trips, errors by row, what spreadsheets do to codes."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from openpyxl import Workbook, load_workbook

from fisc.kernel import open_year
from fisc.kernel.simulation import NOTICE, mark_simulated
from fisc.registry import elements
from fisc.registry.officers import define_officers
from fisc.sheets import Column, FileRefused, RowsRefused, read_table
from tests.registry.element_makers import (
    BANNER,
    BY,
    CITY,
    ON,
    REGISTRAR,
    Connection,
    agency,
    codes,
    define,
    disable,
    payee,
    project,
)
from tests.signing import sign_in

HEAD = ["fiscal_year", "mof_div_code", "agency_code", "agency_name", "agency_kind", "dept_code"]
GOOD = ["2021", CITY, "101001", "甲单位", "institution", ""]


def write(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding=encoding) as file:
            csv.writer(file).writerows(rows)
    else:
        book = Workbook()
        for row in rows:
            book.active.append(list(row))
        book.save(path)
    return path


def load(conn: Connection, path: Path, kind: str = "agencies") -> elements.Imported:
    return elements.import_file(conn, path, kind, by=BY, on=ON)


def errors(conn: Connection, path: Path, kind: str = "agencies") -> list[tuple[int, str]]:
    with pytest.raises(RowsRefused) as refusal:
        load(conn, path, kind)
    assert refusal.value.rule and refusal.value.hint
    return [(error.row, error.column) for error in refusal.value.faults]


def _fill(conn: Connection) -> None:
    define(conn, agency("001", kind="department"), agency("001001", dept_code="001"), agency(region=BANNER))
    define(conn, project(agency_code="001001", theme_codes=("epidemic", "pollution"), tags=("003001",)))
    define(conn, project("P2", agency_code="", name="=1+1"))
    define(conn, payee("S1", "0222020001", "6222020002"), payee("S2"), payee("S3", "6222020003"))
    disable(conn, "agencies", "101001", region=BANNER)
    disable(conn, "payees", "S3")
    disable(conn, "payee_accounts", "6222020002")


KINDS = ("agencies", "projects", "payees", "payee_accounts", "themes", "tags")


def _everything(conn: Connection) -> dict[str, list[elements.Record]]:
    return {kind: elements.find(conn, kind, 2021, enabled_only=False) for kind in KINDS}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_exported_imports_as_it_was(ready_conn: Connection, tmp_path: Path, suffix: str) -> None:
    files = {kind: tmp_path / f"{kind}{suffix}" for kind in KINDS if kind != "payee_accounts"}
    with ready_conn.transaction(force_rollback=True):
        _fill(ready_conn)
        before = _everything(ready_conn)
        for kind, file in files.items():
            assert elements.export_file(ready_conn, file, kind, 2021) >= len(before[kind])
    assert not codes(ready_conn, "agencies", 2021)
    done = [load(ready_conn, file, kind) for kind, file in files.items()]
    assert [(one.rows, one.new, one.disabled) for one in done[:3]] == [(3, 3, 1), (2, 2, 0), (4, 3, 2)]
    assert _everything(ready_conn) == before
    again = [load(ready_conn, file, kind) for kind, file in files.items()]
    assert not any(one.new or one.disabled for one in again)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_exported_of_a_simulated_ledger_says_so(
    ready_conn: Connection, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"tags{suffix}"
    with ready_conn.transaction(force_rollback=True):
        mark_simulated(ready_conn, "试城", datetime(2021, 1, 1, tzinfo=UTC))
        count = elements.export_file(ready_conn, file, "tags", 2021)
    if suffix == ".csv":
        assert file.read_text("utf-8-sig").splitlines()[0] == NOTICE
    else:
        page = load_workbook(file).active
        assert (page["A1"].value, page.oddHeader.center.text) == (NOTICE, NOTICE)
    assert load(ready_conn, file, "tags").rows == count


def test_the_headings_are_the_national_names_and_codes_are_text(
    ready_conn: Connection, tmp_path: Path
) -> None:
    _fill(ready_conn)
    elements.export_file(ready_conn, tmp_path / "a.xlsx", "projects", 2021, CITY)
    rows = list(load_workbook(tmp_path / "a.xlsx").active.iter_rows())
    assert [cell.value for cell in rows[0]][:8] == [
        "fiscal_year", "mof_div_code", "pro_code", "pro_name", "agency_code", "pro_kind_code", "theme_code",
        "tag_code",
    ]  # fmt: skip
    assert [cell.value for cell in rows[1]][4:8] == ["001001", None, "epidemic;pollution", "003001"]
    assert (rows[2][3].value, rows[2][3].data_type) == ("=1+1", "s")  # a name, not a formula
    elements.export_file(ready_conn, tmp_path / "p.csv", "payees", 2021)
    head = (tmp_path / "p.csv").read_text("utf-8-sig").splitlines()
    assert "payee_acct_no" in head[0] and "0222020001" in head[1]


def test_every_error_is_named_by_its_row_and_nothing_is_recorded(
    ready_conn: Connection, tmp_path: Path
) -> None:
    bad = [
        ["", CITY, "101002", "没有年度", "institution", ""],
        ["21", CITY, "101003", "短年度", "institution", ""],
        ["2021", CITY, "", "没有代码", "institution", ""],
    ]
    path = write(tmp_path / "a.csv", [HEAD, GOOD, *bad])
    assert errors(ready_conn, path) == [(3, "fiscal_year"), (4, "fiscal_year"), (5, "agency_code")]
    path = write(tmp_path / "b.xlsx", [HEAD, GOOD, [], ["2021", CITY, "101002", "乙", "club", ""]])
    assert errors(ready_conn, path) == [(4, "agency_kind")]
    assert codes(ready_conn, "agencies", 2021) == set()


def test_what_only_the_database_knows_is_named_by_row_too(ready_conn: Connection, tmp_path: Path) -> None:
    define(ready_conn, agency("101002"), agency("109"))
    disable(ready_conn, "agencies", "109")
    rows = [
        GOOD,
        ["2021", CITY, "101002", "别的名字", "administrative", ""],
        ["2021", CITY, "101003", "丙", "institution", "108"],
        ["2021", CITY, "101004", "丁", "institution", "109"],
    ]
    assert errors(ready_conn, write(tmp_path / "a.csv", [HEAD, *rows])) == [
        (3, "agency_name"), (4, "dept_code"), (5, "dept_code"),
    ]  # fmt: skip
    assert codes(ready_conn, "agencies", 2021) == {"101002"}


def test_accounts_of_payees_are_named_by_their_own_row(ready_conn: Connection, tmp_path: Path) -> None:
    define(ready_conn, payee("S0", "6222020009"))
    head = ["fiscal_year", "payee_code", "payee_name", "payee_kind", "payee_acct_no", "payee_acct_name"]
    rows = [
        ["2021", "S1", "甲公司", "enterprise", "6222020001", "甲公司"],
        ["2021", "S2", "乙公司", "enterprise", "6222020002", ""],
        ["2021", "S1", "甲公司", "enterprise", "6222020003", "丙公司"],
        ["2021", "S1", "甲公司", "enterprise", "62220200x4", ""],
    ]
    path = write(tmp_path / "a.csv", [head, *rows])
    assert errors(ready_conn, path, "payees") == [(4, "payee_acct_name"), (5, "payee_acct_no")]
    path = write(
        tmp_path / "b.csv", [head, *rows[:2], ["2021", "S1", "甲公司", "enterprise", "6222020009", ""]]
    )
    assert errors(ready_conn, path, "payees") == [(4, "payee_acct_no")]
    done = load(ready_conn, write(tmp_path / "c.csv", [head, *rows[:2]]), "payees")
    assert (done.rows, done.new) == (2, 2)


def test_long_numbers_stored_as_numbers_have_lost_digits_and_are_refused(
    ready_conn: Connection, tmp_path: Path
) -> None:
    head = ["fiscal_year", "payee_code", "payee_name", "payee_kind", "payee_acct_no"]
    short = [2021, "S1", "甲公司", "enterprise", 622202000112345]
    assert load(ready_conn, write(tmp_path / "a.xlsx", [head, short]), "payees").new == 1
    assert elements.payee_accounts(ready_conn, ["622202000112345"])
    long = [2021, "S2", "乙公司", "enterprise", 6222020001123456789]
    with pytest.raises(RowsRefused, match="第 2 行 payee_acct_no 收款账号以数字存放"):
        load(ready_conn, write(tmp_path / "b.xlsx", [head, long]), "payees")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_and_the_encodings_of_spreadsheets(
    ready_conn: Connection, tmp_path: Path, encoding: str
) -> None:
    head = ["预算年度", "财政区划", "单位代码", "单位名称", "单位类别", "部门代码"]
    assert load(ready_conn, write(tmp_path / "a.csv", [head, GOOD], encoding)).new == 1
    (found,) = elements.find(ready_conn, "agencies", 2021)
    assert found.item == agency(name="甲单位", kind="institution", manage_mof_dep_code="")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([HEAD[:3], GOOD[:3]], "缺少 agency_name"),
        ([[*HEAD, "colour"], [*GOOD, "红"]], "不认识“colour”"),
        ([[*HEAD, "agency_code"], [*GOOD, "1"]], "有重复的列"),
        ([HEAD], "没有数据行"),
        ([], "是空的"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    ready_conn: Connection, tmp_path: Path, rows: list[list[str]], why: str
) -> None:
    with pytest.raises(FileRefused, match=why):
        load(ready_conn, write(tmp_path / "a.csv", rows))


@pytest.mark.parametrize("name", ["a.ods", "broken.xlsx"])
def test_other_files_are_refused(ready_conn: Connection, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK nothing")
    with pytest.raises(FileRefused):
        load(ready_conn, tmp_path / name)
    with pytest.raises(FileRefused):
        elements.export_file(ready_conn, tmp_path / "out.ods", "agencies", 2021)


def test_a_row_disabled_without_day_or_reason_is_refused(ready_conn: Connection, tmp_path: Path) -> None:
    head = [*HEAD, "is_enabled", "disabled_on", "disable_reason"]
    rows = [[*GOOD, "2", "", ""], [*GOOD, "2", "2021/03/01", "单位撤销"], [*GOOD, "3", "", ""]]
    path = write(tmp_path / "a.csv", [head, *rows])
    assert errors(ready_conn, path) == [(2, "is_enabled"), (4, "is_enabled")]
    done = load(ready_conn, write(tmp_path / "b.csv", [head, rows[1]]))
    assert (done.new, done.disabled) == (1, 1)


def test_faults_stand_beside_their_rows_in_a_copy(
    ready_db: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fisc.cli.main import run

    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as conn:
        define_officers(conn, [REGISTRAR])
        sign_in(conn, monkeypatch, BY)
    for suffix in (".xlsx", ".csv"):
        path = write(tmp_path / f"a{suffix}", [HEAD, GOOD, ["2021", CITY, "#REF!", "乙", "institution", ""]])
        out = tmp_path / f"out{suffix}"
        said = ["registry", "import", str(path), "--kind", "agencies", "--on", "2021-01-04"]
        assert run([*said, "--out", str(out), "--json"]) == 3
        (fault,) = json.loads(capfd.readouterr().out)["faults"]
        assert (fault["row"], fault["cell"], fault["code"]) == (3, "C3", "error_cell") and fault["remedy"]
        rows = read_table(out, (Column("code", "单位代码", also=("agency_code",)), Column("导入结果"))).rows
        assert [row.values["导入结果"] for row in rows if row.number == 2] == [""]
        assert "公式出错 #REF!" in _beside(out)


def _beside(path: Path) -> str:
    if path.suffix == ".xlsx":
        return str(load_workbook(path).active["G3"].value)
    return path.read_text("utf-8").splitlines()[2].rsplit(",", 1)[1]


def test_faults_of_a_file_stand_in_the_list_of_findings(
    ready_db: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fisc.cli.main import run

    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as conn:
        open_year(conn, CITY, 2021)
        define_officers(conn, [replace(REGISTRAR, mof_div_code=CITY)])
        sign_in(conn, monkeypatch, BY)
    for code, left in (("1", 1), ("101001", 0)):
        path = write(tmp_path / "a.csv", [HEAD, ["2021", CITY, code, "甲", "institution", ""]])
        said = ["registry", "import", str(path), "--kind", "agencies", "--on", "2021-01-04"]
        assert run(said) == (3 if left else 0)
        capfd.readouterr()
        assert run(["findings", "list", "--region", "150600", "--json"]) == left
        told = json.loads(capfd.readouterr().out)["rows"]
        assert [(one["rule_id"], one["document"]) for one in told] == [("file.rows", "a.csv")] * left


def test_the_commands(
    ready_db: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fisc.cli.main import run

    monkeypatch.setenv("DATABASE_URL", ready_db)
    with psycopg.connect(ready_db, autocommit=True) as conn:
        define_officers(conn, [REGISTRAR])
        sign_in(conn, monkeypatch, BY)
    path = write(tmp_path / "a.csv", [HEAD, GOOD, ["2021", CITY, "101002", "乙", "institution", ""]])
    act = ["--on", "2021-01-04"]
    for how, words in (("--dry-run", "都已撤回"), ("--with-hidden", "")):  # a trial leaves nothing
        assert run(["registry", "import", str(path), "--kind", "agencies", *act, how]) == 0
        said = capfd.readouterr().out
        assert "读入 2 行，新登记 2 项" in said and words in said
    where = ["--kind", "agencies", "--year", "2021", "--region", CITY]
    assert run(["registry", "disable", "101002", *where, "--reason", "单位已经撤销", *act]) == 0
    over = ["--region", CITY, "--from-year", "2021", "--to-year", "2022"]
    capfd.readouterr()
    for how in ("--dry-run", "--json"):
        assert run(["registry", "roll-over", *over, *act, how, "--json"]) == 0
        said = json.loads(capfd.readouterr().out)
        assert said["copied"]["agencies"] == 1 and said["is_dry_run"] == (how == "--dry-run")
    assert run(["registry", "enable", "101002", *where, "--reason", "单位已经恢复", *act]) == 0
    assert run(["registry", "export", str(tmp_path / "b.xlsx"), *where]) == 0
    assert "2行" in "".join(capfd.readouterr().out.split())
    bad = write(tmp_path / "c.csv", [HEAD, ["2021", CITY, "1", "短", "institution", ""]])
    assert run(["registry", "import", str(bad), "--kind", "agencies", *act]) == 3
    assert "预算单位代码应为 3-21 位" in capfd.readouterr().err
    assert run(["registry", "import", str(bad), "--kind", "agencies", *act, "--json"]) == 3
    assert "第 2 行 agency_code" in json.loads(capfd.readouterr().out)["error"]["message"]
