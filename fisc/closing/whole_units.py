"""Amounts of published tables in whole units (万元), each rounded half up by itself (`fisc.kernel.rounding`).

A number is the same in every table, report and sentence; where the parts of a total do not come to it as they
are printed, the table says why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol

from fisc.closing.statements.model import Row
from fisc.kernel.money import ROUNDED, fen_per, rounding_note
from fisc.kernel.rounding import half_up

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

    @property
    def addends(self) -> tuple[int, ...]:
        """The cells of a row that come to its first one."""
        ...


def whole_units(table: Printed, unit: str) -> list[Units]:
    """The whole units of every row's cells, in the order of the rows."""
    per = fen_per(unit)
    return [
        [None if cell.fen is None else half_up(cell.fen, per) for cell in row.cells] for row in table.rows
    ]


def said_of_rounding(table: Printed, unit: str) -> tuple[str, ...]:
    """What is said beneath a table whose parts, as they are printed, do not come to their totals."""
    return (f"注：{ROUNDED}。",) if any(rounding_note(*sum_, unit, 0) for sum_ in _sums(table)) else ()


def _sums(table: Printed) -> Iterator[tuple[list[int], int]]:
    """(parts, total) in fen of everything that a table adds up and knows."""
    for total, parts in _spans(table):
        for column, cell in enumerate(total.cells):
            known = [fen for row in parts if (fen := row.cells[column].fen) is not None]
            if cell.fen is not None and len(known) == len(parts):
                yield known, cell.fen
    for row in table.rows if table.addends else ():
        yield [row.cells[index].amount for index in table.addends], row.cells[0].amount


def _spans(table: Printed) -> Iterator[tuple[Row, Sequence[Row]]]:
    """Totals with the rows that they add up: classes by their codes, totals all that stands above."""
    below = _below(table.rows)
    for head, parts in below.items():
        if head >= 0:
            yield table.rows[head], [table.rows[index] for index in parts]
    top = (
        below.get(-1, []) if table.has_codes else [i for i, row in enumerate(table.rows) if not row.is_total]
    )
    for place, row in enumerate(table.rows):
        if row.is_total and not row.code:
            yield row, [table.rows[index] for index in top if index < place]


def _below(rows: Sequence[Row]) -> dict[int, list[int]]:
    """The rows of each class, under the place of its row (-1: the classes)."""
    by_code = {row.code: index for index, row in enumerate(rows) if row.code}
    found: dict[int, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.code:
            heads = (row.code[:length] for length in range(len(row.code) - 1, 2, -1))
            found[next((by_code[head] for head in heads if head in by_code), -1)].append(index)
    return found
