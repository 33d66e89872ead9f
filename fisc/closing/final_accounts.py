"""The statutory final accounts (政府决算) that the books can fill, written as published tables are.

`tables` makes them as data, each cell with what it was read from; `write_final_accounts` writes a
workbook whose titles, codes, units and columns are those of the disclosure set, so that whoever reads
published books reads this one. They are read to the fen and printed in whole 万元.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

import psycopg

from fisc.closing.balance_table import BALANCES, balance_tables
from fisc.closing.basic_outlay import basic_outlay
from fisc.closing.final_tables import (
    AMOUNTS,
    Kind,
    Table,
    indented,
    level,
    refuse_nameless,
    summed,
    title_of,
    without_column,
)
from fisc.closing.statements.execution import (
    INCOME,
    OUTLAY,
    Asked,
    columns_of,
    top_rows,
    tree,
)
from fisc.closing.statements.first_year import NO_BUDGET, has_budget, note_of, without_last_year
from fisc.closing.statements.model import Row
from fisc.closing.transfer_matrix import MATRIX, SPECIAL, special_transfers, transfer_matrix
from fisc.closing.unwritten import Lacking, Missing, unwritten
from fisc.closing.whole_units import said_of_rounding, whole_units
from fisc.documents import RuleBroken
from fisc.documents.properties import Properties
from fisc.registry.tables import read_table
from fisc.sheets.own import LACKING_HEAD

Conn = psycopg.Connection[Any]

#: Ratios by the words of the disclosure set, each of two of the columns.
_RATIOS: Final[Mapping[str, tuple[int, int]]] = {
    "决算数为调整预算数%": (3, 2), "为调整预算%": (3, 2), "完成%": (3, 1),
    "决算数为上年决算数%": (3, 0), "比上年%": (3, 0),
}  # fmt: skip
#: Where both budgets stand in a table, its ratio says which of them it means.
_TOLD_APART: Final = {"为预算%": "为调整预算%"}
_LABELS: Final = frozenset(["科目", "项目", "科目名称", "科目编码(类款项)"])
#: The unit of published tables.
_UNIT: Final = "万元"
_KINDS: Final = (
    Kind("Z25-01", "表一", "一般公共预算收入决算表", "111", INCOME),
    Kind("Z25-02", "表二", "一般公共预算支出决算表", "111", OUTLAY),
    Kind("Z25-07", "表七", "政府性基金收入决算表", "121", INCOME),
    Kind("Z25-08", "表八", "政府性基金支出决算表", "121", OUTLAY),
    Kind("Z25-11", "表十一", "国有资本经营收入决算表", "13", INCOME),
    Kind("Z25-12", "表十二", "国有资本经营支出决算表", "13", OUTLAY),
)
#: In the book of a whole area the city's own outlay (本级支出) has tables of its own, after the area's; so
#: have the balances of its own budgets, without which that outlay would be spent from nothing.
_OWN_LEVEL: Final = (
    Kind("Z25-03", "表四", "一般公共预算支出决算表", "111", OUTLAY),
    Kind("Z25-09", "表九", "政府性基金支出决算表", "121", OUTLAY),
    Kind("Z25-13", "表十三", "国有资本经营支出决算表", "13", OUTLAY),
)
_OWN_BALANCES: Final = tuple(
    replace(kind, number=number)
    for kind, number in zip(BALANCES, ("表十五", "表十六", "表十七"), strict=True)
)
_BASIC: Final = Kind("Z25-04", "表五", "一般公共预算基本支出决算表", "111", OUTLAY)
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
    "表十",
    "表十一",
    "表十二",
    "表十三",
    "表十四",
    "表十五",
    "表十六",
    "表十七",
    "表十八",
)


def tables(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Table]:
    """The final accounts of a government (one region), or of a whole area (the city and its banners).

    The transfers by banner are the city's own, where it is among the regions; so are its own outlay and its
    balances, in the book of a whole area. In a whole area's balance tables the transfers between its
    governments cancel out.
    Raises RuleBroken where money stands on no classification code, and where those transfers are not the
    same on both sides.
    """
    found = [_plain(conn, kind, regions, fiscal_year) for kind in _KINDS]
    for kind in BALANCES:
        found += balance_tables(conn, kind, regions, fiscal_year)
    city = next((r for r in regions if level(r) == "city"), None)
    found.append(_basic(conn, city or regions[0], fiscal_year))
    if city is not None:
        found += [transfer_matrix(conn, city, fiscal_year), special_transfers(conn, city, fiscal_year)]
    if city is not None and len(regions) > 1:
        found += [_plain(conn, kind, [city], fiscal_year) for kind in _OWN_LEVEL]
        for kind in _OWN_BALANCES:
            found += balance_tables(conn, kind, [city], fiscal_year)
    return sorted((table for table in found if table.rows), key=lambda table: _ORDER.index(table.number))


def _plain(conn: Conn, kind: Kind, regions: Sequence[str], fiscal_year: int) -> Table:
    asked = Asked(tuple(regions), fiscal_year, kind.fund, kind.side)
    columns = columns_of(conn, asked)
    refuse_nameless(kind, columns)
    rows = tree(asked, columns)
    total = Row("", _total_name(kind), summed(top_rows(rows), 4), True)
    made = Table(
        kind.number, title_of(kind, regions, fiscal_year), kind.number, _label(kind), _columns(kind),
        (*map(indented, rows), total) if rows else (),
    )  # fmt: skip
    if not has_budget(conn, regions, fiscal_year):
        made = without_column(made, 1, NO_BUDGET)
    missing = without_last_year(conn, regions, fiscal_year)
    return without_column(made, 0, note_of(missing)) if missing else made


def _total_name(kind: Kind) -> str:
    """What these rows come to; of funds it is called the year's own: its two sides need not be equal."""
    own = "" if kind.fund == "111" else "本年"
    return f"{own}{'收入' if kind.side == INCOME else '支出'}合计"


