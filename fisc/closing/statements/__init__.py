"""Statements of a year: balance sheet, income and outlay, execution; as data and as workbooks."""

from fisc.closing.statements.books import (
    balance_sheet,
    balance_sheets,
    income_statement,
    income_statements,
    tie_outs,
)
from fisc.closing.statements.execution import INCOME, OUTLAY, execution
from fisc.closing.statements.model import Cell, Reading, Row, Statement, prove, read
from fisc.closing.statements.surplus import SURPLUS, surplus_statement, surplus_statements
from fisc.closing.statements.yearly import year_statements

__all__ = [
    "INCOME", "OUTLAY", "SURPLUS", "Cell", "Reading", "Row", "Statement", "balance_sheet",
    "balance_sheets", "execution", "income_statement", "income_statements", "prove", "read",
    "surplus_statement", "surplus_statements", "tie_outs", "year_statements",
]  # fmt: skip
