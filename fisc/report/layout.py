"""The page of an official document, GB/T 9704-2012, in numbers both print renderers use.

A4 with margins 37, 35, 28 and 26 mm leaves a type area of 156 x 225 mm: 22 lines of 28
characters of 三号 (16 pt). 225 mm / 22 lines gives the line pitch; 28 characters of 16 pt
are a little wider than 156 mm, so characters close up by `CHAR_SPACE_PT`.
"""

from __future__ import annotations

from math import ceil, sqrt
from unicodedata import east_asian_width

from fisc.report.model import Cell, Row, Table

PAGE_MM = (210, 297)
TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 37, 35, 28, 26
TEXT_WIDTH_MM = 156
LINES_PER_PAGE, CHARS_PER_LINE = 22, 28
LINE_PITCH_PT = 28.95
BODY_PT, TITLE_PT, PAGE_NUMBER_PT, TABLE_PT = 16, 22, 14, 10.5
MM_PER_PT = 25.4 / 72
CHAR_SPACE_PT = TEXT_WIDTH_MM / MM_PER_PT / CHARS_PER_LINE - BODY_PT

_PAD_PT = 8.0
_MIN_PT = 24.0
_HEAD_PT = 2.0
#: A head of two characters is not folded: one under the other reads like a mistake.
_PAIR_PT = 2 * TABLE_PT
#: A number or a mark of so many characters or fewer does not break over lines.
WHOLE_CHARS = 12
#: A table of so many rows or fewer stays on one page.
WHOLE_ROWS = 16
#: Words as long as this never break over lines to make room.
_SHORT_PT = 90.0
_ROW_PT, _MOST_OF_A_PAGE_PT = 17.0, 480.0


def text_width(text: str, size_pt: float = TABLE_PT) -> float:
    """About how wide `text` prints, in points: full-width characters 1 em, others 0.55 em."""
    return sum(size_pt * (1.0 if east_asian_width(c) in "WFA" else 0.55) for c in text)


def column_widths(table: Table) -> list[float]:
    """Column widths in mm that fill the type area, by what the columns hold.

    Numbers never break over lines. Heads stay on one line where there is room, else they
    fold in two; then long words break over lines. What is left over is shared evenly.
    """
    room = TEXT_WIDTH_MM / MM_PER_PT
    needs = _needs(table, head_lines=1)
    if sum(needs) > room:
        needs = _broken(table, _needs(table, head_lines=2), room)
    spare = max(room - sum(needs), 0) / len(needs)
    widths = [need + spare for need in needs]
    return [width * TEXT_WIDTH_MM / sum(widths) for width in widths]


def is_whole(table: Table) -> bool:
    """Whether a table stays on one page: few rows, and not taller than most of a page."""
    if len(table.rows) > WHOLE_ROWS:
        return False
    widths = [width / MM_PER_PT - _PAD_PT for width in column_widths(table)]
    lines = sum(_lines(row, widths) for row in (*table.header, *table.rows))
    return lines * _ROW_PT <= _MOST_OF_A_PAGE_PT


def _lines(row: Row, widths: list[float]) -> int:
    cells = zip(row.cells, widths, strict=True)
    return max(ceil(text_width(_indented(cell)) / width) or 1 for cell, width in cells)


def _broken(table: Table, needs: list[float], room: float) -> list[float]:
    """Widths with long words broken over lines where all on one line would not fit.

    Room goes by the root of what a column holds, so that much text gets more but does not take all.
    """
    long = [not numeric and need > _SHORT_PT for need, numeric in zip(needs, table.is_numeric, strict=True)]
    left = room - sum(need for need, is_long in zip(needs, long, strict=True) if not is_long)
    roots = sum(sqrt(need) for need, is_long in zip(needs, long, strict=True) if is_long)
    if sum(needs) <= room or left <= 0 or not roots:
        return needs
    pairs = zip(needs, long, strict=True)
    return [left * sqrt(need) / roots if is_long else need for need, is_long in pairs]


def _needs(table: Table, head_lines: int) -> list[float]:
    """What each column needs, in points, with its head on so many lines."""
    return [_need(table, column, head_lines) for column in range(len(table.is_numeric))]


def _need(table: Table, column: int, head_lines: int) -> float:
    body = max((text_width(_indented(row.cells[column])) for row in table.rows), default=0)
    heads = [row.cells[column].text.split("\n") for row in table.header]
    head = max(_head_width(lines, head_lines) for lines in heads)
    return max(body, head + _HEAD_PT, _MIN_PT) + _PAD_PT


def _head_width(lines: list[str], head_lines: int) -> float:
    """How wide a head prints; one that says where it breaks is not folded again."""
    widest = max(text_width(line) for line in lines)
    return widest if len(lines) > 1 or widest <= _PAIR_PT else widest / head_lines


def _indented(cell: Cell) -> str:
    return "\u3000" * cell.depth + cell.text
