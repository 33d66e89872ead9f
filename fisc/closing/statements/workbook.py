"""Statements as .xlsx: one sheet each, and one that says from which postings every cell was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from fisc.closing.statements.model import Cell, Reading, Statement
from fisc.documents.properties import Properties
from fisc.documents.words import shown_heading, values_in
from fisc.kernel.money import fen_per, in_unit
from fisc.registry import regions
from fisc.registry.books import account_words
from fisc.sheets.limits import MOST_DIGITS
from fisc.sheets.writing import PAGE_OF_PAGES
from fisc.store import scratch

#: The same ledger gives the same bytes: a workbook bears no moment of its own.
_STAMP = datetime(2000, 1, 1)
_THIN = Side(style="thin")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_TITLE, _BODY, _BOLD = Font("宋体", 16, bold=True), Font("宋体", 11), Font("宋体", 11, bold=True)
#: Columns of print: of an amount, and of a label at most.
_AMOUNT_WIDTH, _LABEL_WIDTH = 20, 56
_ORIGIN_HEADERS = (
    ("表", 28), ("单元格", 8), ("科目", 30), ("期间", 16), ("方向", 6), ("要素", 80), ("不计凭证", 50)
)  # fmt: skip


def new_workbook() -> Workbook:
    """An empty workbook whose bytes depend on nothing but what is written into it."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.created = book.properties.modified = _STAMP
    return book


class _StillArchive(ZipFile):
    """An archive whose members bear one and the same moment."""

    def writestr(self, zinfo_or_arcname: str | ZipInfo, data: Any, *args: Any, **kwargs: Any) -> None:
        """As ZipFile's, without the time of writing."""
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        member = ZipInfo(name, _STAMP.timetuple()[:6])
        member.compress_type = ZIP_DEFLATED
        super().writestr(member, data, *args, **kwargs)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **kwargs: Any) -> None:
        """As ZipFile's; openpyxl hands sheets over as files."""
        self.writestr(str(arcname or filename), Path(filename).read_bytes())


def save(book: Workbook, path: Path, said: Properties) -> Path:
    """Write a workbook; the same contents give the same bytes whenever they are written.

    Its notice stands on every sheet, too: beside its title or after its heads, and on each printed page.
    """
    if said.notice:
        for page in book.worksheets:
            _note(page, said.notice)
    core = book.properties
    core.title, core.subject, core.description = said.title, said.subject, said.description
    core.creator, core.keywords, core.language = said.author, "，".join(said.keywords), "zh-CN"
    with scratch.whole(path) as part, _StillArchive(part, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()
    return path


def _note(page: Worksheet, notice: str) -> None:
    """A notice where a sheet has room: below a title, else after the heads of row 1."""
    page.oddHeader.center.text = notice
    has_title = page.max_column > 2 and "A1" in page.merged_cells
    place = (2, 2) if has_title else (1, page.max_column + 1)
    page.cell(*place, notice).font = _BOLD


def number(fen: int, unit: str) -> float | int | str:
    """An amount exactly as a cell stores it; as text where it has more digits than a sheet keeps."""
    digits = len(str(fen_per(unit))) - 1
    value = in_unit(fen, unit, digits)
    if abs(fen) >= 10**MOST_DIGITS:
        return str(value)
    return int(value) if value == value.to_integral_value() else float(value)


def amount_of(cell: Cell, unit: str) -> float | int | str | None:
    """As `number`, of a cell; None, an empty place, for what is not known."""
    return None if cell.fen is None else number(cell.fen, unit)


def beneath(page: Worksheet, notes: Sequence[str], row: int) -> None:
    """What is said beneath a table whose last row is above `row`."""
    for index, words in enumerate(notes, row):
        page.cell(index, 2, words).font = _BODY


def lay_out(page: Worksheet, title: str, unit: str, headers: Sequence[str], *, number_text: str = "") -> None:
    """Title over all columns, number and unit, header row 3; widths and the print set-up."""
    width = len(headers)
    page.cell(1, 1, title).font = _TITLE
    page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    page.cell(1, 1).alignment = Alignment(horizontal="center")
    page.cell(2, 1, number_text or None)
    page.cell(2, width, f"单位：{unit}").alignment = Alignment(horizontal="right")
    for column, text in enumerate(headers, 1):
        cell = page.cell(3, column, text)
        cell.font, cell.border = _BOLD, _BOX
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        page.column_dimensions[get_column_letter(column)].width = _AMOUNT_WIDTH
    page.freeze_panes = "C4"
    print_setup(page, "1:3")


def fit_widths(page: Worksheet, labels: int, first: int = 3) -> None:
    """The first `labels` columns as wide as their longest cell from row `first` on, within bounds; what is
    longer has lines."""
    for column in range(1, labels + 1):
        cells = [page.cell(row, column) for row in range(first, page.max_row + 1)]
        longest = max((_wide(str(cell.value or "")) for cell in cells), default=0)
        page.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 10), _LABEL_WIDTH)
        for cell in cells if longest + 2 > _LABEL_WIDTH else ():
            cell.alignment = Alignment(vertical="center", wrap_text=True)


