"""What a report needs from the figures below it, and nothing more.

A report asks a `FigureSource` for figures by id, region and fiscal year, many at a time.
Each answer carries the value with all that explains it, so that the number printed and
the trace behind it come from the same selection. `fisc.report.source` answers from the
ledger; the tests answer from a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from fisc.kernel.simulation import NOTICE
from fisc.registry.region_names import own_word, whole_word

#: fen = money in 分; ratio = 0.05 is 5 %; count = pieces, persons and the like; claim = 1 true, 0 not
Unit = Literal["fen", "ratio", "count", "claim"]
Value = int | Decimal


@dataclass(frozen=True, slots=True)
class FigureAsk:
    """A figure of a 9-digit region and a fiscal year; `narrowed` adds (element, code) conditions.

    `by` asks for another breakdown than the figure's own: an element and how much of its code (0: all).
    """

    figure_id: str
    region: str
    fiscal_year: int
    narrowed: tuple[tuple[str, str], ...] = ()
    by: tuple[str, int] | None = None

    @property
    def key(self) -> str:
        """A text that names this ask and no other."""
        conditions = "".join(f",{element}={code}" for element, code in self.narrowed)
        broken_down = f"/{self.by[0]}:{self.by[1]}" if self.by else ""
        return f"{self.figure_id}@{self.region}/{self.fiscal_year}{conditions}{broken_down}"


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One part of a figure: `value` in the figure's unit or its own, None where it has no value.

    `row_count` counts the voucher lines of a part that is read of lines itself.
    """

    label: str
    code: str
    value: Value | None
    unit: Unit | None = None
    row_count: int = 0


class VoucherRow(NamedTuple):
    """One posted voucher line behind a figure. `source_ref` is `sheet!cell`.

    `region` is the name of whose books it is in, `code` what it counts under (the element that the figure is
    broken down by), `payee` who was paid, where somebody was, `other` the government that money goes to or
    comes from.
    """

    entry_id: int
    business_date: date | None
    document: str
    source_ref: str
    amount_fen: int
    account: str
    rule_code: str
    summary: str = ""
    region: str = ""
    code: str = ""
    code_name: str = ""
    payee: str = ""
    document_no: str = ""
    other: str = ""


def no_parts() -> tuple[BreakdownRow, ...]:
    """The parts of a figure that has no finer ones than it shows."""
    return ()


def no_rows() -> tuple[VoucherRow, ...]:
    """The vouchers of a figure that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class FigureResult:
    """A figure's value and everything that explains it.

    `value` is None when there is none: with `gap_reason` set the figure could not be
    computed (a gap); with `undefined_reason` set it has no meaning here (growth over a
    base of zero). A figure made of other figures has them as `operands`; any other has
    `row_count` voucher lines, fetched by `load_rows` (all, or the first of them), and opens by `load_leaves`
    further than its breakdown, to the codes that its lines bear. `trend` is its
    value by fiscal year, the earliest first, where a report asks for it.
    """

    ask: FigureAsk
    name_zh: str
    definition_zh: str
    version: str
    legal_source: str
    unit: Unit
    value: Value | None
    gap_reason: str = ""
    undefined_reason: str = ""
    breakdown: tuple[BreakdownRow, ...] = ()
    operands: tuple[FigureResult, ...] = ()
    row_count: int = 0
    load_rows: Callable[[], tuple[VoucherRow, ...]] = no_rows
    load_leaves: Callable[[], tuple[BreakdownRow, ...]] = no_parts
    trend: tuple[tuple[int, Value], ...] = ()


class FigureSource(Protocol):
    """Where figures come from."""

    def knows(self, figure_id: str) -> bool:
        """True if the catalogue has `figure_id`."""
        ...

    def get_many(self, asks: Sequence[FigureAsk]) -> list[FigureResult]:
        """The figures asked for, in order; one that cannot be computed is a gap, not an exception."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A region as a report names it: 9-digit code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a city report is about.

    `whole` is the consolidation (辖区合计), or the own level where that alone is asked for; `level` the
    city's own budget (市本级), `counties` its counties in the order reports list them. `dated_on`
    is the date of the newest document it rests on; `issued_on` is the date it is signed
    with (成文日期), None for a draft. `as_of` is the moment the ledger was read at, as text, or
    "" for what the ledger holds now; each page says where it `is_simulated`. `through_month` is the
    month that figures are cut off at. `below` is what the counties below it are called together,
    as 县（市、区）; '' where there are none. `receiving` are they, whatever level is asked for.
    """

    name: str
    whole: str
    level: str
    counties: tuple[Place, ...]
    fiscal_year: int
    compiled_by: str
    dated_on: date
    issued_on: date | None = None
    source_note: str = ""
    as_of: str = ""
    through_month: int = 12
    is_simulated: bool = False
    below: str = ""
    receiving: tuple[Place, ...] = ()

    @property
    def notice(self) -> str:
        """What the title, each page and the metadata say of a simulated ledger; '' of a real one."""
        return NOTICE if self.is_simulated else ""

    @property
    def known_words(self) -> str:
        """What stands under the title: how far a year that is not over is told, and the moment known."""
        cut = f"收支数截至{self.fiscal_year}年{self.through_month}月底" if self.through_month < 12 else ""
        known = f"按截至 {self.as_of} 所知编制" if self.as_of else ""
        return "，".join(filter(None, (cut, known)))

    @property
    def is_own(self) -> bool:
        """Whether its own level alone is asked for."""
        return self.whole == self.level

    @property
    def own_word(self) -> str:
        """What its own level is called: 市本级, 县本级."""
        return own_word(self.name)

    @property
    def grade_word(self) -> str:
        """What its own level is called as one that does something: 市级, 县级."""
        return self.own_word.replace("本级", "级") if self.own_word != "本级" else self.own_word

    @property
    def area_word(self) -> str:
        """What the place is called with all that lives there, whatever level is asked for: 全市, 全县."""
        return whole_word(self.name)

    @property
    def whole_word(self) -> str:
        """What it is about as a whole: 全市; its own level, where that alone is asked for."""
        return self.own_word if self.is_own else whole_word(self.name)

    @property
    def told_word(self) -> str:
        """What it is about in running text: 全市, 市本级; 全县 of a county: below it nobody keeps books."""
        return self.whole_word if self.below else self.area_word

    def signed(self) -> str:
        """成文日期 as official documents write it; room for it on a draft."""
        day = self.issued_on
        return f"{day.year}年{day.month}月{day.day}日" if day else "　　　　年　　月　　日"

    def place_name(self, code: str) -> str:
        """What the report calls a region: 全市, 市本级, a county's name, else its code."""
        names = {self.whole: self.whole_word, self.level: self.own_word}
        return names.get(code) or self.county_name(code) or code

    def county_name(self, code: str) -> str:
        """The name of a county below it; '' of any other place."""
        return next((one.name for one in (*self.counties, *self.receiving) if one.code == code), "")
