"""The statutory final accounts (政府决算) that the books can fill, written as published tables are.

`tables` makes them as data, each cell with what it was read from; `write_final_accounts` writes a
workbook whose titles, codes, units and columns are those of the disclosure set, so that whoever reads
published books reads this one. They are read to the fen and printed in whole 万元.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

import psycopg

from fisc.closing.basic_outlay import basic_outlay
from fisc.closing.services.papers import CLOSE, OPEN, entry_keys
from fisc.closing.statements.execution import (
    FUNDS,
    INCOME,
    OUTLAY,
    Asked,
    between,
    budgets_between,
    columns_of,
    top_rows,
    tree,
)
from fisc.closing.statements.first_year import NO_BUDGET, emptied, has_budget, note_of, without_last_year
from fisc.closing.statements.model import Cell, Reading, Row
from fisc.closing.unwritten import unwritten
from fisc.closing.whole_units import said_of_rounding, whole_units
from fisc.closing.year_balance import left_in_words, opening_balance, set_apart
from fisc.documents import RuleBroken
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import regions as divisions
from fisc.registry.tables import read_table
from fisc.transfers.twins import is_shared

Conn = psycopg.Connection[Any]

#: Columns of `columns_of` that every table of classes has (预算法第七十五条): budget, adjusted, final.
_AMOUNTS: Final = (("预算数", 1), ("调整预算数", 2), ("决算数", 3))
#: Ratios by the words of the disclosure set, each of two of the columns.
_RATIOS: Final[Mapping[str, tuple[int, int]]] = {
    "决算数为调整预算数%": (3, 2), "为调整预算%": (3, 2), "完成%": (3, 1),
    "决算数为上年决算数%": (3, 0), "比上年%": (3, 0),
}  # fmt: skip
#: Where both budgets stand in a table, its ratio says which of them it means.
_TOLD_APART: Final = {"为预算%": "为调整预算%"}
_LABELS: Final = frozenset(["科目", "项目", "科目名称", "科目编码(类款项)"])
#: Classes that are no income or outlay of the government's own: transfers and debt.
_BELOW_THE_LINE: Final = frozenset(["105", "110", "230", "231"])
#: The unit of published tables.
_UNIT: Final = "万元"
_OPENING_CODE: Final = "11008"
_CLOSING_CODE: Final = "23009"
_WORKING_FUND_CODE: Final = "23016"
_UNEVEN_BUDGETS: Final = tuple(
    f"注：上下级之间转移支付的{name}双方不一致，不能抵销，这一列空缺（未知，不是零）。"
    for name in ("年初预算", "调整预算")
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of the set: its id there, its number in the book, title, fund and side."""

    table_id: str
    number: str
    title: str
    fund: str
    side: str


