"""What the reader knows of workbooks and texts: hidden things, formats, encodings, quotes, limits, copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from python_calamine import CalamineWorkbook

from fisc.sample import BOOK
from fisc.sheets import (
    Column,
    FileRefused,
    RowsRefused,
    Table,
    delimited,
    limits,
    open_source,
    read_table,
    source,
)
from fisc.sheets import workbook as books
from fisc.sheets.marking import default_out, write_copy, write_faults
from fisc.sheets.text import alike, code, paper_number, tidy
from tests.sheets.makers import COLUMNS, HEADER, row_xml, sheet_xml, with_part, workbook

HEAD = ",".join(HEADER) + "\n"


def names(table: Table) -> list[Any]:
    return [row.values["name"] for row in table.rows]


def faults(table: Table) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.cell, fault.code) for fault in table.faults]


def refused(content: bytes, words: str) -> FileRefused:
    with pytest.raises(FileRefused, match=words) as refusal:
        read_table(content, COLUMNS)
    assert refusal.value.hint and refusal.value.rule
    return refusal.value


# ---- hidden


@pytest.mark.parametrize(
    "attributes", [' hidden="1"', ' hidden="true"', ' ht="0" customHeight="1"', ' ht="0.0"']
)
def test_rows_hidden_in_any_way_are_named(attributes: str) -> None:
    body = row_xml(1, *HEADER) + row_xml(2, "1", "甲") + row_xml(3, "2", "乙", attributes=attributes)
    table = read_table(sheet_xml(body), COLUMNS)
    assert names(table) == ["甲"] and faults(table) == [(3, "", "hidden")]
    assert names(read_table(sheet_xml(body), COLUMNS, with_hidden=True)) == ["甲", "乙"]


def test_rows_are_hidden_where_the_sheet_hides_them_unless_they_say_otherwise() -> None:
    body = (
        row_xml(1, *HEADER, attributes=' hidden="0"')
        + row_xml(2, "1", "甲")
        + row_xml(3, "2", "乙", attributes=' hidden="0"')
    )
    table = read_table(sheet_xml(body, head='<sheetFormatPr zeroHeight="1"/>'), COLUMNS)
    assert names(table) == ["乙"] and faults(table) == [(2, "", "hidden")]


@pytest.mark.parametrize("hidden", ["hidden='1'", 'hidden = "1"', '\n hidden="1"'])
def test_rows_and_columns_are_hidden_however_the_xml_is_spelled(hidden: str) -> None:
    rows = (
        row_xml(1, *HEADER) + row_xml(2, "1", "甲", "5") + row_xml(3, "2", "乙", "6", attributes=f" {hidden}")
    )
    table = read_table(sheet_xml(rows, f'<cols><col min="3" max="3" {hidden}/></cols>'), COLUMNS)
    assert [row.values for row in table.rows] == [{"code": "1", "name": "甲"}]
    assert [(fault.row, fault.code) for fault in table.faults] == [(3, "hidden")]
    assert [note.code for note in table.notes] == ["hidden"]


def test_a_hidden_column_is_named_and_not_taken() -> None:
    def hide(sheet: Any) -> None:
        sheet.column_dimensions["C"].hidden = True

    content = workbook([HEADER, ("1", "甲", 9)], hide)
    table = read_table(content, COLUMNS)
    assert "amount_fen" not in table.rows[0].values and [note.cell for note in table.notes] == ["C1"]
    assert read_table(content, COLUMNS, with_hidden=True).rows[0].values["amount_fen"] == 900


def test_a_needed_column_that_is_hidden_refuses_the_file() -> None:
    body = row_xml(1, *HEADER) + row_xml(2, "1", "甲")
    content = sheet_xml(body, head='<cols><col min="2" max="2" width="0"/></cols>')
    refused(content, "缺少：名称（隐藏的列 名称 没有读取）")


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_named_and_read_only_by_name(state: str) -> None:
    def two(sheet: Any) -> None:
        other = sheet.parent.create_sheet("底稿")
        for row in (HEADER, ("9", "旧", 1)):
            other.append(row)
        other.sheet_state = state

    content = workbook([HEADER, ("1", "甲", 9)], two)
    table = read_table(content, COLUMNS)
    assert names(table) == ["甲"] and [note.sheet for note in table.notes] == ["底稿"]
    assert names(read_table(content, COLUMNS, sheet="底稿")) == ["旧"]


def test_a_table_that_is_hidden_only_is_refused_by_its_name() -> None:
    def hide(sheet: Any) -> None:
        sheet.parent.create_sheet("封面")
        sheet.title, sheet.sheet_state = "数据", "hidden"
        sheet.parent.active = 1

    refused(workbook([HEADER, ("1", "甲", 9)], hide), "隐藏的工作表 数据 没有读取")


# ---- cells


def _formats(sheet: Any) -> None:
    codes = {"A2": "000000", "A3": '"NM"000', "A4": "000-000", "A5": "0"}
    for at, form in {**codes, "C2": "#,##0.00", "C3": "0.00%", "C4": "yyyy-mm-dd"}.items():
        sheet[at].number_format = form


def test_cells_are_what_their_formats_show() -> None:
    rows = [(12, "甲", 1234.5600000000001), (7, "乙", 0.125), (12345, "丙", 44562), (8, "丁", "￥1,234.5元")]
    table = read_table(workbook([HEADER, *rows], _formats), (COLUMNS[0], COLUMNS[1], COLUMNS[2]))
    assert [(r.values["code"], r.values["amount_fen"]) for r in table.rows] == [
        ("000012", 123456),
        ("8", 123450),
    ]
    assert faults(table) == [(3, "C3", "value"), (4, "C4", "value")]
    codes = table.texts("code").texts
    assert codes == ["000012", "NM007", "012-345", "8"]


@pytest.mark.parametrize(("epoch", "day"), [(WINDOWS_EPOCH, "2022-01-01"), (MAC_EPOCH, "2026-01-02")])
def test_dates_count_from_the_day_the_workbook_says(epoch: datetime, day: str) -> None:
    def dated(sheet: Any) -> None:
        sheet.parent.epoch = epoch
        sheet["C2"].number_format = "yyyy/m/d"

    content = workbook([HEADER, ("1", "甲", 44562)], dated)
    table = read_table(content, (COLUMNS[0], COLUMNS[1], Column("day", "金额", "date")))
    assert str(table.rows[0].values["day"]) == day


@pytest.mark.parametrize("serial", [0, 0.5, -5])
@pytest.mark.parametrize("shape", ["yyyy/m/d", "h:mm"])
def test_a_time_alone_and_a_zero_are_no_day_of_1899(serial: float, shape: str) -> None:
    def dated(sheet: Any) -> None:
        sheet["C2"].number_format = shape

    columns = (COLUMNS[0], COLUMNS[1], Column("day", "金额", "date"))
    table = read_table(workbook([HEADER, ("1", "甲", serial)], dated), columns)
    assert not table.rows and faults(table) == [(2, "C2", "value")]


def test_percentages_and_numbers_of_other_forms() -> None:
    columns = (Column("share", "比例", "percent", is_required=True), Column("n", "数", "integer"))

    def percent(sheet: Any) -> None:
        sheet["A2"].number_format = "0.0%"

    content = workbook([("比例", "数"), (0.125, "1,000"), ("60%", 3), (12.5, 2.5), ("x", "1_0")], percent)
    table = read_table(content, columns)
    assert [list(row.values.values()) for row in table.rows] == [[Decimal("12.5"), 1000], [Decimal("60"), 3]]
    assert [fault.cell for fault in table.faults] == ["B4", "A5", "B5"]


def test_formulas_without_a_result_and_odd_cells_are_faults() -> None:
    body = row_xml(1, *HEADER) + (
        '<row r="2"><c r="A2"><f>1+1</f><v></v></c><c r="B2" t="e"><v>#DIV/0!</v></c></row>'
        '<row r="3"><c r="A3"><v>1_0</v></c><c r="B3" t="str"><f>A1</f><v>甲</v></c></row>'
        '<row r="4"><c r="A4" t="inlineStr"><is><t>a_x000B_b</t></is></c><c r="B4"><v>1e999</v></c></row>'
        '<row r="5"><c r="A5"><v>6222020001123456789</v></c><c r="B5" t="b"><v>1</v></c></row>'
    )
    table = read_table(sheet_xml(body), COLUMNS)
    assert faults(table) == [
        (2, "A2", "no_result"), (2, "B2", "error_cell"), (3, "A3", "no_result"), (4, "A4", "control"),
        (4, "B4", "no_result"), (5, "A5", "cut_number"),
    ]  # fmt: skip


def test_what_spreadsheets_write_into_text_is_known() -> None:
    text = (
        HEAD
        + '="0012",甲,1\n\'0013,乙,2\n6.2E+15,丙,3\n#N/A,丁,4\n6222 0200 01,戊,#####\n１２Ａ,己,１２．５\n'
    )
    table = read_table(text.encode(), COLUMNS)
    assert [row.values["code"] for row in table.rows] == ["0012", "0013", "12A"]
    assert table.rows[-1].values["amount_fen"] == 1250
    assert faults(table) == [(4, "A4", "cut_number"), (5, "A5", "error_cell"), (6, "C6", "error_cell")]


def test_merged_cells_in_the_data_are_named_and_titles_are_not() -> None:
    def merge(sheet: Any) -> None:
        sheet.insert_rows(1)
        sheet["A1"] = "某某表"
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("B3:B4")

    table = read_table(workbook([HEADER, ("1", "甲", 1), ("2", None, 2), ("3", "丙", 3)], merge), COLUMNS)
    assert names(table) == ["丙"] and {fault.row for fault in table.faults} == {3, 4}
    assert "B3:B4" in table.faults[0].problem


@pytest.mark.parametrize("word", ["小计", "合计", "总 计："])
def test_a_row_that_says_all_a_row_must_is_not_passed_over_as_a_total(word: str) -> None:
    table = read_table(workbook([HEADER, ("1", "甲", 5), ("2", word, 5), (word, None, 5)]), COLUMNS)
    assert [row.number for row in table.rows] == [2]
    assert [(fault.row, fault.code) for fault in table.faults] == [(3, "total")]


@pytest.mark.parametrize("word", ["小计", "合计"])
@pytest.mark.parametrize(
    ("said", "code"),
    [("见附表", "not_amount"), ("#REF!", "error_cell"), ("—", "not_amount"), ("1.234", "decimals")],
)
def test_a_total_that_is_no_amount_is_told_as_any_other_cell(word: str, said: str, code: str) -> None:
    rows = [HEADER, ("1", "甲", 5), ("2", "乙", 5), (word, None, said)]
    for table in (
        read_table(workbook(rows), COLUMNS),
        read_table(f"{HEAD}1,甲,5\n{word},,{said}\n".encode(), COLUMNS),
    ):
        (fault,) = table.faults
        row = len(table.rows) + 2
        assert (fault.row, fault.cell, fault.code, fault.column) == (row, f"C{row}", code, "金额")
        assert fault.sheet == table.sheet.name and fault.remedy and said in fault.problem
        with pytest.raises(RowsRefused, match=f"合计行的.*C{row}"):
            table.require_clean()


def test_a_total_that_does_not_add_up_refuses_the_file() -> None:
    assert len(read_table(f"{HEAD}1,甲,1\n2,乙,2\n合计,,3\n".encode(), COLUMNS).rows) == 2
    refused(f"{HEAD}1,甲,1\n2,乙,2\n合计,,4\n".encode(), "第 4 行合计 4元，与各行之和 3.00 元不符")


# ---- texts


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_encodings_of_offices(encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    text = f"{mark}{HEAD}1,鄂尔多斯市财政局,1\n2,康巴什区教育体育局,2\n"
    assert names(read_table(text.encode(encoding), COLUMNS)) == ["鄂尔多斯市财政局", "康巴什区教育体育局"]


def test_big5_is_told_from_gb() -> None:
    text = "code,name\n1,臺北市政府財政局\n2,香港特別行政區庫務署\n"
    assert names(read_table(text.encode("big5"), COLUMNS[:2])) == ["臺北市政府財政局", "香港特別行政區庫務署"]


def test_an_encoding_that_cannot_be_decided_is_refused() -> None:
    refused("code,name\n1,鱻龘\n".encode("gb18030") + b"2,\xa4\x40\xa4\x41\n", "编码不能识别")
    refused(HEAD.encode("utf-16-le"), "编码不能识别")


def test_damaged_utf8_is_not_taken_for_another_encoding() -> None:
    whole = f"{HEAD}1,鄂尔多斯市财政局,1\n2,康巴什区教育体育局,2\n".encode()
    refused(whole[:-4], "第 3 行的编码已损坏")


def test_a_doubled_column_of_others_is_told() -> None:
    table = read_table("编码,名称,备注,备注\n1,甲,a,b\n".encode(), COLUMNS)
    assert [note.cell for note in table.notes] == ["D1"]


def test_columns_that_hold_something_and_are_not_read_are_told() -> None:
    rows = [("备注", *HEADER[:2], None, "金额", "导入结果"), ("x", "1", "甲", 7, 5, "旧")]
    for content in (workbook(rows), "备注,编码,名称,,金额,导入结果\nx,1,甲,7,5,旧\n".encode()):
        table = read_table(content, COLUMNS)
        assert table.unread == ["备注", "D列"] and "备注、D列" in table.remarks()[0]
    assert read_table(f"{HEAD}1,甲,5\n".encode(), COLUMNS).remarks() == []


def test_a_nul_is_the_fault_of_its_cell() -> None:
    table = read_table(f"{HEAD}1,甲\0乙,1\n2,丙,2\n".encode(), COLUMNS)
    assert names(table) == ["丙"] and faults(table) == [(2, "B2", "control")]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('1,"甲,1\n2,乙,2\n', 2),
        ('1,甲,1\n2,"乙,2\n3,丙,3\n4,"丁",4\n', 3),
        ('1,甲,"1\n2,乙,"\n', 2),
        ('1,"甲\n2,"\n,1\n', 2),
        ('1,"甲"x,1\n', 2),
    ],
)
def test_quotes_that_do_not_pair_are_refused_at_their_line(rows: str, line: int) -> None:
    assert refused((HEAD + rows).encode(), f"第 {line} 行断开或引号不成对").details["line"] == line


def test_honest_line_breaks_in_quotes_are_read() -> None:
    table = read_table(f'{HEAD}1,"甲\n（分公司），东胜",1\n2,"乙 ""二""",2\n'.encode(), COLUMNS)
    assert names(table) == ["甲 （分公司），东胜", '乙 "二"']


