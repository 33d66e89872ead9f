"""What is said of tables outside of their cells: in lines below a title, notes, remarks, names, comments.

Every text of a sheet that is no cell of a table is read here. One that contradicts the tables beside it (by
another unit, level, place or part of a year) refuses the book. What is understood (`fisc.disclosure.said`) is
passed by. Any other is asked about at its cell: who imports the book says that it changes no figure, or has
it put right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final, NamedTuple

from fisc.disclosure.blank_rows import is_row
from fisc.disclosure.headers import PARTIAL_NOTE
from fisc.disclosure.heads import RULE_UNIT, RULE_YEAR
from fisc.disclosure.layout import Block, Notes
from fisc.disclosure.model import (
    ADJUSTED,
    BUDGET,
    CHANGE,
    EXECUTION,
    FINAL,
    GRAND_TOTAL,
    OWN_TOTAL,
    STAGE_NAMES,
    Table,
)
from fisc.disclosure.printed import holds_number
from fisc.disclosure.said import Known, is_understood, without_own
from fisc.disclosure.scope import LEVEL, RULE_SCOPE, is_own, level_of, levels_in, levels_of
from fisc.disclosure.titles import BY_REGION, KIND_BY_ID, tight
from fisc.registry import regions
from fisc.sheets.cells import Sheet

RULE_KIND: Final = "入账的数须是表头所写的预算、执行或决算"

#: Where a text stands: around the head of a table, in a name or page head, in a comment or box, elsewhere.
_LINE, _ABOVE, _NAME, _ASIDE, _NOTE = "line", "above", "name", "aside", "note"
#: How far beside its frame the lines of a head may stand.
_LEFT, _RIGHT = 2, 3

_NAMED_PART: Final = re.compile(
    r"\d+月?[-—–~～至到]\d+月|截[至止]|上半年|季度|快报|前[一二三四五六七八九十\d]+个?月|\d+月(?!\d*日)"
)
_UNIT: Final = re.compile(
    r"(?:单位(?:均|都)?[为是]|(?:以|按)(?=[十百千万亿]*元(?:为单位|计|列示|表示|反映))|币种[:为])(?:人民币)?"
    r"([十百千万亿]*元|[万亿]?(?:美元|欧元|港币|港元|外币))"
)
_BARE_UNIT: Final = re.compile(r"\(?(?:人民币)?([十百千万亿]*元|[万亿]?美元)\)?")
#: A unit anywhere in a text that is none of an amount (2.3亿元, 三百万元).
_NAMED_UNIT: Final = re.compile(
    r"(?<![\d.,一二三四五六七八九两几数余多〇零十百千万亿])"
    r"([十百千万亿]+元|[万亿]?(?:美元|欧元|港币|港元|外币))"
)
#: Whom a comment is by, as spreadsheets write it before what it says.
_AUTHOR: Final = re.compile(r"^[^\n:：]{1,20}[:：]\s*\n")
#: Words of the names of sheets that do not say which figures are on them.
_OF_NAMES: Final = re.compile(
    r"20\d\d年?|sheet|table|[\W\d_一二三四五六七八九十]|(?<![a-z])[a-z](?![a-z])|[表附件另目录第张页号续总分汇明细情况览收支入出决算执行完成预草案公开]"
)
_WITH: Final = re.compile(r"(?:含|包括|包含|汇总)(?P<what>[\u4e00-\u9fff、]*)")
_WITHOUT: Final = re.compile(r"不含|不包括|不包含|未含|未包括|未包含|剔除|扣除|除.{1,10}外")
_BELOW_CITY: Final = re.compile(r"县|旗|区县|县区|区市|所属区|下级")
_CHANGED: Final = re.compile(r"调整|变动|追加|增减")
_ONLY_YEAR: Final = re.compile(r"\(?(20\d\d)(?:年度?)?\)?")
_ANY_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
#: Words of titles and names that say which figures of a year a table has; the surest of them counts.
_STAGES: Final = (("决算", FINAL), ("执行", EXECUTION), ("预算", BUDGET))
#: What is called a budget whatever its figures are.
_CALLED_BUDGET: Final = re.compile(r"(?:公共|基金|经营|政府)预算")

#: What the makers of a book mark rows with, by the header of the column: whether to print it, how deep it is.
_MARKS: Final = {"打印": frozenset("是否"), "类-款-项": frozenset("类款项目"), "类": frozenset("类款项目")}
#: A table, and the block that it was made of.
Pair = tuple[Block, Table]


class _Text(NamedTuple):
    """A text beside tables: where it stands (`sheet!cell`, or a name), of which sort, what it says."""

    place: str
    sort: str
    words: str

    @property
    def shown(self) -> str:
        """The text as a refusal quotes it."""
        return f"“{self.words[:40]}”"


def levels_said(block: Block) -> dict[str, str]:
    """Words such as 全市 and 市本级 in the lines between a title and its header, each with its first cell."""
    found: dict[str, str] = {}
    for row in range(block.title_row + 1, block.header_row):
        for column, cell in sorted(block.sheet.rows.get(row, {}).items()):
            words = tight(cell.text)
            if _is_line(block, row, column) and not _WITH.search(words) and not _WITHOUT.search(words):
                for level in sorted(levels_in(words)):
                    found.setdefault(level, block.sheet.place(row, column))
    return found


def judge(block: Block, table: Table, notes: Notes) -> None:
    """Refuse a table whose title, totals or sheet say another level or kind than its columns do."""
    title = _Text(block.place, _LINE, tight(block.title))
    if _CHANGED.search(title.words) and not any(c.stage in (ADJUSTED, CHANGE) for c in table.columns):
        notes.refuse(RULE_KIND, title.place, f"{title.shown}说的是调整，表头却没有调整的列")
    _judge_stage(title, table, notes)
    _judge_name(block, table, notes)
    for row in table.rows:
        if row.role in (OWN_TOTAL, GRAND_TOTAL):  # 市级支出合计 says a level, too
            place = block.sheet.place(row.index, block.name_column)
            _judge_levels(_Text(place, _NOTE, tight(row.name)), table.region, notes, is_total=True)


def judge_sheet(sheet: Sheet, taken: Sequence[Pair], notes: Notes) -> None:
    """Read every text of a sheet that is no cell of its tables: refused, understood, or asked about."""
    for block, table in taken:
        _judge_contradictions(_Text(sheet.name, _NAME, tight(sheet.name)), block, table, notes)
    for text, beside in _texts(sheet, taken):
        before = len(notes.problems)
        for block, table in beside:
            _judge_contradictions(text, block, table, notes)
        known = Known.of(table for _, table in beside)
        if text.sort == _LINE:
            known = known._replace(years=frozenset(block.title_year for block, _ in beside))
        is_aside, is_head = text.sort == _ASIDE, text.sort != _NOTE
        is_clear = is_understood(text.words, known, is_head=is_head, is_aside=is_aside)
        if len(notes.problems) == before and not is_clear:
            notes.ask(sheet.name, text.place, text.words)


def judge_file(name: str, tables: Sequence[Table], notes: Notes) -> None:
    """Refuse a file whose name speaks of another year, part of a year, unit or scope than all its tables."""
    text = _Text("", _NAME, tight(PurePath(name).stem))
    _judge_part(text, notes)
    years = {column.fiscal_year for table in tables for column in table.columns}
    if years and (other := _other_year(text.words, years)):
        notes.refuse(RULE_YEAR, "", f"文件名“{name}”写{other}年，表里没有这一年")
    if len({table.unit for table in tables}) == 1:
        _judge_unit(text, tables[0].unit, notes)
    if len({table.region for table in tables}) == 1:
        _judge_levels(text, tables[0].region, notes)


def _texts(sheet: Sheet, taken: Sequence[Pair]) -> Iterator[tuple[_Text, Sequence[Pair]]]:
    """The texts that are no cell of a table, each with the tables that it stands beside: those around whose
    head or in whose frame it is, else all of the sheet."""
    for margin in sheet.margins:
        yield _Text(sheet.name, _NAME, tight(margin)), taken
    for aside in sheet.asides:
        place = f"{sheet.name}!{aside.cell}" if aside.cell else sheet.name
        yield _Text(place, _ASIDE, tight(_AUTHOR.sub("", aside.text))), taken
    top = min(block.title_row for block, _ in taken)
    for row in sorted(sheet.rows):
        for column, cell in sorted(sheet.rows[row].items()):
            words = tight(cell.text or cell.shown)
            if not words or any(_is_of(block, table, row, column) for block, table in taken):
                continue
            lines = [(block, table) for block, table in taken if _is_line(block, row, column)]
            sort = _LINE if lines else _ABOVE if row < top else _NOTE
            if sort == _NOTE and holds_number(cell):
                continue  # asked about with the others of its column, see `fates`
            framed = [(block, table) for block, table in taken if _is_framed(block, row, column)]
            yield _Text(sheet.place(row, column), sort, words), lines or framed or taken


def _is_line(block: Block, row: int, column: int) -> bool:
    """Whether a cell stands between the title of a table and its header, or beside that place."""
    is_near = block.left - _LEFT <= column <= block.right + _RIGHT
    return block.title_row < row < block.header_row and is_near


def _is_framed(block: Block, row: int, column: int) -> bool:
    """Whether a cell is in the frame of a table: below its header, in one of its columns."""
    return block.header_row <= row <= block.last_row and (
        block.left <= column <= block.right or column in block.label_columns
    )


def _is_of(block: Block, table: Table, row: int, column: int) -> bool:
    """Whether a cell is a table's own: its title, a header, or the name or amount of one of its rows."""
    if block.title_top <= row <= block.title_row and block.left <= column <= max(block.right, block.left):
        return tight(block.sheet.text(row, column)) in block.title
    if not _is_framed(block, row, column):
        return False
    if row < block.data_row:
        return True  # headers are understood as such, see `heads`
    sheet, amounts = block.sheet, {one.index for one in block.columns}
    if any(holds_number(sheet.cell(row, one)) for one in amounts):
        return (
            block.kind.is_detail
            or column in amounts
            or column in block.label_columns
            or _is_mark(block, row, column)
        )
    return _is_mark(block, row, column) or is_row(block, table, row, column)


