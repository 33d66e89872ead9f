"""What `fisc revenue progress` and `checks` show: tables for people, dictionaries for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fisc.cli import output
from fisc.cli.use_case_view import as_told
from fisc.documents.told import told
from fisc.kernel.money import format_fen
from fisc.registry.papers import paper_words
from fisc.registry.regions import name_of

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.revenue.checks import Measured
    from fisc.revenue.growth import PublishedPair
    from fisc.revenue.services import Progress, ProgressLine, TaxSide

_NONE = "—"


def percent(ratio: Decimal | None, digits: int = 1) -> str:
    """A ratio as a signed or plain per cent; a dash where it has no meaning."""
    from fisc.revenue.growth import percent as rounded

    return _NONE if ratio is None else f"{rounded(ratio, digits)}%"


def code_name(code: str, fiscal_year: int) -> str:
    """A revenue code with its name of the year; '' is the whole."""
    from fisc.registry.classifications import lookup

    if not code:
        return "一般公共预算收入"
    row = lookup("rev_func", code, fiscal_year)
    return f"{code} {row.name}" if row else code


def title(of: tuple[str, int, int], what: str, unit: str = "") -> str:
    """The heading of a table of a division up to a month."""
    code, year, month = of
    months = f"1—{month} 月" if month > 1 else "1 月"
    return f"[bold]{name_of(code)} {year} 年 {months}{what}[/bold]" + (f"（{unit}）" if unit else "")


# ---- progress


def progress_dict(
    found: Progress, parts: Mapping[str, ProgressLine], side: TaxSide, pairs: Iterable[PublishedPair]
) -> dict[str, Any]:
    """Progress for machines: amounts in fen, ratios exact."""
    return {
        **as_told("revenue.progress", told(found, ())), "regions": told(parts, ()),
        "refunds_in_full_fen": side.refunds, "relief_fen": side.relief,
        "comparable_checked": [
            {**asdict(p), "growth": p.growth, "comparable": p.comparable, "is_reproduced": p.is_reproduced,
             "comparable_range": p.comparable_range}
            for p in pairs
        ],
    }  # fmt: skip


_COLUMNS = ("收入>", "调整预算>", "完成>", "快于序时>", "上年同期>", "增长>", "留抵退税>", "可比增长>",
            "任务>", "完成任务>")  # fmt: skip


def _cells(line: ProgressLine, unit: str) -> tuple[str, ...]:
    def said(fen: int) -> str:
        return format_fen(fen, unit) if fen else _NONE

    ahead = _NONE if line.ahead is None else f"{line.ahead * 100:+.1f} 点"
    target = said(int(line.stated.value)) if line.stated else _NONE
    return (
        said(line.actual_fen), said(line.adjusted_fen), percent(line.completion), ahead,
        said(line.prior_fen), percent(line.growth), said(line.refunds_fen), percent(line.comparable),
        target, percent(line.stated_completion),
    )  # fmt: skip


def show_progress(
    console: Console, found: Progress, parts: Mapping[str, ProgressLine], side: TaxSide,
    pairs: Sequence[PublishedPair], *, unit: str,
) -> None:  # fmt: skip
    """By code, by region, the tax side, and what comparable growth was checked against."""
    of = (found.mof_div_code, found.fiscal_year, found.month)
    console.print(f"{title(of, '一般公共预算收入', unit)}，序时进度 {percent(found.total.time_share)}")
    lines = (found.total, *found.classes, *found.sections)
    rows = [(code_name(x.rev_func_code, found.fiscal_year), *_cells(x, unit)) for x in lines]
    console.print(output.table(("科目", *_COLUMNS), rows))
    if len(parts) > 1:
        rows = [(name_of(code), *_cells(x, unit)) for code, x in parts.items()]
        console.print(output.table(("区划", *_COLUMNS), rows))
    output.say_rounding(console, _sums(found.total, (found.classes, found.sections, parts.values())), unit)
    for gap in found.gaps:
        console.print(f"  缺数：{gap}", markup=False, soft_wrap=True)
    for line in lines:
        if line.stated:
            _show_target(console, line, found.fiscal_year)
    console.print(output.facts(_tax_side(side, unit)))
    for pair in pairs:
        console.print(f"  {pair_words(pair)}", markup=False, style="dim", soft_wrap=True)


def _sums(
    total: ProgressLine, divisions: Iterable[Collection[ProgressLine]]
) -> Iterator[tuple[list[int], int]]:
    """The parts that a total is divided into in several ways, column by column, and the total."""
    for lines in divisions:
        for name in ("actual_fen", "adjusted_fen", "prior_fen", "refunds_fen"):
            yield [getattr(line, name) for line in lines], getattr(total, name)


def _show_target(console: Console, line: ProgressLine, fiscal_year: int) -> None:
    target = line.stated
    if target:
        paper = f"{target.source_name} {target.source_no}".strip()
        console.print(
            f"  任务（{code_name(line.rev_func_code, fiscal_year)}）{target.printed}：{paper}", markup=False
        )


def _tax_side(side: TaxSide, unit: str) -> dict[str, str]:
    from fisc.revenue.services.receipts import REFUND_KINDS
    from fisc.revenue.services.relief import RELIEF_KINDS

    def said(held: Mapping[str, int], names: Mapping[str, str]) -> str:
        parts = [f"{names[kind]} {format_fen(fen, unit)}" for kind, fen in held.items()]
        return "、".join(parts) or "没有登记"

    return {
        "退税全额（各级共担，统计）": said(side.refunds, REFUND_KINDS),
        "减免税费（统计，不是支出）": said(side.relief, RELIEF_KINDS),
    }


def pair_words(pair: PublishedPair) -> str:
    """What the formula makes of a released pair, with the rounding that is left open said openly."""
    least, most = (percent(ratio, 2) for ratio in pair.comparable_range)
    verdict = "公布数按一位小数在此区间" if pair.is_reproduced else "公布数不在此区间"
    mark = "" if pair.is_verified else "，未逐字核对"
    return (
        f"可比口径核对：{pair.fiscal_year} 年{pair.item}公布增长 {pair.growth_pct}%、"
        f"可比 {pair.comparable_pct}%（{paper_words(pair.source)}{mark}）；"
        f"按公布总额算得 {percent(pair.growth)}；"
        f"退税约 {pair.refunds} 和 {pair.refunds_before} {pair.unit}（取整到 {pair.refunds_step}），"
        f"照此算可比 {percent(pair.comparable)}，取整之内为 {least} 至 {most}，{verdict}"
    )


# ---- checks


def show_checks(console: Console, of: tuple[str, int, int], found: Sequence[Measured]) -> None:
    """Each check with its rule, threshold, value and verdict, alarms first in words at the end."""
    console.print(title(of, "收入质量核查"))
    rows = [
        (f.rule_id, f.name, _of(f, of[1]), percent(f.value), percent(f.limit), _verdict(f), f.condition)
        for f in found
    ]
    console.print(output.table(("规则", "核查", "对象", "实际值>", "阈值>", "结论", "报警条件"), rows))
    alarms = [f for f in found if f.is_alarm]
    if any(f.value is not None for f in found if f.rule_id == "R09"):
        console.print("  三保进度为已支付数与月末在用指标（含年中追加）之比。", style="dim")
    sources = "；".join(dict.fromkeys(paper_words(f.source) for f in found))
    console.print(f"  依据：{sources}", markup=False, style="dim", soft_wrap=True)
    words = f"{len(alarms)} 项报警" if alarms else "没有报警"
    missing = sum(1 for f in found if f.is_alarm is None)
    more = f"，{missing} 项无法核查" if missing else ""
    console.print(f"{words}{more}。", style="bold red" if alarms else "bold")


def _of(f: Measured, fiscal_year: int) -> str:
    return code_name(f.of, fiscal_year) if f.of.isdigit() else f.of


def _verdict(f: Measured) -> str:
    if f.is_alarm is None:
        return f"无法核查：{f.reason}"
    return f.control if f.is_alarm else "正常"
