"""What the books say of revenue, month by month: receipts and budgets by code, asked as figures ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import psycopg

from fisc.reading.algebra import Flow, Span
from fisc.reading.bind import FigureError
from fisc.reading.budget_lines import first_approved
from fisc.reading.ledger import Time, measured
from fisc.registry.areas import area_of
from fisc.revenue.figures import OWN_BUDGET, OWN_RECEIPTS

GENERAL, FUNDS = "111", "121"
#: The funds that own receipts come into.
FUND_CODES: Final = (GENERAL, FUNDS, "13")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cell:
    """Receipts of one code in one month (1..12), in fen; refunds are taken off."""

    fiscal_year: int
    month: int
    fund_type_code: str
    rev_func_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BudgetCell:
    """The budget of one code: as first approved, and with every change of the year."""

    fund_type_code: str
    rev_func_code: str
    initial_fen: int
    adjusted_fen: int


def receipts(
    conn: psycopg.Connection[Any], region: str, years: Iterable[int], funds: Sequence[str] = FUND_CODES
) -> list[Cell]:
    """Own receipts of a division in whole years, by year, month, fund and code, as the figures count them.

    Raises FigureError where a whole area (998) is neither published nor made up of all its governments.
    """
    area = area_of(region)
    return [
        Cell(year, month, fund, code, fen)
        for year in sorted(set(years)) for fund in funds
        for (month, code), fen in measured(
            conn, Flow(OWN_RECEIPTS.where("fund_type_code", fund)), area, Time(year), "month", "rev_func_code"
        ).items()
    ]  # fmt: skip


def budgets(
    conn: psycopg.Connection[Any], region: str, fiscal_year: int, funds: Sequence[str] = FUND_CODES
) -> list[BudgetCell]:
    """The budget of own revenue by fund and code: month 1's first approval, and all of the year.

    Raises FigureError as `receipts` does.
    """
    found: list[BudgetCell] = []
    for fund in funds:
        budget = OWN_BUDGET.where("fund_type_code", fund)
        initial, adjusted = (
            measured(conn, flow, area_of(region), Time(fiscal_year), "rev_func_code")
            for flow in (Flow(first_approved(budget), Span.FIRST), Flow(budget, Span.PLAN))
        )
        found += [BudgetCell(fund, code, initial.get((code,), 0), fen) for (code,), fen in adjusted.items()]
    return found


def where_formed(read: Callable[[], list[T]]) -> tuple[list[T], str]:
    """What `read` finds, or nothing and the reason why the area cannot be formed."""
    try:
        return read(), ""
    except FigureError as gap:
        return [], gap.message


def by_month(
    cells: Iterable[Cell], fund: str = GENERAL, prefixes: Sequence[str] = ("",)
) -> Mapping[int, int]:
    """Period (yyyymm) -> fen, of the codes that begin with one of `prefixes`."""
    found: dict[int, int] = {}
    for cell in cells:
        if cell.fund_type_code == fund and cell.rev_func_code.startswith(tuple(prefixes)):
            period = cell.fiscal_year * 100 + cell.month
            found[period] = found.get(period, 0) + cell.amount_fen
    return found
