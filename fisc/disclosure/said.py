"""What is said beside a table and changes no figure of it: the few things that are understood.

A text that stands in no cell of a table says one of these, or nobody knows what it says of the figures: then
who imports the book reads it and says why it changes none (see `fisc.disclosure.remarks`). There is no list
of words that are bad, for such a list ends before the words do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from fisc.disclosure.model import Table
from fisc.disclosure.scope import LEVEL, level_of, levels_of
from fisc.disclosure.titles import tight
from fisc.kernel.money import ROUNDED
from fisc.kernel.simulation import NOTICE
from fisc.registry import regions

_HEAD: Final = re.compile(r"^(?:注|备注|说明|附注):?(?:\d+[.、]|[一二三四五六七八九]、)?")
_LEVELS: Final = r"(?:全[省市州盟区县旗]|[市州盟区县旗]?本级|[市州盟区县旗]级)"
_SUBJECT: Final = (
    r"(?:(?:本表|此表|表[中内]|以上|上述)(?:中|的|各项)?)?(?:数据?|数字|金额|资金)?(?:的)?(?:均|都)?"
)
#: Sentences that change no figure, or say what is judged elsewhere (levels, units, what is included).
_SENTENCES: Final = re.compile(
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
#: What our own final accounts say beneath a table: an empty column, and what the balance is made of.
_OUR_NOTES: Final = re.compile(
    r"上年结转的指标不是本年批准的预算|[^,]{0,60}(?:上年不在本账|双方不一致,不能抵销|没有登记批准的年初预算),[^,]{1,8}列空缺\(未知,不是零\)"
    rf"|年终结余中的结转和净结余,指标结转办完后填列|{re.escape(tight(ROUNDED))}"
    r"|年终结余[-\d.,]+万?元,其中结转下年支出[-\d.,]+万?元,(?:超收收入冲减赤字\(结转下年还本\)[-\d.,]+万?元,)?"
    r"净结余[-\d.,]+万?元(?:\([^()]*四舍五入[^()]*\))?"
)
_DAY: Final = r"20\d\d(?:年\d+月\d+日|([-./])\d+\1\d+)"
#: What any text may say: which table and page it is, who made it and when, of whom the figures are.
_WORDS: Final = re.compile(
    r"(?:附?表|附件|续表)[一二三四五六七八九十百\d.-]*|附件|续上表|续|第\d*页|共\d*页|(?:货币|计量|金额)?单位(?=:)|币种(?=:)|人民币"
    rf"|(?:编制|填报|填制|制表|报送|打印|印制|公开|公布|印发)(?:日期|时间)?:?{_DAY}|(?:打印|印制|报送|编制)?日期:{_DAY}"
    r"|(?:数据|资料)?来源(?=:)|(?:编制|编报|填报|填制|制表|报送)(?:单位|部门|机关|地区)?(?=:|$)"
    r"|(?:制表|审核|复核|填表|编制|负责|经办)人?:$|(?:含|包括|包含)(?:所辖|所属|各)?(?:县区|区县|旗区|县|区|旗)|(?:人民)?政府|财政[局厅]|[():,、/%-]"
)
#: What lines around a head, heads of pages, comments and boxes may say besides.
_HEADS: Final = re.compile(
    rf"草案|公开|代编|汇总|编制|预算|决算|执行|收支|收入|支出|情况|{_DAY}|目录|地方|财政|和|的"
)
_YEAR: Final = re.compile(r"(20\d\d)年?度?(?!\d)")
_UNIT: Final = re.compile(r"[十百千万亿]*元|分")
#: What a comment or box says that leaves the figures as they are.
_CHECKED: Final = re.compile(r"(?:已|经)?(?:核对?|复核|审核|校[对核])?(?:过|无误|一致|相符|正确)?|同意|已?阅")
#: What our own workbooks say of themselves: of a simulated ledger, or as known at a day.
_OWN: Final = re.compile(re.escape(tight(NOTICE)) + r"|按截至[\d年月日:.TZ+-]+所知编制")


class Known(NamedTuple):
    """What a text may agree with: the divisions, units and years of the tables that it stands beside."""

    regions: frozenset[str]
    units: frozenset[str]
    years: frozenset[int]

    @classmethod
    def of(cls, tables: Iterable[Table]) -> Known:
        """What the tables say, all of them."""
        tables = list(tables)
        years = {column.fiscal_year for table in tables for column in table.columns}
        return cls(
            frozenset(table.region for table in tables if table.region),
            frozenset(table.unit for table in tables),
            frozenset(years | {table.title_year for table in tables}),
        )


def without_own(words: str) -> str:
    """A text without what our own workbooks say of themselves, that they can be read back."""
    return _OWN.sub("", words)


def joined(texts: Sequence[str]) -> str:
    """Many short texts as one, that is asked about at once."""
    return "、".join(texts)


def is_understood(words: str, known: Known, *, is_head: bool = False, is_aside: bool = False) -> bool:
    """Whether all that a text says is known to change no figure of the tables that it stands beside.

    `words` are tight. `is_head` for texts around the heads of tables, `is_aside` for comments and boxes.
    """
    said = _HEAD.sub("", without_own(words))
    if is_aside and _CHECKED.fullmatch(said.strip("。!")):
        return True
    return all(
        not sentence
        or _SENTENCES.fullmatch(sentence)
        or _OUR_NOTES.fullmatch(sentence)
        or _is_plain(sentence, known, is_head)
        for sentence in (one.strip(",.") for one in re.split(r"[。;；]", said))
    )


def _is_plain(words: str, known: Known, is_head: bool) -> bool:
    """Whether a text is nothing but words that are known, each of them agreeing with the tables."""
    while words:
        end = _agreeing(words, known, is_head) or _length(_WORDS, words)
        end = end or (_length(_HEADS, words) if is_head else 0)
        if not end:
            return False
        words = words[end:]
    return True


def _length(pattern: re.Pattern[str], words: str) -> int:
    found = pattern.match(words)
    return found.end() if found else 0


def _agreeing(words: str, known: Known, is_head: bool) -> int:
    """How much at the start is a level, place, unit or year of all the tables; 0 where it is of none."""
    if found := LEVEL.match(words):
        levels = (level_of(found[0], regions.own(one)) in levels_of(one) for one in known.regions)
        return found.end() if known.regions and all(levels) else 0
    if (found := _UNIT.match(words)) and known.units == {found[0]}:
        return found.end()
    if is_head and (found := _YEAR.match(words)) and int(found[1]) in known.years:
        return found.end()
    return max((_place(words, one) for one in known.regions), default=0)


def _place(words: str, region: str) -> int:
    """How much at the start names the government of a division, alone or behind those above it."""
    row = regions.lookup(regions.own(region))
    names = [row.name] if row else []
    for above in regions.above(region) if names else ():
        names.append(above.name + names[-1])
    return max((len(name) for name in names if words.startswith(name)), default=0)
