"""What looks like a figure and is another one: read as what it is, or refused at its cell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.model import Book
from fisc.disclosure.reader import read_book
from tests.disclosure.books import READ, add_table, execution_headers, plan_headers, saved, small_book

WAN = 1_000_000  # fen
Edit = Callable[[Workbook], object]
WHOLE, OWN = "530700998", "530700000"


def posted(book: Book, year: int, stage: str, side: str, region: str = WHOLE) -> int:
    """What a book posts of a year's budget or accounts, transfers with it, in 万元."""
    lines = [
        x for x in book.lines
        if (x.role, x.region, x.fiscal_year, x.stage, x.side) == ("posted", region, year, stage, side)
    ]  # fmt: skip
    return sum(line.amount_fen for line in lines) // WAN


def titled(words: str) -> Edit:
    """The titles of the balance tables, and with them that of the detail table."""

    def edit(book: Workbook) -> None:
        for sheet in "收支":
            book[sheet]["B1"] = words

    return edit


def put(sheet: str, cell: str, value: object) -> Edit:
    def edit(book: Workbook) -> None:
        book[sheet][cell] = value

    return edit


def headed(*headers: str) -> Edit:
    def edit(book: Workbook) -> None:
        for sheet in book.worksheets:
            for column, header in enumerate(headers, 3):
                sheet.cell(3, column, header)

    return edit


def noted(text: str) -> Edit:
    def edit(book: Workbook) -> None:
        book["支"].insert_rows(5)
        book["支"]["B5"] = text

    return edit


