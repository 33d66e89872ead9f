"""What a template can say: figures of a region and year, and words that follow the data.

A `View` is bound to one region and one fiscal year; a template has one for the whole city
(`city`), one for the city level (`level`), one per county, and the same for next year.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from fisc.report.amounts import Style, direction
from fisc.report.errors import TemplateError
from fisc.report.marks import Marked, Marks, Reference
from fisc.report.model import Exhibit
from fisc.report.ports import BreakdownRow, FigureResult, FigureSource, Place, Value


@dataclass(slots=True)
class Desk:
    """What all views of one report share: the source, the marks, the figures asked so far."""

    source: FigureSource
    marks: Marks
    exhibits: dict[str, Exhibit] = field(default_factory=dict)

    def exhibit(self, figure_id: str, place: Place, year: int, params: dict[str, str]) -> Exhibit:
        """The figure, asked once; an id that the catalogue lacks is refused."""
        extra = "".join(f",{name}={value}" for name, value in sorted(params.items()))
        key = f"{figure_id}@{place.code}/{year}{extra}"
        if key not in self.exhibits:
            if not self.source.knows(figure_id):
                raise unknown_figure(figure_id)
            result = self.source.get(figure_id, place.code, year, **params)
            self.exhibits[key] = Exhibit(key, result, place.name, year)
        return self.exhibits[key]


def unknown_figure(figure_id: str) -> TemplateError:
    """The refusal of an id that is not in the catalogue."""
    return TemplateError(f"指标目录里没有“{figure_id}”", hint="用 fisc figures 查看可用的指标")


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
            words = "增速为" if result.undefined_reason else "的增减"
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

    def when(self, figure_id: str, at_least: Value, yes: str, no: str, **params: str) -> str:
        """`yes` if the figure is at least `at_least`, else `no`; "" for a gap: a claim needs data."""
        value = self.value(figure_id, **params)
        return "" if value is None else yes if value >= at_least else no

    def parts(self, figure_id: str, **params: str) -> tuple[BreakdownRow, ...]:
        """The figure's breakdown, parts that are zero or have no value left out."""
        return tuple(part for part in self._result(figure_id, params).breakdown if part.value)

    def _result(self, figure_id: str, params: dict[str, str]) -> FigureResult:
        return self.desk.exhibit(figure_id, self.place, self.year, params).result

    def _mark(self, figure_id: str, style: Style, params: dict[str, str]) -> Marked:
        exhibit = self.desk.exhibit(figure_id, self.place, self.year, params)
        return self.desk.marks.put(Reference(exhibit, style))
