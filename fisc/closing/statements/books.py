"""The statements of the treasury's books (财库〔2015〕192号第四十八条): balance sheet, income and outlay.

They answer the same before and after the year is closed and its balances are carried on: what the
year's end itself posted is left out where it must be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import psycopg

from fisc.budget import services as budget
from fisc.closing.balances import NOMINAL, Balance, balances_of
from fisc.closing.papers import OPEN, SOURCES, entry_keys, paper_ids, year_end_keys
from fisc.closing.quota_balances import carries_known
from fisc.closing.statements.model import UNKNOWN, Cell, Reading, Row, Statement, total
from fisc.kernel.entries import CREDIT, DEBIT, YEAR_END_MONTH
from fisc.reading.entries import touching
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import rules
from fisc.registry.quota_rules import CARRIED
from fisc.registry.tables import AccountRow
from fisc.reserves.rules import PRINCIPAL

Conn = psycopg.Connection[Any]
#: First and last period, and the entries that do not count.
_Span = tuple[int, int, tuple[str, ...]]

#: Which part of a balance sheet an account's class belongs to, in the order of the sheet.
_PARTS: Final = (("asset", "资产"), ("liability", "负债"), ("net_assets", "净资产"))
#: Column of the statement of income and outlay -> the funds it shows, the account of what is left over.
FUND_COLUMNS: Final = (
    ("一般公共预算", ("111", "112", "113", "114"), ("3001",)),
    ("政府性基金预算", ("121", "122"), ("3002",)),
    ("国有资本经营预算", ("13",), ("3003",)),
    ("财政专户管理资金", ("2",), ("3005",)),
    ("专用基金", (), ("3007",)),
)
#: Income and outlay of special funds, whatever fund type stands on them.
_SPECIAL: Final = ("4007", "5007")


def statement_book(fiscal_year: int) -> str:
    """The book whose assets and liabilities the balance sheet shows."""
    return rules.treasury_books(fiscal_year)[0]


def balance_sheet(conn: Conn, region: str, fiscal_year: int) -> Statement:
    """资产负债表: every account of the year's book with its opening and its closing balance.

    Before the year is closed, income less outlay stands in net assets in its own row, so that assets
    are liabilities and net assets at any time.
    """
    return balance_sheets(conn, [region], fiscal_year)[region]


def balance_sheets(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Statement]:
    """As `balance_sheet`, of many regions at once: region -> its sheet."""
    start, end = fiscal_year * 100, fiscal_year * 100 + YEAR_END_MONTH
    carried = {region: entry_keys(conn, region, fiscal_year, OPEN) for region in regions}
    spans: tuple[_Span, _Span] = (
        (start, start, ()),
        (start, end, tuple(k for ks in carried.values() for k in ks)),
    )
    found = [_read(conn, regions, fiscal_year, span) for span in spans]
    return {
        region: _sheet(
            region, fiscal_year, ((start, start, ()), (start, end, carried[region])),
            [_by_account(balances[region]) for balances in found],
        )
        for region in regions
    }  # fmt: skip


def _read(conn: Conn, regions: Sequence[str], fiscal_year: int, span: _Span) -> dict[str, list[Balance]]:
    first, last, without = span
    book = statement_book(fiscal_year)
    return balances_of(conn, regions, fiscal_year, books=[book], periods=(first, last), without=without)


def _by_account(balances: Sequence[Balance]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for b in balances:
        found[b.code] += b.fen
    return found


def _sheet(
    region: str, fiscal_year: int, readings: Sequence[_Span], found: Sequence[dict[str, int]]
) -> Statement:
    book = statement_book(fiscal_year)
    rows: list[Row] = []
    for part, name in _PARTS:
        sign = 1 if part == "asset" else -1
        lines = [
            _account_row(region, account, sign, readings, found)
            for account in rules.accounts(book, fiscal_year) if account.account_class == part
        ]  # fmt: skip
        if part == "net_assets":
            lines.append(_unclosed(region, fiscal_year, readings, found))
        lines = [row for row in lines if any(cell.fen for cell in row.cells)]
        empty = Row("", "", (Cell(0), Cell(0)))
        rows += [*lines, total("", f"{name}合计", lines or [empty])]
    both = [rows_ for rows_ in rows if rows_.name in ("负债合计", "净资产合计")]
    rows.append(total("", "负债和净资产总计", both))
    return Statement(region, fiscal_year, "资产负债表", ("年初余额", "期末余额"), tuple(rows))


def _account_row(
    region: str, account: AccountRow, sign: int, readings: Sequence[_Span], found: Sequence[dict[str, int]]
) -> Row:
    name = f"{account.book}:{account.code}"
    cells = [
        Cell(sign * fen.get(account.code, 0), (Reading(region, (name,), first, last, sign, {}, without),))
        for (first, last, without), fen in zip(readings, found, strict=True)
    ]
    return Row(account.code, account.name, tuple(cells))


def _unclosed(
    region: str, fiscal_year: int, readings: Sequence[_Span], found: Sequence[dict[str, int]]
) -> Row:
    book = statement_book(fiscal_year)
    nominal = [a for a in rules.accounts(book, fiscal_year) if a.account_class in NOMINAL]
    names = tuple(f"{a.book}:{a.code}" for a in nominal)
    cells = [
        Cell(
            -sum(fen.get(a.code, 0) for a in nominal), (Reading(region, names, first, last, -1, {}, without),)
        )
        for (first, last, without), fen in zip(readings, found, strict=True)
    ]
    return Row("", "本年收支差额（未结转）", tuple(cells))


def income_statement(conn: Conn, region: str, fiscal_year: int) -> Statement:
    """收入支出表 of a year up to 2022: by account and budget, from last year's balance to this year's.

    Raises ValueError for a year of 财库〔2022〕41号, whose statement has other accounts.
    """
    return income_statements(conn, [region], fiscal_year)[region]


def income_statements(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Statement]:
    """As `income_statement`, of many regions at once: region -> its statement."""
    book = statement_book(fiscal_year)
    if book != "treasury_2015":
        raise ValueError(f"{fiscal_year} 年的收入支出表按财库〔2022〕41号另表列示")
    own = {region: year_end_keys(conn, [region], fiscal_year) for region in regions}
    every = tuple(key for keys in own.values() for key in keys)
    opening, year = (_read(conn, regions, fiscal_year, span) for span in _spans(fiscal_year, every).values())
    columns = tuple(name for name, _, _ in FUND_COLUMNS)
    found = {}
    for region in regions:
        balances = {"opening": opening[region], "year": year[region]}
        maker = _Maker(region, balances, _spans(fiscal_year, own[region]))
        rows = tuple(_income_rows(maker, rules.accounts(book, fiscal_year)))
        parts = split(conn, region, fiscal_year, rows[-1].cells)
        apart = (Row("", name, cells) for name, cells in parts.items())
        found[region] = Statement(region, fiscal_year, "收入支出表", columns, (*rows, *apart))
    return found


_CARRIED: Final = "quota:9104"


def carried_cells(conn: Conn, region: str, fiscal_year: int) -> tuple[Cell, ...]:
    """What of a year's balances was carried over with its quotas (结转), by `FUND_COLUMNS`.

    Not known where no quotas are kept, or as long as some wait to be carried over.
    """
    if not carries_known(conn, [region], fiscal_year):
        return (UNKNOWN,) * len(FUND_COLUMNS)
    end = fiscal_year * 100 + YEAR_END_MONTH
    ours = budget.carry_over_ids(conn, [region], fiscal_year)
    ours |= paper_ids(conn, region, fiscal_year, SOURCES)
    others = tuple(key for key, paper in touching(conn, _CARRIED, [region], end) if paper not in ours)
    asked = Turnover((_CARRIED,), (region,), (end, end), CREDIT, without=others)
    moved = turnover(conn, asked, "fund_type_code")
    return tuple(
        Cell(
            sum(moved.get((fund,), 0) for fund in funds),
            (Reading(region, (_CARRIED,), end, end, CREDIT, {"fund_type_code": funds}, others),),
        )
        for _, funds, _ in FUND_COLUMNS
    )


def against_deficit(conn: Conn, region: str, fiscal_year: int) -> Cell:
    """What of the general budget's balance reduces the deficit: the next year begins with it as principal."""
    start, funds = (fiscal_year + 1) * 100, FUND_COLUMNS[0][1]
    of = {"fund_type_code": funds, "exp_func_code": (PRINCIPAL,), "bgt_type_code": (CARRIED,)}
    where = tuple(Among(*one) for one in of.items())
    moved = turnover(conn, Turnover((_CARRIED,), (region,), (start, start), where=where), "mof_div_code")
    return Cell(moved.get((region,), 0), (Reading(region, (_CARRIED,), start, start, DEBIT, of),))


