"""The outlook: a year's revenue forecast from the books and earlier months, held against its targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Annotated, Final, Literal

from fisc.documents import RuleBroken
from fisc.documents.inputs import OneOf
from fisc.documents.limits import Between
from fisc.kernel.money import format_fen
from fisc.kernel.periods import periods
from fisc.registry.areas import area_of, governments
from fisc.revenue import ledger
from fisc.revenue.checks import warning_level
from fisc.revenue.forecast import SEASON, Forecast, forecast, unbroken
from fisc.revenue.growth import percent
from fisc.revenue.ledger import GENERAL
from fisc.revenue.services.common import Conn
from fisc.revenue.services.progress import stated_targets
from fisc.revenue.services.statistics import Published, statistics

#: Revenue code -> the statistic that holds its months before the books; other codes have none.
_HISTORY = {"": "general_revenue_month", "101": "tax_revenue_month", "103": "nontax_revenue_month"}
_FIRST_YEAR = 2000
#: How sure an interval of a forecast is, in per cent.
Level = Annotated[int, Between(50, 99)]
_SURE = Decimal("0.99")

Alarm = Literal["", "yellow", "red"]
ALARMS: Final = {"": "", "yellow": "黄色", "red": "红色"}


@dataclass(frozen=True, slots=True)
class Warned:
    """A forecast against the adjusted budget, of all general revenue or of the codes under `rev_func_code`.

    `alarm`: '' it will be met; yellow: the point falls short; red: even the upper end of the interval
    does. `gap_fen` is the point less the budget, `chance` how likely the budget is missed. `stated` is a
    target that a document sets beside the budget, `stated_gap_fen` the point less it.
    """

    mof_div_code: str
    forecast: Forecast
    target_fen: int
    gap_fen: int
    alarm: Annotated[Alarm, OneOf(ALARMS)]
    text: str
    rev_func_code: str = ""
    chance: Decimal = Decimal(0)
    stated: Published | None = None
    stated_gap_fen: int | None = None


def monthly_history(conn: Conn, mof_div_code: str, last_year: int, rev_func_code: str = "") -> dict[int, int]:
    """General revenue by month (yyyymm -> fen), or a code's: the books, and before them statistics.

    A month of the books counts once anything of that month is posted. Of earlier years those count in
    which the area can be formed; raises FigureError where it cannot in `last_year`. Suffix 998 is a city
    and its banners; its earlier months are those registered for 998, never those of the city's own level.
    """
    years = range(_FIRST_YEAR, last_year + 1)
    found: dict[int, int] = {}
    if item := _HISTORY.get(rev_func_code):
        for (code, _, of), value in sorted(statistics(conn, item, list(years)).items()):
            if code == mof_div_code:
                found[int(of.replace("-", ""))] = int(value)
    opened = periods(conn, [mof_div_code, *governments(area_of(mof_div_code))])
    earlier = sorted({period // 100 for _, period in opened if period // 100 < last_year})
    of_year = partial(ledger.receipts, conn, mof_div_code, funds=(GENERAL,))
    cells = of_year(years=(last_year,))
    for year in earlier:
        cells += ledger.where_formed(partial(of_year, years=(year,)))[0]
    ours = ledger.by_month(cells, GENERAL, (rev_func_code,))
    return found | {period: ours.get(period, 0) for period in ledger.by_month(cells)}


def outlook(
    conn: Conn,
    mof_div_code: str,
    fiscal_year: int,
    from_year: int,
    month: int,
    *,
    level: Level | None = None,
    rev_func_code: str = "",
) -> Forecast:
    """The forecast of `fiscal_year` (`from_year` or the next), seen from the end of a whole month.

    Raises RuleBroken where fewer than twelve unbroken months are known.
    """
    months = monthly_history(conn, mof_div_code, from_year, rev_func_code)
    return forecast(months, fiscal_year, from_year, month, level=level or warning_level())


def early_warning(
    conn: Conn,
    mof_div_code: str,
    fiscal_year: int,
    month: int,
    *,
    rev_func_code: str = "",
    level: Level | None = None,
) -> Warned:
    """Will the year's adjusted budget be met, as a whole or for the codes under one?

    Raises RuleBroken where none is in the books, or too few months are known.
    """
    target = budgeted(conn, mof_div_code, fiscal_year).get(rev_func_code, 0)
    if target <= 0:
        raise RuleBroken(
            f"{mof_div_code} {fiscal_year} 年{rev_func_code}没有一般公共预算收入预算，无从预警",
            rule="预算法第十三条：完成情况以人大批准的预算为准",
            hint="请先录入人大批准的收入预算",
            details={"mof_div_code": mof_div_code, "fiscal_year": fiscal_year},
        )
    seen = outlook(
        conn, mof_div_code, fiscal_year, fiscal_year, month, level=level, rev_func_code=rev_func_code
    )
    stated = stated_targets(conn, mof_div_code, fiscal_year).get(rev_func_code)
    return _warned(mof_div_code, seen, target, rev_func_code, stated)


def early_warnings(
    conn: Conn, mof_div_code: str, fiscal_year: int, month: int, *, level: Level | None = None
) -> list[Warned]:
    """The warning for the whole, then for each class (税收、非税) that is budgeted and long enough known.

    Raises RuleBroken as `early_warning` does for the whole.
    """
    asked = (conn, mof_div_code, fiscal_year, month)
    found = [early_warning(*asked, level=level)]
    for code in sorted(budgeted(conn, mof_div_code, fiscal_year)):
        known = monthly_history(conn, mof_div_code, fiscal_year, code)
        if code and unbroken(known, fiscal_year, month) >= SEASON:
            found.append(early_warning(*asked, rev_func_code=code, level=level))
    return found


def budgeted(conn: Conn, mof_div_code: str, fiscal_year: int) -> dict[str, int]:
    """The adjusted budget of general revenue in fen, whole ('') and by class, where above zero."""
    return _above_zero(
        (code, cell.adjusted_fen)
        for cell in ledger.budgets(conn, mof_div_code, fiscal_year, (GENERAL,))
        for code in ("", cell.rev_func_code[:3])
    )  # fmt: skip


def _above_zero(given: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for code, fen in given:
        sums[code] = sums.get(code, 0) + fen
    return {code: fen for code, fen in sums.items() if fen > 0}


def _warned(
    mof_div_code: str, seen: Forecast, target: int, rev_func_code: str, stated: Published | None
) -> Warned:
    best = seen.best
    gap = best.year_fen - target
    alarm: Alarm = "red" if best.high_fen < target else "yellow" if gap < 0 else ""
    chance = best.chance_below(target)
    text = _text(seen, alarm, gap, target, chance)
    stated_gap = None if stated is None else best.year_fen - int(stated.value)
    return Warned(
        mof_div_code, seen, target, gap, alarm, text, rev_func_code, chance, stated, stated_gap
    )  # fmt: skip


def _text(seen: Forecast, alarm: Alarm, gap: int, target: int, chance: Decimal) -> str:
    """The warning in words; what a finished year brought is no forecast."""
    short = f"差 {format_fen(-gap, '亿元')} 亿元（{percent(Decimal(-gap) / target)}%）" if gap < 0 else ""
    if seen.is_over:
        return f"当年已结束，未完成预算，{short}" if short else "当年已结束，完成预算"
    said = {
        "red": f"预计完不成预算：{seen.best.level}% 预测区间的上限也低于预算，预计{short}",
        "yellow": f"可能完不成预算：预测值低于预算，但仍在预测区间之内，预计{short}",
        "": "预计能完成预算",
    }[alarm]
    return f"{said}；完不成的可能性{chance_words(chance)}（{seen.best.method}）"


def chance_words(chance: Decimal) -> str:
    """A chance in per cent; hundredths are as fine as centiles tell."""
    if chance == 0:
        return "不到 1%"
    return "在 99% 以上" if chance >= _SURE else f"约 {percent(chance, 0)}%"
