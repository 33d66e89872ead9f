"""Reads the rows of a block: their names and printed codes, and the tree they form."""

from __future__ import annotations

import re

from fisc.disclosure.codes import RULE_CODE
from fisc.disclosure.headers import PARTIAL_NOTE
from fisc.disclosure.heads import RULE_YEAR
from fisc.disclosure.layout import Block, Notes
from fisc.disclosure.model import GRAND_TOTAL, ITEM, OWN_TOTAL, PART, Row, Table
from fisc.disclosure.printed import holds_number
from fisc.disclosure.titles import ECONOMIC, LIST, TREE, tight
from fisc.registry import classifications
from fisc.registry.names import normal_name
from fisc.sheets.cells import Cell
from fisc.sheets.text import code

RULE_NAME = "有金额的行须有项目名称"

_GRAND = re.compile(r"^(?:各项)?(?:收入|支出|收支)?(?:总计|合计)$")
_OWN_WORDS = re.compile(
    r"^(?:全[市州盟区县旗]|[市州盟区县旗]?本级|本年"
    r"|(?:地方|[市州盟区县旗]级)(?=一般公共|公共|财政|级|政府性|国有|收入|支出))"
)
_OWN_END = re.compile(r"(?:收入|支出)(?:小计|合计)?$")
_NOTE = re.compile(r"^(?:注|备注|说明|附注)(?:[:：\d一]|$)")
#: Carry-overs and aid stand beside 110 and 230 in some tables and below them in others.
_BESIDE_OR_BELOW = frozenset(["23009", "23021"])


def read_rows(block: Block, table: Table, notes: Notes) -> None:
    """Fill `table.rows` from the block: name, code, role, indent and number of every row.

    A note is no end of a table: what stands below it is read like the rest.
    """
    sheet = block.sheet
    for index in block.rows:
        printed = sheet.text(index, block.name_column)
        label = printed or sheet.text(index, block.number_column or block.name_column)
        if not label.strip():
            continue
        if _is_note(block, index, label):
            table.notes[index] = tight(label)
            continue
        row = Row(
            index, normal_name(label), _indent(label), is_hidden=sheet.is_hidden or index in sheet.hidden_rows
        )
        row.code = _printed_code(block, index, notes)
        row.number = _printed_number(sheet.cell(index, block.number_column)) if block.number_column else ""
        row.role = row_role(row.name, bool(row.code))
        table.rows.append(row)
    _settle_totals(table)
    _refuse_part_of_year(block, table, notes)
    _refuse_unnamed(block, {row.index for row in table.rows}, notes)


def _is_note(block: Block, index: int, label: str) -> bool:
    cells = block.sheet.rows[index]
    has_numbers = any(holds_number(cells.get(c.index)) for c in block.columns)
    return not has_numbers and _NOTE.match(tight(label)) is not None


def _settle_totals(table: Table) -> None:
    """Of 收入合计 and 收入总计 in one table the first is the total of the table's own money."""
    grand = [row for row in table.rows if row.role == GRAND_TOTAL]
    if any(row.name.endswith("总计") for row in grand):
        for row in grand:
            if row.name.endswith("合计"):
                row.role = OWN_TOTAL


def _refuse_part_of_year(block: Block, table: Table, notes: Notes) -> None:
    """A note that says a column holds some months, or a first report, takes it out of what can be posted."""
    for index, words in table.notes.items():
        if found := PARTIAL_NOTE.search(words):
            place = block.sheet.place(index, block.name_column)
            notes.refuse(RULE_YEAR, place, f"附注写“{found[0]}”，不是全年的数")


def _indent(label: str) -> int:
    return sum(2 if c == "\u3000" else 1 for c in label[: len(label) - len(label.lstrip())])


def row_role(name: str, has_code: bool) -> str:
    """Whether a row is a total of the table, a total of its own money, or an item."""
    if has_code:
        return ITEM
    if _GRAND.match(name):
        return GRAND_TOTAL
    if name in ("收入小计", "支出小计", "本年收入小计", "本年支出小计"):
        return OWN_TOTAL
    return OWN_TOTAL if _OWN_WORDS.match(name) and _OWN_END.search(name) else ITEM