def with_column(header: str, *values: object) -> Edit:
    """One more column beside the table of outlay, outside of its merged title."""

    def edit(book: Workbook) -> None:
        for row, value in enumerate([header, *values], 3):
            book["支"].cell(row, 5, value)

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        titled("二〇二六年丽江市一般公共预算收支情况表"),
        titled("二○二六年度丽江市一般公共预算收支情况表"),
        titled("表一：2026年丽江市一般公共预算收支情况表"),
        titled("2026年全市一般公共预算收支情况表"),
        titled("2026年丽江市（全市）一般公共预算收支情况表"),
        headed("2025年度执行数（万元）", "2026年度预算数（万元）"),
        headed("上年执行数", "本年预算数"),
        headed("2025年预计执行数", "2026年年初预算数"),
        noted("注：部分数据因四舍五入存在尾差"),
        noted("说明：教育支出含上级转移支付"),
        with_column("比上年执行数增长%", 300 / 290 - 1, 0.1, 410 / 390 - 1),
        with_column("预算数为上年执行数的%", 103.4, 110.0, 105.1),
        with_column("备注", "含上级补助"),
    ],
)
def test_another_way_to_print_it_is_read(edit: Edit, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    read = read_book(saved(book, tmp_path), reasons=READ)
    assert (posted(read, 2026, "budget", "income"), posted(read, 2026, "budget", "outlay")) == (420, 414)
    assert posted(read, 2025, "execution", "income") == 410


@pytest.mark.parametrize(
    ("edit", "place", "words"),
    [
        (headed("2025年1-11月执行数", "2026年预算数"), "收!C3", "全年"),
        (headed("2025年快报数", "2026年预算数"), "收!C3", "全年"),
        (headed("截至2025年11月底执行数", "2026年预算数"), "收!C3", "全年"),
        (headed("2025年执行数", "2026年预算调整数"), "收!B3", "缺少"),
        (headed("2025年执行数", "2026年预算增减额"), "收!D4", "口径"),
        (headed("2025年执行数", "2026年上级预算数"), "收!D4", "口径"),
        (headed("执行数", "预算数"), "收!C3", "年度"),
        (headed("2025年执行数", "2027年预算数"), "收!D3", "晚于"),
        (headed("2025年执行数（亿元）", "2026年预算数"), "收!C3", "亿元"),
        (noted("注：本表单位：亿元"), "支!B5", "亿元"),
        (noted("注：2025年执行数为1—11月数"), "支!B5", "全年"),
        (titled("2026年丽江高新区一般公共预算收支情况表"), "收!B1", "高新区"),
        (titled("2026年无名县一般公共预算收支情况表"), "收!B1", "无名县"),
        (put("收", "B1", "2026年昆明市一般公共预算收支情况表"), "收!B1", "昆明市"),
        (titled("2026年丽江市一般公共预算收支情况表（经开区）"), "收!B1", "经开区"),
        (titled("2026年一般公共预算收支情况表"), "收!B1", "没有写明地区"),
        (titled("2026年丽江市全市及市本级一般公共预算收支情况表"), "收!B1", "分不清"),
        (titled("2026年丽江市一般公共预算收支草表及其他"), "收!B3", "表题"),
        (titled("2026年丽江市公共财政收支总表"), "收!B1", "哪一种"),
        (with_column("比上年执行数增长%", 0.5, 0.5, 0.5), "支!E4", "比率"),
        (with_column("2026年安排", 300, 110, 410), "支!E4", "口径"),
        (with_column("", 300, 110, 410), None, ""),
    ],
)
def test_what_only_looks_like_it_is_refused_at_its_cell(
    edit: Edit, place: str | None, words: str, tmp_path: Path
) -> None:
    book = small_book()
    edit(book)
    if place is None:  # beside the table, without a header: somebody's working, left alone by who has read it
        read = read_book(saved(book, tmp_path), reasons=READ)
        assert [told.place for sheet in read.sheets for told in sheet.beside] == ["支!E4"]
        return
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any(p.place == place and words in p.message + p.rule for p in caught.value.problems)


def test_a_date_above_a_column_says_no_stage(tmp_path: Path) -> None:
    book = small_book()
    book["收"]["D3"] = date(2026, 12, 31)
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any(p.place == "收!D4" and "2026-12-31" in p.message for p in caught.value.problems)


def test_a_title_over_two_rows_is_one(tmp_path: Path) -> None:
    book = small_book()
    for sheet in "收支":
        book[sheet].unmerge_cells("B1:D1")
        book[sheet].insert_rows(1)
        book[sheet]["B1"], book[sheet]["B2"] = "2026年丽江市", "一般公共预算收支情况表"
    assert posted(read_book(saved(book, tmp_path)), 2026, "budget", "outlay") == 414


def test_own_level_and_whole_city_are_told_apart_whichever_comes_first(tmp_path: Path) -> None:
    book = small_book()
    for sheet, title in zip("收支", ("2026年市级", "2026年丽江市本级"), strict=True):
        own = book.copy_worksheet(book[sheet])
        own.title = f"市{sheet}"
        own["B1"] = f"{title}一般公共预算收支情况表"
        for row in own.iter_rows(min_row=4, min_col=3, max_col=4):
            for cell in row:
                cell.value = cell.value and cell.value * 10
        own["B9" if sheet == "收" else "B6"] = "市级收入合计" if sheet == "收" else "市级支出合计"
        book.move_sheet(own, -4)
    book["市收"]["B9"], book["市支"]["B6"] = "本年收入合计", "本年支出合计"
    read = read_book(saved(book, tmp_path))
    assert posted(read, 2026, "budget", "income") == 420
    assert posted(read, 2026, "budget", "income", OWN) == 4200


def test_last_years_adjusted_budget_is_last_years_and_changes_nothing_alone(tmp_path: Path) -> None:
    book = small_book()
    for sheet, factor in (("收", 2), ("支", 2), ("细", 2)):
        page = book[sheet]
        page.cell(3, 5, "上年调整预算数")
        for row in range(4, page.max_row + 1):
            page.cell(row, 5, page.cell(row, 3).value and page.cell(row, 3).value * factor)
    read = read_book(saved(book, tmp_path))
    adjusted = {(x.fiscal_year, x.role) for x in read.lines if x.stage == "adjusted"}
    assert adjusted <= {(2025, "check"), (2025, "subtotal")}
    assert any(f.rule_id == "adjusted_without_budget" for f in read.findings)
    assert posted(read, 2026, "budget", "outlay") == 414


def names_book(rows: list[tuple[object, ...]]) -> Workbook:
    """A table of outlay without codes."""
    book = Workbook()
    book.remove(book.active)
    add_table(book, "支", "2026年丽江市一般公共预算支出表", "表一", plan_headers(2026), rows)
    book["支"]["A3"] = None
    return book


def codes(book: Book) -> dict[str, str]:
    return {line.name: line.code for line in book.lines}


def test_names_without_their_last_word_are_classes_where_classes_stand(tmp_path: Path) -> None:
    rows = [("", "一般公共服务", 1, 1), ("", "教育", 2, 2), ("", "住房保障", 3, 3), ("", "支出合计", 6, 6)]
    found = codes(read_book(saved(names_book(rows), tmp_path)))
    assert (found["一般公共服务"], found["教育"], found["住房保障"]) == ("201", "205", "221")


def test_the_same_names_below_aid_to_other_regions_are_its_sections(tmp_path: Path) -> None:
    rows = [("", "一、教育", 2, 2), ("", "二、援助其他地区支出", 4, 4), ("", "   一般公共服务", 1, 1),
            ("", "   教育", 3, 3), ("", "支出合计", 6, 6)]  # fmt: skip
    read = read_book(saved(names_book(rows), tmp_path))
    assert [line.code for line in read.lines if line.name in ("教育", "一般公共服务")] == [
        "205", "205", "21901", "21901", "21902", "21902",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        [("", "行政运行", 2, 2), ("", "支出合计", 2, 2)],
        [("", "援助其他地区支出", 4, 4), ("", "教育", 4, 4), ("", "支出合计", 8, 8)],
    ],
)
def test_a_name_that_may_be_several_codes_is_not_guessed(
    rows: list[tuple[object, ...]], tmp_path: Path
) -> None:
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(names_book(rows), tmp_path))
    assert any("看不出是哪一个" in p.message for p in caught.value.problems)


