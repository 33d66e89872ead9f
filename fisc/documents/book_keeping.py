"""Books of a government: opened by year, months closed for good; which periods there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg
from psycopg import sql

from fisc.documents.days import require_near, require_over
from fisc.documents.errors import RuleBroken
from fisc.documents.kind import Kind
from fisc.documents.refusals import listed
from fisc.kernel import close_periods, open_year
from fisc.kernel.entries import OPENING_MONTH, YEAR_END_MONTH
from fisc.kernel.periods import hold, periods
from fisc.kernel.posting import in_transaction
from fisc.registry import regions as divisions
from fisc.registry.areas import area_of, governments
from fisc.registry.officers import require_duty
from fisc.registry.open_books import require_kept

Conn = psycopg.Connection[Any]
#: The duty of who opens books and closes their months.
DUTY: Final = "books_keep"
_NAMES: Final = {OPENING_MONTH: "年初", YEAR_END_MONTH: "年终"}


@dataclass(frozen=True, slots=True)
class Period:
    """A period of a government's books: a month, the opening or the year's end."""

    mof_div_code: str
    period: int
    period_name: str
    is_closed: bool


def open_books(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> dict[str, bool]:
    """Open a year's periods of a government, or of its whole area (998): region -> whether it is new.

    Raises UnknownRegion, MissingDuty, RuleBroken for a year after the next one of the day `on`: no year is
    taken back.
    """
    require_near([fiscal_year], on, "开账")
    divisions.require(region)
    wanted = governments(area_of(region))

    def work() -> dict[str, bool]:
        require_duty(conn, by, DUTY, *wanted)
        before = {place for place, period in periods(conn, wanted) if period // 100 == fiscal_year}
        for place in wanted:
            open_year(conn, place, fiscal_year)
        return {place: place not in before for place in wanted}

    return in_transaction(conn, work)


def close_month(
    conn: Conn, region: str, fiscal_year: int, month: int, *, by: str, on: date
) -> dict[str, bool]:
    """Close a month of a government for good, or of all of its area (998): region -> whether now.

    Months are closed in order. Raises RuleBroken for what is no month, or is not over on the day `on`, where
    an earlier one is open, and where documents of the month are drafts still,
    NoBooks where the year was not opened, MissingDuty.
    """

    def work() -> dict[str, bool]:
        require_kept(conn, region, fiscal_year)
        _require_month(month)
        require_over(fiscal_year, month, on, "关账")
        wanted = _keeping(conn, region, fiscal_year)
        require_duty(conn, by, DUTY, *wanted)
        hold(conn, wanted)  # drafting takes the same lock: none slips in behind the question
        before = periods(conn, wanted)
        _refuse_gap(before, fiscal_year, month)
        refuse_drafts(conn, wanted, [fiscal_year * 100 + month])
        close_periods(conn, wanted, [fiscal_year * 100 + month])
        return {place: not before.get((place, fiscal_year * 100 + month), False) for place in wanted}

    return in_transaction(conn, work)


def _keeping(conn: Conn, region: str, fiscal_year: int) -> list[str]:
    """The governments meant; of a whole area those that opened the year."""
    wanted = list(governments(area_of(region)))
    if len(wanted) == 1:
        return wanted
    opened = {place for place, period in periods(conn, wanted) if period // 100 == fiscal_year}
    return [place for place in wanted if place in opened]


def _require_month(month: int) -> None:
    if not OPENING_MONTH < month < YEAR_END_MONTH:
        raise RuleBroken(
            f"没有 {month} 月", rule="逐月结账", hint="月份为 1 至 12；年终由 fisc year-end lock 封账"
        )


def _refuse_gap(known: dict[tuple[str, int], bool], fiscal_year: int, month: int) -> None:
    earlier = sorted(
        (place, period) for (place, period), is_closed in known.items()
        if not is_closed and fiscal_year * 100 < period < fiscal_year * 100 + month
    )  # fmt: skip
    if earlier:
        place, period = earlier[0]
        raise RuleBroken(
            f"{place} 的 {period // 100} 年 {period % 100} 月还没有关账",
            rule="逐月结账：先关前面的月份（会计基础工作规范）",
            hint="请先关闭前面的月份",
            details={"open": [list(one) for one in earlier[:20]]},
        )


def refuse_drafts(conn: Conn, regions: Sequence[str], months: Sequence[int]) -> None:
    """Raise RuleBroken naming the drafts that belong to months of a year: once closed none can be posted.

    The caller holds the regions (`kernel.periods.hold`): none is drafted behind the question.
    """
    from fisc.documents.installation import declared_by
    from fisc.settings import INSTALLED_APPS

    found: dict[str, list[str]] = {}
    for kind in declared_by(INSTALLED_APPS).kinds:
        if kind.own_month and (keys := _drafts(conn, kind, regions, months)):
            found[kind.name] = keys
    if found:
        words = "；".join(f"{name} {listed(keys)}" for name, keys in found.items())
        when = f"{months[0] // 100} 年" + (f" {months[0] % 100} 月" if len(months) == 1 else "")
        raise RuleBroken(
            f"{when}还有没入账的单据：{words}",
            rule="当月的业务当月入账，入账后关账（会计基础工作规范）",
            hint="请审核入账或作废这些单据，再关账",
            details={"drafts": {name: keys[:20] for name, keys in found.items()}},
        )


def unfinished(
    conn: Conn, regions: Sequence[str], fiscal_year: int
) -> dict[str, list[tuple[Kind[Any], str]]]:
    """Region -> the documents of a year that are neither in force nor given up, of every kind."""
    from fisc.documents.installation import declared_by
    from fisc.settings import INSTALLED_APPS

    found: dict[str, list[tuple[Kind[Any], str]]] = {}
    for kind in declared_by(INSTALLED_APPS).kinds:
        if not (states := kind.flow.unfinished):
            continue
        rows = conn.execute(
            sql.SQL(
                "select mof_div_code, doc_key from {} where mof_div_code = any(%s) and fiscal_year = %s "
                "and state = any(%s) order by 1, 2"
            ).format(sql.Identifier(kind.table)),
            [list(regions), fiscal_year, sorted(states)],
        )
        for region, key in rows:
            found.setdefault(region, []).append((kind, key))
    return found


def _drafts(conn: Conn, kind: Kind[Any], regions: Sequence[str], months: Sequence[int]) -> list[str]:
    rows = conn.execute(
        sql.SQL(
            "select n.doc_key from {} n where n.mof_div_code = any(%s) and n.state = %s and {} = any(%s) "
            "order by 1"
        ).format(sql.Identifier(kind.table), sql.SQL(kind.own_month)),
        [list(regions), kind.initial, list(months)],
    )
    return [key for (key,) in rows]


def books_periods(conn: Conn, region: str, fiscal_year: int) -> list[Period]:
    """The periods of a government's year, or of its whole area's (998), in order. Raises NoBooks."""
    require_kept(conn, region, fiscal_year)
    return [
        Period(place, period, _NAMES.get(period % 100, f"{period % 100} 月"), is_closed)
        for (place, period), is_closed in periods(conn, governments(area_of(region))).items()
        if period // 100 == fiscal_year
    ]
