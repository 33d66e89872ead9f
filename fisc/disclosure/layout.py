"""Finds the printed blocks on a sheet and what their columns mean.

A block begins at a title. Its width is that of the title's merged range (or of its header
row), so working columns beside the table fall outside it. Its header is as deep as the
merged cell over the names, and a column's meaning is everything written above it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fisc.disclosure.errors import Problem, noted
from fisc.disclosure.model import BUDGET, EXECUTION, FINAL, Column
from fisc.disclosure.titles import (
    CODE_HEADERS,
    LIST,
    NAME_HEADERS,
    NUMBER_HEADERS,
    Kind,
    column_meaning,
    is_title,
    kind_of,
    number_of,
    tight,
    unit_of,
    year_of,
)
from fisc.kernel.findings import Finding
from fisc.kernel.money import FEN_PER_UNIT
from fisc.sheets.cells import Merge, Sheet

RULE_UNIT = "每张表须注明金额单位"
RULE_COLUMNS = "每张表须有项目列和规定的金额列"
RULE_MERGED = "数据区不得有合并单元格"
RULE_HEADER = "数据区的每一列须有表头"

#: How far below a title its header may begin, and how many rows a header may have.
HEADER_WITHIN = 6
HEADER_DEPTH = 6
#: The last row a sheet can have.
MAX_ROW = 1_048_576


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
    number: str = ""
    unit: str = ""
    title_year: int = 0
    name_column: int = 0
    code_column: int = 0
    number_column: int = 0
    header_row: int = 0
    data_row: int = 0
    headers: dict[int, str] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)

    @property
    def place(self) -> str:
        """`sheet!cell` of the title."""
        return self.sheet.place(self.title_row, self.left)

    @property
    def label_columns(self) -> set[int]:
        """Columns that name a row: number, code, name."""
        return {c for c in (self.name_column, self.code_column, self.number_column) if c}


@dataclass(slots=True)
class Notes:
    """What is wrong with a book and what is worth knowing about it, as it is read."""

    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, rule: str, place: str, message: str) -> None:
        """Note a reason to refuse the book."""
        self.problems.append(Problem(rule, place, message))

    def find(self, rule: str, place: str, message: str) -> None:
        """Note something worth knowing."""
        self.findings.append(noted(rule, place, message))


def blocks_of(sheet: Sheet, index: dict[str, str], notes: Notes) -> list[Block]:
    """The printed blocks of a sheet, left to right; `index` is the book's contents page."""
    titles = _titles(sheet)
    if _is_contents(sheet, titles):
        return []
    found = []
    for row, column, text in titles:
        block = _block(sheet, row, column, text, titles)
        if block is None:
            _note_unknown(sheet, row, column, text, notes)
        elif _read_head(block, notes):
            _settle_year(block, index, notes)
            _read_columns(block, notes)
            _check_columns(block, notes)
            _check_merges(block, notes)
            found.append(block)
    _note_working_cells(sheet, found, notes)
    return found


def _note_working_cells(sheet: Sheet, blocks: list[Block], notes: Notes) -> None:
    """Numbers beside the printed blocks are somebody's working; they are named and left alone."""
    if not blocks:
        return
    first = min(block.header_row for block in blocks)
    right, left = max(b.right for b in blocks), min(min({b.left, *b.label_columns}) for b in blocks)
    beside = [
        (row, column) for row, cells in sheet.rows.items() if row >= first
        for column, cell in cells.items() if cell.kind == "n" and not left <= column <= right
    ]  # fmt: skip
    if beside:
        notes.find("working_cells", sheet.place(*min(beside)), f"表格边框外有 {len(beside)} 个数字，未采用")


def _titles(sheet: Sheet) -> list[tuple[int, int, str]]:
    return [
        (row, column, cell.text)
        for row in sorted(sheet.rows)
        for column, cell in sorted(sheet.rows[row].items())
        if cell.text and is_title(cell.text)
    ]


def _is_contents(sheet: Sheet, titles: list[tuple[int, int, str]]) -> bool:
    """A contents page has many titles below each other in one column, and no unit of money."""
    columns = [column for _, column, _ in titles]
    is_long = any(columns.count(column) > 3 for column in set(columns))
    return is_long and not any(unit_of(c.text) for row in sheet.rows.values() for c in row.values())


def _block(
    sheet: Sheet, row: int, column: int, text: str, titles: list[tuple[int, int, str]]
) -> Block | None:
    kind = kind_of(text)
    if kind is None:
        return None
    merge = next((m for m in sheet.merges if m.top <= row <= m.bottom and m.left == column), None)
    right = merge.right if merge else 0
    if not right:
        later = [c for r, c, _ in titles if r == row and c > column]
        right = min(later) - 1 if later else 0
    below = [r for r, c, _ in titles if r > row and column <= c <= max(right, column)]
    return Block(sheet, kind, tight(text), row, column, right, last_row=min(below, default=MAX_ROW + 1) - 1)


