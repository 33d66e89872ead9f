"""What a style writes with, and on what: in the colour of the ground, or next to no size, it is unseen."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from lxml import etree

from fisc.sheets.sizes import may_hide, unusual

Colour = tuple[int, ...] | str

_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
#: The palette that workbooks count by index from 8 on; its first eight stand before it once more.
_HEX: Final = (
    "000000FFFFFFFF000000FF000000FFFFFF00FF00FF00FFFF800000008000000080808000800080008080C0C0C0808080"
    "9999FF993366FFFFCCCCFFFF660066FF80800066CCCCCCFF000080FF00FFFFFF0000FFFF8000808000000080800000FF"
    "00CCFFCCFFFFCCFFCCFFFF9999CCFFFF99CCCC99FFFFCC993366FF33CCCC99CC00FFCC00FF9900FF6600666699969696"
    "003366339966003300333300993300993366333399333333"
)
_PALETTE: Final = tuple(_HEX[at : at + 6] for at in range(0, len(_HEX), 6))
_RGB: Final = re.compile(r"(?:[0-9A-Fa-f]{2})?[0-9A-Fa-f]{6}")
#: By how much two colours may differ and still look the same, of 255.
_ALIKE: Final = 32
#: Below so many points nothing can be read.
_LEAST_POINTS: Final = 3
#: The colours of a theme by the numbers that styles give them, as the theme names them.
_THEME: Final = (
    "lt1",
    "dk1",
    "lt2",
    "dk2",
    *(f"accent{number}" for number in range(1, 7)),
    "hlink",
    "folHlink",
)
_OFFICE: Final = (_WHITE, _BLACK)


class Ink(NamedTuple):
    """The colours of a style's font and ground; None where a conditional format leaves them as they are."""

    font: Colour | None = _BLACK
    ground: Colour | None = _WHITE
    is_unreadable: bool = False
    """Whether it shows nothing of a number for another reason: its size, its number format."""
    is_altered: bool = False
    """Whether it strikes out what is written, or a condition shows it as another number."""

    def over(self, below: Ink) -> Ink:
        """This one where it says anything, else `below`."""
        return Ink(
            below.font if self.font is None else self.font,
            below.ground if self.ground is None else self.ground,
            self.is_unreadable or below.is_unreadable,
            self.is_altered or below.is_altered,
        )

    @property
    def is_unseen(self) -> bool:
        """Whether nobody sees what is written with it."""
        return self.is_unreadable or _are_alike(self.font, self.ground)


class Palette:
    """The colours that a workbook's theme has."""

    def __init__(self, theme: etree._Element | None = None) -> None:
        said = {} if theme is None else {
            etree.QName(one).localname: next(iter(one), None)
            for scheme in theme.iter("{*}clrScheme") for one in scheme
        }  # fmt: skip
        found = [_themed(said.get(name)) for name in _THEME] if said else []
        self.theme: Sequence[Colour | None] = found or _OFFICE

    def colour(self, said: etree._Element | None, otherwise: Colour | None) -> Colour | None:
        """The colour that an element says, by value, theme or index."""
        if said is None:
            return otherwise
        if rgb := said.get("rgb"):
            return _tinted(_of_hex(rgb), said)
        if (theme := said.get("theme")) is not None:
            known = self.theme[int(theme)] if int(theme) < len(self.theme) else None
            return _tinted(known or f"theme {theme}", said)
        if said.get("auto") or (index := int(said.get("indexed") or 64)) >= 64:
            return _WHITE if said.get("indexed") == "65" else otherwise if otherwise else _BLACK
        return _tinted(_of_hex(_PALETTE[index % 8 if index < 8 else index - 8]), said)


def inks(root: etree._Element, palette: Palette) -> list[Ink]:
    """What every cell style of a part of styles writes with."""
    fonts = [_font(font, palette, _BLACK) for font in root.iterfind("{*}fonts/{*}font")]
    fills = [_ground(fill, palette) for fill in root.iterfind("{*}fills/{*}fill")]
    made = []
    for style in root.iterfind("{*}cellXfs/{*}xf"):
        font, fill = int(style.get("fontId") or 0), int(style.get("fillId") or 0)
        colour, is_tiny, is_struck = fonts[font] if font < len(fonts) else (_BLACK, False, False)
        made.append(Ink(colour, fills[fill] if fill < len(fills) else _WHITE, is_tiny, is_struck))
    return made


def changes(root: etree._Element, palette: Palette) -> list[Ink]:
    """What the conditional formats of a part of styles change."""
    return [change_of(one, palette) for one in root.iterfind("{*}dxfs/{*}dxf")]


def change_of(said: etree._Element, palette: Palette) -> Ink:
    """What one conditional format changes of the styles below it."""
    font, fill = said.find("{*}font"), said.find("{*}fill/{*}patternFill")
    colour, is_tiny, is_struck = (None, False, False) if font is None else _font(font, palette, None)
    ground = None if fill is None else fill.find("{*}bgColor")
    if ground is None and fill is not None:
        ground = fill.find("{*}fgColor")
    number = said.find("{*}numFmt")
    code = "General" if number is None else number.get("formatCode") or "General"
    hides = may_hide(code)
    is_other = not hides and bool(unusual(code))
    return Ink(colour, palette.colour(ground, None), is_tiny or hides, is_struck or is_other)


def _font(
    font: etree._Element, palette: Palette, otherwise: Colour | None
) -> tuple[Colour | None, bool, bool]:
    """The colour of a font, whether it is next to no size, whether it strikes out."""
    size = font.find("{*}sz")
    points = float(size.get("val") or 11) if size is not None else 11
    strike = font.find("{*}strike")
    is_struck = strike is not None and strike.get("val", "1") not in ("0", "false")
    return palette.colour(font.find("{*}color"), otherwise), points < _LEAST_POINTS, is_struck


def _ground(fill: etree._Element, palette: Palette) -> Colour | None:
    """The colour of a fill: white where there is none; one of its own for patterns of two colours."""
    pattern = fill.find("{*}patternFill")
    if pattern is None:
        return "gradient"
    kind = pattern.get("patternType", "none")
    if kind == "none":
        return _WHITE
    return palette.colour(pattern.find("{*}fgColor"), _BLACK) if kind == "solid" else kind


def _themed(said: etree._Element | None) -> Colour | None:
    if said is None:
        return None
    value = said.get("lastClr") or said.get("val") or ""
    return _of_hex(value) if _RGB.fullmatch(value) else None


def _of_hex(rgb: str) -> Colour:
    return tuple(bytes.fromhex(rgb[-6:])) if _RGB.fullmatch(rgb) else rgb


def _tinted(colour: Colour, said: etree._Element) -> Colour:
    """A colour made lighter or darker as its tint says, from -1 (black) to 1 (white)."""
    tint = float(said.get("tint") or 0)
    if not tint or isinstance(colour, str):
        return colour if not tint else f"{colour} {tint:.4f}"
    hue, light, full = colorsys.rgb_to_hls(*(part / 255 for part in colour))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return tuple(round(part * 255) for part in colorsys.hls_to_rgb(hue, min(max(light, 0), 1), full))


def _are_alike(one: Colour | None, other: Colour | None) -> bool:
    if one is None or other is None or isinstance(one, str) or isinstance(other, str):
        return one == other
    return all(abs(a - b) <= _ALIKE for a, b in zip(one, other, strict=True))
