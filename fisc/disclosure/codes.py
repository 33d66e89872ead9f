"""The classification codes of rows: printed, or found by the name and the place of a row.

A name alone is often borne by several codes: 教育 is a section of aid to other regions (21902) and, with the
支出 that tables leave away, a class (205). Where a row stands decides; where that does not either, the
row is refused, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from fisc.disclosure.layout import Block, Notes
from fisc.disclosure.model import INCOME, ITEM, OUTLAY, Row, Table
from fisc.disclosure.titles import tight
from fisc.registry import classifications
from fisc.registry.names import normal_name
from fisc.registry.tables import alias_rows

RULE_CODE = "科目编码须在当年政府收支分类中"
RULE_DUPLICATE = "同一张表中一个数只能有一行"
RULE_WHICH = "科目名称不止一个编码时，须看得出是哪一个"
RULE_AGREE = "科目编码与科目名称须是同一个科目"

#: Digits of a class (类).
CLASS_DIGITS = 3
#: Transfers and carry-overs: tables print them below their class, beside it, and after the debt.
_ANYWHERE = ("110", "230")
_ORDINAL = re.compile(r"[一二三四五六七八九十]+、")
_SUFFIX = {INCOME: "收入", OUTLAY: "支出"}


def classification_kind(table: Table, row: Row) -> str:
    """rev_func or exp_func, by the side of the table or the first digit of the code."""
    if table.side == INCOME or (not table.side and row.code.startswith("1")):
        return "rev_func"
    return "exp_func"


def table_side(table: Table) -> str:
    """income or outlay; for a balance table printed on two sheets, what its codes say."""
    if table.side:
        return table.side
    first = [row.code[0] for row in table.rows if row.code]
    return INCOME if first.count("1") > first.count("2") else OUTLAY


def name_codes(block: Block, table: Table, notes: Notes) -> None:
    """Give rows without a printed code the code of their name, and check the printed ones."""
    side, years = table_side(table), sorted({column.fiscal_year for column in table.columns}, reverse=True)
    _resolve(block, table, side, years, notes)
    _check_duplicates(table, notes)
    for row in table.rows:
        if row.code:
            _check_code(table, row, notes)
        elif row.role == ITEM:
            _check_nameless(table, row, notes)


def _resolve(block: Block, table: Table, side: str, years: list[int], notes: Notes) -> None:
    """Codes by name and place, from the top down: each row sees those above it."""
    indents = {row.indent for row in table.rows if row.role == ITEM}
    above: list[Row] = []
    classes = {row.code[:CLASS_DIGITS] for row in table.rows if row.code}
    for row in table.rows:
        if row.role != ITEM:
            continue
        if not row.code:
            found = candidates(side, row.name, tuple(years), table.fund)
            is_class = _ORDINAL.match(tight(block.sheet.text(row.index, table.name_column))) is not None
            place = _Place(row, above, is_class, len(indents) > 1, classes)
            row.code, rivals = place.choose(found)
            if rivals:
                _refuse_rivals(table, row, rivals, notes)
        if row.code:
            classes.add(row.code[:CLASS_DIGITS])
            above.append(row)


def _refuse_rivals(table: Table, row: Row, rivals: Iterable[str], notes: Notes) -> None:
    column = next((c for c in table.columns if table.amount(row, c)), None)
    if column is not None:
        row.is_refused = True
        said = "、".join(sorted(rivals)[:4])
        notes.refuse(
            RULE_WHICH, table.place(row, column), f"“{row.name}”可以是 {said}，看不出是哪一个；请印上编码"
        )


@lru_cache(maxsize=16384)
def candidates(side: str, name: str, years: tuple[int, ...], fund: str) -> tuple[str, ...]:
    """The codes that a name may mean in the latest year that knows it; 支出 may be left away."""
    kind, suffix = ("rev_func" if side == INCOME else "exp_func"), _SUFFIX.get(side, "支出")
    for year in years:
        rows = [
            row
            for said in (name, name + suffix)
            for row in classifications.all_by_name(kind, said, year, fund)
        ]
        if rows:
            return tuple(dict.fromkeys(row.code for row in rows))
    return ()


class _Place:
    """Where a row stands among those above it, and which of several codes that makes it."""

    def __init__(
        self, row: Row, above: list[Row], is_class: bool, has_indents: bool, classes: set[str]
    ) -> None:  # fmt: skip
        self._row, self._above, self._is_class = row, above, is_class
        self._has_indents, self._classes = has_indents, classes

    def choose(self, found: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The code, '' where there is none or no telling; then those it may be, else ()."""
        if len(found) == 1 and not self._is_misplaced(found[0]):
            return found[0], ()
        if not found:
            return "", ()
        below, tops = self._below(found), self._tops(found)
        for fitting in (tops, below) if self._is_top(below) else (below, tops):
            if len(fitting) == 1:
                return fitting[0], self._both(below, tops)
            if fitting:
                return "", fitting
        return "", found

    def _both(self, below: tuple[str, ...], tops: tuple[str, ...]) -> tuple[str, ...]:
        """Both readings, where nothing in the table's print tells a class from what stands below one."""
        is_open = below and tops and not self._is_class and not self._has_indents
        return (*below, *tops) if is_open else ()

    def _is_top(self, below: tuple[str, ...]) -> bool:
        """Whether the row is printed as a class: numbered 一、, or no deeper than what it would be below."""
        if self._is_class or not below:
            return True
        parent = next((row for row in reversed(self._above) if below[0].startswith(row.code)), None)
        return parent is not None and self._has_indents and self._row.indent <= parent.indent

    def _below(self, found: tuple[str, ...]) -> tuple[str, ...]:
        """The candidates below the nearest row above that any of them belongs to."""
        if not self._above:
            return ()
        last = self._above[-1].code
        chain = [last[:length] for length in range(len(last), CLASS_DIGITS - 1, -2)]
        for code in chain:
            under = tuple(c for c in found if len(c) > len(code) and c.startswith(code))
            if under:
                direct = min(len(c) for c in under)
                return tuple(c for c in under if len(c) == direct)
        return ()

    def _tops(self, found: tuple[str, ...]) -> tuple[str, ...]:
        """The shallowest candidates that are classes, or whose class the table does not print."""
        free = [c for c in found if len(c) == CLASS_DIGITS or c[:CLASS_DIGITS] not in self._classes]
        least = min(map(len, free), default=0)
        return tuple(c for c in free if len(c) == least)

    def _is_misplaced(self, code: str) -> bool:
        """Whether the name's only code belongs to a class that is printed, and the row stands elsewhere."""
        if code.startswith(_ANYWHERE):
            return False
        is_inner = len(code) > CLASS_DIGITS and code[:CLASS_DIGITS] in self._classes
        return is_inner and not (self._above and self._above[-1].code[:CLASS_DIGITS] == code[:CLASS_DIGITS])