def test_short_rows_may_lack_only_what_may_be_empty() -> None:
    table = read_table(f"{HEAD}1,甲\n2\n3,丙,3,4\n".encode(), COLUMNS)
    assert names(table) == ["甲"]
    assert faults(table) == [(3, "", "short"), (3, "B3", "missing"), (4, "", "overlong")]


def test_a_cell_longer_than_any_is_its_rows_fault() -> None:
    table = read_table(f"{HEAD}1,{'长' * (limits.MOST_CELL_CHARS + 1)},1\n2,乙,2\n".encode(), COLUMNS)
    assert names(table) == ["乙"] and faults(table) == [(2, "B2", "too_long")]
    table = read_table(f"{HEAD}1,{'长' * 200_000},1\n2,乙,2\n".encode(), COLUMNS)
    assert names(table) == ["乙"] and faults(table) == [(2, "B2", "too_long")]


# ---- files and limits


def test_headings_are_found_once_and_doubled_ones_are_refused() -> None:
    refused("编码,名称,名 称*\n1,甲,乙\n".encode(), "“名称”和“名 称\\*”是同一个要素")


def test_a_heading_that_is_not_known_is_refused_at_its_cell_with_those_like_it() -> None:
    def read(text: str) -> Table:
        return read_table(text.encode(), COLUMNS, only_known=True)

    with pytest.raises(FileRefused, match="不认识“颜色”（C1）"):
        read("编码,名称,颜色\n1,甲,红\n")
    with pytest.raises(FileRefused, match="不认识“金额数”（D1），相近的有 金额"):
        read("编码,名称,备注,金额数\n1,甲,急,5\n")
    with pytest.raises(FileRefused, match="有内容却没有表头（B1）"):
        read("编码,,名称\n1,红,甲\n")
    # what people write for themselves, and what says nothing, is in nobody's way
    assert len(read("序号,编码,名称,备注,说明,导入结果,颜色,\n9,1,甲,急,见附件,已导入,,\n").rows) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (row_xml(1, *HEADER) + row_xml(2, "1", "甲") + row_xml(2, "2", "乙"), "行号重复"),
        (row_xml(1, *HEADER) + '<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', "重复"),
        (row_xml(1, *HEADER) + '<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "超出"),
        (row_xml(1, *HEADER) + '<row r="2"><c r="A2" t="s"><v>9</v></c></row>', "损坏"),
        (row_xml(1, *HEADER) + '<row r="2"><c r="XFE2"><v>9</v></c></row>', "地址"),
    ],
)
def test_rows_and_cells_that_stand_twice_or_outside_are_refused(body: str, words: str) -> None:
    refused(sheet_xml(body), words)


