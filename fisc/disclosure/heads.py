"""What stands above the rows of a block: its unit, its number, its year, and what each column means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fisc.disclosure.headers import PARTIAL, Meaning, column_meaning, speaks_of_money
from fisc.disclosure.layout import RULE_COLUMNS, Block, Notes, merge_at
from fisc.disclosure.model import BUDGET, CHANGE, EXECUTION, FINAL, Column
from fisc.disclosure.printed import holds_number
from fisc.disclosure.said import joined, without_own
from fisc.disclosure.titles import LIST, kind_of, number_of, tight, units_in, year_of, years_in
from fisc.kernel.money import FEN_PER_UNIT
from fisc.sheets.cells import Merge

RULE_UNIT = "每张表须注明金额单位，全表只用一个单位"
RULE_MERGED = "数据区不得有合并单元格"
RULE_HEADER = "数据区的每一列须有表头，写明年度和口径"
#: The last column a sheet can have.
MAX_COLUMN = 16_384
RULE_YEAR = "入账的数须是全年的预算、执行或决算"


def read_head(block: Block, index: dict[str, str], notes: Notes) -> bool:
    """Read all that stands above the rows; False where no amount can be read below it (that is refused)."""
    block.number = next((n for _, _, text in _above(block) if (n := number_of(text))), number_of(block.title))
    if not _settle_unit(block, notes):
        return False
    _refuse_part_of_year(block, notes)
    _settle_year(block, index, notes)
    _read_columns(block, notes)
    _refuse_year_of_contents(block, notes)
    _check_columns(block, notes)
    if block.columns:
        _check_merges(block, notes)
        _check_covered(block, notes)
    return bool(block.columns)


def _above(block: Block) -> Iterator[tuple[int, int, str]]:
    """The texts between title and header: row, column, text."""
    for row in range(block.title_row, block.header_row + 1):
        for column, cell in sorted(block.sheet.rows.get(row, {}).items()):
            if block.left <= column <= block.right + 1 and cell.text:
                yield row, column, cell.text


def _settle_unit(block: Block, notes: Notes) -> bool:
    """The one unit that title, lines above, headers and rows state; refused where there is none, or two."""
    stated = _stated(block, block.left - 1, block.right + 1)
    if not stated:  # a side of a table whose unit stands above the other side
        stated = _stated(block, 1, MAX_COLUMN)
    known = [unit for unit in stated if unit in FEN_PER_UNIT]
    if not known:
        notes.refuse(RULE_UNIT, block.place, f"“{block.title}”没有注明“单位：万元”等金额单位")
        return False
    block.unit = known[0]
    (first, where), *others = stated.items()
    for unit, place in others:
        notes.refuse(RULE_UNIT, place, f"这里的单位是“{unit}”，{where} 却写“{first}”，分不清以哪个为准")
    return True


def _stated(block: Block, left: int, right: int) -> dict[str, str]:
    """Unit -> the first cell that states it, from the title down; among the rows only known units count."""
    stated: dict[str, str] = {}
    for row in sorted(r for r in block.sheet.rows if block.title_row <= r <= block.last_row):
        for column, cell in sorted(block.sheet.rows[row].items()):
            if cell.text and left <= column <= right and ("元" in cell.text or "分" in cell.text):
                for unit in sorted(units_in(cell.text)):
                    if row < block.data_row or unit in FEN_PER_UNIT:
                        stated.setdefault(unit, block.sheet.place(row, column))
    return stated


def _refuse_part_of_year(block: Block, notes: Notes) -> None:
    for row, column, text in _above(block):
        words = without_own(tight(text))
        if row < block.header_row and (found := PARTIAL.search(words)):
            place = block.sheet.place(row, column)
            notes.refuse(RULE_YEAR, place, f"“{words[:40]}”里有“{found[0]}”，不是全年的数")


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


def _refuse_year_of_contents(block: Block, notes: Notes) -> None:
    """A contents page may set the year of a title right where the headers say it, too; not by itself."""
    said = year_of(block.title)
    if block.title_year == said:
        return
    columns = [column for column in block.columns if column.stage != CHANGE]
    is_told = all(years_in(column.header) for column in columns)
    if not is_told or max((column.fiscal_year for column in columns), default=0) != block.title_year:
        what = f"标题写{said}年，目录写{block.title_year}年，列头也没有都写明年度，分不清是哪一年"
        notes.refuse(RULE_YEAR, block.place, what)


def _read_columns(block: Block, notes: Notes) -> None:
    seen: set[tuple[int, str, str]] = set()
    for column in range(block.left, block.right + 1):
        if column in block.label_columns:
            continue
        header = block.headers[column] = header_of(block, column)
        meaning = column_meaning(header, block.kind, block.title, block.title_year)
        block.meanings[column] = meaning
        if meaning.use == "unknown" or (not header and _numbers_in(block, column)):
            _note_unknown_column(block, column, header, meaning, notes)
        elif meaning.use == "text":
            _ask_of_header(block, column, header, notes)
            _ask_of_numbers(block, column, notes)
        elif meaning.use == "amount":
            key = (meaning.fiscal_year, meaning.stage, meaning.measure)
            if key in seen:
                notes.refuse(RULE_COLUMNS, block.sheet.place(block.header_row, column), f"“{header}”列重复")
            seen.add(key)
            block.columns.append(Column(column, header, *key))
            if meaning.is_expected:
                place = block.sheet.place(block.header_row, column)
                notes.find("expected", place, f"“{header}”是预计数，按执行数入账，决算公布后更正")


def header_of(block: Block, column: int) -> str:
    """Everything written above a column, wide headers first; numbers and dates there say no stage."""
    parts = []
    for row in range(block.header_row, block.data_row):
        text = block.sheet.text(row, column)
        if not text:
            merge = merge_at(block.sheet, row, column)
            text = block.sheet.text(merge.top, merge.left) if merge and merge.top == row else ""
        parts.append(tight(text))
    return "".join(parts)


#: Headers of texts, whole.
_TEXT_HEADERS: Final = re.compile(
    r"备注|说明|打印|序号|类-款-项|[类款项目]|(?:主管|责任)?(?:部门|单位)(?:名称)?|文号|性质|(?:项目)?(?:设立)?依据"
)


def _ask_of_header(block: Block, column: int, header: str, notes: Notes) -> None:
    """The header of a column of texts says what they are, and nothing of the amounts beside them."""
    sheet = block.sheet
    is_told = block.kind.is_detail or column in sheet.hidden_columns
    if header and not is_told and not _TEXT_HEADERS.fullmatch(header):
        notes.ask(sheet.name, sheet.place(block.header_row, column), header)


def _ask_of_numbers(block: Block, column: int, notes: Notes) -> None:
    """Numbers in a column of texts (备注) are no amounts of the table; they may say that those are others."""
    sheet, rows = block.sheet, _numbers_in(block, column)
    shown = [cell.shown for row in rows if (cell := sheet.cell(row, column))]
    if shown:
        notes.ask(sheet.name, sheet.place(rows[0], column), joined(shown))


def _numbers_in(block: Block, column: int) -> list[int]:
    """The rows of data with a number in a column."""
    return [row for row in block.rows if holds_number(block.sheet.cell(row, column))]


def _note_unknown_column(block: Block, column: int, header: str, meaning: Meaning, notes: Notes) -> None:
    """A column whose header says nothing known: asked about where it has no numbers, told where it is hidden
    and has no header; else refused."""
    sheet, rows = block.sheet, _numbers_in(block, column)
    if not rows:
        _ask_of_header(block, column, header, notes)
        return
    if column in sheet.hidden_columns and not speaks_of_money(header):
        place = sheet.place(block.data_row, column)
        named = f"表头“{header}”" if header else "没有表头"
        notes.find("unheaded_column", place, f"隐藏的辅助列（{len(rows)} 个数字，{named}），未采用")
        return
    head = next((c.shown for r in range(block.header_row, block.data_row)
                 if (c := sheet.cell(r, column)) and c.kind in ("n", "d") and c.shown), "")  # fmt: skip
    why = f"：{meaning.why}" if meaning.why else ""
    said = header or head
    place = sheet.place(rows[0] if not meaning.why else block.header_row, column)
    notes.refuse(RULE_HEADER, place, f"这一列有数字，但表头“{said}”看不出年度和口径{why}")


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
        is_parted = any(column.measure in ("general", "special") for column in block.columns)
        parted = {"general": "一般性转移支付", "special": "专项转移支付"}
        payments = parted if is_parted else {"transfer": "转移支付"}
        return _missing_measures(block, {"total": "合计", "return": "税收返还", **payments})
    if kind == "debt.limits_by_region":
        return "" if len(block.columns) % 3 == 0 else "合计、一般债务、专项债务中的一列"
    if block.kind.layout == LIST or kind == "general.economic":
        return "" if any(column.stage != CHANGE for column in block.columns) else "金额列"
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


def _check_covered(block: Block, notes: Notes) -> None:
    """What a merged cell covers is seen by nobody: a value below it in the frame of a table is refused."""
    frame = {*range(block.left, block.right + 1), *block.label_columns}
    for row in sorted(r for r in block.sheet.rows if block.title_row <= r <= block.last_row):
        for column, cell in sorted(block.sheet.rows[row].items()):
            if column not in frame or not cell.shown.strip():
                continue
            merge = merge_at(block.sheet, row, column)
            if merge and (row, column) != (merge.top, merge.left):
                place = block.sheet.place(row, column)
                notes.refuse(RULE_MERGED, place, f"“{cell.shown[:20]}”被合并单元格盖住，看不见")


def _is_heading(block: Block, merge: Merge) -> bool:
    text = tight(block.sheet.text(merge.top, merge.left))
    spans = merge.left <= block.name_column and merge.right >= block.columns[-1].index
    numbers = any(
        holds_number(block.sheet.cell(r, c))
        for r in range(merge.top, merge.bottom + 1) for c in range(merge.left, merge.right + 1)
    )  # fmt: skip
    if numbers or not spans:
        return False
    return not text or merge.top == merge.bottom or text.startswith(("注", "备注", "说明", "附注"))
