"""Charts of figures: SVG for pages and PDF, PNG for Word.

Colours are told apart by people who see colours differently, and by lightness in grey
print. The same chart gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from math import ceil, cos, floor, log10, pi, sin

from fisc.report.drawing import Mark, Point, Shape, Words, line, rectangle, render
from fisc.report.layout import MM_PER_PT, TEXT_WIDTH_MM, text_width
from fisc.report.model import Chart, FigureRun, GapRun, Run

#: Okabe and Ito's colours, ordered so that neighbours differ in lightness too.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7")
#: Those of them on which words are white.
_DARK = (0, 2)
PNG_DPI = 300
WIDTH_PT = TEXT_WIDTH_MM / MM_PER_PT
_INK, _RULE, _FRAME, _GAP = "#333333", "#D9D9D9", "#888888", "#B01E1E"

_VALUE_PT, _TICK_PT, _LABEL_PT, _LEGEND_PT = 7.0, 7.5, 8.0, 8.5
_HEIGHT_PT, _LEAST_PT = 159.0, 125.0
_BAR_PT, _HEAD_PT = 7.7, 5.7
_EDGE_PT, _LINE_PT, _LEGEND_ROW_PT = 4.0, 11.0, 20.0
#: How much of its place a group of bars fills, and how much of the scale stays free beyond the values.
_FILLED, _FREE = 0.78, 0.14
#: More values than this in bars are not written out.
_MOST_VALUES = 16
_STEPS = (1, 2, 2.5, 5, 10)
_FOLDED_FROM = 8
#: Corners of the marks on lines, and how they are turned: a circle, nearly, then squares and triangles.
_MARKS = ((16, 0.0), (4, pi / 4), (3, -pi / 2), (4, 0.0), (3, pi / 2), (5, -pi / 2))
_MARK_PT = 2.4


def to_svg(chart: Chart) -> bytes:
    """The chart as a stand-alone SVG file."""
    return _drawn(chart, "svg")


def to_png(chart: Chart) -> bytes:
    """The chart as a PNG for print (300 dpi, as wide as the page's text)."""
    return _drawn(chart, "png")


@lru_cache(maxsize=32)  # a page and a PDF ask for the same SVG
def _drawn(chart: Chart, kind: str) -> bytes:
    frame = _frame(chart)
    marks = [*_scale(chart, frame), *_KINDS[chart.kind](chart, frame), *_dress(chart, frame)]
    return render(marks, WIDTH_PT, frame.height, "svg" if kind == "svg" else "png", PNG_DPI)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where values and labels lie, in points: values go up, or to the right where the chart is flat."""

    left: float
    top: float
    right: float
    bottom: float
    height: float
    low: float
    high: float
    ticks: tuple[float, ...]
    places: int
    is_flat: bool

    def value(self, number: float) -> float:
        """Where a value lies."""
        share = (number - self.low) / (self.high - self.low)
        if self.is_flat:
            return self.left + share * (self.right - self.left)
        return self.bottom - share * (self.bottom - self.top)

    @property
    def room(self) -> float:
        """How much of the axis of labels each has."""
        return ((self.bottom - self.top) if self.is_flat else (self.right - self.left)) / self.places

    def label(self, place: float) -> float:
        """Where the middle of a label's room lies."""
        return (self.top if self.is_flat else self.left) + (place + 0.5) * self.room

    def at(self, place: float, number: float, away: float = 0.0) -> Point:
        """The point of a value over a label, `away` from it outwards."""
        outwards = away if number >= 0 else -away
        along, across = self.label(place), self.value(number)
        return (across + outwards, along) if self.is_flat else (along, across - outwards)

    def bar(self, place: float, width: float, ends: tuple[float, float], fill: str) -> Shape:
        """A bar of `width` labels' rooms between two values."""
        low, high = sorted(map(self.value, ends))
        begin, thick = self.label(place) - width * self.room / 2, width * self.room
        if self.is_flat:
            return rectangle(low, begin, high - low, thick, fill)
        return rectangle(begin, low, thick, high - low, fill)


def _frame(chart: Chart) -> _Frame:
    is_flat, legend = chart.kind == "hbar", _LEGEND_ROW_PT if len(chart.series) > 1 else 0.0
    low, high = _range(chart)
    ticks = _ticks(low, high, 8 if is_flat else 6)
    bars = (_HEAD_PT + _BAR_PT * len(chart.series)) * len(chart.labels)
    height = max(bars + legend + 3 * _LINE_PT, _LEAST_PT) if is_flat else _HEIGHT_PT
    below = 2 * _LINE_PT if is_flat or any("\n" in _fold(label) for label in chart.labels) else _LINE_PT
    names = [text_width(name, _LABEL_PT) for name in chart.labels] if is_flat else [
        text_width(_number(tick), _TICK_PT) for tick in ticks
    ]  # fmt: skip
    beside = max(names) + 2 * _EDGE_PT + (0 if is_flat else _LINE_PT)
    return _Frame(
        beside, legend + _EDGE_PT, WIDTH_PT - _EDGE_PT, height - below - _EDGE_PT, height, low, high,
        tuple(ticks), len(chart.labels), is_flat,
    )  # fmt: skip


def _range(chart: Chart) -> tuple[float, float]:
    """The least and the greatest value that has a place: nought is always among them."""
    heights = [_numbers(line_) for line_ in chart.values]
    if chart.kind == "stacked":
        columns = list(zip(*heights, strict=True))
        ends = [sum(n for n in column if n < 0) for column in columns]
        ends += [sum(n for n in column if n > 0) for column in columns]
    else:
        ends = [number for line_ in heights for number in line_]
    low, high = min(0.0, *ends), max(0.0, *ends)
    free = _FREE * ((high - low) or 1.0)
    return (low - free if low < 0 else 0.0), (high + free if high > 0 or low == 0 else 0.0)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round values within a range, at most so many steps."""
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = power * next(step for step in _STEPS if step * power >= rough * (1 - 1e-9))
    return [number * step for number in range(ceil(low / step), floor(high / step) + 1)]


def _number(tick: float) -> str:
    return f"{Decimal(repr(round(tick, 9))).normalize():f}"


def _numbers(values: tuple[Run, ...]) -> list[float]:
    """Heights to draw; a gap has none and is labelled instead."""
    return [float(run.number) if isinstance(run, FigureRun) else 0.0 for run in values]


def _colour(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


# ---- kinds


def _bars(chart: Chart, frame: _Frame) -> Iterator[Mark]:
    """Bars of the series beside each other, with their values where there is room for them."""
    width = _FILLED / len(chart.series)
    is_told = frame.is_flat or len(chart.labels) * len(chart.series) <= _MOST_VALUES
    for index, values in enumerate(chart.values):
        shift = (index - (len(chart.series) - 1) / 2) * width
        for place, (number, run) in enumerate(zip(_numbers(values), values, strict=True)):
            yield frame.bar(place + shift, width * 0.94, (0, number), _colour(index))
            if is_told:
                yield _told(run, frame.at(place + shift, number, 3), number, frame.is_flat)


def _told(run: Run, at: Point, number: float, is_flat: bool) -> Words:
    beyond = 0.0 if (number >= 0) == is_flat else 1.0
    return Words(at, run.text, _VALUE_PT, _INK, *((beyond, 0.5) if is_flat else (0.5, beyond)))


def _stacked(chart: Chart, frame: _Frame) -> Iterator[Mark]:
    """Parts on top of each other; negative parts hang below the axis."""
    heights = [_numbers(values) for values in chart.values]
    for place in range(len(chart.labels)):
        top = low = 0.0
        for index, numbers in enumerate(heights):
            number = numbers[place]
            base = top if number >= 0 else low
            yield frame.bar(place, 0.5, (base, base + number), _colour(index))
            if number:
                fill = "#FFFFFF" if index % len(PALETTE) in _DARK else "#000000"
                at = frame.at(place, base + number / 2)
                yield Words(at, chart.values[index][place].text, _TICK_PT, fill)
            top, low = top + max(number, 0), low + min(number, 0)
        yield from _lost(chart, place, frame.at(place, top, 4))


def _lost(chart: Chart, place: int, at: Point) -> Iterator[Words]:
    """Say above a bar which of its parts are missing."""
    named = zip(chart.series, chart.values, strict=True)
    lost = [name for name, values in named if isinstance(values[place], GapRun)]
    if lost:
        yield Words(at, f"缺{'、'.join(lost)}", _TICK_PT, _GAP, 0.5, 1.0)


def _lines(chart: Chart, frame: _Frame) -> Iterator[Mark]:
    """A line for each series, broken where a value is missing, its values above the marks."""
    for index, values in enumerate(chart.values):
        points = [
            frame.at(place, float(run.number)) if isinstance(run, FigureRun) else None
            for place, run in enumerate(values)
        ]
        for begin, end in pairwise(points):
            if begin and end:
                yield line((begin, end), _colour(index), 1.4)
        for point, run in zip(points, values, strict=True):
            if point:
                yield _mark(point, index)
                yield Words((point[0], point[1] - 5), run.text, _VALUE_PT, _INK, 0.5, 1.0)


def _mark(at: Point, index: int) -> Shape:
    corners, turn = _MARKS[index % len(_MARKS)]
    angles = [turn + 2 * pi * corner / corners for corner in range(corners)]
    return Shape(
        tuple((at[0] + _MARK_PT * cos(a), at[1] + _MARK_PT * sin(a)) for a in angles), _colour(index)
    )


_KINDS = {"bar": _bars, "stacked": _stacked, "line": _lines, "hbar": _bars}


# ---- what is the same for every kind


def _scale(chart: Chart, frame: _Frame) -> Iterator[Mark]:
    """The grid and its numbers, under what is drawn, and the unit."""
    for tick in frame.ticks:
        at = frame.value(tick)
        ends = (
            ((at, frame.top), (at, frame.bottom)) if frame.is_flat else ((frame.left, at), (frame.right, at))
        )
        yield line(ends, _RULE, 0.5)
        if frame.is_flat:
            yield Words((at, frame.bottom + _EDGE_PT), _number(tick), _TICK_PT, _INK, 0.5, 0.0)
        else:
            yield Words((frame.left - _EDGE_PT, at), _number(tick), _TICK_PT, _INK, 1.0)
    if frame.is_flat:
        middle = (frame.left + frame.right) / 2
        yield Words((middle, frame.height - _EDGE_PT), chart.unit, _LABEL_PT, _INK, 0.5, 1.0)
    else:
        middle = (frame.top + frame.bottom) / 2
        yield Words((_EDGE_PT, middle), chart.unit, _LABEL_PT, _INK, 0.0, is_upright=False)


def _dress(chart: Chart, frame: _Frame) -> Iterator[Mark]:
    """The line of nought, the labels, and whose colours are whose."""
    nought = frame.value(0)
    ends = ((nought, frame.top), (nought, frame.bottom)) if frame.is_flat else (
        (frame.left, nought), (frame.right, nought)
    )  # fmt: skip
    yield line(ends, _FRAME, 0.6)
    for place, label in enumerate(chart.labels):
        if frame.is_flat:
            yield Words((frame.left - _EDGE_PT, frame.label(place)), label, _LABEL_PT, _INK, 1.0)
        else:
            at = (frame.label(place), frame.bottom + _EDGE_PT)
            yield Words(at, _fold(label), _LABEL_PT, _INK, 0.5, 0.0)
    if len(chart.series) > 1:
        yield from _legend(chart)


def _legend(chart: Chart) -> Iterator[Mark]:
    patch, gap = 16.0, 6.0
    widths = [patch + gap + text_width(name, _LEGEND_PT) + 3 * gap for name in chart.series]
    left = (WIDTH_PT - sum(widths) + 3 * gap) / 2
    for index, (name, width) in enumerate(zip(chart.series, widths, strict=True)):
        yield rectangle(left, 5, patch, 6, _colour(index))
        yield Words((left + patch + gap, 8), name, _LEGEND_PT, _INK, 0.0)
        left += width


def _fold(label: str) -> str:
    """A long label on two lines."""
    half = (len(label) + 1) // 2
    return label if len(label) < _FOLDED_FROM else label[:half] + "\n" + label[half:]
