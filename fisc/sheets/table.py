"""A table found in a file: where its columns stand, which rows it has, what its cells say."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, Final, NamedTuple

from fisc.kernel.money import FEN_PER_UNIT
from fisc.sheets import sizes, text
from fisc.sheets import units as unit_names
from fisc.sheets.cells import Cell, Sheet, column_letters
from fisc.sheets.columns import NUMERIC, PERCENTS, BadCell, Column, not_amount
from fisc.sheets.faults import Fault, RowsRefused
from fisc.sheets.formats import digits
from fisc.sheets.limits import MOST_COLUMNS, MOST_DIGITS
from fisc.sheets.source import Source

#: The column that a copy of the file gains; one that is there from an earlier round is written anew.
RESULT: Final = "导入结果"


class Row(NamedTuple):
    """A row of a table: its number in the file, from 1, and its values by field."""

    number: int
    values: dict[str, Any]


class Texts(NamedTuple):
    """A column's texts, row by row, and what is wrong with some of them, by place among the rows."""

    texts: list[str]
    faults: dict[int, BadCell]


@dataclass(slots=True)
class Table:
    """A table found in a file. Row numbers are the file's, from 1; columns count from 1."""

    source: Source
    sheet: Sheet = field(repr=False)
    columns: Sequence[Column]
    header_row: int
    places: Mapping[str, int]
    """Name of a column -> where it stands."""
    headings: Mapping[str, str]
    """Name of a column -> its heading as it stands in the file."""
    others: Mapping[str, int]
    """Headings that are no declared column -> where they stand."""
    unit_above: str
    """The unit that a line above the table states; '' where none does."""
    width: int
    delimiter: str = ""
    widths: Mapping[int, int] = field(default_factory=dict, repr=False)
    """Fields of each record of a file of text."""
    numbers: list[int] = field(default_factory=list, repr=False)
    """The rows that say something, without totals and what is hidden."""
    totals: list[int] = field(default_factory=list)
    """The rows that add up all others."""
    subtotals: list[int] = field(default_factory=list)
    """The rows that add up some of them."""
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    """What the user should know: what is hidden and was not read."""
    unread: list[str] = field(default_factory=list)
    """Columns that hold none of what is wanted: their headings, or C列 where there is none."""
    read: dict[str, Texts] = field(default_factory=dict, repr=False)
    """The texts of columns that were asked for."""
    rows: list[Row] = field(default_factory=list, repr=False)
    """The rows without fault, after `read_table`."""

    def remarks(self) -> list[str]:
        """What the user should know, in words: what is hidden, and the columns that were not read."""
        unread = f"列 {'、'.join(self.unread)} 不是要导入的要素，没有读取"
        return [*map(str, self.notes), *([unread] if self.unread else [])]

    @property
    def result_column(self) -> int:
        """Where the result stands in a copy of the file, or is to stand: where no row holds anything."""
        if RESULT in self.others:
            return self.others[RESULT]
        below = (row for number, row in self.sheet.rows.items() if number > self.header_row)
        taken = {place for row in below if next(reversed(row)) > self.width for place in row}
        free = next(place for place in count(self.width + 1) if place not in taken)
        return free if free <= MOST_COLUMNS else self.width + 1

    def texts(self, name: str) -> Texts:
        """A column's texts, empty where the table has no such column."""
        if name not in self.read:
            column = next(column for column in self.columns if column.name == name)
            place = self.places.get(name)
            nothing = Texts([""] * len(self.numbers), {})
            self.read[name] = (
                _judged(self.texts_at(place, column.form, self.unit_of(name)), column) if place else nothing
            )
        return self.read[name]

    @property
    def amounts(self) -> dict[str, int]:
        """The declared columns of amounts that the table has -> where they stand."""
        declared = (column.name for column in self.columns if column.form == "amount_fen")
        return {name: self.places[name] for name in declared if name in self.places}

    def unit_of(self, name: str) -> str:
        """The unit in which a declared column counts its amounts or rates; 元 where it holds neither.

        Raises FileRefused where that is not plain, see `units.of_columns`.
        """
        if name in self.places and any(c.name == name and c.form == "rate_bp" for c in self.columns):
            header = self.sheet.rows[self.header_row]
            return unit_names.unit_of_rate(text.tidy(header[self.places[name]].shown))
        amounts = self.amounts
        return self.units_at(amounts.values())[amounts[name]] if name in amounts else "元"

    def units_at(self, places: Iterable[int]) -> dict[int, str]:
        """The unit of each of the columns that hold amounts, by place. Raises FileRefused as `unit_of`."""
        header = self.sheet.rows[self.header_row]
        return unit_names.of_columns(
            {place: text.tidy(header[place].shown) for place in places}, self.unit_above
        )

    def label(self, name: str) -> str:
        """What people call a column."""
        return next(column.label for column in self.columns if column.name == name)

    def cell_faults(self, names: Iterable[str]) -> list[Fault]:
        """What is wrong with the cells themselves of some columns, whatever they ought to say."""
        return [
            self.fault(self.numbers[at], name, f"{self.label(name)}{error}", error.remedy, error.code)
            for name in names for at, error in self.texts(name).faults.items()
        ]  # fmt: skip

    def texts_at(
        self, place: int, form: str = "text", unit: str = "元", *, numbers: Sequence[int] | None = None
    ) -> Texts:
        """The texts of the column at a place, as `form` wants them; `unit` is that of its amounts.

        `numbers` are other rows of the file than those that say something of their own.
        """
        rows = self.sheet.rows
        wanted = self.numbers if numbers is None else numbers
        return _texts([rows[number].get(place) for number in wanted], form, unit)

    def place(self, row: int, name: str) -> str:
        """`sheet!cell` where a row and a column cross; the cell alone in a file without sheets."""
        return self.fault(row, name, "").place

    def fault(self, row: int, name: str, problem: str, remedy: str = "", code: str = "value") -> Fault:
        """A fault of the cell where `row` and a column cross; of the row where there is no such column."""
        place = self.places.get(name)
        cell = f"{column_letters(place)}{row}" if place else ""
        return Fault(row, self.headings.get(name, name), problem, remedy, self.sheet.name, cell, code)

    def fault_at(self, row: int, place: int, problem: str, remedy: str = "", code: str = "value") -> Fault:
        """A fault of the cell where `row` and the column at a place cross."""
        heading = text.tidy(self.sheet.rows[self.header_row][place].shown)
        return Fault(row, heading, problem, remedy, self.sheet.name, f"{column_letters(place)}{row}", code)

    def total_faults(self, amounts: Iterable[int]) -> list[Fault]:
        """Amounts that cannot be read in rows of totals, in the columns at these places.

        Raises FileRefused as `unit_of`.
        """
        numbers = sorted([*self.totals, *self.subtotals])
        found: list[Fault] = []
        for place, unit in (self.units_at(amounts) if numbers else {}).items():
            said = self.texts_at(place, "amount_fen", unit, numbers=numbers)
            for at, number in enumerate(numbers):
                if error := said.faults.get(at) or not_amount(said.texts[at], unit):
                    problem = f"合计行的金额{error}".replace("金额金额", "金额")
                    found.append(self.fault_at(number, place, problem, error.remedy, error.code))
        return found

    def merge_faults(self, places: Iterable[int]) -> list[Fault]:
        """Merged cells of these columns below the headings: only their first cell holds the value."""
        known = frozenset(places)
        found: list[Fault] = []
        for merge in self.sheet.merges:
            if any(merge.left <= place <= merge.right for place in known):
                reach = f"{column_letters(merge.left)}{merge.top}:{column_letters(merge.right)}{merge.bottom}"
                what = f"{reach} 是合并单元格，只有左上一格有值"
                first, after = bisect_left(self.numbers, merge.top), bisect_right(self.numbers, merge.bottom)
                rows = self.numbers[first:after]
                found += [self.fault(row, "", what, "请取消合并，逐格填写", "merged") for row in rows]
        return found

    def require_clean(self, more: Sequence[Fault] = ()) -> None:
        """Raise RowsRefused, naming every fault, where there is one."""
        if self.faults or more:
            raise RowsRefused(self, [*self.faults, *more])