def _note_unknown(sheet: Sheet, row: int, column: int, text: str, notes: Notes) -> None:
    below = range(row + 1, row + 1 + HEADER_WITHIN)
    if any(unit_of(cell.text) for r in below for cell in sheet.rows.get(r, {}).values()):
        notes.find("unknown_table", sheet.place(row, column), f"不认识的表“{tight(text)}”，未导入")


def _read_head(block: Block, notes: Notes) -> bool:
    """Find the header, the unit and the number; False when there is no table below the title."""
    if not _find_header(block):
        if _has_numbers_below(block):
            notes.refuse(RULE_COLUMNS, block.place, f"“{block.title}”找不到“项目”列")
        return False
    _widen(block)
    _find_label_columns(block)
    above = range(block.title_row, block.header_row + 1)
    texts = [
        cell.text for r in above for c, cell in sorted(block.sheet.rows.get(r, {}).items())
        if block.left <= c <= block.right + 1 and cell.text
    ]  # fmt: skip
    block.number = next((n for t in texts if (n := number_of(t))), "")
    block.unit = next((u for t in texts if (u := unit_of(t)) in FEN_PER_UNIT), "")
    if not block.unit:
        notes.refuse(RULE_UNIT, block.place, f"“{block.title}”没有注明“单位：万元”等金额单位")
    return bool(block.unit)


def _find_header(block: Block) -> bool:
    for row in range(block.title_row + 1, block.title_row + 1 + HEADER_WITHIN):
        for column, cell in sorted(block.sheet.rows.get(row, {}).items()):
            inside = block.left <= column <= (block.right or column)
            if inside and tight(cell.text) in NAME_HEADERS:
                block.header_row, block.name_column = row, column
                return True
    return False


def _has_numbers_below(block: Block) -> bool:
    rows = range(block.title_row + 1, block.title_row + 12)
    cells = [cell for r in rows for cell in block.sheet.rows.get(r, {}).values()]
    return any(unit_of(cell.text) for cell in cells) and any(cell.kind == "n" for cell in cells)


def _widen(block: Block) -> None:
    """Without a merged title the block ends where its header row has no more words."""
    if block.right:
        return
    row = block.sheet.rows[block.header_row]
    right = block.name_column
    while (cell := row.get(right + 1)) and (cell.text or _covered(block, block.header_row, right + 1)):
        right += 1
    merged = [
        m.right
        for m in block.sheet.merges
        if m.top == block.header_row and m.left <= right + 1 <= m.right + 1
    ]
    block.right = max([right, *merged])


def _covered(block: Block, row: int, column: int) -> bool:
    return any(m.top <= row <= m.bottom and m.left <= column <= m.right for m in block.sheet.merges)


def _find_label_columns(block: Block) -> None:
    """The code and number columns, and the first row of data."""
    sheet = block.sheet
    depth = next(
        (m.bottom for m in sheet.merges
         if m.top == block.header_row and m.left <= block.name_column <= m.right), block.header_row
    )  # fmt: skip
    for row in range(block.header_row, block.header_row + HEADER_DEPTH):
        for column in range(max(block.left - 1, 1), block.name_column + 1):
            words = tight(sheet.text(row, column))
            if words in CODE_HEADERS:
                block.code_column, depth = column, max(depth, row)
            elif words in NUMBER_HEADERS:
                block.number_column = column
    labels = block.label_columns
    row = depth + 1
    while row <= depth + HEADER_DEPTH and not any(sheet.cell(row, c) for c in labels):
        row += 1
    block.data_row = row if row <= depth + HEADER_DEPTH else depth + 1


def _settle_year(block: Block, index: dict[str, str], notes: Notes) -> None:
    """The year of the title; where the contents page says another one, that one, with a finding."""
    block.title_year = year_of(block.title)
    listed = index.get(block.number, "")
    kind = kind_of(listed) if listed else None
    if kind is block.kind and year_of(listed) not in (0, block.title_year):
        notes.find(
            "title_year", block.place,
            f"{block.number}标题写{block.title_year}年，目录写{year_of(listed)}年；各列年度以列头为准",
        )  # fmt: skip
        block.title_year = year_of(listed)


def _read_columns(block: Block, notes: Notes) -> None:
    seen: dict[tuple[int, str, str], int] = {}
    for column in range(block.left, block.right + 1):
        if column in block.label_columns:
            continue
        header = block.headers[column] = _header(block, column)
        meaning = column_meaning(header, block.kind, block.title_year) if header else None
        if meaning is not None and meaning.measure and block.kind.id == "general.transfer_matrix":
            meaning = replace(meaning, stage=FINAL if "决算" in block.title else meaning.stage)
        if meaning is None:
            _note_unknown_column(block, column, header, notes)
        elif meaning.is_amount:
            key = (meaning.fiscal_year, meaning.stage, meaning.measure)
            if key in seen:
                notes.refuse(RULE_COLUMNS, block.sheet.place(block.header_row, column), f"“{header}”列重复")
            seen[key] = column
            block.columns.append(Column(column, header, *key))


