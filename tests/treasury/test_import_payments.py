"""Payments from files: what is posted, what is refused and how the file says so."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from fisc.documents import MissingDuty, RuleBroken, findings
from fisc.kernel import FiscError
from fisc.kernel.verify import verify_within
from fisc.sheets import FileRefused
from fisc.treasury.services import PaymentApplication, apply
from fisc.treasury.services.imports import ImportReport, import_payments
from fisc.treasury.services.imports.payments import as_dict
from tests.conftest import _world
from tests.treasury import desk
from tests.treasury.desk import CITY, DAY, HEADER, PAYEES, csv_file, left, paid, results, workbook

Conn = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def _desk(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_desk", desk.furnish) as connection:
        yield connection


@pytest.fixture
def conn(_desk: Conn) -> Iterator[Conn]:
    """A connection to a city whose units can apply, inside a transaction that is rolled back."""
    with _desk.transaction(force_rollback=True):
        yield _desk


def run(conn: Conn, path: Path, **given: Any) -> ImportReport:
    return import_payments(conn, path, **{"region": CITY, "by": "unit", "on": DAY, **given})


def codes(report: ImportReport) -> dict[int, str]:
    return {problem["row"]: problem["codes"] for problem in report.problems()}


def test_a_clean_workbook_is_applied_for(conn: Conn, tmp_path: Path) -> None:
    report = run(
        conn, workbook(tmp_path / "a.xlsx", [paid("A1"), paid("A2", "B2", "1,0.50".replace(",", ""))])
    )
    assert report.count("imported") == 2 and report.amount_fen == 11_050
    assert left(conn, "B1") == 900 and left(conn, "B2") == 489
    assert results(report.out or Path()) == ["已导入 A1（2022-03-02）", "已导入 A2（2022-03-02）"]
    assert verify_within(conn).ok


def test_the_same_file_again_posts_nothing(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [paid("", use="纸"), paid("A2")])
    run(conn, path)
    again = run(conn, path)
    assert again.count("already") == 2 and again.count("imported") == 0 and left(conn, "B1") == 800
    assert "未再导入" in results(again.out or Path())[0]
    assert conn.execute("select count(*) from treasury_import_batch").fetchone() == (1,)


def test_one_bad_row_holds_all_unless_clean_rows_are_wanted(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [paid("A1"), paid("A2", yuan=-5), paid("A3")])
    report = run(conn, path)
    assert report.count("imported") == 0 and report.count("held") == 2 and left(conn, "B1") == 1000
    said = results(report.out or Path())
    assert "本行无误" in said[0] and "负数" in said[1] and "怎么办" in said[1]
    clean = run(conn, path, clean_rows_only=True)
    assert clean.count("imported") == 2 and clean.count("refused") == 1 and left(conn, "B1") == 800


def test_faults_of_a_file_are_findings_until_it_is_in_order(conn: Conn, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    run(conn, workbook(path, [paid("A1"), paid("A2", yuan=-5), paid("A3", yuan=-6)]))
    kept = findings.recorded(conn, documents=["a.xlsx"])
    assert [(one.finding.rule_id, one.finding.mof_div_code, one.state) for one in kept] == [
        ("file.rows", CITY, "open")
    ] * 2
    assert all("负数" in one.finding.what for one in kept)
    run(conn, workbook(path, [paid("A1"), paid("A2"), paid("A3", yuan=-6)]))
    assert [one.key for one in findings.recorded(conn, documents=["a.xlsx"])] == [kept[1].key]
    run(conn, workbook(path, [paid("A1"), paid("A2"), paid("A3")]))
    assert findings.recorded(conn, documents=["a.xlsx"]) == []
    assert len(findings.recorded(conn, documents=["a.xlsx"], states=["closed"])) == 2


def test_the_mended_file_brings_only_what_is_new(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [paid("", use="纸"), paid("", yuan="一百")])
    out = run(conn, path, clean_rows_only=True).out
    assert out is not None
    book = openpyxl.load_workbook(out)
    book.worksheets[0]["C3"] = 250
    book.save(tmp_path / "b.xlsx")
    report = run(conn, tmp_path / "b.xlsx")
    assert report.count("already") == 1 and report.count("imported") == 1 and left(conn, "B1") == 650


BAD = [
    (paid("X", ""), "missing", "缺少指标"),
    (paid("X", yuan=""), "missing", "缺少金额"),
    (paid("X", use=""), "missing", "缺少资金用途"),
    (paid("X", yuan="一百元"), "not_amount", "一百元"),
    (paid("X", yuan=12.345), "decimals", "12.345"),
    (paid("X", yuan=0), "zero", "为零"),
    (paid("X", yuan="1,23"), "not_amount", "1,23"),
    (paid("X", "B9"), "unknown_quota", "B9"),
    (paid("X", account="69999999", name="某人"), "unknown_payee", "69999999"),
    (paid("X", name="别的公司"), "payee_name", "东胜建材有限公司"),
    (paid("X", account=6222000112345678901, name="甲"), "cut_number", "末几位已丢失"),  # type: ignore[arg-type]
    (paid("X", yuan=1000.01), "shortfall", "差 0.01 元"),
]


def test_each_fault_is_said_in_its_row(conn: Conn, tmp_path: Path) -> None:
    rows = [[f"X{n}", *row[1:]] for n, (row, _, _) in enumerate(BAD)]
    report = run(conn, workbook(tmp_path / "a.xlsx", rows))
    assert codes(report) == {n: code for n, (_, code, _) in enumerate(BAD, 2)}
    for said, (_, _, words) in zip(results(report.out or Path()), BAD, strict=True):
        assert words in said and "依据：" in said and "怎么办：" in said
    assert left(conn, "B1") == 1000


def test_a_row_is_told_all_its_faults_at_once(conn: Conn, tmp_path: Path) -> None:
    report = run(conn, workbook(tmp_path / "a.xlsx", [paid("X", "B9", -1, name="别的公司", use="")]))
    assert set(codes(report)[2].split()) == {"missing", "negative", "unknown_quota", "payee_name"}


def test_repeats_in_the_file_are_refused(conn: Conn, tmp_path: Path) -> None:
    rows = [paid("A1"), paid("A1", yuan=5), paid("", use="笔"), paid("", use="笔")]
    report = run(conn, workbook(tmp_path / "a.xlsx", rows), clean_rows_only=True)
    assert codes(report) == {3: "same_number", 5: "same_content"} and report.count("imported") == 2
    assert "第 4 行" in report.problems()[1]["message"]


def test_a_number_that_stands_for_something_else(conn: Conn, tmp_path: Path) -> None:
    run(conn, workbook(tmp_path / "a.xlsx", [paid("A1")]))
    report = run(conn, workbook(tmp_path / "b.xlsx", [paid("A1", yuan=7)]))
    assert codes(report) == {2: "conflict"} and left(conn, "B1") == 900


def test_quotas_are_taken_in_the_order_of_rows(conn: Conn, tmp_path: Path) -> None:
    rows = [paid("A1", yuan=600), paid("A2", yuan=500), paid("A3", yuan=400), paid("A4", yuan=1)]
    report = run(conn, workbook(tmp_path / "a.xlsx", rows), clean_rows_only=True)
    assert codes(report) == {3: "shortfall", 5: "shortfall"} and left(conn, "B1") == 0
    assert "可用余额 400.00 元" in report.problems()[0]["message"]


def test_what_a_monitoring_rule_catches_is_the_rows_fault_too(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [paid("A1"), paid("A2", use="123456")])
    report = run(conn, path)
    assert codes(report) == {3: "applied"} and report.count("held") == 1 and left(conn, "B1") == 1000
    assert "R18" in results(report.out or Path())[1]
    assert run(conn, path, clean_rows_only=True).count("imported") == 1 and left(conn, "B1") == 900


def _saved(path: Path, change: Callable[[Any], object], rows: list[Any]) -> Path:
    book = openpyxl.load_workbook(workbook(path, rows))
    change(book.worksheets[0])
    book.save(path)
    return path


def test_a_hidden_row_is_named_and_not_paid_unless_asked_for(conn: Conn, tmp_path: Path) -> None:
    def hide(page: Any) -> None:
        page.row_dimensions[3].hidden = True

    path = _saved(tmp_path / "a.xlsx", hide, [paid("A1"), paid("A2")])
    report = run(conn, path, clean_rows_only=True)
    assert codes(report) == {3: "hidden"} and left(conn, "B1") == 900
    assert "被隐藏" in results(report.out or Path())[1]
    assert run(conn, path, with_hidden=True).count("imported") == 1 and left(conn, "B1") == 800


def test_rows_that_look_alike_are_paid_once(conn: Conn, tmp_path: Path) -> None:
    uses = ("设备款", "设备款\u200b", "设备 款", "设\u00a0备  款", "设备款（二）", "设备款(二)")
    report = run(
        conn, workbook(tmp_path / "a.xlsx", [paid("", use=use) for use in uses]), clean_rows_only=True
    )
    assert codes(report) == dict.fromkeys((3, 4, 5, 7), "same_content") and left(conn, "B1") == 800
    again = run(
        conn, workbook(tmp_path / "b.xlsx", [paid("", use="设 备款"), paid("", use="设备款（ 二 ）")])
    )
    assert again.count("already") == 2 and left(conn, "B1") == 800


def test_numbers_that_look_alike_are_one_number(conn: Conn, tmp_path: Path) -> None:
    numbers = ["INV-7", "INV-7\u202c", "inv-7", "ＩＮＶ-7"]
    report = run(conn, workbook(tmp_path / "a.xlsx", [paid(n) for n in numbers]), clean_rows_only=True)
    assert codes(report) == dict.fromkeys((3, 4, 5), "same_number") and left(conn, "B1") == 900
    later = run(conn, workbook(tmp_path / "b.xlsx", [paid("inv-7"), paid("Inv-7")]), clean_rows_only=True)
    assert later.count("imported") == 0 and left(conn, "B1") == 900


def test_an_error_cell_is_named_and_its_row_is_marked_in_red(conn: Conn, tmp_path: Path) -> None:
    report = run(conn, workbook(tmp_path / "a.xlsx", [paid("#N/A"), paid("A2", use="#REF!"), paid("A3")]))
    assert codes(report) == dict.fromkeys((2, 3), "error_cell") and left(conn, "B1") == 1000
    page = openpyxl.load_workbook(report.out or "").worksheets[0]
    assert "A2 支付申请编号公式出错 #N/A" in page["G2"].value and page["G2"].font.color.rgb == "FFC00000"
    assert page["G4"].value.startswith("本行无误") and page["G4"].font.color.rgb != "FFC00000"


def test_a_control_sign_is_refused_at_every_door(conn: Conn, tmp_path: Path) -> None:
    report = run(
        conn, csv_file(tmp_path / "a.csv", [paid("A1", use="设备\x0b款"), paid("A2", use="货\u200b款")])
    )
    assert codes(report) == {2: "control"} and left(conn, "B1") == 1000
    name = PAYEES["62220001"]
    given = PaymentApplication("A3", "B1", 100, "direct", name, "62220001", "", "设备\x0b款", CITY)
    with pytest.raises(RuleBroken, match="控制字符"):
        apply(conn, [given], by="unit", on=DAY)


def test_leading_zeros_that_a_format_shows_count(conn: Conn, tmp_path: Path) -> None:
    def zeros(page: Any) -> None:
        page["E2"].number_format = "0000000000"

    row = ["A1", "B1", 100, "东胜建材有限公司", 62220001, "货款"]
    report = run(conn, _saved(tmp_path / "a.xlsx", zeros, [row]))
    assert codes(report) == {2: "unknown_payee"} and "0062220001" in report.problems()[0]["message"]


def test_an_officer_without_the_duty_imports_nothing(conn: Conn, tmp_path: Path) -> None:
    with pytest.raises(MissingDuty):
        run(conn, workbook(tmp_path / "a.xlsx", [paid("A1")]), by="desk")
    assert left(conn, "B1") == 1000
    assert conn.execute("select count(*) from treasury_import_batch").fetchone() == (0,)


def test_other_cells_stay_as_they_were(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [paid("A1"), paid("A2", yuan=-1)], header=[*desk.HEADER, "备注"])
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    page["G2"], page["G3"].value = "=C2*2", None
    page["C2"].number_format = "#,##0.00"
    page.freeze_panes = "A2"
    book.create_sheet("说明").append(["勿删"])
    book.save(path)
    before = openpyxl.load_workbook(path)
    after = openpyxl.load_workbook(run(conn, path).out or "")
    assert after.sheetnames == before.sheetnames and after["支付"].freeze_panes == "A2"
    for row in before["支付"].iter_rows():
        for cell in row:
            same = after["支付"][cell.coordinate]
            assert (same.value, same.number_format) == (cell.value, cell.number_format)


def test_element_names_units_titles_and_totals(conn: Conn, tmp_path: Path) -> None:
    header = ["pay_app_no", "bgt_id", "pay_app_amt", "payee_acct_name", "payee_acct_no", "use_des"]
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in [["三月支付"], ["单位：万元"], header, list(paid("A1", yuan=0.05)), ["合计", None, 0.05]]:
        page.append(row)
    book.save(tmp_path / "a.xlsx")
    report = run(conn, tmp_path / "a.xlsx", write=False)
    assert report.amount_fen == 50_000 and report.rows["row"].to_list() == [4]


def test_columns_that_nobody_reads_are_refused_or_told(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[*paid("A1"), "急", "是"]], header=[*HEADER, "备注", "是否作废"])
    with pytest.raises(FileRefused, match="不认识“是否作废”"):
        run(conn, path)
    path = workbook(tmp_path / "a.xlsx", [[*paid("A1"), "急", "x"]], header=[*HEADER, "备注", "经办人"])
    report = run(conn, path, skip_unknown_columns=True)
    assert report.count("imported") == 1 and "备注、经办人" in report.notes[0]
    assert (said := as_dict(report))["unread"] == ["备注", "经办人"] and said["notes"] == report.notes


@pytest.mark.parametrize("clean_rows_only", [False, True])
def test_a_total_that_cannot_be_read_is_told_beside_it(
    conn: Conn, tmp_path: Path, *, clean_rows_only: bool
) -> None:
    workbook(tmp_path / "a.xlsx", [paid("A1"), ["合计", None, "#REF!"]])
    report = run(conn, tmp_path / "a.xlsx", clean_rows_only=clean_rows_only)
    assert report.count("imported") == clean_rows_only
    (problem,) = report.problems()
    assert (problem["row"], problem["codes"]) == (3, "error_cell") and "C3" in problem["message"]
    beside = [row[-1] for row in openpyxl.load_workbook(report.out or "").worksheets[0].values]
    assert beside[2] == problem["message"] and "怎么办" in beside[2]
    (found,) = findings.recorded(conn, rules=["file.rows"])
    assert "#REF!" in found.finding.what


def test_a_csv_comes_back_in_its_own_encoding(conn: Conn, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv", [paid("A1"), paid("A2", yuan="x")], encoding="gb18030", delimiter="\t"
    )
    report = run(conn, path, clean_rows_only=True)
    assert report.count("imported") == 1 and codes(report) == {3: "not_amount"}
    lines = (report.out or Path()).read_bytes().decode("gb18030").splitlines()
    assert lines[0].endswith("\t导入结果") and "“x”不是金额" in lines[2]


def test_a_result_never_overwrites_the_file_handed_in(conn: Conn, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [paid("A1")])
    with pytest.raises(FiscError, match="写回原文件"):
        run(conn, path, out=path)
    assert left(conn, "B1") == 1000


def test_results_that_have_no_place_are_refused_before_anything_is_posted(conn: Conn, tmp_path: Path) -> None:
    given = workbook(tmp_path / "a.xlsx", [paid("A1")])
    with pytest.raises(FiscError, match="没有文件夹"):
        run(conn, given, out=tmp_path / "none" / "b.xlsx")
    assert left(conn, "B1") == 1000


def test_a_file_that_is_not_there_is_refused_in_words(conn: Conn, tmp_path: Path) -> None:
    with pytest.raises(FiscError, match="读不出"):
        run(conn, tmp_path / "none.xlsx")


def test_a_number_of_two_lines_is_that_rows_fault(conn: Conn, tmp_path: Path) -> None:
    given = workbook(tmp_path / "a.xlsx", [paid("A1"), paid("A\n2")])
    report = run(conn, given, clean_rows_only=True)
    assert report.count("imported") == 1
    assert "编号不能用" in report.problems()[0]["message"]


@pytest.mark.parametrize(
    ("stands", "given"),
    [
        ("ZF（1）", "ZF(1)"),
        ("ZF〔1〕", "ZF[1]"),
        ("ZF 1", "ZF1"),
        ("ZF1", "ZF 1"),
        ("Zf1", "zF1"),
        ("支〔1〕号", "支（1）号"),
    ],
)
def test_a_number_written_otherwise_is_not_paid_again(
    conn: Conn, tmp_path: Path, stands: str, given: str
) -> None:
    first = run(conn, csv_file(tmp_path / "a.csv", [paid(stands), paid("other")]))
    again = run(conn, csv_file(tmp_path / "b.csv", [paid(given)]))
    assert (first.count("imported"), again.count("imported")) == (2, 0) and codes(again) == {2: "conflict"}
    assert stands in again.problems()[0]["message"] and left(conn, "B1") == 800


def test_numbers_that_brackets_tell_apart_are_two(conn: Conn, tmp_path: Path) -> None:
    run(conn, csv_file(tmp_path / "a.csv", [paid("ZF(1)2")]))
    assert run(conn, csv_file(tmp_path / "b.csv", [paid("ZF1(2)", use="图书")])).count("imported") == 1


def test_results_that_cannot_be_written_are_told_and_nothing_is_applied_for_twice(
    conn: Conn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path / "a.csv", [paid("A1")])
    with pytest.raises(FiscError, match="是文件夹"):
        run(conn, path, out=tmp_path)
    assert left(conn, "B1") == 1000

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    report = run(conn, path)
    assert report.out is None and report.count("imported") == 1 and "不会重复申请" in report.notes[-1]
    monkeypatch.undo()
    assert run(conn, path).count("already") == 1 and left(conn, "B1") == 900


def test_what_another_program_applied_for_meanwhile_is_not_counted_as_imported(
    conn: Conn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fisc.treasury.services.imports import payments

    def after_another(conn: Conn, given: list[PaymentApplication], **more: Any) -> Any:
        apply(conn, given[:1], by="unit", on=DAY)
        return apply(conn, given, **more)

    monkeypatch.setattr(payments, "apply", after_another)
    report = run(conn, workbook(tmp_path / "a.xlsx", [paid("A1"), paid("A2")]))
    assert (report.count("already"), report.count("imported"), report.amount_fen) == (1, 1, 10_000)
    batch = conn.execute("select imported_count, amount_fen from treasury_import_batch").fetchall()
    assert batch == [(1, 10_000)] and results(report.out or Path())[0].startswith("此前已导入 A1")
