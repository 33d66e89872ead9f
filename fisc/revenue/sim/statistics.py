"""What others publish about the city: totals with what they rest on, and months before the ledger begins."""

from __future__ import annotations

from dataclasses import dataclass

from fisc.city.controls import GENERAL_CODES
from fisc.city.draws import share
from fisc.city.seasons import month_weights
from fisc.city.tables import FIRST_YEAR, WHOLE_CITY, public, read, synthetic_total

_FIRST_MONTHS = 2017
_TAX = sum(weight for code, weight in GENERAL_CODES if code.startswith("101"))
_ALL = sum(weight for _, weight in GENERAL_CODES)
_TARGET = "revenue_target"
_MONTHLY = ("general_revenue_month", "tax_revenue_month", "nontax_revenue_month")


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure as printed; `of` is its month, where it is of one."""

    item: str
    mof_div_code: str
    fiscal_year: int
    value: str
    unit: str
    source: str
    source_no: str
    of: str = ""


def published(fiscal_year: int) -> list[Published]:
    """The figures of a year, as they are known at its end."""
    return [told for told in _rows(fiscal_year) if told.item != _TARGET]


def targets(fiscal_year: int) -> list[Published]:
    """What documents set for a year before it begins."""
    return [told for told in _rows(fiscal_year) if told.item == _TARGET]


def _rows(fiscal_year: int) -> list[Published]:
    return [
        Published(row["item"], row["mof_div_code"], fiscal_year, row["value"], row["unit"], row["source"],
                  f"统计快报模〔{fiscal_year}〕{row['mof_div_code'][:4]}")
        for row in read("statistics", "fisc.revenue.sim")
        if int(row["fiscal_year"]) == fiscal_year
    ]  # fmt: skip


def before(first_year: int = FIRST_YEAR) -> list[Published]:
    """What was known when the ledger began: totals of the year before, and four years of months."""
    return [*published(first_year - 1), *_history(first_year)]


def _history(first_year: int) -> list[Published]:
    """Months of general revenue, drawn from years' totals (public where there are some)."""
    found = []
    for year in range(_FIRST_MONTHS, first_year):
        total = public("general_revenue", year) or synthetic_total("general_revenue", year)
        for month, fen in enumerate(share(total, month_weights(year)).tolist(), start=1):
            tax = fen * _TAX // _ALL
            for item, part in zip(_MONTHLY, (fen, tax, fen - tax), strict=True):
                found.append(_month(item, year, month, part))
    return found


def _month(item: str, year: int, month: int, fen: int) -> Published:
    return Published(
        item, WHOLE_CITY, year, f"{fen // 100}.{fen % 100:02d}", "元", "月度收入快报（模拟）",
        f"收入快报模〔{year}〕{month}", f"{year}-{month:02d}",
    )  # fmt: skip
