"""A budget's balance over a year: what it began with, what it gave away, what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.closing.papers import year_end_keys
from fisc.closing.statements.books import FUND_COLUMNS, against_deficit, carried_cells
from fisc.closing.statements.execution import FUNDS
from fisc.closing.statements.model import Cell, Reading, read
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen, rounding_note

Conn = psycopg.Connection[Any]

#: The general budget: its balance alone can reduce a deficit.
_GENERAL: Final = "111"
#: The accounts of a budget's balance, up to 2022 and since.
_ACCOUNTS: Final = {
    "111": ("treasury_2015:3001", "treasury_2022_budget:8001"),
    "121": ("treasury_2015:3002", "treasury_2022_budget:8002"),
    "13": ("treasury_2015:3003", "treasury_2022_budget:8003"),
}  # fmt: skip


def _balance_account(fund: str, fiscal_year: int) -> str:
    return _ACCOUNTS[fund][fiscal_year >= 2023]


def _of(fund: str) -> dict[str, tuple[str, ...]]:
    """The conditions by which a budget's balance is read."""
    return {"fund_type_code": FUNDS[fund]}


def _column(fund: str) -> int:
    """The column of a budget among `FUND_COLUMNS`."""
    return next(index for index, (_, funds, _) in enumerate(FUND_COLUMNS) if fund in funds)


def set_apart(conn: Conn, fund: str, regions: Sequence[str], fiscal_year: int) -> Cell:
    """What the balance gave in the year to the working fund (192-T33): no account of outlay tells it."""
    account, readings = _balance_account(fund, fiscal_year), []
    first, last = fiscal_year * 100 + 1, fiscal_year * 100 + YEAR_END_MONTH
    for region in regions:
        without = year_end_keys(conn, [region], fiscal_year)
        readings.append(Reading(region, (account,), first, last, 1, _of(fund), without))
    return _sum(conn, readings)


def opening_balance(conn: Conn, fund: str, regions: Sequence[str], fiscal_year: int) -> Cell:
    """What a budget's balance of last year was when the year began."""
    account, start = _balance_account(fund, fiscal_year), fiscal_year * 100
    return _sum(conn, [Reading(region, (account,), start, start, -1, _of(fund)) for region in regions])


def _sum(conn: Conn, readings: Sequence[Reading]) -> Cell:
    return sum((Cell(read(conn, one), (one,)) for one in readings), Cell(0))


def left_in_words(
    conn: Conn, fund: str, regions: Sequence[str], fiscal_year: int, left: Cell, *, is_exact: bool = False
) -> tuple[str, ...]:
    """What of the balance at the end goes on with its quotas, and what nobody needs, in words.

    In whole 万元, as the table prints the balance; to the fen in 元 where it `is_exact`.
    """
    column = _column(fund)
    parts = [carried_cells(conn, region, fiscal_year)[column] for region in regions]
    if any(part.fen is None for part in parts):
        return ("年终结余中的结转和净结余，指标结转办完后填列。",)
    carried = sum(parts, Cell(0))
    of_deficit_in = regions if fund == _GENERAL else ()
    reduced = sum(against_deficit(conn, region, fiscal_year).amount for region in of_deficit_in)
    amounts = [carried.amount, reduced, left.amount - carried.amount - reduced]
    unit, digits = ("元", 2) if is_exact else ("万元", 0)
    total, on, off, net = (f"{format_fen(fen, unit, digits)} {unit}" for fen in (left.amount, *amounts))
    of_deficit = f"超收收入冲减赤字（结转下年还本）{off}，" if reduced else ""
    rounding = rounding_note(amounts, left.amount, unit, digits)
    why = f"（{rounding}）" if rounding else ""
    return (f"年终结余 {total}，其中结转下年支出 {on}，{of_deficit}净结余 {net}{why}。",)
