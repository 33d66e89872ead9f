"""The items of a use case in a file: JSON, or flat rows with headings, each item with its rows.

The columns are those that `fisc docs use-cases` prints: the item's, its lines', and what is said once for
all, where each row says the same. A column that is none of them is refused: a file is taken whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fisc.documents.apart import InRows
from fisc.documents.errors import RuleBroken
from fisc.documents.grouping import Grouped, group
from fisc.documents.inputs import PART, Field, build
from fisc.documents.items import RULE, from_json, placed, said_in_json, shape_taken
from fisc.documents.json_text import read_json
from fisc.kernel import FiscError
from fisc.sheets import Fault, FileRefused, Table, read_table

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase
    from fisc.sheets import Column


class InFile(NamedTuple):
    """What a file says: its items (or numbers), what it says of all of them, and where each item stands."""

    items: list[Any]
    said: Mapping[str, Any]
    """Name of an option -> its value."""
    places: Sequence[str]
    """In words: 第 4 行, 工作表“数据”第 4、5 行, 第 2 项."""
    refused: Mapping[str, FiscError] = MappingProxyType({})
    """Where a row stands that says no item -> why, of a file that is taken row by row."""


def fields_in_file(case: UseCase) -> tuple[Field, ...]:
    """What the columns of a use case's file say: of the item and its lines or its number, and of all."""
    own = case.shape.flat if case.shape is not None else (case.number,) if case.number is not None else ()
    return (*own, *(replace(one, is_required=False) for one in case.options if not one.is_bytes))


def from_file(
    case: UseCase, path: Path, region: str = "", sheet: str | None = None, *, is_each: bool = False
) -> InFile:
    """The items of a file: .json an object or a list of them, .xlsx and .csv flat rows with headings.

    Of a use case that takes numbers, its numbers; of a workbook the `sheet` that is named, or the one that
    has the table. A file of flat rows without a column of the region is of `region`, where one is given.
    Where `is_each` counts alone, and a row is an item, faulty rows are told and the others taken.
    Raises RowsRefused naming each cell, FileRefused naming each heading that is not known, RuleBroken.
    """
    if path.suffix.lower() == ".json":
        data = _json_of(path)
        items = from_json(case, data)
        return InFile(items, said_in_json(case, data), [f"第 {n} 项" for n in range(1, len(items) + 1)])
    if case.number is None:
        shape_taken(case)
    table = read_table(path, tuple(_columns(case, region)), sheet=sheet, only_known=True)
    _require_shown(table)
    is_apart = is_each and (case.shape is None or not case.shape.parts)
    _require_clean(table, is_apart=is_apart)
    rows = _placed_rows(case, table, is_apart=is_apart)
    said = _said_of_all(case, table)
    read = _numbers(case, rows) if case.number is not None else _items(case, table, rows, region, is_apart)
    items, groups = read
    return InFile(items, said, [_place(table, one.rows) for one in groups], _refused(table))


def _require_clean(table: Table, *, is_apart: bool) -> None:
    """Raise RowsRefused for faults: of rows that go `is_apart`, where none is left, or the table is meant."""
    if not is_apart or not table.rows or any(fault.row == 0 for fault in table.faults):
        table.require_clean()


_RULE_EACH: Final = "逐项办理的，一行是一项：看不懂的不办，其余照办"


def _refused(table: Table) -> dict[str, FiscError]:
    """Where the faulty rows of a table stand, and what is wrong with each."""
    found: dict[int, list[Fault]] = {}
    for fault in table.faults:
        found.setdefault(fault.row, []).append(fault)
    return {
        _placed_at(table, [row]): RuleBroken(
            "；".join(map(str, faults)), rule=_RULE_EACH, hint="请更正这一行后再提交"
        )
        for row, faults in sorted(found.items())
    }


def _columns(case: UseCase, region: str) -> Iterable[Column]:
    """The columns; a heading that one of them has is no other name of another."""
    fields = fields_in_file(case)
    taken = {field.heading for field in fields}
    for field in fields:
        column, more = field.column, _NUMBERS if field == case.number else ()
        also = tuple(name for name in (*column.also, *more) if name not in taken)
        is_given = field.name == "mof_div_code" and bool(region)
        yield replace(column, also=also, is_required=column.is_required and not is_given)


#: What the column of numbers may be called, whatever document they are of.
_NUMBERS = ("编号", "单据号", "单据编号")


