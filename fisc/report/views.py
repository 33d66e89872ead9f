"""What a template can say: figures of a region and year, and words that follow the data.

A `View` is bound to one region and one fiscal year; a template has one for the whole city
(`city`), one for the city level (`level`), one per county, and the same for next year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from fisc.report.amounts import Style, direction
from fisc.report.errors import TemplateError
from fisc.report.marks import Marked, Marks, Reference
from fisc.report.ports import BreakdownRow, FigureAsk, FigureResult, FigureSource, Place, Value
from fisc.report.reasons import why


@dataclass(slots=True)
class Desk:
    """What all views of one rendering share: the marks, the figures known, those still wanted.

    A template is rendered until nothing is wanted. A figure not yet known is shown as a gap
    and noted in `wanted`; all of them are then fetched at once, and the template is rendered
    again. So a report costs a few passes over the ledger and not one per figure.
    """

    source: FigureSource
    marks: Marks
    known: dict[str, FigureResult] = field(default_factory=dict)
    wanted: dict[str, FigureAsk] = field(default_factory=dict)
    used: dict[str, FigureResult] = field(default_factory=dict)

    def figure(self, ask: FigureAsk) -> FigureResult:
        """The figure if it is known, else a gap for now; refuses an id the catalogue lacks."""
        result = self.known.get(ask.key)
        if result is None:
            if not self.source.knows(ask.figure_id):
                raise unknown_figure(ask.figure_id)
            self.wanted[ask.key] = ask
            return FigureResult(ask, "", "", "", "", "fen", None, gap_reason="尚未取数")
        self.used[ask.key] = result
        return result


def unknown_figure(figure_id: str) -> TemplateError:
    """The refusal of an id that is not in the catalogue."""
    return TemplateError(f"指标目录里没有“{figure_id}”", hint="用 fisc figures 查看可用的指标")


def merged(*breakdowns: tuple[BreakdownRow, ...]) -> list[BreakdownRow]:
    """The parts of several breakdowns, each code once, by code; the first label wins."""
    found: dict[str, BreakdownRow] = {}
    for part in (part for parts in breakdowns for part in parts):
        found.setdefault(part.code, part)
    return [found[code] for code in sorted(found)]


@dataclass(frozen=True, slots=True)
class View:
    """The figures of one place and year, for a template."""

    desk: Desk
    place: Place
    year: int

    @property
    def name(self) -> str:
        """The place's name."""
        return self.place.name

    def at(self, year: int) -> View:
        """The same place in another fiscal year."""
        return replace(self, year=year)

    def fig(self, figure_id: str, unit: str = "", digits: int | None = None, **params: str) -> Marked:
        """The figure as a number with its unit (a gap prints its reason)."""
        return self._mark(figure_id, Style(unit, digits), params)

    def size(self, figure_id: str, unit: str, digits: int, **params: str) -> Marked:
        """The figure without its sign, where words beside it say which way."""
        return self._mark(figure_id, Style(unit, digits, is_abs=True), params)

    def definition(self, figure_id: str, **params: str) -> str:
        """The figure's definition (口径), for numbers that mean nothing without it."""
        return self._result(figure_id, params).definition_zh

    def value(self, figure_id: str, **params: str) -> Value | None:
        """The bare value, for conditions only: fen, ratio or count; None for a gap."""
        return self._result(figure_id, params).value

    def is_zero(self, figure_id: str, **params: str) -> bool:
        """True if the figure has a value and it is zero."""
        return self.value(figure_id, **params) == 0

    def change(self, figure_id: str, **params: str) -> Marked:
        """Growth in words that follow the data: 增长2.0%, 下降2.0%, 持平; else the gap."""
        result = self._result(figure_id, params)
        if result.value is None:
            words = "增速为" if result.undefined_reason else "增减"
            return Marked(words + self._mark(figure_id, Style(), params))
        word = direction(result.value)
        if word == "持平":
            return Marked(word)
        return Marked(word + self._mark(figure_id, Style(is_abs=True), params))

    def amount_change(self, figure_id: str, **params: str) -> Marked:
        """A difference in words: 增加3.20亿元, 减少3.20亿元, 没有变化; else the gap."""
        value = self.value(figure_id, **params)
        if value == 0:
            return Marked("没有变化")
        word = "增减" if value is None else "增加" if value > 0 else "减少"
        return Marked(word + self._mark(figure_id, Style(is_abs=True), params))

    def claim(self, figure_id: str, yes: str, no: str, at_least: Value | None = None,
              at_most: Value | None = None, **params: str) -> str:  # fmt: skip
        """`yes` while the figure keeps within the bounds, else `no`; "" for a gap: a claim needs data."""
        value = self.value(figure_id, **params)
        if value is None:
            return ""
        is_low = at_least is not None and value < at_least
        is_high = at_most is not None and value > at_most
        return no if is_low or is_high else yes

    def parts(
        self, figure_id: str, by: tuple[str, int] | None = None, **params: str
    ) -> tuple[BreakdownRow, ...]:
        """The figure's breakdown, its own or `by` an element, without parts that have no value or none."""
        return tuple(part for part in self._result(figure_id, params, by).breakdown if part.value)

    def why(self, figure_id: str, **params: str) -> str:
        """Why the figure has no value, as a clerk wants to know it; "" where it has one."""
        result = self._result(figure_id, params)
        return "" if result.value is not None else why(result, self.desk.source.knows).text

    def _result(
        self, figure_id: str, params: dict[str, str], by: tuple[str, int] | None = None
    ) -> FigureResult:
        narrowed = tuple(sorted(params.items()))
        return self.desk.figure(FigureAsk(figure_id, self.place.code, self.year, narrowed, by))

    def _mark(self, figure_id: str, style: Style, params: dict[str, str]) -> Marked:
        return self.desk.marks.put(Reference(self._result(figure_id, params), style))


def coded(parts: Sequence[BreakdownRow], length: int, section: str = "") -> list[BreakdownRow]:
    """The parts whose codes have `length` signs: those of one level, in a `section` of it."""
    return [part for part in parts if len(part.code) == length and part.code.startswith(section)]


def holding(views: Sequence[View], figure_id: str) -> list[View]:
    """The views whose place and year have a value for the figure."""
    return [view for view in views if view.value(figure_id) is not None]
