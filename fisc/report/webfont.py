"""A font inside the page, for readers whose machine has no Chinese font.

It holds only the characters that the page uses and stands last in the page's list of
fonts, so that a machine with fonts of its own never looks at it.
"""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

from fontTools import subset
from fontTools.ttLib import TTFont

from fisc.report.fonts import SANS, SANS_REGULAR, coverage


def font_face(text: str) -> str:
    """A CSS rule that defines the family named in the page's styles with the characters of `text`.

    The same characters give the same bytes.
    """
    data = b64encode(_subset(frozenset(text) & coverage())).decode("ascii")
    return (
        f'@font-face {{ font-family: "{SANS}"; font-display: swap; '
        f'src: url("data:font/woff;base64,{data}") format("woff"); }}'
    )


def _subset(characters: frozenset[str]) -> bytes:
    options = subset.Options(hinting=False, layout_features=[], recalc_timestamp=False, flavor="woff")
    # the characters' outlines stay as they are, and so do their bounds: half the time went into them
    font = TTFont(SANS_REGULAR, recalcTimestamp=False, recalcBBoxes=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(character) for character in sorted(characters)])
    cutter.subset(font)
    font.flavor = "woff"
    out = BytesIO()
    font.save(out)
    return out.getvalue()
