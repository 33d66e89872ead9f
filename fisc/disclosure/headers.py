"""What the header of a column says, word by word.

A header is understood whole or not at all: a year, a stage, and words that change neither. What
holds a word more (1-11月执行数, 上级预算数) is not the figure that it resembles, and a column of
amounts below it refuses the book.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from fisc.disclosure.model import ADJUSTED, BUDGET, CHANGE, EXECUTION, FINAL
from fisc.disclosure.titles import LIST, Kind, tight, years_in

Use = Literal["amount", "ratio", "text", "unknown"]

#: The words of a header that name a stage, or a change of one.
STAGES: Final = {
    "年初预算数": BUDGET, "年初预算": BUDGET, "预算数": BUDGET, "预算": BUDGET,
    "调整预算数": ADJUSTED, "调整后预算数": ADJUSTED, "预算调整后数": ADJUSTED, "调整预算": ADJUSTED,
    "预计执行数": EXECUTION, "执行数": EXECUTION, "执行": EXECUTION, "决算数": FINAL, "决算": FINAL,
    "预算调整数": CHANGE, "调整数": CHANGE, "调整额": CHANGE, "调整金额": CHANGE,
    "增减变化": CHANGE, "增减额": CHANGE,
    "增减数": CHANGE, "增减": CHANGE, "调增数": CHANGE, "调减数": CHANGE, "增加额": CHANGE,
}  # fmt: skip
_STAGE: Final = re.compile("|".join(sorted(STAGES, key=len, reverse=True)))
_YEAR: Final = re.compile(r"(20\d\d)年度?")
_RELATIVE: Final = re.compile(r"上年度?|去年|本年度?|当年")
_LEVEL: Final = re.compile(r"全[省市州盟区县旗]|[市州盟区县旗]?本级|[市州盟区县旗]级")
#: Words beside the stage that change nothing of it.
_BESIDE: Final = re.compile(r"其中:?|金额|政府(?:一般|专项)?债务|\((?:单位:)?[十百千万亿]*元\)|比较")
#: Part of a year, or a first report of it: no year's figure.
PARTIAL: Final = re.compile(
    r"\d+月|[一二三四五六七八九十]+月份?|季度|上半年|半年|前[一二三四五六七八九十\d]+个?月|截至|截止|快报|累计|旬"
)
_MONTH: Final = r"(?:(?<!\d)(?:[1-9]|1[01])|(?<![一二三四五六七八九十])(?:十一|[一二三四五六七八九十]))"
#: The same in a note below a table, which may speak of dates, events and whole years as well.
PARTIAL_NOTE: Final = re.compile(
    rf"{_MONTH}月?[-—–~～至到]{_MONTH}月|(?:截[至止]|[至到止])(?:20\d\d[年./-])?0?{_MONTH}[月./-]|{_MONTH}(?:个月|月[底末])"
    r"|累计(?:数|执行|完成|收入|支出)|快报|上半年|前[一二三四五六七八九十\d]+个?月|[一二三]季度"
)
_RATIO: Final = re.compile(
    r"[%‰][)\]]*$|(?:增长|增幅|增减幅度?|比重|占比|比例|百分比|完成率|增长率)(?:\(.*\))?$"
)
_NOT_AMOUNT: Final = re.compile(r"依据|绩效|目标|说明|备注|主管|单位$|打印|类-款-项|性质|文号|序号")
_MONEY_WORDS: Final = re.compile(r"[预决]算|执行|金额|完成|合计|数$|额$")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column's headers say; `level` is 全市 or 本级 where they name one.

    `why` says in words why a header that resembles an amount is none; `is_expected` that it is a forecast.
    """

    use: Use
    fiscal_year: int = 0
    stage: str = ""
    measure: str = ""
    level: str = ""
    why: str = ""
    is_expected: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of a header, sorted: years named, years told from another one, stages, levels."""

    years: tuple[int, ...] = ()
    relative: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()


def column_meaning(header: str, kind: Kind, title: str, title_year: int) -> Meaning:
    """What the joined headers of a column mean in a table of a kind, below a title of a year."""
    words = tight(header)
    if kind.id == "debt.limits_by_region":
        return _limit_meaning(words)
    if _RATIO.search(words):
        return Meaning("ratio")
    if PARTIAL.search(words):
        return Meaning("unknown", why="不是全年的数，也不是决算、预算")
    if _NOT_AMOUNT.search(words) and not speaks_of_money(words):
        return Meaning("text")
    said = words_of(words)
    if said and len(said.stages) == 1:
        return _staged(said, words, title, title_year)
    return _plain_meaning(words, kind, title, title_year)


def speaks_of_money(header: str) -> bool:
    """Whether a header may head amounts, whatever else it says."""
    return _MONEY_WORDS.search(header) is not None


@lru_cache(maxsize=4096)
def words_of(words: str) -> _Said | None:
    """A header taken apart; None where any word of it is not understood."""
    years: list[int] = []
    relative: list[str] = []
    stages: list[str] = []
    levels: list[str] = []
    while words:
        for pattern, into in (
            (_YEAR, years),
            (_RELATIVE, relative),
            (_LEVEL, levels),
            (_STAGE, stages),
            (_BESIDE, None),
        ):
            if found := pattern.match(words):
                if into is not None:
                    into.append(int(found[1]) if pattern is _YEAR else found[0])  # type: ignore[arg-type]
                words = words[found.end() :]
                break
        else:
            return None
    return _Said(tuple(dict.fromkeys(years)), tuple(relative), tuple(stages), tuple(dict.fromkeys(levels)))


def _staged(said: _Said, words: str, title: str, title_year: int) -> Meaning:
    stage = STAGES[said.stages[0]]
    if len(said.years) + len(said.relative) > 1 or len(said.levels) > 1:
        return Meaning("unknown", why="写了不止一个年度或级次")
    year = said.years[0] if said.years else _year_told(said, stage, title, title_year)
    if not year:
        return Meaning("unknown", why="没有写明年度，标题也看不出")
    if year > title_year:
        return Meaning("unknown", why=f"晚于标题的{title_year}年")
    level = "".join(said.levels)
    return Meaning("amount", year, stage, level=level, is_expected="预计" in words)


#: What a title must speak of for a column of a stage to be of the title's year, without saying so.
_SPOKEN_OF: Final = {
    BUDGET: "", CHANGE: "", FINAL: "决算", EXECUTION: "执行|决算", ADJUSTED: "执行|决算|调整",
}  # fmt: skip


def _year_told(said: _Said, stage: str, title: str, title_year: int) -> int:
    """The year of a column that names none: the title's, or the year before it; 0 where it cannot be told."""
    if len(years_in(title)) > 1:
        return 0
    if said.relative:
        return title_year - 1 if said.relative[0][0] in "上去" else title_year
    return title_year if re.search(_SPOKEN_OF[stage], title) else 0


