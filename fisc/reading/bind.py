"""A selection bound to a place and a time: accounts, periods, regions.

Division codes (财政区划) have nine digits: six of GB/T 2260 and a suffix, 000 for the
government's own level (本级) and 998 for the consolidation of its area (辖区合计).
"""

from __future__ import annotations

from dataclasses import dataclass

from fisc.kernel.errors import FiscError
from fisc.reading.algebra import By, Scope, Selection, Span, Where

OWN_SUFFIX = "000"
WHOLE_SUFFIX = "998"
_FIRST_PERIOD = 0


class FigureError(FiscError):
    """A figure was asked for in a way that has no answer."""


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


def division(region: str) -> str:
    """The nine digits of `region` given as six or nine; raises FigureError otherwise."""
    if region.isdigit() and len(region) in (6, 9):
        return region if len(region) == 9 else region + OWN_SUFFIX
    raise FigureError(
        f"“{region}”不是财政区划代码", rule="区划代码为 6 位，或 6 位加 3 位级次后缀",
        hint="例如 530700（全市）、530700000（市本级）、530702（县区）",
    )  # fmt: skip


def is_city(div: str) -> bool:
    """Whether the code is a prefecture-level city's: it has counties below it."""
    return div[4:6] == "00" and div[2:6] != "0000"


def scope_of(region: str, wanted: Scope | None, default: Scope) -> Scope:
    """The scope to use: nine digits say it themselves, a county has only its own level."""
    if len(region) == 9:
        return "whole" if region.endswith(WHOLE_SUFFIX) else "own"
    return (wanted or default) if is_city(region) else "own"


def own_code(region: str) -> str:
    """The code of the government's own level."""
    return division(region)[:6] + OWN_SUFFIX


def whole_code(region: str) -> str:
    """The code of the published consolidation of the area."""
    return division(region)[:6] + WHOLE_SUFFIX


def city_of(region: str) -> str:
    """The own-level code of the city that a county belongs to."""
    return division(region)[:4] + "00" + OWN_SUFFIX


def members(region: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The city's own level and its counties, of the regions the ledger knows."""
    city = division(region)[:4]
    return tuple(sorted(d for d in known if d.startswith(city) and d.endswith(OWN_SUFFIX)))


def counties(region: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The counties of the city that `region` is, or belongs to."""
    return tuple(d for d in members(region, known) if not is_city(d))


def peers(region: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The cities and leagues of the province that `region` lies in."""
    province = division(region)[:2]
    return tuple(sorted(d for d in known if d[:2] == province and is_city(d) and d.endswith(OWN_SUFFIX)))


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
        Span.YEAR: (start, start + month),
        Span.LIFE: (_FIRST_PERIOD, start + month),
    }[span]


def bind(
    selection: Selection, span: Span, fiscal_year: int, cutoff_month: int | None,
    *,
    by: By | None = None, narrowed: tuple[Where, ...] = (), receiver: str | None = None,
) -> Bound | None:  # fmt: skip
    """The selection for a year; None where no rule set gives it accounts in that year.

    `by` replaces its breakdown, `narrowed` adds conditions, `receiver` is the nine-digit
    code of the region that must be on the receiving side.
    """
    accounts = selection.accounts_of(fiscal_year)
    if accounts is None:
        return None
    low, high = periods(span, fiscal_year, cutoff_month)
    conditions = selection.conditions + narrowed
    if receiver:
        conditions += (Where("rec_div_code", (receiver[:6],)),)
    return Bound(accounts.book, accounts.codes, selection.side, low, high, conditions, by or selection.by)
