"""What a city gave to each county: by kind (分地区), and of special transfers by item (分地区分项目)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import psycopg

from fisc.closing.final_tables import Kind, Table, summed, title_of
from fisc.closing.papers import year_end_keys
from fisc.closing.statements.execution import FUNDS, OUTLAY, Asked, name_of
from fisc.closing.statements.model import Cell, Reading, Row
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry import regions as divisions
from fisc.transfers.twins import is_shared

Conn = psycopg.Connection[Any]
MATRIX: Final = Kind("Z25-06", "表六", "分地区税收返还和转移支付决算表", "111", OUTLAY)
SPECIAL: Final = Kind("Z25-25", "表十八", "专项转移支付分地区分项目决算表", "111", OUTLAY)
#: Kinds of transfers by code: returns of tax, special ones; every other is general.
_RETURNS: Final = "23001"
_SPECIAL: Final = "23003"


def transfer_matrix(conn: Conn, city: str, fiscal_year: int) -> Table:
    """What the city transferred to each banner: returns of tax, general (of which shared mandates) and
    special transfers."""
    given = _given(conn, city, fiscal_year)
    rows = [
        Row("", row.name, _by_kind(_cells(conn, given, city, row.mof_div_code)))
        for row in divisions.children(city)
    ]
    rows = [row for row in rows if row.cells[0].fen]
    total = Row("", "地区合计", summed(rows, 5), True)
    return Table(
        MATRIX.number, title_of(MATRIX, [city], fiscal_year), MATRIX.number, "地区",
        (("合计", 0), ("税收返还", 1), ("一般性转移支付", 2), ("其中：共同财政事权转移支付", 3),
         ("专项转移支付", 4)),
        (*rows, total) if rows else (), has_codes=False, addends=(1, 2, 4),
    )  # fmt: skip


def special_transfers(conn: Conn, city: str, fiscal_year: int) -> Table:
    """Special transfers by item, a row each, and by banner, a column each, with the sums of both."""
    given = _given(conn, city, fiscal_year)
    found = {
        row.name: {code: cell for code, cell in cells.items() if code.startswith(_SPECIAL)}
        for row in divisions.children(city)
        if (cells := _cells(conn, given, city, row.mof_div_code))
    }
    banners = [name for name, cells in found.items() if cells]
    codes = sorted({code for name in banners for code in found[name]})
    asked = Asked((city,), fiscal_year, "111", OUTLAY, transfers=True)
    rows = [
        _item(code, name_of(asked, code), [found[name].get(code, Cell(0)) for name in banners])
        for code in codes
    ]
    total = Row("", "合计", summed(rows, len(banners) + 1), True)
    return Table(
        SPECIAL.number, title_of(SPECIAL, [city], fiscal_year), SPECIAL.number, "项目",
        (("合计", 0), *((name, index) for index, name in enumerate(banners, 1))),
        (*rows, total) if rows else (), addends=tuple(range(1, len(banners) + 1)),
    )  # fmt: skip


def _item(code: str, name: str, cells: Sequence[Cell]) -> Row:
    return Row(code, name, (sum(cells, Cell(0)), *cells))


def _given(conn: Conn, city: str, fiscal_year: int) -> Turnover:
    book = "treasury_2015:5011" if fiscal_year < 2023 else "treasury_2022_budget:7011"
    months = year(fiscal_year, YEAR_END_MONTH)
    return Turnover((book,), (city,), months, without=year_end_keys(conn, [city], fiscal_year))


def _cells(conn: Conn, given: Turnover, city: str, banner: str) -> dict[str, Cell]:
    """What a banner was given, by the item of the transfer."""
    where = (Among("rec_div_code", (banner,)), Among("fund_type_code", FUNDS["111"]))
    found = {}
    for (code,), fen in turnover(conn, replace(given, where=where), "tp_func_code").items():
        elements = {"tp_func_code": (code,), "rec_div_code": (banner,), "fund_type_code": FUNDS["111"]}
        reading = Reading(city, given.accounts, *given.periods, given.side, elements, given.without)
        if fen:
            found[code] = Cell(fen, (reading,))
    return found


def _by_kind(cells: Mapping[str, Cell]) -> tuple[Cell, ...]:
    parts = [Cell(0)] * 4
    for code, cell in cells.items():
        parts[{_RETURNS: 0, _SPECIAL: 3}.get(code[:5], 1)] += cell
        if is_shared(code):
            parts[2] += cell
    return (parts[0] + parts[1] + parts[3], *parts)
