"""Statements of a year: balance sheet, income and outlay, execution; as data and as workbooks."""

from fisc.closing.statements.books import balance_sheet, income_statement, tie_outs
from fisc.closing.statements.execution import INCOME, OUTLAY, execution
from fisc.closing.statements.model import Cell, Reading, Row, Statement, prove, read
from fisc.closing.statements.workbook import write_statements

__all__ = [
    "INCOME", "OUTLAY", "Cell", "Reading", "Row", "Statement", "balance_sheet", "execution",
    "income_statement", "prove", "read", "tie_outs", "write_statements",
]  # fmt: skip
