"""The unit that the amounts of a column are counted in: its heading says it, or a line above the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from fisc.kernel.money import FEN_PER_UNIT
from fisc.sheets import text
from fisc.sheets.columns import BASIS_POINTS
from fisc.sheets.faults import FileRefused

_YUAN: Final = "元"
#: The name of a unit, those that are not understood as well: what is not known is refused, not taken for 元.
_NAME: Final = re.compile(
    r"[十百千万亿]*[元圆]|分|角|十?[百千万亿]+|[十百千万亿]*[美欧日港澳外][元币]|USD|EUR|HKD|JPY|GBP|[$€£]",
    re.I,
)
#: What stands beside a unit's name and is none, in a heading's brackets: （单位：万元，含税）.
_BESIDE: Final = re.compile(r"[\s,，、;；:：/]+|(?:金额)?单位|人民币|RMB|CNY|[¥￥]", re.I)
#: A heading that is the name of an element: its amounts stand in the unit that it ends with, as in JSON.
_BY_NAME: Final = re.compile(r"[a-z][a-z0-9_]*_fen")
_WITHIN: Final = re.compile(r"[百千万亿][元圆]")
#: A line above the table. An office may stand there too, as in 填报单位：元宝山区财政局.
_ABOVE: Final = re.compile(r"单\s*位\s*[:：(（]?\s*([A-Za-z$€£\u4e00-\u9fff]+)")


def stated_above(lines: Iterable[str]) -> str:
    """The unit that the first of these texts to name one names, after 单位 or in brackets; '' for none."""
    for line in lines:
        for said in (*_ABOVE.findall(line), *text.in_brackets(line)):
            if found := next(filter(_NAME.fullmatch, _pieces(said)), ""):
                return found
    return ""


def of_columns(headings: Mapping[int, str], above: str) -> dict[int, str]:
    """Column -> the unit of its amounts, by the headings of all columns of amounts.

    A column counts in what its own heading names in brackets, or in 分 where the heading is a name that says
    so (amount_fen); else in what stands above the table; else in the one unit that the other headings name in
    brackets; else in 元. Raises FileRefused where the others name several,
    or a unit is not known.
    """
    said = {place: _known(_named(heading), heading) for place, heading in headings.items()}
    own = {place: unit or unit_by_name(headings[place]) for place, unit in said.items()}
    named = sorted(filter(None, set(said.values())))
    if above or all(own.values()):
        usual = _known(above, f"单位：{above}")
    elif len(named) > 1:
        silent = "、".join(headings[place] for place, unit in own.items() if not unit)
        raise FileRefused(
            f"有的金额列以{'、'.join(named)}计，“{silent}”却没有写明单位",
            "请在每个金额列的表头写明单位，如 金额（元）",
        )
    else:
        usual = named[0] if named else _YUAN
    return {place: unit or usual for place, unit in own.items()}


def unit_by_name(heading: str) -> str:
    """分 for a heading that is an element's name and ends so; '' for all others."""
    return "分" if _BY_NAME.fullmatch(text.heading(heading)) else ""


def unit_of_rate(heading: str) -> str:
    """The unit of a column of rates: 1/10000 where its heading, or name, says so; else percent."""
    said = "".join(text.in_brackets(heading))
    is_named = _RATE_BY_NAME.fullmatch(text.heading(heading)) or any(one in said for one in _BP_WORDS)
    return BASIS_POINTS if is_named else "%"


_RATE_BY_NAME: Final = re.compile(r"[a-z][a-z0-9_]*_bp")
_BP_WORDS: Final = (BASIS_POINTS, "基点", "‱")


def _named(heading: str) -> str:
    """The unit that a heading names in brackets, or what speaks of one there in other words (以万元计)."""
    pieces = [piece for said in text.in_brackets(heading) for piece in _pieces(said)]
    exact = next(filter(_NAME.fullmatch, pieces), "")
    return exact or next(filter(_WITHIN.search, pieces), "")


def _pieces(said: str) -> list[str]:
    return [piece for piece in _BESIDE.split(said) if piece]


def _known(unit: str, where: str) -> str:
    name = unit.replace("圆", _YUAN)
    if name and name not in FEN_PER_UNIT:
        raise FileRefused(
            f"“{where}”的金额单位“{unit}”不认识", f"可用的单位：{'、'.join(FEN_PER_UNIT)}，如 金额（万元）"
        )
    return name
