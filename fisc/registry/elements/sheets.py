"""Tables of text in .csv and .xlsx files. Codes are text: a cell holds just the characters it shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fisc.registry.errors import BadElement

#: A spreadsheet number keeps 15 digits; longer codes stored as numbers have lost their last ones.
_SAFE_DIGITS = 15
LOST_DIGITS = "\ufffd"
"""Stands for a cell whose digits were lost."""


def read_rows(path: Path) -> Iterator[list[str]]:
    """The rows of a file's (first) table, each cell as text without outer spaces.

    Raises BadElement for a file that is no table, and OSError for one that cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _csv_rows(path)
    if suffix == ".xlsx":
        return _xlsx_rows(path)
    raise BadElement(
        f"不认识的文件类型 {path.name}",
        rule="要素以 .csv 或 .xlsx 交换",
        hint="请另存为 .xlsx 或 UTF-8 的 .csv",
    )


def _csv_rows(path: Path) -> Iterator[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # a spreadsheet on a Chinese Windows saves so
        text = raw.decode("gb18030", errors="replace")
    for row in csv.reader(io.StringIO(text, newline="")):
        yield [cell.strip() for cell in row]


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    with path.open("rb"):  # says in words of the system why it cannot be read
        pass
    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        raise BadElement(
            f"{path.name} 不是可读的工作簿（{error}）",
            rule="文件须完整、未加密",
            hint="请另存为 .xlsx 后再导入",
        ) from error
    for row in rows:
        yield [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        if not cell.is_integer():
            return str(cell)
        return str(int(cell)) if abs(cell) < 10**_SAFE_DIGITS else LOST_DIGITS
    if isinstance(cell, bool):
        return "1" if cell else "2"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()


def write_rows(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a table of text; returns how many rows. Raises BadElement for other kinds of file."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _write_csv(path, headings, rows)
    if suffix == ".xlsx":
        return _write_xlsx(path, headings, rows)
    raise BadElement(
        f"不能写出文件类型 {path.name}", rule="要素以 .csv 或 .xlsx 交换", hint="请以 .csv 或 .xlsx 为扩展名"
    )


def _write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def _write_xlsx(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("要素")

    def cell(text: str) -> Any:
        made = WriteOnlyCell(sheet, text)
        made.number_format = "@"  # stays text when somebody edits it
        made.data_type = "s"  # and is no formula, whatever it begins with
        return made

    sheet.append([cell(text) for text in headings])
    count = 0
    for row in rows:
        sheet.append([cell(text) for text in row])
        count += 1
    book.save(path)
    return count