def _header(block: Block, column: int) -> str:
    """Everything written above a column, wide headers first."""
    parts = []
    for row in range(block.header_row, block.data_row):
        text = block.sheet.text(row, column)
        if not text:
            merge = _merge_at(block.sheet, row, column)
            text = block.sheet.text(merge.top, merge.left) if merge and merge.top == row else ""
        parts.append(tight(text))
    return "".join(parts)


def _merge_at(sheet: Sheet, row: int, column: int) -> Merge | None:
    return next((m for m in sheet.merges if m.top <= row <= m.bottom and m.left <= column <= m.right), None)


def _note_unknown_column(block: Block, column: int, header: str, notes: Notes) -> None:
    """A column whose header says nothing: harmless when hidden or empty, else refused."""
    sheet = block.sheet
    rows = [
        r
        for r in sheet.rows
        if block.data_row <= r <= block.last_row and (c := sheet.cell(r, column)) and c.kind == "n"
    ]
    if not rows:
        return
    place = sheet.place(block.data_row, column)
    if column in sheet.hidden_columns:
        notes.find("unheaded_column", place, f"隐藏的辅助列（{len(rows)} 个数字，没有表头），未采用")
    else:
        notes.refuse(
            RULE_HEADER, sheet.place(rows[0], column), f"这一列有数字，但表头“{header}”看不出年度和口径"
        )


def _check_columns(block: Block, notes: Notes) -> None:
    """Refuse a table without the columns its kind must have."""
    place = block.sheet.place(block.header_row, block.left)
    if not block.columns:
        notes.refuse(RULE_COLUMNS, place, f"“{block.title}”没有可识别的金额列")
        return
    missing = _missing_columns(block)
    if missing:
        found = "、".join(block.headers[c.index] for c in block.columns)
        notes.refuse(RULE_COLUMNS, place, f"“{block.title}”缺少{missing}（现有：{found}）")


def _missing_columns(block: Block) -> str:
    kind = block.kind.id
    if kind == "general.transfer_matrix":
        return _missing_measures(block, {"total": "合计", "return": "税收返还", "transfer": "转移支付"})
    if kind == "debt.limits_by_region":
        return "" if len(block.columns) % 3 == 0 else "合计、一般债务、专项债务中的一列"
    if block.kind.layout == LIST or kind == "general.economic":
        return ""
    return _missing_stages(block)


def _missing_measures(block: Block, wanted: dict[str, str]) -> str:
    present = {column.measure for column in block.columns}
    return "、".join(f"“{name}”列" for measure, name in wanted.items() if measure not in present)


def _missing_stages(block: Block) -> str:
    """An execution table has last year's final, the budget and the execution; a plan has
    last year's execution and the budget."""
    present = {(column.fiscal_year, column.stage) for column in block.columns}
    year = max(block.title_year, *(year for year, _ in present))
    if (year, FINAL) in present and "决算" in block.title:
        return ""  # a final account may print its own column alone
    execution_years = {y for y, stage in present if stage == EXECUTION}
    has_final = any(stage == FINAL for _, stage in present)
    if year in execution_years or has_final or "执行" in block.title:
        wanted = {(year - 1, FINAL): f"{year - 1}年决算数", (year, EXECUTION): f"{year}年执行数"}
        if not block.kind.id.startswith("debt"):
            wanted[(year, BUDGET)] = f"{year}年预算数"
    else:
        wanted = {(year - 1, EXECUTION): f"{year - 1}年执行数", (year, BUDGET): f"{year}年预算数"}
    return "、".join(f"“{name}”列" for key, name in wanted.items() if key not in present)


def _check_merges(block: Block, notes: Notes) -> None:
    """Merged cells may head a section, carry a note or join the labels of one row; nothing else."""
    amounts = {column.index for column in block.columns}
    for merge in block.sheet.merges:
        if (
            not block.data_row <= merge.bottom
            or merge.top > block.last_row
            or merge.right < block.left
            or merge.left > block.right
        ):
            continue
        covered = set(range(merge.left, merge.right + 1))
        if not (covered & amounts) and (merge.top == merge.bottom or not covered & block.label_columns):
            continue
        if _is_heading(block, merge):
            continue
        notes.refuse(
            RULE_MERGED,
            block.sheet.place(merge.top, merge.left),
            "数据区有合并单元格，分不清金额属于哪一行哪一列",
        )


def _is_heading(block: Block, merge: Merge) -> bool:
    text = tight(block.sheet.text(merge.top, merge.left))
    spans = merge.left <= block.name_column and merge.right >= block.right
    numbers = any(
        (cell := block.sheet.cell(r, c)) and cell.kind == "n"
        for r in range(merge.top, merge.bottom + 1) for c in range(merge.left, merge.right + 1)
    )  # fmt: skip
    if numbers or not spans:
        return False
    return not text or merge.top == merge.bottom or text.startswith(("注", "备注", "说明", "附注"))
