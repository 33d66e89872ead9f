"""Heads that nobody sees: a table is read as its readers see it, or not at all."""

from __future__ import annotations

from typing import Final

from fisc.disclosure.layout import Block, Notes
from fisc.sheets.workbook import Workbook

RULE_HEAD: Final = "标题、单位和表头须看得见"


def judge_head(block: Block, workbook: Workbook, notes: Notes) -> None:
    """Refuse a title, a line below it or a header that is hidden, or written in the colour of its ground.

    The head of a hidden column is hidden with what stands below it: amounts, which sums must prove, or codes.
    """
    sheet = block.sheet
    frame = {*range(block.left, block.right + 1), *block.label_columns} - sheet.hidden_columns
    for row in sorted(r for r in sheet.rows if block.title_row <= r < block.data_row):
        for column, cell in sorted(sheet.rows[row].items()):
            if column not in frame or not cell.text.strip():
                continue
            if row in sheet.hidden_rows or workbook.is_unseen(sheet, row, column):
                what = f"“{cell.text.strip()[:20]}”隐藏了，或字与底同色，看表的人看不见"
                notes.refuse(RULE_HEAD, sheet.place(row, column), what)
            elif workbook.is_altered(sheet, row, column):
                what = f"“{cell.text.strip()[:20]}”已划去，或按条件显示成别的样子"
                notes.refuse(RULE_HEAD, sheet.place(row, column), what)


def names_are_unseen(block: Block, row: int, workbook: Workbook) -> bool:
    """Whether nobody sees what a row is called."""
    column = block.name_column
    return column in block.sheet.hidden_columns or workbook.is_unseen(block.sheet, row, column)
