"""Combines the answers of leaves into the values of figures.

A gap in an operand is a gap of the whole, and says which operand it was. Growth over a base
of zero or below, or a share of nothing, is not a gap but has no meaning: `undefined_reason`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fisc.reading.algebra import (
    By,
    Combination,
    Difference,
    Figure,
    Flow,
    Growth,
    Least,
    Of,
    Output,
    Papers,
    Rank,
    Scope,
    Share,
    Statistic,
    Stock,
    Sum,
    Total,
)
from fisc.reading.algebra import Count as CountMeasure
from fisc.reading.bind import area_asked, definition_of
from fisc.reading.engines.base import Engine, Report
from fisc.reading.plan import Answer, Leaf
from fisc.registry.areas import Area, governments, members, peers
from fisc.registry.regions import own, whole_area

if TYPE_CHECKING:
    from fisc.reading.service import Ask

#: How a statistic is marked that is of the months to date.
_A_MONTH = re.compile(r"\d{4}-\d{2}")
#: How the reason ends where a statistic is known of another period than the one asked.
NOT_OF_PERIOD = "没有同期的报送材料"
Value = int | Decimal
Find = Callable[[str], Figure]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a figure came to for one ask: a value, or a reason; its parts and its operands."""

    figure: Figure
    ask: Ask
    value: Value | None = None
    gap_reason: str = ""
    undefined_reason: str = ""
    by: By | None = None
    breakdown: tuple[tuple[str, Value | None], ...] = ()
    divisions: tuple[str, ...] = ()
    posting_count: int = 0
    operands: tuple[Outcome, ...] = ()
    is_nothing: bool = False
    counts: tuple[int, ...] = ()


def operand_asks(ask: Ask, figure: Figure, find: Find) -> Iterator[Ask]:
    """The asks that a combination rests on: its operands; for a rank, those of everyone ranked."""
    formula = figure.formula
    if isinstance(formula, Rank):
        scope: Scope = "whole" if formula.among == "peers" else "own"
        for place in _ranked_with(ask, formula):
            yield replace(ask, region=place, figure_id=formula.of.figure, scope=scope)
    elif isinstance(formula, Growth | Share | Difference | Sum | Total | Least):
        for of in formula.operands():
            yield _operand(ask, of)


def _ranked_with(ask: Ask, formula: Rank) -> tuple[str, ...]:
    """The places ranked: counties by their own books, cities and leagues by their whole areas."""
    if formula.among == "peers":
        return tuple(whole_area(code) for code in peers(ask.region))
    return members(ask.region)


def _operand(ask: Ask, of: Of) -> Ask:
    return replace(ask, figure_id=of.figure, fiscal_year=ask.fiscal_year + of.years)


def area_of_ask(ask: Ask) -> Area:
    """The area that an ask means; raises FigureError for what is no division code."""
    return area_asked(ask.region, ask.scope, ask.figure_id, ask.fiscal_year)


def leaves_of(ask: Ask, find: Find) -> Iterator[Leaf]:
    """Every measure that an ask rests on, down through its operands."""
    figure = find(ask.figure_id)
    formula = figure.formula
    if isinstance(formula, Flow | Stock | CountMeasure):
        yield _leaf(ask, formula)
    for operand in operand_asks(ask, figure, find):
        yield from leaves_of(operand, find)


def _leaf(ask: Ask, formula: Flow | Stock | CountMeasure) -> Leaf:
    return Leaf(
        formula,
        area_of_ask(ask),
        ask.fiscal_year,
        ask.cutoff_month,
        ask.as_of,
        ask.by,
        ask.narrowed,
    )


def evaluate(ask: Ask, find: Find, answers: Mapping[Leaf, Answer], engine: Engine) -> Outcome:
    """The outcome of an ask, given the answers of all its leaves."""
    figure = find(ask.figure_id)
    formula = figure.formula
    if isinstance(formula, Flow | Stock | CountMeasure):
        return _measured(figure, ask, answers[_leaf(ask, formula)])
    if isinstance(formula, Output | Statistic):
        return _evidence(figure, ask, formula, engine)
    if isinstance(formula, Papers):
        return _papers(figure, ask, formula, engine)
    parts = tuple(evaluate(a, find, answers, engine) for a in operand_asks(ask, figure, find))
    return _combined(figure, ask, formula, parts)


