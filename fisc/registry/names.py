"""Printed names made comparable: '  一、增值税 ' and '增值税' are the same name."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"^(?:[一二三四五六七八九十百]+、|\([一二三四五六七八九十]+\)|\d+[.、．])")
_INCLUDED = re.compile(r"^其中:?")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "〝": '"', "〞": '"'})


def normal_name(printed: str) -> str:
    """The name without spaces, numbering and 其中; full-width marks folded to plain ones.

    A normal name is its own normal name, whatever the text.
    """
    while (shorter := _stripped(printed)) != printed:
        printed = shorter
    return printed


def _stripped(text: str) -> str:
    tight = "".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).split())
    return _INCLUDED.sub("", _NUMBER.sub("", tight))
