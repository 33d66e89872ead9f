"""Styles of a workbook whose numbers nobody sees: the colour of the font is that of the ground."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
#: The first colours of the palette that workbooks count by index, twice over; 64 and 65 are the window's.
_PALETTE: Final = (
    _BLACK, _WHITE, (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255), (0, 255, 255),
)  # fmt: skip
_INDEXED: Final = dict(enumerate(_PALETTE * 2)) | {64: _BLACK, 65: _WHITE}
#: What a theme calls its first colours: the window's ground and its text, of nearly every theme.
_THEME: Final = {"0": _WHITE, "1": _BLACK}
_RGB: Final = re.compile(r"(?:[0-9A-Fa-f]{2})?[0-9A-Fa-f]{6}")
#: By how much two colours may differ and still look the same, of 255.
_ALIKE: Final = 8

Colour = tuple[int, ...] | str


def unseen_styles(root: etree._Element, main: str) -> list[bool]:
    """Of every cell style, whether its font has the colour of its fill; `main` is the namespace of `root`."""
    fonts = [_colour(font.find(f"{main}color"), _BLACK) for font in root.iterfind(f"{main}fonts/{main}font")]
    fills = [_ground(fill, main) for fill in root.iterfind(f"{main}fills/{main}fill")]
    return [
        _are_alike(_at(fonts, style.get("fontId"), _BLACK), _at(fills, style.get("fillId"), _WHITE))
        for style in root.iterfind(f"{main}cellXfs/{main}xf")
    ]


def _at(colours: list[Colour], number: str | None, otherwise: Colour) -> Colour:
    place = int(number or 0)
    return colours[place] if place < len(colours) else otherwise


def _ground(fill: etree._Element, main: str) -> Colour:
    """The colour of a fill: white where there is none; one of its own for patterns of two colours."""
    pattern = fill.find(f"{main}patternFill")
    if pattern is None:
        return "gradient"
    kind = pattern.get("patternType", "none")
    if kind == "none":
        return _WHITE
    return _colour(pattern.find(f"{main}fgColor"), _BLACK) if kind == "solid" else kind


def _colour(said: etree._Element | None, otherwise: Colour) -> Colour:
    if said is None:
        return otherwise
    if rgb := said.get("rgb"):
        return tuple(bytes.fromhex(rgb[-6:])) if _RGB.fullmatch(rgb) else rgb
    theme, tint = said.get("theme"), float(said.get("tint") or 0)
    if theme is not None:
        return _THEME.get(theme, f"theme {theme}") if not tint else f"theme {theme} {tint:.4f}"
    index = int(said.get("indexed") or 64)
    return otherwise if said.get("auto") else _INDEXED.get(index, f"indexed {index}")


def _are_alike(one: Colour, other: Colour) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return all(abs(a - b) <= _ALIKE for a, b in zip(one, other, strict=True))
