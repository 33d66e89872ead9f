"""预算执行情况表 of a budget: initial budget, adjusted budget, execution and last year's, by class and below.

Budgets are read from the quota book, execution from the treasury's. Each row is a code of the
revenue or expenditure classification; a row above is the sum of the rows below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg

from fisc.closing.papers import year_end_keys
from fisc.closing.statements.model import Cell, Reading, Row, Statement
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import classifications, rules
from fisc.registry.quota_rules import CARRIED

Conn = psycopg.Connection[Any]

INCOME: Final = "income"
OUTLAY: Final = "outlay"
_QUOTA: Final = "quota"
#: Classes of what a government hands down to those below it: transfers, and bonds on-lent.
_HANDED_DOWN: Final = {
    INCOME: ("11001", "11002", "11003", "11004", "11005", "11011"),
    OUTLAY: ("23001", "23002", "23003", "23004", "23005", "23011"),
}  # fmt: skip
COLUMNS: Final = ("上年决算数", "预算数", "调整预算数", "决算数")
FUNDS: Final = {"111": ("111", "112", "113", "114"), "121": ("121", "122"), "13": ("13",)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which side of which budget: fund 111, 121 or 13; with `transfers` the transfer accounts too."""

    regions: tuple[str, ...]
    fiscal_year: int
    fund: str
    side: str
    transfers: bool = False

    def treasury(self, fiscal_year: int) -> tuple[str, ...]:
        """The treasury's accounts of a year, 'book:code'."""
        return tuple(
            a.name for a in _accounts(self.side, fiscal_year)
            if a.book != _QUOTA and a.fund_type_code in (self.fund, *([""] if self.transfers else []))
        )  # fmt: skip

    @property
    def budget(self) -> tuple[str, ...]:
        """The quota book's accounts of this side."""
        return tuple(a.name for a in _accounts(self.side, self.fiscal_year) if a.book == _QUOTA)


def _accounts(side: str, fiscal_year: int) -> list[rules.ExecutionAccount]:
    """The accounts of a side that are in force in a year (execution_accounts.csv)."""
    in_force = {(row.book, row.code) for row in rules.accounts(fiscal_year=fiscal_year)}
    return [a for a in rules.execution_accounts() if a.side == side and (a.book, a.code) in in_force]


def columns_of(conn: Conn, asked: Asked) -> list[dict[str, Cell]]:
    """Code -> cell for each of `COLUMNS`; codes are as posted (the finest there is)."""
    year = asked.fiscal_year
    budget = asked.budget
    without = {y: year_end_keys(conn, asked.regions, y) for y in (year - 1, year)}
    return [
        _read(conn, asked, asked.treasury(year - 1), _months(year - 1), without=without[year - 1]),
        _initial(conn, asked, budget),
        _read(conn, asked, budget, (year * 100, year * 100 + 12)),
        _read(conn, asked, asked.treasury(year), _months(year), without=without[year]),
    ]


def _initial(conn: Conn, asked: Asked, budget: Sequence[str]) -> dict[str, Cell]:
    """The budget that the congress approved: what was carried over from the year before came beside it."""
    year = asked.fiscal_year
    first = (year * 100, year * 100 + 1)
    found = _read(conn, asked, budget, first, source_type_code="1")
    carried = _read(
        conn, asked, budget, first, source_type_code="1", only_where=("bgt_type_code", (CARRIED,))
    )
    return found | {code: found[code] + negated(cell) for code, cell in carried.items()}


def negated(cell: Cell) -> Cell:
    """A cell to take off another one."""
    return Cell(-cell.amount, tuple(replace(one, sign=-one.sign) for one in cell.readings))


def _months(year: int) -> tuple[int, int]:
    return (year * 100 + 1, year * 100 + YEAR_END_MONTH)


def _read(
    conn: Conn,
    asked: Asked,
    accounts: Sequence[str],
    periods: tuple[int, int],
    *,
    without: tuple[str, ...] = (),
    source_type_code: str = "",
    only_where: tuple[str, tuple[str, ...]] | None = None,
) -> dict[str, Cell]:
    """Code -> amount of a column, in the side's own sign, with what it was read from."""
    if not accounts:
        return {}
    is_debit = accounts[0].startswith(f"{_QUOTA}:") == (asked.side == INCOME)
    sign = 1 if is_debit else -1
    classes = {a.name: a.func_code for a in rules.execution_accounts()}
    narrowed: dict[str, tuple[str, ...]] = dict([only_where] if only_where else [])
    if source_type_code:
        narrowed["source_type_code"] = (source_type_code,)
    where = [Among("fund_type_code", FUNDS[asked.fund]), *(Among(*given) for given in narrowed.items())]
    moved = Turnover(tuple(accounts), asked.regions, periods, where=tuple(where), without=without)
    found: dict[str, Cell] = defaultdict(lambda: Cell(0))
    for (region, func, account, is_transfer), fen in sorted(_by_code(conn, asked, moved).items()):
        if not fen:
            continue
        if not asked.transfers and (is_transfer or func.startswith(("105", "110", "230", "231"))):
            continue
        elements: dict[str, tuple[str, ...]] = {
            "fund_type_code": FUNDS[asked.fund],
            _element(asked, is_transfer, func): (func,),
        }
        elements |= narrowed
        reading = Reading(region, (account,), *periods, sign, elements, without)
        found[func or classes[account]] += Cell(sign * fen, (reading,))
    return dict(found)