def _label(kind: Kind) -> str:
    named = [c for c in _set_columns(kind) if c in _LABELS]
    return named[-1] if named else "项目"  # a column of codes comes before the names


def _set_columns(kind: Kind) -> list[str]:
    rows = [row for row in read_table("disclosure_tables.csv") if row["table_id"] == kind.table_id]
    return rows[0]["columns"].split(",") if rows else []


def _columns(kind: Kind) -> tuple[tuple[str, int | tuple[int, int]], ...]:
    """What the law asks of every table, then the ratios of the disclosure set in its order."""
    names = [_TOLD_APART.get(name, name) for name in _set_columns(kind)]
    return (*AMOUNTS, *((name, _RATIOS[name]) for name in names if name in _RATIOS))


def _basic(conn: Conn, region: str, fiscal_year: int) -> Table:
    """What a government's people and offices cost, by economic class; in a whole area the city's own."""
    columns = tuple((name, index) for index, (name, _) in enumerate(AMOUNTS))
    made = Table(
        _BASIC.number, title_of(_BASIC, [region], fiscal_year), _BASIC.number, "项目", columns,
        tuple(map(indented, basic_outlay(conn, region, fiscal_year))),
    )  # fmt: skip
    return made if has_budget(conn, [region], fiscal_year) else without_column(made, 0, NO_BUDGET)


# ---- the workbook


def require_tables(found: Sequence[Table]) -> None:
    """Raise RuleBroken where there is no table: an empty book would say that there was nothing."""
    if not found:
        raise RuleBroken(
            "账上没有可以填列的决算数", rule="政府决算公开表由总账填列",
            hint="请核对区划和年度；收支入账后再编",
        )  # fmt: skip


def not_written(
    conn: Conn, regions: Sequence[str], fiscal_year: int, found: Sequence[Table]
) -> list[Missing]:
    """The tables of the published set that are not among `found`, each with its reason."""
    kinds = {kind.table_id: kind for kind in (*_KINDS, *_OWN_LEVEL, _BASIC, MATRIX, SPECIAL)}
    numbers = {table.number for table in found}
    return unwritten(Lacking(conn, tuple(regions), fiscal_year, kinds, numbers))


def write_final_accounts(
    path: Path, found: Sequence[Table], missing: Sequence[Missing] = (), *, unit: str = _UNIT,
    notice: str = "", is_exact: bool = False,
) -> Path:  # fmt: skip
    """Write tables as a workbook, a sheet each, `notice` on each; in whole 万元 as is usual.

    The last sheet names the tables of the set that are `missing`, and why.
    With `is_exact` a cell holds its amount to the fen and shows two places. Raises RuleBroken where there
    is no table to write.
    """
    from fisc.closing.statements.workbook import new_workbook, save

    require_tables(found)
    book = new_workbook()
    for table in found:
        _write(book.create_sheet(table.sheet), table, unit, is_exact)
    if missing:
        _write_missing(book.create_sheet("未编各表"), missing)
    return save(book, path, _properties(found, notice))


def _properties(found: Sequence[Table], notice: str) -> Properties:
    """Of whose year the book is, as its first table says before what it is."""
    first = found[0].title
    titles = (
        kind.title for kind in (*_KINDS, *BALANCES, _BASIC, MATRIX, SPECIAL) if first.endswith(kind.title)
    )
    whose = first.removesuffix(next(titles, ""))
    year, _, place = whose.partition("年")
    return Properties(f"{whose}政府决算", (place, f"{year}年"), notice=notice)


def _write_missing(page: Any, missing: Sequence[Missing]) -> None:
    from fisc.closing.statements.workbook import fit_widths, print_setup, put

    said = ((one.title, one.reason) for one in missing)
    for index, values in enumerate((LACKING_HEAD, *said), 1):
        put(page, index, values, bold=index == 1)
    fit_widths(page, 2, first=1)
    print_setup(page, "1:1")


def _write(page: Any, table: Table, unit: str, is_exact: bool) -> None:
    from fisc.closing.statements.workbook import beneath, fit_widths, lay_out, put

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
    fit_widths(page, len(labels))
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


__all__ = ["Kind", "Missing", "Table", "not_written", "require_tables", "tables", "write_final_accounts"]
