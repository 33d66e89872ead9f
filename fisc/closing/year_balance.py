"""The general budget's balance over a year: what it began with, what it gave away, what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.closing.services.papers import year_end_keys
from fisc.closing.statements.books import against_deficit, carried_cells
from fisc.closing.statements.execution import FUNDS
from fisc.closing.statements.model import Cell, Reading, read
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen, rounding_note

Conn = psycopg.Connection[Any]

#: The column of the general budget among `FUND_COLUMNS`.
_GENERAL: Final = 0
#: The conditions by which its balance is read.
_OF_GENERAL: Final = {"fund_type_code": FUNDS["111"]}


def _balance_account(fiscal_year: int) -> str:
    return "treasury_2015:3001" if fiscal_year < 2023 else "treasury_2022_budget:8001"


def set_apart(conn: Conn, regions: Sequence[str], fiscal_year: int) -> Cell:
    """What the balance gave in the year to the working fund (192-T33): no account of outlay tells it."""
    account, readings = _balance_account(fiscal_year), []
    first, last = fiscal_year * 100 + 1, fiscal_year * 100 + YEAR_END_MONTH
    for region in regions:
        without = year_end_keys(conn, [region], fiscal_year)
        readings.append(Reading(region, (account,), first, last, 1, _OF_GENERAL, without))
    return _sum(conn, readings)


def opening_balance(conn: Conn, regions: Sequence[str], fiscal_year: int) -> Cell:
    """What the general budget's balance of last year was when the year began."""
    account, start = _balance_account(fiscal_year), fiscal_year * 100
    return _sum(conn, [Reading(region, (account,), start, start, -1, _OF_GENERAL) for region in regions])


def _sum(conn: Conn, readings: Sequence[Reading]) -> Cell:
    return sum((Cell(read(conn, one), (one,)) for one in readings), Cell(0))


def left_in_words(
    conn: Conn, regions: Sequence[str], fiscal_year: int, left: Cell, *, is_exact: bool = False
) -> tuple[str, ...]:
    """What of the balance at the end goes on with its quotas, and what nobody needs, in words.

    In whole 万元, as the table prints the balance; to the fen in 元 where it `is_exact`.
    """
    parts = [carried_cells(conn, region, fiscal_year)[_GENERAL] for region in regions]
    if any(part.fen is None for part in parts):
        return ("年终结余中的结转和净结余，指标结转办完后填列。",)
    carried = sum(parts, Cell(0))
    reduced = sum(against_deficit(conn, region, fiscal_year).amount for region in regions)
    amounts = [carried.amount, reduced, left.amount - carried.amount - reduced]
    unit, digits = ("元", 2) if is_exact else ("万元", 0)
    total, on, off, net = (f"{format_fen(fen, unit, digits)} {unit}" for fen in (left.amount, *amounts))
    of_deficit = f"超收收入冲减赤字（结转下年还本）{off}，" if reduced else ""
    rounding = rounding_note(amounts, left.amount, unit, digits)
    why = f"（{rounding}）" if rounding else ""
    return (f"年终结余 {total}，其中结转下年支出 {on}，{of_deficit}净结余 {net}{why}。",)
