"""Finds the table in a file: which sheet or delimiter, which row holds the headings, which column is what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from operator import itemgetter
from typing import Final

from fisc.sheets import delimited, text, units
from fisc.sheets.cells import Sheet, column_letters
from fisc.sheets.columns import Column, by_heading
from fisc.sheets.faults import Fault, FileRefused
from fisc.sheets.source import Source
from fisc.sheets.table import RESULT, Table

_DEEPEST_HEADER: Final = 20
#: Headings of what people write beside a table for themselves: never refused, and never read.
BESIDE: Final = frozenset({"序号", "备注", "说明", RESULT})
#: Near headings that a refusal names for one that is not known.
_NEAR: Final = 3


def find(
    source: Source, columns: Sequence[Column], sheet: str | None = None, *, with_hidden: bool = False,
    only_known: bool = False,
) -> Table:  # fmt: skip
    """The one table in the file that has the columns, or the nearest refused with what it lacks.

    Raises FileRefused: no such sheet, no table, more than one, columns missing, doubled, or (with
    `only_known`) not declared.
    """
    search = _Search(source, columns, with_hidden, only_known)
    return search.in_text() if source.kind == "csv" else search.in_workbook(sheet)


@dataclass(slots=True)
class _Search:
    """Looks for the table in a file, sheet by sheet or delimiter by delimiter."""

    source: Source
    columns: Sequence[Column]
    with_hidden: bool
    only_known: bool
    hidden: list[str] = field(default_factory=list)
    seen: list[Table] = field(default_factory=list)
    doubled: list[tuple[Table, FileRefused]] = field(default_factory=list)
    """Tables that have an element twice, and how that is told where they are the one that is wanted."""

    def in_text(self) -> Table:
        """The table under the delimiter that gives the most columns."""
        heads = []
        for delimiter in delimited.delimiters(self.source):
            sheet, _ = delimited.sheet_of_text(self.source, delimiter, _DEEPEST_HEADER)
            heads.append((delimiter, self._table(sheet)))
        found = [(delimiter, table) for delimiter, table in heads if table is not None]
        self.seen = [table for _, table in found]
        if not found:
            raise self._nothing()
        delimiter, _ = max(found, key=lambda each: len(each[1].places))
        sheet, widths = delimited.sheet_of_text(self.source, delimiter)
        table = self._table(sheet)
        self._refuse_doubled([table])
        if table is None or not self._is_whole(table):
            raise self._nothing()
        table.delimiter, table.widths = delimiter, widths
        return table

    def in_workbook(self, named: str | None) -> Table:
        """The table in the sheet named, else in the one visible sheet that has all its columns."""
        from fisc.sheets.workbook import open_workbook  # its XML is not for who reads .csv

        book = open_workbook(self.source.name, self.source.content)
        self.hidden = [part.name for part in book.parts if part.is_hidden]
        wanted = [p for p in book.parts if p.name == named or (named is None and not p.is_hidden)]
        if not wanted:
            wanted_name = f"名为“{named}”的可见" if named else "可见的"
            raise FileRefused(
                f"文件 {self.source.name} 里没有{wanted_name}工作表{self._hiding()}",
                "请核对工作表名，或不指定工作表" if named else "请取消隐藏，或用 --sheet 指定",
            )
        self.seen = [table for part in wanted if (table := self._table(book.sheet(part))) is not None]
        whole = [table for table in self.seen if self._is_whole(table)]
        if len(whole) > 1:
            raise FileRefused(
                f"工作表 {'、'.join(t.sheet.name for t in whole)} 都像是要导入的表",
                "请用 --sheet 指定其中一张",
            )
        self._refuse_doubled(whole or self.seen)
        if not whole:
            raise self._nothing()
        whole[0].notes += [
            Fault(0, "", f"工作表“{name}”是隐藏的，没有读取", "要读取请用 --sheet 指定", name)
            for name in self.hidden if name != named
        ]  # fmt: skip
        return whole[0]

    def _refuse_doubled(self, tables: Sequence[Table | None]) -> None:
        for table, refusal in self.doubled:
            if any(table is one for one in tables):
                raise refusal

    def _hiding(self) -> str:
        return f"（隐藏的工作表 {'、'.join(self.hidden)} 没有读取）" if self.hidden else ""

    def _missing(self, table: Table) -> list[Column]:
        return [column for column in self.columns if column.is_required and column.name not in table.places]

    def _unknown(self, table: Table) -> list[str]:
        """Headings that are no declared column, and columns under no heading, each with its place."""
        return _unknown(table) if self.only_known else []

    def _is_whole(self, table: Table) -> bool:
        return not self._missing(table) and not self._unknown(table)

    def _nothing(self) -> FileRefused:
        nearest = max(self.seen, key=lambda table: len(table.places), default=None)
        if nearest is None:
            needed = "、".join(column.label for column in self.columns if column.is_required)
            return FileRefused(
                f"文件 {self.source.name} 里没有找到要导入的表{self._hiding()}",
                f"表头须有：{needed}（或要素英文名）",
            )
        missing = [_as_there(column, nearest) for column in self._missing(nearest)]
        unknown = self._unknown(nearest)
        hidden = [note.column for note in nearest.notes if note.code == "hidden"]
        place = f"工作表“{nearest.sheet.name}”" if nearest.sheet.name else f"文件 {self.source.name} "
        also = f"（隐藏的列 {'、'.join(hidden)} 没有读取）" if hidden else ""
        lacks = f"缺少：{'、'.join(missing)}" if missing else ""
        if self.only_known:
            lacks = f"不对：{'、'.join([*(f'缺少 {name}' for name in missing), *unknown])}"
        known = "、".join(_as_there(column, nearest) for column in self.columns)
        return FileRefused(
            f"{place}第 {nearest.header_row} 行的表头{lacks}{also}",
            f"可用的列：{known}" if unknown else "请补上这些列，或核对是否选错了工作表",
            missing=missing,
        )

    def _table(self, sheet: Sheet) -> Table | None:
        """The table whose header row (among the first rows) has the most columns; None where none has any."""
        names = by_heading(self.columns)
        best, most = 0, 0 if sum(column.is_required for column in self.columns) < 2 else 1
        for number in range(1, _DEEPEST_HEADER + 1):
            row = sheet.rows.get(number, {})
            count = len({names[h].name for cell in row.values() if (h := text.heading(cell.text)) in names})
            if count > most:
                best, most = number, count
        return self._headed(sheet, best, names) if best else None

    def _headed(self, sheet: Sheet, header: int, names: Mapping[str, Column]) -> Table:
        places: dict[str, int] = {}
        headings: dict[str, str] = {}
        others: dict[str, int] = {}
        above, width = _unit_above(sheet, header), _width(sheet, header)
        table = Table(self.source, sheet, self.columns, header, places, headings, others, above, width)
        for place, cell in sheet.rows[header].items():
            said = text.tidy(cell.shown)
            column = names.get(text.heading(said))
            if place in sheet.hidden_columns and not self.with_hidden:
                table.notes.append(_hidden_column(sheet, header, place, said))
            elif column is None:
                name = RESULT if text.heading(said) == RESULT else said
                if others.setdefault(name, place) != place and said:
                    table.notes.append(_doubled_column(sheet, header, place, said))
            elif column.name in places:
                self.doubled.append((table, _doubled(sheet, header, headings[column.name], said)))
            else:
                places[column.name], headings[column.name] = place, said
        return table


def require_known(table: Table, hint: str, also: Collection[str] = ()) -> None:
    """Raise FileRefused, with this hint, for headings that are no declared column and none of `also`."""
    if unknown := _unknown(table, also):
        place = f"工作表“{table.sheet.name}”" if table.sheet.name else ""
        raise FileRefused(f"{place}第 {table.header_row} 行的表头不对：{'、'.join(unknown)}", hint)


def _unknown(table: Table, also: Collection[str] = ()) -> list[str]:
    known = {text.heading(name): name for c in table.columns for name in (c.name, c.label)}
    return [
        _not_known(table, place, said, known)
        for said, place in sorted(_of_none(table), key=itemgetter(1))
        if said not in also
    ]


def _of_none(table: Table) -> list[tuple[str, int]]:
    """Heading and place of the columns that are not declared and hold something."""
    rows = [row for number, row in table.sheet.rows.items() if number > table.header_row]
    filled = {place for row in rows for place, cell in row.items() if cell.shown.strip()}
    headed = {place: said for said, place in table.others.items() if said}
    beside = {place for place, said in headed.items() if text.heading(said) in BESIDE}
    named = {p for p, cell in table.sheet.rows[table.header_row].items() if text.tidy(cell.shown)}
    bare = {place for place in filled - named if place < table.width}
    return [(headed.get(place, ""), place) for place in ((headed.keys() & filled) | bare) - beside]


def _not_known(table: Table, place: int, said: str, known: Mapping[str, str]) -> str:
    """How a heading is refused: what it says, where it stands, and what is like it."""
    cell = f"{column_letters(place)}{table.header_row}"
    where = f"{table.sheet.name}!{cell}" if table.sheet.name else cell
    if not said:
        return f"有内容却没有表头（{where}）"
    like = get_close_matches(text.heading(said), known, n=_NEAR, cutoff=0.4)
    near = f"，相近的有 {'、'.join(known[one] for one in like)}" if like else ""
    return f"不认识“{said}”（{where}）{near}"


def _width(sheet: Sheet, header: int) -> int:
    """How far the headings reach, but for the result of an earlier round: it may stand far beside them."""
    said = {place: text.heading(text.tidy(cell.shown)) for place, cell in sheet.rows[header].items()}
    return max((place for place, heading in said.items() if heading != RESULT), default=0)


def _as_there(column: Column, table: Table) -> str:
    """A column's name in the language of the file's other headings."""
    by_name = any(name == said for name, said in table.headings.items())
    return column.name if by_name else column.label


def _hidden_column(sheet: Sheet, header: int, place: int, said: str) -> Fault:
    cell = f"{column_letters(place)}{header}"
    return Fault(header, said, f"列“{said}”被隐藏，没有读取", "要读取请取消隐藏", sheet.name, cell, "hidden")


def _doubled(sheet: Sheet, header: int, first: str, second: str) -> FileRefused:
    place = f"工作表“{sheet.name}”" if sheet.name else ""
    return FileRefused(
        f"{place}第 {header} 行表头里有重复的列：“{first}”和“{second}”是同一个要素",
        "请只保留其中一列，或改名",
    )


def _doubled_column(sheet: Sheet, header: int, place: int, said: str) -> Fault:
    cell = f"{column_letters(place)}{header}"
    return Fault(
        header, said, f"有两列“{said}”，至多读第一列", "请只保留一列，或改名", sheet.name, cell, "doubled"
    )


def _unit_above(sheet: Sheet, header: int) -> str:
    return units.stated_above(
        cell.shown for number in range(1, header) for cell in sheet.rows.get(number, {}).values()
    )
