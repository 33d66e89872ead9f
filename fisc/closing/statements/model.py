"""A statement is data: rows of cells, and every cell says from which postings it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from fisc.reading.ledger import Among, Turnover, turnover


@dataclass(frozen=True, slots=True)
class Reading:
    """Where an amount comes from: accounts over periods first..last, on coding blocks that fit.

    `elements`: element -> the values it may have ('': blank). `sign` 1 counts debits, -1 credits.
    Entries named in `without` (the year's own closing) are left out.
    """

    mof_div_code: str
    accounts: tuple[str, ...]
    first: int
    last: int
    sign: int
    elements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """An amount in fen and what it was read from; sums of cells carry the readings of all of them.

    `fen` is None where the books cannot say what it was: that is not nothing.
    """

    fen: int | None
    readings: tuple[Reading, ...] = ()

    @property
    def amount(self) -> int:
        """The amount in fen. Raises ValueError where it is not known."""
        if self.fen is None:
            raise ValueError("不在账上的数不能计算")
        return self.fen

    def __add__(self, other: Cell) -> Cell:
        """The sum, with both origins."""
        return Cell(self.amount + other.amount, (*self.readings, *other.readings))


#: A cell that the books cannot fill.
UNKNOWN: Final = Cell(None)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a statement: code, name, a cell for each column; totals are sums of rows above."""

    code: str
    name: str
    cells: tuple[Cell, ...]
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a region's year: title, column names, rows; `notes` are what is said beneath it."""

    mof_div_code: str
    fiscal_year: int
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def row(self, name: str) -> Row:
        """The row of a name. Raises KeyError."""
        found = next((row for row in self.rows if row.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def fen(self, name: str, column: int = 0) -> int:
        """The amount in a row and column. Raises ValueError where it is not known."""
        return self.row(name).cells[column].amount


def total(code: str, name: str, rows: list[Row]) -> Row:
    """A row that adds up others, column by column."""
    width = len(rows[0].cells) if rows else 0
    cells = tuple(sum((row.cells[i] for row in rows), Cell(0)) for i in range(width))
    return Row(code, name, cells, is_total=True)


def read(conn: psycopg.Connection[Any], reading: Reading) -> int:
    """What a reading comes to in the ledger, in fen: the proof of a cell."""
    where = tuple(Among(element, codes) for element, codes in reading.elements.items())
    asked = Turnover(
        reading.accounts, (reading.mof_div_code,), (reading.first, reading.last), reading.sign, where,
        without=reading.without,
    )  # fmt: skip
    return sum(turnover(conn, asked).values())


def prove(conn: psycopg.Connection[Any], statement: Statement) -> list[str]:
    """Rows and columns whose cell is not what its readings come to in the ledger; [] when all are."""
    return [
        f"{row.name}（{statement.columns[i]}）：{cell.fen} ≠ {fen}"
        for row in statement.rows
        for i, cell in enumerate(row.cells)
        if cell.fen is not None and (fen := sum(read(conn, reading) for reading in cell.readings)) != cell.fen
    ]