#: Columns of a matrix of transfers by county.
_MATRIX: Final = {"合计": "total", "税收返还": "return", "转移支付": "transfer"}
#: Final accounts part transfers further; nothing is posted of them (they say 230 again).
_FINAL_MATRIX: Final = {
    "一般性转移支付": "general", "专项转移支付": "special", "共同财政事权转移支付": "shared",
    "其中:共同财政事权转移支付": "of_general", "其中:共同财政事权": "of_general",
}  # fmt: skip


def _plain_meaning(words: str, kind: Kind, title: str, title_year: int) -> Meaning:
    if kind.id == "general.transfer_matrix" and "执行" not in title:
        is_final = "决算" in title
        measure = _MATRIX.get(words, _FINAL_MATRIX.get(words, "") if is_final else "")
        if measure:
            return Meaning("amount", title_year, FINAL if is_final else BUDGET, measure)
    if kind.layout == LIST and words in ("金额", "合计金额"):
        return Meaning("amount", title_year, EXECUTION if kind.id == "general.reserve" else BUDGET)
    return Meaning("unknown")


_LIMITS: Final = (
    (r"新增政府债务限额", "new"), (r"(?:[省市]级)?收回政府债务限额", "withdrawn"),
    (r"政府债务调整限额|政府债务限额调整", "adjusted"), (r"政府债务限额|债务限额", "limit"),
)  # fmt: skip
_LIMIT: Final = re.compile(r"(20\d\d)年(.*?)(合计|一般债务|专项债务)(?:\((?:单位:)?[十百千万亿]*元\))?")
_DEBT_CLASSES: Final = {"合计": "合计", "一般债务": "一般", "专项债务": "专项"}


def _limit_meaning(words: str) -> Meaning:
    found = _LIMIT.fullmatch(words)
    item = next((item for pattern, item in _LIMITS if found and re.fullmatch(pattern, found[2])), "")
    if not found or not item:
        return Meaning("unknown")
    return Meaning("amount", int(found[1]), FINAL, f"{_DEBT_CLASSES[found[3]]}:{item}")
