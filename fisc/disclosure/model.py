"""What a published budget book says, as data.

A `Book` holds `Table`s; a table is one printed block: a title, a unit, columns that each
mean a fiscal year and a stage, rows that form a tree, and a `BookLine` for every cell
that holds an amount. A sheet with blocks side by side gives one table per block; a table
printed on two sheets (income and outlay of a balance) gives one per sheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fisc.kernel.findings import Finding
from fisc.kernel.money import fen_per
from fisc.kernel.rounding import rounding_of
from fisc.sheets.cells import column_letters

#: 决算数, 预算数, 调整预算数, 执行数; and the printed difference of two of them.
FINAL, BUDGET, ADJUSTED, EXECUTION, CHANGE = "final", "budget", "adjusted", "execution", "change"
STAGE_NAMES = {FINAL: "决算数", BUDGET: "预算数", ADJUSTED: "调整预算数", EXECUTION: "执行数", CHANGE: "增减"}

INCOME, OUTLAY, BALANCE, DEBT = "income", "outlay", "balance", "debt"

#: What a row is in its table.
ITEM, OWN_TOTAL, GRAND_TOTAL, PART = "item", "own_total", "grand_total", "part"

#: What a line is for the ledger.
POSTED, SUBTOTAL, DETAIL, CHECK = "posted", "subtotal", "detail", "check"


@dataclass(slots=True)
class BookLine:
    """One amount of a published book, with its place and its meaning.

    `region` is a nine-digit division code, `fund` 111, 121, 13, 14 or '' for debt tables,
    `code` the classification code (or '' where a row has none), `item` what a row without a
    code is (`limit`, `opening`, `premium`, ...) and, for debt, of which class (`一般`, `专项`).
    `amount_fen` is exact; `unit` and `places` say how the table shows it. `parent` is the cell
    of the row above in the tree. `role` is posted, subtotal, detail or check.
    """

    sheet: str
    row: int
    column: int
    table: str
    number: str
    region: str
    fiscal_year: int
    stage: str
    fund: str
    side: str
    code: str
    item: str
    name: str
    amount_fen: int
    unit: str
    places: int
    row_role: str
    is_leaf: bool
    parent: str = ""
    is_hidden: bool = False
    role: str = ""

    @property
    def cell(self) -> str:
        """The cell, e.g. 'C7'."""
        return f"{column_letters(self.column)}{self.row}"

    @property
    def place(self) -> str:
        """`sheet!cell`."""
        return f"{self.sheet}!{self.cell}"


@dataclass(frozen=True, slots=True)
class Column:
    """What one column of a table means."""

    index: int
    header: str
    fiscal_year: int
    stage: str
    measure: str = ""


@dataclass(slots=True)
class Row:
    """One row of a table. `parent` is the row number of the row it belongs to, or 0."""

    index: int
    name: str
    indent: int
    code: str = ""
    role: str = ITEM
    item: str = ""
    section: str = ""
    region: str = ""
    parent: int = 0
    is_hidden: bool = False
    number: str = ""
    #: Already refused for what it is; its missing code is no second problem.
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class RatioColumn:
    """A printed ratio: its header, and by row the value as it is stored and what it shows (12.5 or 12.5%)."""

    index: int
    header: str
    values: dict[int, tuple[float, str]]


@dataclass(slots=True)
class Table:
    """One printed block. `left` and `right` are its columns, `name_column` the one with names."""

    kind: str
    number: str
    title: str
    sheet: str
    region: str
    fund: str
    side: str
    unit: str
    title_year: int
    left: int
    right: int
    name_column: int
    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    grid: dict[tuple[int, int], BookLine] = field(default_factory=dict)
    measure: str = ""
    places: int = 0
    #: Whether every amount is a whole number of units, as rounded tables have them.
    is_whole: bool = False
    hidden_columns: frozenset[int] = frozenset()
    #: Columns that restate amounts as ratios; they are checked against what their headers say.
    ratios: list[RatioColumn] = field(default_factory=list)
    #: Row -> the text of a note among or below the rows.
    notes: dict[int, str] = field(default_factory=dict)
    #: Cells (row, column) whose number is stored as text; accepted where the sums prove it.
    text_numbers: set[tuple[int, int]] = field(default_factory=set)
    #: Cells that should hold an amount and could not be read; sums over them say nothing.
    unread: set[tuple[int, int]] = field(default_factory=set)

    @property
    def lines(self) -> Iterator[BookLine]:
        """The lines, row by row."""
        return iter(self.grid.values())

    @property
    def displayed_unit_fen(self) -> int:
        """The smallest amount this table shows, in fen: what one displayed unit is."""
        return max(fen_per(self.unit) // int(10**self.places), 1)

    def rounding_fen(self, count: int) -> int:
        """How far `count` addends of this table may miss their total: one displayed unit, of one alone half.

        Whole numbers were rounded one by one: half a unit each, within bounds.
        """
        most = rounding_of(count, self.displayed_unit_fen)
        return most if self.is_whole else min(most, self.displayed_unit_fen)

    def amount(self, row: Row, column: Column) -> int:
        """Fen in a cell, 0 where it is blank."""
        line = self.grid.get((row.index, column.index))
        return line.amount_fen if line else 0

    def has(self, row: Row, column: Column) -> bool:
        """Whether a cell holds an amount, or should."""
        at = (row.index, column.index)
        return at in self.grid or at in self.unread

    def place(self, row: Row, column: Column) -> str:
        """`sheet!cell` of a cell, blank or not."""
        return f"{self.sheet}!{column_letters(column.index)}{row.index}"

    def children(self, row: Row) -> list[Row]:
        """The rows directly below a row in the tree."""
        return [other for other in self.rows if other.parent == row.index]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a row or a column: where it is, what it is called, what was done with it."""

    place: str
    name: str
    fate: str


