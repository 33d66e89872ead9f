"""Finds the printed blocks on a sheet.

A block begins at a title. It is as wide as the title's merged range and the headers that go on beside it,
so working columns behind an empty one fall outside it. Its header is as deep as the merged cell over the
names. Where a header names its rows twice, side by side, there are two blocks. See `heads` for what the
columns mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from fisc.disclosure.errors import Problem, noted
from fisc.disclosure.headers import Meaning
from fisc.disclosure.model import BESIDE, Column, Remark
from fisc.disclosure.printed import holds_number
from fisc.disclosure.titles import (
    CODE_HEADERS,
    LEVEL_HEADERS,
    NAME_HEADERS,
    NUMBER_HEADERS,
    Kind,
    is_title,
    kind_of,
    tight,
    unit_of,
)
from fisc.kernel.findings import Finding
from fisc.sheets.cells import Merge, Sheet

RULE_COLUMNS = "每张表须有项目列和规定的金额列"
RULE_KIND = "四本预算和债务的每张表须认得出是哪一种"

#: How far below a title its header may begin, and how many rows a header may have.
HEADER_WITHIN = 6
HEADER_DEPTH = 6
#: How many tables may stand side by side below one title.
MOST_SIDES = 8
#: The last row a sheet can have.
MAX_ROW = 1_048_576
#: What speaks of the money of a budget that is posted: such a table is known, or refused.
_POSTED = re.compile(
    r"(?:一般公共|公共财政|政府性基金|国有资本经营|社会保险基金|社保基金).*(?:收入|支出|收支|结余|平衡)"
    r"|债务.*(?:限额.*余额|余额.*限额)|(?:收入|支出|收支).*(?:一般公共|公共财政|政府性基金|国有资本经营|社会保险)"
)
#: What lays posted money out once more, by other marks: such a table is only named where it is not known.
_ANALYSIS = re.compile(
    r"三公|经费|转移支付|税收返还|基本支出|经济分类|明细|项目|地区|区市|县区|绩效|采购|还本|付息|发行|提前下达"
)


@dataclass(slots=True)
class Block:
    """One printed block before its rows are read."""

    sheet: Sheet
    kind: Kind
    title: str
    title_row: int
    left: int
    right: int
    last_row: int
    title_top: int = 0
    number: str = ""
    unit: str = ""
    title_year: int = 0
    name_column: int = 0
    code_columns: tuple[int, ...] = ()
    number_column: int = 0
    header_row: int = 0
    data_row: int = 0
    headers: dict[int, str] = field(default_factory=dict)
    meanings: dict[int, Meaning] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)

    @property
    def place(self) -> str:
        """`sheet!cell` of the title."""
        return self.sheet.place(self.title_row, self.left)

    @property
    def label_columns(self) -> set[int]:
        """Columns that name a row: number, code, name."""
        return {c for c in (self.name_column, self.number_column, *self.code_columns) if c}

    @property
    def rows(self) -> list[int]:
        """The rows of data that hold anything."""
        return sorted(r for r in self.sheet.rows if self.data_row <= r <= self.last_row)


@dataclass(slots=True)
class Notes:
    """What is wrong with a book and what is worth knowing about it, as it is read."""

    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    asked: list[Remark] = field(default_factory=list)

    def refuse(self, rule: str, place: str, message: str) -> None:
        """Note a reason to refuse the book."""
        self.problems.append(Problem(rule, place, message))

    def ask(self, sheet: str, place: str, words: str, why: str = BESIDE) -> None:
        """Note what the one who imports the book must have read: it refuses until she says that she has."""
        remark = Remark(why, sheet, place, words)
        if remark not in self.asked:
            self.asked.append(remark)

    def find(self, rule: str, place: str, message: str) -> None:
        """Note something worth knowing."""
        self.findings.append(noted(rule, place, message))


@dataclass(frozen=True, slots=True)
class Title:
    """A title as it stands: its first and last row, its column, its text."""

    top: int
    row: int
    column: int
    text: str


def blocks_of(sheet: Sheet, notes: Notes) -> list[Block]:
    """The printed blocks of a sheet, left to right, with their headers found; their columns are not read."""
    titles = _titles(sheet)
    if is_contents(sheet, titles):
        return []
    found: list[Block] = []
    titles = _heading(sheet, titles)
    for title in titles:
        block = _block(sheet, title, titles)
        if block is None:
            _note_unknown(sheet, title, notes)
        elif find_header(block, titles):
            found += _sides(block, notes)
        elif _has_numbers_below(block):
            notes.refuse(RULE_COLUMNS, block.place, f"“{block.title}”找不到“项目”列")
    return found


def _titles(sheet: Sheet) -> list[Title]:
    """The titles of a sheet; one may be written over two rows, its region and year above its table."""
    found = []
    for row in sorted(sheet.rows):
        for column, cell in sorted(sheet.rows[row].items()):
            if cell.text and is_title(cell.text):
                found.append(Title(row, row, column, cell.text))
            elif cell.text and (below := sheet.text(row + 1, column)) and _goes_on(cell.text, below):
                found.append(Title(row, row + 1, column, cell.text + below))
    return found


def _heading(sheet: Sheet, titles: list[Title]) -> list[Title]:
    """The titles that head a table: one among the rows of another, without a unit or a header of its own
    below it, is a text there. It cuts nothing off, and what stands below it is read with that table."""
    found: list[Title] = []
    for title in titles:
        below = [t.row for t in titles if t.row > title.row]
        rows = range(title.row + 1, min([*below, title.row + 1 + HEADER_WITHIN]))
        cells = [cell.text for row in rows for cell in sheet.rows.get(row, {}).values() if cell.text]
        is_head = any(unit_of(text) or tight(text) in NAME_HEADERS for text in cells)
        if is_head or not any(other.row < title.row for other in found):
            found.append(title)
    return found


def _goes_on(first: str, second: str) -> bool:
    """Whether two texts below each other are one title, of which neither is one alone."""
    is_whole = is_title(second) or index_like(first)
    return (
        not is_whole and is_title(first + second) and kind_of(first) is None and kind_of(second) is not None
    )


def index_like(text: str) -> bool:
    """Whether a text ends where a title does."""
    return tight(text).endswith("表")


def is_contents(sheet: Sheet, titles: list[Title] | None = None) -> bool:
    """A contents page has many titles below each other in one column, no unit of money and no table."""
    columns = [title.column for title in (_titles(sheet) if titles is None else titles)]
    if not any(columns.count(column) > 3 for column in set(columns)):
        return False
    listed = {title.row for title in (_titles(sheet) if titles is None else titles)}
    if any(holds_number(cell) for row in sheet.rows.keys() - listed for cell in sheet.rows[row].values()):
        return False  # a number beside a title is that of a page
    cells = [cell.text for row in sheet.rows.values() for cell in row.values() if cell.text]
    return not any(unit_of(text) or tight(text) in NAME_HEADERS for text in cells)


def _block(sheet: Sheet, title: Title, titles: list[Title]) -> Block | None:
    kind = kind_of(title.text)
    if kind is None:
        return None
    row, column = title.row, title.column
    merge = next((m for m in sheet.merges if m.top <= row <= m.bottom and m.left == column), None)
    right = merge.right if merge else 0
    if not right:
        later = [other.column for other in titles if other.row == row and other.column > column]
        right = min(later) - 1 if later else 0
    below = [t.top for t in titles if t.top > row and column <= t.column <= max(right, column)]
    last = min(below, default=MAX_ROW + 1) - 1
    return Block(sheet, kind, tight(title.text), row, column, right, last_row=last, title_top=title.top)


def _note_unknown(sheet: Sheet, title: Title, notes: Notes) -> None:
    """A table that is none of those known: told; of a budget that is posted, refused."""
    below = range(title.row + 1, title.row + 1 + HEADER_WITHIN)
    cells = [cell for r in below for cell in sheet.rows.get(r, {}).values()]
    place, words = sheet.place(title.row, title.column), tight(title.text)
    if not any(unit_of(cell.text) for cell in cells) and not any(
        tight(c.text) in NAME_HEADERS for c in cells
    ):
        return
    if _POSTED.search(words) and not _ANALYSIS.search(words):
        notes.refuse(RULE_KIND, place, f"认不出“{words}”是哪一种表，不能略过")
    else:
        notes.find("unknown_table", place, f"不认识的表“{words}”，未导入")


def find_header(block: Block, titles: list[Title]) -> bool:
    """Find the header row and the column of names; widen the block to the headers beside its title."""
    for row in range(block.title_row + 1, block.title_row + 1 + HEADER_WITHIN):
        for column, cell in sorted(block.sheet.rows.get(row, {}).items()):
            inside = block.left <= column <= (block.right or column)
            if inside and tight(cell.text) in NAME_HEADERS:
                block.header_row, block.name_column = row, column
                _widen(block, titles)
                return True
    return False


def _has_numbers_below(block: Block) -> bool:
    rows = range(block.title_row + 1, block.title_row + 12)
    cells = [cell for r in rows for cell in block.sheet.rows.get(r, {}).values()]
    return any(holds_number(cell) for cell in cells)


def _widen(block: Block, titles: list[Title]) -> None:
    """A block goes on as long as its header rows do, up to the next title or an empty column."""
    rows = range(block.header_row, _header_bottom(block) + 1)
    right = max(block.right, block.name_column)
    stop = min((t.column for t in titles if t.row == block.title_row and t.column > right), default=0)
    while (not stop or right + 1 < stop) and any(_is_headed(block, row, right + 1) for row in rows):
        right += 1
    block.right = right


def _is_headed(block: Block, row: int, column: int) -> bool:
    cell = block.sheet.cell(row, column)
    return bool(cell and cell.value is not None and str(cell.value).strip()) or covered(
        block.sheet, row, column
    )


def covered(sheet: Sheet, row: int, column: int) -> bool:
    """Whether a cell is part of a merged range that says something."""
    merge = merge_at(sheet, row, column)
    return merge is not None and bool(sheet.text(merge.top, merge.left).strip())


def merge_at(sheet: Sheet, row: int, column: int) -> Merge | None:
    """The merged range that a cell is part of."""
    return next((m for m in sheet.merges if m.top <= row <= m.bottom and m.left <= column <= m.right), None)


def _header_bottom(block: Block) -> int:
    """The last row of the cell that heads the names."""
    merge = merge_at(block.sheet, block.header_row, block.name_column)
    return merge.bottom if merge and merge.top == block.header_row else block.header_row


def _sides(block: Block, notes: Notes) -> Iterator[Block]:
    """The block, or its sides where its header names rows more than once (收入 beside 支出)."""
    sheet, row = block.sheet, block.header_row
    names = [
        c for c in range(block.name_column, block.right + 1) if tight(sheet.text(row, c)) in NAME_HEADERS
    ]
    if len(names) > MOST_SIDES:
        place = sheet.place(row, names[MOST_SIDES])
        notes.refuse(RULE_COLUMNS, place, f"一行表头里有 {len(names)} 个“项目”一类的列，分不清是几张表")
        return
    starts = [block.left, *(_start(block, name) for name in names[1:])]
    ends = [start - 1 for start in starts[1:]] + [block.right]
    for name, start, end in zip(names, starts, ends, strict=True):
        side = replace(block, name_column=name, left=start, right=end, headers={}, meanings={}, columns=[])
        _find_label_columns(side)
        yield side


def _start(block: Block, name: int) -> int:
    """The first label column of a side: its codes and numbers stand left of its names."""
    labels = CODE_HEADERS | NUMBER_HEADERS | LEVEL_HEADERS
    rows = range(block.header_row, _header_bottom(block) + 1)
    start = name
    while any(
        tight(block.sheet.text(r, start - 1)) in labels or covered_by(block.sheet, r, start - 1, CODE_HEADERS)
        for r in rows
    ):
        start -= 1
    return start


def covered_by(sheet: Sheet, row: int, column: int, words: frozenset[str]) -> bool:
    """Whether a cell is part of a merged range that says one of the words."""
    merge = merge_at(sheet, row, column)
    return merge is not None and tight(sheet.text(merge.top, merge.left)) in words


def _find_label_columns(block: Block) -> None:
    """The code and number columns, and the first row of data."""
    sheet, depth, codes = block.sheet, _header_bottom(block), set()
    for row in range(block.header_row, block.header_row + HEADER_DEPTH):
        for column in range(max(block.left - 2, 1), block.name_column):
            words = tight(sheet.text(row, column))
            if words in CODE_HEADERS or (row <= depth and covered_by(sheet, row, column, CODE_HEADERS)):
                codes.add(column)
                depth = max(depth, row)
            elif words in NUMBER_HEADERS:
                block.number_column = column
            elif words in LEVEL_HEADERS and column in codes:
                depth = max(depth, row)
    block.code_columns = tuple(sorted(codes))
    labels = block.label_columns
    row = depth + 1
    while row <= depth + HEADER_DEPTH and not any(sheet.cell(row, c) for c in labels):
        row += 1
    block.data_row = row if row <= depth + HEADER_DEPTH else depth + 1
