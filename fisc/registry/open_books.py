"""Whether the books of a region's year are open: what is not is refused in one place, no zero stands for it.

What is open is a mapping of divisions to the years of their books, from the ledger
(`fisc.kernel.periods.years_open`) or from a snapshot of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import psycopg

from fisc.kernel.periods import years_open
from fisc.registry.areas import area_of, governments
from fisc.registry.errors import RegistryError
from fisc.registry.regions import below, lookup, own, require, whole_area

#: Years of open books by division (nine digits), in order.
Opened = Mapping[str, Collection[int]]
_SHOWN = 5
_RULE = "开设了年度账的区划和年度才有数可查"


class NoBooks(RegistryError):
    """The books of this region, or of this year of it, are not open in this database."""


def books_of(region: str) -> tuple[str, ...]:
    """The divisions in whose books an area's numbers may stand.

    An area that is one government's has its own; a whole area (six digits, or …998) the published
    consolidation and those of all below it; a county what its city's books say of it, too.
    """
    code = own(region)
    row = lookup(code)
    giver = (row.parent,) if row and row.level in ("county", "zone") else ()
    if region == code:
        return (code, *giver)
    return (code, whole_area(code), *(one.mof_div_code for one in below(code)), *giver)


def keepers(region: str) -> tuple[str, ...]:
    """The divisions whose own books nine digits mean: a government's, or all of a whole area's (998).

    What another government's books say of it is asked by `books_of`: they are no books of its own.
    """
    return (region, *(code for code in governments(area_of(region)) if code != region))


def require_kept(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> None:
    """Raise NoBooks unless a government (nine digits), or one of its whole area (…998), has a year's books.

    Raises UnknownRegion.
    """
    require(region)
    require_books(years_open(conn), keepers(region), fiscal_year)


def require_books(opened: Opened, divisions: Collection[str] = (), fiscal_year: int | None = None) -> None:
    """Raise NoBooks unless one of `divisions` (any, where none are named) has open books, of that year."""
    if not opened:
        raise NoBooks(
            "这个数据库里还没有任何账", rule=_RULE,
            hint=f"开账：{_opening(divisions, fiscal_year)}；也可导入预算文本（fisc import）；"
            "试用可运行 fisc sim run",
        )  # fmt: skip
    found = {code: opened[code] for code in divisions or opened if code in opened}
    if not found:
        raise NoBooks(
            f"这个数据库里没有{_named(next(iter(divisions)))}的账",
            rule=_RULE,
            hint=f"有账的是{_listed(opened)}；开账：{_opening(divisions, fiscal_year)}",
        )
    years = sorted({year for those in found.values() for year in those})
    if fiscal_year is not None and fiscal_year not in years:
        whose = _named(next(iter(divisions))) if divisions else "这个数据库里"
        raise NoBooks(
            f"{whose}没有 {fiscal_year} 年度的账", rule=_RULE,
            hint=f"已开设的年度是 {'、'.join(map(str, years))}；开账：{_opening(divisions, fiscal_year)}",
        )  # fmt: skip


def _opening(divisions: Collection[str], fiscal_year: int | None) -> str:
    """The command by which the officers of a region open its books."""
    region = f" --region {next(iter(divisions))}" if divisions else ""
    return f"由该区划的账簿管理人员办 fisc books open-year{region} --year {fiscal_year or '年度'}"


def _listed(codes: Iterable[str]) -> str:
    every = list(codes)
    more = f"等 {len(every)} 个" if len(every) > _SHOWN else ""
    return "、".join(_named(code) for code in every[:_SHOWN]) + more


def _named(code: str) -> str:
    row = lookup(code)
    return f"{row.name}（{code}）" if row else code
