"""Slips as one HTML page that prints as forms, one to a sheet; it asks for nothing from any network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fisc.report.metadata import metadata
from fisc.report.slips.model import Slip, is_red
from fisc.report.webfont import font_face

_TEMPLATES = Path(__file__).parents[1] / "templates"
#: Where the styles take in the font that holds the page's own characters.
_FONTS = "/* fonts */"


def render(slips: Sequence[Slip]) -> bytes:
    """The bytes of the file; the same slips give the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template("slip.html.j2").render(slips=slips, is_red=is_red, metadata=metadata)
    return page.replace(_FONTS, font_face(page), 1).encode()
