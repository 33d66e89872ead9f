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

from fisc.closing.services.papers import CLOSE, OPEN, entry_keys
from fisc.closing.statements.model import Cell, Reading, Row, Statement
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.books import OWN_INCOME_2015, OWN_INCOME_2022, OWN_OUTLAY_2015, OWN_OUTLAY_2022
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import classifications

Conn = psycopg.Connection[Any]

INCOME: Final = "income"
OUTLAY: Final = "outlay"
COLUMNS: Final = ("上年决算数", "预算数", "调整预算数", "决算数")
_QUOTAS: Final = tuple(
    f"quota:{code}" for code in
    ("9201", "9202", "9301", "9302", "9303", "9304", "9305", "9401", "9402", "9501", "9502")
)  # fmt: skip
_SOURCES: Final = tuple(f"quota:{code}" for code in ("9101", "9102", "9103", "9104"))
#: A code that an account stands for where its postings bear none (transfers between budgets and so on).
_DEFAULT_CODES: Final = {
    "4012": "11006", "4021": "11009", "4031": "11015", "4042": "11011", "4011": "11002",
    "5011": "23002", "5012": "23006", "5021": "23008", "5031": "23015", "5041": "231", "5042": "23011",
}  # fmt: skip
_BUDGETS: Final = ("111", "121", "13")
_OWN: Final = dict(zip(_BUDGETS, zip(OWN_INCOME_2015, OWN_OUTLAY_2015, strict=True), strict=True))
_OWN_2022: Final = dict(zip(_BUDGETS, zip(OWN_INCOME_2022, OWN_OUTLAY_2022, strict=True), strict=True))
_ALL: Final = (
    ("4011", "4012", "4013", "4021", "4031", "4041", "4042"),
    ("5011", "5012", "5013", "5021", "5031", "5041", "5042"),
)
_ALL_2022: Final = (
    ("6011", "6012", "6013", "6021", "6031", "6041", "6042"),
    ("7011", "7012", "7013", "7021", "7031", "7041", "7042"),
)
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
        is_old = fiscal_year < 2023
        book = "treasury_2015" if is_old else "treasury_2022_budget"
        index = self.side == OUTLAY
        own = (_OWN if is_old else _OWN_2022)[self.fund][index]
        more = (_ALL if is_old else _ALL_2022)[index] if self.transfers else ()
        return tuple(f"{book}:{code}" for code in (own, *more))


#: (region, code) -> fen of a column.
_Found = Mapping[tuple[str, str], Cell]


def columns_of(conn: Conn, asked: Asked) -> list[dict[str, Cell]]:
    """Code -> cell for each of `COLUMNS`; codes are as posted (the finest there is)."""
    year = asked.fiscal_year
    budget = _SOURCES if asked.side == INCOME else _QUOTAS
    without = {y: _year_end_keys(conn, asked.regions, y) for y in (year - 1, year)}
    return [
        _read(conn, asked, asked.treasury(year - 1), _months(year - 1), without=without[year - 1]),
        _read(conn, asked, budget, (year * 100, year * 100 + 1), source_type_code="1"),
        _read(conn, asked, budget, (year * 100, year * 100 + 12)),
        _read(conn, asked, asked.treasury(year), _months(year), without=without[year]),
    ]


def _months(year: int) -> tuple[int, int]:
    return (year * 100 + 1, year * 100 + YEAR_END_MONTH)


def _year_end_keys(conn: Conn, regions: Sequence[str], year: int) -> tuple[str, ...]:
    return tuple(
        key for region in regions for kind in (CLOSE, OPEN) for key in entry_keys(conn, region, year, kind)
    )


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
    is_debit = accounts[0].startswith("quota") == (asked.side == INCOME)
    sign = 1 if is_debit else -1
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
        found[func or _DEFAULT_CODES.get(account[-4:], "")] += Cell(sign * fen, (reading,))
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
    book = "treasury_2015:{}" if year < 2023 else "treasury_2022_budget:{}"
    digit = {True: ("4", "5"), False: ("6", "7")}[year < 2023][asked.side == OUTLAY]
    below = replace(asked, regions=tuple(r for r in regions if r != city))
    looks: list[tuple[Asked, tuple[str, ...], tuple[str, tuple[str, ...]] | None]] = [
        (asked, ("011", "012", "042"), ("rec_div_code", regions))
    ]
    if asked.side == INCOME:
        looks = [(below, ("011", "042"), None), (asked, ("012",), ("from_div_code", regions))]
    found: dict[str, Cell] = defaultdict(lambda: Cell(0))
    for place, codes, where in looks:
        accounts = [book.format(digit + code) for code in codes]
        without = _year_end_keys(conn, place.regions, year)
        for code, cell in _read(
            conn, place, accounts, _months(year), without=without, only_where=where
        ).items():
            readings = tuple(replace(r, sign=-r.sign) for r in cell.readings)
            found[code] += Cell(-cell.fen, readings)
    return dict(found)


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
    """One side of a budget (fund 111, 121 or 13) as 预算执行情况表: own money, without transfers."""
    asked = Asked((region,), fiscal_year, fund, side)
    rows = tree(asked, columns_of(conn, asked))
    top = top_rows(rows)
    cells = tuple(sum((row.cells[i] for row in top), Cell(0)) for i in range(len(COLUMNS)))
    names = {"111": "一般公共预算", "121": "政府性基金预算", "13": "国有资本经营预算"}
    what = "收入" if side == INCOME else "支出"
    return Statement(
        region, fiscal_year, f"{names[fund]}{what}执行情况表", COLUMNS,
        (*rows, Row("", f"{what}合计", cells, is_total=True)),
    )  # fmt: skip