def _net_of(left: Cell, carried: Cell) -> Cell:
    """What of a balance nobody needs (净结余): less what was carried over; not known where that is not."""
    if carried.fen is None:
        return UNKNOWN
    return Cell(left.amount - carried.amount, (*left.readings, *map(_against, carried.readings)))


def split(conn: Conn, region: str, fiscal_year: int, left: Sequence[Cell]) -> dict[str, tuple[Cell, ...]]:
    """Balances by `FUND_COLUMNS`, the general budget's first, split: name of a part -> its cells.

    What was carried over (结转); what reduces the deficit, where anything does; what nobody needs (净结余).
    """
    carried = carried_cells(conn, region, fiscal_year)[: len(left)]
    net = list(map(_net_of, left, carried))
    parts = {"其中：结转": carried}
    if (reduced := against_deficit(conn, region, fiscal_year)).fen:
        net[0] = _net_of(net[0], reduced) if net[0].fen is not None else UNKNOWN
        parts["其中：冲减赤字（结转下年还本）"] = (reduced, *(Cell(0) for _ in left[1:]))
    return {**parts, "其中：净结余": tuple(net)}


def _spans(fiscal_year: int, without: tuple[str, ...]) -> dict[str, _Span]:
    start = fiscal_year * 100
    return {"opening": (start, start, ()), "year": (start + 1, start + YEAR_END_MONTH, without)}


