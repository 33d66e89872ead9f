"""Whose figures a table holds: a government's own, or those of its whole area.

What a title says before its budget is read word by word: a government, 全市 or 市本级, and words that
name no place. A word more may be a development zone, a county that nobody knows, another city:
such a table is refused, never counted with the city.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from fisc.disclosure.titles import BY_REGION, Kind, region_in, start_of, tight
from fisc.registry import regions

RULE_SCOPE: Final = "表题须写明是哪个地区、全辖还是本级"

LEVEL: Final = re.compile(
    r"全(?P<whole>[省市州盟区县旗])|(?P<own>[市州盟区县旗])?本级|(?P<grade>[市州盟区县旗])级"
)
_NO_PLACE: Final = re.compile(
    r"地方|政府|财政|一般公共预算|预算|决算|执行|情况|草案|代编|总|和|及|的|[()、，,:：《》“”\-—－]"
)
#: Places that may be named behind the budget: 一般公共预算收入表（高新区）.
_PLACE_BEHIND: Final = re.compile(
    r"[\u4e00-\u9fff]{2,8}?(?:新区|开发区|高新区|园区|经开区|度假区|示范区|起步区|保税区|管委会|街道|[市县旗盟州])(?!级|对)"
    r"|[县区乡镇旗]级|高新区|经开区"
)
#: What a title of a budget that is posted may say behind it: which way it is laid out, not which part it is.
_LAID_OUT: Final = re.compile(
    r"预算|决算|执行|完成|收入|支出|收支|结余|平衡|情况|对比|统计|一览|明细|分项|[总数额]|表|续|部分|草案|公开|代编"
    r"|汇总|调整|变动|功能|经济|政府|科目|分类|按|分|到|至|[类款项](?!目)级?|附|债务|限额|余额|投向|地区|及|和|与|的"
    r"|附?表[一二三四五六七八九十百\d-]+|(?:单位:)?[十百千万亿]*元|市对下|州对下|盟对下|转移支付|税收返还"
    r"|[()、,:;《》“”\-—－\d]"
)
_DOWN: Final = re.compile(r"[省市州盟县区旗]?对下")
_HARMLESS_BEHIND: Final = re.compile(r"分地区|分[市县区旗、]+|市对下|州对下|盟对下|全[省市州盟区县旗]")
OWN, WHOLE = "本级", "全辖"


class Scope(NamedTuple):
    """The division code that a table's figures belong to; `why` says why it cannot be told, else ''."""

    region: str
    why: str = ""


def scope_of(title: str, kind: Kind, levels: set[str], home: str) -> Scope:
    """Whose figures a table is, by its title and the levels its headers name; `home` is the book's city.

    `levels` are words such as 全市 and 市本级, as the headers have them.
    """
    named, said, strange = _read(_before(title, kind), home)
    said_behind = _behind(title, kind)
    behind = _HARMLESS_BEHIND.sub("", said_behind)
    if why := _passed_on(said_behind, kind) or _not_understood(strange, behind, kind):
        return Scope("", why)
    place = named or home
    found = {level for word in {*said, *levels_in(behind), *levels} if (level := level_of(word, place))}
    foreign = next((word for word in {*said, *levels} if not level_of(word, place)), "")
    if foreign:
        return Scope("", f"“{foreign}”不是{regions.name_of(place)}的级次")
    if len(found) > 1:
        return Scope("", "既写全辖又写本级，分不清是哪一个")
    if not named and not found:
        return Scope("", "标题和表头都没有写明地区，也没有写全市或市本级")
    if OWN in found:
        return Scope(regions.own(place))
    whole = regions.whole_area(place)
    return Scope(whole if regions.lookup(whole) else place)


def _passed_on(behind: str, kind: Kind) -> str:
    """Why a table that says 市对下 is none of a whole budget; '' where it does not say so."""
    found = None if kind.is_detail or kind.layout == BY_REGION else _DOWN.search(behind)
    return f"标题里的“{found[0]}”说的只是对下的一部分" if found else ""


def _not_understood(strange: str, behind: str, kind: Kind) -> str:
    """Why a title's words say neither a known place nor the whole of a budget; '' where they do."""
    if strange := strange or "".join(_PLACE_BEHIND.findall(behind)[:1]):
        return f"标题里的“{strange}”认不出是哪个地区"
    part = "" if kind.is_detail else _not_laid_out(re.sub(kind.words, "", behind, count=1))
    return f"标题里的“{part}”看不出是全部还是一部分" if part else ""


def _not_laid_out(behind: str) -> str:
    """What of the words behind a budget is neither a level nor a way to lay it out."""
    while behind and (found := LEVEL.match(behind) or _LAID_OUT.match(behind)):
        behind = behind[found.end() :]
    return behind.partition(")")[0]


def _split(title: str, kind: Kind) -> tuple[str, str]:
    words = start_of(title)
    found = re.search(kind.words, words)
    return (words[: found.start()], words[found.start() :]) if found else (words, "")


def _before(title: str, kind: Kind) -> str:
    return _split(title, kind)[0]


def _behind(title: str, kind: Kind) -> str:
    return _split(title, kind)[1]


def _read(words: str, home: str) -> tuple[str, set[str], str]:
    """What stands before the budget: the government named, the levels, and what is not understood."""
    named, levels = "", set()
    while words:
        if found := LEVEL.match(words):
            levels.add(found[0])
            words = words[found.end() :]
        elif found := _NO_PLACE.match(words):
            words = words[found.end() :]
        elif (place := _government(words, named or home)) and not levels:
            levels |= levels_in(words.removesuffix(place[1]))  # 丽江市本级 is a name of the government, too
            named, words = place[0].mof_div_code, place[1]
        else:
            return named, levels, region_in(words) or words
    return named, levels, ""


def _government(words: str, home: str) -> tuple[regions.RegionRow, str] | None:
    """The government at the start of the words, where it is the book's own, above it, or below it."""
    found = regions.at_start(words) or regions.at_start(words, within=home)
    if found is None:
        return None
    code = found[0].mof_div_code
    is_home = code == home or any(row.mof_div_code == home for row in regions.above(code))
    return found if is_home else None


def levels_in(words: str) -> set[str]:
    """The words of a text that name a level: 全市, 市本级, 本级."""
    return {found[0] for found in LEVEL.finditer(tight(words))}


def level_of(word: str, place: str) -> str:
    """OWN or WHOLE, as a word says it of a government; '' where it is a word of another kind of one."""
    found = LEVEL.fullmatch(word)
    assert found is not None
    of = found["whole"] or found["own"] or found["grade"]
    if of and not _is_called(place, of):
        return ""
    return WHOLE if found["whole"] else OWN


def _is_called(place: str, of: str) -> bool:
    """Whether a government is a 市, 州, 盟, 区, 县 or 旗; a prefecture (地区) is called either way."""
    name = regions.name_of(place)
    return name.endswith(of) or (name.endswith("地区") and of in "区市")


def levels_of(region: str) -> set[str]:
    """The levels that figures of a division may be called: both, where it is kept as one."""
    if regions.lookup(regions.whole_area(region)) is None:
        return {OWN, WHOLE}
    return {OWN} if is_own(region) else {WHOLE}


def is_own(region: str) -> bool:
    """Whether figures are a government's own, beside those of its whole area."""
    return region == regions.own(region) and regions.lookup(regions.whole_area(region)) is not None
