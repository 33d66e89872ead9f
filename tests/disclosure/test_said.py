"""Sentences, names, comments and boxes beside a table: understood, or refused at their cell."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Font
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.reader import read_book
from tests.disclosure.books import READ, add_table, plan_headers, saved, sheet_part, small_book
from tests.disclosure.test_kinds_of_trap import Edit, posted, put

NOTES = (
    "2025年执行数为年初至11月数",
    "2025年执行数为11月份数",
    "2025年执行数未含十二月数据",
    "2025年执行数暂按预算数填列",
    "2025年执行数以2025年预算数代替",
    "永胜县数据暂缺，未汇入本表",
    "永胜县未上报，未列入",
    "以上为市直数",
    "本表为市直各部门汇总",
    "本表数据以千为单位",
    "本表数据单位为百万",
    "2026年预算数为第一批数",
    "2026年预算数仅为提前下达部分",
    "左列为预算数，右列为执行数",
    "本表为高新区数据",
    "本表为古城区数据",
    "含昭通市昭阳区",
    "本表中两列列头印反",
    "本表数字应乘以10",
    "作废",
    "此表已作废",
    "企业所得税为2024年数",
    "教育支出应为400",
    "支出合计有误，应为1060",
    "金额均翻倍",
    "数据有误",
    "不含上级转移支付",
    "教育支出含上级转移支付",
    "铁路不含城市轨道交通",
    "为年初第一稿",
    "含2025年结转数",
    "以正式文件为准",
    "合计：1,060",
)
HARMLESS = (
    "部分数据因四舍五入存在尾差",
    "表中数据由于四舍五入原因，可能存在尾差",
    "本表为全市数",
    "本表数据单位为万元",
    "全市数包括市本级和县区",
    "2025年执行数为预计执行数",
    "本表为代编数",
    "按截至2026-03-31 18:00:00 所知编制",
)


def refused(book: Workbook, folder: Path) -> tuple[str, ...]:
    """The cells for which a book is refused."""
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, folder))
    return caught.value.places


@pytest.mark.parametrize("words", NOTES)
def test_a_note_of_the_figures_that_is_not_understood_refuses_at_its_cell(words: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"]["B14"] = f"注：{words}"
    assert "支!B14" in refused(book, tmp_path)


@pytest.mark.parametrize("words", HARMLESS)
def test_a_note_that_changes_nothing_is_read(words: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"]["B14"] = f"注：{words}"
    assert posted(read_book(saved(book, tmp_path)), 2026, "budget", "outlay") == 414


@pytest.mark.parametrize(
    "words",
    [
        "删",
        "错",
        "应为460",
        "2024年",
        "亿",
        "×10",
        "50%",
        "古城",
        "玉龙",
        "含古城区",
        "旧数",
        "?",
        "见注",
        "约",
        "样表",
    ],
)
def test_what_stands_beside_a_row_is_refused_at_its_cell_until_it_was_read(
    words: str, tmp_path: Path
) -> None:
    book = small_book()
    book["支"]["E5"] = words
    assert "支!E5" in refused(book, tmp_path)


@pytest.mark.parametrize(
    "words", ["不计入", "重复", "删除", "错误", "上年数", "合并到公安", "已作废", 460, "460", "×10", "另列"]
)
def test_a_remark_is_refused_at_its_cell_until_it_was_read(words: object, tmp_path: Path) -> None:
    book = small_book()
    book["支"]["E3"], book["支"]["E5"] = "备注", words
    assert refused(book, tmp_path) == ("支!E5",)
    read = read_book(saved(book, tmp_path), reasons=READ)
    assert posted(read, 2026, "budget", "outlay") == 414
    assert [finding.about for finding in read.findings if finding.rule_id == "read_beside"] == ["支!E5"]


@pytest.mark.parametrize("words", ["备注（教育支出应为400）", "情况", "已改为2024年数"])
def test_the_header_of_an_empty_column_is_read_too(words: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"]["E3"] = words
    assert "支!E3" in refused(book, tmp_path)


def test_a_sheet_of_text_alone_is_refused_until_it_was_read(tmp_path: Path) -> None:
    book = small_book()
    page = book.create_sheet("封面")
    page["A1"], page["A2"] = "丽江市2026年预算（草案）", "丽江市财政局编制"
    assert read_book(saved(book, tmp_path)).tables
    page["A3"] = "表一教育支出应为400"
    assert refused(book, tmp_path) == ("封面",)


def test_a_unit_that_contradicts_the_table_is_refused_whatever_was_read(tmp_path: Path) -> None:
    book = small_book()
    book["支"]["B14"] = "注：单位为千元"
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path), reasons=READ)
    assert caught.value.places == ("支!B14",)


@pytest.mark.parametrize(
    "edit",
    [
        put("支", "B1", "2026年度丽江市一般公共预算收支决算表"),
        put("支", "B1", "2026年丽江市一般公共预算收支执行情况表"),
        lambda book: setattr(book["支"], "title", "决算"),
        lambda book: setattr(book["支"], "title", "2026年支出执行"),
        put("支", "B2", "表一（决算）"),
    ],
)
def test_a_title_or_name_that_says_another_kind_of_figures_is_refused(edit: Edit, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path), reasons=READ)
    assert {place.partition("!")[0] for place in caught.value.places} <= {"支", "决算", "2026年支出执行"}


@pytest.mark.parametrize("column", ["C", "D"])
def test_a_column_out_of_all_proportion_is_refused_until_it_was_checked(column: str, tmp_path: Path) -> None:
    book = small_book()
    for sheet in book.worksheets:
        for row in range(4, sheet.max_row + 1):
            sheet[f"{column}{row}"] = (sheet[f"{column}{row}"].value or 0) * 10_000
    assert refused(book, tmp_path) == (f"收!{column}13", f"支!{column}10", f"细!{column}13")
    assert read_book(saved(book, tmp_path), reasons={"scale": "新设的资金"}).tables


def test_what_our_own_workbooks_say_of_a_moment_is_read_back(tmp_path: Path) -> None:
    book = small_book()
    book["收"]["B2"] = "按截至 2026-03-31 18:00:00 所知编制"
    book["支"].oddHeader.center.text = "按截至 2026-03-31 18:00:00 所知编制"
    assert posted(read_book(saved(book, tmp_path)), 2026, "budget", "outlay") == 414


@pytest.mark.parametrize("words", ["古城区", "丽江高新区", "市本级"])
def test_a_row_that_heads_the_figures_of_a_place_is_refused(words: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"].insert_rows(4)
    book["支"]["B4"] = words
    assert "支!B4" in refused(book, tmp_path)


@pytest.mark.parametrize(
    ("cell", "words"), [("F2", "（市直）"), ("F5", "高新区"), ("K2", "单位：亿元"), ("H3", "单位：千元")]
)
def test_what_stands_far_beside_a_table_is_read(cell: str, words: str, tmp_path: Path) -> None:
    book = small_book()
    put("支", cell, words)(book)
    assert f"支!{cell}" in refused(book, tmp_path)


@pytest.mark.parametrize(
    "name",
    ["高新支", "市直支", "不含永胜", "支（作废）", "支-旧版勿用", "支备份", "支_原", "支-初稿", "支（审前）",
     "支上年", "支模板", "县区支", "玉龙", "draft"],
)  # fmt: skip
def test_a_sheet_that_is_named_for_a_part_or_as_void_is_refused(name: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"].title = name
    assert name in refused(book, tmp_path)


@pytest.mark.parametrize("name", ["支出2", "表一(2)", "一般公共预算支出明细", "Sheet1", "丽江市全市支"])
def test_a_sheet_that_is_named_as_its_title_says_is_read(name: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"].title = name
    assert posted(read_book(saved(book, tmp_path)), 2026, "budget", "outlay") == 414


@pytest.mark.parametrize(
    "words", ["此列为2026年调整预算数，单位亿元", "亿元", "应为350", "旧数", "某：\n旧数"]
)
def test_a_comment_that_is_not_understood_is_refused(words: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"]["D3"].comment = Comment(words, "某")
    assert "支!D3" in refused(book, tmp_path)


@pytest.mark.parametrize("words", ["已核", "某：\n核对无误"])
def test_a_comment_that_leaves_the_figures_as_they_are_is_read(words: str, tmp_path: Path) -> None:
    book = small_book()
    book["支"]["D3"].comment = Comment(words, "某")
    assert read_book(saved(book, tmp_path)).tables


BOX = """<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:sp><xdr:txBody>
 <a:p><a:r><a:t>%s</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:twoCellAnchor></xdr:wsDr>"""
RELATION = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship
 Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
 Target="../drawings/drawing1.xml"/></Relationships>"""