class _Maker:
    """Makes rows with a cell for each budget from balances that were read once."""

    def __init__(self, region: str, found: dict[str, list[Balance]], spans: dict[str, _Span]) -> None:
        self._region, self._found, self._spans = region, found, spans

    def row(self, name: str, code: str, span: str, sign: int) -> Row:
        """A row of one account; what special funds hold stands in their column alone."""
        cells = tuple(self._cell(code, span, sign, column) for column in range(len(FUND_COLUMNS)))
        return Row(code, name, cells)

    def left_over(self, name: str, span: str) -> Row:
        """A row of the accounts of what is left over: each budget's own."""
        cells = tuple(self._reading(codes, span, -1, {}) for _, _, codes in FUND_COLUMNS)
        return Row("", name, cells)

    def _cell(self, code: str, span: str, sign: int, column: int) -> Cell:
        funds = FUND_COLUMNS[column][1]
        if code in _SPECIAL:
            return self._reading((code,), span, sign, {}) if not funds else Cell(0)
        if not funds:
            return Cell(0)
        return self._reading((code,), span, sign, {"fund_type_code": funds})

    def _reading(
        self, codes: tuple[str, ...], span: str, sign: int, elements: dict[str, tuple[str, ...]]
    ) -> Cell:
        funds = elements.get("fund_type_code")
        fen = sum(
            b.fen for b in self._found[span]
            if b.code in codes and (funds is None or b.coding.fund_type_code in funds)
        )  # fmt: skip
        first, last, without = self._spans[span]
        accounts = tuple(f"treasury_2015:{code}" for code in codes)
        return Cell(sign * fen, (Reading(self._region, accounts, first, last, sign, elements, without),))


def _income_rows(maker: _Maker, accounts: Sequence[AccountRow]) -> Iterable[Row]:
    opening = maker.left_over("年初结转结余", "opening")
    income = [maker.row(a.name, a.code, "year", -1) for a in accounts if a.account_class == "income"]
    outlay = [maker.row(a.name, a.code, "year", 1) for a in accounts if a.account_class == "outlay"]
    moved = maker.left_over("结转结余直接增减（设置周转金等）", "year")
    incomes, outlays = total("", "收入合计", income), total("", "支出合计", outlay)
    yield opening
    yield incomes
    yield from (row for row in income if any(cell.fen for cell in row.cells))
    yield outlays
    yield from (row for row in outlay if any(cell.fen for cell in row.cells))
    yield moved
    cells = tuple(
        Cell(
            o.amount + i.amount - x.amount + m.amount,
            (*o.readings, *i.readings, *map(_against, x.readings), *m.readings),
        )
        for o, i, x, m in zip(opening.cells, incomes.cells, outlays.cells, moved.cells, strict=True)
    )
    yield Row("", "年末结转结余", cells, is_total=True)


def _against(reading: Reading) -> Reading:
    return replace(reading, sign=-reading.sign)


def tie_outs(sheet: Statement, income: Statement | None = None) -> list[str]:
    """Where the balance sheet does not balance, or the two statements disagree; [] when all ties out.

    `income` is the statement of income and outlay, from 2023 that of income and expense.
    """
    if income is None:
        return _unbalanced(sheet)
    compared = _disagreeing if statement_book(income.fiscal_year) == "treasury_2015" else _not_followed
    return [*_unbalanced(sheet), *compared(sheet, income)]


def _not_followed(sheet: Statement, surplus: Statement) -> list[str]:
    """Whether net assets grew by the surplus and what moved them besides."""
    grew = sheet.fen("净资产合计", 1) - sheet.fen("净资产合计", 0)
    return ["净资产变动与资产负债表不符"] * (grew != surplus.fen("净资产变动"))


def _unbalanced(sheet: Statement) -> list[str]:
    return [
        f"{column}：资产 {sheet.fen('资产合计', i)} ≠ 负债和净资产 {sheet.fen('负债和净资产总计', i)}"
        for i, column in enumerate(sheet.columns)
        if sheet.fen("资产合计", i) != sheet.fen("负债和净资产总计", i)
    ]


def _disagreeing(sheet: Statement, income: Statement) -> list[str]:
    wrong = []
    by_code = {row.code: row for row in sheet.rows if row.code}
    unclosed = next((row.cells[1].amount for row in sheet.rows if row.name.startswith("本年收支差额")), 0)
    for column, (name, _, codes) in enumerate(FUND_COLUMNS):
        stands = by_code.get(codes[0])
        closing, opening = (stands.cells[1].amount, stands.cells[0].amount) if stands is not None else (0, 0)
        if income.fen("年初结转结余", column) != opening:
            wrong.append(f"{name}年初结转结余与资产负债表不符")
        if not unclosed and income.fen("年末结转结余", column) != closing:
            wrong.append(f"{name}年末结转结余与资产负债表不符")
    return wrong
