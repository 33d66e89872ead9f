"""What cannot be taken in is refused whole, and every problem names its cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell import MergedCell
from openpyxl.styles import Alignment, Color, Font, PatternFill

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.reader import read_book
from fisc.sample import BOOK
from tests.disclosure.books import (
    READ,
    add_table,
    detail_book,
    edited_cell,
    execution_headers,
    plan_headers,
    saved,
    small_book,
)

VALUES = st.one_of(
    st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12),
    st.sampled_from(["", "-", "#N/A", "=1+1", "单位：万元", "2024年决算数", "注：无", "合计"]),
    st.just("2026年丽江市一般公共预算支出表"),
)  # fmt: skip
Edit = Callable[[Workbook], object]


def refused(book: Workbook, folder: Path) -> DisclosureError:
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, folder))
    return caught.value


def formatted(sheet: str, cell: str, form: str) -> Edit:
    def edit(book: Workbook) -> None:
        book[sheet][cell].number_format = form

    return edit


def put(sheet: str, cell: str, value: object) -> Edit:
    def edit(book: Workbook) -> None:
        book[sheet][cell] = value

    return edit


def test_the_small_book_itself_is_accepted(tmp_path: Path) -> None:
    assert len(read_book(saved(small_book(), tmp_path)).tables) == 3


@pytest.mark.parametrize(
    ("edit", "place", "words"),
    [
        (put("细", "D6", "约七十"), "细!D6", "文字"),
        (put("细", "D6", "#REF!"), "细!D6", "公式出错"),
        (put("细", "D6", "#VALUE!"), "细!D6", "公式出错"),
        (put("细", "D6", "=D7+40"), "细!D6", "没有算出结果"),
        (put("细", "D6", date(2026, 1, 1)), "细!D6", "日期"),
        (put("细", "D6", True), "细!D6", "逻辑值"),
        (put("细", "D6", 1e300), "细!D6", "超出"),
        (put("细", "D6", Decimal("123456789.01234567")), "细!D6", "超过 15 位"),
        (formatted("细", "D6", '0.00,"千万元"'), "细!D6", "显示为"),
        (formatted("细", "D6", ";;;"), "细!D6", "什么也不显示"),
        (put("细", "D6", "7²"), "细!D6", "文字"),
        (put("细", "D6", "7 0"), "细!D6", "文字"),
        (put("细", "A6", "20501²1"), "细!A6", "不是科目编码"),
        (put("细", "A6", "2050199x"), "细!A6", "不是科目编码"),
        (put("细", "A6", "2050177"), "细!C6", "不在2025年"),
        (put("细", "A7", "2050101"), "细!C7", "重复"),
        (put("细", "B6", None), "细!C6", "没有项目名称"),
        (put("细", "D2", None), "细!B1", "单位"),
        (put("细", "D2", "单位：万美元"), "细!B1", "单位"),
        (put("细", "D3", None), "细!D4", "表头"),
        (put("细", "B3", "名目"), "细!B1", "项目"),
        (put("收", "D3", "2025年执行数"), "收!D3", "重复"),
    ],
)
def test_a_bad_cell_is_named(edit: Edit, place: str, words: str, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    error = refused(book, tmp_path)
    problem = next(p for p in error.problems if p.place == place)
    assert words in problem.message
    assert place in str(error)


@pytest.mark.parametrize("cell_range", ["C6:D6", "C6:C7", "B6:C6", "B5:B6"])
def test_merged_cells_among_the_data_are_refused(cell_range: str, tmp_path: Path) -> None:
    book = small_book()
    book["细"].merge_cells(cell_range)
    assert f"细!{cell_range.partition(':')[0]}" in refused(book, tmp_path).places


def test_a_merged_heading_and_a_merged_note_are_not_refused(tmp_path: Path) -> None:
    book = small_book()
    book["收"]["B15"] = "注：本表为预计数。"
    book["收"].merge_cells("B15:D16")
    book["收"]["B4"].alignment = Alignment(indent=1)
    assert read_book(saved(book, tmp_path), reasons=READ).tables


@pytest.mark.parametrize("column", ["C", "D"])
def test_a_missing_column_is_named_by_its_header(column: str, tmp_path: Path) -> None:
    book = small_book()
    for row in range(3, 20):
        book["收"][f"{column}{row}"] = None
    error = refused(book, tmp_path)
    header = plan_headers(2026)["CD".index(column)]
    assert any(
        p.place.startswith("收!") and "缺少" in p.message and header in p.message for p in error.problems
    )


def test_an_execution_table_needs_its_execution_column(tmp_path: Path) -> None:
    rows = [("205", "一、教育支出", 1, 2), ("", "支出合计", 1, 2)]
    error = refused(detail_book(rows, execution_headers(2025)[:2], 2025), tmp_path)
    assert any("2025年执行数" in p.message or "2024年执行数" in p.message for p in error.problems)


def test_a_code_is_known_by_year(tmp_path: Path) -> None:
    """育儿补贴 has a code since 2025; a book of 2023 cannot have it."""
    rows = [("210", "卫生健康支出", 5, 5), ("21019", "   育幼服务", 5, 5), ("2101902", "     育儿补贴", 5, 5),
            ("", "支出合计", 5, 5)]  # fmt: skip
    error = refused(detail_book(rows, plan_headers(2023), 2023), tmp_path)
    assert any(p.place == "细!C6" and "2101902" in p.message for p in error.problems)


def test_all_problems_are_collected(tmp_path: Path) -> None:
    book = small_book()
    book["收"]["C5"] = "甲"
    book["支"]["D4"] = "#DIV/0!"
    book["细"]["A6"] = "2050177"
    places = set(refused(book, tmp_path).places)
    assert {"收!C5", "支!D4", "细!C6"} <= places


@pytest.mark.parametrize("hide", ["row", "column"])
def test_hidden_amounts_that_the_sums_do_not_prove_are_refused(hide: str, tmp_path: Path) -> None:
    book = small_book()
    book["细"]["D6"] = 99
    if hide == "row":
        book["细"].row_dimensions[6].hidden = True
    else:
        book["细"].column_dimensions["D"].hidden = True
    problems = refused(book, tmp_path).problems
    assert any("隐藏" in p.rule and p.place == "细!D6" for p in problems)


def test_a_hidden_row_without_any_sum_is_refused(tmp_path: Path) -> None:
    rows = [("", "道路养护", 3), ("", "桥梁维修", 4)]
    book = Workbook()
    book.remove(book.active)
    add_table(book, "项", "2026年丽江市市本级一般公共预算重点项目情况表", "表一", ["2026年预算数"], rows)
    book["项"].row_dimensions[5].hidden = True
    error = refused(book, tmp_path)
    assert error.places == ("项!C5",)
    assert "隐藏" in error.rule


def test_hidden_amounts_that_the_sums_prove_are_accepted_and_told(tmp_path: Path) -> None:
    book = small_book()
    book["细"].row_dimensions[6].hidden = True
    book["细"].column_dimensions["D"].hidden = True
    read = read_book(saved(book, tmp_path))
    assert any(f.rule_id == "hidden" and f.about.startswith("细!") for f in read.findings)


def _unseen(book: Workbook, how: str, cells: tuple[str, ...]) -> None:
    for cell in (book["细"][name] for name in cells):
        if how == "white":
            cell.font = Font(color="FFFFFFFF")
        elif how == "window":
            cell.font = Font(color=Color(theme=0))
        elif how == "filled":
            cell.font = Font(color="FF3366CC")
            cell.fill = PatternFill("solid", fgColor="FF3366CC")
        else:
            book["细"].row_dimensions[cell.row].height = 1.5


@pytest.mark.parametrize("how", ["white", "window", "filled", "low"])
def test_amounts_that_nobody_sees_are_told_as_hidden(how: str, tmp_path: Path) -> None:
    book = small_book()
    _unseen(book, how, ("D6", "D7"))
    read = read_book(saved(book, tmp_path))
    assert [f.about for f in read.findings if f.rule_id == "hidden"] == ["细!C6" if how == "low" else "细!D6"]


def test_white_on_a_dark_ground_is_seen(tmp_path: Path) -> None:
    book = small_book()
    book["细"]["D6"].font = Font(color="FFFFFFFF")
    book["细"]["D6"].fill = PatternFill("solid", fgColor="FF003366")
    assert not [f for f in read_book(saved(book, tmp_path)).findings if f.rule_id == "hidden"]


def test_a_hidden_sheet_is_named_and_never_the_source(tmp_path: Path) -> None:
    book = small_book()
    stale = book.copy_worksheet(book["细"])
    stale.title, stale.sheet_state = "旧", "hidden"
    stale["D6"], stale["D7"] = 60, 40
    book.move_sheet("旧", -3)
    read = read_book(saved(book, tmp_path))
    assert not any(line.sheet == "旧" for line in read.lines)
    assert [sheet.fate for sheet in read.sheets if sheet.name == "旧"] == ["隐藏，未读取"]
    assert any(f.rule_id == "hidden_sheet" for f in read.findings)


def test_a_number_stored_as_text_counts_only_where_the_sums_prove_it(tmp_path: Path) -> None:
    book = small_book()
    book["细"]["D6"] = "70"
    assert any(f.rule_id == "text_number" for f in read_book(saved(book, tmp_path)).findings)
    book["细"]["D6"] = "75"
    assert "细!D6" in refused(book, tmp_path).places


def test_files_that_are_no_workbook_are_refused(tmp_path: Path) -> None:
    contents = {
        "加密": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "损坏": BOOK.read_bytes()[:400_000],
        "不是": b"%PDF-1.7",
    }
    for words, content in contents.items():
        path = tmp_path / "x.xlsx"
        path.write_bytes(content)
        with pytest.raises(DisclosureError, match=words):
            read_book(path)


def test_a_missing_file_and_an_empty_workbook_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DisclosureError, match="打不开"):
        read_book(tmp_path / "none.xlsx")
    with pytest.raises(DisclosureError, match="没有认得的"):
        read_book(saved(Workbook(), tmp_path))


def test_an_unknown_city_is_refused(tmp_path: Path) -> None:
    book = small_book()
    for sheet in book.worksheets:
        sheet["B1"] = str(sheet["B1"].value).replace("丽江", "无名")
    assert any("无名市" in p.message for p in refused(book, tmp_path).problems)


@pytest.mark.parametrize(
    ("sheet", "cell", "xml", "kind"),
    [
        ("02", "E7", "<v>49x0</v>", "n"),
        ("02", "E7", "<v>#REF!</v>", "e"),
        ("04", "F6", "<f>SUM(F7:F17)</f>", "n"),
        ("21", "D6", "<v>无</v>", "str"),
        ("44", "C15", "<v>9999999</v>", "n"),
        ("47", "C13", "<v>-232500</v>", "n"),
        ("48", "N9", "<v>80</v>", "n"),
        ("25", "B6", "<v>168413.5</v>", "n"),
        ("45", "G6", "<v>4143</v>", "n"),
        ("01-2", "F33", "<v>35220</v>", "n"),
    ],
)
def test_one_spoilt_cell_of_the_real_book_is_named(
    sheet: str, cell: str, xml: str, kind: str, tmp_path: Path
) -> None:
    path = edited_cell(BOOK, tmp_path / "spoilt.xlsx", sheet, cell, xml, kind)
    with pytest.raises(DisclosureError) as caught:
        read_book(path)
    assert f"{sheet}!{cell}" in caught.value.places


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_breaks(data: st.DataObject) -> None:
    content = bytearray(_small_file())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    _read_or_refuse(bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))]))


@settings(max_examples=60)
@given(st.sampled_from(["收", "支", "细"]), st.integers(1, 15), st.integers(1, 6), VALUES)
def test_any_value_anywhere_is_read_or_refused_but_never_breaks(
    sheet: str, row: int, column: int, value: object
) -> None:
    book = small_book()
    if not isinstance(book[sheet].cell(row, column), MergedCell):
        book[sheet].cell(row, column).value = value  # type: ignore[assignment]
    stream = BytesIO()
    book.save(stream)
    _read_or_refuse(stream.getvalue())


@cache
def _small_file() -> bytes:
    stream = BytesIO()
    small_book().save(stream)
    return stream.getvalue()


def _read_or_refuse(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        path.write_bytes(content)
        try:
            assert read_book(path).tables
        except DisclosureError as error:
            assert error.problems


def test_tables_below_each_other_on_one_sheet_are_told_apart(tmp_path: Path) -> None:
    book = small_book()
    first, second = book["收"], book["支"]
    for row in second.iter_rows():
        for cell in row:
            if cell.value is not None:
                first.cell(cell.row + 20, cell.column, cell.value)
    del book["支"]
    read = read_book(saved(book, tmp_path))
    assert [(t.sheet, t.side) for t in read.tables] == [("收", "income"), ("收", "outlay"), ("细", "outlay")]


def test_a_county_table_is_posted_to_the_county(tmp_path: Path) -> None:
    book = small_book()
    rows = [("205", "一、教育支出", 1, 2), ("", "支出合计", 1, 2)]
    add_table(book, "县", "2026年永胜县一般公共预算支出情况表", "表三", plan_headers(2026), rows)
    read = read_book(saved(book, tmp_path))
    assert {line.region for line in read.lines if line.sheet == "县"} == {"530722000"}
    assert read.region == "530700000"
