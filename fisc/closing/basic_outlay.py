"""Basic outlay of a government by government economic class, as the congress asks for it (预算法第七十五条).

The project library says which projects are people (人员类) and running costs (运转类); what stands on them is
basic outlay. Where money was spent on a project of no known class, nobody can tell all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg

from fisc.budget.project_classes import is_basic
from fisc.closing.papers import year_end_keys
from fisc.closing.statements.execution import FUNDS, OUTLAY, Asked
from fisc.closing.statements.model import Cell, Reading, Row
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import classifications

Conn = psycopg.Connection[Any]
_KIND: Final = "gov_bgt_eco"
_ELEMENT: Final = "gov_bgt_eco_code"
#: Digits of a class and of a section of the economic classification.
_LEVELS: Final = (3, 5)
#: Economic class -> cell of a column.
_Column = Mapping[str, Cell]


def basic_outlay(conn: Conn, region: str, fiscal_year: int) -> tuple[Row, ...]:
    """Rows by class and section with budget, adjusted budget and final, their total last; none where the
    books do not tell basic outlay from projects (`why_untold`)."""
    asked = _Basic.of(conn, region, fiscal_year)
    if asked.unknown or not asked.codes:
        return ()
    columns = asked.columns(conn)
    return () if any("" in column for column in columns) else _rows(columns, fiscal_year)


def why_untold(conn: Conn, region: str, fiscal_year: int) -> str:
    """Why a government's basic outlay has no table, in words."""
    asked = _Basic.of(conn, region, fiscal_year)
    if not asked.has_outlay:
        return f"{fiscal_year}年没有一般公共预算支出"
    if asked.unknown:
        names = "、".join(asked.unknown[:_FEW])
        more = f"等 {len(asked.unknown)} 个" if len(asked.unknown) > _FEW else ""
        return (
            f"有支出的项目 {names}{more}没有登记类别，分不出基本支出（预算法第七十五条）；"
            "请在项目库补正项目类别"
        )
    if not asked.codes:
        return "项目库里没有人员类、公用经费的项目，没有基本支出可列"
    if any("" in column for column in asked.columns(conn)):
        return (
            "人员类、公用经费的项目有预算、支出没有政府预算支出经济分类，不能列到款；"
            "请补正这些指标、支出的经济分类"
        )
    return f"人员类、公用经费的项目在{fiscal_year}年没有预算，也没有支出"


#: Projects that are named one by one.
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class _Basic:
    """What is known of a government's projects in a year: the basic ones, and those with outlay and no class
    ('' is outlay that stands on no project); whether there is any outlay."""

    asked: Asked
    codes: tuple[str, ...]
    unknown: tuple[str, ...]
    has_outlay: bool

    @classmethod
    def of(cls, conn: Conn, region: str, fiscal_year: int) -> _Basic:
        known = is_basic(conn, region, fiscal_year)
        asked = Asked((region,), fiscal_year, "111", OUTLAY)
        spent = {code: fen for (code,), fen in turnover(conn, _final(conn, asked), "pro_code").items() if fen}
        unknown = tuple(sorted(code or "（没有项目）" for code in spent if code not in known))
        return cls(asked, tuple(sorted(code for code, basic in known.items() if basic)), unknown, bool(spent))

    def columns(self, conn: Conn) -> list[_Column]:
        return [_column(conn, one, self.codes) for one in (*_budgets(self.asked), _final(conn, self.asked))]


def _final(conn: Conn, asked: Asked) -> Turnover:
    year = asked.fiscal_year
    without = year_end_keys(conn, asked.regions, year)
    months = (year * 100 + 1, year * 100 + YEAR_END_MONTH)
    funds = Among("fund_type_code", FUNDS["111"])
    return Turnover(asked.treasury(year), asked.regions, months, DEBIT, (funds,), without=without)


def _budgets(asked: Asked) -> list[Turnover]:
    """The budget that was approved, without what the year before had left, and all that it came to."""
    year = asked.fiscal_year
    funds = Among("fund_type_code", FUNDS["111"])
    approved = (funds, Among("source_type_code", ("1",)), Among("bgt_type_code", ("", "1")))
    spans = (((year * 100, year * 100 + 1), approved), ((year * 100, year * 100 + 12), (funds,)))
    return [Turnover(asked.budget, asked.regions, months, CREDIT, where) for months, where in spans]


def _column(conn: Conn, asked: Turnover, codes: tuple[str, ...]) -> _Column:
    found: dict[str, Cell] = defaultdict(lambda: Cell(0))
    where = (*asked.where, Among("pro_code", codes))
    elements = {one.element: one.codes for one in where if isinstance(one, Among)}
    region = (asked.regions or ("",))[0]
    for (code,), fen in turnover(conn, replace(asked, where=where), _ELEMENT).items():
        if fen:
            of_code = {**elements, _ELEMENT: (code,)}
            reading = Reading(region, asked.accounts, *asked.periods, asked.side, of_code, asked.without)
            found[code] += Cell(fen, (reading,))
    return found


def _rows(columns: Sequence[_Column], fiscal_year: int) -> tuple[Row, ...]:
    codes = {
        code[:digits] for column in columns for code in column for digits in _LEVELS if len(code) >= digits
    }
    rows = [
        Row(code, _name(code, fiscal_year), tuple(_under(column, code) for column in columns))
        for code in sorted(codes)
    ]
    total = Row("", "支出合计", tuple(_under(column, "") for column in columns), is_total=True)
    return (*rows, total) if rows else ()


def _under(column: _Column, code: str) -> Cell:
    return sum((cell for key, cell in column.items() if key.startswith(code)), Cell(0))


def _name(code: str, fiscal_year: int) -> str:
    found = classifications.lookup(_KIND, code, fiscal_year, "")
    return found.name if found else code