def _judged(found: Texts, column: Column) -> Texts:
    """Texts longer than their column takes are faults, told by their beginning; nobody reads them further."""
    most = column.most_chars
    for at, said in enumerate(found.texts):
        if len(said) > most:
            problem = f"有 {len(said):,} 字，超过 {most:,} 字：“{text.brief(said)}”"
            found.faults.setdefault(at, BadCell(problem, "请核对引号，或缩短内容", "too_long"))
            found.texts[at] = ""
    return found


def _texts(cells: Sequence[Cell | None], form: str, unit: str) -> Texts:
    known: dict[int, tuple[str, BadCell | None]] = {}
    found: list[str] = []
    faults: dict[int, BadCell] = {}
    for at, cell in enumerate(cells):
        if cell is None:
            found.append("")
        elif cell.kind == "s" and _PLAIN.fullmatch(cell.shown):
            found.append(cell.shown)
        else:
            said = known.get(id(cell))
            if said is None:
                said = known[id(cell)] = _said(cell, form, unit)
            found.append(said[0])
            if said[1]:
                faults[at] = said[1]
    return Texts(found, faults)


#: Text that is kept as it stands in any form: most cells.
_PLAIN: Final = re.compile(r"[0-9A-Za-z_./:()\u4e00-\u9fff-]{1,1000}")


