"""Columns of a table that are out of all proportion: one of them is likely in another unit than the table."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from fisc.disclosure.layout import Notes
from fisc.disclosure.model import CHANGE, SCALE, Column, Table
from fisc.disclosure.titles import KIND_BY_ID
from fisc.kernel.money import format_fen
from fisc.sheets.shipped import read_shipped


def judge_scale(table: Table, notes: Notes) -> None:
    """Ask about each column whose largest amount is many times that of the column beside it, or as many less.

    Columns are held against the one before them that measures the same; tables that post nothing are not.
    """
    if KIND_BY_ID[table.kind].is_detail:
        return
    measures: dict[str, list[Column]] = {}
    for column in table.columns:
        if column.stage != CHANGE and _largest(table, column):
            measures.setdefault(column.measure, []).append(column)
    for columns in measures.values():
        for left, right in pairwise(columns):
            _judge(table, left, right, notes)


def _judge(table: Table, left: Column, right: Column, notes: Notes) -> None:
    less, more = sorted((left, right), key=lambda column: _largest(table, column))
    times = _largest(table, more) // _largest(table, less)
    if times < _most():
        return
    row = max(table.rows, key=lambda one: abs(table.amount(one, more)))
    said = "、".join(
        f"“{column.header}”最大的数是 {format_fen(_largest(table, column), table.unit)}{table.unit}"
        for column in (more, less)
    )
    notes.ask(table.sheet, table.place(row, more), f"{said}，相差 {times:,} 倍，像是单位不同", SCALE)


def _largest(table: Table, column: Column) -> int:
    """The largest amount of a column in fen, whatever its sign: where a total is printed, the total."""
    return max((abs(table.amount(row, column)) for row in table.rows), default=0)


@cache
def _most() -> int:
    """How many times the column beside it a column may be, before somebody must have looked at it."""
    rows = {row["what"]: row for row in read_shipped("fisc.disclosure", "proportions.csv")}
    return int(rows["neighbour_columns"]["factor"])
