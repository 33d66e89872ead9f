"""Tables in files: which row holds the headings, which column is which, what every row says.

    table = read_table(path, (Column("bgt_id", "指标编号", "code", is_required=True),
                              Column("amount_fen", "金额", "amount_fen", is_required=True)))
    table.rows      # Row(number=4, values={"bgt_id": "B1", "amount_fen": 1050}), ...
    table.faults    # Fault(row=5, column="金额（元）", problem="“x”不是金额", remedy=..., cell="C5"), ...
    table.require_clean()

Titles above the headings, marks of required columns, units in brackets (金额（万元）) and rows of
totals are understood. What is hidden is told and not taken unless asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from fisc.sheets import text
from fisc.sheets.cells import Cell, column_letters, many_objects
from fisc.sheets.columns import BadCell, Column, amount_fen, value_of
from fisc.sheets.faults import FileRefused
from fisc.sheets.headings import find
from fisc.sheets.source import Source, open_source
from fisc.sheets.table import RESULT, Row, Table

TOTALS: Final = frozenset({"合计", "总计", "共计"})
_WORDS: Final = TOTALS | {"小计"}
_TOTAL_STARTS: Final = frozenset({word[0] for word in _WORDS} | {" ", "\u3000"})
#: A row says in one of its first cells that it adds up others.
_WORD_WITHIN: Final = 4


def read_table(
    given: str | Path | bytes | Source, columns: Sequence[Column], *, sheet: str | None = None,
    with_hidden: bool = False, only_known: bool = False,
) -> Table:  # fmt: skip
    """The one table with these columns in a file: its typed rows, and every fault with its place.

    `only_known` refuses headings that are no declared column; `with_hidden` takes hidden rows and columns.
    A row with a fault is in `faults` and not in `rows`. Raises FileRefused for a file or header that is
    no good, or has no rows.
    """
    table = find_table(given, columns, sheet=sheet, with_hidden=with_hidden, only_known=only_known)
    wrong = {fault.row for fault in table.faults}
    values: list[dict[str, Any]] = [{} for _ in table.numbers]
    for column in columns:
        if column.name in table.places:
            wrong |= _read_column(table, column, values)
    table.rows = [
        Row(number, found) for number, found in zip(table.numbers, values, strict=True) if number not in wrong
    ]
    table.faults.sort(key=lambda fault: fault.row)
    for column in columns:
        if column.form == "amount_fen" and not table.faults:
            check_total(table, column.name, [row.values.get(column.key) for row in table.rows])
    return table


def _read_column(table: Table, column: Column, values: list[dict[str, Any]]) -> set[int]:
    """Put the values of a column into `values`; returns the rows that have none, now among the faults."""
    found, unit = table.texts(column.name), table.unit_of(column.name)
    table.faults += table.cell_faults([column.name])
    meant: dict[str, Any] = {}
    wrong = {table.numbers[at] for at in found.faults}
    for at, said in enumerate(found.texts):
        if at in found.faults:
            continue
        try:
            if said not in meant:
                meant[said] = value_of(column, said, unit)
            values[at][column.key] = meant[said]
        except BadCell as error:
            number = table.numbers[at]
            wrong.add(number)
            table.faults.append(table.fault(number, column.name, str(error), error.remedy, error.code))
    return wrong


def check_total(table: Table, name: str, fen: Sequence[int | None]) -> None:
    """A printed grand total of a declared column must be the sum of the rows, as `check_total_at`."""
    if name in table.places:
        check_total_at(table, table.places[name], table.unit_of(name), fen)


def check_total_at(table: Table, place: int, unit: str, fen: Sequence[int | None]) -> None:
    """A printed grand total must be the sum of the rows, where all of them are amounts.

    Raises FileRefused naming both. Rows and totals that are no amount are reported one by one instead.
    """
    if None in fen:
        return
    total = sum(value for value in fen if value is not None)
    for number in table.totals:
        cell = table.sheet.cell(number, place)
        said = text.tidy(cell.shown) if cell else ""
        try:
            printed = amount_fen(said, unit) if said else total
        except BadCell:
            continue
        if printed != total:
            raise FileRefused(
                f"第 {number} 行合计 {said}{unit}，与各行之和 {Decimal(total) / 100:,.2f} 元不符"
                f"（{table.fault_at(number, place, '').place}）",
                "请核对有无漏行、重行或改动后未更新的合计",
            )


def find_table(
    given: str | Path | bytes | Source, columns: Sequence[Column], *, sheet: str | None = None,
    with_hidden: bool = False, only_known: bool = False,
) -> Table:  # fmt: skip
    """As `read_table`, with the rows' texts not read yet; `faults` holds those of rows and totals."""
    source = given if isinstance(given, Source) else open_source(given)
    with many_objects():
        found = find(source, columns, sheet, with_hidden=with_hidden, only_known=only_known)
    _number_rows(found, with_hidden)
    found.unread = _unread(found)
    return found


