"""Amounts of published tables in whole units (万元), so that every sum that is printed holds.

Totals are rounded half up. What is beneath a total, or a class, takes the whole units of what it adds up to
(`fisc.kernel.rounding`), as in reports (fisc/report/footing.py): a number is the same in both. A part then
stays within two units of its exact amount, and the table foots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from fisc.closing.statements.model import Row
from fisc.kernel.money import fen_per
from fisc.kernel.rounding import allotted_units, half_up, two_ways

#: The whole units of a row's cells; None where an amount is not known.
Units = list[int | None]


class Printed(Protocol):
    """What is asked of a table: its rows and whether they have codes."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows as they are printed."""
        ...

    @property
    def has_codes(self) -> bool:
        """Whether a column of codes stands before the names."""
        ...


def whole_units(table: Printed, unit: str) -> list[Units]:
    """The whole units of every row's cells, in the order of the rows."""
    width = len(table.rows[0].cells) if table.rows else 0
    if not table.has_codes:
        return _matrix(table.rows, unit, width)
    columns = [_column(table.rows, index, unit) for index in range(width)]
    return [list(row) for row in zip(*columns, strict=True)]


def _rounded(fen: int, unit: str) -> int:
    return half_up(fen, fen_per(unit))


def _column(rows: Sequence[Row], column: int, unit: str) -> Units:
    """A column of a table of codes: its totals, what they add up, and down to the last code."""
    known = [row.cells[column].fen for row in rows]
    fen = [amount or 0 for amount in known]
    found = [_rounded(amount, unit) for amount in fen]
    if None in known:
        return [None if amount is None else whole for amount, whole in zip(known, found, strict=True)]
    below = _below(rows)
    before = -1
    for total in (index for index, row in enumerate(rows) if row.is_total and not row.code):
        parts = [index for index in below.get(-1, []) if before < index < total]
        base_fen, base = (fen[before], found[before]) if before >= 0 else (0, 0)
        _share(parts, (fen[total] - base_fen, found[total] - base), fen, found, unit)
        before = total
    for head, parts in below.items():
        if head >= 0:
            _share(parts, (fen[head], found[head]), fen, found, unit)
    return list(found)


def _share(
    parts: Sequence[int], whole: tuple[int, int], fen: Sequence[int], found: list[int], unit: str
) -> None:
    """Give the parts the whole units of what they add up to; what they do not add up to is left alone."""
    amounts = [fen[index] for index in parts]
    if sum(amounts) != whole[0]:
        return
    for index, share in zip(parts, allotted_units(amounts, whole[1], fen_per(unit)), strict=True):
        found[index] = share


def _matrix(rows: Sequence[Row], unit: str, width: int) -> list[Units]:
    """A table whose first amount is the sum of the others, its last row the sum of the rows above."""
    parts = [[row.cells[column].amount for row in rows] for column in range(1, width)]
    return [list(row) for row in zip(*two_ways(parts, fen_per(unit)), strict=True)]


def _below(rows: Sequence[Row]) -> dict[int, list[int]]:
    """The rows of each class, under the place of its row (-1: the classes), heads before their parts."""
    by_code = {row.code: index for index, row in enumerate(rows) if row.code}
    found: dict[int, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.code:
            heads = (row.code[:length] for length in range(len(row.code) - 1, 2, -1))
            found[next((by_code[head] for head in heads if head in by_code), -1)].append(index)
    return dict(sorted(found.items()))
