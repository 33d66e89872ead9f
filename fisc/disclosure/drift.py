"""What is posted for a figure, over all levels below it, against what is printed for it.

Each level may miss the one above it by what rounding comes to. All of them together may not miss a figure by
more than the rounding of the numbers that are posted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from fisc.disclosure.across import own_totals
from fisc.disclosure.breakdown import Breakdown, Key, breakdowns, figure_key
from fisc.disclosure.errors import Problem
from fisc.disclosure.model import Book, BookLine
from fisc.kernel.money import format_fen
from fisc.kernel.rounding import spread_of

RULE_DRIFT: Final = "入账的最低一级各行之和与印出的合计相差不超过四舍五入"


def drifted(book: Book) -> list[Problem]:
    """Figures and totals from which what is posted below them is further than rounding takes it."""
    units = {line.place: table.displayed_unit_fen for table in book.tables for line in table.lines}
    found = breakdowns(book)
    posted = _Posted(found)
    problems = []
    for line, parts in (*_figures(found), *_totals(book)):
        fen, count = posted.of_all(parts)
        unit = max(units[one.place] for one in (line, *parts))
        if abs(line.amount_fen - fen) > spread_of(count, unit):
            problems.append(_problem(line, fen, count))
    return problems


def _figures(found: Mapping[Key, Breakdown]) -> Iterator[tuple[BookLine, list[BookLine]]]:
    """Figures with rows below them that have rows themselves; what one has beyond its rows is posted."""
    for one in found.values():
        if one.rest_fen <= 0 and any(figure_key(part) in found for part in one.lowest):
            yield one.line, one.lowest


def _totals(book: Book) -> Iterator[tuple[BookLine, list[BookLine]]]:
    for (table, row, column), parts in own_totals(book):
        lines = [of.grid[r.index, c.index] for of, r, c in parts]
        yield table.grid[row.index, column.index], lines


class _Posted:
    """What is posted for rows over all levels below them, and from how many amounts; each worked out once."""

    def __init__(self, found: Mapping[Key, Breakdown]) -> None:
        self._found = found
        self._known: dict[Key, tuple[int, int]] = {}

    def of_all(self, lines: Iterable[BookLine]) -> tuple[int, int]:
        """Of rows together."""
        told = [self.of(line) for line in lines]
        return sum(fen for fen, _ in told), sum(count for _, count in told)

    def of(self, line: BookLine) -> tuple[int, int]:
        """Of a row: its own amount where nothing is printed below it."""
        key = figure_key(line)
        one = self._found.get(key)
        if one is None:
            return line.amount_fen, int(line.amount_fen != 0)
        if key not in self._known:
            fen, count = self.of_all(one.lowest)
            self._known[key] = (fen + max(one.rest_fen, 0), count)
        return self._known[key]


def _problem(line: BookLine, posted_fen: int, count: int) -> Problem:
    said, sum_, rest = (
        format_fen(fen, line.unit) for fen in (line.amount_fen, posted_fen, line.amount_fen - posted_fen)
    )
    return Problem(
        RULE_DRIFT, line.place,
        f"“{line.name}”印的是 {said}{line.unit}，记账的 {count} 个明细数合计 {sum_}{line.unit}，"
        f"差 {rest}{line.unit}：各级之差累计，不是四舍五入所致",
    )  # fmt: skip
