"""Sentences beside a table: understood whole, of no matter, or a reason to refuse the book.

A text that speaks of the figures, of what they cover, of a place or of a table that no longer holds may say
that they are others than title and headers say. Which sentences say nothing of that kind is listed here.
"""

from __future__ import annotations

import re
from typing import Final

from fisc.disclosure.scope import LEVEL
from fisc.disclosure.titles import tight
from fisc.kernel.simulation import NOTICE
from fisc.registry import regions

#: What speaks of the figures of a table, and then says something of them.
_OF_FIGURES: Final = re.compile(
    r"(?:数据?|数字|数额|金额|本表|此表|该表|表[中内]|以上|上述|[左右此本该两各]列|列头|表头)[^。;；]{0,40}?"
    r"(?:为|是|系|以|按|采用|取自|引自|代替|乘|除以|扩大|缩小|缺|未|仅|只|不|暂|反|含|包括|指|属|来自|统计|折算|推算)"
)
_VOID: Final = re.compile(
    r"作废|废止|勿用|停用|不再使用|旧[版表]|旧数|(?:^|[^存])旧$|过期|草稿|待核|待定|未定稿"
)
_MISSING: Final = re.compile(r"(?:尚?未|没有)(?:上?报送?|列入|汇入|纳入|计入|反映)|[暂尚]缺|缺报|漏报")
_DEPARTMENTS: Final = re.compile(r"[省市州盟县区旗]直(?!接|属?供)")
_ZONE_NAME: Final = re.compile(r"高新|经开|新区|开发区|度假区|园区|保税")
_ZONE: Final = re.compile(
    r"[\u4e00-\u9fff]{0,8}(?:高新区|新区|开发区|园区|经开区|度假区|示范区|保税区|管委会)"
)
_WITHOUT_NAME: Final = re.compile(r"不含|不包括|未含|剔除|扣除")
_HEAD: Final = re.compile(r"^(?:注|备注|说明|附注)[:：]?(?:\d+[.、]|[一二三四五六七八九]、)?")
_LEVELS: Final = r"(?:全[省市州盟区县旗]|[市州盟区县旗]?本级|[市州盟区县旗]级)"
_SUBJECT: Final = (
    r"(?:(?:本表|此表|表[中内]|以上|上述)(?:中|的|各项)?)?(?:数据?|数字|金额|资金)?(?:的)?(?:均|都)?"
)
#: Sentences that change no figure, or say what is judged elsewhere (levels, units, what is included).
_UNDERSTOOD: Final = re.compile(
    rf"(?:(?:{_SUBJECT}|(?:部分|各项|合计)(?:数据?|金额)?)(?:可能)?(?:因|由于|系)?四舍五入(?:的?原因|关系)?,?"
    r"(?:可能|会)?(?:存在|有|造成|产生)?(?:的?(?:尾差|误差|尾数差异|细微差异|不等))?)"
    rf"|{_SUBJECT}(?:为|是|系){_LEVELS}(?:的)?(?:数据?|口径)?"
    rf"|{_SUBJECT}(?:计量|货币|金额)?单位(?:均|都)?(?:为|是)[十百千万亿]*元"
    rf"|{_SUBJECT}(?:以|按)[十百千万亿]*元(?:为单位|计|列示|反映)"
    rf"|(?:{_LEVELS})?{_SUBJECT}(?:包括|包含|含)(?:{_LEVELS}|县区|区县|各|所辖|所属|下级|县|区|市|旗|和|及|、|[()])+(?:数据?)?"
    rf"|{_SUBJECT}不含(?:所辖|所属|下级|县区|区县|各|县|区|市|旗|、|[()])+(?:数据?)?"
    r"|20\d\d年执行数(?:为|是|系)预计(?:执行)?数(?:,决算(?:公布|批复)后(?:更正|调整))?"
    rf"|{_SUBJECT}(?:为|是|系)(?:代编|汇编|草案|预计)数?"
)
#: What our own workbooks say of themselves: of a simulated ledger, or as known at a day.
_OWN: Final = re.compile(re.escape(tight(NOTICE)) + r"|按截至[\d年月日:.TZ+-]+所知编制")


def without_own(words: str) -> str:
    """A text without what our own workbooks say of themselves, that they can be read back."""
    return _OWN.sub("", words)


def not_understood(words: str, *, is_name: bool) -> str:
    """What of a text beside a table may say that its figures are others, and is not understood; else ''.

    `is_name` for the name of a sheet, the head of a page, a comment or a box: they are short and say no more
    than which figures these are.
    """
    for pattern in (_VOID, _MISSING, _DEPARTMENTS):
        if found := pattern.search(words):
            return found[0]
    if is_name and (found := _ZONE_NAME.search(words) or _WITHOUT_NAME.search(words)):
        return found[0]
    for sentence in re.split(r"[。;；]", _HEAD.sub("", words)):
        found = _OF_FIGURES.search(sentence)
        if found and not _UNDERSTOOD.fullmatch(sentence.rstrip(",.")):
            return found[0]
    return ""


def place_of(words: str, region: str) -> str:
    """The place that a text alone names, where it is another than a table's; '' for any other text."""
    rest = LEVEL.sub("", words.strip("()（）"))
    if _ZONE.fullmatch(rest):
        return rest
    own = regions.own(region)
    found = regions.at_start(rest) or regions.at_start(rest, within=own)
    if found is None or found[1] not in ("", "财政局", "财政", "合计", "小计"):
        return ""
    is_same = regions.own(found[0].mof_div_code) == own or found[0] in regions.above(own)
    return "" if is_same else found[0].name