def _require_shown(table: Table) -> None:
    """Raise FileRefused for columns that are hidden: nobody can tell whether they are meant."""
    if hidden := [note for note in table.notes if note.code == "hidden"]:
        raise FileRefused(
            "；".join(f"{note.problem}（{note.place}）" for note in hidden), "请取消隐藏，或删去"
        )


def _placed_rows(case: UseCase, table: Table, *, is_apart: bool) -> list[dict[str, Any]]:
    """Rows without what says nothing, divisions by their nine digits. Raises RowsRefused.

    The table keeps those alone that say what can be.
    """
    known = {field.name: field for field in fields_in_file(case)}
    found: list[dict[str, Any]] = []
    for row in table.rows:
        told = dict[str, Any]()
        for name, value in row.values.items():
            if name != PART and _is_empty(known[name], value):
                continue
            try:
                told[name] = placed(known[name], value)
            except FiscError as error:
                table.faults.append(table.fault(row.number, name, error.message, error.hint, "unknown"))
        found.append(told)
    faulty = {fault.row for fault in table.faults}
    sound = [(row, told) for row, told in zip(table.rows, found, strict=True) if row.number not in faulty]
    table.rows = [row for row, _ in sound]
    _require_clean(table, is_apart=is_apart)
    return [told for _, told in sound]


def _is_empty(field: Field, value: Any) -> bool:
    return value is None or (value in ("", ()) and not field.is_required)


def _said_of_all(case: UseCase, table: Table) -> dict[str, Any]:
    """What the rows say that is said once for all. Raises RowsRefused where they do not say the same."""
    said = dict[str, Any]()
    differing: list[Fault] = []
    for field in case.options:
        if field.name not in table.places:
            continue
        first, *others = table.rows
        value = first.values[field.name]
        differing += [
            table.fault(row.number, field.name, f"与第 {first.number} 行的不同", _APART, "differs")
            for row in others if row.values[field.name] != value
        ]  # fmt: skip
        if value not in (None, "", ()):
            said[field.name] = placed(field, value)
    if differing:
        table.require_clean(differing)
    return said


_APART = "这一栏对各行是同一个；不同的请分成几个文件"


def _numbers(case: UseCase, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Grouped]]:
    assert case.number is not None
    return [row[case.number.name] for row in rows], [Grouped({}, [place]) for place in range(len(rows))]


def _items(
    case: UseCase, table: Table, rows: Sequence[Mapping[str, Any]], region: str, is_apart: bool
) -> tuple[list[Any], list[Grouped]]:
    """The items that the rows say, and their rows. Raises RowsRefused naming the row of each that is none."""
    shape, items = shape_taken(case), list[Any]()
    is_placed = bool(region) and any(field.name == "mof_div_code" for field in shape.fields)
    own = {"mof_div_code": region} if is_placed else {}
    try:
        groups = group(shape, [own | dict(row) for row in rows])
    except RuleBroken as refusal:
        table.require_clean([_fault(table, place, refusal) for place in (refusal.details or {})["rows"]])
        raise
    built: list[Grouped] = []
    for one in groups:
        try:
            items.append(build(shape, one.values))
        except FiscError as refusal:
            table.faults.append(_fault(table, one.rows[0], refusal))
        else:
            built.append(one)
    if not is_apart or not built:
        table.require_clean()
    return items, built


def _fault(table: Table, place: int, refusal: FiscError) -> Fault:
    return table.fault(table.rows[place].number, "", refusal.message, refusal.hint, "item")


def _place(table: Table, rows: Sequence[int]) -> InRows:
    return _placed_at(table, [table.rows[place].number for place in rows])


def _placed_at(table: Table, rows: Sequence[int]) -> InRows:
    numbers = [str(row) for row in rows]
    shown = "、".join(numbers) if len(numbers) <= _FEW else f"{numbers[0]}-{numbers[-1]}"
    return InRows(f"{f'工作表“{table.sheet.name}”' if table.sheet.name else ''}第 {shown} 行", rows)


#: Rows of one item that are named one by one.
_FEW = 3


def _json_of(path: Path) -> Any:
    try:
        return read_json(path.read_bytes())
    except ValueError as error:
        raise RuleBroken(
            f"{path.name} 不是 JSON：{error}", rule=RULE, hint="请核对文件内容与 UTF-8 编码"
        ) from None
