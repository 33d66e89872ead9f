"""What became of every sheet, column and row of a book: nothing is passed over without a word.

A number that no table took is told where it stands outside of every table, and refuses the book where it
stands in one, or under a header that speaks of a budget.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from fisc.disclosure.beside import judge_sheet
from fisc.disclosure.headers import column_meaning
from fisc.disclosure.heads import RULE_HEADER
from fisc.disclosure.layout import RULE_COLUMNS, Block, Notes, is_contents
from fisc.disclosure.model import CHECK, DETAIL, POSTED, SUBTOTAL, Column, SheetTold, Table, TableTold, Told
from fisc.disclosure.printed import holds_number
from fisc.disclosure.ratios import pair_of
from fisc.disclosure.said import Known, is_understood, joined
from fisc.disclosure.titles import NAME_HEADERS, index_entry, is_title, number_of, tight
from fisc.sheets.cells import Sheet, column_letters
from fisc.sheets.own import LACKING_HEAD

_ROLE_NAMES: Final = {POSTED: "入账", SUBTOTAL: "合计，核对", CHECK: "重复列示，核对", DETAIL: "分析，不入账"}
_AMOUNT_WORDS: Final = ("预算数", "决算数", "执行数", "预算", "决算")


def told(
    sheets: Sequence[Sheet], blocks: Sequence[Block], tables: Sequence[Table], notes: Notes
) -> list[SheetTold]:  # fmt: skip
    """What became of each sheet; `tables` are those made of `blocks`, in their order."""
    of: dict[int, list[tuple[Block, Table]]] = defaultdict(list)
    for block, table in zip(blocks, tables, strict=True):
        of[id(block.sheet)].append((block, table))
    known = Known.of(tables)
    titles = [tight(table.title) for table in tables]
    return [_sheet(sheet, of[id(sheet)], (known, titles), notes) for sheet in sheets]


def _sheet(
    sheet: Sheet, taken: list[tuple[Block, Table]], of_book: tuple[Known, Sequence[str]], notes: Notes
) -> SheetTold:  # fmt: skip
    known, titles = of_book
    if sheet.is_hidden:
        notes.find("hidden_sheet", sheet.name, f"隐藏的工作表“{sheet.name}”，未读取")
        return SheetTold(sheet.name, "隐藏，未读取")
    if not taken and _lists_lacking(sheet, titles):
        return SheetTold(sheet.name, "本书没有编的表")
    if not taken:
        _ask_whole(sheet, known, notes)
        return _untaken(sheet, notes)
    judge_sheet(sheet, taken, notes)
    found = SheetTold(sheet.name, f"读取 {len(taken)} 张表", is_taken=True)
    found.tables = [_table(block, table) for block, table in taken]
    found.beside = list(_beside(sheet, [block for block, _ in taken], notes))
    return found


def _lists_lacking(sheet: Sheet, titles: Sequence[str]) -> bool:
    """Whether a sheet is the list of the tables that a book of ours lacks, each with its reason.

    What it says is of tables that the book has not, so it changes no figure of those that it has.
    """
    if sheet.margins or sheet.asides or not sheet.rows:
        return False
    head, *rows = (
        [(column, cell) for column, cell in sorted(cells.items()) if cell.value is not None]
        for _, cells in sorted(sheet.rows.items())
    )
    if tuple(tight(cell.text) for _, cell in head) != LACKING_HEAD:
        return False
    columns = [column for column, _ in head]
    return all(
        [column for column, _ in row] == columns
        and not any(holds_number(cell) for _, cell in row)
        and not any(title.endswith(tight(row[0][1].text)) for title in titles)
        for row in rows
    )


def _ask_whole(sheet: Sheet, known: Known, notes: Notes) -> None:
    """Ask about a sheet of which nothing is taken, as a whole, where not all it says is understood."""
    if any(problem.place.startswith(f"{sheet.name}!") for problem in notes.problems):
        return
    cells = [cell for row in sorted(sheet.rows) for _, cell in sorted(sheet.rows[row].items())]
    if is_contents(sheet):  # numbers there are those of pages
        cells = [cell for cell in cells if not holds_number(cell) and not _is_listed(cell.text)]
    texts = [
        *(cell.text or cell.shown for cell in cells),
        *sheet.margins,
        *(one.text for one in sheet.asides),
    ]
    words = [tight(text) for text in texts if text.strip()]
    if strange := [one for one in words if not is_understood(one, known, is_head=True)]:
        notes.ask(sheet.name, sheet.name, joined(strange))


def _is_listed(text: str) -> bool:
    """Whether a text is a line of a contents page, or the number or title in one."""
    return bool(index_entry(text) or number_of(text)) or is_title(text)


def _untaken(sheet: Sheet, notes: Notes) -> SheetTold:
    """A sheet without a table that was taken; one that looks like a budget table is refused."""
    if not any(cell.value is not None for row in sheet.rows.values() for cell in row.values()):
        return SheetTold(sheet.name, "空表")
    if is_contents(sheet):
        return SheetTold(sheet.name, "目录")
    cells = [(r, c, cell) for r, row in sheet.rows.items() for c, cell in row.items()]
    numbers = [(r, c) for r, c, cell in cells if holds_number(cell)]
    names = [(r, c) for r, c, cell in cells if tight(cell.text) in NAME_HEADERS]
    heads = [cell for _, _, cell in cells if cell.text and tight(cell.text).endswith(_AMOUNT_WORDS)]
    is_named = any(problem.place.startswith(f"{sheet.name}!") for problem in notes.problems) or any(
        finding.about.startswith(f"{sheet.name}!") for finding in notes.findings
    )
    if numbers and names and heads and not is_named:
        notes.refuse(
            RULE_COLUMNS, sheet.place(*min(names)), "这里像一张预算表，却没有认得的表题（年度、地区、……表）"
        )
    if numbers:
        notes.find(
            "untaken_sheet", sheet.name, f"工作表“{sheet.name}”没有认得的预算表，{len(numbers)} 个数字未采用"
        )
    return SheetTold(sheet.name, f"没有认得的预算表，{len(numbers)} 个数字未采用" if numbers else "没有表")


def _table(block: Block, table: Table) -> TableTold:
    found = TableTold(block.place, table.title, table.region)
    for column in sorted({*block.headers, *block.label_columns}):
        place = f"{table.sheet}!{column_letters(column)}"
        found.columns.append(
            Told(place, block.headers.get(column, "名称、编码"), _column_fate(block, table, column))
        )
    amounts = {row.index: row for row in table.rows}
    roles: dict[int, list[str]] = defaultdict(list)
    for (index, _), line in table.grid.items():
        roles[index].append(line.role)
    for index in block.rows:
        name = amounts[index].name if index in amounts else table.notes.get(index, "")
        fate = _row_fate(block, table, index, roles[index])
        found.rows.append(Told(f"{table.sheet}!{index}", name, fate))
    return found


def _column_fate(block: Block, table: Table, column: int) -> str:
    if column in block.label_columns:
        return "行的名称"
    if any(one.index == column for one in table.columns):
        return "金额：" + _roles(table.grid[at].role for at in table.grid if at[1] == column)
    ratio = next((one for one in table.ratios if one.index == column), None)
    if ratio:
        pair = pair_of(table, ratio)
        return (
            f"比率，与{_named(pair.part)}、{_named(pair.whole)}核对"
            if pair
            else "比率，本表没有可比的列，未核对"
        )
    numbers = sum(holds_number(block.sheet.cell(row, column)) for row in block.rows)
    return f"未采用（{numbers} 个数字）" if numbers else "文字，未采用"


def _named(column: Column) -> str:
    return f"“{column.header}”"


def _row_fate(block: Block, table: Table, index: int, roles: list[str]) -> str:
    if index in table.notes:
        return "附注"
    if roles:
        return _roles(roles)
    is_empty = not any(block.sheet.text(index, c) for c in range(block.left, block.right + 1))
    return "空行" if is_empty else "没有金额"


def _roles(roles: Iterator[str] | list[str]) -> str:
    present = set(roles)
    said = [name for role, name in _ROLE_NAMES.items() if role in present]
    return "；".join(said) or "没有金额"


def _beside(sheet: Sheet, blocks: list[Block], notes: Notes) -> Iterator[Told]:
    """Numbers outside of the tables: somebody's working, named by column and left alone."""
    inside = {c for block in blocks for c in {*range(block.left, block.right + 1), *block.label_columns}}
    columns: dict[int, list[int]] = defaultdict(list)
    for row in sorted(sheet.rows):
        for column, cell in sheet.rows[row].items():
            is_above = row < min(block.header_row for block in blocks)
            if column not in inside and not is_above and holds_number(cell):
                columns[column].append(row)
    for column, rows in sorted(columns.items()):
        header = _header_beside(sheet, blocks, column)
        _refuse_headed(blocks[-1], (rows[0], column), header, notes)
        shown = joined([one.shown for row in rows if (one := sheet.cell(row, column))])
        notes.ask(sheet.name, sheet.place(rows[0], column), shown)
        yield Told(sheet.place(rows[0], column), header, f"表格边框外，{len(rows)} 个数字未采用")
    if columns:
        count = sum(map(len, columns.values()))
        where = "、".join(map(column_letters, sorted(columns)))
        first = sheet.place(min(r for rows in columns.values() for r in rows), min(columns))
        notes.find("working_cells", first, f"表格边框外（{where} 列）有 {count} 个数字，未采用")


def _header_beside(sheet: Sheet, blocks: list[Block], column: int) -> str:
    rows = sorted({row for block in blocks for row in range(block.header_row, block.data_row)})
    return "".join(tight(sheet.text(row, column)) for row in rows)


def _refuse_headed(block: Block, at: tuple[int, int], header: str, notes: Notes) -> None:
    """A column outside of the frame, but headed as the table's own are, may well be part of the table."""
    meaning = column_meaning(header, block.kind, block.title, block.title_year)
    if header and meaning.use in ("amount", "unknown"):
        notes.refuse(
            RULE_HEADER, block.sheet.place(*at), f"“{header}”一列在表格边框之外，分不清是不是这张表的"
        )
