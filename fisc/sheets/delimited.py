"""Tables in files of text: records of fields, whatever the delimiter, nothing swallowed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from fisc.sheets.cells import Cell, Sheet
from fisc.sheets.faults import FileRefused
from fisc.sheets.limits import MOST_COLUMNS, MOST_FILE_BYTES, MOST_ROWS
from fisc.sheets.source import Source

DELIMITERS: Final = (",", "\t", ";", "|")
#: A field as long as a file may be is read, so that it is the fault of its own cell.
csv.field_size_limit(MOST_FILE_BYTES)
_BREAK: Final = re.compile(r"\r\n|\r|\n")


class Record(NamedTuple):
    """A record's fields and the lines it stands on, from 1, both included."""

    fields: Sequence[str]
    first: int
    last: int


def delimiters(source: Source) -> list[str]:
    """The delimiters that occur in a file of text."""
    text = source.text
    return [delimiter for delimiter in DELIMITERS if delimiter in text] or [DELIMITERS[0]]


def records(source: Source, delimiter: str) -> Iterator[Record]:
    """Records of a file of text; quoted line breaks count.

    Raises FileRefused, naming the line, where quotes do not pair: rows after it would be swallowed.
    """
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    last = width = 0
    try:
        for fields in reader:
            first, last = last + 1, reader.line_num
            width = max(width, len(fields))
            if last > first and _swallows(fields, delimiter, width):
                raise _unpaired(source, first, last)
            yield Record(fields, first, last)
    except csv.Error:
        raise _unpaired(source, last + 1, reader.line_num) from None


def _unpaired(source: Source, first: int, last: int) -> FileRefused:
    until = f"（一直到第 {last} 行）" if last > first else ""
    return FileRefused(
        f"文件 {source.name} 在第 {first} 行断开或引号不成对{until}",
        "请核对该行的引号，或重新导出后再导入；一格内确有多行的，请另存为 .xlsx",
        line=first,
    )


def _swallows(fields: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a field of several lines holds what looks like another row: a quote was left open."""
    for place, value in enumerate(fields):
        lines = _BREAK.split(value)[1:]
        for line in lines:
            inside = line.count(delimiter)
            beyond = len(fields) - place - 1 if line is lines[-1] else 0
            if inside and (inside + beyond >= width - 1 or len(fields) < width):
                return True
    return False


class _Cells(dict[str, Cell]):
    """Cells by their text: the same ones come again and again."""

    def __missing__(self, text: str) -> Cell:
        self[text] = made = Cell("s", text, False, 0, text)
        return made


def sheet_of_text(source: Source, delimiter: str, most: int | None = None) -> tuple[Sheet, dict[int, int]]:
    """The table (or its first `most` records) as a sheet, and each record's number of fields.

    Rows are numbered by record, as spreadsheets number them. Raises FileRefused.
    """
    sheet = Sheet("")
    widths: dict[int, int] = {}
    known = _Cells()
    for number, record in enumerate(islice(records(source, delimiter), most), 1):
        fields = record.fields
        if number > MOST_ROWS or len(fields) > MOST_COLUMNS:
            raise FileRefused(
                f"文件 {source.name} 第 {record.first} 行超出 {MOST_ROWS:,} 行或 {MOST_COLUMNS:,} 列",
                "请拆成几个文件导入",
            )
        widths[number] = len(fields)
        row = {place: known[text] for place, text in enumerate(fields, 1) if text}
        if row:
            sheet.rows[number] = row
    return sheet, widths
