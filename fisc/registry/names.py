"""Printed names made comparable: '  一、增值税 ' and '增值税' are the same name."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"^(?:[一二三四五六七八九十百]+、|\([一二三四五六七八九十]+\)|\d+[.、．])")
_INCLUDED = re.compile(r"^其中:?")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "〝": '"', "〞": '"'})


def normal_name(printed: str) -> str:
    """The name without spaces, numbering and 其中; full-width marks folded to plain ones."""
    folded = unicodedata.normalize("NFKC", printed).translate(_QUOTES)
    tight = "".join(folded.split())
    while (shorter := _INCLUDED.sub("", _NUMBER.sub("", tight))) != tight:
        tight = shorter
    return tight
