"""What the statements of first books cannot know: the year before was kept elsewhere, if at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg

from fisc.closing.balances import balances_of
from fisc.closing.statements.books import statement_book
from fisc.closing.statements.execution import COLUMNS
from fisc.closing.statements.model import UNKNOWN, Row, Statement
from fisc.reading.ledger import Turnover, turnover, year
from fisc.registry import regions as divisions

Conn = psycopg.Connection[Any]
_LAST_YEAR = COLUMNS[0]
#: What of a balance sheet, and which row of income and outlay, says what a year began with.
_OPENING, _CARRIED = "年初余额", "年初结转结余"


def without_last_year(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[str]:
    """Those of regions in whose books nothing of the year before was posted: they were kept elsewhere."""
    asked = Turnover(("treasury_",), tuple(regions), year(fiscal_year - 1))
    kept = {region for (region,) in turnover(conn, asked, "mof_div_code", column="debit")}
    return [region for region in regions if region not in kept]


def note_of(regions: Sequence[str]) -> str:
    """What is said beneath a table of which last year is not known."""
    found = (divisions.lookup(region) for region in regions[:5])
    names = "、".join(row.name for row in found if row)
    return f"注：{names}{'等' if len(regions) > 5 else ''}上年不在本账，上年数空缺（未知，不是零）。"


def emptied(rows: Sequence[Row], column: int) -> tuple[Row, ...]:
    """Rows whose cell in a column is not known."""
    return tuple(replace(row, cells=(*row.cells[:column], UNKNOWN, *row.cells[column + 1 :])) for row in rows)


def told(conn: Conn, statements: Sequence[Statement]) -> list[Statement]:
    """Statements of a region's year as they may be told: what books elsewhere would say is left empty."""
    first = statements[0]
    region = first.mof_div_code
    if not without_last_year(conn, [region], first.fiscal_year):
        return list(statements)
    has_opening = _has_opening(conn, region, first.fiscal_year)
    return [_told(one, has_opening=has_opening) for one in statements]


def _has_opening(conn: Conn, region: str, fiscal_year: int) -> bool:
    """Whether balances that the year began with were entered."""
    book, start = statement_book(fiscal_year), fiscal_year * 100
    return bool(balances_of(conn, [region], fiscal_year, books=[book], periods=(start, start))[region])


def _told(one: Statement, *, has_opening: bool) -> Statement:
    rows = one.rows
    if _LAST_YEAR in one.columns:
        rows = emptied(rows, one.columns.index(_LAST_YEAR))
    elif not has_opening and _OPENING in one.columns:
        rows = emptied(rows, one.columns.index(_OPENING))
    elif not has_opening:
        rows = tuple(_unknown(row) if row.name == _CARRIED else row for row in rows)
    return one if rows == one.rows else replace(one, rows=rows, notes=(note_of([one.mof_div_code]),))


def _unknown(row: Row) -> Row:
    return replace(row, cells=(UNKNOWN,) * len(row.cells))
