"""Amounts of a published table in whole units (万元), so that every sum that is printed holds.

Totals are rounded half up. What is beneath a total, or a class, takes the whole units of what it adds up to:
each part is rounded down and the units that are left go to the greatest remainders, the first where two are
equal (largest remainder). A part then stays within two units of its exact amount, and the table foots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from fisc.closing.statements.model import Row
from fisc.kernel.money import fen_per, in_unit

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


def allotted(amounts_fen: Sequence[int], target: int, unit: str) -> list[int]:
    """Whole units of amounts that come to `target` together, by largest remainder."""
    per = fen_per(unit)
    found = [amount // per for amount in amounts_fen]
    order = sorted(range(len(found)), key=lambda index: (-(amounts_fen[index] % per), index))
    left = target - sum(found)
    for turn in range(abs(left) if order else 0):
        found[order[turn % len(order)]] += 1 if left > 0 else -1
    return found


def _rounded(fen: int, unit: str) -> int:
    return int(in_unit(fen, unit, 0))


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
    for index, share in zip(parts, allotted(amounts, whole[1], unit), strict=True):
        found[index] = share


def _matrix(rows: Sequence[Row], unit: str, width: int) -> list[Units]:
    """A table whose first amount is the sum of the others, its last row the sum of the rows above."""
    columns = []
    for column in range(1, width):
        fen = [row.cells[column].amount for row in rows]
        total = _rounded(fen[-1], unit)
        columns.append([*allotted(fen[:-1], total, unit), total])
    return [[sum(parts), *parts] for parts in zip(*columns, strict=True)]


def _below(rows: Sequence[Row]) -> dict[int, list[int]]:
    """The rows of each class, under the place of its row (-1: the classes), heads before their parts."""
    by_code = {row.code: index for index, row in enumerate(rows) if row.code}
    found: dict[int, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.code:
            heads = (row.code[:length] for length in range(len(row.code) - 1, 2, -1))
            found[next((by_code[head] for head in heads if head in by_code), -1)].append(index)
    return dict(sorted(found.items()))