def _is_mark(block: Block, row: int, column: int) -> bool:
    """Whether a cell holds a mark of its column that is for the makers of a book alone."""
    return tight(block.sheet.text(row, column)) in _MARKS.get(block.headers.get(column, ""), ())


def _judge_name(block: Block, table: Table, notes: Notes) -> None:
    """The name of a sheet says what the title of its table does, or nothing: a word more may be a place, a
    part, a draft or an old version."""
    if block.kind.is_detail:
        return
    name = _Text(block.sheet.name, _NAME, tight(block.sheet.name))
    _judge_stage(name, table, notes)
    words = LEVEL.sub("", without_own(name.words).lower())
    rest = "".join(sign for sign in _OF_NAMES.sub("", words) if sign not in block.title)
    if rest:
        what = f"工作表名{name.shown}里的“{rest}”不在表题里，看不出是不是别的地区、别的口径或旧稿"
        notes.refuse(RULE_KIND, block.sheet.name, f"{what}；请核对后改名")


def _judge_contradictions(text: _Text, block: Block, table: Table, notes: Notes) -> None:
    """Refuse a text that says of a table what its title and headers do not."""
    _judge_part(text, notes)
    _judge_unit(text, table.unit, notes)
    _judge_year(text, block, notes)
    _judge_scope(text, table, notes)
    if text.sort in (_LINE, _ABOVE) or text.place == block.sheet.name:
        _judge_stage(text, table, notes)


