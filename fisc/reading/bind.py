"""A selection bound to a place and a time: accounts, periods, conditions of the area."""

from __future__ import annotations

from dataclasses import dataclass

from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.errors import FiscError
from fisc.reading.algebra import LIVELIHOOD, By, Figure, Scope, Selection, Span, Where
from fisc.registry.areas import Area, area_of, is_city
from fisc.registry.regions import full_code, require
from fisc.registry.settings import LAST, figure_area, livelihood_set

_FIRST_PERIOD = 0


class FigureError(FiscError):
    """A figure was asked for in a way that has no answer."""


#: Why there is no number where it is not settled what counts.
NOT_SETTLED = "没有设定民生支出口径"


@dataclass(frozen=True, slots=True)
class Bound:
    """A selection for one fiscal year: what the planner and the engines work on.

    `low` and `high` are periods (fiscal year × 100 + month), both included.
    """

    book: str
    codes: tuple[str, ...]
    side: int
    low: int
    high: int
    conditions: tuple[Where, ...]
    by: By

    @property
    def elements(self) -> frozenset[str]:
        """The elements tested or grouped by: the dimension family, besides account and region."""
        return frozenset(c.element for c in self.conditions) | {self.by.element}


def area_asked(region: str, wanted: Scope | None, figure_id: str, fiscal_year: int) -> Area:
    """The area that an ask names: nine digits say it; six digits of a city leave it to the ask, then to
    what the region has settled for the figure. Raises FigureError for what is no division code."""
    code = division(region)
    return area_of(region, wanted or figure_area(code, figure_id, fiscal_year))


def area_read(selection: Selection, asked: Area) -> Area:
    """The area whose rows tell a selection, asked of an area."""
    if selection.reach == "receiver" and not is_city(asked.code):
        return Area("receiver", asked.code)
    if selection.reach == "members" and is_city(asked.code):
        return Area("members", asked.code)
    return asked


def division(region: str) -> str:
    """The nine digits of `region` given as six or nine; raises FigureError for what is no code, and
    UnknownRegion for a code that no division has."""
    try:
        code = full_code(region)
    except ValueError:
        raise FigureError(
            f"“{region}”不是财政区划代码", rule="区划代码为 6 位，或 6 位加 3 位级次后缀",
            hint="例如 530700（全市）、530700000（市本级）、530702（县区）",
        ) from None  # fmt: skip
    return require(code).mof_div_code


def definition_of(figure: Figure, region: str = "", fiscal_year: int = LAST) -> str:
    """The figure's 口径 as it holds for a region in a year."""
    said = figure.definition_zh
    if LIVELIHOOD not in said:
        return said
    settled = livelihood_set(region[:6], fiscal_year)
    return said.replace(LIVELIHOOD, str(settled or "：按地区设定的民生口径所列各类之和，未设定的没有数"))


def _settled(where: Where, area: Area, fiscal_year: int) -> Where | None:
    """The condition with the codes that the area's government settled for a year; None where none."""
    if not where.setting:
        return where
    settled = livelihood_set(area.code, fiscal_year)
    return Where(where.element, settled.exp_func_codes, where.excluded) if settled else None


def _of_area(area: Area) -> tuple[Where, ...]:
    """What an area asks of coding blocks beside the government that keeps them."""
    if area.kind == "receiver":
        return (Where("rec_div_code", (area.code[:6],)),)
    return (Where("agency_code", (area.zone,)),) if area.kind == "zone" else ()


def periods(span: Span, fiscal_year: int, cutoff_month: int | None) -> tuple[int, int]:
    """(first, last) period that a span reads; the cut-off is the twelfth month unless given."""
    month = 12 if cutoff_month is None else cutoff_month
    if not 1 <= month <= 12:
        raise FigureError(f"截止月份 {month} 不在 1 到 12 之间", hint="不给截止月份即为全年")
    start = fiscal_year * 100
    return {
        Span.FLOW: (start + 1, start + month),
        Span.FIRST: (start, start + 1),
        Span.PLAN: (start, start + 12),
        Span.OPENING: (start, start),
        Span.CLOSED: (start, start + YEAR_END_MONTH),
        Span.YEAR: (start, start + month),
        Span.LIFE: (_FIRST_PERIOD, start + month),
    }[span]


def bind(
    selection: Selection, span: Span, fiscal_year: int, cutoff_month: int | None, area: Area,
    *, by: By | None = None, narrowed: tuple[Where, ...] = (),
) -> Bound | None:  # fmt: skip
    """The selection for a year and the area it is read in; None where no rule set gives it accounts
    then, or where it is not settled what counts.

    `by` replaces its breakdown, `narrowed` adds conditions.
    """
    accounts = selection.accounts_of(fiscal_year)
    if accounts is None:
        return None
    low, high = periods(span, fiscal_year, cutoff_month)
    asked = (*selection.conditions, *narrowed, *_of_area(area))
    conditions = tuple(found for where in asked if (found := _settled(where, area, fiscal_year)) is not None)
    if len(conditions) < len(asked):
        return None  # what counts is not settled
    return Bound(accounts.book, accounts.codes, selection.side, low, high, conditions, by or selection.by)
