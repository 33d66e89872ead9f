"""What the books say of revenue, month by month: receipts and budgets by code, read from balances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg

from fisc.registry import regions
from fisc.registry.rules import rules_for

GENERAL, FUNDS = "111", "121"
_BUDGET_SOURCE = "9101"
#: The books that hold execution: 财库〔2022〕41号 keeps a financial book beside the budgetary one.
_BOOKS = ("treasury_2022_budget", "treasury_2015")


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


def area(region: str) -> tuple[str, ...]:
    """The books that make up a division: suffix 998 is a city's own level and its banners."""
    if not region.endswith("998"):
        return (region,)
    return (regions.own(region), *(row.mof_div_code for row in regions.children(regions.own(region))))


def receipts(conn: psycopg.Connection[Any], region: str, years: Iterable[int]) -> list[Cell]:
    """Own receipts of a division in whole years, by year, month, fund and code.

    Where a consolidation of the whole area is published for a year (its own code's books, suffix 998),
    that is it; otherwise the area's governments are added up.
    """
    found: list[Cell] = []
    for year in sorted(set(years)):
        rows = conn.execute(
            "select c.mof_div_code = %s, b.period %% 100, c.fund_type_code, c.rev_func_code, "
            "sum(b.credit_fen - b.debit_fen)::bigint from ledger.balance_month b "
            "join ledger.account a on a.id = b.account_id join ledger.coding c on c.id = b.coding_id "
            "where a.book || ':' || a.code = any(%s) and c.mof_div_code = any(%s) "
            "and b.period between %s and %s group by 1, 2, 3, 4 order by 2, 3, 4",
            [region, list(_accounts(year)), [region, *area(region)], year * 100 + 1, year * 100 + 12],
        ).fetchall()
        found += [Cell(year, *row) for row in _of_the_whole(rows)]
    return found


def _of_the_whole(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Rows, less their first column (is it of the division's own code): those that are, if any is."""
    is_published = any(row[0] for row in rows)
    return (row[1:] for row in rows if row[0] or not is_published)


def budgets(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[BudgetCell]:
    """The budget of own revenue by fund and code: month 1's first approval, and all of the year.

    A published consolidation goes before the sum, as in `receipts`.
    """
    first, last = fiscal_year * 100, fiscal_year * 100 + 12
    rows = conn.execute(
        "select c.mof_div_code = %s, c.fund_type_code, c.rev_func_code, "
        "coalesce(sum(b.debit_fen - b.credit_fen) filter (where c.source_type_code = '1' "
        "and b.period <= %s), 0)::bigint, sum(b.debit_fen - b.credit_fen)::bigint "
        "from ledger.balance_month b join ledger.account a on a.id = b.account_id "
        "join ledger.coding c on c.id = b.coding_id where a.book = 'quota' and a.code = %s "
        "and c.mof_div_code = any(%s) and b.period between %s and %s group by 1, 2, 3 order by 2, 3",
        [region, first + 1, _BUDGET_SOURCE, [region, *area(region)], first, last],
    ).fetchall()
    return [BudgetCell(*row) for row in _of_the_whole(rows)]


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


@cache
def _accounts(fiscal_year: int) -> tuple[str, ...]:
    """The accounts of own revenue, by the rules of the year: one book, so that nothing counts twice."""
    return tuple(sorted(set(_credited(fiscal_year))))


def _credited(fiscal_year: int) -> Iterator[str]:
    books = {row.book for row in rules_for("tax_received", fiscal_year, GENERAL)}
    budgetary = next(book for book in _BOOKS if book in books)
    for event in ("tax_received", "nontax_received"):
        for fund in (GENERAL, FUNDS, "13"):
            for row in rules_for(event, fiscal_year, fund):
                if row.book == budgetary:
                    yield f"{row.book}:{row.credit}"
