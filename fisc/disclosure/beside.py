"""What is said of a table outside of its title and headers: in lines below the title, notes, names.

A second line of the title, a note, the name of the sheet or of the file may say whose figures they are, of
which part of the year, in which unit, of which kind. All of it is read here: what contradicts the table
refuses the book at the cell that says it; what is understood and changes nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final, NamedTuple

from fisc.disclosure.headers import PARTIAL_NOTE
from fisc.disclosure.heads import RULE_UNIT, RULE_YEAR
from fisc.disclosure.layout import Block, Notes
from fisc.disclosure.model import ADJUSTED, CHANGE, GRAND_TOTAL, OWN_TOTAL, Table
from fisc.disclosure.printed import holds_number
from fisc.disclosure.said import not_understood, place_of, without_own
from fisc.disclosure.scope import LEVEL, OWN, RULE_SCOPE, WHOLE, level_of, levels_in
from fisc.disclosure.titles import BY_REGION, KIND_BY_ID, tight
from fisc.registry import regions

RULE_KIND: Final = "入账的数须是表头所写的预算、执行或决算"

#: Where a text stands: below a title, above it, in a name, or among and around the rows.
_LINE, _ABOVE, _NAME, _NOTE = "line", "above", "name", "note"

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
#: What a comment or box says that leaves the figures as they are.
_CHECKED: Final = re.compile(r"(?:已|经)?(?:核对?|复核|审核|校[对核])?(?:过|无误|一致|相符|正确)?|同意|已?阅")
#: Whom a comment is by, as spreadsheets write it before what it says.
_AUTHOR: Final = re.compile(r"^[^\n:：]{1,20}[:：]\s*\n")
#: Words of the names of sheets that do not say which figures are on them.
_OF_NAMES: Final = re.compile(
    r"20\d\d年?|sheet|table|[\W\d_一二三四五六七八九十]|(?<![a-z])[a-z](?![a-z])|[表附件另目录第张页号续总分汇明细情况览收支入出决算执行完成预草案公开]"
)
_WITHOUT: Final = re.compile(
    r"(?:不含|不包括|不包含|未含|未包括|未包含|剔除|扣除|除(?=.{1,10}外))"
    r"(?P<what>[\u4e00-\u9fff、()]{0,12}?(?:区|县|市|旗|州|盟|乡|镇|街道|管委会|团场|师))"
    r"(?=的|等|数|在内|外|$|[,，。;；)])"
)
_LINE_WITHOUT: Final = re.compile(r"不含|不包括|不包含|未含|未包括|未包含|剔除|扣除|除.{1,10}外")
_WITH: Final = re.compile(r"(?:含|包括|包含|汇总)(?P<what>[\u4e00-\u9fff、]*)")
_BELOW_CITY: Final = re.compile(r"县|旗|区县|县区|区市|所属区|下级")
_ZONE: Final = re.compile(r"[\u4e00-\u9fff]{0,8}?(?:新区|开发区|园区|经开区|度假区|示范区|保税区|管委会)")
_MAKER: Final = re.compile(r"(?:编制|编报|填报|填制|制表|报送|上报)(?:单位|部门|机关|地区):(?P<who>.*)")
_NUMBERED: Final = re.compile(r"^(?:附?表|附件|续表)[一二三四五六七八九十\d-]*[:、]?")
_CHANGED: Final = re.compile(r"调整|变动|追加|增减")
_OTHER: Final = re.compile(r"快报|初步|测算|上年数|去年数|同期|征求意见|模拟|试算|建议数")
_NOTE_CHANGED: Final = re.compile(
    r"(?:预算数?|本表|数据|以上|上述)[^，,。;；]{0,6}(?:为|是|系)[^，,。;；]{0,4}(?:调整后|调整预算|追加)"
)
_NOTE_OTHER: Final = re.compile(r"(?:本表|数据|以上|上述|数)[^，,。;；]{0,4}(?:为|是|系)[^，,。;；]{0,6}"
                                r"(?:快报|初步|测算|上年|去年|同期|建议数)")  # fmt: skip
_EXPECTED: Final = re.compile(r"预计")
_ONLY_YEAR: Final = re.compile(r"\(?(20\d\d)(?:年度?)?\)?")
_ANY_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_NOTE_UNIT: Final = re.compile(
    r"(?:单位|金额|数据|数字|数额|计量|币种)[^\d,，。;；]{0,8}?"
    r"([十百千万亿]+元|(?<=[为是系:])元(?![\u4e00-\u9fff])|[万亿]?(?:美元|欧元|港币|港元|外币))"
)
#: Of a line between title and header: what number, unit, day, maker and level are said with.
_OF_LINES: Final = re.compile(
    r"附?表[一二三四五六七八九十百\d.-]*|附件|续|草案|公开|代编|汇总|(?:货币|计量|金额)?单位|金额|人民币|币种|[十百千万亿]*元|分"
    r"|20\d\d年度?|12月(?:\d+日)?|\d+月\d+日|第\d+页|共\d+页|日期|编制|填报|审核|政府|财政局?|的|%|[():,、;./—\-\d]"
)


class _Text(NamedTuple):
    """A text beside a table: where it stands (`sheet!cell`, or a name), of which sort, what it says."""

    place: str
    sort: str
    words: str


def levels_said(block: Block) -> dict[str, str]:
    """Words such as 全市 and 市本级 in the lines between a title and its header, each with its first cell."""
    found: dict[str, str] = {}
    for text in _lines(block):
        for level in () if _WITH.search(text.words) else sorted(levels_in(text.words)):
            found.setdefault(level, text.place)
    return found


def judge(block: Block, blocks: Sequence[Block], table: Table, notes: Notes) -> None:
    """Refuse the book where a text beside the table says another scope, period, unit or kind than it.

    `blocks` are all that were read, whatever their sheet: the texts of one are not beside another.
    """
    title = _Text(block.place, _LINE, tight(block.title))
    _judge_kind(title, table, notes)
    for line in _lines(block):
        _judge_whole(line, table, notes)
    _judge_name(block, table, notes)
    for aside in _asides(block):
        _judge_whole(aside, table, notes)
    for total in _totals(block, table):
        _judge_levels(total, table.region, notes, is_total=True)
    for text in (
        *_lines(block),
        _Text(block.sheet.name, _NAME, tight(block.sheet.name)),
        *(_Text(block.sheet.name, _NAME, tight(margin)) for margin in block.sheet.margins),
        *_asides(block),
        *_around(block, blocks),
    ):
        if text.sort != _LINE and _judge_said(text, table, notes):
            continue
        _judge_part(text, notes)
        _judge_unit(text, table.unit, notes)
        _judge_kind(text, table, notes)
        _judge_year(text, block, notes)
        _judge_scope(text, table.region, notes)


def _totals(block: Block, table: Table) -> Iterator[_Text]:
    """The names of the table's own totals: 市级支出合计 says a level, too."""
    for row in table.rows:
        if row.role in (OWN_TOTAL, GRAND_TOTAL):
            yield _Text(block.sheet.place(row.index, block.name_column), _NOTE, tight(row.name))


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