def _said(cell: Cell, form: str, unit: str) -> tuple[str, BadCell | None]:
    """A cell's text as `form` wants it, and what is wrong with the cell itself."""
    if cell.kind == "s":
        return _said_text(str(cell.value), form)
    if cell.kind == "e":
        return cell.shown, BadCell(f"公式出错 {cell.shown}", "请更正公式，或改填数值", "error_cell")
    if cell.kind == "?":
        problem = "公式没有算出结果，或内容读不出"
        return cell.shown, BadCell(problem, "请在表格软件中打开、重新计算并保存", "no_result")
    if cell.kind == "n" and form not in ("date", "year"):
        return _said_number(cell, form, unit)
    return cell.shown, None


def _said_text(value: str, form: str) -> tuple[str, BadCell | None]:
    sign = text.bad_sign(value)
    if sign:
        return text.without_bad(value), BadCell(
            f"含有控制字符或乱码 {sign}", "请删去该字符，重新填写", "control"
        )
    said = _kept(value, form)
    if said.startswith("#") and _ERROR.fullmatch(said):
        return said, BadCell(f"公式出错 {said}", "请更正公式，或改填数值", "error_cell")
    if form in ("code", "codes") and _EXPONENT.fullmatch(said):
        return said, BadCell(f"成了科学计数 {said}，末几位已丢失", _AS_TEXT, "cut_number")
    return said, None


def _kept(value: str, form: str) -> str:
    if form == "code":
        return text.code(value)
    return text.number_text(value) if form in NUMERIC else text.tidy(value)


def _said_number(cell: Cell, form: str, unit: str) -> tuple[str, BadCell | None]:
    value, shown = float(cell.value or 0), cell.shown
    is_day = _DAY.match(shown) is not None
    if cell.format and not is_day and (seen := _misshown(cell, form, unit)):
        return shown, seen
    if form in NUMERIC:
        cut = _cut(cell, form, unit)
        return (shown, cut) if cut else _said_amount(shown, value, form, is_day)
    if abs(value) >= 10**MOST_DIGITS:
        return shown, BadCell(f"以数字存放，超过 {MOST_DIGITS} 位，末几位已丢失", _AS_TEXT, "cut_number")
    if form in ("code", "codes") and (is_day or not value.is_integer() or value < 0):
        return shown, BadCell(f"编码存成了数字或日期 {shown}", _AS_TEXT)
    return shown, None


def _said_amount(shown: str, value: float, form: str, is_day: bool) -> tuple[str, BadCell | None]:
    if shown.endswith("%") and form not in PERCENTS:
        return shown, BadCell(f"是百分比 {shown}", "请填写数额，不用百分比格式")
    if is_day:
        return shown, BadCell(f"是日期 {shown}", "请把该格改为数字")
    return shown if shown.endswith("%") else digits(value), None


def doubtful(cell: Cell, form: str, unit: str) -> BadCell | None:
    """Why a number is not what its cell shows, or not known to the end; None where it is.

    `form` is that of its column, `unit` the one its amounts are counted in.
    """
    return _misshown(cell, form, unit) or _cut(cell, form, unit)


def _cut(cell: Cell, form: str, unit: str) -> BadCell | None:
    """What is wrong with a number of more digits than a sheet keeps; None where they are noise of reckoning.

    Noise is less than a tenth of what still counts: a fen, one, a hundredth.
    """
    if not cell.exact:
        return None
    least = Decimal(1) / FEN_PER_UNIT[unit] if form == "amount_fen" else _LEAST[form]
    kept = Decimal(digits(float(cell.value or 0)))
    if abs(Decimal(cell.exact) - kept) * 10 < least:
        return None
    problem = f"以数字存放 {text.brief(cell.exact)}，超过 {MOST_DIGITS} 位，末几位靠不住"
    return BadCell(problem, "请把该格改为文本格式，写全各位数字", "cut_number")


def _misshown(cell: Cell, form: str, unit: str) -> BadCell | None:
    """What is wrong with a number whose format shows another size than its value; None where nothing is."""
    value = digits(float(cell.value or 0))
    seen = sizes.misshown(cell.format, Decimal(value), form, unit) if cell.format else None
    if seen is None:
        return None
    sees = f"显示为“{seen}”" if seen else "什么也不显示"
    problem = f"存的数是 {value}，单元格格式却{sees}"
    if form != "amount_fen":
        return BadCell(problem, "请把该格改为普通数字格式，核对后再导入", "format")
    remedy = f"请改为普通数字格式，按{unit}填写；整列另有单位的，请在表头写明，如 金额（万元）"
    return BadCell(problem, remedy, "format")


#: The least that counts of numbers that are no amounts.
_LEAST: Final[Mapping[str, Decimal]] = {
    "integer": Decimal(1), "decimal": Decimal("0.01"), "percent": Decimal("0.01"),
    "rate_bp": Decimal("0.01"),
}  # fmt: skip
_AS_TEXT: Final = "请把该列改为文本格式，重新填写"
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
#: What spreadsheets write for errors, and for numbers that their column was too narrow to show.
_ERROR: Final = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|#+)")
_EXPONENT: Final = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+")
