"""The unit that the amounts of a column are counted in: its heading says it, or a line above the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from fisc.kernel.money import FEN_PER_UNIT
from fisc.sheets import text
from fisc.sheets.faults import FileRefused

_YUAN: Final = "元"
#: The name of a unit, those that are not understood as well: what is not known is refused, not taken for 元.
_NAME: Final = r"(?:人民币|RMB|CNY)?\s*([十百千万亿]*[元圆]|分|[十百千万亿]+)"
_IN_BRACKETS: Final = re.compile(rf"(?:(?:金额)?单位)?[:：]?\s*{_NAME}", re.I)
#: A line above the table. No word goes on after it, as in 填报单位：元宝山区财政局.
_ABOVE: Final = re.compile(rf"单位[:：]?\s*{_NAME}(?![\u4e00-\u9fffA-Za-z0-9])", re.I)


def stated_above(lines: Iterable[str]) -> str:
    """The unit that the first of these texts to name one names; '' where none does."""
    return next((found[1] for line in lines if (found := _ABOVE.search(line))), "")


def of_columns(headings: Mapping[int, str], above: str) -> dict[int, str]:
    """Column -> the unit of its amounts, by the headings of all columns of amounts.

    A column counts in what its own heading names in brackets; else in what stands above the table; else in
    the one unit that the other headings name; else in 元. Raises FileRefused where the others name several,
    or a unit is not known.
    """
    own = {place: _known(_named(heading), heading) for place, heading in headings.items()}
    named = sorted(filter(None, set(own.values())))
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


def _named(heading: str) -> str:
    inside = (_IN_BRACKETS.fullmatch(said) for said in text.in_brackets(heading))
    return next((found[1] for found in inside if found), "")


def _known(unit: str, where: str) -> str:
    name = unit.replace("圆", _YUAN)
    if name and name not in FEN_PER_UNIT:
        raise FileRefused(
            f"“{where}”的金额单位“{unit}”不认识", f"可用的单位：{'、'.join(FEN_PER_UNIT)}，如 金额（万元）"
        )
    return name