def _measured(figure: Figure, ask: Ask, answer: Answer) -> Outcome:
    by = answer.bound.by if answer.bound else None
    return Outcome(
        figure, ask, answer.value, answer.gap_reason, "", by, answer.breakdown, answer.divisions,
        answer.posting_count, is_nothing=answer.is_nothing, counts=answer.counts,
    )  # fmt: skip


def _combined(figure: Figure, ask: Ask, formula: Combination, parts: tuple[Outcome, ...]) -> Outcome:
    base = Outcome(figure, ask, operands=parts, posting_count=sum(p.posting_count for p in parts))
    if not parts:
        among = "所在省区的盟市" if isinstance(formula, Rank) and formula.among == "peers" else "所在市的县区"
        return replace(base, gap_reason=f"账上没有 {ask.region} {among}，无从比较")
    happened = tuple(p for p in parts if not p.is_nothing) if isinstance(formula, Total) else parts
    if isinstance(formula, Difference) and ask.narrowed and not all(p.is_nothing for p in parts):
        happened = tuple(replace(p, value=0) if p.is_nothing else p for p in parts)
    if not happened:
        return replace(base, gap_reason=parts[0].gap_reason, is_nothing=True)
    for part in happened:
        if part.value is None:
            named = f"{part.figure.name_zh}（{part.ask.fiscal_year} 年）"
            if part.gap_reason:
                return replace(base, gap_reason=f"缺 {named}：{part.gap_reason}")
            return replace(base, undefined_reason=f"{named}：{part.undefined_reason}")
    if isinstance(formula, Rank):
        return _ranked(base, own(ask.region))
    return _valued(base, formula, happened)


def _valued(base: Outcome, formula: Combination, happened: tuple[Outcome, ...]) -> Outcome:
    """The outcome over parts that all have values."""
    if isinstance(formula, Growth | Difference) and (unlike := _unlike(happened)):
        return replace(base, undefined_reason=unlike)
    values = [p.value for p in happened if p.value is not None]
    value, undefined = _value(formula, values)
    by, lines = _lines(formula, happened)
    return replace(base, value=value, undefined_reason=undefined, by=by, breakdown=lines)


def _unlike(parts: Sequence[Outcome]) -> str:
    """Why years of one figure cannot be compared; '' where they can: each was counted by the same 口径."""
    if len({p.figure.id for p in parts}) > 1:
        return ""
    told = {definition_of(p.figure, p.ask.region, p.ask.fiscal_year) for p in parts}
    years = "、".join(f"{p.ask.fiscal_year} 年" for p in parts)
    return f"{years}的{parts[0].figure.name_zh}口径不同，不能比较" if len(told) > 1 else ""


def _value(formula: Combination, values: list[Value]) -> tuple[Value | None, str]:
    if isinstance(formula, Growth):
        return _ratio(values[0] - values[1], values[1], "基数为零或负数，增长率没有意义")
    if isinstance(formula, Share):
        return _ratio(values[0], values[1], "分母为零或负数，比率没有意义")
    if isinstance(formula, Difference):
        return values[0] - values[1], ""
    return (min(values) if isinstance(formula, Least) else sum(values)), ""


def _ratio(top: Value, bottom: Value, otherwise: str) -> tuple[Value | None, str]:
    return (Decimal(top) / Decimal(bottom), "") if bottom > 0 else (None, otherwise)


