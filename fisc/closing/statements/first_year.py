"""What statements cannot know: a year before that was kept elsewhere, a budget that was not approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg

from fisc.closing.balances import balances_of
from fisc.closing.statements.books import statement_book
from fisc.closing.statements.execution import COLUMNS
from fisc.closing.statements.model import UNKNOWN, Row, Statement
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.algebra import Where
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry import regions as divisions
from fisc.registry.quota_rules import CARRIED

Conn = psycopg.Connection[Any]
_LAST_YEAR, _BUDGET = COLUMNS[:2]
NO_BUDGET = "注：本年没有登记批准的年初预算，预算一列空缺（未知，不是零）；上年结转的指标不是本年批准的预算。"
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
    return f"注：{names}{'等' if len(regions) > 5 else ''}上年不在本账，上年一列空缺（未知，不是零）。"


def emptied(rows: Sequence[Row], column: int) -> tuple[Row, ...]:
    """Rows whose cell in a column is not known."""
    return tuple(replace(row, cells=(*row.cells[:column], UNKNOWN, *row.cells[column + 1 :])) for row in rows)


def told(conn: Conn, statements: Sequence[Statement]) -> list[Statement]:
    """Statements of a region's year as they may be told: what books elsewhere would say is left empty."""
    first = statements[0]
    region = first.mof_div_code
    if not has_budget(conn, [region], first.fiscal_year):
        statements = [_without_budget(one) for one in statements]
    if not without_last_year(conn, [region], first.fiscal_year):
        return list(statements)
    has_opening = _has_opening(conn, region, first.fiscal_year)
    return [_told(one, has_opening=has_opening) for one in statements]


def has_budget(conn: Conn, regions: Sequence[str], fiscal_year: int) -> bool:
    """Whether a budget was approved for the year, or published: what came to it later is none."""
    asked = Turnover(
        ("quota:",), tuple(regions), (fiscal_year * 100, fiscal_year * 100 + YEAR_END_MONTH),
        where=(Among("source_type_code", ("1",)), Where("bgt_type_code", (CARRIED,), excluded=True)),
    )  # fmt: skip
    return bool(turnover(conn, asked, "account", column="credit"))


def _without_budget(one: Statement) -> Statement:
    if _BUDGET not in one.columns:
        return one
    return replace(one, rows=emptied(one.rows, one.columns.index(_BUDGET)), notes=(*one.notes, NO_BUDGET))


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
    if rows == one.rows:
        return one
    return replace(one, rows=rows, notes=(note_of([one.mof_div_code]), *one.notes))


def _unknown(row: Row) -> Row:
    return replace(row, cells=(UNKNOWN,) * len(row.cells))
