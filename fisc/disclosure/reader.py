"""Reads a published budget book (.xlsx) into a `Book`: tables, lines, findings.

`read_book` is pure: no database, no clock. Everything wrong with a book is collected and
raised at once as `DisclosureError`, each problem naming its `sheet!cell`. What a book hides
in a table (rows, columns) is read like the rest and must be proven by the sums around it, see
`fisc.disclosure.identities`; a hidden sheet is no part of what was published and is only named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from fisc.disclosure import beside, fates, remarks
from fisc.disclosure.amounts import read_amounts
from fisc.disclosure.codes import RULE_DUPLICATE, name_codes, table_side
from fisc.disclosure.errors import DisclosureError, Problem
from fisc.disclosure.heads import read_head
from fisc.disclosure.identities import IdentityResult, check_book, refusals
from fisc.disclosure.layout import Block, Notes, blocks_of
from fisc.disclosure.model import ITEM, OWN_TOTAL, PART, Book, RatioColumn, Table
from fisc.disclosure.printed import number_in
from fisc.disclosure.remarks import Reasons
from fisc.disclosure.roles import assign_roles, listed_otherwise, said_twice, without_rule
from fisc.disclosure.row_words import ask_rows
from fisc.disclosure.rows import build_tree, mark_leaves, read_rows
from fisc.disclosure.scale import judge_scale
from fisc.disclosure.scope import RULE_SCOPE, scope_of
from fisc.disclosure.special import name_special_rows
from fisc.disclosure.titles import KIND_BY_ID, LIST, TREE, index_entry, region_in, start_of, tight
from fisc.disclosure.unseen import judge_head
from fisc.kernel.simulation import NOTICE, bears_notice
from fisc.registry import regions
from fisc.sheets import FileRefused, open_source
from fisc.sheets.cells import Cell, Sheet
from fisc.sheets.formulas import Formulas
from fisc.sheets.workbook import Workbook, open_workbook

RULE_FILE = "文件必须是完整的、未加密的 .xlsx 工作簿"
RULE_EMPTY = "工作簿中须有预算公开表"
RULE_EVENT = "每个金额须能按科目入账，或由下级科目入账"
RULE_CITY = "表题须写明是哪个地区"

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


def read_book(path: str | Path, progress: Progress | None = None, reasons: Reasons | None = None) -> Book:
    """The book at `path`, every amount in fen with its place; nothing is posted.

    `progress(what, done, total)` is called as sheets are read; `reasons` say why what only people can judge
    is let pass (`fisc.disclosure.remarks`). Raises DisclosureError with every problem of the book: file,
    layout, amounts, codes, what nobody has read, and the sums that tables owe (classes = sum of sections =
    sum of items, both sides of a balance, hidden amounts proven).
    """
    book, _ = read_and_check(path, progress, reasons)
    return book


def read_and_check(
    path: str | Path, progress: Progress | None = None, reasons: Reasons | None = None
) -> tuple[Book, list[IdentityResult]]:
    """`read_book` together with the results of all identities of the book."""
    tell = progress or (lambda _what, _done, _total: None)
    book, problems = parse(path, progress)
    tell("勾稽", 0, 1)
    results = check_book(book)
    problems = problems + refusals(book, results)
    tell("勾稽", 1, 1)
    unread = list(remarks.refusals(book.remarks, reasons or {}))
    if problems or unread:
        raise DisclosureError([*problems, *unread], hint=remarks.HINT if unread and not problems else "")
    book.remarks = remarks.read(book.remarks, reasons or {})
    book.findings += remarks.told(book.remarks)
    return book, results


def parse(path: str | Path, progress: Progress | None = None) -> tuple[Book, list[Problem]]:
    """The book as far as it can be read, and the problems of its cells; sums are not checked here."""
    path = Path(path)
    workbook, digest = _opened(path)
    sheets = _refused_as_book(lambda: workbook.sheets(_step(progress)))
    notes = Notes()
    printed = [sheet for sheet in sheets if not sheet.is_hidden]
    index = _contents(printed)
    found = [block for sheet in printed for block in blocks_of(sheet, notes)]
    city, region = _city(found, notes)
    blocks = [block for block in found if read_head(block, index, notes)]
    source = _Source(workbook, Formulas(sheets), region)
    tables = [_table(block, blocks, source, notes) for block in blocks] if region else []
    book = Book(path.name, digest, city, region, tables, notes.findings, index)
    book.simulated_at = _simulated_at(sheets)
    if book.simulated_at:
        notes.find("simulated", book.simulated_at, f"本工作簿写明“{NOTICE}”：只能导入模拟的账")
    beside.judge_file(path.name, tables, notes)
    _note_missing(book, notes)
    assign_roles(book)
    for line, first in said_twice(book):
        what = f"“{line.name}”与 {first.place} 在同一张表里说的是同一个数，分不清以哪个为准"
        if line.row_role == PART:
            what += "；同一险种的两行须名称不同，且其中各行之和等于该险种的合计，才是并列的两项"
        notes.refuse(RULE_DUPLICATE, line.place, what)
    for line, first in listed_otherwise(book):
        what = f"这张表和 {first.place} 所在的表列的是同一类分项，合计却不同，分不清以哪一张为准；请并成一张"
        notes.refuse(RULE_DUPLICATE, line.place, what)
    for line in without_rule(book):
        what = f"科目 {line.code}“{line.name}”没有列明细，也没有记账规则，分不清是哪一种收支"
        notes.refuse(RULE_EVENT, line.place, what)
    if len(tables) == len(blocks):
        book.sheets = fates.told(sheets, blocks, tables, notes)
    book.remarks = remarks.without_reviewed(notes.asked, region)
    if not found and not notes.problems:
        notes.refuse(RULE_EMPTY, "", "工作簿中没有认得的预算公开表")
    return book, notes.problems


def _opened(path: Path) -> tuple[Workbook, str]:
    """The workbook, hidden sheets and rows with the rest, and the digest of its file."""
    source = _refused_as_book(lambda: open_source(path))
    if source.kind != "xlsx":
        message = f"文件 {path.name} 不是 .xlsx 工作簿"
        raise DisclosureError([Problem(RULE_FILE, "", message)], hint="请选择财政部门公开的 .xlsx 附件")
    return _refused_as_book(lambda: open_workbook(source.name, source.content)), source.sha256


def _refused_as_book(read: Callable[[], T]) -> T:
    """What `read` gives; a file that is no good is refused as a book with one problem."""
    try:
        return read()
    except FileRefused as refusal:
        raise DisclosureError([Problem(RULE_FILE, "", refusal.message)], hint=refusal.hint) from refusal


def _step(progress: Progress | None) -> Progress | None:
    return (lambda sheet, done, total: progress(f"读取 {sheet}", done, total)) if progress else None


def _contents(sheets: list[Sheet]) -> dict[str, str]:
    """What the contents page lists: number -> title."""
    index: dict[str, str] = {}
    for sheet in sheets:
        entries = [
            e for row in sheet.rows.values() for c in row.values() if c.text and (e := index_entry(c.text))
        ]
        if len(entries) > 3:
            index |= dict(entries)
    return index


def _simulated_at(sheets: list[Sheet]) -> str:
    """Where a workbook says that its ledger is simulated: a cell, or a sheet whose printed pages do."""
    for sheet in sheets:
        for row, cells in sheet.rows.items():
            for column, cell in cells.items():
                if cell.text and bears_notice(cell.text):
                    return sheet.place(row, column)
        if any(map(bears_notice, sheet.margins)):
            return sheet.name
    return ""


def _city(blocks: list[Block], notes: Notes) -> tuple[str, str]:
    """The name of the government that most titles name, and its division code."""
    known = Counter(row for block in blocks if (row := place_in(block.title)))
    if known:
        row = known.most_common(1)[0][0]
        return row.name, row.mof_div_code
    names = Counter(name for block in blocks if (name := region_in(block.title)))
    if not names:
        if blocks:
            notes.refuse(RULE_CITY, blocks[0].place, "各表标题都没有写明地区")
        return "", ""
    name = names.most_common(1)[0][0]
    notes.refuse(RULE_CITY, blocks[0].place, f"财政区划中没有“{name}”")
    return name, ""


def place_in(title: str, within: str = "") -> regions.RegionRow | None:
    """The government that a title begins with, the lowest where it names a city and a county of it."""
    found = regions.at_start(start_of(title), within)
    return found and found[0]


class _Source(NamedTuple):
    """What all tables of a book are read with: its workbook and formulas, and the division of its city."""

    workbook: Workbook
    formulas: Formulas
    city: str


def _table(block: Block, blocks: list[Block], source: _Source, notes: Notes) -> Table:
    kind, city = block.kind, source.city
    levels = {block.meanings[column.index].level for column in block.columns} - {""}
    said = beside.levels_said(block)
    region, why = scope_of(block.title, kind, levels | said.keys(), city)
    for level, place in () if why else said.items():
        notes.find("level_beside", place, f"表旁写“{level}”：这张表按{regions.words(region)}入账")
    if why:
        notes.refuse(RULE_SCOPE, block.place, f"“{block.title}”：{why}")
    table = Table(
        kind=kind.id, number=block.number, title=block.title, sheet=block.sheet.name,
        region=region or city, fund=kind.fund, side=kind.side, unit=block.unit,
        title_year=block.title_year, left=block.left, right=block.right,
        name_column=block.name_column, columns=block.columns, ratios=_ratios(block),
        measure=_measure(block), hidden_columns=_hidden_columns(block.sheet, block),
    )  # fmt: skip
    read_rows(block, table, notes)
    judge_head(block, source.workbook, notes)
    read_amounts(block, table, source.workbook, source.formulas, notes)
    if kind.layout == TREE:
        table.side = table_side(table)
        name_codes(block, table, notes)
    name_special_rows(block, table, notes)
    ask_rows(table, notes)
    beside.judge(block, table, notes)
    if kind.layout == LIST:
        _own_totals_of_list(table)
    build_tree(table, kind.layout)
    mark_leaves(table)
    judge_scale(table, notes)
    if not table.grid and not table.unread:
        notes.find("empty_table", block.place, f"“{block.title}”没有一个金额")
    return table


def _ratios(block: Block) -> list[RatioColumn]:
    """The columns that are headed as ratios, with what their cells hold; blanks and errors say nothing."""
    found = []
    for column, meaning in block.meanings.items():
        if meaning.use == "ratio":
            cells = ((row, block.sheet.cell(row, column)) for row in block.rows)
            values = {
                row: (float(value), cell.shown) for row, cell in cells
                if cell and (value := _ratio(cell)) is not None
            }  # fmt: skip
            found.append(RatioColumn(column, block.headers[column], values))
    return found


def _ratio(cell: Cell) -> float | None:
    """The number of a ratio cell: 0.125, or 12.5; of a text with its sign (12.5%) the number before it."""
    if cell.kind == "n" and isinstance(cell.value, float):
        return cell.value
    said = number_in(tight(cell.text).removesuffix("%")) if cell.kind == "s" else None
    return None if said is None else float(said)


def _measure(block: Block) -> str:
    """Which debt a block of the table of uses speaks of."""
    if block.kind.id != "debt.uses":
        return ""
    headers = "".join(block.headers.values())
    return "一般" if "一般债务" in headers else "专项" if "专项债务" in headers else "合计"


def _hidden_columns(sheet: Sheet, block: Block) -> frozenset[int]:
    return frozenset(c.index for c in block.columns if c.index in sheet.hidden_columns)


def _own_totals_of_list(table: Table) -> None:
    """In a list a subtotal is a row such as 市本级国有资本经营支出; numbered rows never are."""
    for row in table.rows:
        if row.role == OWN_TOTAL and row.number.isdigit():
            row.role = ITEM


def _note_missing(book: Book, notes: Notes) -> None:
    """Tables that the contents page lists and no sheet holds."""
    present = {table.number for table in book.tables}
    for number, title in book.index.items():
        if number not in present and tight(title):
            notes.find("missing_table", "", f"目录列有{number}“{title}”，工作簿中没有")


def kind_name(table: Table) -> str:
    """The Chinese name of a table's kind."""
    return KIND_BY_ID[table.kind].name
