"""Nine kinds of input that once gave wrong figures without a word, ten variants of each.

Every variant either refuses the book at a cell of the sheet that was changed, or gives the right figures.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from openpyxl import Workbook

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.model import POSTED, Book
from fisc.disclosure.reader import read_book
from tests.disclosure.books import INCOME_ROWS, READ, add_table, plan_headers, saved, small_book
from tests.disclosure.test_kinds_of_trap import Edit, headed, put, titled

WAN: Final = 1_000_000  # fen
TITLE: Final = "2026年丽江市一般公共预算收支情况表"
#: What the small book says, by region, year, stage and side, in 万元.
RIGHT: Final = {
    ("530700998", 2025, "execution", "income"): 410, ("530700998", 2026, "budget", "income"): 420,
    ("530700998", 2025, "execution", "outlay"): 395, ("530700998", 2026, "budget", "outlay"): 414,
}  # fmt: skip


def figures(book: Book) -> dict[tuple[str, int, str, str], int]:
    found: dict[tuple[str, int, str, str], int] = {}
    for line in book.lines:
        if line.role == POSTED:
            key = (line.region, line.fiscal_year, line.stage, line.side)
            found[key] = found.get(key, 0) + line.amount_fen
    return {key: fen // WAN for key, fen in found.items()}


def both(*edits: Edit) -> Edit:
    def edit(book: Workbook) -> None:
        for one in edits:
            one(book)

    return edit


def uncoded(sheet: str, **names: str) -> Edit:
    """The rows of a sheet by name alone, the classes renamed."""

    def edit(book: Workbook) -> None:
        page = book[sheet]
        for row in range(3, page.max_row + 1):
            page.cell(row, 1).value = None
            for old, new in names.items():
                said = page.cell(row, 2).value
                page.cell(row, 2).value = said and said.replace(old, new)

    return edit


def row_in(sheet: str, at: int, text: str | None, *amounts: int, column: int = 2, many: int = 1) -> Edit:
    """A row more, with a text and amounts."""

    def edit(book: Workbook) -> None:
        page = book[sheet]
        page.insert_rows(at, many)
        for place, value in enumerate([text, *amounts], column):
            page.cell(at, place, value)

    return edit


def column_at(header: str, at: int = 5, make: Callable[[int], object] = lambda value: value) -> Edit:
    """A column more beside those of outlay, made of the budget's."""

    def edit(book: Workbook) -> None:
        page = book["支"]
        page.cell(3, at, header)
        for row in range(4, page.max_row + 1):
            if (value := page.cell(row, 4).value) is not None:
                page.cell(row, at, make(value))

    return edit


def another(title: str, sheet: str = "附", line: str = "表九") -> Edit:
    """One more table of income, before the others."""

    def edit(book: Workbook) -> None:
        add_table(book, sheet, title, line, plan_headers(2026), INCOME_ROWS)
        book.move_sheet(sheet, -9)

    return edit


def stale(state: str, sheet: str = "细", cells: tuple[str, str] = ("D6", "D7")) -> Edit:
    """An older copy of a sheet before it, two of its amounts other ones of the same sum."""

    def edit(book: Workbook) -> None:
        page = book.copy_worksheet(book[sheet])
        page.title, page.sheet_state = "旧", state
        page[cells[0]], page[cells[1]] = page[cells[0]].value - 10, page[cells[1]].value + 10
        book.move_sheet("旧", -9)

    return edit


def stale_below(*, is_hidden: bool) -> Edit:
    def edit(book: Workbook) -> None:
        page = book["细"]
        for row in range(1, 14):
            for column in range(1, 5):
                page.cell(row + 20, column, page.cell(row, column).value)
            page.row_dimensions[row + 20].hidden = is_hidden
        page["D26"], page["D27"] = 60, 40

    return edit


def hidden(edit_first: Edit, sheet: str, column: str) -> Edit:
    def edit(book: Workbook) -> None:
        edit_first(book)
        book[sheet].column_dimensions[column].hidden = True

    return edit