def _lines(block: Block) -> Iterator[_Text]:
    """The texts between the title and its header, of the block or beside it."""
    for row in range(block.title_row + 1, block.header_row):
        for column, cell in sorted(block.sheet.rows.get(row, {}).items()):
            if cell.text.strip() and block.left - 2 <= column <= block.right + 3:
                yield _Text(block.sheet.place(row, column), _LINE, tight(cell.text))


def _around(block: Block, blocks: Sequence[Block]) -> Iterator[_Text]:
    """Texts above the title, beside the frame, and in rows without a number: names, or notes."""
    sheet, inside = block.sheet, {*range(block.left, block.right + 1), *block.label_columns}
    others = [one for one in blocks if one.sheet is sheet and one is not block]
    amounts = {column.index for column in block.columns}
    # a row says by its labels and amounts what it is; what stands in its other columns is said of them
    own = inside if block.kind.is_detail else {*block.label_columns, *amounts}
    for row in sorted(r for r in sheet.rows if r <= block.last_row):
        cells = sheet.rows[row]
        if block.title_row < row < block.data_row:  # near the frame it is a line of the head
            cells = {c: cell for c, cell in cells.items() if not block.left - 2 <= c <= block.right + 3}
        has_numbers = any(holds_number(cells.get(column)) for column in amounts)
        for column, cell in sorted(cells.items()):
            words = tight(cell.text)
            is_title = row == block.title_row and words in block.title
            is_own = is_title or (column in own and has_numbers)
            if not words or is_own or _is_of(others, row, column):
                continue
            sort = _ABOVE if row < block.title_row and not others else _NOTE
            yield _Text(sheet.place(row, column), sort, words)


def _asides(block: Block) -> Iterator[_Text]:
    """Comments and boxes of the sheet, which say what readers are to know of its figures."""
    sheet = block.sheet
    for aside in sheet.asides:
        place = f"{sheet.name}!{aside.cell}" if aside.cell else sheet.name
        yield _Text(place, _NAME, tight(_AUTHOR.sub("", aside.text)))