def test_other_ways_to_write_the_same_sheet_read_the_same() -> None:
    usual = row_xml(1, *HEADER) + row_xml(2, "007", "甲 &amp; 乙", "3") + row_xml(4, "008", "&#30002;")
    table = read_table(sheet_xml(usual), COLUMNS)
    assert names(table) == ["甲 & 乙", "甲"] and [row.number for row in table.rows] == [2, 4]
    quoted = usual.replace("<is><t>", "<is><t><![CDATA[").replace("</t>", "]]></t>")
    spaced = '<r><t xml:space="preserve"> </t></r>'
    rich = f'<is><r><rPr><sz val="9"/></rPr><t>甲</t></r>{spaced}<r><t>&amp; 乙</t></r>'
    odd = [
        quoted.replace("&amp;", "&").replace("&#30002;", "甲"),
        f"<!-- {row_xml(9, '9', '鬼')} -->{usual}",
        usual.replace(' t="inlineStr"', ' t="inlineStr" s="0"').replace('r="A2"', 'spare="1" r="A2"'),
        usual.replace("<is><t>甲 &amp; 乙</t>", f'{rich}<rPh sb="0" eb="1"><t>yi</t></rPh>'),
    ]
    for body in odd:
        again = read_table(sheet_xml(body), COLUMNS)
        assert again.rows == table.rows, body


