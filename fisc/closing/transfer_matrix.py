"""Transfers by county (分地区税收返还和转移支付决算表): what a city gave to each, by kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import psycopg

from fisc.closing.final_tables import Kind, Table, summed, title_of
from fisc.closing.services.papers import year_end_keys
from fisc.closing.statements.execution import FUNDS, OUTLAY
from fisc.closing.statements.model import Cell, Reading, Row
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry import regions as divisions
from fisc.transfers.twins import is_shared

Conn = psycopg.Connection[Any]
MATRIX: Final = Kind("Z25-06", "表六", "分地区税收返还和转移支付决算表", "111", OUTLAY)
#: Kinds of transfers by code: returns of tax, special ones; every other is general.
_RETURNS: Final = "23001"
_SPECIAL: Final = "23003"


def transfer_matrix(conn: Conn, city: str, fiscal_year: int) -> Table:
    """What the city transferred to each banner: returns of tax, general (of which shared mandates) and
    special transfers."""
    book = "treasury_2015:5011" if fiscal_year < 2023 else "treasury_2022_budget:7011"
    months = year(fiscal_year, YEAR_END_MONTH)
    given = Turnover((book,), (city,), months, without=year_end_keys(conn, [city], fiscal_year))
    rows = [
        Row("", row.name, _banner_cells(conn, given, city, row.mof_div_code))
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


def _banner_cells(conn: Conn, given: Turnover, city: str, banner: str) -> tuple[Cell, ...]:
    where = (Among("rec_div_code", (banner,)), Among("fund_type_code", FUNDS["111"]))
    asked = replace(given, where=where)
    parts = [Cell(0)] * 4
    for (code,), fen in turnover(conn, asked, "tp_func_code").items():
        if not fen:
            continue
        elements = {"tp_func_code": (code,), "rec_div_code": (banner,), "fund_type_code": FUNDS["111"]}
        cell = Cell(
            fen, (Reading(city, given.accounts, *given.periods, given.side, elements, given.without),)
        )
        parts[{_RETURNS: 0, _SPECIAL: 3}.get(code[:5], 1)] += cell
        if is_shared(code):
            parts[2] += cell
    return (parts[0] + parts[1] + parts[3], *parts)
