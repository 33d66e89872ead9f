"""Amounts of a report's table in whole units, so that every sum that is printed holds.

The rule is that of published final accounts (`fisc.closing.whole_units`): a total is rounded half up, and
what it adds up takes its whole units by largest remainder. So a number is the same in both, and both foot.

Which rows a total adds up is read of the exact amounts: the rows beneath it, those above it, or the totals
above it. What does not add up to the fen is rounded half up and left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from fisc.kernel.money import fen_per
from fisc.kernel.rounding import allotted_units, half_up, two_ways
from fisc.report.model import Cell, FigureRun, Row

#: Places that a table prints an amount with, by its unit: 亿元 2, others whole.
_PLACES = {"亿元": 2}
#: Repayment of principal is a class of its own (231) beside transfers: a total is shared class by class.
_CLASS_OF_ITS_OWN = ".principal"
#: What a government takes in or spends of its own is a total of the tables of classes.
_IS_A_TOTAL = ".own@"
Column = Sequence[int | None]


def footed(rows: Sequence[Row], unit: str, amounts: Sequence[bool]) -> tuple[Row, ...]:
    """The rows with the amounts of the columns that hold `amounts`, in whole units that foot.

    `unit` is the table's; rows of other numbers, and cells with words in them, stay as they are.
    """
    if not unit or not rows or not any(amounts):
        return tuple(rows)
    places = _PLACES.get(unit, 0)
    quantum = fen_per(unit) // 10**places
    columns = [index for index, is_amount in enumerate(amounts) if is_amount]
    fen = {index: [_fen(row.cells[index], unit) for row in rows] for index in columns}
    whole: Mapping[int, Column] | None = _two_ways(rows, columns, fen, quantum)
    if whole is None:
        whole = {index: _column(rows, index, fen[index], quantum) for index in columns}
    found = list(rows)
    for index, units in whole.items():
        for place, value in enumerate(units):
            if value is not None:
                found[place] = _with(found[place], index, value, places)
    return tuple(found)


def _fen(cell: Cell, unit: str) -> int | None:
    """The amount of a cell that is one amount; None of any other."""
    if len(cell.runs) != 1 or not isinstance(run := cell.runs[0], FigureRun) or not run.is_money:
        return None
    return int(run.number * fen_per(unit))


def _with(row: Row, index: int, units: int, places: int) -> Row:
    cell = row.cells[index]
    run = cell.runs[0]
    assert isinstance(run, FigureRun)  # only cells of one number have units
    text = f"{Decimal(units).scaleb(-places):,f}"
    cells = (*row.cells[:index], replace(cell, runs=(replace(run, text=text),)), *row.cells[index + 1 :])
    return replace(row, cells=cells)


def _two_ways(
    rows: Sequence[Row], columns: Sequence[int], fen: dict[int, list[int | None]], quantum: int
) -> dict[int, list[int]] | None:
    """A table whose first amount is the sum of the others, its last row the sum of those above; else None."""
    known = [[amount for amount in fen[index] if amount is not None] for index in columns]
    if len(columns) < 3 or not rows[-1].is_total or any(len(one) < len(rows) for one in known):
        return None
    first, *parts = known
    across = all(first[row] == sum(part[row] for part in parts) for row in range(len(rows)))
    if not across or any(sum(one[:-1]) != one[-1] for one in known) or sum(r.is_total for r in rows) > 1:
        return None
    return dict(zip(columns, two_ways(parts, quantum), strict=True))


def _column(rows: Sequence[Row], index: int, fen: Column, quantum: int) -> list[int | None]:
    """A column by the tree of its totals, from the top down."""
    below = _tree(rows, fen)
    found = [None if amount is None else half_up(amount, quantum) for amount in fen]
    inner = {part for parts in below.values() for part in parts}
    waiting = [total for total in below if total not in inner]
    while waiting:
        total = waiting.pop()
        own, classes = _classes([row.cells[index] for row in rows], below[total])
        left = (found[total] or 0) - sum(found[part] or 0 for part in own)
        sums = [sum(_known(fen, parts)) for parts in classes]
        for parts, whole in zip(classes, allotted_units(sums, left, quantum), strict=True):
            for part, units in zip(parts, allotted_units(_known(fen, parts), whole, quantum), strict=True):
                found[part] = units
        waiting += [part for part in below[total] if part in below]
    return found


def _classes(cells: Sequence[Cell], parts: Sequence[int]) -> tuple[list[int], list[list[int]]]:
    """The parts of a total that are totals themselves (本年收入), and the others by class."""
    own = [part for part in parts if _IS_A_TOTAL in _key(cells[part])]
    apart = [part for part in parts if _CLASS_OF_ITS_OWN in _key(cells[part])]
    rest = [part for part in parts if part not in own and part not in apart]
    return own, [group for group in (rest, apart) if group]


def _key(cell: Cell) -> str:
    run = cell.runs[0] if cell.runs else None
    return run.key if isinstance(run, FigureRun) else ""


def _known(fen: Column, places: Sequence[int]) -> list[int]:
    return [fen[place] or 0 for place in places]


def _tree(rows: Sequence[Row], fen: Column) -> dict[int, list[int]]:
    """Total -> the rows that it adds up, each of them under one total.

    A table that begins with a total has them first, any other last: both sides of a balance are equal.
    """
    sides = (_beneath, _above) if rows[0].is_total else (_above, _beneath)
    totals = [place for place, row in enumerate(rows) if row.is_total and fen[place] is not None]
    found: dict[int, list[int]] = {}
    taken: set[int] = set()
    for spans in (*sides, _totals_above):
        for total in totals:
            parts = [p for p in spans(rows, total, taken) if fen[p] is not None and p not in taken]
            if total not in found and parts and sum(_known(fen, parts)) == fen[total]:
                found[total] = parts
                taken.update(parts)
    return found


def _beneath(rows: Sequence[Row], total: int, _: set[int]) -> list[int]:
    end = next((place for place in range(total + 1, len(rows)) if rows[place].is_total), len(rows))
    return list(range(total + 1, end))


def _above(rows: Sequence[Row], total: int, _: set[int]) -> list[int]:
    start = next((place for place in range(total - 1, -1, -1) if rows[place].is_total), -1)
    return list(range(start + 1, total))


def _totals_above(rows: Sequence[Row], total: int, taken: set[int]) -> list[int]:
    return [place for place in range(total) if rows[place].is_total and place not in taken]