def _is_of(blocks: Sequence[Block], row: int, column: int) -> bool:
    """Whether a cell is in the frame of one of the blocks."""
    return any(
        one.title_row <= row <= one.last_row
        and (one.left <= column <= one.right or column in one.label_columns)
        for one in blocks
    )


def _judge_name(block: Block, table: Table, notes: Notes) -> None:
    """The name of a sheet says what the title of its table does, or nothing: a word more may be a place, a
    part, a draft or an old version."""
    if block.kind.is_detail or block.kind.layout == BY_REGION:
        return
    words = LEVEL.sub("", without_own(tight(block.sheet.name)).lower())
    rest = "".join(sign for sign in _OF_NAMES.sub("", words) if sign not in block.title)
    if rest:
        what = f"工作表名“{block.sheet.name}”里的“{rest}”不在表题里，看不出是不是别的地区、别的口径或旧稿"
        notes.refuse(RULE_KIND, block.sheet.name, f"{what}；请核对后改名")


def _judge_whole(line: _Text, table: Table, notes: Notes) -> None:
    """What a line below the title, a comment or a box says is understood whole: a word more may say which
    figures these are."""
    words = without_own(line.words)
    if _MAKER.search(words) or _LINE_WITHOUT.search(words) or _WITH.search(words):
        return  # judged by what it names
    own = regions.own(table.region) if table.region else ""
    for row in (regions.lookup(own), *regions.above(own)) if own else ():
        words = words.replace(row.name, "") if row else words
    rest = _OF_LINES.sub("", LEVEL.sub("", words))
    if rest and not (line.sort == _NAME and _CHECKED.fullmatch(rest.strip("。!"))):
        notes.refuse(RULE_KIND, line.place, f"看不出“{line.words[:40]}”里的“{rest[:20]}”是什么口径")


def _judge_said(text: _Text, table: Table, notes: Notes) -> bool:
    """Refuse a text that may say these are other figures and is not understood; True where it was."""
    words = without_own(text.words)
    if strange := not_understood(words, is_name=text.sort == _NAME):
        notes.refuse(
            RULE_KIND, text.place, f"“{text.words[:40]}”里的“{strange[:20]}”看不出说的是不是这张表的数"
        )
        return True
    kind = KIND_BY_ID[table.kind]
    is_listed = kind.is_detail or kind.layout == BY_REGION  # rows there may be places
    if not is_listed and table.region and (place := place_of(words, table.region)):
        what = f"这里写“{place}”，表却是{regions.words(table.region)}"
        notes.refuse(RULE_SCOPE, text.place, what)
        return True
    return False


def _judge_part(text: _Text, notes: Notes) -> None:
    if text.sort == _LINE:
        return  # refused as the head is read
    said = without_own(text.words)
    if found := (_NAMED_PART if text.sort == _NAME else PARTIAL_NOTE).search(said):
        notes.refuse(RULE_YEAR, text.place, f"“{text.words[:40]}”里有“{found[0]}”，不是全年的数")


def _judge_unit(text: _Text, unit: str, notes: Notes) -> None:
    patterns = (_NAMED_UNIT, _UNIT) if text.sort in (_NAME, _LINE) else (_NAMED_UNIT, _UNIT, _NOTE_UNIT)
    said = [found[1] for pattern in patterns for found in pattern.finditer(text.words)]
    said += [bare[1]] if (bare := _BARE_UNIT.fullmatch(text.words)) else []
    if other := next((one for one in said if one != unit), ""):
        notes.refuse(RULE_UNIT, text.place, f"这里的单位是“{other}”，表上却写“{unit}”，分不清以哪个为准")


def _judge_kind(text: _Text, table: Table, notes: Notes) -> None:
    is_note = text.sort == _NOTE
    changed = (_NOTE_CHANGED if is_note else _CHANGED).search(text.words)
    if changed and not any(column.stage in (ADJUSTED, CHANGE) for column in table.columns):
        notes.refuse(RULE_KIND, text.place, f"“{text.words[:40]}”说的是调整，表头却没有调整的列")
    said = without_own(text.words)
    if found := (_NOTE_OTHER if is_note else _OTHER).search(said):
        notes.refuse(RULE_KIND, text.place, f"“{text.words[:40]}”里有“{found[0]}”，不是表头所写的数")
    if _EXPECTED.search(text.words) and not is_note:
        notes.find("expected", text.place, f"“{text.words[:40]}”：按表头所写入账，决算公布后更正")