def _lines(
    formula: Combination, parts: tuple[Outcome, ...]
) -> tuple[By | None, tuple[tuple[str, Value | None], ...]]:
    """The breakdown of a combination, code by code, where all operands are broken down alike.

    The least of several figures is broken down into those figures.
    """
    if isinstance(formula, Least):
        return None, tuple((part.figure.name_zh, part.value) for part in parts)
    by = parts[0].by
    if by is None or any(p.by != by for p in parts):
        return None, ()
    tables: list[dict[str, Any]] = [dict(p.breakdown) for p in parts]
    codes = sorted(set().union(*tables))
    lines = tuple((code, _value(formula, [table.get(code) or 0 for table in tables])[0]) for code in codes)
    return by, lines


def _ranked(base: Outcome, mine: str) -> Outcome:
    values = {own(p.ask.region): p.value for p in base.operands if p.value is not None}
    if mine not in values:
        return replace(base, gap_reason=f"{mine} 不在参加排位的地区之中，没有位次")
    place = 1 + sum(1 for v in values.values() if v > values[mine])
    lines = tuple(sorted(values.items(), key=lambda item: item[1], reverse=True))
    return replace(base, value=place, by=By("mof_div_code"), breakdown=lines)


def _papers(figure: Figure, ask: Ask, formula: Papers, engine: Engine) -> Outcome:
    """The documents of an area's governments that say an item, each a part."""
    places = governments(area_of_ask(ask))
    told = [
        r for r in engine.reports(formula.kind, ask.fiscal_year, ask.as_of)
        if r.payload.get("item") == formula.item and r.mof_div_code in places
    ]  # fmt: skip
    outcome = Outcome(figure, ask)
    if not told:
        return replace(outcome, gap_reason=f"{ask.fiscal_year} 年没有登记这类单据", is_nothing=True)
    lines = tuple((r.paper, int(r.payload["value"])) for r in told)
    return replace(outcome, value=sum(fen for _, fen in lines), breakdown=lines)


def _evidence(figure: Figure, ask: Ask, formula: Output | Statistic, engine: Engine) -> Outcome:
    """Reports of an item; a later report of the same `of` replaces the earlier one.

    A statistic is told of the period that is asked: one of the whole year says nothing of its first months.
    """
    kind = "output" if isinstance(formula, Output) else "statistic"
    told = [
        r for r in engine.reports(kind, ask.fiscal_year, ask.as_of) if r.payload.get("item") == formula.item
    ]
    if isinstance(formula, Statistic):
        told = _of_period(ask, told)
    current = {str(report.payload.get("of", "")): report for report in _told_of(area_of_ask(ask), told)}
    outcome = Outcome(figure, ask, posting_count=0)
    if not current:
        return replace(outcome, gap_reason=_not_told(ask, formula))
    lines = tuple((r.paper or key, Decimal(str(r.payload["value"]))) for key, r in sorted(current.items()))
    return replace(outcome, value=sum((v for _, v in lines), Decimal(0)), breakdown=lines)


def _not_told(ask: Ask, formula: Output | Statistic) -> str:
    month = ask.cutoff_month or 12
    if isinstance(formula, Statistic) and month < 12:
        return f"{ask.region} 的“{formula.item}”在 {ask.fiscal_year} 年截至 {month} 月{NOT_OF_PERIOD}"
    return f"{ask.region} 在 {ask.fiscal_year} 年没有“{formula.item}”的报送材料"


def _of_period(ask: Ask, told: Sequence[Report]) -> list[Report]:
    """The reports of the period asked: of the whole year, or of the months to date (marked by the last)."""
    to_date = [r for r in told if r.payload.get("of") == f"{ask.fiscal_year}-{ask.cutoff_month or 12:02d}"]
    if (ask.cutoff_month or 12) < 12:
        return to_date
    return [r for r in told if not _A_MONTH.fullmatch(str(r.payload.get("of", "")))] or to_date


def _told_of(area: Area, told: Sequence[Report]) -> list[Report]:
    """The reports of an area: those of the whole area where there are any, and never both together.

    A city that publishes no figure of its own level registers the city's under its own code.
    """
    codes = (area.published, area.code) if area.kind == "whole" else (area.code,)
    found = ([r for r in told if r.mof_div_code == code] for code in codes)
    return next(filter(None, found), [])
