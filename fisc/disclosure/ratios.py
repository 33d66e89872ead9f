"""Printed ratios held against the amounts that their headers name.

A ratio that does not follow from its two columns says that a column is not what its header says. A
table of which most rows of such a column do not follow is refused; a single row is told as a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from fisc.disclosure.checks import Addend, IdentityResult, column_name, result, term
from fisc.disclosure.headers import STAGES, words_of
from fisc.disclosure.model import CHANGE, ITEM, Column, RatioColumn, Row, Table
from fisc.sheets.cells import column_letters

RULE: Final = "ratio"
_GROWTH: Final = re.compile(
    r"(?P<part>.*?)(?:比|较)(?P<whole>.+?)的?(?:增长|增减|增|±)(?:率|幅|变化|\(减\)|减)*(?:\(?[%‰]\)?)?$"
)
_SHARE: Final = re.compile(
    r"(?P<part>.*?)(?:完成|为|占|达到|达)(?P<whole>.+?)的?(?:比例|比重|百分比)?\(?%\)?$"
)
_PLAIN_GROWTH: Final = re.compile(r"(?P<part>)(?:比|较)(?P<whole>上年|去年|上年同期)(?:增长)?\(?%\)?$")
#: Marks that precede a ratio's own words.
_BEFORE: Final = re.compile(r"^(?:比较|其中:?|全[市州盟区县旗]|[市州盟区县旗]?本级)+")
#: No ratio of two budget figures is printed beyond this; sums of amounts are exact to this.
_MOST_RATIO: Final = 10_000
_ADDS_UP: Final = 1e-6
#: How far the shown value may be from the exact one, beyond rounding: amounts are rounded to one unit.
_ROUNDING: Final = Decimal("0.00005")


@dataclass(frozen=True, slots=True)
class Pair:
    """The columns that a ratio compares; `is_growth` for (part - whole) / whole."""

    part: Column
    whole: Column
    is_growth: bool


def check_ratios(table: Table) -> Iterator[IdentityResult]:
    """Each row of each ratio whose columns are known, as part = whole x ratio."""
    for ratio in table.ratios:
        if pair := pair_of(table, ratio):
            yield from _results(table, ratio, pair)


def pair_of(table: Table, ratio: RatioColumn) -> Pair | None:
    """The two columns that a header names; of several that it may mean, those that fit most rows."""
    pairs = list(_pairs(table, ratio))
    return max(pairs, key=lambda pair: sum(_fits(table, ratio, pair)), default=None)


def is_broken(table: Table, ratio: RatioColumn) -> str:
    """The cell of a ratio column of which most rows do not follow from its two columns; else ''."""
    pair = pair_of(table, ratio)
    if pair is None:
        return ""
    fits = _fits(table, ratio, pair)
    if sum(fits) * 2 >= len(fits):
        return ""
    wrong = next(found for found in _results(table, ratio, pair) if found.status == "fail")
    return wrong.right[0].place


def holds_amounts(table: Table, ratio: RatioColumn) -> str:
    """The first cell of a ratio column that nothing proves and that adds up as amounts do; else ''."""
    if pair_of(table, ratio):
        return ""
    items: list[float] = []
    for row in table.rows:
        value, shown = ratio.values.get(row.index, (0.0, ""))
        if shown.endswith("%") or not value:
            continue
        place = f"{table.sheet}!{column_letters(ratio.index)}{row.index}"
        if abs(value) > _MOST_RATIO:
            return place
        if row.role == ITEM and not row.parent:
            items.append(value)
        elif row.role != ITEM and len(items) > 1 and _adds_up(items, value):
            return place
    return ""


def _adds_up(items: list[float], value: float) -> bool:
    """Whether a total is the sum of its items, as amounts are; shares add up to one or a hundred."""
    return round(value, 6) not in (1, 100) and abs(sum(items) - value) < _ADDS_UP


def _pairs(table: Table, ratio: RatioColumn) -> Iterator[Pair]:
    words = _BEFORE.sub("", ratio.header)
    growth, share = _GROWTH.search(words) or _PLAIN_GROWTH.search(words), _SHARE.search(words)
    found = growth or share
    if found is None:
        return
    wholes = _named(table, found["whole"])
    for whole in wholes:
        for part in _named(table, found["part"]) if found["part"] else table.columns:
            if part is not whole and part.stage != CHANGE and part.fiscal_year >= whole.fiscal_year:
                yield Pair(part, whole, growth is not None)


def _named(table: Table, words: str) -> list[Column]:
    """The columns that words such as 2025年预算数, 上年执行数, 预算 may mean."""
    said = words_of(_BEFORE.sub("", words).removesuffix("的"))
    if said is None or len(said.stages) > 1:
        return []
    wanted = {STAGES[word] for word in said.stages}
    latest = max(column.fiscal_year for column in table.columns)
    years = set(said.years) | {latest - (word[0] in "上去") for word in said.relative}
    return [
        column for column in table.columns
        if column.stage != CHANGE and (not wanted or column.stage in wanted)
        and (not years or column.fiscal_year in years)
    ]  # fmt: skip


def _fits(table: Table, ratio: RatioColumn, pair: Pair) -> list[bool]:
    return [found.status == "pass" for found in _results(table, ratio, pair)]


def _results(table: Table, ratio: RatioColumn, pair: Pair) -> Iterator[IdentityResult]:
    rows = {row.index: row for row in table.rows}
    for index, said in ratio.values.items():
        row = rows.get(index)
        if row and table.amount(row, pair.whole) > 0 and (index, pair.part.index) not in table.unread:
            yield _result(table, row, ratio, pair, said)


def _result(
    table: Table, row: Row, ratio: RatioColumn, pair: Pair, said: tuple[float, str]
) -> IdentityResult:  # fmt: skip
    value, shown = Decimal(str(said[0])), said[1]
    whole, part = table.amount(row, pair.whole), table.amount(row, pair.part)
    expected = min((_said(whole, scale, value, pair) for scale in (1, 100)), key=lambda fen: abs(fen - part))
    scale = 1 if expected == _said(whole, 1, value, pair) else 100
    slack = whole * _half(value, shown, scale) + 2 * table.displayed_unit_fen
    place = f"{table.sheet}!{column_letters(ratio.index)}{row.index}"
    what = f"{row.name} {column_name(pair.part)} = {column_name(pair.whole)}按“{ratio.header}”（{shown}）推算"
    return result(
        RULE, what, table, pair.part, [term(table, row, pair.part)], [Addend(place, expected)],
        tolerance_fen=int(slack), refuses=False,
    )  # fmt: skip


def _said(whole: int, scale: int, value: Decimal, pair: Pair) -> int:
    """What the part must be, the value being a fraction (scale 1) or a percentage (100)."""
    return int(whole * (value / scale + (1 if pair.is_growth else 0)))


def _half(value: Decimal, shown: str, scale: int) -> Decimal:
    """Half of the last digit that is stored, or shown, as a fraction."""
    stored = Decimal(5).scaleb(int(value.as_tuple().exponent) - 1) / scale
    digits = len(shown.rstrip("%").partition(".")[2])
    seen = Decimal(5).scaleb(-digits - 1) / (100 if shown.endswith("%") or scale == 100 else 1)
    return max(_ROUNDING, min(stored, seen))