def test_a_sheet_with_prefixed_names_reads_the_same() -> None:
    def prefixed(xml: bytes) -> bytes:
        for name in (b"worksheet", b"sheetData", b"row", b"c", b"is", b"t", b"v", b"f"):
            for before in (b"<", b"</"):
                for after in (b" ", b">", b"/"):
                    xml = xml.replace(before + name + after, before + b"x:" + name + after)
        return xml.replace(b"xmlns=", b"xmlns:x=")

    content = sheet_xml(row_xml(1, *HEADER) + row_xml(2, "007", "甲", "3"))
    again = with_part(content, "xl/worksheets/sheet1.xml", prefixed)
    assert read_table(again, COLUMNS).rows == read_table(content, COLUMNS).rows


def test_entities_and_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet><sheetData/></worksheet>'
    content = workbook([HEADER, ("1", "甲", 1)])
    refused(with_part(content, "xl/worksheets/sheet1.xml", lambda _: bomb), "文档类型定义")
    monkeypatch.setattr(books, "MOST_UNPACKED_BYTES", 100)
    refused(content, "解压后过大")
    monkeypatch.setattr(source, "MOST_FILE_BYTES", 10)
    with pytest.raises(FileRefused, match="超出可读的"):
        open_source(Path(__file__))


def test_more_rows_than_a_sheet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MOST_ROWS", 2)
    refused(f"{HEAD}1,甲,1\n2,乙,2\n".encode(), "第 3 行超出")


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="打不开"):
        open_source(tmp_path / "none.xlsx")