def test_a_code_whose_name_is_another_codes_is_refused(tmp_path: Path) -> None:
    book = small_book()
    book["细"]["B10"] = "科学技术支出"
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any(p.place == "细!C10" and "206" in p.message for p in caught.value.problems)


def test_a_total_of_transfers_without_its_kinds_is_refused(tmp_path: Path) -> None:
    book = small_book()
    for row in (13, 12, 11):
        book["收"].delete_rows(row)
    book["收"]["A11"], book["收"]["B11"], book["收"]["C11"], book["收"]["D11"] = (
        None,
        "各项收入合计",
        410,
        420,
    )
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any("没有列明细" in p.message and "110" in p.message for p in caught.value.problems)


def test_a_minus_is_read_however_it_is_printed_where_the_sums_prove_it(tmp_path: Path) -> None:
    for said in ("△20", "▲20", "－20", "(20)", "（20.00）", "-20"):
        book = small_book()
        book["细"]["D6"], book["细"]["D7"] = 120, said
        read = read_book(saved(book, tmp_path))
        assert [x.amount_fen for x in read.lines if (x.sheet, x.cell) == ("细", "D7")] == [-20 * WAN], said


def test_codes_divided_over_columns_are_put_together(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    page.title = "细"
    page["A1"], page["F2"] = "2026年丽江市一般公共预算支出情况表", "单位：万元"
    for cell, text in zip("ADEF", ("科目编码", "科目名称", *plan_headers(2026)), strict=True):
        page[f"{cell}3"] = text
    for cell, text in zip("ABC", "类款项", strict=True):
        page[f"{cell}4"] = text
    for merged in ("A1:F1", "A3:C3", "D3:D4", "E3:E4", "F3:F4"):
        page.merge_cells(merged)
    rows = [("205", None, None, "教育支出"), ("205", "01", None, "教育管理事务"), (205, 1, 1, "行政运行")]
    for index, row in enumerate(rows, 5):
        for column, value in enumerate([*row, 6, 7], 1):
            page.cell(index, column, value)
    page["D8"], page["E8"], page["F8"] = "支出合计", 6, 7
    assert list(codes(read_book(saved(book, tmp_path))).values()) == ["205", "20501", "2050101", ""]


def test_income_and_outlay_side_by_side_are_two_tables(tmp_path: Path) -> None:
    book = small_book()
    page, other = book["收"], book["支"]
    page.unmerge_cells("B1:D1")
    for row in other.iter_rows(min_row=3):
        for cell in row:
            page.cell(cell.row, cell.column + 4, cell.value)
    page.merge_cells("B1:H1")
    del book["支"]
    read = read_book(saved(book, tmp_path))
    assert (posted(read, 2026, "budget", "income"), posted(read, 2026, "budget", "outlay")) == (420, 414)


def test_a_stale_copy_in_sight_contradicts_the_table_and_is_refused(tmp_path: Path) -> None:
    book = small_book()
    stale = book.copy_worksheet(book["细"])
    stale.title = "旧"
    stale["D6"], stale["D7"] = 60, 40
    book.move_sheet("旧", -3)
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert {"细!D6", "细!D7"} <= set(caught.value.places)


def test_columns_swapped_against_their_headers_are_found_by_the_ratios(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    rows = [("205", "教育支出", 100, 200, 300, 1.5), ("211", "节能环保支出", 10, 40, 20, 0.5),
            ("", "支出合计", 110, 240, 320, 320 / 240)]  # fmt: skip
    headers = [*execution_headers(2025), "完成预算数的%"]
    title = "2025年丽江市一般公共预算支出执行情况表"
    add_table(book, "支", title, "表一", headers, rows)
    assert read_book(saved(book, tmp_path)).lines
    for row in (4, 5, 6):
        page = book["支"]
        page.cell(row, 4).value, page.cell(row, 5).value = page.cell(row, 5).value, page.cell(row, 4).value
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any("比率" in p.rule for p in caught.value.problems)


def test_every_sheet_column_and_row_is_told(tmp_path: Path) -> None:
    book = small_book()
    book.create_sheet("封面")["A1"] = "丽江市财政局"
    book.create_sheet("空")
    other = add_table(
        book, "三公", "2026年丽江市“三公”经费支出表", "表九", ["2026年预算数"], [("", "公车", 3)]
    )
    other["C2"] = None
    book["支"]["B15"] = "注：本表为代编"
    with_column("备注", "含补助")(book)
    read = read_book(saved(book, tmp_path), reasons=READ)
    told = {sheet.name: sheet for sheet in read.sheets}
    assert set(told) == set(book.sheetnames)
    assert (told["封面"].fate, told["空"].fate) == ("没有表", "空表")
    assert "未采用" in told["三公"].fate
    table = told["支"].tables[0]
    assert {one.place: one.fate for one in table.rows}["支!15"] == "附注"
    assert len(table.rows) == 8
    assert [(one.name, one.fate) for one in table.columns][-1] == ("备注", "文字，未采用")
