"""All statements of a government's year, in the order in which they are bound."""

from __future__ import annotations

from typing import Any

import psycopg

from fisc.closing.statements.books import balance_sheet, income_statement
from fisc.closing.statements.execution import INCOME, OUTLAY, execution
from fisc.closing.statements.model import Statement
from fisc.closing.statements.surplus import surplus_statement
from fisc.closing.tables import CONVERSION_YEAR

_FUNDS = ("111", "121", "13")


def year_statements(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[Statement]:
    """Balance sheet, income and outlay (from 2023 income and expense), execution of every budget there is."""
    flows = income_statement if fiscal_year < CONVERSION_YEAR else surplus_statement
    found = [balance_sheet(conn, region, fiscal_year), flows(conn, region, fiscal_year)]
    executions = (execution(conn, region, fiscal_year, f, side) for f in _FUNDS for side in (INCOME, OUTLAY))
    return [*found, *(made for made in executions if len(made.rows) > 1)]
