"""Targets and progress: receipts against the budget, a stated target, the calendar and last year."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from fisc.documents import RuleBroken
from fisc.kernel.periods import periods, years_open
from fisc.registry.areas import area_of, governments
from fisc.registry.open_books import keepers, require_books, require_kept
from fisc.revenue import ledger
from fisc.revenue.growth import comparable_growth, growth
from fisc.revenue.ledger import GENERAL, BudgetCell, Cell
from fisc.revenue.services.common import Conn
from fisc.revenue.services.receipts import CREDIT_CODES
from fisc.revenue.services.statistics import Published, published

_MONTHS = 12
_TARGET = "revenue_target"
_SECTION = 5


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """One code (a section, a class, or '' for all): received up to the month, and what it is held against.

    `prior_fen` is the same period last year; `refunds_fen` is the tax credit refunded at this level;
    `stated` is the target of a document (收入任务), with its paper, beside the budget.
    """

    rev_func_code: str
    actual_fen: int
    initial_fen: int
    adjusted_fen: int
    prior_fen: int
    refunds_fen: int
    prior_refunds_fen: int
    time_share: Decimal
    stated: Published | None = None

    @property
    def completion(self) -> Decimal | None:
        """Received / adjusted budget; None where nothing is budgeted."""
        return Decimal(self.actual_fen) / self.adjusted_fen if self.adjusted_fen > 0 else None

    @property
    def stated_completion(self) -> Decimal | None:
        """Received / the target that a document states beside the budget; None where none does."""
        return Decimal(self.actual_fen) / self.stated.value if self.stated else None

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
    """A division's general revenue up to a month: the whole, tax, non-tax, and each section.

    `gaps` say why last year's receipts or the budget of a whole area are not known; they are 0 then.
    """

    mof_div_code: str
    fiscal_year: int
    month: int
    total: ProgressLine
    classes: tuple[ProgressLine, ...]
    sections: tuple[ProgressLine, ...]
    gaps: tuple[str, ...] = ()


def progress(conn: Conn, mof_div_code: str, fiscal_year: int, month: int, fund: str = GENERAL) -> Progress:
    """Progress of own revenue of a fund up to `month` (1..12); suffix 998 is a city and its banners.

    Raises NoBooks where none of the area's books of the year are open, FigureError where a whole area can be
    formed from no books of the year.
    """
    return _asked(conn, fiscal_year, month, fund)(mof_div_code)


def _asked(conn: Conn, fiscal_year: int, month: int, fund: str) -> Callable[[str], Progress]:
    """Progress by division; what is the same for all of them (books open, stated targets) is read once."""
    opened = years_open(conn)
    stated = _stated(conn, fiscal_year) if fund == GENERAL else {}

    def of_division(code: str) -> Progress:
        require_books(opened, keepers(code), fiscal_year)
        return _progress(conn, (code, fiscal_year, month), fund, stated.get(code, {}))

    return of_division


def _progress(
    conn: Conn, asked: tuple[str, int, int], fund: str, targets: Mapping[str, Published]
) -> Progress:
    mof_div_code, fiscal_year, month = asked
    now = ledger.receipts(conn, mof_div_code, (fiscal_year,), (fund,))
    before, gap = ledger.where_formed(
        lambda: ledger.receipts(conn, mof_div_code, (fiscal_year - 1,), (fund,))
    )
    budget, no_budget = ledger.where_formed(lambda: ledger.budgets(conn, mof_div_code, fiscal_year, (fund,)))
    cells = [c for c in (*before, *now) if c.month <= month]
    codes = {c.rev_func_code for c in cells} | {b.rev_func_code for b in budget}
    books = _Books(cells, budget, targets)

    def lines(length: int) -> tuple[ProgressLine, ...]:
        prefixes = sorted({code[:length] for code in codes if len(code) >= length})
        return tuple(_line(prefix, books, fiscal_year, month) for prefix in prefixes)

    total = _line("", books, fiscal_year, month)
    gaps = tuple(filter(None, (gap, no_budget)))
    return Progress(mof_div_code, fiscal_year, month, total, lines(3), lines(_SECTION), gaps)


def last_month(conn: Conn, mof_div_code: str, fiscal_year: int) -> int:
    """The last month (1..12) of a year in which anything was received. Raises RuleBroken where none was."""
    months = [c.month for c in ledger.receipts(conn, mof_div_code, (fiscal_year,)) if c.amount_fen]
    if not months:
        raise RuleBroken(
            f"{mof_div_code} {fiscal_year} 年账上没有收入",
            rule="收入以国库收入日报等单据入账为准（财库〔2015〕192号 T01）",
            hint="请核对区划和年度，或先登记收入",
            details={"mof_div_code": mof_div_code, "fiscal_year": fiscal_year},
        )
    return max(months)


def closed_months(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[int]:
    """The months (1..12) that every government of a division has closed: nothing more comes into them."""
    known = periods(conn, governments(area_of(mof_div_code)))
    of_year = {(region, p % 100): closed for (region, p), closed in known.items() if p // 100 == fiscal_year}
    still_open = {month for (_, month), is_closed in of_year.items() if not is_closed}
    return sorted({month for _, month in of_year if 1 <= month <= _MONTHS} - still_open)


def progress_by_region(
    conn: Conn, mof_div_code: str, fiscal_year: int, month: int, fund: str = GENERAL
) -> dict[str, ProgressLine]:
    """The whole of each government that makes up a division: code -> its line; 998 is a city and banners.

    Of a whole area those with books of the year. Raises NoBooks where none has.
    """
    require_kept(conn, mof_div_code, fiscal_year)
    of_division, opened = _asked(conn, fiscal_year, month, fund), years_open(conn)
    area = governments(area_of(mof_div_code))
    return {code: of_division(code).total for code in area if fiscal_year in opened.get(code, ())}


def stated_targets(conn: Conn, mof_div_code: str, fiscal_year: int) -> dict[str, Published]:
    """Targets that documents state for general revenue (statistic `revenue_target`, above zero), by revenue
    code; '' is the whole."""
    return _stated(conn, fiscal_year).get(mof_div_code, {})


def _stated(conn: Conn, fiscal_year: int) -> dict[str, dict[str, Published]]:
    """Division -> its stated targets."""
    found: dict[str, dict[str, Published]] = {}
    for (code, _, of), told in published(conn, _TARGET, (fiscal_year,)).items():
        if told.value > 0:
            found.setdefault(code, {})[of] = told
    return found


class _Books(NamedTuple):
    """What the lines of a division are made from."""

    cells: Sequence[Cell]
    budget: Sequence[BudgetCell]
    targets: Mapping[str, Published]


def _line(prefix: str, books: _Books, fiscal_year: int, month: int) -> ProgressLine:
    mine = [c for c in books.cells if c.rev_func_code.startswith(prefix)]
    budgeted = [b for b in books.budget if b.rev_func_code.startswith(prefix)]

    def received(year: int, *, credit: bool = False) -> int:
        return sum(
            -c.amount_fen if credit else c.amount_fen
            for c in mine if c.fiscal_year == year and (not credit or c.rev_func_code in CREDIT_CODES)
        )  # fmt: skip

    return ProgressLine(
        prefix, received(fiscal_year),
        sum(b.initial_fen for b in budgeted), sum(b.adjusted_fen for b in budgeted),
        received(fiscal_year - 1), received(fiscal_year, credit=True), received(fiscal_year - 1, credit=True),
        Decimal(month) / _MONTHS, books.targets.get(prefix),
    )  # fmt: skip
