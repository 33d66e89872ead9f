"""Targets and progress: receipts against the budget, the calendar and the same period last year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fisc.revenue import ledger
from fisc.revenue.growth import comparable_growth, growth
from fisc.revenue.ledger import GENERAL, BudgetCell, Cell
from fisc.revenue.services.common import Conn
from fisc.revenue.services.receipts import CREDIT_CODES

_MONTHS = 12
_SECTION = 5


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One code (a section, a class, or '' for all): received up to the month, and what it is held against.

    `prior_fen` is the same period last year; `refunds_fen` is the tax credit refunded at this level.
    """

    rev_func_code: str
    actual_fen: int
    initial_fen: int
    adjusted_fen: int
    prior_fen: int
    refunds_fen: int
    prior_refunds_fen: int
    time_share: Decimal

    @property
    def completion(self) -> Decimal | None:
        """Received / adjusted budget; None where nothing is budgeted."""
        return Decimal(self.actual_fen) / self.adjusted_fen if self.adjusted_fen > 0 else None

    @property
    def ahead(self) -> Decimal | None:
        """Completion less the share of the year gone by (执行进度差)."""
        return None if self.completion is None else self.completion - self.time_share

    @property
    def growth(self) -> Decimal | None:
        """Growth on the same period."""
        return growth(self.actual_fen, self.prior_fen)

    @property
    def comparable(self) -> Decimal | None:
        """Growth on the same period after refunds are added back."""
        return comparable_growth(self.actual_fen, self.refunds_fen, self.prior_fen, self.prior_refunds_fen)


@dataclass(frozen=True, slots=True)
class Progress:
    """A division's general revenue up to a month: the whole, tax, non-tax, and each section."""

    mof_div_code: str
    fiscal_year: int
    month: int
    total: ProgressLine
    classes: tuple[ProgressLine, ...]
    sections: tuple[ProgressLine, ...]


def progress(conn: Conn, mof_div_code: str, fiscal_year: int, month: int, fund: str = GENERAL) -> Progress:
    """Progress of own revenue of a fund up to `month` (1..12); suffix 998 adds up a city and its banners."""
    cells = [c for c in ledger.receipts(conn, mof_div_code, (fiscal_year - 1, fiscal_year))
             if c.fund_type_code == fund and c.month <= month]  # fmt: skip
    budget = [b for b in ledger.budgets(conn, mof_div_code, fiscal_year) if b.fund_type_code == fund]
    codes = {c.rev_func_code for c in cells} | {b.rev_func_code for b in budget}

    def lines(length: int) -> tuple[ProgressLine, ...]:
        prefixes = sorted({code[:length] for code in codes if len(code) >= length})
        return tuple(_line(prefix, cells, budget, fiscal_year, month) for prefix in prefixes)

    total = _line("", cells, budget, fiscal_year, month)
    return Progress(mof_div_code, fiscal_year, month, total, lines(3), lines(_SECTION))


def _line(
    prefix: str, cells: Sequence[Cell], budget: Sequence[BudgetCell], fiscal_year: int, month: int
) -> ProgressLine:
    mine = [c for c in cells if c.rev_func_code.startswith(prefix)]
    budgeted = [b for b in budget if b.rev_func_code.startswith(prefix)]

    def received(year: int, *, credit: bool = False) -> int:
        return sum(
            -c.amount_fen if credit else c.amount_fen
            for c in mine if c.fiscal_year == year and (not credit or c.rev_func_code in CREDIT_CODES)
        )  # fmt: skip

    return ProgressLine(
        prefix, received(fiscal_year),
        sum(b.initial_fen for b in budgeted), sum(b.adjusted_fen for b in budgeted),
        received(fiscal_year - 1), received(fiscal_year, credit=True), received(fiscal_year - 1, credit=True),
        Decimal(month) / _MONTHS,
    )  # fmt: skip
