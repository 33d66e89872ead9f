"""How a book breaks its figures down, over all of its tables.

Two tables may divide one figure into different rows. What a figure is made of is what all tables together
print below it, each code once: more than the figure itself is counted twice, less was not printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from fisc.disclosure.checks import Addend, IdentityResult
from fisc.disclosure.model import BALANCE, CHANGE, ITEM, STAGE_NAMES, Book, BookLine, Table
from fisc.disclosure.titles import KIND_BY_ID, TREE

#: Region, year, stage, fund, side, code, item.
Key = tuple[str, int, str, str, str, str, str]
#: What stands beside its class in some tables, and below it in others: transfers.
_BESIDE: Final = ("110", "230")


@dataclass(slots=True)
class Breakdown:
    """A figure by the first cell that states it and has rows below it, and those rows by code.

    `tables` has the rows of each table that breaks it down; `coarsest` is the one that displays the largest
    unit.
    """

    line: BookLine
    parts: dict[str, BookLine] = field(default_factory=dict)
    tables: dict[int, dict[str, BookLine]] = field(default_factory=dict)
    coarsest: Table | None = None

    @property
    def lowest(self) -> list[BookLine]:
        """The parts of all tables, each once."""
        return _lowest(self.parts)

    @property
    def rest_fen(self) -> int:
        """What the figure has beyond its parts; below zero where they have more, 0 within rounding."""
        rest = self.line.amount_fen - _sum(self.lowest)
        return rest if abs(rest) > self.rounding_fen(self.lowest) else 0

    def rounding_fen(self, parts: Sequence[BookLine]) -> int:
        """How far parts and the figure may miss each other by rounding alone."""
        return self.coarsest.rounding_fen(len(parts)) if self.coarsest else 1

    def add(self, number: int, line: BookLine, table: Table) -> None:
        """A row below the figure in the table of a number."""
        self.parts.setdefault(line.code or line.place, line)
        self.tables.setdefault(number, {})[line.code or line.place] = line
        if self.coarsest is None or table.displayed_unit_fen > self.coarsest.displayed_unit_fen:
            self.coarsest = table

    @property
    def beyond_whole(self) -> list[BookLine]:
        """Parts that a table which has all of the figure does not know."""
        whole = next((rows for rows in self.tables.values() if self._is_whole(rows)), None)
        if whole is None:
            return []
        return [
            line for line in self.lowest
            if line.amount_fen and not any(_is_of(line.code, code) for code in whole)
        ]  # fmt: skip

    def _is_whole(self, rows: dict[str, BookLine]) -> bool:
        parts = _lowest(rows)
        return abs(self.line.amount_fen - _sum(parts)) <= self.rounding_fen(parts)


def _lowest(parts: dict[str, BookLine]) -> list[BookLine]:
    """Of a part and what it is broken down into, the part."""
    return [
        line for code, line in parts.items()
        if not any(code != other and code.startswith(other) for other in parts)
    ]  # fmt: skip


def _sum(lines: list[BookLine]) -> int:
    return sum(line.amount_fen for line in lines)


def _is_of(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def figure_key(line: BookLine) -> Key:
    """What makes two cells state the same figure."""
    return (line.region, line.fiscal_year, line.stage, line.fund, line.side, line.code, line.item)


def breakdowns(book: Book) -> dict[Key, Breakdown]:
    """Every figure with a code that has rows with codes below it, in the order of the book."""
    found: dict[Key, Breakdown] = {}
    alone: list[tuple[int, BookLine, Table]] = []
    for number, table in enumerate(book.tables):
        if KIND_BY_ID[table.kind].layout != TREE or table.side == BALANCE:
            continue
        by_place = {line.place: line for line in table.lines}
        for line in table.lines:
            above = by_place.get(line.parent)
            if line.stage == CHANGE or line.row_role != ITEM:
                continue
            if above is None:
                alone.append((number, line, table))
            elif above.row_role == ITEM:
                found.setdefault(figure_key(above), Breakdown(above)).add(number, line, table)
    for number, line, table in alone:
        if one := _above(found, line):
            one.add(number, line, table)
    return found


def _above(found: dict[Key, Breakdown], line: BookLine) -> Breakdown | None:
    """The figure that a row belongs to by its code, where its own table does not print that figure."""
    region, year, stage, fund, side, code, item = figure_key(line)
    if code.startswith(_BESIDE):
        return None
    above = (
        found.get((region, year, stage, fund, side, code[:n], item)) for n in range(len(code) - 1, 2, -1)
    )
    return next((one for one in above if one), None)


def check_breakdowns(book: Book) -> Iterator[IdentityResult]:
    """What tables print below one figure is not more than it, nor other rows of all of it."""
    for one in breakdowns(book).values():
        if len(one.tables) > 1:
            if not (beyond := one.beyond_whole):
                yield _result(
                    one, one.lowest, " ≥ 各表所列下级各行之和", one.line.amount_fen,
                    one.rounding_fen(one.lowest),
                )  # fmt: skip
            else:
                yield _result(
                    one, beyond, "已由一张表全部列明，别的表另列的下级行应为 0，", 0, 0, relation="="
                )


def _result(
    one: Breakdown, parts: list[BookLine], words: str, most: int, tolerance_fen: int, *, relation: str = ">="
) -> IdentityResult:
    line = one.line
    parts = sorted(parts, key=lambda part: part.sheet == line.sheet)
    return IdentityResult(
        "restated", f"{line.code}{line.name} {line.fiscal_year}年{STAGE_NAMES[line.stage]}{words}",
        line.region, line.fiscal_year, line.stage, (Addend(line.place, most),),
        tuple(Addend(part.place, part.amount_fen) for part in parts if part.amount_fen),
        tolerance_fen, True, relation,
    )  # fmt: skip
