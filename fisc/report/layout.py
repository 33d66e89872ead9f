"""The page of an official document, GB/T 9704-2012, in numbers both print renderers use.

A4 with margins 37, 35, 28 and 26 mm leaves a type area of 156 x 225 mm: 22 lines of 28
characters of 三号 (16 pt). 225 mm / 22 lines gives the line pitch; 28 characters of 16 pt
are a little wider than 156 mm, so characters close up by `CHAR_SPACE_PT`.
"""

from __future__ import annotations

from unicodedata import east_asian_width

from fisc.report.model import Cell, Table

PAGE_MM = (210, 297)
TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 37, 35, 28, 26
TEXT_WIDTH_MM = 156
LINES_PER_PAGE, CHARS_PER_LINE = 22, 28
LINE_PITCH_PT = 28.95
BODY_PT, TITLE_PT, PAGE_NUMBER_PT, TABLE_PT = 16, 22, 14, 10.5
MM_PER_PT = 25.4 / 72
CHAR_SPACE_PT = TEXT_WIDTH_MM / MM_PER_PT / CHARS_PER_LINE - BODY_PT

_PAD_PT = 10.0
_MIN_PT = 34.0


def text_width(text: str, size_pt: float = TABLE_PT) -> float:
    """About how wide `text` prints, in points: full-width characters 1 em, others 0.55 em."""
    return sum(size_pt * (1.0 if east_asian_width(c) in "WFA" else 0.55) for c in text)


def column_widths(table: Table) -> list[float]:
    """Column widths in mm that fill the type area, by what the columns hold.

    Numbers never break over lines, so a numeric column gets what its widest number needs;
    words share the rest by their length, and heads may fold.
    """
    needs = [_need(table, column) for column in range(len(table.is_numeric))]
    room = TEXT_WIDTH_MM / MM_PER_PT
    fixed = sum(need for need, numeric in zip(needs, table.is_numeric, strict=True) if numeric)
    words = sum(needs) - fixed
    if words and fixed < room * 0.8:
        scale = (room - fixed) / words
        spare = max(scale - 1.6, 0) * words / len(needs)
        scale = min(scale, 1.6)
        widths = [need + spare if numeric else need * scale + spare
                  for need, numeric in zip(needs, table.is_numeric, strict=True)]
    else:
        widths = needs
    return [width * TEXT_WIDTH_MM / sum(widths) for width in widths]


def _need(table: Table, column: int) -> float:
    body = max((text_width(_indented(row.cells[column])) for row in table.rows), default=0)
    head = max(text_width(row.cells[column].text) for row in table.header)
    if table.is_numeric[column]:
        return max(body, head / 2, _MIN_PT - _PAD_PT) + _PAD_PT
    return max(min(body, 170), _MIN_PT - _PAD_PT) + _PAD_PT


def _indented(cell: Cell) -> str:
    return "\u3000" * cell.depth + cell.text
