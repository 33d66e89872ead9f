"""Reads the rows of a block: names, codes, amounts, and the tree they form."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from fisc.disclosure.layout import Block, Notes
from fisc.disclosure.model import (
    GRAND_TOTAL,
    INCOME,
    ITEM,
    OUTLAY,
    OWN_TOTAL,
    PART,
    BookLine,
    Row,
    Table,
)
from fisc.disclosure.titles import ECONOMIC, LIST, TREE, tight
from fisc.kernel.errors import FiscError
from fisc.kernel.money import AmountError, parse_amount
from fisc.registry import classifications
from fisc.registry.names import normal_name
from fisc.registry.tables import alias_rows
from fisc.sheets.cells import Cell
from fisc.sheets.columns import BadCell, decimal
from fisc.sheets.table import doubtful
from fisc.sheets.text import code
from fisc.sheets.workbook import Workbook

RULE_AMOUNT = "金额单元格只能是数字"
RULE_FORMULA = "公式须算得出数字"
RULE_CODE = "科目编码须在当年政府收支分类中"
RULE_DUPLICATE = "同一张表中一个科目编码只能有一行"
RULE_NAME = "有金额的行须有项目名称"

_GRAND = re.compile(r"^(?:各项)?(?:收入|支出|收支)?(?:总计|合计)$")
_OWN_WORDS = re.compile(r"^(?:全[市州盟区县旗]|[市州盟区县旗]?本级|本年|地方)")
_OWN_END = re.compile(r"(?:收入|支出)(?:小计|合计)?$")
_NOTE = re.compile(r"^(?:注|备注|说明|附注)(?:[:：\d一]|$)")
_BLANK_TEXTS = frozenset(["", "-", "—", "–", "－", "/", "…"])
#: Carry-overs and aid stand beside 110 and 230 in some tables and below them in others.
_BESIDE_OR_BELOW = frozenset(["23009", "23021"])


def read_rows(block: Block, table: Table, notes: Notes) -> None:
    """Fill `table.rows` from the block: name, code, role, indent and number of every row."""
    sheet = block.sheet
    last = 0
    for index in sorted(r for r in sheet.rows if block.data_row <= r <= block.last_row):
        printed = sheet.text(index, block.name_column)
        label = printed or sheet.text(index, block.number_column or block.name_column)
        if not label:
            continue
        if _is_note(block, index, label):
            break
        row = Row(
            index, normal_name(label), _indent(label), is_hidden=sheet.is_hidden or index in sheet.hidden_rows
        )
        row.code = _printed_code(block, index, notes)
        row.number = _printed_number(sheet.cell(index, block.number_column)) if block.number_column else ""
        row.role = row_role(row.name, bool(row.code))
        table.rows.append(row)
        last = index
    _note_unnamed(block, {row.index for row in table.rows}, last, notes)


def _is_note(block: Block, index: int, label: str) -> bool:
    cells = block.sheet.rows[index]
    has_numbers = any((cell := cells.get(c.index)) and cell.kind == "n" for c in block.columns)
    return not has_numbers and _NOTE.match(tight(label)) is not None


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
    if not block.code_column:
        return ""
    cell = block.sheet.cell(index, block.code_column)
    if cell is None or cell.value is None:
        return ""
    text = (
        str(int(cell.value)) if isinstance(cell.value, float) and cell.value.is_integer() else str(cell.value)
    )
    text = code(text)
    if text and not re.fullmatch(r"[0-9]{3,11}", text):
        notes.refuse(RULE_CODE, block.sheet.place(index, block.code_column), f"“{text}”不是科目编码")
        return ""
    return text


def _printed_number(cell: Cell | None) -> str:
    if cell is None or cell.value is None:
        return ""
    return str(int(cell.value)) if isinstance(cell.value, float) else tight(str(cell.value))


def _note_unnamed(block: Block, named: set[int], last: int, notes: Notes) -> None:
    """Numbers in rows without a name: inside the table they are refused, below it they are findings."""
    sheet = block.sheet
    for column in block.columns:
        below = []
        for index, cells in sheet.rows.items():
            cell = cells.get(column.index)
            if index < block.data_row or index in named or cell is None or cell.kind != "n" or not cell.value:
                continue
            if index < last:
                notes.refuse(
                    RULE_NAME, sheet.place(index, column.index), f"有数字 {cell.value:g}，但没有项目名称"
                )
            else:
                below.append(index)
        if below:
            place = sheet.place(min(below), column.index)
            notes.find("outside_table", place, f"表外有 {len(below)} 个数字，未采用")


def read_amounts(block: Block, table: Table, workbook: Workbook, notes: Notes) -> None:
    """Fill `table.grid` with a line for every amount, exact to the fen."""
    places = 0
    for row in table.rows:
        cells = block.sheet.rows.get(row.index, {})
        for column in table.columns:
            cell = cells.get(column.index)
            if cell is None:
                continue
            amount = _amount(block, table, (row, column.index), cell, workbook=workbook, notes=notes)
            if amount is None:
                continue
            shown = workbook.places(cell.style)
            places = max(places, shown if shown is not None else _stored_places(cell))
            table.grid[(row.index, column.index)] = BookLine(
                sheet=table.sheet, row=row.index, column=column.index, table=table.kind, number=table.number,
                region=row.region or table.region, fiscal_year=column.fiscal_year, stage=column.stage,
                fund=table.fund, side=table.side, code=row.code, item=row.item, name=row.name,
                amount_fen=amount, unit=table.unit, places=0, row_role=row.role, is_leaf=True,
                is_hidden=row.is_hidden or column.index in table.hidden_columns,
            )  # fmt: skip
    table.places = places


def _stored_places(cell: Cell) -> int:
    text = repr(cell.value)
    return min(len(text.partition(".")[2].rstrip("0")), 6) if "e" not in text else 0


def _amount(
    block: Block, table: Table, at: tuple[Row, int], cell: Cell, *, workbook: Workbook, notes: Notes
) -> int | None:
    """Fen of an amount cell; None when it is blank or refused."""
    row, column = at
    number: float | Decimal | None = None if cell.is_formula else _number_in(cell.text)
    if number is not None:
        table.text_numbers.add((row.index, column))
    elif cell.kind == "n" and isinstance(cell.value, float) and not workbook.is_date(cell.style):
        number = cell.value
    if number is not None:
        try:
            _require_as_shown(cell, block.unit)
            return parse_amount(number, block.unit)
        except FiscError as error:
            notes.refuse(RULE_AMOUNT, block.sheet.place(row.index, column), f"“{row.name}”：{error.message}")
            table.unread.add((row.index, column))
            return None
    if cell.kind == "s" and tight(str(cell.value)) in _BLANK_TEXTS:
        return None
    table.unread.add((row.index, column))
    rule, why = _why_refused(cell)
    notes.refuse(rule, block.sheet.place(row.index, column), f"“{row.name}”{why}")
    return None


def _require_as_shown(cell: Cell, unit: str) -> None:
    """An amount counts only where the cell shows what it holds, to its last digit."""
    wrong = doubtful(cell, "amount_fen", unit)
    if wrong:
        raise AmountError(str(wrong), hint=wrong.remedy)


def _number_in(said: str) -> Decimal | None:
    """The number that a text cell holds, read as files of every kind are read; None where it is none."""
    try:
        return decimal(said) if said else None
    except BadCell:
        return None


def _why_refused(cell: Cell) -> tuple[str, str]:
    if cell.kind == "e":
        return RULE_FORMULA, f"的公式出错（{cell.value}）"
    if cell.kind == "?" and cell.value is None:
        return RULE_FORMULA, "的公式没有算出结果，请用表格软件打开并保存一次"
    if cell.kind == "?":
        return RULE_AMOUNT, f"的数字已损坏（{cell.value}）"
    if cell.kind == "s":
        return RULE_AMOUNT, f"应为金额，却是文字“{str(cell.value)[:20]}”"
    return RULE_AMOUNT, "应为金额，却是日期" if cell.kind in ("d", "n") else "应为金额，却是逻辑值"


def classification_kind(table: Table, row: Row) -> str:
    """rev_func or exp_func, by the side of the table or the first digit of the code."""
    if table.side == INCOME or (not table.side and row.code.startswith("1")):
        return "rev_func"
    return "exp_func"


def name_codes(table: Table, notes: Notes) -> None:
    """Give rows without a printed code the code of their name, and check the printed ones."""
    years = sorted({column.fiscal_year for column in table.columns}, reverse=True)
    side = _table_side(table)
    for row in table.rows:
        if row.role == ITEM and not row.code:
            row.code = _code_of_name(side, row.name, years, table.fund)
    _check_duplicates(table, notes)
    for row in table.rows:
        if row.code:
            _check_code(table, row, notes)
        elif row.role == ITEM:
            _check_nameless(table, row, notes)


def _table_side(table: Table) -> str:
    """income or outlay; for a balance table printed on two sheets, what its codes say."""
    if table.side:
        return table.side
    first = [row.code[0] for row in table.rows if row.code]
    return INCOME if first.count("1") > first.count("2") else OUTLAY


def settle_side(table: Table) -> None:
    """A balance table's part becomes an income or an outlay table by its codes."""
    table.side = _table_side(table)