@dataclass(slots=True)
class TableTold:
    """What became of a table's columns and rows."""

    place: str
    title: str
    region: str
    columns: list[Told] = field(default_factory=list)
    rows: list[Told] = field(default_factory=list)


@dataclass(slots=True)
class SheetTold:
    """What became of a sheet: `is_taken` where amounts of it were read; `beside` is what was left on it."""

    name: str
    fate: str
    is_taken: bool = False
    tables: list[TableTold] = field(default_factory=list)
    beside: list[Told] = field(default_factory=list)


#: Why a book is asked about: a text beside its tables, or columns that are out of all proportion.
BESIDE, SCALE = "beside", "scale"


@dataclass(frozen=True, slots=True)
class Remark:
    """What a book says and only people can judge: why it is asked about, its sheet, place and words; then the
    reason of who read it and let it pass."""

    why: str
    sheet: str
    place: str
    words: str
    reason: str = ""


@dataclass(slots=True)
class Book:
    """A published budget book. `index` maps table numbers to the titles its contents page gives; `sheets`
    says what became of every sheet."""

    name: str
    sha256: str
    city: str
    region: str
    tables: list[Table]
    findings: list[Finding]
    index: dict[str, str] = field(default_factory=dict)
    sheets: list[SheetTold] = field(default_factory=list)
    #: Where it says that its figures are simulated (`sheet!cell`, or the sheet); '' where nowhere.
    simulated_at: str = ""
    #: What of it only people can judge; the book is refused until they have.
    remarks: list[Remark] = field(default_factory=list)

    @property
    def lines(self) -> Iterator[BookLine]:
        """Every amount of the book, table by table."""
        for table in self.tables:
            yield from table.lines

    @property
    def numbers(self) -> list[str]:
        """The printed table numbers (表一, ...) in order, each once."""
        return list(dict.fromkeys(table.number or table.title for table in self.tables))

    @property
    def year(self) -> int:
        """The year the book budgets for: the latest year of its columns."""
        return max((c.fiscal_year for t in self.tables for c in t.columns), default=0)

    @property
    def year_closed(self) -> int:
        """The latest year that it gives accounts of; 0 for none."""
        years = (c.fiscal_year for t in self.tables for c in t.columns if c.stage in (FINAL, EXECUTION))
        return max(years, default=0)

    @property
    def edition(self) -> str:
        """Which book of its city it is, whatever of it a file holds: the years it plans and accounts for.

        A corrected book is of the edition that it corrects; the accounts of the year planned are another.
        """
        return f"{self.year}/{self.year_closed}"
