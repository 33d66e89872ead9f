"""Files as they come: encodings, headers, what is refused as a whole, and how results are written back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.kernel.money import parse_amount
from fisc.sheets import FileRefused, Table, find_table
from fisc.sheets.marking import write_copy
from fisc.treasury.services.imports.cells import fen_of
from fisc.treasury.services.imports.columns import columns_of
from fisc.treasury.services.imports.rows import payment_rows
from tests.treasury.desk import CITY, HEADER, csv_file, paid, results, workbook

ROWS = [paid("A1", use="办公用品"), paid("A2", yuan="x", use="办公用品")]


def table_of(path: Path, sheet: str | None = None) -> Table:
    return find_table(path, columns_of("payment"), sheet=sheet)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_csv_in_any_usual_form(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = csv_file(tmp_path / "a.csv", ROWS, encoding=encoding, delimiter=delimiter)
    table = table_of(path)
    frame, _ = payment_rows(table, CITY, 2022)
    assert frame["fen"].to_list() == [10_000, None] and frame["use_des"].to_list() == ["办公用品"] * 2
    out = write_copy(table, {3: "不好"}, tmp_path / "out.csv")
    lines, before = (p.read_bytes().decode(encoding).splitlines() for p in (out, path))
    assert lines == [
        f"{before[0]}{delimiter}导入结果",
        f"{before[1]}{delimiter}",
        f"{before[2]}{delimiter}不好",
    ]


def test_quoted_fields_keep_their_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = ",".join(HEADER) + '\nA1,B1,"1,234.50","甲\n公司",622,货款\n\nA2,B1,2,乙,623,"说 ""好"""\n'
    path.write_text(text, "utf8")
    table = table_of(path)
    frame, _ = payment_rows(table, CITY, 2022)
    assert frame["fen"].to_list() == [123_450, 200] and frame["row"].to_list() == [2, 4]
    out = write_copy(table, {4: 'a,"b"'}, tmp_path / "out.csv").read_text("utf8")
    assert out == text.replace(",用途\n", ",用途,导入结果\n").replace("货款\n", "货款,\n").replace(
        '好"""\n', '好""","a,""b"""\n'
    )


def test_the_result_of_an_earlier_round_is_replaced(tmp_path: Path) -> None:
    first = write_copy(table_of(workbook(tmp_path / "a.xlsx", ROWS)), {2: "一", 3: "二"}, tmp_path / "b.xlsx")
    second = write_copy(table_of(first), {3: "<三&\x02>"}, tmp_path / "c.xlsx")
    assert results(second) == ["", "<三&>"]
    assert [c.value for c in openpyxl.load_workbook(second).worksheets[0][1]] == [*HEADER, "导入结果"]


def test_a_result_stands_before_cells_further_right(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[*paid("A1", use="办公用品"), None, None, "右"]])
    out = write_copy(table_of(path), {2: "好"}, tmp_path / "b.xlsx")
    assert [c.value for c in openpyxl.load_workbook(out).worksheets[0][2]][5:] == [
        "办公用品",
        "好",
        None,
        "右",
    ]


def _protected(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"))


def _cut(path: Path) -> None:
    workbook(path, ROWS)
    path.write_bytes(path.read_bytes()[:2000])


def _other_sheet(path: Path) -> None:
    workbook(path, [["a", 1]], header=["科目", "指标编号", "金额"], sheet="决算")


def _two_tables(path: Path) -> None:
    workbook(path, ROWS)
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book.worksheets[0])
    book.save(path)


def _twice(path: Path) -> None:
    workbook(path, [[*ROWS[0], 1]], header=[*HEADER, "支付金额"])


def _wrong_total(path: Path) -> None:
    workbook(path, [paid("A1"), ["合计", None, 101]])


REFUSED = {
    "是空的": lambda p: p.write_bytes(b""),
    "设了打开密码": _protected,
    "旧格式": lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Workbook"),
    "不完整": _cut,
    "缺少：收款人全称、收款人账号、资金用途": _other_sheet,
    "没有找到要导入的表": lambda p: workbook(p, [[1, 2]], header=["甲", "乙"]),
    "都像是要导入的表": _two_tables,
    "是同一个要素": _twice,
    "只有表头": lambda p: workbook(p, []),
    "合计 101元": _wrong_total,
    "编码不能识别": lambda p: p.write_bytes(b"\x00\x01\xff\xfe" * 9),
    "断开或引号不成对": lambda p: p.write_text(",".join(HEADER) + '\nA1,B1,"12', "utf8"),
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_file_that_is_no_good_is_refused_whole(tmp_path: Path, words: str) -> None:
    path = tmp_path / "a.xlsx"
    REFUSED[words](path)
    with pytest.raises(FileRefused, match=words) as refusal:
        payment_rows(table_of(path), CITY, 2022)
    assert refusal.value.hint and refusal.value.rule


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ROWS)
    with pytest.raises(FileRefused, match="没有名为“四月”"):
        table_of(path, "四月")


def test_one_of_two_tables_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    _two_tables(path)
    assert table_of(path, "支付").sheet.name == "支付"


def test_too_many_fields_are_seen(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["A1", "B1", "1,234.50", "甲", "622", "货款"]])
    _, found = payment_rows(table_of(path), CITY, 2022)
    assert "overlong" in pl.concat(found)["code"].to_list()


@given(st.integers(1, 10**14), st.sampled_from(["元", "万元", "分"]), st.booleans())
def test_amounts_are_read_as_the_kernel_reads_them(fen: int, unit: str, grouped: bool) -> None:
    digits = {"元": 2, "万元": 6, "分": 0}[unit]
    number = f"{fen / 10**digits:,.{digits}f}" if fen < 10**9 and grouped else f"{fen}e-{digits}"
    text = number if "e" not in number else format(Decimal(number), "f")
    frame = fen_of(pl.Series([text]), unit)
    assert frame["fen"].to_list() == [parse_amount(text, unit)] == [fen] and frame["fault"].to_list() == [
        None
    ]


@given(st.text(max_size=12))
def test_no_text_is_mistaken_for_an_amount(text: str) -> None:
    frame = fen_of(pl.Series([text]), "元")
    fen, fault = frame["fen"][0], frame["fault"][0]
    assert (fault is None) == (fen is not None and fen > 0)