def _judge_stage(text: _Text, table: Table, notes: Notes) -> None:
    """Refuse a title, line or name that says 决算, 执行 or 预算 where the table has none of its year."""
    if KIND_BY_ID[table.kind].is_detail:
        return
    words = _CALLED_BUDGET.sub("", text.words)
    said = next((one for one in _STAGES if one[0] in words), None)
    years = {int(year) for year in _ANY_YEAR.findall(words)} or {table.title_year}
    present = {(column.fiscal_year, column.stage) for column in table.columns}
    if said and not any((year, said[1]) in present for year in years):
        has = "、".join(column.header for column in table.columns)
        when = "、".join(f"{year}年" for year in sorted(years))
        what = f"{text.shown}写“{said[0]}”，表里却没有{when}的{STAGE_NAMES[said[1]]}（列头：{has}）"
        notes.refuse(RULE_KIND, text.place, what)


def _judge_part(text: _Text, notes: Notes) -> None:
    said = without_own(text.words)
    if text.sort == _LINE:
        return  # refused as the head is read
    if found := (PARTIAL_NOTE if text.sort == _NOTE else _NAMED_PART).search(said):
        notes.refuse(RULE_YEAR, text.place, f"{text.shown}里有“{found[0]}”，不是全年的数")


def _judge_unit(text: _Text, unit: str, notes: Notes) -> None:
    said = [found[1] for pattern in (_NAMED_UNIT, _UNIT) for found in pattern.finditer(text.words)]
    said += [bare[1]] if (bare := _BARE_UNIT.fullmatch(text.words)) else []
    if other := next((one for one in said if one != unit), ""):
        notes.refuse(RULE_UNIT, text.place, f"这里的单位是“{other}”，表上却写“{unit}”，分不清以哪个为准")


