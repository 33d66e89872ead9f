"""Clauses: parts of a sentence that are left out together where a number in them is missing.

A template puts them in ⟦ ⟧, one in another where the inner one needs the outer:

    截至{{ month }}月底，⟦收入{{ a }}⟦，同比{{ b }}⟧⟧；⟦支出{{ c }}⟧。

The working edition prints all of it. For the clean one a clause with a missing number goes with all in it,
one whose inner clauses all go and that has no number of its own goes too, and so does a sentence. What joins
the rest (，；、) is put right, so that any part may be missing and the sentence still reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

OPEN, CLOSE = "⟦", "⟧"
_TOKENS = re.compile(f"({OPEN}|{CLOSE}|\ue000\\d+\ue001)")
_SENTENCES = re.compile(r"(?<=。)")
#: What a paragraph speaks of, before its first sentence: **产业发展**方面，
_LEAD = re.compile(r"\*\*[^*]+\*\*[^，。；：]*，")
#: What joins clauses, the weakest first.
_JOINTS = "、，；"


class Mark(IntEnum):
    """What stands at a mark: words, a number that is there, one that is missing."""

    WORDS = 0
    THERE = 1
    MISSING = 2


#: What a mark of a text (its private characters and number) stands for.
Ask = Callable[[str], Mark]


@dataclass(slots=True)
class _Clause:
    """Text, marks and clauses in their order."""

    items: list[str | _Clause] = field(default_factory=list)

    def marks(self) -> Iterator[str]:
        """The marks that are its own."""
        return (item for item in self.items if isinstance(item, str) and item.startswith("\ue000"))

    def all_marks(self) -> Iterator[str]:
        """Its marks and those of the clauses in it, in reading order."""
        for item in self.items:
            if isinstance(item, _Clause):
                yield from item.all_marks()
            elif item.startswith("\ue000"):
                yield item

    def inner(self) -> list[_Clause]:
        """The clauses in it."""
        return [item for item in self.items if isinstance(item, _Clause)]

    def stands(self, ask: Ask) -> bool:
        """Whether nothing that it needs is missing."""
        own = [ask(mark) for mark in self.marks()]
        if Mark.MISSING in own:
            return False
        inner = self.inner()
        return not inner or Mark.THERE in own or any(clause.stands(ask) for clause in inner)


def whole(text: str) -> str:
    """The text with all its clauses."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def pruned(text: str, ask: Ask, on_left_out: Callable[[str], None] = lambda _: None) -> str:
    """A paragraph without the clauses and sentences that something is missing for; '' where none is left.

    `on_left_out` is told the mark of each number that went, missing or not, in reading order. Raises
    ValueError for brackets that do not fit.
    """
    lead = _LEAD.match(text)
    head = lead[0] if lead else ""
    kept = [_sentence(part, ask, on_left_out) for part in _SENTENCES.split(text[len(head) :]) if part]
    said = "".join(kept)
    return head + said if said else ""


def _sentence(text: str, ask: Ask, on_left_out: Callable[[str], None]) -> str:
    clause = _read(text)
    if clause.stands(ask):
        return _Joined(ask, on_left_out).of(clause)
    _tell(clause, ask, on_left_out)
    return ""


def _tell(clause: _Clause, ask: Ask, on_left_out: Callable[[str], None]) -> None:
    for mark in clause.all_marks():
        if ask(mark) is not Mark.WORDS:
            on_left_out(mark)


def _read(text: str) -> _Clause:
    stack = [_Clause()]
    for token in filter(None, _TOKENS.split(text)):
        if token == OPEN:
            stack.append(_Clause())
        elif token == CLOSE:
            if len(stack) == 1:
                raise ValueError(f"这一句的 {CLOSE} 没有对应的 {OPEN}")
            done = stack.pop()
            stack[-1].items.append(done)
        else:
            stack[-1].items.append(token)
    if len(stack) > 1:
        raise ValueError(f"一个分句不能跨句：{OPEN} 与 {CLOSE} 须在同一句里")
    return stack[0]


@dataclass(slots=True)
class _Joined:
    """The text of a clause that stands, put together from what stands in it."""

    ask: Ask
    on_left_out: Callable[[str], None]
    said: str = ""
    #: Where the last inner clause ended: a joint right after it joins clauses, any other belongs to words.
    clause_end: int = -1
    has_hole: bool = False

    def of(self, clause: _Clause) -> str:
        """The words of a clause."""
        for item in clause.items:
            if isinstance(item, _Clause):
                self._clause(item)
            else:
                self._words(item)
        return self.said.rstrip(_JOINTS) if self.has_hole else self.said

    def _clause(self, item: _Clause) -> None:
        words = _Joined(self.ask, self.on_left_out).of(item) if item.stands(self.ask) else ""
        if words:
            if self.has_hole and not self.said:
                words = words.lstrip(_JOINTS)
            self.said += words
            self.clause_end, self.has_hole = len(self.said), False
            return
        _tell(item, self.ask, self.on_left_out)
        first = item.items[0] if item.items else ""
        is_joined = isinstance(first, str) and first[:1] in _JOINTS  # it takes its own joint with it
        self.has_hole = self.has_hole or not is_joined

    def _words(self, text: str) -> None:
        if self.has_hole:
            text = self._mended(text)
            self.has_hole = not text
        self.said += text

    def _mended(self, text: str) -> str:
        """Words after a clause that went: of the joints on both sides one stays, or none."""
        before, after = self.said[-1:], text[:1]
        if before and before in _JOINTS and after in _JOINTS:
            is_between = self.clause_end == len(self.said) - 1
            if is_between and _JOINTS.index(after) > _JOINTS.index(before):
                self.said = self.said[:-1] + after
            return text[1:]
        if before and before in _JOINTS and after == "。":
            self.said = self.said[:-1]
        elif after in _JOINTS and not self._ends_in_clause():
            return text[1:]
        return text

    def _ends_in_clause(self) -> bool:
        return bool(self.said) and self.clause_end == len(self.said)
