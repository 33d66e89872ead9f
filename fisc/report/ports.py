"""What a report needs from the figures below it, and nothing more.

A report asks a `FigureSource` for one figure at a time: by id, region and fiscal year.
The answer carries the value with all that explains it, so that the number printed and
the trace behind it come from the same selection. `fisc.report.source` answers from the
ledger; the tests answer from a dictionary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

#: fen = money in 分; ratio = 0.05 is 5 %; count = pieces, persons and the like
Unit = Literal["fen", "ratio", "count"]
Value = int | Decimal


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One part of a figure: `value` in the figure's unit, None where it has no value."""

    label: str
    code: str
    value: Value | None


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """One posted voucher line behind a figure. `source_ref` is `sheet!cell`."""

    entry_id: int
    business_date: date | None
    document: str
    source_ref: str
    amount_fen: int
    account: str
    rule_code: str
    summary: str = ""


def no_rows() -> tuple[VoucherRow, ...]:
    """The vouchers of a figure that has none."""
    return ()


@dataclass(frozen=True, slots=True)
class FigureResult:
    """A figure's value and everything that explains it.

    `value` is None when there is none: with `gap_reason` set the figure could not be
    computed (a gap); with `undefined_reason` set it has no meaning here (growth over a
    base of zero). `load_rows` fetches the vouchers, `row_count` counts them.
    """

    id: str
    name_zh: str
    definition_zh: str
    version: str
    legal_source: str
    unit: Unit
    value: Value | None
    gap_reason: str = ""
    undefined_reason: str = ""
    breakdown: tuple[BreakdownRow, ...] = ()
    trend: tuple[tuple[str, Value | None], ...] = ()
    row_count: int = 0
    load_rows: Callable[[], tuple[VoucherRow, ...]] = no_rows


class FigureSource(Protocol):
    """Where figures come from."""

    def knows(self, figure_id: str) -> bool:
        """True if the catalogue has `figure_id`."""
        ...

    def get(self, figure_id: str, region: str, fiscal_year: int, **params: str) -> FigureResult:
        """The figure for a 9-digit region and a fiscal year; a gap, never an exception."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A region as a report names it: 9-digit code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a city report is about.

    `whole` is the consolidation (辖区合计), `level` the city's own budget (市本级),
    `counties` its counties in the order reports list them. `as_of` is the moment the
    ledger was read at, as text, or "" for what the ledger holds now.
    """

    name: str
    whole: str
    level: str
    counties: tuple[Place, ...]
    fiscal_year: int
    compiled_by: str
    dated_on: date
    source_note: str = ""
    as_of: str = ""
