"""Options that commands share: how a region, a year, a month, a day, a unit of money are written, everywhere.

A region is six or nine digits, or its Chinese name. What six digits of a city mean, each type says: its own
government (`Government`), its whole area (`WholeArea`), or what the figure settles (`Place`). What nobody
knows is refused here (3), what is written wrongly is wrong usage (2); whether the books of a region's year
are open, `fisc.cli.shared.database` asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final

import typer

_OWN, _WHOLE = "000", "998"
_SIX: Final = 6
_WRITTEN: Final = "6 或 9 位代码，或中文名"


# ---- regions


def division(text: str) -> str:
    """The nine digits of a division given by six or nine, or by its Chinese name.

    Raises UnknownRegion. What the database in force records itself, or has books of, is known too.
    """
    from fisc.registry import regions
    from fisc.registry.errors import UnknownRegion

    with suppress(UnknownRegion):
        return regions.find(text).mof_div_code
    if code := _with_books(text):
        return code
    return regions.find(text).mof_div_code


def _with_books(text: str) -> str:
    """The nine digits of a division of which the database in force has books, or ''."""
    import psycopg

    from fisc.app import ready
    from fisc.kernel.periods import years_open

    with psycopg.connect(ready(), application_name="fisc", autocommit=True) as conn:
        return next((code for code in (text, f"{text}{_OWN}") if code in years_open(conn)), "")


def government(text: str) -> str:
    """The nine digits of one government; six digits are its own level.

    Raises UnknownRegion, and RegistryError for a whole area.
    """
    from fisc.registry.areas import require_government

    code = division(text)
    require_government(code)
    return code


def whole_area(text: str) -> str:
    """The nine digits of an area; six digits, or the name, of a city are its whole area (…998)."""
    from fisc.registry import areas, regions

    code = division(text)
    return regions.whole_area(code) if text != code and areas.has_whole(code) else code


def place(text: str) -> str:
    """Six or nine digits, as figures read them: six leave it to the figure which level of a city it is."""
    code = division(text)
    return code if text == code or code.endswith(_WHOLE) else code[:_SIX]


def city(text: str) -> str:
    """The six digits of a city; nine for a county, or its own level where that is written (…000, 某市本级).

    Raises UnknownRegion, and RegistryError for a province.
    """
    from fisc.registry import areas, regions

    code = division(text)
    if not areas.is_kept(code):
        raise _not_one(
            code,
            "报告以市、县为单位",
            f"请写其中一个市或县的区划，见 fisc registry regions --under {code[:_SIX]}",
        )
    if not areas.is_city(code):
        return regions.own(code)
    is_own = code.endswith(_OWN) and (text == code or text.endswith("本级"))
    return code if is_own else code[:_SIX]


def _not_one(code: str, rule: str, hint: str) -> Exception:
    from fisc.registry.errors import RegistryError
    from fisc.registry.regions import lookup

    row = lookup(code)
    return RegistryError(f"{row.name if row else ''} {code} 不能这样问".strip(), rule=rule, hint=hint)


def _optional(read: Callable[[str], str]) -> Callable[[str], str]:
    """`read`, for an option that may be left out."""

    @wraps(read)
    def of(text: str) -> str:
        return read(text.strip()) if text and text.strip() else ""

    return of


def _region(read: Callable[[str], str], what: str) -> Any:
    return typer.Option("--region", callback=_optional(read), metavar="区划 / REGION", help=what)


Government = Annotated[str, _region(government, f"一级政府：{_WRITTEN} / one government")]
SomeGovernment = Annotated[
    str, _region(government, f"一级政府：{_WRITTEN}；不写为全部 / one government, or all")
]
OwnGovernment = Annotated[
    str, _region(government, f"一级政府：{_WRITTEN}；不写为办理人员的区划 / one government, or one's own")
]
Governments = Annotated[
    str, _region(division, f"财政区划：{_WRITTEN}；末三位 998 为全辖 / a government, or its whole area")
]
WholeArea = Annotated[
    str,
    _region(
        whole_area, f"财政区划：{_WRITTEN}；市 6 位为全市，…000 为市本级 / a city's six digits are all of it"
    ),
]
Place = Annotated[str, _region(place, f"财政区划：{_WRITTEN} / division")]
City = Annotated[
    str,
    _region(
        city,
        f"市、县：{_WRITTEN}；市 6 位为全辖，9 位 …000 为本级 / a city, its own level, a county",
    ),
]


def divisions(codes: list[str] | None) -> list[str]:
    """The nine digits of each. Raises UnknownRegion."""
    return [division(code) for code in codes or ()]


Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        callback=divisions,
        metavar="区划 / REGION",
        help=f"财政区划：{_WRITTEN}，可重复 / divisions",
    ),
]


# ---- years, months, days


class _MonthOfYear(int):
    """A month, and the year that was written before it (0: none)."""

    year: int = 0


def month_of(text: str) -> _MonthOfYear:
    """A month from 6, 06, or 2022-06. Raises BadParameter."""
    found = re.fullmatch(r"(?:(?P<year>\d{4})-)?(?P<month>0?[1-9]|1[0-2])", str(text).strip())
    if not found:
        raise typer.BadParameter(f"{text} 不是月份，写法如 6、06 或 2022-06 / a month is 6, 06 or 2022-06")
    month = _MonthOfYear(found["month"])
    month.year = int(found["year"] or 0)
    return month


def month_agrees(context: typer.Context, month: int | None) -> int | None:
    """The month; a year that was written with it is the year asked for."""
    if month is not None:
        _agree(context, getattr(month, "year", 0))
    return None if month is None else int(month)


def month_with_year(month: str) -> str:
    """A month of a year as 2022-03; here the year is part of it."""
    read = month_of(month)
    if not read.year:
        raise typer.BadParameter(f"{month} 没有写年度，写法如 2022-03 / a month of a year, as 2022-03")
    return f"{read.year}-{int(read):02d}"


def year_of_books(context: typer.Context, year: int | None) -> int | None:
    """The year whose books are asked: where they are not open, `database` refuses it."""
    return plain_year(context, year)


def plain_year(context: typer.Context, year: int | None) -> int | None:
    """A year that is no question to the books."""
    _agree(context, year or 0)
    return year


def _agree(context: typer.Context, year: int) -> None:
    """One year is asked for, whether `--year` or `--month` says it, in whatever order they are written."""
    asked = context.meta.setdefault(f"{__name__}.year", year) or year
    if year and asked != year:
        raise typer.BadParameter(
            f"--year 与 --month 的年度不同：{asked}、{year} / the years differ: {asked}, {year}"
        )
    context.meta[f"{__name__}.year"] = asked


_YEARS: Final = {"min": 1949, "max": 2999, "metavar": "年度 / YEAR"}
_OF_BOOKS: Final = {**_YEARS, "callback": year_of_books}
_PLAIN: Final = {**_YEARS, "callback": plain_year}
_MONTHS: Final = {"parser": month_of, "metavar": "月份 / MONTH", "callback": month_agrees}

Year = Annotated[int, typer.Option("--year", help="预算年度 / fiscal year", **_OF_BOOKS)]
SomeYear = Annotated[
    int | None, typer.Option("--year", help="预算年度；不写为全部 / fiscal year, or all", **_OF_BOOKS)
]
#: A year that statistics, or a duty, may have without books.
PlainYear = Annotated[int, typer.Option("--year", help="年度 / fiscal year", **_PLAIN)]
#: The year of elements, which begin before the books of it are open.
ElementYear = Annotated[int, typer.Option("--year", help="要素的年度 / year of the elements", **_PLAIN)]
#: A year of rows that say in which years they hold, whether books are open or not.
InForce = Annotated[
    int | None, typer.Option("--year", help="只列该年度有效的行 / rows in force in this year", **_PLAIN)
]
Month = Annotated[
    int | None, typer.Option("--month", help="截至月份，如 6、2022-06；默认全年 / up to month", **_MONTHS)
]
ClosedMonth = Annotated[
    int | None,
    typer.Option(
        "--month", help="截至月份；默认最后一个已关账的月份 / up to month, the last closed one", **_MONTHS
    ),
]
PayMonth = Annotated[
    str,
    typer.Option(
        "--pay-month",
        help="发放月份，如 2022-03 / month of the pay",
        metavar="月份 / MONTH",
        callback=month_with_year,
    ),
]  # fmt: skip
FromMonth = Annotated[
    int | None, typer.Option("--from-month", help="起始截止月，不用时刻时 / from cut-off month", **_MONTHS)
]
ToMonth = Annotated[int | None, typer.Option("--to-month", help="终止截止月 / to cut-off month", **_MONTHS)]
#: A day is written one way; typer reads it into midnight of it.
_DAYS: Final = {"formats": ["%Y-%m-%d"], "metavar": "日期 / DATE"}

On = Annotated[datetime | None, typer.Option("--on", help="业务日期，默认今天 / business date", **_DAYS)]
Day = Annotated[datetime, typer.Option("--on", help="哪一天 / the day", **_DAYS)]
AtDay = Annotated[
    datetime | None, typer.Option("--on", help="截至哪一天，默认今天 / as it stands on a day", **_DAYS)
]
AtYearEnd = Annotated[
    datetime | None, typer.Option("--on", help="截至哪一天，默认年末 / as it stands on a day", **_DAYS)
]
Dated = Annotated[
    datetime | None,
    typer.Option("--date", help="成文日期；不写则为草稿 / date of issue, a draft without", **_DAYS),
]


# ---- money, files


def _unit(name: str) -> str:
    from fisc.kernel.money import FEN_PER_UNIT

    if name not in FEN_PER_UNIT:
        raise typer.BadParameter(f"没有金额单位 {name}；可用 {'、'.join(FEN_PER_UNIT)} / no such unit")
    return name


Unit = Annotated[str, typer.Option("--unit", callback=_unit, help="金额单位 / unit of amounts")]
Snapshot = Annotated[
    Path | None, typer.Option("--snapshot", help="从快照目录取数，不连数据库 / read from a snapshot folder")
]
