"""What a table of the final accounts is, and what all of them are made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fisc.closing.statements.first_year import emptied
from fisc.closing.statements.model import Cell, Row
from fisc.documents import RuleBroken
from fisc.kernel.money import format_fen
from fisc.registry import regions as divisions

#: Columns of `columns_of` that every table of classes has (预算法第七十五条): budget, adjusted, final.
AMOUNTS: Final = (("预算数", 1), ("调整预算数", 2), ("决算数", 3))


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of the set: its id there, its number in the book, title, fund and side."""

    table_id: str
    number: str
    title: str
    fund: str
    side: str


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


def level(region: str) -> str:
    """The level of a division: city, county, ...; '' of an unknown one."""
    row = divisions.lookup(region)
    return row.level if row else ""


def place_of(regions: Sequence[str]) -> str:
    """鄂尔多斯市本级 of one government, 鄂尔多斯市 of a whole area."""
    city = next((r for r in regions if level(r) == "city"), regions[0])
    row = divisions.lookup(city)
    name = (row.name if row else city).removesuffix("本级")
    return f"{name}{'' if len(regions) > 1 else '本级'}"


def title_of(kind: Kind, regions: Sequence[str], fiscal_year: int) -> str:
    """2022年鄂尔多斯市本级… for one government, 2022年鄂尔多斯市… for a whole area."""
    return f"{fiscal_year}年{place_of(regions)}{kind.title}"


def city_of_area(regions: Sequence[str]) -> str | None:
    """The city of a whole area; None of one government."""
    city = next((r for r in regions if level(r) == "city"), None)
    return city if len(regions) > 1 else None


def without_column(table: Table, column: int, note: str) -> Table:
    """A table of which a column is not known, and the note that says so."""
    return replace(
        table, rows=emptied(table.rows, column), notes=(note, *table.notes),
        exact_notes=(note, *table.exact_notes),
    )  # fmt: skip


def refuse_nameless(kind: Kind, columns: Sequence[Mapping[str, Cell]]) -> None:
    """Raise RuleBroken where money of a column stands on no classification code."""
    fen = [column[""].amount for column in columns if "" in column]
    if any(fen):
        raise RuleBroken(
            f"{kind.title}：有 {format_fen(sum(fen))} 元没有科目编码，不能编表",
            rule="决算按功能分类编列到项（预算法实施条例第六条）",
            hint="请按凭证补正这些收支的科目",
        )


def indented(row: Row) -> Row:
    """A row whose name stands as deep as its code is long."""
    return replace(row, name="　" * ((len(row.code) - 3) // 2) + row.name)


def summed(rows: Sequence[Row], width: int) -> tuple[Cell, ...]:
    """The sums of the first `width` cells of rows."""
    return tuple(sum((row.cells[i] for row in rows), Cell(0)) for i in range(width))
