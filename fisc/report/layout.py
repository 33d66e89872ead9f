"""The page of an official document, GB/T 9704-2012, in numbers both print renderers use.

A4 with margins 37, 35, 28 and 26 mm leaves a type area of 156 x 225 mm: 22 lines of 28
characters of 三号 (16 pt). 225 mm / 22 lines gives the line pitch; 28 characters of 16 pt
are a little wider than 156 mm, so characters close up by `CHAR_SPACE_PT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise, permutations
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
#: A table of so many rows or fewer stays on one page: what it leaves of the page before is no half of it.
WHOLE_ROWS = 8
#: Of a longer one at least so many rows stand together where it begins and where it ends.
COMPANY_ROWS = 3
#: Words as long as this never break over lines to make room.
_SHORT_PT = 90.0
_ROW_PT, _PART_OF_A_PAGE_PT = 17.0, 125.0
#: What stands between a caption and its table.
_CAPTION_GAP_PT = 10.0
#: Room is shifted between columns by so many characters, far first.
_SHIFTS_PT = tuple(TABLE_PT * chars for chars in (8, 4, 2, 1))


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
    """Whether a table stays on one page: few rows, and a small part of a page high."""
    return len(table.rows) <= WHOLE_ROWS and _height_pt(table, len(table.rows)) <= _PART_OF_A_PAGE_PT


def heads_group(table: Table, index: int) -> bool:
    """Whether a row of the body stands over rows of its own (地区 over its 项目): it stays with the first."""
    rows = table.rows
    return index + 1 < len(rows) and rows[index].is_total and not rows[index + 1].is_total


def start_pt(table: Table) -> float:
    """How high the head of a table and its first rows print, in points: a table begins where they fit."""
    return _height_pt(table, COMPANY_ROWS) + _CAPTION_GAP_PT


def title_lines(pieces: Sequence[str]) -> list[str]:
    """The lines of a title, broken between its pieces only: as few as fit, as even as may be."""
    count = len(pieces)
    for lines in range(1, count + 1):
        cuts = combinations(range(1, count), lines - 1)
        broken = [["".join(pieces[a:b]) for a, b in pairwise((0, *cut, count))] for cut in cuts]
        best = min(broken, key=_widest)
        if _widest(best) <= TEXT_WIDTH_MM / MM_PER_PT:
            return best
    return list(pieces)


def _widest(lines: Sequence[str]) -> float:
    return max(text_width(line, TITLE_PT) for line in lines)


def _height_pt(table: Table, rows: int) -> float:
    """About how high the head and the first `rows` rows of a table print."""
    widths = [width / MM_PER_PT - _PAD_PT for width in column_widths(table)]
    return sum(_lines(row, widths) for row in (*table.header, *table.rows[:rows])) * _ROW_PT


def _lines(row: Row, widths: list[float]) -> int:
    cells = zip(row.cells, widths, strict=True)
    return max(
        sum(ceil(text_width(line) / width) or 1 for line in _indented(cell).split("\n"))
        for cell, width in cells
    )


def _broken(table: Table, needs: list[float], room: float) -> list[float]:
    """Widths with long words broken over lines where all on one line would not fit.

    Room goes by the root of what a column holds at first, then to where it makes the table lower.
    """
    pairs = zip(needs, table.is_numeric, strict=True)
    long = [at for at, (need, numeric) in enumerate(pairs) if not numeric and need > _SHORT_PT]
    left = room - sum(need for at, need in enumerate(needs) if at not in long)
    roots = sum(sqrt(needs[at]) for at in long)
    if sum(needs) <= room or left <= 0 or not long:
        return needs
    widths = [left * sqrt(need) / roots if at in long else need for at, need in enumerate(needs)]
    return _lowered(table, widths, long)


def _lowered(table: Table, widths: list[float], long: list[int]) -> list[float]:
    """Room shifted between long columns for as long as that makes the table lower."""
    texts = [[text_width(_indented(row.cells[at])) for at in long] for row in table.rows]

    def height(tried: list[float]) -> int:
        rooms = [tried[at] - _PAD_PT for at in long]
        return sum(max(ceil(t / r) for t, r in zip(row, rooms, strict=True)) for row in texts)

    least = height(widths)
    moves = [(by, give, take) for by in _SHIFTS_PT for give, take in permutations(long, 2)]
    at = 0
    while at < len(moves):
        by, give, take = moves[at]
        tried = [width + by * ((place == take) - (place == give)) for place, width in enumerate(widths)]
        at += 1
        if tried[give] >= _SHORT_PT and (lower := height(tried)) < least:
            widths, least, at = tried, lower, 0
    return widths


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
