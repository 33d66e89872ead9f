"""Books printed in any legal or odd way: read as they were meant, or refused; never another number.

A budget is drawn, printed, and its print is changed in several ways at once. What is taken is held
against the budget that was drawn, by year, side and class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.facts import facts_of
from fisc.disclosure.reader import read_book
from tests.disclosure.books import Rows, add_table, plan_headers
from tests.disclosure.test_debt_plan import ROWS

WAN = 1_000_000  # fen
TITLE = "2026年丽江市一般公共预算收支情况表"
#: year, side, class -> 万元
Sums = dict[tuple[int, str, str], int]

#: class, name of the class; section, its name; item, its name. A class without sections is printed alone.
OUTLAYS = (
    ("201", "一般公共服务支出", "20101", "人大事务", "2010101", "行政运行"),
    ("204", "公共安全支出", "20402", "公安", "2040201", "行政运行"),
    ("205", "教育支出", "20502", "普通教育", "2050202", "小学教育"),
    ("206", "科学技术支出", "20601", "科学技术管理事务", "2060101", "行政运行"),
    ("219", "援助其他地区支出", "21902", "教育", "", ""),
    ("221", "住房保障支出", "22102", "住房改革支出", "2210201", "住房公积金"),
)
INCOMES = (("101", "税收收入", "10101", "增值税"), ("103", "非税收入", "10302", "专项收入"))


@dataclass
class Drawn:
    """A printed budget, what it says, and whether something was done to it that must refuse it."""

    book: Workbook
    sums: Sums
    must_refuse: list[str] = field(default_factory=list)


@st.composite
def budgets(draw: st.DrawFn) -> Drawn:
    amounts = st.tuples(st.integers(2, 900), st.integers(2, 900))  # a row of 1 may be missing by rounding
    outlays = draw(st.lists(st.sampled_from(OUTLAYS), min_size=1, max_size=5, unique=True).map(sorted))
    sums: Counter[tuple[int, str, str]] = Counter()
    out_rows: list[tuple[object, ...]] = []
    for code, name, section, section_name, item, item_name in outlays:
        was, will = draw(amounts)
        sums[2025, "outlay", code], sums[2026, "outlay", code] = was, will
        printed = [(code, name), (section, "  " + section_name), (item, "    " + item_name)]
        out_rows += [(c, n, was, will) for c, n in printed[: draw(st.sampled_from([1, 3]))] if c]
    total = [sum(v for (y, s, _), v in sums.items() if (y, s) == (year, "outlay")) for year in (2025, 2026)]
    out_rows.append(("", "支出总计", *total))
    in_rows: list[tuple[object, ...]] = []
    for code, name, section, section_name in INCOMES:
        was, will = draw(amounts)
        sums[2025, "income", code], sums[2026, "income", code] = was, will
        in_rows += [(code, name, was, will), (section, "  " + section_name, was, will)]
    rest = [
        whole - sum(v for (y, s, _), v in sums.items() if (y, s) == (year, "income"))
        for year, whole in zip((2025, 2026), total, strict=True)
    ]
    sums[2025, "income", "110"], sums[2026, "income", "110"] = rest
    in_rows += [
        ("110", "转移性收入", *rest),
        ("11002", "  一般性转移支付收入", *rest),
        ("", "收入总计", *total),
    ]
    return Drawn(_printed(in_rows, out_rows), {key: fen for key, fen in sums.items() if fen})


def _printed(in_rows: Rows, out_rows: Rows) -> Workbook:
    book = Workbook()
    book.remove(book.active)
    add_table(book, "收", TITLE, "表一", plan_headers(2026), in_rows)
    add_table(book, "支", TITLE, "表一", plan_headers(2026), out_rows)
    return book


Change = Callable[[Drawn, st.DataObject], None]


def _page(drawn: Drawn, data: st.DataObject) -> Worksheet:
    return drawn.book[data.draw(st.sampled_from(["收", "支"]))]


def _row(page: Worksheet, data: st.DataObject) -> int:
    return data.draw(st.integers(4, page.max_row))


def swap_columns(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    for row in range(3, page.max_row + 1):
        left, right = page.cell(row, 3), page.cell(row, 4)
        left.value, right.value = right.value, left.value


def insert_row(drawn: Drawn, data: st.DataObject) -> None:
    page, texts = _page(drawn, data), ["注：有尾差", "说明：含补助", None, "备注", "其中："]
    at = _row(page, data)
    page.insert_rows(at)
    page.cell(at, 2, data.draw(st.sampled_from(texts)))


def as_text(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    cell = page.cell(_row(page, data), data.draw(st.integers(3, 4)))
    if isinstance(cell.value, int):
        wide = str.maketrans("0123456789", "０１２３４５６７８９")
        minus = data.draw(st.sampled_from(["-", "△", "▲", "－", "("]))
        said = f"{abs(cell.value):,}".translate(wide if data.draw(st.booleans()) else {})
        cell.value = (minus + said + ")" * (minus == "(")) if cell.value < 0 else said


def hide(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    if data.draw(st.booleans()):
        page.row_dimensions[_row(page, data)].hidden = True
    else:
        page.column_dimensions[data.draw(st.sampled_from("ABCD"))].hidden = True


def stale_sheet(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    stale = drawn.book.copy_worksheet(page)
    for row in range(4, stale.max_row + 1):
        for column in (3, 4):
            value = stale.cell(row, column).value
            stale.cell(row, column).value = value * 2 if isinstance(value, int) else value
    stale.sheet_state = data.draw(st.sampled_from(["hidden", "veryHidden", "visible"]))
    drawn.book.move_sheet(stale, -data.draw(st.integers(0, 2)))
    if stale.sheet_state == "visible":
        drawn.must_refuse.append("stale")


def other_sheet(drawn: Drawn, data: st.DataObject) -> None:
    page = drawn.book.create_sheet(data.draw(st.sampled_from(["封面", "目录", "空"])))
    page["A1"] = data.draw(st.sampled_from([None, "丽江市财政局", 2026, "2026年预算（草案）", TITLE]))


def same_title(drawn: Drawn, data: st.DataObject) -> None:
    words = "一般公共预算收支情况表"
    titles = [
        "二〇二六年丽江市",
        "表一：2026年丽江市",
        "丽江市2026年",
        "2026年度丽江市",
        "2026年全市",
        "2026年丽江市全市",
    ]
    _page(drawn, data)["B1"] = data.draw(st.sampled_from(titles)) + words


def other_title(drawn: Drawn, data: st.DataObject) -> None:
    places = [
        "丽江高新区",
        "丽江市经济技术开发区",
        "无名县",
        "昆明市",
        "",
        "丽江市及市本级全市",
        "丽江市1-11月",
        "全省",
        "全区",
    ]
    title = f"2026年{data.draw(st.sampled_from(places))}一般公共预算收支情况表"
    _page(drawn, data)["B1"] = title
    drawn.must_refuse.append(title)


def same_header(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    forms = {
        "2025年执行数": ["2025 年\n执行数", "２０２５年执行数", "上年执行数",
                        "2025年执行数（万元）", "2025年预计执行数"],
        "2026年预算数": ["2026年度预算数", "2026年年初预算数", "预算数", "本年预算数", "2026年预算数(万元)"],
    }  # fmt: skip
    cell = page.cell(3, data.draw(st.integers(3, 4)))
    if cell.value in forms:
        cell.value = data.draw(st.sampled_from(forms[str(cell.value)]))


def other_header(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    headers = [
        "2025年1-11月执行数", "2025年快报数", "2026年预算调整数", "2026年增减", "2026年上级预算数",
        "2025年执行数（亿元）", "执行数", "2025年完成数", "预算", "2027年预算数", "2026年部门预算数",
        None, date(2026, 12, 31), 2026, "合计", "备注",
    ]  # fmt: skip
    cell = page.cell(3, data.draw(st.integers(3, 4)))
    header = data.draw(st.sampled_from(headers))
    is_same = header == "预算" and "预算" in str(cell.value)
    cell.value = header
    if not is_same:
        drawn.must_refuse.append(str(header))


def other_unit(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    cell = page.cell(data.draw(st.sampled_from([1, 3, page.max_row + 2])), data.draw(st.integers(2, 4)))
    if not isinstance(cell, MergedCell):
        cell.value = (
            f"{cell.value or '注：本表'}（单位：{data.draw(st.sampled_from(['元', '千元', '亿元']))}）"
        )
        drawn.must_refuse.append("unit")


def no_unit(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    page["D2"] = None
    if not any("元" in str(page.cell(3, column).value) for column in (3, 4)):
        drawn.must_refuse.append("no unit")


def more_column(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    headers = [
        "备注",
        "比上年执行数增长%",
        "预算数为执行数的%",
        "2026年调整预算数",
        "2026年增减额",
        "单位",
        None,
        "打印",
        "2026年安排",
    ]
    at = data.draw(st.sampled_from([5, 5, 6, 9]))
    page.cell(3, at, data.draw(st.sampled_from(headers)))
    for row in range(4, page.max_row + 1):
        page.cell(row, at, data.draw(st.sampled_from([None, 1, 0.5, "是", "12"])))


def odd_cell(drawn: Drawn, data: st.DataObject) -> None:
    values = [
        None,
        True,
        "约七十",
        "#REF!",
        "=1+1",
        1e300,
        date(2026, 1, 1),
        -5,
        0,
        "7²",
        "—",
        "…",
        "12%",
        "3.5.6",
    ]
    page = _page(drawn, data)
    cell = page.cell(_row(page, data), data.draw(st.integers(1, 4)))
    if not isinstance(cell, MergedCell):
        cell.value = data.draw(st.sampled_from(values))


def merge(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    top, left = data.draw(st.integers(2, page.max_row)), data.draw(st.integers(1, 4))
    bottom, right = top + data.draw(st.integers(0, 2)), left + data.draw(st.integers(0, 2))
    page.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)


def without_codes(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    for row in range(4 if data.draw(st.booleans()) else 3, page.max_row + 1):
        page.cell(row, 1).value = None
    if data.draw(st.booleans()):
        for row in range(4, page.max_row + 1):
            cell = page.cell(row, 2)
            if isinstance(cell.value, str) and not cell.value.endswith("计"):
                cell.value = cell.value.removesuffix("支出").removesuffix("收入")


def flat(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    for row in range(4, page.max_row + 1):
        cell = page.cell(row, 2)
        if isinstance(cell.value, str):
            cell.value = cell.value.strip()


def delete_row(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    page.delete_rows(_row(page, data))


def unmerged(drawn: Drawn, data: st.DataObject) -> None:
    page = _page(drawn, data)
    for merged in list(page.merged_cells.ranges):
        page.unmerge_cells(str(merged))


#: In the order in which they are done: what must refuse a book comes last, so that nothing undoes it.
CHANGES: tuple[Change, ...] = (
    swap_columns, insert_row, as_text, hide, other_sheet, same_title, same_header, more_column, odd_cell,
    without_codes, flat, delete_row, unmerged, stale_sheet, other_title, other_header, no_unit, other_unit,
    merge,
)  # fmt: skip


def taken(book: Workbook) -> Sums | None:
    """What a book posts, by year, side and class; None where it is refused."""
    stream = BytesIO()
    book.save(stream)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        path.write_bytes(stream.getvalue())
        try:
            read = read_book(path, reasons={"scale": "抽出来的数"})
        except DisclosureError as error:
            assert error.problems
            return None
    assert {sheet.name for sheet in read.sheets} == set(book.sheetnames)
    sums: Counter[tuple[int, str, str]] = Counter()
    for fact in facts_of(read):
        if fact.about in ("plan", "accounts"):
            sums[fact.fiscal_year, fact.side, fact.code[:3]] += fact.amount_fen
    return {key: fen // WAN for key, fen in sums.items() if fen}


@pytest.mark.parametrize("change", [same_title, same_header, insert_row, swap_columns, unmerged, flat, hide])
def test_a_harmless_change_is_read(change: Change) -> None:
    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(budgets(), st.data())
    def read(drawn: Drawn, data: st.DataObject) -> None:
        change(drawn, data)
        assert taken(drawn.book) in (drawn.sums, None if change in (hide, insert_row) else drawn.sums)

    read()


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(budgets(), st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4, unique=True), st.data())
def test_whatever_is_done_to_a_book_it_is_read_right_or_refused(
    drawn: Drawn, changes: list[Change], data: st.DataObject
) -> None:
    for change in sorted(changes, key=CHANGES.index):
        change(drawn, data)
    found = taken(drawn.book)
    if found is not None:
        assert found == drawn.sums
        assert drawn.must_refuse == [] or merge in changes  # a merge may cover what must refuse


#: Tables whose rows are no classification: name and two amounts.
OTHER_KINDS: dict[str, Rows] = {
    "2026年丽江市政府债务限额和余额情况表": [("", *row) for row in ROWS],
    "2026年丽江市社会保险基金预算结余情况表": [
        ("", "企业职工基本养老保险基金本年收支结余", 1, 2),
        ("", "企业职工基本养老保险基金年末滚存结余", 5, 7),
        ("", "本年收支结余", 1, 2), ("", "年末滚存结余", 5, 7),
    ],
    "2026年丽江市社会保险基金预算收入情况表": [
        ("", "企业职工基本养老保险基金收入", 5, 6), ("", "其中：保险费收入", 4, 5), ("", "收入合计", 5, 6),
    ],
    "2026年市本级一般公共预算政府预算经济分类表": [
        ("", "机关工资福利支出", 3, 4), ("", "工资奖金津补贴", 3, 4), ("", "合计", 3, 4),
    ],
    "2026年丽江市国有资本经营预算收入情况表": [("", "利润收入", 3, 4), ("", "收入合计", 3, 4)],
}  # fmt: skip
WORDS = st.sampled_from(
    [None, "", "-", "△5", 0, 5, -7, True, "合计", "注：无", "2025年结余数", "预算调整数", "单位：亿元",
     "项目", "一般债务", "20101", "#REF!", "=A1", "比上年增长%", "年末滚存结余", "古城区", "限额", "序号"]
)  # fmt: skip
PLACES = st.tuples(st.integers(1, 9), st.integers(1, 5), WORDS)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(OTHER_KINDS)), st.lists(PLACES, max_size=4), st.booleans(), st.booleans())
def test_tables_of_every_kind_are_read_or_refused_but_never_break(
    title: str, edits: list[tuple[int, int, object]], is_headless: bool, is_merged: bool
) -> None:
    book = Workbook()
    book.remove(book.active)
    page = add_table(book, "表", title, "表一", plan_headers(2026), OTHER_KINDS[title])
    for row, column, value in edits:
        if not isinstance(page.cell(row, column), MergedCell):
            page.cell(row, column).value = value
    if is_headless:
        page["C3"], page["D3"] = "2025年结余数", "2026年安排数"
    if is_merged:
        page.merge_cells("B5:D5")
    taken(book)