def with_box(folder: Path, words: str) -> Path:
    """The small book with a box of text on its sheet of outlay."""
    path = saved(small_book(), folder)
    folder_of, _, name = sheet_part(path, "支").rpartition("/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"{folder_of}/_rels/{name}.rels", RELATION)
        archive.writestr("xl/drawings/drawing1.xml", BOX % words)
    return path


@pytest.mark.parametrize("words", ["单位：亿元", "（市本级）", "1—11月", "高新区"])
def test_a_box_of_text_is_read_like_the_head_of_a_page(words: str, tmp_path: Path) -> None:
    with pytest.raises(DisclosureError) as caught:
        read_book(with_box(tmp_path, words))
    assert "支" in caught.value.places
    assert read_book(with_box(tmp_path, "丽江市财政局")).tables


def struck(cell: str) -> Edit:
    return lambda book: setattr(book["细"][cell], "font", Font(strike=True))


def reformatted(code: str) -> Edit:
    rule = Rule(type="expression", formula=["TRUE"],
                dxf=DifferentialStyle(numFmt=NumberFormat(numFmtId=170, formatCode=code)))  # fmt: skip
    return lambda book: book["细"].conditional_formatting.add("D6", rule)


@pytest.mark.parametrize(
    ("edit", "place"),
    [(struck("D6"), "细!D6"), (struck("B6"), "细!D6"), (struck("D3"), "细!D3"), (struck("B1"), "细!B1"),
     (reformatted("0,"), "细!D6"), (reformatted('"1"0'), "细!D6")],
)  # fmt: skip
def test_what_is_struck_out_or_shown_as_another_number_is_refused(
    edit: Callable[[Workbook], object], place: str, tmp_path: Path
) -> None:
    book = small_book()
    edit(book)
    assert place in refused(book, tmp_path)


@pytest.mark.parametrize(
    ("sheet", "row", "words"),
    [("支", 7, "注：以下各项详见2026年丽江市转移性支出表"), ("支", 7, "2026年转移性收支情况表"),
     ("收", 9, "注：见2026年返还性收入表"), ("收", 10, "注：以下见2026年上级补助明细表")],
)  # fmt: skip
def test_a_text_with_the_form_of_a_title_cuts_no_table_off(
    sheet: str, row: int, words: str, tmp_path: Path
) -> None:
    book = small_book()
    book[sheet].insert_rows(row)
    book[sheet].cell(row, 2, words)
    read = read_book(saved(book, tmp_path), reasons=READ)
    assert (posted(read, 2026, "budget", "income"), posted(read, 2026, "budget", "outlay")) == (420, 414)


@pytest.mark.parametrize("title", ["2026年丽江市政府性基金情况表", "2026年丽江市“三保”支出表"])
def test_a_second_table_without_a_head_that_is_known_is_refused(title: str, tmp_path: Path) -> None:
    book = small_book()
    for row, values in enumerate(
        [(title,), ("内容", "2025年执行数", "2026年预算数"), ("保工资", 77, 88)], 13
    ):
        for column, value in enumerate(values, 2):
            book["支"].cell(row, column, value)
    assert {"支!C14", "支!D14"} <= set(refused(book, tmp_path))


def test_a_sheet_with_amounts_is_no_contents_page(tmp_path: Path) -> None:
    book = small_book()
    sheet = book.create_sheet("基金")
    for at, words in enumerate(["收入", "支出", "收入执行", "支出执行"]):
        for row, values in enumerate(
            [(f"2026年丽江市政府性基金{words}情况表",), ("名称", "2026年预算数"), ("土地出让", 500)],
            5 * at + 1,
        ):
            for column, value in enumerate(values, 1):
                sheet.cell(row, column, value)
    assert "基金!A1" in refused(book, tmp_path)


def test_a_contents_page_does_not_set_the_year_of_headers_that_name_none(tmp_path: Path) -> None:
    book = small_book()
    for sheet in book.worksheets:
        sheet["C3"], sheet["D3"] = "上年执行数", "本年预算数"
    contents = book.create_sheet("目录", 0)
    names = ("一般公共预算收支", "一般公共预算支出", "政府性基金收入", "政府性基金支出")
    for row, (number, name) in enumerate(zip("一二三四", names, strict=True), 1):
        contents.cell(row, 1, f"表{number}、2025年丽江市{name}情况表")
    assert {"收!B1", "支!B1", "细!B1"} <= set(refused(book, tmp_path))


@pytest.mark.parametrize(
    "header",
    ["压减5%后2026年预算数", "其中：提高10%部分", "2026年预算比例", "预算数占比重", "2026年追加完成率"],
)
def test_amounts_below_a_header_that_resembles_a_ratio_are_refused(header: str, tmp_path: Path) -> None:
    book = small_book()
    page = book["支"]
    page["E3"] = header
    for row in range(4, page.max_row + 1):
        page.cell(row, 5, page.cell(row, 4).value)
    assert any(place.startswith("支!E") for place in refused(book, tmp_path))


INSURANCE = (
    ("", "一、失业保险基金收入", 100, 110),
    ("", "    其中：保险费收入", 60, 70),
    ("", "          利息收入", 10, 10),
    ("", "          利息收入", 7, 7),
    ("", "各项收入合计", 100, 110),
)
SCHEMES = (
    ("", "一、失业保险基金收入", 100, 110),
    ("", "二、失业保险基金收入", 20, 20),
    ("", "各项收入合计", 120, 130),
)


@pytest.mark.parametrize(("rows", "place"), [(INSURANCE, "社!C7"), (SCHEMES, "社!C5")])
def test_what_an_insurance_table_says_twice_is_refused(
    rows: tuple[tuple[object, ...], ...], place: str, tmp_path: Path
) -> None:
    book = small_book()
    page = add_table(book, "社", "2026年丽江市社会保险基金预算收入情况表", "表九", plan_headers(2026), rows)
    page["A3"] = None
    assert place in refused(book, tmp_path)


@pytest.mark.parametrize("name", ["古城区", "其中：古城区", "玉龙县", "古塔区", "昆明市"])
def test_a_county_twice_or_of_another_city_is_refused(name: str, tmp_path: Path) -> None:
    book = small_book()
    page = book.create_sheet("转")
    rows = [
        ("2026年丽江市分地区税收返还和转移支付情况表",), ("表八", None, None, "单位：万元"),
        ("地区", "合计", "税收返还", "转移支付"), ("古城区", 30, 10, 20), ("玉龙纳西族自治县", 40, 10, 30),
        (name, 10, 5, 5), ("合计", 80, 25, 55),
    ]  # fmt: skip
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            page.cell(row, column, value)
    assert set(refused(book, tmp_path)) & {"转!B6", "转!C6"}