def _judge_year(text: _Text, block: Block, notes: Notes) -> None:
    if text.sort == _LINE and (only := _ONLY_YEAR.fullmatch(text.words)):
        if int(only[1]) != block.title_year:
            notes.refuse(RULE_YEAR, text.place, f"这里写{only[1]}年，标题写{block.title_year}年")
    elif text.sort in (_NAME, _ASIDE):
        years = {block.title_year, *(column.fiscal_year for column in block.columns)}
        if other := _other_year(text.words, years):
            notes.refuse(RULE_YEAR, text.place, f"{text.shown}写{other}年，表里没有这一年")


def _other_year(name: str, years: set[int]) -> int:
    """The last year that a name speaks of, where it speaks of none of `years`; 0 otherwise."""
    said = {int(year) for year in _ANY_YEAR.findall(name)}
    return max(said) if said and not said & years else 0


def _judge_scope(text: _Text, table: Table, notes: Notes) -> None:
    """A text that names a place, or a level, names that of the table; what is in a whole area is told."""
    kind, region = KIND_BY_ID[table.kind], table.region
    if not region:
        return  # refused by its title
    if not kind.is_detail and kind.layout != BY_REGION and (place := _other_place(text.words, region)):
        what = f"这里写“{place}”，表却是{regions.words(region)}"
        notes.refuse(RULE_SCOPE, text.place, what)
    elif _WITHOUT.search(text.words):
        return  # understood where it is of an own level, asked about elsewhere
    elif found := _WITH.search(text.words):
        _judge_included(text, found["what"], region, notes)
    else:
        _judge_levels(text, region, notes)


def _other_place(words: str, region: str) -> str:
    """The place that a text begins with, where it is another than a table's; else ''."""
    rest = LEVEL.sub("", words.strip("()"))
    own = regions.own(region)
    found = regions.at_start(rest) or regions.at_start(rest, within=own)
    if found is None or found[1] not in ("", "财政局", "财政", "合计", "小计"):
        return ""
    is_same = regions.own(found[0].mof_div_code) == own or found[0] in regions.above(own)
    return "" if is_same else found[0].name


def _judge_included(text: _Text, what: str, region: str, notes: Notes) -> None:
    """An own level has no counties in it; a whole area has its own, and of no other."""
    own = regions.own(region)
    place = regions.at_start(what)
    if place and regions.own(place[0].mof_div_code) != own and place[0] not in regions.below(own):
        said = f"{text.shown}：“{place[0].name}”不在{regions.words(region)}内"
        notes.refuse(RULE_SCOPE, text.place, said)
    elif is_own(region) and _BELOW_CITY.search(what):
        notes.refuse(RULE_SCOPE, text.place, f"{text.shown}：本级的表不含下级的数")


def _judge_levels(text: _Text, region: str, notes: Notes, *, is_total: bool = False) -> None:
    """A text that speaks of one level speaks of the table's; totals of it of no other government's."""
    if not region or "其中" in text.words:
        return
    said = levels_in(text.words)
    found = {level for word in said if (level := level_of(word, regions.own(region)))}
    if len(found) == 1 and not found & levels_of(region):
        what = f"{text.shown}写的是{found.pop()}，表却是{regions.words(region)}"
        notes.refuse(RULE_SCOPE, text.place, f"{what}；请在标题写明")
    elif is_total and said and not found:
        what = f"{text.shown}不是{regions.words(region)}的级次"
        notes.refuse(RULE_SCOPE, text.place, f"{what}；请核对是哪个地区的表")