_KINDS: Final = (
    Kind("Z25-01", "表一", "一般公共预算收入决算表", "111", INCOME),
    Kind("Z25-02", "表二", "一般公共预算支出决算表", "111", OUTLAY),
    Kind("Z25-07", "表七", "政府性基金收入决算表", "121", INCOME),
    Kind("Z25-08", "表八", "政府性基金支出决算表", "121", OUTLAY),
    Kind("Z25-11", "表十一", "国有资本经营收入决算表", "13", INCOME),
    Kind("Z25-12", "表十二", "国有资本经营支出决算表", "13", OUTLAY),
)
#: In the book of a whole area the city's own outlay (本级支出) has tables of its own, after the area's.
_OWN_LEVEL: Final = (
    Kind("Z25-03", "表四", "一般公共预算支出决算表", "111", OUTLAY),
    Kind("Z25-09", "表九", "政府性基金支出决算表", "121", OUTLAY),
    Kind("Z25-13", "表十三", "国有资本经营支出决算表", "13", OUTLAY),
)
_BASIC: Final = Kind("Z25-04", "表五", "一般公共预算基本支出决算表", "111", OUTLAY)
_BALANCE: Final = Kind("", "表三", "一般公共预算收支决算总表", "111", "")
_MATRIX: Final = Kind("Z25-06", "表六", "分地区税收返还和转移支付决算表", "111", OUTLAY)
#: The order of the book.
_ORDER: Final = (
    "表一",
    "表二",
    "表三",
    "表四",
    "表五",
    "表六",
    "表七",
    "表八",
    "表九",
    "表十一",
    "表十二",
    "表十三",
)
#: Kinds of transfers by code: returns of tax, special ones; every other is general.
_RETURNS: Final = "23001"
_SPECIAL: Final = "23003"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is printed: sheet, title, number, headers after the labels, rows of cells.

    `columns`: header -> index of the cell in a row, or the pair whose ratio (in %) is shown.
    `has_codes`: whether a column of codes stands before the names; `addends` the cells of a row that come to
    its first one; `notes` are what is said beneath,
    `exact_notes` the same where amounts are written to the fen.
    """

    sheet: str
    title: str
    number: str
    label: str
    columns: tuple[tuple[str, int | tuple[int, int]], ...]
    rows: tuple[Row, ...]
    has_codes: bool = True
    addends: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    exact_notes: tuple[str, ...] = ()


def tables(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Table]:
    """The final accounts of a government (one region), or of a whole area (the city and its banners).

    The transfers by banner are the city's own, where it is among the regions; so is its own outlay, in the
    book of a whole area. In a whole area's balance table the transfers between its governments cancel out.
    Raises RuleBroken where money stands on no classification code, and where those transfers are not the
    same on both sides.
    """
    found = [_plain(conn, kind, regions, fiscal_year) for kind in _KINDS]
    found += _balance(conn, regions, fiscal_year)
    city = next((r for r in regions if _level(r) == "city"), None)
    found.append(_basic(conn, city or regions[0], fiscal_year))
    if city is not None:
        found.append(_matrix(conn, city, fiscal_year))
    if city is not None and len(regions) > 1:
        found += [_plain(conn, kind, [city], fiscal_year) for kind in _OWN_LEVEL]
    return sorted((table for table in found if table.rows), key=lambda table: _ORDER.index(table.number))


def _level(region: str) -> str:
    row = divisions.lookup(region)
    return row.level if row else ""


def _title(kind: Kind, regions: Sequence[str], fiscal_year: int) -> str:
    """2022年鄂尔多斯市本级… for one government, 2022年鄂尔多斯市… for a whole area."""
    city = next((r for r in regions if _level(r) == "city"), regions[0])
    row = divisions.lookup(city)
    name = (row.name if row else city).removesuffix("本级")
    return f"{fiscal_year}年{name}{'' if len(regions) > 1 else '本级'}{kind.title}"


def _plain(conn: Conn, kind: Kind, regions: Sequence[str], fiscal_year: int) -> Table:
    asked = Asked(tuple(regions), fiscal_year, kind.fund, kind.side)
    columns = columns_of(conn, asked)
    _refuse_nameless(kind, columns)
    rows = tree(asked, columns)
    total = Row("", _total_name(kind), _summed(top_rows(rows), 4), True)
    made = Table(
        kind.number, _title(kind, regions, fiscal_year), kind.number, _label(kind), _columns(kind),
        (*map(_indented, rows), total) if rows else (),
    )  # fmt: skip
    if not has_budget(conn, regions, fiscal_year):
        made = _emptied(made, 1, NO_BUDGET)
    missing = without_last_year(conn, regions, fiscal_year)
    return _emptied(made, 0, note_of(missing)) if missing else made


def _emptied(table: Table, column: int, note: str) -> Table:
    """A table of which a column is not known, and the note that says so."""
    return replace(
        table, rows=emptied(table.rows, column), notes=(note, *table.notes),
        exact_notes=(note, *table.exact_notes),
    )  # fmt: skip


def _total_name(kind: Kind) -> str:
    """What these rows come to; of funds it is called the year's own: its two sides need not be equal."""
    own = "" if kind.fund == "111" else "本年"
    return f"{own}{'收入' if kind.side == INCOME else '支出'}合计"


def _refuse_nameless(kind: Kind, columns: Sequence[Mapping[str, Cell]]) -> None:
    fen = [column[""].amount for column in columns if "" in column]
    if any(fen):
        raise RuleBroken(
            f"{kind.title}：有 {format_fen(sum(fen))} 元没有科目编码，不能编表",
            rule="决算按功能分类编列到项（预算法实施条例第六条）",
            hint="请按凭证补正这些收支的科目",
        )


def _label(kind: Kind) -> str:
    named = [c for c in _set_columns(kind) if c in _LABELS]
    return named[-1] if named else "项目"  # a column of codes comes before the names


