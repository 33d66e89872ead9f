"""Charts of figures, drawn with our own font: SVG for pages and PDF, PNG for Word.

Text is drawn as outlines, so a chart looks the same on a machine without Chinese fonts.
Colours are told apart by people who see colours differently, and by lightness in grey
print. The same chart gives the same bytes: no clock, no random ids.
"""

from __future__ import annotations

from io import BytesIO
from math import isnan
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from fisc.report.fonts import SANS_REGULAR
from fisc.report.model import Chart, FigureRun, GapRun, Run

#: Okabe and Ito's colours, ordered so that neighbours differ in lightness too.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7")
WIDTH_CM = 15.6
PNG_DPI = 300
_INK, _RULE, _GAP = "#333333", "#D9D9D9", "#B01E1E"
_RC: Any = {
    "svg.hashsalt": "fisc", "svg.fonttype": "path", "axes.unicode_minus": False,
    "axes.edgecolor": "#888888", "axes.linewidth": 0.6, "path.simplify": False,
}  # fmt: skip


def to_svg(chart: Chart) -> bytes:
    """The chart as a stand-alone SVG file."""
    return _save(chart, "svg", {"Date": None, "Creator": None, "Format": None, "Type": None})


def to_png(chart: Chart) -> bytes:
    """The chart as a PNG for print (300 dpi, 15.6 cm wide)."""
    return _save(chart, "png", {"Software": None})


def _save(chart: Chart, kind: str, metadata: dict[str, None]) -> bytes:
    out = BytesIO()
    with matplotlib.rc_context(_RC):
        _draw(chart).savefig(out, format=kind, dpi=PNG_DPI, metadata=metadata)
    return out.getvalue()


def _draw(chart: Chart) -> Figure:
    height = 1.2 + (0.2 + 0.27 * len(chart.series)) * len(chart.labels) if chart.kind == "hbar" else 5.6
    figure = Figure(figsize=(WIDTH_CM / 2.54, max(height, 4.4) / 2.54), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    {"bar": _bars, "stacked": _stacked, "line": _lines, "hbar": _hbars}[chart.kind](axes, chart)
    _dress(axes, chart)
    if len(chart.series) > 1:
        figure.legend(loc="outside upper center", ncols=len(chart.series), prop=_font(8.5), frameon=False)
    return figure


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(SANS_REGULAR), size=size)


def _numbers(line: tuple[Run, ...]) -> list[float]:
    """Heights to draw; a gap has none and is labelled instead."""
    return [float(run.number) if isinstance(run, FigureRun) else 0.0 for run in line]


def _colour(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def _bars(axes: Any, chart: Chart) -> None:
    width = 0.78 / len(chart.series)
    for index, line in enumerate(chart.values):
        shift = (index - (len(chart.series) - 1) / 2) * width
        places = [place + shift for place in range(len(chart.labels))]
        bars = axes.bar(places, _numbers(line), width * 0.94, color=_colour(index), label=chart.series[index])
        if len(chart.labels) * len(chart.series) <= 16:
            axes.bar_label(bars, [run.text for run in line], padding=2, fontproperties=_font(7), color=_INK)
    axes.margins(y=0.14)


def _hbars(axes: Any, chart: Chart) -> None:
    height = 0.8 / len(chart.series)
    for index, line in enumerate(chart.values):
        shift = (index - (len(chart.series) - 1) / 2) * height
        places = [place + shift for place in range(len(chart.labels))]
        bars = axes.barh(
            places, _numbers(line), height * 0.9, color=_colour(index), label=chart.series[index]
        )
        axes.bar_label(bars, [run.text for run in line], padding=3, fontproperties=_font(7), color=_INK)
    axes.margins(x=0.12)
    axes.invert_yaxis()


def _stacked(axes: Any, chart: Chart) -> None:
    """Parts on top of each other; negative parts hang below the axis."""
    tops = [0.0] * len(chart.labels)
    bottoms = [0.0] * len(chart.labels)
    for index, line in enumerate(chart.values):
        numbers = _numbers(line)
        base = [top if number >= 0 else low for top, low, number in zip(tops, bottoms, numbers, strict=True)]
        bars = axes.bar(
            range(len(numbers)), numbers, 0.5, bottom=base, color=_colour(index), label=chart.series[index]
        )
        labels = [run.text if number else "" for run, number in zip(line, numbers, strict=True)]
        axes.bar_label(
            bars,
            labels,
            label_type="center",
            fontproperties=_font(7.5),
            color="white" if index in (0, 2) else "black",
        )
        tops = [top + max(number, 0) for top, number in zip(tops, numbers, strict=True)]
        bottoms = [low + min(number, 0) for low, number in zip(bottoms, numbers, strict=True)]
    _stacked_gaps(axes, chart, tops)
    axes.margins(y=0.1)


def _stacked_gaps(axes: Any, chart: Chart, tops: list[float]) -> None:
    """Say above a bar which of its parts are missing."""
    for place, top in enumerate(tops):
        lost = [
            name
            for name, line in zip(chart.series, chart.values, strict=True)
            if isinstance(line[place], GapRun)
        ]
        if lost:
            axes.annotate(
                f"缺{'、'.join(lost)}",
                (place, top),
                (0, 4),
                textcoords="offset points",
                ha="center",
                color=_GAP,
                fontproperties=_font(7.5),
            )


def _lines(axes: Any, chart: Chart) -> None:
    markers = "os^Dv*"
    for index, line in enumerate(chart.values):
        points = [float(run.number) if isinstance(run, FigureRun) else float("nan") for run in line]
        axes.plot(
            range(len(points)),
            points,
            color=_colour(index),
            linewidth=1.6,
            markersize=4,
            marker=markers[index % len(markers)],
            label=chart.series[index],
        )
        for place, (point, run) in enumerate(zip(points, line, strict=True)):
            if not isnan(point):
                axes.annotate(
                    run.text,
                    (place, point),
                    (0, 5),
                    textcoords="offset points",
                    ha="center",
                    fontproperties=_font(7),
                    color=_INK,
                )
    axes.margins(x=0.08, y=0.18)


def _dress(axes: Any, chart: Chart) -> None:
    """Labels, grid and frame, the same for every kind of chart."""
    is_flat = chart.kind == "hbar"
    places = range(len(chart.labels))
    if is_flat:
        axes.set_yticks(places, chart.labels, fontproperties=_font(8))
        axes.set_xlabel(chart.unit, fontproperties=_font(8), color=_INK)
    else:
        axes.set_xticks(places, [_fold(label) for label in chart.labels], fontproperties=_font(8))
        axes.set_ylabel(chart.unit, fontproperties=_font(8), color=_INK)
    for label in axes.get_xticklabels() if is_flat else axes.get_yticklabels():
        label.set_fontproperties(_font(7.5))
    axes.grid(axis="x" if is_flat else "y", color=_RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "bottom" if is_flat else "left"):
        axes.spines[side].set_visible(False)
    (axes.axvline if is_flat else axes.axhline)(0, color="#888888", linewidth=0.6)


def _fold(label: str) -> str:
    """A long label on two lines."""
    if len(label) <= 7:
        return label
    half = (len(label) + 1) // 2
    return label[:half] + "\n" + label[half:]