def _printed_code(block: Block, index: int, notes: Notes) -> str:
    """The code of a row, whole in one cell or divided over several (类、款、项)."""
    cells = ((column, block.sheet.cell(index, column)) for column in block.code_columns)
    parts = [(column, text) for column, cell in cells if (text := _code_part(cell))]
    if not parts:
        return ""
    whole = parts[0][1]
    for _, part in parts[1:]:
        whole = part if part.startswith(whole) else whole + part.zfill(2)
    if not re.fullmatch(r"[0-9]{3,11}", whole):
        notes.refuse(RULE_CODE, block.sheet.place(index, parts[-1][0]), f"“{whole}”不是科目编码")
        return ""
    return whole


def _code_part(cell: Cell | None) -> str:
    """A code, or the part of one, as its cell shows it: 01 stays 01."""
    if cell is None or cell.value is None:
        return ""
    if isinstance(cell.value, float) and cell.value.is_integer():
        return code(cell.shown if cell.shown.isdigit() else str(int(cell.value)))
    return code(str(cell.value))


def _printed_number(cell: Cell | None) -> str:
    if cell is None or cell.value is None:
        return ""
    return str(int(cell.value)) if isinstance(cell.value, float) else tight(str(cell.value))


def _refuse_unnamed(block: Block, named: set[int], notes: Notes) -> None:
    """A number below a header in a row without a name is a figure of which nobody says what it is."""
    sheet = block.sheet
    for column in block.columns:
        for index in block.rows:
            cell = sheet.cell(index, column.index)
            if index in named or not holds_number(cell) or (cell and cell.kind == "n" and not cell.value):
                continue
            said = cell.shown if cell else ""
            notes.refuse(RULE_NAME, sheet.place(index, column.index), f"有数字 {said}，但没有项目名称")


def build_tree(table: Table, layout: str) -> None:
    """Set `parent` of every item row: by code where there are codes, else by number or indent."""
    if layout == TREE:
        _tree_by_code(table)
    elif layout == ECONOMIC:
        _tree_by_class(table)
    elif layout == LIST:
        _tree_by_number(table)


def _tree_by_code(table: Table) -> None:
    by_code = {row.code: row for row in table.rows if row.code}
    has_indents = len({row.indent for row in table.rows if row.role == ITEM and row.code}) > 1
    for row in table.rows:
        if row.role == ITEM and row.code:
            prefixes = (row.code[:length] for length in range(len(row.code) - 1, 2, -1))
            parent = next((by_code[p] for p in prefixes if p in by_code), None)
            if parent and not (has_indents and _stands_beside(row, parent)):
                row.parent = parent.index


def _stands_beside(row: Row, parent: Row) -> bool:
    """Printed at the same depth as the class its code begins with, so not a part of it."""
    if row.indent > parent.indent:
        return False
    return parent.code == "110" or (parent.code == "230" and row.code in _BESIDE_OR_BELOW)


def _tree_by_class(table: Table) -> None:
    """Economic classes: a row that names a 类 heads the rows below it."""
    head = None
    for row in table.rows:
        if row.role != ITEM:
            continue
        year = table.columns[-1].fiscal_year
        found = classifications.by_name("gov_bgt_eco", row.name, year)
        if found and found.level == "class":
            head, row.code = row, found.code
        elif head:
            row.parent = head.index
            below = classifications.children("gov_bgt_eco", head.code, year)
            row.code = next((r.code for r in below if normal_name(r.name) == row.name), "")


def _tree_by_number(table: Table) -> None:
    """Numbered rows belong to the row without a number above them."""
    if not any(row.number.isdigit() for row in table.rows):
        return
    head = None
    for row in table.rows:
        if row.role == ITEM and row.number.isdigit() and head:
            row.parent = head.index
        elif row.role == ITEM and not row.number.isdigit():
            head = row
        elif row.role != ITEM:
            head = None


def mark_leaves(table: Table) -> None:
    """Tell every line its parent's cell and whether rows below it break it down in its column."""
    rows = {row.index: row for row in table.rows}
    broken_down = {
        (rows[index].parent, column) for index, column in table.grid
        if rows[index].parent and rows[index].role != PART
    }  # fmt: skip
    for (index, column), line in table.grid.items():
        row = rows[index]
        line.places = table.places
        line.is_leaf = (index, column) not in broken_down
        line.code, line.region, line.row_role = row.code, row.region or table.region, row.role
        line.item = _item(table, row, column)
        line.side = table.side
        above = table.grid.get((row.parent, column)) if row.parent else None
        line.parent = above.place if above else ""


def _item(table: Table, row: Row, column: int) -> str:
    """What a row without a classification code is: for debt with its class, by region with its column."""
    if row.section:
        return f"{row.section}:{row.item}"
    measure = next((c.measure for c in table.columns if c.index == column), "")
    return measure or row.item
