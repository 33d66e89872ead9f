"""Marks: how a template's figures and foreign words travel through plain text.

A template is rendered to text before it is parsed. What a figure call or a variable puts
into that text is a mark, two private characters around a number; what it stands for is
kept here. So a name with a `|`, `#` or `**` in it can never be read as markup, and the
parser meets each figure as a value and not as digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

from fisc.report.amounts import Style
from fisc.report.ports import FigureResult
from fisc.report.reasons import Reason

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")
_BREAK = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")


#: Text whose marks are ours: what figure calls and macros give. Any other text a template
#: prints is foreign. (Markup is the type that Jinja2 keeps through macros.)
Marked = Markup


@dataclass(frozen=True, slots=True)
class Reference:
    """A figure to print in a style; `why` says why it has no value, where its result does not tell all.

    `about` is what it is in a list of what was left out: its number there, what it is, who has to provide it.
    """

    result: FigureResult
    style: Style
    why: Reason | None = None
    about: tuple[str, str, str] | None = None


def letter_of(number: int) -> str:
    """A to Z, then AA, AB ..."""
    more, last = divmod(number, 26)
    return (letter_of(more - 1) if more else "") + chr(ord("A") + last)


class Marks:
    """What the marks of one rendering stand for."""

    def __init__(self) -> None:
        self._items: list[Reference | str] = []
        self._letters: dict[str, str] = {}

    def put(self, item: Reference | str) -> Marked:
        """A mark that stands for `item`; foreign text is cleared of private characters and breaks."""
        if isinstance(item, str):
            item = _BREAK.sub(" ", _PRIVATE.sub("\ufffd", item))
            if not item:
                return Marked("")  # a mark of nothing would make a paragraph of nothing
        self._items.append(item)
        return Marked(f"{_OPEN}{len(self._items) - 1}{_CLOSE}")

    def lettered(self, reason: str) -> str:
        """What stands for a number that is missing: a letter with its reason, after the first time alone."""
        if reason in self._letters:
            return f"〔缺{self._letters[reason]}〕"
        self._letters[reason] = letter_of(len(self._letters))
        return f"〔缺{self._letters[reason]}：{reason}〕"

    def split(self, text: str) -> list[Reference | str | Marked]:
        """`text` cut at its marks: template words as Marked, foreign words as str, references."""
        pieces: list[Reference | str | Marked] = []
        for index, piece in enumerate(_MARK.split(text)):
            if index % 2:
                pieces.append(self._items[int(piece)])
            elif piece:
                pieces.append(Marked(piece))
        return pieces

    def at(self, mark: str) -> Reference | str:
        """What one mark stands for."""
        return self._items[int(mark[1:-1])]

    def plain(self, text: str) -> str:
        """`text` with foreign words put back; raises ValueError if a figure stands in it."""
        pieces = self.split(text)
        if any(isinstance(piece, Reference) for piece in pieces):
            raise ValueError("这里只能写文字，不能放指标")
        return "".join(str(piece) for piece in pieces)
