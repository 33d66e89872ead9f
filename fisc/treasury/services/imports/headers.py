"""Finds the table in a sheet: which row holds the headers, which column is which element.

Headers may be the national element names or the Chinese names of
`fisc/registry/data/import_columns.csv`; titles above them, marks of required columns and a
unit in brackets (金额（万元）) are understood.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from fisc.kernel.money import FEN_PER_UNIT
from fisc.registry.tables import read_table
from fisc.treasury.services.imports.files import Cell, FileRefused, Rows, Source, sheets

#: The column that is added; one that is there from an earlier round is written anew.
RESULT_COLUMN = "导入结果"

_DEEPEST_HEADER = 20
_MARKS = re.compile(r"[\s*＊:：]+")
_BRACKETS = re.compile(r"[(（\[【](.*?)[)）\]】]")
_UNIT_LINE = re.compile(r"单位[:：]?\s*(分|元|百元|千元|万元|百万元|亿元)")


@dataclass(frozen=True, slots=True)
class Table:
    """A table found in a file. Row numbers are the file's, from 1; columns count from 0."""

    source: Source
    sheet: str
    """The sheet's name; the delimiter of a CSV."""
    header_row: int
    columns: Mapping[str, int]
    """Element -> column."""
    others: Mapping[str, int]
    """Headers that are no element -> column."""
    unit: str
    """The unit its amounts are counted in."""
    width: int
    rows: Rows = field(repr=False)

    @property
    def result_column(self) -> int:
        """Where 导入结果 stands, or is to stand."""
        return self.others.get(RESULT_COLUMN, self.width)


@cache
def _names(subject: str) -> dict[str, str]:
    """Plain header -> element, for `payment` or `payroll`."""
    rows = [row for row in read_table("import_columns.csv") if row["subject"] == subject]
    return {plain(name): row["element"] for row in rows for name in (row["name"], row["element"])}


@cache
def required(subject: str) -> dict[str, str]:
    """Element -> its usual Chinese name, for the columns that must be there."""
    found: dict[str, str] = {}
    for row in read_table("import_columns.csv"):
        if row["subject"] == subject and row["is_required"] == "yes":
            found.setdefault(row["element"], row["name"])
    return found


def plain(header: str) -> str:
    """A header without spaces, marks, brackets and their content; letters small, forms half-width."""
    text = unicodedata.normalize("NFKC", header)
    return _MARKS.sub("", _BRACKETS.sub("", text)).lower()


def find_table(source: Source, subject: str, sheet: str | None = None) -> Table:
    """The one table of `subject` in the file, or in the sheet named.

    Raises FileRefused: no such sheet, no sheet with the columns needed (naming what is missing), or
    more than one.
    """
    seen: dict[str, Table | None] = {}
    for name, rows in sheets(source):
        if source.kind == "csv" or sheet in (None, name):
            seen[name] = _table(source, name, rows, subject)
    if not seen:
        raise FileRefused(
            f"文件 {source.path.name} 里没有名为“{sheet}”的可见工作表",
            "请核对工作表名，或不指定工作表",
        )
    whole = [t for t in seen.values() if t is not None and not _missing(t, subject)]
    if len(whole) > 1 and source.kind == "xlsx":
        raise FileRefused(
            f"工作表 {'、'.join(t.sheet for t in whole)} 都像是要导入的表", "请用 --sheet 指定其中一张"
        )
    if not whole:
        raise _no_table(source, seen, subject)
    return max(whole, key=lambda t: len(t.columns))


def _missing(table: Table, subject: str) -> list[str]:
    return [name for element, name in required(subject).items() if element not in table.columns]


def _no_table(source: Source, seen: Mapping[str, Table | None], subject: str) -> FileRefused:
    nearest = max((t for t in seen.values() if t), key=lambda t: len(t.columns), default=None)
    if all(t is None for t in seen.values()) or nearest is None:
        needed = "、".join(required(subject).values())
        return FileRefused(
            f"文件 {source.path.name} 里没有找到要导入的表", f"表头须有：{needed}（或要素英文名）"
        )
    place = f"工作表“{nearest.sheet}”" if source.kind == "xlsx" else f"文件 {source.path.name}"
    return FileRefused(
        f"{place}第 {nearest.header_row} 行的表头缺少：{'、'.join(_missing(nearest, subject))}",
        "请补上这些列，或核对是否选错了工作表",
        missing=_missing(nearest, subject),
    )


def _table(source: Source, name: str, rows: Rows, subject: str) -> Table | None:
    """The table whose header row (among the first rows) has the most elements; None where none has any."""
    names = _names(subject)
    best, most = -1, 1
    for place, row in enumerate(rows[:_DEEPEST_HEADER]):
        count = len({names[plain(c)] for c in row if isinstance(c, str) and plain(c) in names})
        if count > most:
            best, most = place, count
    if best < 0:
        return None
    columns, others = _columns(rows[best], names, best + 1)
    width = max(i for i, cell in enumerate(rows[best]) if str(cell).strip()) + 1
    unit = _unit(rows[: best + 1])
    return Table(source, name, best + 1, columns, others, unit, width, rows)


def _columns(
    header: Sequence[Cell], names: Mapping[str, str], row: int
) -> tuple[dict[str, int], dict[str, int]]:
    columns: dict[str, int] = {}
    others: dict[str, int] = {}
    for place, cell in enumerate(header):
        text = str(cell).strip() if cell is not None else ""
        element = names.get(plain(text))
        if element is None:
            if text:
                others.setdefault(RESULT_COLUMN if plain(text) == RESULT_COLUMN else text, place)
        elif element in columns:
            raise FileRefused(
                f"第 {row} 行表头里“{str(header[columns[element]]).strip()}”和“{text}”是同一个要素",
                "请只保留其中一列，或改名",
            )
        else:
            columns[element] = place
    return columns, others


def _unit(rows: Rows) -> str:
    """The unit in brackets in the amount's header, else the one stated above the table, else 元."""
    for cell in rows[-1]:
        for inside in _BRACKETS.findall(str(cell)):
            if inside.strip() in FEN_PER_UNIT:
                return str(inside.strip())
    for row in rows[:-1]:
        for cell in row:
            if found := _UNIT_LINE.search(str(cell)):
                return found[1]
    return "元"
