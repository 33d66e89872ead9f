"""Writes tables to .xlsx and .csv so that they read again as they were: codes stay text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

from fisc.sheets.columns import Column, cell_text
from fisc.sheets.faults import FileRefused
from fisc.sheets.limits import MOST_DIGITS
from fisc.sheets.units import unit_by_name, unit_of_rate
from fisc.store import scratch

#: The foot of each printed page of a sheet.
PAGE_OF_PAGES: Final = "第 &P 页，共 &N 页"
_NUMBER_FORMATS: Final = {"amount_fen": "#,##0.00", "integer": "0", "date": "yyyy-mm-dd", "year": "0"}


def write_table(
    path: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], *, sheet: str = "数据",
    in_chinese: bool = False, notice: str = "",
) -> int:  # fmt: skip
    """Write rows (values by field) under the columns' names, or Chinese headings; returns how many.

    Amounts stand in 元, under a name that ends in _fen in 分; rates are percents, under a name
    in _bp 1/10000. A `notice` stands above the headings and at the head of each printed page; the file reads
    again all the same. Raises FileRefused for other files than .xlsx and .csv.
    """
    writers = {".csv": _write_csv, ".xlsx": _write_xlsx}
    suffix = path.suffix.lower()
    if suffix not in writers:
        raise FileRefused(f"不能写出文件类型 {path.name}", "请以 .csv 或 .xlsx 为扩展名")
    headings = [column.label if in_chinese else column.name for column in columns]
    return writers[suffix](path, _Head(sheet, notice, headings, columns), rows)


class _Head(NamedTuple):
    """What stands above the rows of a table, and what its columns are."""

    title: str
    notice: str
    headings: Sequence[str]
    columns: Sequence[Column]

    @property
    def units(self) -> list[str]:
        """The unit of each column's amounts, or rates."""
        named = zip(self.columns, self.headings, strict=True)
        return [
            unit_of_rate(heading) if column.form == "rate_bp" else unit_by_name(heading) or "元"
            for column, heading in named
        ]

    @property
    def lines(self) -> list[Sequence[str]]:
        """The lines above the rows."""
        return [[self.notice], self.headings] if self.notice else [self.headings]


def _write_csv(path: Path, head: _Head, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with scratch.whole(path) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(head.lines)
        units = head.units
        for row in rows:
            cells = zip(head.columns, units, strict=True)
            writer.writerow([cell_text(column, row.get(column.key), unit) for column, unit in cells])
            count += 1
    return count


def _write_xlsx(path: Path, head: _Head, rows: Iterable[Mapping[str, Any]]) -> int:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(head.title)
    sheet.oddHeader.center.text = head.notice or None
    sheet.oddFooter.center.text = PAGE_OF_PAGES
    sheet.print_title_rows = f"1:{len(head.lines)}"
    for line in head.lines:
        sheet.append([_text_cell(sheet, said) for said in line])
    count, units = 0, head.units
    for row in rows:
        cells = zip(head.columns, units, strict=True)
        sheet.append([_cell(sheet, column, row.get(column.key), unit) for column, unit in cells])
        count += 1
    with scratch.whole(path) as part:
        book.save(part)
    return count


def _cell(sheet: Any, column: Column, value: Any, unit: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if value is None or column.form not in _NUMBER_FORMATS or _is_long(value):
        return _text_cell(sheet, cell_text(column, value, unit))
    is_yuan = column.form == "amount_fen" and unit == "元"
    made = WriteOnlyCell(sheet, Decimal(value) / 100 if is_yuan else value)
    made.number_format = _NUMBER_FORMATS[column.form] if unit == "元" else _NUMBER_FORMATS["integer"]
    return made


def _is_long(value: Any) -> bool:
    """Whether a number has more digits than a sheet keeps: as text it stays whole."""
    return isinstance(value, int) and abs(value) >= 10**MOST_DIGITS


def _text_cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    made = WriteOnlyCell(sheet, text)
    made.number_format = "@"  # stays text when somebody edits it
    made.data_type = "s"  # and is no formula, whatever it begins with
    return made
