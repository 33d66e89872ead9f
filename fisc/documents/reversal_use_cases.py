"""The use cases of a domain's reversals, as its kind of reversals is declared:

    *reversal_of(REVERSAL, REVERSIBLE, group="capital")

declares `capital.make-reversals`, `confirm-reversals`, `discard-reversals`, their list and one of them whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import make_dataclass
from datetime import date
from typing import Annotated, Any

import psycopg

from fisc.documents.flow import MAKE
from fisc.documents.inputs import OneOf
from fisc.documents.kind import Kind
from fisc.documents.looking import looks
from fisc.documents.reversing import Guard, confirm_reversals, draft_reversals
from fisc.documents.store import By, move
from fisc.documents.use_case import UseCase

Conn = psycopg.Connection[Any]
Kinds = Mapping[str, Kind[Any]]


def reversal_of(
    reversal: Kind[Any], kinds: Kinds, *, group: str, noun: str = "reversals", guard: Guard | None = None
) -> tuple[UseCase, ...]:
    """Every use case of the reversals that may name documents of `kinds` (by prefix).

    Where that is one kind, nobody says which. `guard` raises what a domain knows against confirming
    besides (`confirm_reversals`).
    """

    def confirm(conn: Conn, reversal_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
        return confirm_reversals(conn, reversal, kinds, reversal_nos, by=by, on=on, guard=guard)

    def discard(conn: Conn, reversal_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
        return move(conn, reversal, reversal_nos, "discard", by=by, on=on)

    return (
        UseCase(f"{group}.make-{noun}", _making(reversal, kinds), reversal, MAKE),
        UseCase(f"{group}.confirm-{noun}", confirm, reversal, "confirm"),
        UseCase(f"{group}.discard-{noun}", discard, reversal, "discard"),
        *looks(reversal, group, noun),
    )


def _making(reversal: Kind[Any], kinds: Kinds) -> Callable[..., list[bool]]:
    """The service that drafts reversals of what people say: True for each that is new."""
    only = next(iter(kinds)) if len(kinds) == 1 else ""

    def work(conn: Conn, items: Sequence[Any], *, by: By, on: date) -> list[bool]:
        given = [(one.reversal_no, only or one.of_kind, one.of_no, one.reason) for one in items]
        return draft_reversals(conn, reversal, kinds, given, by=by, on=on)

    work.__annotations__ |= {"items": Sequence[_item(kinds)]}  # type: ignore[misc]
    return work


def _item(kinds: Kinds) -> type:
    """Which document that was posted should not stand, and why."""
    which: Any = Annotated[str, OneOf(lambda: {prefix: kind.name for prefix, kind in kinds.items()})]
    of_kind = [("of_kind", which)] if len(kinds) > 1 else []
    names = [("reversal_no", str), *of_kind, ("of_no", str), ("reason", str)]
    made = make_dataclass("ReversalGiven", names, frozen=True, slots=True)
    made.__module__ = __name__  # where its types are known
    return made
