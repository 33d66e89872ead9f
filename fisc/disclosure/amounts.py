"""The amounts of a block: numbers, numbers stored as text, and the ways in which tables print a minus."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from fisc.disclosure.layout import Block, Notes
from fisc.disclosure.model import BookLine, Row, Table
from fisc.disclosure.printed import number_in
from fisc.disclosure.titles import tight
from fisc.disclosure.unseen import names_are_unseen
from fisc.kernel.errors import FiscError
from fisc.kernel.money import AmountError, parse_amount
from fisc.sheets.cells import Cell
from fisc.sheets.formulas import Formulas
from fisc.sheets.table import doubtful
from fisc.sheets.workbook import Workbook

RULE_AMOUNT = "金额单元格只能是数字"
RULE_FORMULA = "公式须算得出数字"

_BLANK_TEXTS: Final = frozenset(["", "-", "--", "—", "——", "–", "－", "/", "…"])


def read_amounts(
    block: Block, table: Table, workbook: Workbook, formulas: Formulas, notes: Notes
) -> None:  # fmt: skip
    """Fill `table.grid` with a line for every amount, exact to the fen."""
    places = 0
    for row in table.rows:
        cells = block.sheet.rows.get(row.index, {})
        row.is_hidden = row.is_hidden or names_are_unseen(block, row.index, workbook)
        for column in table.columns:
            cell = cells.get(column.index)
            if cell is None:
                continue
            amount = _amount(block, table, (row, column.index), cell, workbook=workbook, notes=notes)
            if amount is None:
                continue
            if amount and _is_altered(block, row.index, column.index, workbook):
                what = f"“{row.name}”已划去，或按条件显示成别的数"
                notes.refuse(RULE_AMOUNT, block.sheet.place(row.index, column.index), what)
            shown = workbook.places(cell.style)
            places = max(places, shown if shown is not None else _stored_places(cell))
            table.grid[(row.index, column.index)] = BookLine(
                sheet=table.sheet, row=row.index, column=column.index, table=table.kind, number=table.number,
                region=row.region or table.region, fiscal_year=column.fiscal_year, stage=column.stage,
                fund=table.fund, side=table.side, code=row.code, item=row.item, name=row.name,
                amount_fen=amount, unit=table.unit, places=0, row_role=row.role, is_leaf=True,
                is_hidden=(
                    row.is_hidden or column.index in table.hidden_columns
                    or workbook.is_unseen(block.sheet, row.index, column.index)
                ),
            )  # fmt: skip
    table.places = places
    table.is_whole = not places and all(ln.amount_fen % table.displayed_unit_fen == 0 for ln in table.lines)
    _check_formulas(block, table, formulas, notes)


def _is_altered(block: Block, row: int, column: int, workbook: Workbook) -> bool:
    """Whether an amount, or the name of its row, is struck out or shown as something else."""
    sheet = block.sheet
    return workbook.is_altered(sheet, row, column) or workbook.is_altered(sheet, row, block.name_column)


def _check_formulas(block: Block, table: Table, formulas: Formulas, notes: Notes) -> None:
    """Refuse results that are not what their formulas give; tell of formulas that are not worked out."""
    unknown = []
    for line in table.lines:
        cell = block.sheet.cell(line.row, line.column)
        if cell is None or cell.formula is None:
            continue
        stale, is_known = formulas.check(block.sheet, line.row, line.column)
        unknown += [] if is_known else [line]
        for one in stale:
            what = f"存的是 {one.kept:.15g}，按公式“={one.formula[:40]}”应是 {one.due:.15g}"
            notes.refuse(RULE_FORMULA, one.place, f"{what}；请用表格软件重新计算并保存")
    if unknown:
        what = f"{len(unknown)} 个金额的公式不是加减乘除、求和、舍入，没有复算，按存的结果读取"
        notes.find("formula", unknown[0].place, f"“{table.title}”有 {what}")


def _stored_places(cell: Cell) -> int:
    text = repr(cell.value)
    return min(len(text.partition(".")[2].rstrip("0")), 6) if "e" not in text else 0


def _amount(
    block: Block, table: Table, at: tuple[Row, int], cell: Cell, *, workbook: Workbook, notes: Notes
) -> int | None:
    """Fen of an amount cell; None when it is blank or refused."""
    row, column = at
    number: float | Decimal | None = None if cell.is_formula else number_in(cell.text)
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
    """An amount counts only where the cell shows what it holds, to its last digit; a text shows itself."""
    if cell.kind == "n" and cell.value and cell.shown.endswith("%"):
        raise AmountError(f"单元格显示为 {cell.shown}，是百分数，不是金额")
    wrong = doubtful(cell, "amount_fen", unit) if cell.kind == "n" else None
    if wrong:
        raise AmountError(str(wrong), hint=wrong.remedy)


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
