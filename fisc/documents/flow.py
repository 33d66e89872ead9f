"""Flows: the states of a kind of document and the steps between them, as a table.

The same table stands in the database (`documents_transition`), where a guard holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fisc.documents.officers import duty_names

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
    """The states (code -> Chinese name) and moves of the documents in `table`."""

    kind: str
    name: str
    table: str
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
                raise ValueError(f"{self.kind}.{m.code}: {sorted(strange)} 不在流程表中")
        if self.initial not in self.states:
            raise ValueError(f"{self.kind}: 没有起始状态 {self.initial}")

    def of(self, code: str) -> Move:
        """The move of a code."""
        return next(m for m in self.moves if m.code == code)

    @property
    def back_moves(self) -> list[str]:
        """Codes of the moves that send a document back."""
        return [m.code for m in self.moves if m.is_back]


class Transition(NamedTuple):
    """One row of the database's table of steps."""

    table_name: str
    kind: str
    move: str
    move_name: str
    source: str
    target: str
    duty: str
    duty_name: str
    not_by: list[str]
    is_back: bool


def transitions(flow: Flow) -> Iterator[Transition]:
    """The flow as rows: one per move and source state, and one for making."""
    names = duty_names()
    making = Move(MAKE, "编制", ("",), flow.initial, flow.make_duty)
    for m in (making, *flow.moves):
        for source in m.sources:
            yield Transition(
                flow.table, flow.kind, m.code, m.name, source, m.target, m.duty, names.get(m.duty, m.duty),
                list(m.not_by), m.is_back,
            )  # fmt: skip
