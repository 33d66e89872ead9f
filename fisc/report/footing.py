"""Amounts of a report's table in whole units, each rounded half up by itself (`fisc.kernel.rounding`).

So an amount is the number that final accounts and prose say of it. Which rows a total adds up is read of the
exact amounts: the rows beneath it, those above it, or the totals above it; where they do not come to it as
they are printed, a note beneath the table says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fisc.kernel.money import ROUNDED, fen_per, format_fen, rounding_note
from fisc.report.model import Cell, FigureRun, Row

#: Places that a table prints an amount with, by its unit: 亿元 2, others whole.
_PLACES = {"亿元": 2}
#: What is among other rows or columns, and adds nothing to a total.
_AMONG = "其中"
Column = Sequence[int | None]


def rounded(rows: Sequence[Row], unit: str, amounts: Sequence[bool]) -> tuple[Row, ...]:
    """The rows with the amounts of the columns that hold `amounts` as the table prints them.

    `unit` is the table's; rows of other numbers, and cells with words in them, stay as they are.
    """
    if not unit:
        return tuple(rows)
    return tuple(
        replace(
            row,
            cells=tuple(
                _printed(cell, unit) if is_amount else cell
                for cell, is_amount in zip(row.cells, amounts, strict=True)
            ),
        )
        for row in rows
    )


def said_of_rounding(
    rows: Sequence[Row], unit: str, amounts: Sequence[bool], heads: Sequence[str] = ()
) -> str:
    """What is said beneath a table whose parts, as they are printed, do not come to their totals; else ''.

    Of columns whose `heads` say that they are among others (其中) nothing adds up across.
    """
    if not unit or not rows:
        return ""
    columns = {
        i: [_fen(row.cells[i], unit) for row in rows] for i, is_amount in enumerate(amounts) if is_amount
    }
    apart = [column for i, column in columns.items() if not (heads and heads[i].startswith(_AMONG))]
    sums = [*_down(rows, [*columns.values()]), *_across(apart)]
    return ROUNDED if any(rounding_note(*one, unit, _PLACES.get(unit, 0)) for one in sums) else ""


def _fen(cell: Cell, unit: str) -> int | None:
    """The amount of a cell that is one amount; None of any other."""
    if len(cell.runs) != 1 or not isinstance(run := cell.runs[0], FigureRun) or not run.is_money:
        return None
    return int(run.number * fen_per(unit))


def _printed(cell: Cell, unit: str) -> Cell:
    fen, run = _fen(cell, unit), cell.runs[0] if cell.runs else None
    if fen is None or not isinstance(run, FigureRun):
        return cell
    return replace(cell, runs=(replace(run, text=format_fen(fen, unit, _PLACES.get(unit, 0))),))


def _down(rows: Sequence[Row], columns: Sequence[Column]) -> Iterator[tuple[list[int], int]]:
    for fen in columns:
        for total, parts in _tree(rows, fen).items():
            yield _known(fen, parts), fen[total] or 0


def _across(columns: Sequence[Column]) -> Iterator[tuple[list[int], int]]:
    """A table of three amounts or more may have their sum first; where it has not, nothing adds up."""
    if len(columns) > 2:
        for total, *parts in zip(*columns, strict=True):
            yield [fen or 0 for fen in parts], total or 0


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
            parts = [
                p for p in spans(rows, total, taken)
                if fen[p] is not None and p not in taken and not rows[p].cells[0].text.startswith(_AMONG)
            ]  # fmt: skip
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