def _unread(table: Table) -> list[str]:
    """Headings of columns that are not declared; letters of columns that hold something under no heading."""
    others = sorted((place, said) for said, place in table.others.items() if said and said != RESULT)
    header, rows = table.sheet.rows[table.header_row], table.sheet.rows
    named = {place for place, cell in header.items() if cell.shown.strip()}
    bare = {place for number in table.numbers for place in rows[number]} - named
    return [said for _, said in others] + [
        f"{column_letters(place)}列" for place in sorted(bare) if place < table.width
    ]


def _number_rows(table: Table, with_hidden: bool) -> None:
    """Which rows below the header say something; what is wrong with whole rows. Raises FileRefused."""
    sheet, result = table.sheet, table.others.get(RESULT)
    first = max(
        [table.header_row, *(m.bottom for m in sheet.merges if m.top <= table.header_row <= m.bottom)]
    )
    for number, row in sheet.rows.items():
        if number <= first or not _says(row, result):
            continue
        word = _total_word(row)
        is_whole = bool(word) and _is_whole(table, number)
        if is_whole:
            table.faults.append(table.fault(number, "", f"本行写有“{word}”，{_WHOLE[0]}", *_WHOLE[1:]))
        if word and not is_whole:
            (table.totals if word in TOTALS else table.subtotals).append(number)
        else:
            table.numbers.append(number)
            if number in sheet.hidden_rows and not with_hidden:
                table.faults.append(table.fault(number, "", *_HIDDEN))
    if not table.numbers:
        raise FileRefused(
            f"文件 {table.source.name} 只有表头，没有数据行",
            "请核对是否选错了文件或工作表，在表头之下逐行填写",
        )
    _judge_widths(table)
    table.faults += table.merge_faults(table.places.values())
    table.faults += table.total_faults(table.amounts.values())


def _says(row: Mapping[int, Cell], result: int | None) -> bool:
    """Whether a row has anything besides the result of an earlier round."""
    return any(cell.shown and not cell.shown.isspace() and place != result for place, cell in row.items())


def _total_word(row: Mapping[int, Cell]) -> str:
    """The word by which a row says that it adds up others, in one of its first cells; '' for other rows."""
    for place, cell in row.items():
        if place > _WORD_WITHIN:
            break
        if cell.shown[:1] in _TOTAL_STARTS and cell.kind == "s":
            word = text.alike(cell.shown).rstrip(":")
            if word in _WORDS:
                return word
    return ""


def _is_whole(table: Table, number: int) -> bool:
    """Whether a row that has a word of totals says all that a row of its own must say."""
    needed = [c for c in table.columns if c.is_required]
    said = [text.alike(cell.shown) if cell else "" for cell in
            (table.sheet.cell(number, table.places[c.name]) for c in needed)]  # fmt: skip
    others = [
        one for one, c in zip(said, needed, strict=True)
        if c.form != "amount_fen" and one.rstrip(":") not in _WORDS
    ]  # fmt: skip
    return bool(others) and all(said)


_WHOLE: Final = (
    "各列又都填了，分不清是合计还是一笔",
    "合计行请只填“合计”与合计数；确为一笔的，请改写这几个字",
    "total",
)
_HIDDEN: Final = ("本行被隐藏（或被筛选），没有导入", "请取消隐藏、筛选，或说明连同隐藏行一起导入", "hidden")
_PART_OF_A_NUMBER: Final = re.compile(r"[\s\d.,，]+")
_OVERLONG: Final = ("本行栏数多于表头", "请核对是否多了分隔符，含逗号的内容须加引号", "overlong")


def _judge_widths(table: Table) -> None:
    """Records with something beyond the last header, or that end before a column they must fill."""
    needed = max((table.places[c.name] for c in table.columns if c.is_required), default=0)
    for number in table.numbers:
        if _runs_over(table, table.sheet.rows[number]):
            table.faults.append(table.fault(number, "", *_OVERLONG))
        width = table.widths.get(number, needed)
        if width < needed:
            problem = f"本行只有 {width} 栏，表头有 {table.width} 栏"
            table.faults.append(table.fault(number, "", problem, "请核对是否缺了分隔符或断行", "short"))


def _runs_over(table: Table, row: Mapping[int, Cell]) -> bool:
    """Whether a record holds something beyond the last header.

    In a text a comma within a number moves its end on: into the result of an earlier round, if one is there.
    """
    result = table.others.get(RESULT, 0)
    if table.delimiter and result in row and _PART_OF_A_NUMBER.fullmatch(row[result].shown):
        return True
    return max(row) > table.width and any(
        place > table.width and place != result and cell.shown.strip() for place, cell in row.items()
    )