def test_another_reader_sees_the_same_cells_in_a_real_book() -> None:
    theirs = CalamineWorkbook.from_path(BOOK)
    ours = books.open_workbook(BOOK.name, BOOK.read_bytes()).sheets()
    assert [sheet.name for sheet in ours] == theirs.sheet_names and len(ours) > 40
    for sheet in ours:
        rows = theirs.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        told = {
            (r, c): value for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1) if value != ""
        }
        seen = {(r, c): cell for r, row in sheet.rows.items() for c, cell in row.items()}
        assert {at for at, cell in seen.items() if cell.value != "" and cell.kind in "ns"} == told.keys()
        for at, value in told.items():
            assert seen[at].shown == value.isoformat() if isinstance(value, date) else seen[at].value == value


# ---- copies


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_faults_stand_beside_their_rows(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    rows = [HEADER, ("1", "甲", "x"), ("2", "乙", "2"), ("3", "", "3")]
    content = "\r\n".join(",".join(row) for row in rows).encode("gb18030")
    path.write_bytes(workbook(rows) if suffix == ".xlsx" else content)
    with pytest.raises(RowsRefused, match="第 2 行 金额 “x”不是金额") as refusal:
        read_table(path, COLUMNS).require_clean()
    out = write_faults(refusal.value.table, refusal.value.faults, default_out(open_source(path)))
    assert out.name == f"a.导入结果{suffix}"
    table = read_table(out, (*COLUMNS, Column("said", "导入结果")))
    said = dict(zip(table.numbers, table.texts("said").texts, strict=True))
    assert "不是金额" in said[2] and said[3] == "" and "没有填写名称" in said[4]
    if suffix == ".xlsx":
        page = openpyxl.load_workbook(out).worksheets[0]
        assert page["D2"].font.color.rgb == "FFC00000" and page["D1"].font.color.rgb != "FFC00000"


def test_a_copy_of_a_file_in_big5_says_its_results_all_the_same(tmp_path: Path) -> None:
    given = (
        "编码,名称,金額\n1,財政廳國庫處撥付款項,x\n".replace("编码", "編碼")
        .replace("名称", "名稱")
        .encode("big5")
    )
    columns = tuple(
        replace(column, also=(said,)) for column, said in zip(COLUMNS, ("編碼", "名稱", "金額"), strict=True)
    )
    table = read_table(given, columns)
    out = write_faults(table, table.faults, tmp_path / "out.csv")
    again = read_table(out, columns)
    assert again.faults == table.faults and "財政廳國庫處撥付款項,x,金額：" in again.source.text


def test_a_copy_keeps_everything_else(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'{HEAD}1,"甲\n乙",1\r\n\r\n2,丙,2'.encode())
    out = write_copy(read_table(path, COLUMNS), {4: "好"}, tmp_path / "b.csv")
    assert out.read_bytes().decode() == f'{HEAD.strip()},导入结果\n1,"甲\n乙",1,\r\n\r\n2,丙,2,好'


# ---- texts compared


def test_text_as_it_is_kept_and_as_it_is_compared() -> None:
    assert tidy(" 三月\u00a0\u200b 设备款\r\n") == "三月 设备款" and tidy("（甲）") == "（甲）"
    assert alike("三月 设备款（一）") == alike("三月\u3000设备款(一)\ufe0f") != alike("三月设备款（二）")
    assert paper_number("财支〔2022〕1号 A") == paper_number("财支[2022]１号a\u200f")
    assert code("A\n2") == "A\n2" and code("０１２-Ａ（甲）") == "012-A（甲）"


@pytest.mark.parametrize("address", ["-1", "1e9", "a1", "ZZZZ1", "1", "A"])
def test_a_cell_whose_address_is_none_is_refused_at_once(address: str) -> None:
    body = row_xml(1, *HEADER) + f'<row r="2"><c r="{address}" t="inlineStr"><is><t>1</t></is></c></row>'
    refused(sheet_xml(body), "不完整或已损坏")


@pytest.mark.parametrize("end", [b"<a></worksheet>", b"<mergeCells>", b""])
def test_a_sheet_that_is_damaged_or_cut_off_behind_its_rows_is_refused(end: bytes) -> None:
    content = workbook([("编码", "导入结果", "名称", "金额"), ("1", "", "甲", "x")])
    damaged = with_part(
        content,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.partition(b"</sheetData>")[0] + b"</sheetData>" + end,
    )
    with pytest.raises(FileRefused, match="不完整或已损坏"):
        read_table(damaged, COLUMNS)


@pytest.mark.parametrize("cell", [b"<c><v>7</v></c>", b'<c s="0"><v>7</v></c>', b'<c t="str"><v>7</v></c>'])
def test_a_cell_without_an_address_stands_behind_the_one_before_it(cell: bytes) -> None:
    content = workbook([("编码", "名称", "金额"), ("1", "甲", "5")])

    def unaddressed(xml: bytes) -> bytes:
        before, _, after = xml.partition(b'<c r="C2"')
        return before + cell + after.partition(b"</c>")[2]

    sheet = read_table(with_part(content, "xl/worksheets/sheet1.xml", unaddressed), COLUMNS).sheet
    assert sheet.rows[2][3].shown == "7"


@pytest.mark.parametrize("inside", [b"<w>7</w>", b"<v>1</v><v>7</v>"])
def test_a_cell_that_holds_what_is_not_known_is_refused(inside: bytes) -> None:
    content = workbook([("编码", "名称", "金额"), ("1", "甲", "5")])

    def other(xml: bytes) -> bytes:
        before, _, after = xml.partition(b'<c r="C2"')
        return before + b'<c r="C2">' + inside + b"</c>" + after.partition(b"</c>")[2]

    with pytest.raises(FileRefused, match="不认得的内容"):
        read_table(with_part(content, "xl/worksheets/sheet1.xml", other), COLUMNS)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_a_row_holds_beyond_the_headings_stays_in_the_copy_and_is_told_again(
    tmp_path: Path, suffix: str
) -> None:
    rows = [HEADER, ("1", "甲", "3", "000.5"), ("2", "乙", "5")]
    path = tmp_path / f"a{suffix}"
    if suffix == ".csv":
        path.write_text("".join(",".join(row) + "\r\n" for row in rows), "utf8", newline="")
    else:
        path.write_bytes(workbook(rows))
    for _ in range(3):
        table = read_table(path, COLUMNS)
        assert faults(table) == [(2, "", "overlong")] and names(table) == ["乙"]
        path = write_faults(table, table.faults, tmp_path / f"b{suffix}")
        assert [cell.shown for cell in table.sheet.rows[2].values()][:4] == ["1", "甲", "3", "000.5"]
        assert table.result_column == 5


def test_a_sheet_beside_the_table_may_have_an_element_twice(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    beside, sheet = book.active, book.create_sheet("数据")
    assert beside is not None
    beside.title = "对照"
    beside.append(("金额", "金额（万元）", "编码"))
    for row in (HEADER, ("1", "甲", "3")):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert names(read_table(tmp_path / "a.xlsx", COLUMNS)) == ["甲"]
    with pytest.raises(FileRefused, match="工作表“对照”第 1 行表头里有重复的列"):
        read_table(tmp_path / "a.xlsx", COLUMNS, sheet="对照")
    sheet.delete_cols(2)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(FileRefused, match="重复的列"):
        read_table(tmp_path / "a.xlsx", COLUMNS)


def test_a_number_that_runs_on_into_the_result_of_an_earlier_round_is_told() -> None:
    text = "编码,名称,金额,导入结果\n1,甲,3,000.5,\n2,乙,5,已登记\n3,丙,6,\n"
    table = read_table(text.encode(), COLUMNS)
    assert faults(table) == [(2, "", "overlong")] and names(table) == ["乙", "丙"]
