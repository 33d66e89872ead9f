"""A picture of rectangles, lines and words in points, set by typst: SVG with outlines, or PNG.

Words are drawn as outlines of our own font, so a picture looks the same on a machine without Chinese fonts.
The same picture gives the same bytes: no clock, no random ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import typst

from fisc.documents.properties import Properties
from fisc.report import fonts

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A polygon filled with `fill`, or a line along the points with a stroke of `width_pt`."""

    points: tuple[Point, ...]
    fill: str = ""
    stroke: str = ""
    width_pt: float = 0.0

    def typst(self) -> str:
        """The shape in typst's language, placed by the origin of the picture."""
        (x, y), *rest = self.points
        moves = [f"curve.move({_point(x, y)})", *(f"curve.line({_point(*point)})" for point in rest)]
        ends = ", curve.close()" if self.fill else ""
        look = f"fill: {_colour(self.fill)}" if self.fill else ""
        drawn = f"stroke: {self.width_pt}pt + {_colour(self.stroke)}" if self.stroke else "stroke: none"
        return f"#at(curve({', '.join(filter(None, (look, drawn)))}, {', '.join(moves)}{ends}))"


@dataclass(frozen=True, slots=True)
class Words:
    """Words at a place: `across` and `down` (0 to 1) say which of their own points lies there."""

    place: Point
    text: str
    size_pt: float
    fill: str
    across: float = 0.5
    down: float = 0.5
    is_upright: bool = True

    def typst(self) -> str:
        """The words in typst's language; those that are not upright run from below."""
        lines = " + linebreak() + ".join(quoted(line) for line in self.text.split("\n"))
        words = f"text(size: {self.size_pt}pt, fill: {_colour(self.fill)}, {lines})"
        turned = words if self.is_upright else f"rotate(-90deg, reflow: true, {words})"
        x, y = self.place
        return f"#words({x:.2f}pt, {y:.2f}pt, {self.across}, {self.down}, {turned})"


Mark = Shape | Words

_HEAD = """#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: white)
#set text(font: {font}, fallback: false, cjk-latin-spacing: none)
#set text(top-edge: "cap-height", bottom-edge: "baseline")
#set par(leading: 0.45em)
#let at(it) = place(top + left, it)
#let words(x, y, across, down, it) = context {{
  let size = measure(it)
  place(top + left, dx: x - size.width * across, dy: y - size.height * down, align(center, it))
}}
"""


def rectangle(left: float, top: float, width: float, height: float, fill: str) -> Shape:
    """A filled rectangle."""
    right, bottom = left + width, top + height
    return Shape(((left, top), (right, top), (right, bottom), (left, bottom)), fill)


def render(
    marks: Iterable[Mark], width_pt: float, height_pt: float, kind: Literal["svg", "png"], dpi: int = 300
) -> bytes:
    """The picture as the bytes of a file; later marks lie over earlier ones."""
    head = _HEAD.format(width=f"{width_pt:.2f}", height=f"{height_pt:.2f}", font=quoted(fonts.SANS))
    source = "\n".join([head, *(mark.typst() for mark in marks)])
    made = typst.Compiler(source.encode(), font_paths=own_fonts()).compile(format=kind, ppi=dpi)
    if not isinstance(made, bytes):
        raise TypeError("typst returned no picture")
    return made


def quoted(text: str) -> str:
    """`text` as a typst string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def document_words(said: Properties) -> str:
    """What a PDF's metadata says, as arguments of typst's `document`, but its title and author."""
    words = "".join(f"{quoted(word)}, " for word in said.keywords)
    return f"description: {quoted(said.description)}, keywords: ({words})"


@cache
def own_fonts() -> typst.Fonts:
    """The fonts that ship with fisc and no others, as typst takes them; read once."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts.FOLDER)]
    )


def _colour(code: str) -> str:
    return f'rgb("{code}")'


def _point(x: float, y: float) -> str:
    return f"({x:.2f}pt, {y:.2f}pt)"


def line(points: Sequence[Point], stroke: str, width_pt: float) -> Shape:
    """A line along the points."""
    return Shape(tuple(points), stroke=stroke, width_pt=width_pt)
