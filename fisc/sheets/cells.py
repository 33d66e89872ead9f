"""Cells and sheets as they are stored, of a workbook or of a file of text."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fisc.sheets.asides import Aside
    from fisc.sheets.veils import Veil

Value = float | str | bool | None


class Formula(NamedTuple):
    """A formula as it is stored; cells of one `group` share that of its first cell, shifted."""

    text: str
    group: str = ""
    is_known: bool = True
    """False for formulas over several cells."""


class Cell(NamedTuple):
    """One stored cell: `kind` is n number, s text, e error, b boolean, d date, ? unreadable."""

    kind: str
    value: Value
    is_formula: bool = False
    style: int = 0
    shown: str = ""
    """What the cell shows: leading zeros, per cent and dates as their format has them, no float noise."""
    format: str = ""
    """The code of a number format that may show another size than the value; '' for plain ones."""
    exact: str = ""
    """A number as the file writes it, where the digits that a sheet keeps are not all of it; else empty."""
    formula: Formula | None = None

    @property
    def text(self) -> str:
        """The cell's text, or '' when it is not text."""
        return self.value if isinstance(self.value, str) and self.kind == "s" else ""


class Merge(NamedTuple):
    """A merged range, 1-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """One sheet: rows of cells by row and column number (1-based); empty cells are not stored."""

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    is_hidden: bool = False
    margins: list[str] = field(default_factory=list)
    """What stands above and below each printed page."""
    asides: list[Aside] = field(default_factory=list)
    """Comments on cells, and texts of boxes."""
    veils: list[Veil] = field(default_factory=list)
    """Conditional formats that change what cells look like."""

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell at (row, column), or None when nothing is stored there."""
        return self.rows.get(row, {}).get(column)

    def text(self, row: int, column: int) -> str:
        """The text at (row, column), '' when there is none."""
        cell = self.cell(row, column)
        return cell.text if cell else ""

    def place(self, row: int, column: int) -> str:
        """`sheet!cell`, e.g. '02!C7'; the name as it stands in the workbook."""
        return f"{self.name}!{column_letters(column)}{row}"


@contextmanager
def many_objects() -> Iterator[None]:
    """While millions of cells are made, none of them garbage, the collector does not walk them again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@lru_cache(maxsize=4096)
def column_letters(column: int) -> str:
    """'A' for 1, 'AA' for 27; columns count from 1."""
    assert column > 0  # below that the division never comes to an end
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=65536)
def column_number(letters: str) -> int:
    """1 for 'A', 27 for 'AA'."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def range_of(reference: str) -> Merge:
    """The range 'B2:C4'. Raises ValueError for what is none."""
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = _address(first), _address(last or first)
    return Merge(top, left, bottom, right)


def _address(reference: str) -> tuple[int, int]:
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d{1,7})", reference)
    if match is None:
        raise ValueError(f"区域 {reference}")
    return int(match[2]), column_number(match[1])
