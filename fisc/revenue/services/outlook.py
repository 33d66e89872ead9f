"""The outlook: a year's revenue forecast from the books and earlier months, held against its budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fisc.documents import RuleBroken
from fisc.revenue import ledger
from fisc.revenue.checks import warning_level
from fisc.revenue.forecast import Forecast, forecast
from fisc.revenue.ledger import GENERAL
from fisc.revenue.services.common import Conn
from fisc.revenue.services.statistics import statistics

_HISTORY = "general_revenue_month"
_FIRST_YEAR = 2000

Alarm = Literal["", "yellow", "red"]


@dataclass(frozen=True, slots=True)
class Warned:
    """A forecast against the adjusted budget. `alarm`: '' it will be met; yellow: the point falls short;
    red: even the upper end of the interval does. `gap_fen` is the point less the budget."""

    mof_div_code: str
    forecast: Forecast
    target_fen: int
    gap_fen: int
    alarm: Alarm
    text: str


def monthly_history(conn: Conn, mof_div_code: str, last_year: int) -> dict[int, int]:
    """General revenue by month (yyyymm -> fen): the books, and before them confirmed statistics.

    A month of the books counts once anything of that month is posted. Suffix 998 adds up a city and
    its banners; its earlier months are those registered for 998, never those of the city's own level.
    """
    years = range(_FIRST_YEAR, last_year + 1)
    found: dict[int, int] = {}
    for (code, _, of), value in sorted(statistics(conn, _HISTORY, list(years)).items()):
        if code == mof_div_code:
            found[int(of.replace("-", ""))] = int(value)
    kept = conn.execute(
        "select distinct p.period / 100 from ledger.period p join ledger.region r on r.id = p.region_id "
        "where r.mof_div_code = any(%s) and p.period / 100 <= %s order by 1",
        [list(ledger.area(mof_div_code)), last_year],
    ).fetchall()
    return found | dict(ledger.by_month(ledger.receipts(conn, mof_div_code, (year for (year,) in kept))))


def outlook(
    conn: Conn, mof_div_code: str, fiscal_year: int, from_year: int, month: int, *, level: int | None = None
) -> Forecast:
    """The forecast of `fiscal_year` (`from_year` or the next), seen from the end of a whole month.

    Raises RuleBroken where fewer than twelve unbroken months are known.
    """
    months = monthly_history(conn, mof_div_code, from_year)
    return forecast(months, fiscal_year, from_year, month, level=level or warning_level())


def early_warning(conn: Conn, mof_div_code: str, fiscal_year: int, month: int) -> Warned:
    """Will the year's adjusted budget be met? Raises RuleBroken where none is in the books."""
    target = sum(
        cell.adjusted_fen for cell in ledger.budgets(conn, mof_div_code, fiscal_year)
        if cell.fund_type_code == GENERAL
    )  # fmt: skip
    if target <= 0:
        raise RuleBroken(
            f"{mof_div_code} {fiscal_year} 年没有一般公共预算收入预算，无从预警",
            rule="预算法第十三条：完成情况以人大批准的预算为准",
            hint="请先录入人大批准的收入预算",
            details={"mof_div_code": mof_div_code, "fiscal_year": fiscal_year},
        )
    seen = outlook(conn, mof_div_code, fiscal_year, fiscal_year, month)
    return _warned(mof_div_code, seen, target)


def _warned(mof_div_code: str, seen: Forecast, target: int) -> Warned:
    best = seen.best
    gap = best.year_fen - target
    alarm: Alarm = "red" if best.high_fen < target else "yellow" if gap < 0 else ""
    said = {
        "red": f"预计完不成预算：{best.level}% 预测区间的上限也低于预算",
        "yellow": "可能完不成预算：预测值低于预算，但仍在预测区间之内",
        "": "预计能完成预算",
    }[alarm]
    return Warned(mof_div_code, seen, target, gap, alarm, f"{said}（{best.method}）")
