"""Small published books made in code, and quick edits of the real one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lxml import etree
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

#: Whoever imports a book has read what stands beside its tables.
READ = {"beside": "逐条核对，不改变任何数"}

Rows = Sequence[Sequence[object]]

#: code, name, then one amount per column; a row without code is a total.
INCOME_ROWS: Rows = (
    ("101", "一、税收收入", 300, 330),
    ("10101", "   增值税", 200, 220),
    ("10104", "   企业所得税", 100, 110),
    ("103", "二、非税收入", 50, 40),
    ("10304", "   行政事业性收费收入", 50, 40),
    ("", "全市一般公共预算收入", 350, 370),
    ("110", "转移性收入", 60, 50),
    ("11001", "   返还性收入", 40, 35),
    ("11008", "   上年结余收入", 20, 15),
    ("", "各项收入合计", 410, 420),
)
OUTLAY_ROWS: Rows = (
    ("205", "一、教育支出", 290, 300),
    ("211", "二、节能环保支出", 100, 110),
    ("", "全市一般公共预算支出", 390, 410),
    ("230", "转移性支出", 5, 4),
    ("23006", "   上解支出", 5, 4),
    ("23009", "年终结转", 15, 6),
    ("", "各项支出合计", 410, 420),
)
DETAIL_ROWS: Rows = (
    ("205", "一、教育支出", 290, 300),
    ("20501", "   教育管理事务", 90, 100),
    ("2050101", "     行政运行", 60, 70),
    ("2050102", "     一般行政管理事务", 30, 30),
    ("20502", "   普通教育", 200, 200),
    ("2050201", "     学前教育", 200, 200),
    ("211", "二、节能环保支出", 100, 110),
    ("21103", "   污染防治", 100, 110),
    ("2110301", "     大气", 100, 110),
    ("", "支出合计", 390, 410),
)


def plan_headers(year: int) -> list[str]:
    """The columns of a budget table of `year`."""
    return [f"{year - 1}年执行数", f"{year}年预算数"]


def execution_headers(year: int) -> list[str]:
    """The columns of an execution table of `year`."""
    return [f"{year - 1}年决算数", f"{year}年预算数", f"{year}年执行数"]


def add_table(
    book: Workbook,
    sheet: str,
    title: str,
    number: str,
    headers: Sequence[str],
    rows: Rows,
    unit: str = "单位：万元",
) -> Worksheet:
    """A table as cities print it: title, number and unit, header, rows; codes in column A."""
    ws = book.create_sheet(sheet)
    last = 2 + len(headers)
    ws.cell(1, 2, title)
    ws.merge_cells(start_row=1, end_row=1, start_column=2, end_column=last)
    ws.cell(2, 2, number)
    ws.cell(2, last, unit)
    for column, text in enumerate(["科目编码", "项目", *headers], 1):
        ws.cell(3, column, text)
    for index, (code, name, *amounts) in enumerate(rows, 4):
        ws.cell(index, 1, code or None)
        ws.cell(index, 2, name)
        for column, amount in enumerate(amounts, 3):
            ws.cell(index, column, amount)
    return ws


def small_book(year: int = 2026) -> Workbook:
    """A city's general budget of `year` in two tables on three sheets: 收, 支, 细."""
    book = Workbook()
    book.remove(book.active)
    title = f"{year}年丽江市一般公共预算收支情况表"
    add_table(book, "收", title, "表一", plan_headers(year), INCOME_ROWS)
    add_table(book, "支", title, "表一", plan_headers(year), OUTLAY_ROWS)
    add_table(book, "细", f"{year}年丽江市一般公共预算支出情况表", "表二", plan_headers(year), DETAIL_ROWS)
    return book


def detail_book(rows: Rows, headers: Sequence[str] | None = None, year: int = 2026) -> Workbook:
    """A book with one table of outlay by class, section and item."""
    book = Workbook()
    book.remove(book.active)
    title = f"{year}年丽江市一般公共预算支出情况表"
    add_table(book, "细", title, "表一", headers or plan_headers(year), rows)
    return book


def saved(book: Workbook, folder: Path, name: str = "book.xlsx") -> Path:
    """The path of the saved book."""
    path = folder / name
    book.save(path)
    return path


def edit_parts(source: Path, target: Path, edits: Mapping[str, Callable[[bytes], bytes]]) -> Path:
    """A copy of a workbook with some of its parts rewritten."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, edits.get(info.filename, lambda same: same)(data))
    return target


def sheet_part(source: Path, name: str) -> str:
    """The part in which a sheet is stored."""
    with zipfile.ZipFile(source) as archive:
        book = etree.fromstring(archive.read("xl/workbook.xml"))
        relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target") for r in relations}
    key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    target = next(targets[s.get(key)] for s in book.iter(f"{MAIN}sheet") if s.get("name") == name)
    return "xl/" + target.removeprefix("/xl/")


def set_cell(cell: str, xml: str, kind: str = "n") -> Callable[[bytes], bytes]:
    """An edit of a sheet part that gives a cell other content, e.g. '<v>12</v>'."""

    def edit(data: bytes) -> bytes:
        root = etree.fromstring(data)
        found = next(c for c in root.iter(f"{MAIN}c") if c.get("r") == cell)
        for child in list(found):
            found.remove(child)
        for child in etree.fromstring(f'<x xmlns="{MAIN[1:-1]}">{xml}</x>'):
            found.append(child)
        found.set("t", kind)
        return etree.tostring(root)

    return edit


def edited_cell(source: Path, target: Path, sheet: str, cell: str, xml: str, kind: str = "n") -> Path:
    """A copy of a workbook with one cell changed."""
    return edit_parts(source, target, {sheet_part(source, sheet): set_cell(cell, xml, kind)})