def _wide(text: str) -> int:
    """How many columns of print a text takes."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def print_setup(page: Worksheet, title_rows: str) -> None:
    """One page wide, its head on every page."""
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage = 0, True
    page.print_title_rows = title_rows
    page.oddFooter.center.text = PAGE_OF_PAGES


def put(
    page: Worksheet, row: int, values: Sequence[object], *, bold: bool = False, is_whole: bool = False
) -> None:
    """A row of texts and numbers, boxed; numbers show two places, or none of what `is_whole`."""
    for column, value in enumerate(values, 1):
        cell = page.cell(row, column, value)
        cell.border, cell.font = _BOX, _BOLD if bold else _BODY
        if isinstance(value, int | float):
            cell.number_format = "#,##0" if is_whole and isinstance(value, int) else "#,##0.00"


def write_statements(path: Path, statements: Sequence[Statement], unit: str = "元", notice: str = "") -> Path:
    """Write statements, a sheet each; the last says where every cell was read from. Each bears `notice`."""
    book = new_workbook()
    for statement in statements:
        _write(book.create_sheet(statement.title[:31]), statement, unit)
    _origins(book.create_sheet("取数来源"), statements)
    return save(book, path, _properties(statements, notice))


def _properties(statements: Sequence[Statement], notice: str) -> Properties:
    first = statements[0]
    place, year = _place(first), f"{first.fiscal_year}年"
    return Properties(f"{year}{place}财政总会计报表", (place, year), notice=notice)


def _place(statement: Statement) -> str:
    where = regions.lookup(statement.mof_div_code)
    return where.name if where else statement.mof_div_code


def _write(page: Worksheet, statement: Statement, unit: str) -> None:
    lay_out(
        page,
        f"{statement.fiscal_year}年{_place(statement)}{statement.title}",
        unit,
        ("编码", "项目", *statement.columns),
    )
    for index, row in enumerate(statement.rows, 4):
        amounts = [amount_of(cell, unit) for cell in row.cells]
        put(page, index, [row.code or None, row.name, *amounts], bold=row.is_total)
    fit_widths(page, 2)
    beneath(page, statement.notes, 4 + len(statement.rows))


def _origins(page: Worksheet, statements: Sequence[Statement]) -> None:
    for column, (text, width) in enumerate(_ORIGIN_HEADERS, 1):
        page.cell(1, column, text).font = _BOLD
        page.column_dimensions[get_column_letter(column)].width = width
    print_setup(page, "1:1")
    for index, values in enumerate(_origin_rows(statements), 2):
        for column, value in enumerate(values, 1):
            page.cell(index, column, value)


def _origin_rows(statements: Sequence[Statement]) -> Iterator[tuple[str, ...]]:
    for statement in statements:
        for index, row in enumerate(statement.rows, 4):
            for column, cell in enumerate(row.cells, 3):
                place = f"{get_column_letter(column)}{index}"
                yield from ((statement.title, place, *_words(r)) for r in cell.readings if not row.is_total)


def _words(reading: Reading) -> tuple[str, ...]:
    said = {"mof_div_code": (reading.mof_div_code,), **reading.elements}
    elements = (f"{_called(name)}={'、'.join(map(_or_blank, codes))}" for name, codes in said.items())
    return (
        "、".join(map(account_words, reading.accounts)), f"{reading.first}–{reading.last}",
        "借" if reading.sign > 0 else "贷",
        "；".join(elements), _in_short(reading.without),
    )  # fmt: skip


def _or_blank(code: str) -> str:
    return code or "（空）"


def _called(element: str) -> str:
    """What people call an element, without the values that its heading names."""
    return values_in(shown_heading(element))[0]


def _in_short(keys: Sequence[str]) -> str:
    """How many entries of the year's end the amount leaves out."""
    return f"年终结账、结转凭证 {len(keys)} 张" if keys else ""