def _set_columns(kind: Kind) -> list[str]:
    rows = [row for row in read_table("disclosure_tables.csv") if row["table_id"] == kind.table_id]
    return rows[0]["columns"].split(",") if rows else []


def _columns(kind: Kind) -> tuple[tuple[str, int | tuple[int, int]], ...]:
    """What the law asks of every table, then the ratios of the disclosure set in its order."""
    names = [_TOLD_APART.get(name, name) for name in _set_columns(kind)]
    return (*_AMOUNTS, *((name, _RATIOS[name]) for name in names if name in _RATIOS))


def _indented(row: Row) -> Row:
    return replace(row, name="　" * ((len(row.code) - 3) // 2) + row.name)


def _summed(rows: Sequence[Row], width: int) -> tuple[Cell, ...]:
    return tuple(sum((row.cells[i] for row in rows), Cell(0)) for i in range(width))


def _basic(conn: Conn, region: str, fiscal_year: int) -> Table:
    """What a government's people and offices cost, by economic class; in a whole area the city's own."""
    columns = tuple((name, index) for index, (name, _) in enumerate(_AMOUNTS))
    made = Table(
        _BASIC.number, _title(_BASIC, [region], fiscal_year), _BASIC.number, "项目", columns,
        tuple(map(_indented, basic_outlay(conn, region, fiscal_year))),
    )  # fmt: skip
    return made if has_budget(conn, [region], fiscal_year) else _emptied(made, 0, NO_BUDGET)


# ---- the balance table


def _balance(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Table]:
    """Both sides of 收支决算总表: all income and last year's balance, all outlay and what is left.

    What a budget has not given to spending is what it plans to be left.
    """
    income, spent = (_all_columns(conn, regions, fiscal_year, side) for side in (INCOME, OUTLAY))
    _refuse_uneven(conn, regions, fiscal_year)
    opening = opening_balance(conn, regions, fiscal_year)
    income = [*income[:-1], _with(income[-1], _OPENING_CODE, opening)]
    spent = [*spent[:-1], _with(spent[-1], _WORKING_FUND_CODE, set_apart(conn, regions, fiscal_year))]
    outlay = [
        _with(used, _CLOSING_CODE, _left(had, used)) for had, used in zip(income, spent, strict=True)
    ]  # fmt: skip
    title = _title(_BALANCE, regions, fiscal_year)
    columns = tuple((name, index) for index, (name, _) in enumerate(_AMOUNTS))
    made = [
        Table(sheet, title, _BALANCE.number, "项目", columns, _balance_rows(asked, found, side))
        for sheet, found, side in (("表三收入", income, INCOME), ("表三支出", outlay, OUTLAY))
        for asked in [Asked(tuple(regions), fiscal_year, "111", side, transfers=True)]
    ]
    known = (_with_known_budgets(conn, regions, fiscal_year, table) for table in made)
    return [_with_left(conn, regions, fiscal_year, table) for table in known]


def _left(had: Mapping[str, Cell], used: Mapping[str, Cell]) -> Cell:
    origin = tuple(r for cell in had.values() for r in cell.readings)
    against = tuple(replace(r, sign=-r.sign) for cell in used.values() for r in cell.readings)
    return Cell(_all_of(had) - _all_of(used), (*origin, *against))


def _all_columns(conn: Conn, regions: Sequence[str], fiscal_year: int, side: str) -> list[dict[str, Cell]]:
    """Budget, adjusted budget and final of a side with its transfers; of an area those to the outside."""
    asked = Asked(tuple(regions), fiscal_year, "111", side, transfers=True)
    columns = columns_of(conn, asked)[1:]
    _refuse_nameless(_BALANCE, columns)
    city = _city_of_area(regions)
    if city is None:
        return columns
    *budgets, final = columns
    inner = [*budgets_between(conn, asked, city), between(conn, asked, city)]
    return [_consolidated(column, taken) for column, taken in zip((*budgets, final), inner, strict=True)]


def _city_of_area(regions: Sequence[str]) -> str | None:
    """The city of a whole area; None of one government."""
    city = next((r for r in regions if _level(r) == "city"), None)
    return city if len(regions) > 1 else None


def _with_known_budgets(conn: Conn, regions: Sequence[str], fiscal_year: int, table: Table) -> Table:
    """A balance table without the budgets that nobody knows: not approved, or of uneven sides."""
    city = _city_of_area(regions)
    if city is not None:
        sides = [Asked(tuple(regions), fiscal_year, "111", side, transfers=True) for side in (INCOME, OUTLAY)]
        both = zip(*(budgets_between(conn, asked, city) for asked in sides), strict=True)
        for index, (income, outlay) in enumerate(both):
            if _all_of(income) != _all_of(outlay):
                table = _emptied(table, index, _UNEVEN_BUDGETS[index])
    return table if has_budget(conn, regions, fiscal_year) else _emptied(table, 0, NO_BUDGET)


def _with_left(conn: Conn, regions: Sequence[str], fiscal_year: int, table: Table) -> Table:
    """The outlay side with what its balance at the end is made of, in the units that it is printed in."""
    at = next((i for i, row in enumerate(table.rows) if row.code == _CLOSING_CODE), None)
    if at is None:
        return table
    left = table.rows[at].cells[-1]
    said, exact = (left_in_words(conn, regions, fiscal_year, left, is_exact=is_) for is_ in (False, True))
    return replace(table, notes=(*table.notes, *said), exact_notes=(*table.exact_notes, *exact))


def _all_of(column: Mapping[str, Cell]) -> int:
    return sum(cell.amount for cell in column.values())


def _consolidated(column: Mapping[str, Cell], inner: Mapping[str, Cell]) -> dict[str, Cell]:
    """A column without what the governments of an area transferred to each other."""
    found = {code: column.get(code, Cell(0)) + inner.get(code, Cell(0)) for code in {**column, **inner}}
    return {code: cell for code, cell in found.items() if cell.fen}


def _refuse_uneven(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """What is taken off both sides of a consolidation must be the same."""
    city = _city_of_area(regions)
    if city is None:
        return
    sides = [Asked(tuple(regions), fiscal_year, "111", side, transfers=True) for side in (INCOME, OUTLAY)]
    sums = [-_all_of(between(conn, asked, city)) for asked in sides]
    if sums[0] != sums[1]:
        raise RuleBroken(
            f"辖区内补助不能抵销：下级列收 {format_fen(sums[0])} 元，上级列支 {format_fen(sums[1])} 元",
            rule="汇总决算抵销上下级之间的转移支付",
            hint="请先办理上下级年终结算，使双方一致",
        )


def _with(column: Mapping[str, Cell], code: str, cell: Cell) -> dict[str, Cell]:
    return {**column, code: column.get(code, Cell(0)) + cell} if cell.fen else dict(column)


def _balance_rows(asked: Asked, columns: Sequence[Mapping[str, Cell]], side: str) -> tuple[Row, ...]:
    """Own classes, their total, transfers by section, both sides' grand total."""
    rows = tree(asked, columns, depth=5)
    own = [row for row in rows if len(row.code) == 3 and row.code not in _BELOW_THE_LINE]
    other = [row for row in rows if row.code[:3] in _BELOW_THE_LINE]
    name = "收入" if side == INCOME else "支出"
    subtotal = Row("", f"本年{name}合计", _summed(own, len(_AMOUNTS)), True)
    everything = [*own, *(row for row in other if len(row.code) == 3)]
    grand = Row("", f"{name}总计", _summed(everything, len(_AMOUNTS)), True)
    return (*own, subtotal, *map(_indented, other), grand) if everything else ()


# ---- transfers by banner


def _matrix(conn: Conn, city: str, fiscal_year: int) -> Table:
    """What the city transferred to each banner: returns of tax, general (of which shared mandates) and
    special transfers."""
    book = "treasury_2015:5011" if fiscal_year < 2023 else "treasury_2022_budget:7011"
    rows = [
        Row("", row.name, _banner_cells(conn, (city, row.mof_div_code), book, fiscal_year))
        for row in divisions.children(city)
    ]
    rows = [row for row in rows if row.cells[0].fen]
    total = Row("", "地区合计", _summed(rows, 5), True)
    return Table(
        _MATRIX.number, _title(_MATRIX, [city], fiscal_year), _MATRIX.number, "地区",
        (("合计", 0), ("税收返还", 1), ("一般性转移支付", 2), ("其中：共同财政事权转移支付", 3),
         ("专项转移支付", 4)),
        (*rows, total) if rows else (), has_codes=False, addends=(1, 2, 4),
    )  # fmt: skip


def _banner_cells(conn: Conn, pair: tuple[str, str], account: str, fiscal_year: int) -> tuple[Cell, ...]:
    city, banner = pair
    without = tuple(key for kind in (CLOSE, OPEN) for key in entry_keys(conn, city, fiscal_year, kind))
    first, last = fiscal_year * 100 + 1, fiscal_year * 100 + 13
    where = (Among("rec_div_code", (banner,)), Among("fund_type_code", FUNDS["111"]))
    asked = Turnover((account,), (city,), (first, last), where=where, without=without)
    parts = [Cell(0)] * 4
    for (code,), fen in turnover(conn, asked, "tp_func_code").items():
        if not fen:
            continue
        elements = {"tp_func_code": (code,), "rec_div_code": (banner,), "fund_type_code": FUNDS["111"]}
        cell = Cell(fen, (Reading(city, (account,), first, last, 1, elements, without),))
        parts[{_RETURNS: 0, _SPECIAL: 3}.get(code[:5], 1)] += cell
        if is_shared(code):
            parts[2] += cell
    return (parts[0] + parts[1] + parts[3], *parts)


# ---- the workbook


def require_tables(found: Sequence[Table]) -> None:
    """Raise RuleBroken where there is no table: an empty book would say that there was nothing."""
    if not found:
        raise RuleBroken(
            "账上没有可以填列的决算数", rule="政府决算公开表由总账填列",
            hint="请核对区划和年度；收支入账后再编",
        )  # fmt: skip


def not_written(found: Sequence[Table]) -> list[tuple[str, str]]:
    """(title, reason) of the tables of the published set that are not among `found`."""
    numbers = {table.number for table in found}
    return unwritten(
        {kind.table_id for kind in (*_KINDS, *_OWN_LEVEL, _BASIC, _MATRIX) if kind.number in numbers}
    )


def write_final_accounts(
    path: Path, found: Sequence[Table], unit: str = _UNIT, notice: str = "", *, is_exact: bool = False
) -> Path:
    """Write tables as a workbook, a sheet each, `notice` on each; in whole 万元 as is usual.

    The last sheet names the tables of the set that are not there, and why.
    With `is_exact` a cell holds its amount to the fen and shows two places. Raises RuleBroken where there
    is no table to write.
    """
    from fisc.closing.statements.workbook import new_workbook, save

    require_tables(found)
    book = new_workbook()
    for table in found:
        _write(book.create_sheet(table.sheet), table, unit, is_exact)
    _write_missing(book.create_sheet("未编各表"), not_written(found))
    return save(book, path, notice)


def _write_missing(page: Any, missing: Sequence[tuple[str, str]]) -> None:
    from fisc.closing.statements.workbook import put

    for index, values in enumerate((("未编的表", "原因"), *missing), 1):
        put(page, index, values, bold=index == 1)


def _write(page: Any, table: Table, unit: str, is_exact: bool) -> None:
    from fisc.closing.statements.workbook import beneath, lay_out, put

    labels = ["科目编码", table.label] if table.has_codes else [table.label]
    lay_out(
        page, table.title, unit, [*labels, *(name for name, _ in table.columns)], number_text=table.number
    )
    whole = whole_units(table, unit)
    for index, row in enumerate(table.rows):
        shown = [row.code or None, row.name] if table.has_codes else [row.name]
        exact = [_value(row, what, unit) for _, what in table.columns]
        values = exact if is_exact else [
            whole[index][what] if isinstance(what, int) else value
            for value, (_, what) in zip(exact, table.columns, strict=True)
        ]  # fmt: skip
        put(page, index + 4, [*shown, *values], bold=row.is_total, is_whole=not is_exact)
    notes = table.exact_notes if is_exact and table.exact_notes else table.notes
    rounding = () if is_exact else said_of_rounding(table, unit)
    beneath(page, (*notes, *rounding), 4 + len(table.rows))


def _value(row: Row, what: int | tuple[int, int], unit: str) -> float | int | str | None:
    from fisc.closing.statements.workbook import amount_of

    if isinstance(what, int):
        return amount_of(row.cells[what], unit)
    part, whole = row.cells[what[0]].fen, row.cells[what[1]].fen
    if part is None or whole is None or whole <= 0:
        return None
    return float((Decimal(part) * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP))


__all__ = ["Kind", "Table", "not_written", "require_tables", "tables", "write_final_accounts"]
