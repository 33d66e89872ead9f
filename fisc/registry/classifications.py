"""Classification codes by year, from memory: functional, revenue and economic.

Kinds: `exp_func` (支出功能分类), `rev_func` (收入分类), `gov_bgt_eco` (政府预算支出经济分类),
`dep_bgt_eco` (部门预算支出经济分类). Funds: 111, 121, 13, 14; a row with an empty fund serves all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Final

from fisc.registry import funds
from fisc.registry.errors import RegistryError
from fisc.registry.names import normal_name
from fisc.registry.tables import CLASSIFICATION_FILES, Row, alias_rows, classification_rows

__all__ = [
    "FINEST", "NAMES", "Row", "by_name", "children", "coarse", "kinds", "lookup", "parents", "rows",
    "unknown", "years_of",
]  # fmt: skip

#: The kinds as people call them.
NAMES: Final = {
    "exp_func": "支出功能分类", "rev_func": "收入分类", "gov_bgt_eco": "政府预算支出经济分类",
    "dep_bgt_eco": "部门预算支出经济分类",
}  # fmt: skip
#: Without a fund asked for, the general budget's meaning of a code comes first.
_FUND_ORDER = {"111": 0, "": 1, "121": 2, "13": 3, "14": 4}
_LEVEL_ORDER = {"class": 0, "section": 1, "item": 2, "detail": 3}


def kinds() -> tuple[str, ...]:
    """The kinds of classification."""
    return tuple(CLASSIFICATION_FILES)


def rows(kind: str) -> tuple[Row, ...]:
    """All rows of a kind, whatever the year. Raises RegistryError for an unknown kind."""
    if kind not in CLASSIFICATION_FILES:
        raise RegistryError(
            f"没有名为 {kind} 的分类", rule="分类登记", hint=f"可用的分类：{'、'.join(CLASSIFICATION_FILES)}"
        )
    return classification_rows(kind)


@cache
def _by_code(kind: str) -> dict[str, list[Row]]:
    index: dict[str, list[Row]] = defaultdict(list)
    for row in rows(kind):
        index[row.code].append(row)
    return dict(index)


@cache
def _names_by_year(kind: str, fiscal_year: int) -> dict[str, list[Row]]:
    """Normal name -> rows of the year: own names first, then aliases; shallow levels first."""
    index: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(_valid(rows(kind), fiscal_year), key=lambda r: (_LEVEL_ORDER[r.level], r.code)):
        index[normal_name(row.name)].append(row)
    for alias in alias_rows():
        found = lookup(kind, alias.code, fiscal_year, alias.fund or None) if alias.kind == kind else None
        if found is not None:
            index[normal_name(alias.name)].append(found)
    return dict(index)


def _valid(candidates: Iterable[Row], fiscal_year: int) -> list[Row]:
    return [row for row in candidates if row.is_valid(fiscal_year)]


def _best(candidates: Iterable[Row], fund: str | None) -> Row | None:
    """The row of the fund, else one that serves every fund; with no fund asked, the first in order."""
    if fund is None:
        return min(candidates, key=lambda row: _FUND_ORDER.get(row.fund, 9), default=None)
    fitting = [row for row in candidates if row.fund in (fund, "")]
    return min(fitting, key=lambda row: row.fund != fund, default=None)


def lookup(kind: str, code: str, fiscal_year: int, fund: str | None = None) -> Row | None:
    """What a code means in a fiscal year, or None if it is not in force then (or not in that fund).

    Without `fund` the general budget's meaning is preferred, then the one that serves every fund.
    Raises RegistryError for an unknown kind.
    """
    return _best(_valid(_by_code(kind).get(code, ()), fiscal_year), fund)


def unknown(kind: str, code: str, fiscal_year: int, fund: str | None = None) -> str:
    """Why a code is not one of a year (and of a fund's budget), in words; '' where it is.

    A code that belongs to other funds, or to other years, is told so: it is no slip of the pen.
    """
    if lookup(kind, code, fiscal_year, fund) is not None:
        return ""
    called = f"{NAMES[kind]} {code or '（空）'}"
    standing = _by_code(kind).get(code, [])
    elsewhere = _valid(standing, fiscal_year)
    if elsewhere and fund is not None:
        theirs = "、".join(funds.words(row.fund) for row in elsewhere)
        return f"{called} {elsewhere[0].name} 属于资金性质 {theirs}，不属于 {funds.words(fund)}"
    if standing:
        years = "、".join(_span(row) for row in standing)
        return f"{called} {standing[0].name} 是{years}的科目，{fiscal_year} 年没有"
    return f"{fiscal_year} 年没有{called}"


def _span(row: Row) -> str:
    """The years of a row, in words."""
    if row.valid_to_year is None:
        return f" {row.valid_from_year} 年起"
    return f" {row.valid_from_year} 至 {row.valid_to_year} 年"


def by_name(kind: str, name: str, fiscal_year: int, fund: str | None = None) -> Row | None:
    """The code printed under a name (numbering, spaces and width of marks do not matter).

    Where a 类, 款 and 项 share a name, the shallowest is meant, as in published tables.
    """
    return _best(_names_by_year(kind, fiscal_year).get(normal_name(name), ()), fund)


def all_by_name(kind: str, name: str, fiscal_year: int, fund: str) -> list[Row]:
    """Every code that bears a name in a year: those of the fund or of every fund; where it has none, all."""
    named = _names_by_year(kind, fiscal_year).get(normal_name(name), ())
    return [row for row in named if row.fund in (fund, "")] or list(named)


def parents(row: Row, fiscal_year: int) -> list[Row]:
    """The codes above a code in that year, nearest first."""
    above: list[Row] = []
    while row.parent:
        found = lookup(row.kind, row.parent, fiscal_year, row.fund or None)
        found = found or lookup(row.kind, row.parent, fiscal_year)
        if found is None:
            break
        above.append(found)
        row = found
    return above


def children(kind: str, code: str, fiscal_year: int, fund: str | None = None) -> list[Row]:
    """The codes directly below a code in that year, by code. With `fund`, of that fund or of every fund."""
    below = _valid(_children_index(kind).get(code, ()), fiscal_year)
    return below if fund is None else [row for row in below if row.fund in (fund, "")]


#: Why spending is planned, arranged and given out to the finest code: it is paid from that very code.
FINEST: Final = "本级一般公共预算支出按功能分类编列到项（预算法第四十六条）"


def coarse(code: str, fiscal_year: int, fund: str | None = None) -> str:
    """An expenditure functional class that has finer ones in a year, in words with what is below it.

    '' of the finest, and of a code that is not in force then. `fund` as in `children`.
    """
    below = children("exp_func", code, fiscal_year, fund) if code else []
    if not below:
        return ""
    return f"{code}（其下有 {below[0].code} {below[0].name} 等 {len(below)} 个）"


@cache
def _children_index(kind: str) -> dict[str, list[Row]]:
    index: dict[str, list[Row]] = defaultdict(list)
    for row in rows(kind):
        index[row.parent].append(row)
    return dict(index)


def years_of(kind: str, code: str) -> list[tuple[int, int | None, str]]:
    """(first year, last year or None, name) of every row of a code: its history."""
    return [(row.valid_from_year, row.valid_to_year, row.name) for row in _by_code(kind).get(code, ())]
