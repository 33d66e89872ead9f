"""What became of every sheet, column and row of an imported book, in sum and in full."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.disclosure.model import Book, SheetTold, TableTold


def show_fates(console: Console, book: Book, *, in_full: bool) -> None:
    """The sum: sheets, columns and rows by what was done with them, and by name what was not taken."""
    columns = [one.fate for sheet in book.sheets for table in sheet.tables for one in table.columns]
    rows = [one.fate for sheet in book.sheets for table in sheet.tables for one in table.rows]
    console.print("[bold]去向[/bold]（逐行逐列用 --all 或 --json）" if not in_full else "[bold]去向[/bold]")
    taken = sum(sheet.is_taken for sheet in book.sheets)
    console.print(
        f"  工作表 {len(book.sheets)} 张：读取 {taken}，其余 {len(book.sheets) - taken}", markup=False
    )
    console.print(f"  列 {_counted(columns)}", markup=False, soft_wrap=True)
    console.print(f"  行 {_counted(rows)}", markup=False, soft_wrap=True)
    for sheet in book.sheets:
        if in_full:
            _show_sheet(console, sheet)
        elif not sheet.is_taken:
            console.print(f"  {sheet.name}：{sheet.fate}", markup=False, soft_wrap=True)
        else:
            _show_left(console, sheet)


def _counted(fates: list[str]) -> str:
    """How many there are, and of each fate, the most frequent first."""
    kinds = Counter(fate.partition("，与")[0].partition("（")[0] for fate in fates)
    return f"{len(fates):,}：" + "、".join(f"{fate} {count:,}" for fate, count in kinds.most_common())


def _show_left(console: Console, sheet: SheetTold) -> None:
    """Numbers of a sheet that was read which were not taken, by column."""
    left = [
        one
        for table in sheet.tables
        for one in table.columns
        if "未采用（" in one.fate or "未核对" in one.fate
    ]
    for one in [*left, *sheet.beside]:
        console.print(f"  {one.place} {one.name}：{one.fate}", markup=False, soft_wrap=True)


def _show_sheet(console: Console, sheet: SheetTold) -> None:
    console.print(f"[bold]{sheet.name}[/bold]：{sheet.fate}", soft_wrap=True)
    for table in sheet.tables:
        _show_table(console, table)
    for one in sheet.beside:
        console.print(f"  {one.place} {one.name}：{one.fate}", markup=False, soft_wrap=True)


def _show_table(console: Console, table: TableTold) -> None:
    console.print(f"  {table.place} {table.title}（{table.region}）", markup=False, soft_wrap=True)
    for one in [*table.columns, *table.rows]:
        console.print(f"    {one.place} {one.name}：{one.fate}", markup=False, soft_wrap=True)