@lru_cache(maxsize=4096)
def _find_name(kind: str, name: str, year: int, fund: str) -> str:
    row = classifications.by_name(kind, name, year, fund) or classifications.by_name(kind, name, year)
    return row.code if row else ""


def _code_of_name(side: str, name: str, years: list[int], fund: str) -> str:
    kind = "rev_func" if side == INCOME else "exp_func"
    return next((code for year in years if (code := _find_name(kind, name, year, fund))), "")


def _check_duplicates(table: Table, notes: Notes) -> None:
    seen: dict[str, Row] = {}
    for row in table.rows:
        if not row.code:
            continue
        first = seen.setdefault(row.code, row)
        if first is not row:
            place = f"{table.sheet}!{row.index}"
            place = table.place(row, table.columns[0]) if table.columns else place
            notes.refuse(RULE_DUPLICATE, place, f"科目 {row.code}“{row.name}”与第 {first.index} 行重复")


@lru_cache(maxsize=65536)
def _name_in_force(kind: str, code: str, year: int, fund: str) -> str | None:
    row = classifications.lookup(kind, code, year, fund) or classifications.lookup(kind, code, year)
    return normal_name(row.name) if row else None


@lru_cache(maxsize=8)
def _aliases(kind: str) -> frozenset[tuple[str, str]]:
    """(code, other printed name) as the registry knows them."""
    return frozenset((a.code, normal_name(a.name)) for a in alias_rows() if a.kind == kind)


