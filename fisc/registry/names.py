"""Printed names made comparable: '  一、增值税 ' and '增值税' are the same name."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"^(?:[一二三四五六七八九十百]+、|\([一二三四五六七八九十]+\)|\d+[.、．])")
_INCLUDED = re.compile(r"^其中:?")
_BRACKETS = str.maketrans("()", "（）")
_PART = re.compile("（([^（）]*)）")
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


def as_printed(normal: str) -> str:
    """A normal name as people print it: full-width brackets, quotation marks in pairs."""
    pieces = normal.translate(_BRACKETS).split('"')
    marks = ("“", "”") * len(pieces) if len(pieces) % 2 else ('"',) * len(pieces)
    return pieces[0] + "".join(mark + piece for mark, piece in zip(marks, pieces[1:], strict=False))


def as_part(normal: str) -> str:
    """The code of what a table lists by its name alone: the name in signs that no normal name has.

    So no code is the beginning of another one, as a name may be of a longer name.
    """
    return f"（{normal}）"


def of_part(code: str) -> str:
    """The name in a code of `as_part`, as people print it; '' for another code."""
    found = _PART.fullmatch(code)
    return as_printed(found[1]) if found else ""
