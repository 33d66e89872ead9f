"""Which tables of the published final accounts a book lacks, and why: what is missing is said, not silent.

Each reason is the one that is true of the governments and the year that were asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.closing.balances import balances_of
from fisc.closing.basic_outlay import why_untold
from fisc.closing.final_tables import Kind, level, place_of
from fisc.closing.statements.execution import INCOME, OUTLAY, Asked, columns_of
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.registry.tables import read_table

Conn = psycopg.Connection[Any]
_SET: Final = "政府决算25张"
_INSURANCE, _REGISTER = "social_insurance", "debt_register"
#: Own-level table of a whole area's book -> the table in which a government's own book has the same.
_SAME: Final = {"Z25-03": "Z25-02", "Z25-09": "Z25-08", "Z25-13": "Z25-12"}
#: Fund of a balance -> its table, of a government or of a whole area; and the city's own in the latter.
_BALANCES: Final = {"121": ("表十", "表十六"), "13": ("表十四", "表十七")}
_BUDGETS: Final = {"111": "一般公共预算", "121": "政府性基金", "13": "国有资本经营"}
#: What a government gives to those below it, by fund, and special transfers alone.
_GIVEN: Final = {"111": ("23001", "23002", "23003"), "121": ("23004",), "13": ("23005",)}
_SPECIAL: Final = ("23003",)
_BORROWED: Final = ("105", "11011")


@dataclass(frozen=True, slots=True)
class Missing:
    """A table of the published set that a book lacks: its title there, and why."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """A book that was made: of which governments and year, the tables that can be made, those that were."""

    conn: Conn
    regions: tuple[str, ...]
    fiscal_year: int
    kinds: Mapping[str, Kind]
    numbers: Collection[str]

    @property
    def is_area(self) -> bool:
        """Whether it is the book of a whole area, and not of one government."""
        return len(self.regions) > 1

    @property
    def giver(self) -> str:
        """The government that gives to those below it: the city of an area."""
        return next((r for r in self.regions if level(r) == "city"), self.regions[0])

    def when(self, *regions: str) -> str:
        """Whose year it is, in words."""
        return f"{place_of(regions or self.regions)}{self.fiscal_year}年"

    def gave(self, fund: str, codes: tuple[str, ...]) -> bool:
        """Whether the giver gave anything of a fund under codes in the year."""
        return self._has(Asked((self.giver,), self.fiscal_year, fund, OUTLAY, transfers=True), codes)

    def borrowed(self) -> bool:
        """Whether any income of debt was booked in the year."""
        asked = (
            Asked(self.regions, self.fiscal_year, fund, INCOME, transfers=True) for fund in ("111", "121")
        )
        return any(self._has(one, _BORROWED) for one in asked)

    def _has(self, asked: Asked, codes: tuple[str, ...]) -> bool:
        final = columns_of(self.conn, asked)[-1]
        return any(cell.fen and code.startswith(codes) for code, cell in final.items())

    def keeps(self, book: str, debt_type: str = "") -> bool:
        """Whether a book, or what of the debt register is of a type of debt, has any balance of the year."""
        year = self.fiscal_year * 100
        found = balances_of(
            self.conn, self.regions, self.fiscal_year, books=[book], periods=(year, year + YEAR_END_MONTH)
        )
        lines = (one for balances in found.values() for one in balances)
        return any(not debt_type or one.coding.debt_type_code == debt_type for one in lines)


_Why = Callable[[Lacking], str]


def unwritten(book: Lacking) -> list[Missing]:
    """Each table of the set that a book lacks, in the order of the set, with its reason."""
    written = {table_id for table_id, kind in book.kinds.items() if kind.number in book.numbers}
    rows = [row for row in read_table("disclosure_tables.csv") if row["table_set"] == _SET]
    return [
        Missing(row["title"], _reason(book, row["table_id"]))
        for row in rows
        if row["table_id"] not in written
    ]


def _reason(book: Lacking, table_id: str) -> str:
    if table_id in _SAME:
        return _of_own_level(book, table_id)
    return _REASONS[table_id](book) if table_id in _REASONS else _nothing(book, book.kinds[table_id])


def _nothing(book: Lacking, kind: Kind, *regions: str) -> str:
    what = kind.title.removesuffix("决算表")
    return f"{book.when(*regions)}的预算和账上都没有{what}"


def _of_own_level(book: Lacking, table_id: str) -> str:
    same = book.kinds[_SAME[table_id]]
    if book.is_area:
        return _nothing(book, same, book.giver)
    if same.number not in book.numbers:
        return _nothing(book, same)
    return f"本书是{place_of(book.regions)}一级政府的决算，本级支出就是{same.number}"


def _basic(book: Lacking) -> str:
    return why_untold(book.conn, book.giver, book.fiscal_year)


def _basic_by_class(book: Lacking) -> str:
    return "与表五相同：基本支出按政府预算支出经济分类列到款" if "表五" in book.numbers else _basic(book)


def _by_region(fund: str) -> _Why:
    def why(book: Lacking) -> str:
        if not book.gave(fund, _GIVEN[fund]):
            return f"{book.when(book.giver)}没有{_BUDGETS[fund]}对下转移支付"
        if fund not in _BALANCES:
            return "对下转移支付合计列在表三的支出；分地区只编市对旗县区的"
        return f"对下转移支付合计列在{_BALANCES[fund][book.is_area]}的支出；尚不分项目、分地区编列"

    return why


def _special(book: Lacking) -> str:
    if not book.gave("111", _SPECIAL):
        return f"{book.when(book.giver)}没有专项转移支付"
    return f"{book.when(book.giver)}的专项转移支付没有分到下级地区"


def _capital_moved(book: Lacking) -> str:
    number = _BALANCES["13"][0]
    if number in book.numbers:
        return f"转移性收支列在{number}（国有资本经营预算收支决算总表）"
    return f"{book.when()}没有国有资本经营预算的收支"


def _insurance(book: Lacking) -> str:
    if book.keeps(_INSURANCE):
        return f"{book.when()}的社会保险基金账上有数；尚不编这张表"
    return f"{book.when()}的社会保险基金没有在这里记账，由经办机构编列"


def _debt(debt_type: str) -> _Why:
    def why(book: Lacking) -> str:
        if book.keeps(_REGISTER, debt_type):
            return f"债务登记簿有{book.when()}的{debt_type}债务；尚不编这张表"
        return f"债务登记簿没有{book.when()}的{debt_type}债务限额和余额，不知道"

    return why


def _bonds(book: Lacking) -> str:
    if book.borrowed():
        return f"{book.when()}有债务收入；逐只债券的项目没有登记，尚不编这张表"
    return f"{book.when()}没有债务收入"


#: Every table that is not of classes by its id in the set.
_REASONS: Final[Mapping[str, _Why]] = {
    "Z25-04": _basic, "Z25-05": _basic_by_class, "Z25-06": _by_region("111"),
    "Z25-10": _by_region("121"), "Z25-14": _capital_moved, "Z25-15": _by_region("13"), "Z25-25": _special,
    **dict.fromkeys(("Z25-16", "Z25-17", "Z25-18"), _insurance),
    "Z25-19": _debt("一般"), "Z25-20": _debt("专项"), "Z25-21": _debt(""), "Z25-24": _debt(""),
    **dict.fromkeys(("Z25-22", "Z25-23"), _bonds),
}  # fmt: skip