def _judge_year(text: _Text, block: Block, notes: Notes) -> None:
    if text.sort == _LINE and (only := _ONLY_YEAR.fullmatch(text.words)):
        if int(only[1]) != block.title_year:
            notes.refuse(RULE_YEAR, text.place, f"这里写{only[1]}年，标题写{block.title_year}年")
    elif text.sort == _NAME:
        years = {block.title_year, *(column.fiscal_year for column in block.columns)}
        if other := _other_year(text.words, years):
            notes.refuse(RULE_YEAR, text.place, f"工作表名写{other}年，表里没有这一年")


def _other_year(name: str, years: set[int]) -> int:
    """The last year that a name speaks of, where it speaks of none of `years`; 0 otherwise."""
    said = {int(year) for year in _ANY_YEAR.findall(name)}
    return max(said) if said and not said & years else 0


def _judge_scope(text: _Text, region: str, notes: Notes) -> None:
    if not region:
        return  # refused by its title
    words = _NUMBERED.sub("", text.words)
    without = (_LINE_WITHOUT if text.sort == _LINE else _WITHOUT).search(words)
    if without:
        what = words if text.sort == _LINE else words[without.start("what") :]
        if not (_is_own(region) and _BELOW_CITY.search(what)):
            notes.refuse(RULE_SCOPE, text.place, f"“{text.words[:40]}”：不是整个地区的数")
        return
    if found := _WITH.search(words):
        _judge_included(text, found["what"], region, notes)
        return
    _judge_maker(text, words, region, notes)
    _judge_levels(text, region, notes)


def _judge_included(text: _Text, what: str, region: str, notes: Notes) -> None:
    """A whole area has its counties and zones in it; an own level has no counties."""
    own = regions.own(region)
    place = regions.at_start(what)
    if place and regions.own(place[0].mof_div_code) != own and place[0] not in regions.below(own):
        notes.refuse(
            RULE_SCOPE, text.place, f"“{text.words[:40]}”：“{place[0].name}”不在{regions.words(region)}内"
        )
        return
    is_place = _BELOW_CITY.search(what) or _ZONE.search(what) or what.endswith("高新区")
    if _is_own(region) and _BELOW_CITY.search(what):
        notes.refuse(RULE_SCOPE, text.place, f"“{text.words[:40]}”：本级的表不含下级的数")
    elif is_place:
        notes.find("includes", text.place, f"“{text.words[:40]}”：按{regions.words(region)}入账")
    elif text.sort == _LINE:
        notes.refuse(RULE_KIND, text.place, f"看不出“{text.words[:40]}”里的数是什么口径")


def _judge_maker(text: _Text, words: str, region: str, notes: Notes) -> None:
    """An office or a place that is named must be of the government whose table it is."""
    maker = _MAKER.search(words)
    if text.sort == _NOTE and not maker:
        return
    who = maker["who"] if maker else words
    own = regions.own(region)
    place = regions.at_start(who) or regions.at_start(who, within=own)
    zone = _ZONE.search(who) or re.search(r"高新区", who)
    if zone or (place and regions.own(place[0].mof_div_code) != own and place[0] not in regions.above(own)):
        said = zone[0] if zone else place[0].name if place else who
        notes.refuse(RULE_SCOPE, text.place, f"这里写“{said}”，标题却是{regions.words(region)}")


def _judge_levels(text: _Text, region: str, notes: Notes, *, is_total: bool = False) -> None:
    """A text that speaks of one level speaks of the table's; totals of it of no other government's."""
    if not region or "其中" in text.words:
        return
    said = levels_in(text.words)
    found = {level for word in said if (level := level_of(word, regions.own(region)))}
    if len(found) == 1 and not found & _levels_of(region):
        what = f"“{text.words[:40]}”写的是{found.pop()}，表却是{regions.words(region)}"
        notes.refuse(RULE_SCOPE, text.place, f"{what}；请在标题写明")
    elif is_total and said and not found:
        what = f"“{text.words[:40]}”不是{regions.words(region)}的级次"
        notes.refuse(RULE_SCOPE, text.place, f"{what}；请核对是哪个地区的表")


def _levels_of(region: str) -> set[str]:
    """The levels that figures of a division may be called: both, where it is kept as one."""
    if regions.lookup(regions.whole_area(region)) is None:
        return {OWN, WHOLE}
    return {OWN} if _is_own(region) else {WHOLE}


def _is_own(region: str) -> bool:
    """Whether figures are a government's own, beside those of its whole area."""
    return region == regions.own(region) and regions.lookup(regions.whole_area(region)) is not None
