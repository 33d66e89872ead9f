"""Formulas worked out again from what their parts hold: sums, differences, products and rounding.

A workbook keeps beside a formula the result of its last calculation; a cell that was changed since by another
program leaves it as it was. What is worked out here needs no order: each result is held against the parts as
they stand. Of formulas with anything else nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Final, NamedTuple

from fisc.sheets.cells import Sheet, column_number

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)(?![\w.])"
    r"|(?P<call>SUM|ROUND)\("
    r"|(?:(?P<sheet>'(?:[^']|'')+'|[^\W\d][\w.]*)!)?(?P<first>\$?[A-Z]{1,3}\$?\d{1,7})(?::(?P<last>\$?[A-Z]{1,3}\$?\d{1,7}))?(?![\w(!])"
    r"|(?P<sign>[-+*/(),%]))\s*"
)
_REFERENCE: Final = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d+)")
#: More cells than any table has are no sum of one.
_MOST_CELLS: Final = 100_000
#: What a sum of floats may be off by, of the size of its parts.
_NOISE, _LEAST_NOISE = 1e-13, 1e-9

Place = tuple[str, int, int]
"""A sheet's name, a row, a column."""


class Stale(NamedTuple):
    """A result that is not what its formula gives."""

    place: str
    formula: str
    kept: float
    due: float


class _Unknown(Exception):
    """Something that is not worked out here."""


class Formulas:
    """The formulas of a workbook's sheets, each worked out at most once."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.sheets = {sheet.name: sheet for sheet in sheets}
        self._shared: dict[str, dict[str, tuple[int, int, str]]] = {}
        self._seen: dict[Place, bool] = {}

    def check(self, sheet: Sheet, row: int, column: int) -> tuple[list[Stale], bool]:
        """What is stale of a cell and the formulas that it rests on, and whether its own is understood.

        A formula that was looked at before is not told again.
        """
        stale: list[Stale] = []
        start = (sheet.name, row, column)
        open_: list[Place] = [] if start in self._seen else [start]
        while open_:
            at = open_.pop()
            if at not in self._seen:
                work = _Work(self, at)
                self._seen[at] = work.is_known
                open_ += work.parts
                stale += [work.stale] if work.stale else []
        return stale, self._seen[start]

    def text_of(self, at: Place) -> tuple[str, int, int] | None:
        """The formula of a cell, and by how many rows and columns it is shifted; None for one not known."""
        sheet, row, column = at
        cell = self.sheets[sheet].cell(row, column)
        formula = cell.formula if cell else None
        if formula is None or not formula.is_known:
            return None
        if formula.text:
            return formula.text, 0, 0
        first = self._groups(sheet).get(formula.group)
        return (first[2], row - first[0], column - first[1]) if first else None

    def _groups(self, sheet: str) -> dict[str, tuple[int, int, str]]:
        if sheet not in self._shared:
            self._shared[sheet] = {
                cell.formula.group: (row, column, cell.formula.text)
                for row, cells in self.sheets[sheet].rows.items() for column, cell in cells.items()
                if cell.formula and cell.formula.group and cell.formula.text
            }  # fmt: skip
        return self._shared[sheet]


class _Work:
    """One formula worked out: its parts, and whether its result is stale."""

    def __init__(self, book: Formulas, at: Place) -> None:
        self.book, self.at = book, at
        self.parts: list[Place] = []
        self.size = 0.0
        self.stale: Stale | None = None
        cell = book.sheets[at[0]].cell(at[1], at[2])
        said = book.text_of(at)
        self.is_known = False
        if said is None or cell is None:
            return
        self.text, self.down, self.right = said
        try:
            self.tokens = list(_tokens(self.text))
            self.next = 0
            due = self._sum()
            if self.next != len(self.tokens) or not isfinite(due):
                raise _Unknown
        except (_Unknown, ArithmeticError, RecursionError):
            return
        self.is_known = cell.kind == "n"
        kept = cell.value if cell.kind == "n" and isinstance(cell.value, float) else due
        if abs(due - kept) > max(_LEAST_NOISE, _NOISE * self.size):
            self.stale = Stale(book.sheets[at[0]].place(at[1], at[2]), self.text, kept, due)

    def _peek(self) -> re.Match[str] | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def _take(self, *signs: str) -> str:
        token = self._peek()
        if token is None or token["sign"] not in signs:
            return ""
        self.next += 1
        return token["sign"]

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise _Unknown

    def _sum(self) -> float:
        value = self._product()
        while sign := self._take("+", "-"):
            value += self._product() if sign == "+" else -self._product()
        return value

    def _product(self) -> float:
        value = self._part()
        while sign := self._take("*", "/"):
            value = value * self._part() if sign == "*" else value / self._part()
        return value

    def _part(self) -> float:
        if sign := self._take("+", "-"):
            return -self._part() if sign == "-" else self._part()
        if self._take("("):
            value = self._sum()
            self._need(")")
        else:
            value = self._atom()
        while self._take("%"):
            value /= 100
        return value

    def _atom(self) -> float:
        token = self._peek()
        if token is None or token["sign"]:
            raise _Unknown
        self.next += 1
        if token["number"]:
            return float(token["number"])
        if token["call"]:
            return self._total() if token["call"] == "SUM" else self._rounded()
        if token["last"]:
            raise _Unknown  # a range stands for a number in sums alone
        return self._of(next(self._cells(token)))

    def _total(self) -> float:
        value = 0.0
        while True:
            token = self._peek()
            if token is not None and token["first"] and self._ends_after():
                self.next += 1
                value += sum(self._of(place, is_summed=True) for place in self._cells(token))
            else:
                value += self._sum()
            if self._take(")"):
                return value
            self._need(",")

    def _ends_after(self) -> bool:
        after = self.tokens[self.next + 1] if self.next + 1 < len(self.tokens) else None
        return after is not None and after["sign"] in (",", ")")

    def _rounded(self) -> float:
        value = self._sum()
        self._need(",")
        places = self._sum()
        self._need(")")
        if not places.is_integer() or abs(places) > 15:
            raise _Unknown
        exact = Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
        return float(exact)

    def _cells(self, token: re.Match[str]) -> Iterator[Place]:
        sheet = (token["sheet"] or "").strip("'").replace("''", "'") or self.at[0]
        if sheet not in self.book.sheets:
            raise _Unknown
        (top, left), (bottom, right) = (
            self._address(token["first"]),
            self._address(token["last"] or token["first"]),
        )
        if (bottom - top + 1) * (right - left + 1) > _MOST_CELLS:
            raise _Unknown
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                yield sheet, row, column

    def _address(self, said: str) -> tuple[int, int]:
        found = _REFERENCE.fullmatch(said)
        assert found is not None
        column = column_number(found[2]) + (0 if found[1] else self.right)
        row = int(found[4]) + (0 if found[3] else self.down)
        if row < 1 or column < 1:
            raise _Unknown
        return row, column

    def _of(self, place: Place, *, is_summed: bool = False) -> float:
        """The number of a part: nothing where it is empty; of texts in a sum, nothing too."""
        cell = self.book.sheets[place[0]].cell(place[1], place[2])
        if cell is None:
            return 0.0
        if cell.formula and place != self.at:
            self.parts.append(place)
        if cell.kind == "n" and isinstance(cell.value, float):
            self.size += abs(cell.value)
            return cell.value
        if is_summed and cell.kind in ("s", "b"):
            return 0.0
        raise _Unknown


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _Unknown
        yield found
        at = found.end()
