"""What rules noted of documents, told with the answer to whoever makes them or takes a step with them.

A rule that only notes (预警) lets a document pass and leaves a finding, open until somebody deals with it.
Who enters sees it at once, and so does who reviews.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from fisc.documents import findings
from fisc.documents.kind import Kind

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a document: `is_new` when this call did it; `notes` are its open findings, in words."""

    number: str
    is_new: bool
    notes: tuple[str, ...] = ()


def with_notes(
    conn: Conn, kind: Kind[Any] | None, given: Sequence[Any], numbers: Sequence[str], result: Any
) -> Any:
    """The answer of a service with what stands noted of its documents; as it is where nothing does.

    `given` are the items or numbers that were handed in, `numbers` those by which people know them.
    """
    if not isinstance(result, list) or len(result) != len(given) or not _are_done(result):
        return result
    keys = [str(getattr(one, "doc_key", number)) for one, number in zip(given, numbers, strict=True)]
    notes: dict[str, list[str]] = {}
    for one in findings.recorded(conn, documents=list(dict.fromkeys(keys))):
        notes.setdefault(one.finding.document, []).append(f"{one.finding.name}：{one.finding.what}")
    if not notes or kind is findings.FINDING:
        return result
    return [
        Noted(number, is_new, tuple(notes.get(key, ())))
        for number, key, is_new in zip(numbers, keys, result, strict=True)
    ]


def _are_done(result: Sequence[Any]) -> bool:
    return bool(result) and all(isinstance(one, bool) for one in result)


def told_of(conn: Conn, doc_key: str) -> list[dict[str, Any]]:
    """What was noted of a document, with what became of it: state, rule, what, by what, what to do."""
    return [
        {"state": findings.FINDING.states[one.state], "name": one.finding.name, "what": one.finding.what,
         "source": one.finding.source, "hint": one.finding.hint}
        for one in findings.recorded(conn, documents=[doc_key], states=())
    ]  # fmt: skip
