"""收入费用表 (财库〔2022〕41号, recalled): income, expense and surplus of the financial book, from 2023.

Columns are all money together and each budget's own. What moved net assets besides (储备之间结转, a stake
that is registered) stands beneath, so that the sheet's net assets follow from it;
then what the budgets leave over, 结转 apart from 净结余. The same before and after
the closing of the year.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.closing.balances import NOMINAL, Balance, balances_of
from fisc.closing.papers import year_end_keys
from fisc.closing.statements.books import split
from fisc.closing.statements.model import UNKNOWN, Cell, Reading, Row, Statement, total
from fisc.closing.tables import CONVERSION_YEAR
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.registry import rules
from fisc.registry.tables import AccountRow

Conn = psycopg.Connection[Any]
TITLE: Final = "收入费用表"
SURPLUS: Final = "本期盈余"
CHANGE: Final = "净资产变动"
_BOOK: Final = "treasury_2022_financial"
#: The book of the budgets, whose balances are split below, and the balance of each column but the first.
_BUDGET: Final = "treasury_2022_budget"
_BALANCES: Final = ("8001", "8002", "8003", "8005")
LEFT: Final = "年末结转结余（预算会计）"
#: Column -> the funds it shows; () all of them.
COLUMNS: Final = (
    ("合计", ()), ("一般公共预算", ("111", "112", "113", "114")), ("政府性基金预算", ("121", "122")),
    ("国有资本经营预算", ("13",)), ("财政专户管理资金", ("2",)),
)  # fmt: skip
_NOTE: Final = "报表格式按财库〔2022〕41号，凭记忆列示，未与公布的文本核对。"


def surplus_statement(conn: Conn, region: str, fiscal_year: int) -> Statement:
    """Income, expense and surplus of a year. Raises ValueError for a year before 财库〔2022〕41号."""
    return surplus_statements(conn, [region], fiscal_year)[region]


def surplus_statements(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Statement]:
    """As `surplus_statement`, of many regions at once: region -> its statement."""
    if fiscal_year < CONVERSION_YEAR:
        raise ValueError(f"{fiscal_year} 年没有{TITLE}：收入费用自 {CONVERSION_YEAR} 年起核算")
    own = {region: year_end_keys(conn, [region], fiscal_year) for region in regions}
    span = fiscal_year * 100 + 1, fiscal_year * 100 + YEAR_END_MONTH
    every = tuple(key for keys in own.values() for key in keys)
    found = balances_of(conn, regions, fiscal_year, books=[_BOOK], periods=span, without=every)
    whole = fiscal_year * 100, span[1]
    budgets = balances_of(conn, regions, fiscal_year, books=[_BUDGET], periods=whole, without=every)
    return {
        region: _statement(
            _Maker(region, found[region], span, own[region]), fiscal_year,
            _left_over(conn, _Maker(region, budgets[region], whole, own[region], _BUDGET), fiscal_year),
        )
        for region in regions
    }  # fmt: skip


def _left_over(conn: Conn, maker: _Maker, fiscal_year: int) -> list[Row]:
    """What the budgets leave over in their own book, split into what was carried over and what was not."""
    accounts = rules.accounts(_BUDGET, fiscal_year)
    nominal = [account for account in accounts if account.account_class in NOMINAL]
    stands = {account.code: account for account in accounts}
    cells = tuple(
        maker.cell([stands[code]], (), -1) + maker.cell(nominal, funds, -1)
        for (_, funds), code in zip(COLUMNS[1:], _BALANCES, strict=True)
    )
    parts = split(conn, maker.region, fiscal_year, cells)
    return [
        Row("", name, (_sum(told), *told), is_total=name == LEFT)
        for name, told in ((LEFT, cells), *parts.items())
    ]


def _sum(cells: Sequence[Cell]) -> Cell:
    """All budgets together; not known where one is not."""
    return UNKNOWN if any(cell.fen is None for cell in cells) else sum(cells, Cell(0))


class _Maker:
    """Makes rows with a cell for each column from balances that were read once."""

    def __init__(
        self, region: str, found: Sequence[Balance], span: tuple[int, int], without: tuple[str, ...],
        book: str = _BOOK,
    ) -> None:  # fmt: skip
        self.region, self._found, self._span, self._without = region, found, span, without
        self._book = book

    def row(self, account: AccountRow) -> Row:
        """A row of one account: what it grew by on its normal side."""
        return self.sum_of(account.code, account.name, [account], account.normal_side)

    def sum_of(self, code: str, name: str, accounts: Sequence[AccountRow], sign: int) -> Row:
        """A row of several accounts together; `sign` 1 counts debits."""
        cells = tuple(self.cell(accounts, funds, sign) for _, funds in COLUMNS)
        return Row(code, name, cells)

    def cell(self, accounts: Sequence[AccountRow], funds: tuple[str, ...], sign: int) -> Cell:
        """What accounts hold of some funds, of all where none is said."""
        codes = {account.code for account in accounts}
        fen = sum(
            b.fen for b in self._found
            if b.code in codes and (not funds or b.coding.fund_type_code in funds)
        )  # fmt: skip
        names = tuple(f"{self._book}:{account.code}" for account in accounts)
        elements = {"fund_type_code": funds} if funds else {}
        return Cell(sign * fen, (Reading(self.region, names, *self._span, sign, elements, self._without),))


def _statement(maker: _Maker, fiscal_year: int, left: Sequence[Row]) -> Statement:
    accounts = rules.accounts(_BOOK, fiscal_year)
    of = {
        name: [a for a in accounts if a.account_class == name] for name in ("income", "expense", "net_assets")
    }
    income, expense = [maker.row(a) for a in of["income"]], [maker.row(a) for a in of["expense"]]
    surplus = maker.sum_of("", SURPLUS, [*of["income"], *of["expense"]], -1)
    moved = maker.sum_of("", "净资产直接增减（登记股权、储备之间结转等）", of["net_assets"], -1)
    rows = (
        total("", "收入合计", income), *_told(income), total("", "费用合计", expense), *_told(expense),
        Row("", SURPLUS, surplus.cells, is_total=True), moved, total("", CHANGE, [surplus, moved]), *left,
    )  # fmt: skip
    columns = tuple(name for name, _ in COLUMNS)
    return Statement(maker.region, fiscal_year, TITLE, columns, rows, (_NOTE,))


def _told(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if any(cell.fen for cell in row.cells)]
