"""What `fisc revenue forecast` shows: months with intervals, the back-test, the warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fisc.cli import output
from fisc.cli.revenue_view import code_name, percent
from fisc.kernel.money import format_fen
from fisc.registry.regions import name_of
from fisc.revenue.services.outlook import chance_words

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.revenue.forecast import Estimate, Forecast, Trial
    from fisc.revenue.services import Warned

_NONE = "—"
_STYLES = {"red": "bold red", "yellow": "bold yellow", "": "bold"}


def forecast_dict(
    seen: Sequence[Forecast], warned: Sequence[Warned], targets: Mapping[str, int]
) -> dict[str, Any]:
    """Forecasts and warnings for machines, in fen."""
    return {
        "forecasts": [_forecast_dict(f) for f in seen],
        "warnings": [
            {"rev_func_code": w.rev_func_code, "alarm": w.alarm, "text": w.text, "target_fen": w.target_fen,
             "gap_fen": w.gap_fen, "chance": w.chance, "stated": w.stated,
             "stated_gap_fen": w.stated_gap_fen, "method": w.forecast.best.method,
             "year_fen": w.forecast.best.year_fen, "low_fen": w.forecast.best.low_fen,
             "high_fen": w.forecast.best.high_fen}
            for w in warned
        ],
        "not_warned": _not_warned(warned, targets),
    }  # fmt: skip


def _forecast_dict(f: Forecast) -> dict[str, Any]:
    from fisc.revenue.forecast import BASELINE, MODEL

    errors = {name: {"error": f.error(method), "coverage": f.coverage(method)}
              for name, method in (("model", MODEL), ("baseline", BASELINE))}  # fmt: skip
    return {
        "fiscal_year": f.fiscal_year, "from_year": f.from_year, "month": f.month,
        "received_fen": f.received_fen, "months_known": f.months_known, "reason": f.reason,
        "best": f.best.method, "model": _estimate_dict(f.model), "baseline": _estimate_dict(f.baseline),
        "back_test": {
            **errors,
            "years": [
                {"fiscal_year": t.fiscal_year, "actual_fen": t.actual_fen,
                 "model": _sum_dict(t.model), "baseline": _sum_dict(t.baseline)}
                for t in f.trials
            ],
        },
    }  # fmt: skip


def _sum_dict(e: Estimate | None) -> dict[str, Any] | None:
    if e is None:
        return None
    names = ("method", "year_fen", "low_fen", "high_fen", "level", "widening")
    return {name: getattr(e, name) for name in names}


def _estimate_dict(e: Estimate | None) -> dict[str, Any] | None:
    return None if e is None else {**(_sum_dict(e) or {}), "months": list(e.months)}


def _not_warned(warned: Sequence[Warned], targets: Mapping[str, int]) -> list[str]:
    """Budgeted classes whose months are too few to say anything of."""
    return sorted(set(targets) - {w.rev_func_code for w in warned})


def show_forecast(
    console: Console, region: str, seen: Sequence[Forecast], warned: Sequence[Warned],
    targets: Mapping[str, int], *, unit: str,
) -> None:  # fmt: skip
    """Each year by month, its back-test in words, then the warnings."""
    first = seen[0]
    console.print(
        f"[bold]{name_of(region)} 一般公共预算收入预测[/bold]（{unit}），"
        f"{first.from_year} 年 {first.month} 月末起点，已知连续 {first.months_known} 个月"
    )
    for f in seen:
        _show_year(console, f, unit)
        _show_trials(console, f, unit)
    _show_warnings(console, warned, targets, first.from_year, unit)


def _show_year(console: Console, f: Forecast, unit: str) -> None:
    def said(fen: int | None) -> str:
        return _NONE if fen is None else format_fen(fen, unit)

    model = f.model.months if f.model else (None,) * len(f.baseline.months)
    rows: list[tuple[object, ...]] = [
        (f"{b.period // 100}-{b.period % 100:02d}", "实际" if b.is_known else "预测",
         *(said(getattr(m, name) if m else None) for name in ("fen", "low_fen", "high_fen")),
         *map(said, (b.fen, b.low_fen, b.high_fen)))
        for m, b in zip(model, f.baseline.months, strict=True)
    ]  # fmt: skip
    sums = [(e.year_fen, e.low_fen, e.high_fen) if e else (None,) * 3 for e in (f.model, f.baseline)]
    rows.append(("全年", "", *map(said, (*sums[0], *sums[1]))))
    level = f.baseline.level
    columns = ("月份", "", "ETS>", f"{level}% 低>", "高>", "季节朴素>", f"{level}% 低 >", "高 >")
    console.print(output.table(columns, rows, title=f"{f.fiscal_year} 年"))
    if f.reason:
        console.print(f"  没有 ETS：{f.reason}", markup=False)


def _show_trials(console: Console, f: Forecast, unit: str) -> None:
    if f.is_over:
        return
    if not f.trials:
        console.print(f"  {f.fiscal_year} 年：以往年份的月份不够，没有回测；预测未经检验。", style="yellow")
        return
    rows = [
        (t.fiscal_year, format_fen(t.actual_fen, unit), *_tried(t, t.model, unit),
         *_tried(t, t.baseline, unit))
        for t in f.trials
    ]  # fmt: skip
    columns = ("年度", "实际>", "ETS>", "误差>", "在区间内", "季节朴素>", "误差 >", "在区间内")
    console.print(output.table(columns, rows, title=f"回测：以往各年 {f.month} 月末预测{_which(f)}"))
    console.print(f"  {_who_wins(f)}", markup=False)


def _which(f: Forecast) -> str:
    return "当年" if f.fiscal_year == f.from_year else "下一年"


def _tried(t: Trial, e: Estimate | None, unit: str) -> tuple[str, str, str]:
    if e is None:
        return _NONE, _NONE, "月份不足"
    off = Decimal(e.year_fen - t.actual_fen) / t.actual_fen if t.actual_fen > 0 else None
    return format_fen(e.year_fen, unit), percent(off), "是" if _holds(t, e) else "否"


def _holds(t: Trial, e: Estimate) -> bool:
    return e.low_fen <= t.actual_fen <= e.high_fen


def _who_wins(f: Forecast) -> str:
    """Mean errors of both methods, over the years each was tried, and which is gone by."""
    from fisc.revenue.forecast import BASELINE, MODEL

    model, baseline = f.error(MODEL), f.error(BASELINE)
    if model is None:
        return f"季节朴素平均误差 {percent(baseline)}；ETS 没有可回测的年份，未经检验"
    both = (
        f"平均误差 ETS {percent(model)}、季节朴素 {percent(baseline)}，"
        f"各法自给的 {f.baseline.level}% 区间命中 ETS {percent(f.coverage(MODEL), 0)}、"
        f"季节朴素 {percent(f.coverage(BASELINE), 0)}"
    )
    beaten = f.best is f.baseline
    wide = f"上表区间已按回测误差放宽：ETS {_times(f.model)}、季节朴素 {_times(f.baseline)}"
    won = "ETS 没有胜过基准，以季节朴素为准" if beaten else "ETS 误差较小，以 ETS 为准"
    years = "、".join(str(t.fiscal_year) for t in f.compared)
    return f"{years} 年两法都可回测：{both}；{won}。{wide}"


def _times(e: Estimate | None) -> str:
    return _NONE if e is None else f"{e.widening:.1f} 倍"


def _show_warnings(
    console: Console, warned: Sequence[Warned], targets: Mapping[str, int], year: int, unit: str
) -> None:
    if not targets:
        console.print("账上没有当年收入预算，不预警。")
        return
    columns = ("科目", "预算>", "预测>", "区间低>", "区间高>", "差额>", "完不成的可能>", "任务>", "差任务>",
               "方法")  # fmt: skip
    console.print(output.table(columns, [_warning(w, year, unit) for w in warned], title="完成预算预警"))
    for w in warned:
        console.print(
            f"{code_name(w.rev_func_code, year)}：{w.text}", style=_STYLES[w.alarm], markup=False,
            soft_wrap=True,
        )  # fmt: skip
    for code in _not_warned(warned, targets):
        console.print(f"  {code_name(code, year)}：已知月份不足一年，不预警", markup=False)


def _warning(w: Warned, year: int, unit: str) -> tuple[str, ...]:
    best, is_over = w.forecast.best, w.forecast.is_over
    stated = (_NONE, _NONE)
    if w.stated is not None and w.stated_gap_fen is not None:
        stated = (format_fen(int(w.stated.value), unit), format_fen(w.stated_gap_fen, unit))
    amounts = (w.target_fen, best.year_fen, best.low_fen, best.high_fen, w.gap_fen)
    return (
        code_name(w.rev_func_code, year), *(format_fen(fen, unit) for fen in amounts),
        _NONE if is_over else chance_words(w.chance), *stated, "实际" if is_over else best.method,
    )  # fmt: skip