def _check_duplicates(table: Table, notes: Notes) -> None:
    seen: dict[str, Row] = {}
    for row in table.rows:
        if not row.code:
            continue
        first = seen.setdefault(row.code, row)
        if first is not row:
            place = table.place(row, table.columns[0])
            notes.refuse(RULE_DUPLICATE, place, f"科目 {row.code}“{row.name}”与第 {first.index} 行重复")


@lru_cache(maxsize=65536)
def _name_in_force(kind: str, code: str, year: int, fund: str) -> str | None:
    row = classifications.lookup(kind, code, year, fund) or classifications.lookup(kind, code, year)
    return normal_name(row.name) if row else None


@lru_cache(maxsize=8)
def _aliases(kind: str) -> frozenset[tuple[str, str]]:
    """(code, other printed name) as the registry knows them."""
    return frozenset((a.code, normal_name(a.name)) for a in alias_rows() if a.kind == kind)


@lru_cache(maxsize=65536)
def names_of(kind: str, code: str, years: tuple[int, ...], fund: str) -> frozenset[str]:
    """The names that a code has in any of the years, with those that it is known to be printed by."""
    found = {name for year in years if (name := _name_in_force(kind, code, year, fund))}
    return frozenset(found | {name for known, name in _aliases(kind) if known == code})


def _check_code(table: Table, row: Row, notes: Notes) -> None:
    """Refuse amounts under a code that is not in force in their year, or that another name has."""
    kind = classification_kind(table, row)
    for column in table.columns:
        if not table.amount(row, column):
            continue
        name = _name_in_force(kind, row.code, column.fiscal_year, table.fund)
        if name is None:
            notes.refuse(
                RULE_CODE, table.place(row, column),
                f"科目 {row.code}“{row.name}”不在{column.fiscal_year}年政府收支分类中",
            )  # fmt: skip
        elif name != row.name and (row.code, row.name) not in _aliases(kind):
            _tell_other_name(table, row, notes, table.place(row, column), name)
            return


def _tell_other_name(table: Table, row: Row, notes: Notes, place: str, name: str) -> None:
    """A name that another code bears refuses the row; one that none bears is told."""
    years = tuple(sorted({column.fiscal_year for column in table.columns}, reverse=True))
    others = candidates(table_side(table), row.name, years, table.fund)
    if others and row.code not in others:
        said = "、".join(others[:3])
        notes.refuse(RULE_AGREE, place, f"编码 {row.code} 是“{name}”，名称“{row.name}”却是 {said}")
    elif name not in (row.name, row.name + _SUFFIX.get(table_side(table), "")):
        notes.find("odd_name", place, f"科目 {row.code} 印作“{row.name}”，分类中为“{name}”")


def _check_nameless(table: Table, row: Row, notes: Notes) -> None:
    for column in table.columns:
        if table.amount(row, column) and not row.is_refused:
            notes.refuse(
                RULE_CODE, table.place(row, column),
                f"“{row.name}”没有科目编码，名称也不在{column.fiscal_year}年政府收支分类中",
            )  # fmt: skip
            return
