"""The balance of each budget (收支决算总表): income and outlay, what there was, what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg

from fisc.closing.final_tables import (
    AMOUNTS,
    Kind,
    Table,
    city_of_area,
    indented,
    refuse_nameless,
    summed,
    title_of,
    without_column,
)
from fisc.closing.statements.execution import (
    INCOME,
    OUTLAY,
    Asked,
    between,
    budgets_between,
    columns_of,
    tree,
)
from fisc.closing.statements.first_year import NO_BUDGET, has_budget
from fisc.closing.statements.model import Cell, Row
from fisc.closing.year_balance import left_in_words, opening_balance, set_apart
from fisc.documents import RuleBroken
from fisc.kernel.money import format_fen

Conn = psycopg.Connection[Any]
#: Classes that are no income or outlay of the government's own: transfers and debt.
_BELOW_THE_LINE: Final = frozenset(["105", "110", "230", "231"])
_OPENING_CODE: Final = "11008"
_CLOSING_CODE: Final = "23009"
_WORKING_FUND_CODE: Final = "23016"
_UNEVEN_BUDGETS: Final = tuple(
    f"注：上下级之间转移支付的{name}双方不一致，不能抵销，这一列空缺（未知，不是零）。"
    for name in ("年初预算", "调整预算")
)


BALANCES: Final = (
    Kind("", "表三", "一般公共预算收支决算总表", "111", ""),
    Kind("", "表十", "政府性基金预算收支决算总表", "121", ""),
    Kind("", "表十四", "国有资本经营预算收支决算总表", "13", ""),
)


@dataclass(frozen=True, slots=True)
class _Balance:
    """Whose balance of which budget: the table, its regions and year."""

    kind: Kind
    regions: tuple[str, ...]
    fiscal_year: int

    def asked(self, side: str) -> Asked:
        """A side of the budget with what is transferred."""
        return Asked(self.regions, self.fiscal_year, self.kind.fund, side, transfers=True)

    @property
    def place(self) -> tuple[str, tuple[str, ...], int]:
        """What the balance of a year is asked by: fund, regions, year."""
        return self.kind.fund, self.regions, self.fiscal_year


def balance_tables(conn: Conn, kind: Kind, regions: Sequence[str], fiscal_year: int) -> list[Table]:
    """Both sides of a budget's 收支决算总表: all income and last year's balance, all outlay and what is left.

    What a budget has not given to spending is what it plans to be left. Without rows where the budget has
    nothing on either side.
    """
    of = _Balance(kind, tuple(regions), fiscal_year)
    income, spent = (_all_columns(conn, of, side) for side in (INCOME, OUTLAY))
    _refuse_uneven(conn, of)
    income = [*income[:-1], _with(income[-1], _OPENING_CODE, opening_balance(conn, *of.place))]
    spent = [*spent[:-1], _with(spent[-1], _WORKING_FUND_CODE, set_apart(conn, *of.place))]
    outlay = [
        _with(used, _CLOSING_CODE, _left(had, used)) for had, used in zip(income, spent, strict=True)
    ]  # fmt: skip
    title = title_of(kind, regions, fiscal_year)
    columns = tuple((name, index) for index, (name, _) in enumerate(AMOUNTS))
    made = [
        Table(
            f"{kind.number}{word}", title, kind.number, "项目", columns, _balance_rows(of.asked(side), found)
        )
        for word, found, side in (("收入", income, INCOME), ("支出", outlay, OUTLAY))
    ]
    for column, why in _unknown_budgets(conn, of):
        made = [without_column(table, column, why) for table in made]
    return [_with_left(conn, of, table) for table in made]


def _left(had: Mapping[str, Cell], used: Mapping[str, Cell]) -> Cell:
    origin = tuple(r for cell in had.values() for r in cell.readings)
    against = tuple(replace(r, sign=-r.sign) for cell in used.values() for r in cell.readings)
    return Cell(_all_of(had) - _all_of(used), (*origin, *against))


def _all_columns(conn: Conn, of: _Balance, side: str) -> list[dict[str, Cell]]:
    """Budget, adjusted budget and final of a side with its transfers; of an area those to the outside."""
    asked = of.asked(side)
    columns = columns_of(conn, asked)[1:]
    refuse_nameless(of.kind, columns)
    city = city_of_area(of.regions)
    if city is None:
        return columns
    *budgets, final = columns
    inner = [*budgets_between(conn, asked, city), between(conn, asked, city)]
    return [_consolidated(column, taken) for column, taken in zip((*budgets, final), inner, strict=True)]


def _unknown_budgets(conn: Conn, of: _Balance) -> Iterator[tuple[int, str]]:
    """Columns of budgets that nobody knows, and why: of uneven sides, or not approved."""
    city = city_of_area(of.regions)
    if city is not None:
        sides = [of.asked(side) for side in (INCOME, OUTLAY)]
        both = zip(*(budgets_between(conn, asked, city) for asked in sides), strict=True)
        for index, (income, outlay) in enumerate(both):
            if _all_of(income) != _all_of(outlay):
                yield index, _UNEVEN_BUDGETS[index]
    if not has_budget(conn, of.regions, of.fiscal_year):
        yield 0, NO_BUDGET


def _with_left(conn: Conn, of: _Balance, table: Table) -> Table:
    """The outlay side with what its balance at the end is made of, in the units that it is printed in."""
    at = next((i for i, row in enumerate(table.rows) if row.code == _CLOSING_CODE), None)
    if at is None:
        return table
    left = table.rows[at].cells[-1]
    said, exact = (left_in_words(conn, *of.place, left, is_exact=is_) for is_ in (False, True))
    return replace(table, notes=(*table.notes, *said), exact_notes=(*table.exact_notes, *exact))


def _all_of(column: Mapping[str, Cell]) -> int:
    return sum(cell.amount for cell in column.values())


def _consolidated(column: Mapping[str, Cell], inner: Mapping[str, Cell]) -> dict[str, Cell]:
    """A column without what the governments of an area transferred to each other."""
    found = {code: column.get(code, Cell(0)) + inner.get(code, Cell(0)) for code in {**column, **inner}}
    return {code: cell for code, cell in found.items() if cell.fen}


def _refuse_uneven(conn: Conn, of: _Balance) -> None:
    """What is taken off both sides of a consolidation must be the same."""
    city = city_of_area(of.regions)
    if city is None:
        return
    sums = [-_all_of(between(conn, of.asked(side), city)) for side in (INCOME, OUTLAY)]
    if sums[0] != sums[1]:
        raise RuleBroken(
            f"{of.kind.title}：辖区内补助不能抵销：下级列收 {format_fen(sums[0])} 元，"
            f"上级列支 {format_fen(sums[1])} 元",
            rule="汇总决算抵销上下级之间的转移支付",
            hint="请先办理上下级年终结算，使双方一致",
        )


def _with(column: Mapping[str, Cell], code: str, cell: Cell) -> dict[str, Cell]:
    return {**column, code: column.get(code, Cell(0)) + cell} if cell.fen else dict(column)


def _balance_rows(asked: Asked, columns: Sequence[Mapping[str, Cell]]) -> tuple[Row, ...]:
    """Own classes, their total, transfers by section, both sides' grand total."""
    rows = tree(asked, columns, depth=5)
    own = [row for row in rows if len(row.code) == 3 and row.code not in _BELOW_THE_LINE]
    other = [row for row in rows if row.code[:3] in _BELOW_THE_LINE]
    name = "收入" if asked.side == INCOME else "支出"
    subtotal = Row("", f"本年{name}合计", summed(own, len(AMOUNTS)), True)
    everything = [*own, *(row for row in other if len(row.code) == 3)]
    grand = Row("", f"{name}总计", summed(everything, len(AMOUNTS)), True)
    return (*own, subtotal, *map(indented, other), grand) if everything else ()
