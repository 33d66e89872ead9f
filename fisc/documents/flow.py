"""Flows: the states of a kind of document and the steps between them, as a table.

The same table stands in the database (`documents_transition`), where a guard holds it.
What document it is says the kind (`fisc.documents.kind`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAKE = "make"


@dataclass(frozen=True, slots=True)
class Move:
    """A step: from one of `sources` to `target`, by an officer who holds `duty`.

    Who made one of the moves `not_by` on the same document may not make this one. A move that
    `is_back` sends the document back: a new round of moves begins.
    """

    code: str
    name: str
    sources: tuple[str, ...]
    target: str
    duty: str
    not_by: tuple[str, ...] = ()
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """The states (code -> Chinese name) and moves of a kind of document."""

    states: Mapping[str, str]
    initial: str
    make_duty: str
    moves: tuple[Move, ...] = field(default=())

    def __post_init__(self) -> None:
        """A flow names only its own states and moves."""
        codes = {MAKE, *(m.code for m in self.moves)}
        for m in self.moves:
            strange = {*m.sources, m.target} - self.states.keys() | set(m.not_by) - codes
            if strange:
                raise ValueError(f"{m.code}: {sorted(strange)} 不在流程表中")
        if self.initial not in self.states:
            raise ValueError(f"没有起始状态 {self.initial}")

    def of(self, code: str) -> Move:
        """The move of a code."""
        return next(m for m in self.moves if m.code == code)

    @property
    def back_moves(self) -> list[str]:
        """Codes of the moves that send a document back."""
        return [m.code for m in self.moves if m.is_back]