def _by_code(conn: Conn, asked: Asked, moved: Turnover) -> dict[tuple[str, str, str, bool], int]:
    """(region, code, account, is it a code of transfers) -> fen; outlay without a class of its own bears
    the class of the transfer it is."""
    if asked.side == INCOME:
        by_code = turnover(conn, moved, "mof_div_code", "rev_func_code", "account")
        return {(*key, False): fen for key, fen in by_code.items()}
    found: dict[tuple[str, str, str, bool], int] = defaultdict(int)
    rows = turnover(conn, moved, "mof_div_code", "exp_func_code", "tp_func_code", "account")
    for (region, own, transfer, account), fen in rows.items():
        found[region, own or transfer, account, bool(transfer and not own)] += fen
    return found


def _element(asked: Asked, is_transfer: bool, func: str) -> str:
    if asked.side == INCOME:
        return "rev_func_code"
    return "tp_func_code" if is_transfer else "exp_func_code"


def between(conn: Conn, asked: Asked, city: str) -> dict[str, Cell]:
    """What governments of an area transferred to each other, as cells to take off the execution column.

    On the outlay side by receiver, on the income side what banners received and what they uploaded.
    """
    year, regions = asked.fiscal_year, asked.regions
    below = replace(asked, regions=tuple(r for r in regions if r != city))
    looks: list[tuple[Asked, tuple[str, ...], tuple[str, tuple[str, ...]] | None]] = [
        (asked, ("down", "up"), ("rec_div_code", regions))
    ]
    if asked.side == INCOME:
        looks = [(below, ("down",), None), (asked, ("up",), ("from_div_code", regions))]
    found: dict[str, Cell] = defaultdict(lambda: Cell(0))
    for place, ways, where in looks:
        accounts = [a.name for a in _accounts(asked.side, year) if a.between in ways]
        without = year_end_keys(conn, place.regions, year)
        for code, cell in _read(
            conn, place, accounts, _months(year), without=without, only_where=where
        ).items():
            found[code] += negated(cell)
    return dict(found)


def budgets_between(conn: Conn, asked: Asked, city: str) -> list[dict[str, Cell]]:
    """As `between`, of the budget and of the adjusted budget: what banners plan to receive from the city
    of an area, and what the city plans to give them."""
    is_income = asked.side == INCOME
    givers = tuple(r for r in asked.regions if r != city) if is_income else (city,)
    codes = _HANDED_DOWN[asked.side]
    columns = columns_of(conn, replace(asked, regions=givers))[1:3]
    return [
        {code: negated(cell) for code, cell in column.items() if code.startswith(codes)} for column in columns
    ]


def tree(asked: Asked, columns: Sequence[Mapping[str, Cell]], depth: int = 7) -> list[Row]:
    """Rows by class, section and item: a row above is what the rows below come to, and its own.

    Where money stands on a code and also on codes below it, the lower ones are not printed: they
    would not add up to it. `depth` is the number of digits of the finest row.
    """
    codes = {code for column in columns for code in column if code}
    printed = {code[:length] for code in codes for length in (3, 5, 7, 9) if length <= min(depth, len(code))}
    mixed = {c for c in codes if len(c) < depth and any(o != c and o.startswith(c) for o in codes)}
    kept = sorted(c for c in printed if not any(c != m and c.startswith(m) for m in mixed))
    return [
        Row(code, name_of(asked, code), tuple(_under(column, code) for column in columns)) for code in kept
    ]


def _under(column: Mapping[str, Cell], code: str) -> Cell:
    return sum((cell for key, cell in column.items() if key.startswith(code)), Cell(0))


def name_of(asked: Asked, code: str) -> str:
    """The name of a code in the year, or the year before; the code itself where it has none."""
    kind = "rev_func" if asked.side == INCOME else "exp_func"
    for year in (asked.fiscal_year, asked.fiscal_year - 1):
        for fund in (asked.fund, ""):
            found = classifications.lookup(kind, code, year, fund)
            if found is not None:
                return found.name
    return code


def top_rows(rows: Iterable[Row]) -> list[Row]:
    """The rows of classes (3 digits)."""
    return [row for row in rows if len(row.code) == 3]


def execution(conn: Conn, region: str, fiscal_year: int, fund: str, side: str) -> Statement:
    """One side of a budget (fund 111, 121 or 13) as 预算执行情况表: own money, without transfers.

    What stands on no classification code has a row of its own, so that the total leaves nothing out.
    """
    asked = Asked((region,), fiscal_year, fund, side)
    columns = columns_of(conn, asked)
    rows = tree(asked, columns)
    nameless = Row("", "没有科目编码", tuple(column.get("", Cell(0)) for column in columns))
    apart = [nameless] if any(cell.fen for cell in nameless.cells) else []
    top = [*top_rows(rows), *apart]
    cells = tuple(sum((row.cells[i] for row in top), Cell(0)) for i in range(len(COLUMNS)))
    names = {"111": "一般公共预算", "121": "政府性基金预算", "13": "国有资本经营预算"}
    what = "收入" if side == INCOME else "支出"
    return Statement(
        region, fiscal_year, f"{names[fund]}{what}执行情况表", COLUMNS,
        (*rows, *apart, Row("", f"{what}合计", cells, is_total=True)),
    )  # fmt: skip