NAMES: Final = [
    (uncoded("支", 教育支出="教育", 节能环保支出="节能环保"), RIGHT),
    (uncoded("支", 教育支出="(一)教育", 节能环保支出="（二）节能环保"), RIGHT),
    (uncoded("细", 教育支出="教育", 节能环保支出="节能环保"), RIGHT),
    (uncoded("支", 教育支出="一般公共服务", 节能环保支出="教育"), "支"),
    (uncoded("支", 节能环保支出="援助其他地区支出"), "支"),
    (uncoded("支", 节能环保支出="其他"), "支"),
    (uncoded("支", 教育支出="教育类", 节能环保支出="节能环保类"), "支"),
    (uncoded("支", 节能环保支出="教育支出"), "支"),
    (put("支", "A4", "21902"), "支"),
    (both(put("支", "A4", "211"), put("支", "A5", "205")), "支"),
    (uncoded("收", 税收收入="税收", 非税收入="非税"), "收"),
]
BELOW_A_NOTE: Final = [
    (row_in("细", 7, "注：以下为政法口"), RIGHT),
    (row_in("细", 7, None, many=10), RIGHT),
    (row_in("细", 7, "注：含上年结转", column=1), RIGHT),
    (row_in("细", 7, "（续上表）"), RIGHT),
    (row_in("细", 7, "第 2 页 共 3 页"), RIGHT),
    (row_in("细", 7, "支出合计"), RIGHT),
    (row_in("细", 7, "备注", 0, 0), RIGHT),
    (row_in("细", 7, "说明：含上级", 5, 5), "细"),
    (row_in("细", 7, "其中：专项", 10, 10), "细"),
    (row_in("细", 10, "支出合计", 290, 310), "细"),
    (row_in("支", 11, "债务还本支出", 5, 5), "支"),
]
LEVELS: Final = [
    *((titled(f"2026年丽江市一般公共预算收支情况表（{part}）"), "收") for part in (
        "市直", "四县一区", "不含县区", "县级合计", "同口径", "不含上级补助", "基本支出", "剔除一次性因素",
        "增量",
        "第二批", "市级部分",
    )),
    (titled("2026年丽江市级一般公共预算收支情况表"), "收"),
    (titled("2026年丽江市市直一般公共预算收支情况表"), "收"),
    (titled("2026年丽江市财政一般公共预算收支情况表（代编）"), RIGHT),
    (put("收", "B2", "市直部门"), "收"),
    (put("收", "B9", "市本级一般公共预算收入"), "收"),
    (put("细", "B13", "市本级支出合计"), "细"),
    (headed("2025年全市执行数", "2026年市本级预算数"), "收"),
    (column_at("其中：市本级", make=lambda value: value), "支"),
]  # fmt: skip
PLACES: Final = [
    *((another(f"2026年{place}一般公共预算收支情况表"), "附") for place in (
        "丽江高新区", "丽江市高新技术产业开发区", "丽江经济技术开发区管委会", "玉龙旅游度假区", "大研街道",
        "丽江市城投公司", "东城县", "大理白族自治州", "丽江市水利局", "丽江市金山白族乡", "",
    )),
    (another("2026年古城区一般公共预算收支情况表"), "附"),  # whose total says 全市
    (another(TITLE, sheet="高新区"), "高新区"),
    (another("2026年丽江市一般公共预算收入表", line="填报单位：丽江高新区财政局"), "附"),
    (row_in("收", 1, "丽江高新区"), "收"),
    (row_in("收", 9, "高新区收入", 5, 5), "收"),
]  # fmt: skip
STALE: Final = [
    (stale("hidden"), RIGHT),
    (stale("veryHidden"), RIGHT),
    (stale("hidden", "支", ("D4", "D5")), RIGHT),
    (stale("veryHidden", "收", ("D5", "D6")), RIGHT),
    (stale("visible"), "细"),
    (stale("visible", "支", ("D4", "D5")), "支"),
    (stale("visible", "收", ("D5", "D6")), "收"),
    (stale_below(is_hidden=False), "细"),
    (stale_below(is_hidden=True), "细"),
    (hidden(column_at("2026年预算数", make=lambda value: value + 1), "支", "E"), "支"),
]
UNITS: Final = [
    *((put("收", cell, text), "收") for cell, text in (
        ("B2", "单位：亿元"), ("B2", "表一（亿元）"), ("B2", "金额：亿元"), ("B2", "RMB 亿元"),
        ("B2", "以亿元计"),
        ("B2", "计量单位：元"), ("B2", "Unit: 100 million yuan"), ("E2", "亿元"), ("A2", "单位：千元"),
        ("B16", "注：金额为亿元"), ("B16", "本表计量单位系千元"), ("B16", "注：表中数字以千元为单位"),
        ("B3", "项目（亿元）"), ("B4", "一、税收收入（千元）"),
    )),
    (headed("2025年执行数（万元）", "2026年预算数（亿元）"), "收"),
    (headed("2025年执行数", "2026年预算数[亿元]"), "收"),
    (titled("2026年丽江市一般公共预算收支情况表（亿元）"), "收"),
    *((put("收", cell, text), "收") for cell, text in (
        ("D2", "单位：万元/亿元"), ("F1", "亿元"), ("B16", "注：除税收收入为亿元外，其余为万元"),
    )),
    (put("收", "E2", "万元"), RIGHT),
    (put("收", "B16", "注：含上级补助2.3亿元"), RIGHT),
]  # fmt: skip
STAGES: Final = [
    *((headed(*headers), "收") for headers in (
        ("2025年调整预算数", "2026年预算数"), ("2025年执行数", "2026年调整预算数"),
        ("2025年执行数", "2026年预算净增"),
        ("2025年前11个月执行数", "2026年预算数"), ("2025年11月末执行数", "2026年预算数"),
        ("2025-11执行数", "2026年预算数"),
        ("2025年同期执行数", "2026年预算数"), ("2025年执行数", "2026年预算控制数"),
        ("2025年执行数", "2026年预算一上数"),
        ("2025年全口径执行数", "2026年预算数"), ("2025年执行数（决算）", "2026年预算数（调整后）"),
    )),
    *((put("收", "B16", note), "收") for note in (
        "注：2025年执行数为11个月数", "注：2025年执行数系1月至11月执行数", "2025年执行数为一至十一月累计数",
        "上年数为上年预算数", "注：2025年数据截至2025年11月30日", "注：2026年预算数为预算调整后数",
        "备注：2025年执行数统计至2025-11-30", "注：表内2025年数字系2024年决算",
    )),
    (titled("2026年丽江市一般公共预算收支调整表"), "收"),
    (titled("丽江市2026年上半年一般公共预算收支情况表"), "收"),
    (put("收", "B16", "注：截至2025年12月31日有效"), RIGHT),
    (headed("2025年执行", "2026年预算"), RIGHT),
]  # fmt: skip
COLUMNS: Final = [
    *((column_at(header), "支") for header in (
        "2026年安排", "其中：上级", "备注", "调整", "合计", "2026年预算数（草案二稿）", "性质", "2026",
        "增减额",
    )),
    (column_at("其中", make=str), "支"),
    (column_at("2026年预算数", at=6), "支"),
    (column_at("2026年增减额", make=lambda value: {300: 20, 110: 10, 410: 30}.get(value, 0)), "支"),
    (both(column_at("2026年增减额"), *(put("支", f"E{row}", value) for row, value in
          zip(range(4, 11), (10, 10, 20, -1, -1, -9, 10), strict=True))), RIGHT),
    (column_at("说明", make=lambda value: "含补助"), RIGHT),
    *((column_at("备注", make=lambda _, said=said: said), "支") for said in ("不含高新区", "旧数")),
    *((column_at(header, at=7), "支") for header in ("其中：市级", "2026年追加", "专项")),
    *((column_at(header), "支") for header in ("2026年调整数", "2026年调增数")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "right"),
    [*NAMES, *BELOW_A_NOTE, *LEVELS, *PLACES, *STALE, *UNITS, *STAGES, *COLUMNS],
)
def test_a_variant_is_refused_at_its_cell_or_gives_the_right_figures(
    edit: Edit, right: str | dict[tuple[str, int, str, str], int], tmp_path: Path
) -> None:
    book = small_book()
    edit(book)
    path = saved(book, tmp_path)
    if isinstance(right, dict):
        assert figures(read_book(path, reasons=READ)) == right
        return
    with pytest.raises(DisclosureError) as caught:
        read_book(path)
    assert right in {place.partition("!")[0] for place in caught.value.places}