def _check_code(table: Table, row: Row, notes: Notes) -> None:
    """Refuse amounts under a code that is not in force in their year; note other names."""
    kind = classification_kind(table, row)
    for column in table.columns:
        if not table.amount(row, column):
            continue
        name = _name_in_force(kind, row.code, column.fiscal_year, table.fund)
        if name is None:
            notes.refuse(
                RULE_CODE, table.place(row, column),
                f"科目 {row.code}“{row.name}”不在{column.fiscal_year}年政府收支分类中",
            )  # fmt: skip
        elif name != row.name and (row.code, row.name) not in _aliases(kind):
            notes.find(
                "odd_name", table.place(row, column), f"科目 {row.code} 印作“{row.name}”，分类中为“{name}”"
            )
            return


def _check_nameless(table: Table, row: Row, notes: Notes) -> None:
    for column in table.columns:
        if table.amount(row, column):
            notes.refuse(
                RULE_CODE, table.place(row, column),
                f"“{row.name}”没有科目编码，名称也不在{column.fiscal_year}年政府收支分类中",
            )  # fmt: skip
            return


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
    for row in table.rows:
        if row.role == ITEM and row.code:
            prefixes = (row.code[:length] for length in range(len(row.code) - 1, 2, -1))
            parent = next((by_code[p] for p in prefixes if p in by_code), None)
            if parent and not _stands_beside(row, parent):
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
