"""What has to be posted so that the ledger says what the book says: red for what no longer
holds, blue for what is new, nothing for what stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from fisc.disclosure.documents import KIND, document_prefix, entry_prefix
from fisc.disclosure.errors import noted
from fisc.disclosure.facts import Fact
from fisc.disclosure.model import Book
from fisc.disclosure.rules import entry_of, signature
from fisc.documents.findings import Finding
from fisc.kernel import Entry, Line, read_entries
from fisc.reading.entries import entries_of_papers

RED_SUFFIX = "/红"


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry of a fact that stands: its id, revision, rank of its stage, signature."""

    entry_id: int
    revision: int
    rank: int
    signature: str


@dataclass(slots=True)
class Plan:
    """Red and blue entries to post, and what was left alone."""

    red: list[Entry] = field(default_factory=list)
    blue: list[Entry] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Known:
    """What earlier imports of this city posted: standing entries by fact key, last revisions."""

    standing: dict[str, Standing] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)


def known_entries(conn: psycopg.Connection[Any], book: Book) -> Known:
    """The entries of this city's books, standing and reversed."""
    rows = entries_of_papers(conn, KIND, document_prefix(book))
    reversed_ids = {row[2] for row in rows if row[2] is not None}
    known = Known()
    for entry_id, natural_key, reverses_id in rows:
        if reverses_id is not None:
            continue
        key, _, tail = natural_key.partition("#")
        revision, rank, sign = tail.split(".")
        known.revisions[key] = max(known.revisions.get(key, 0), int(revision))
        if entry_id not in reversed_ids:
            known.standing[key] = Standing(entry_id, int(revision), int(rank), sign)
    return known


def plan_postings(
    book: Book, facts: list[Fact], known: Known, document_of: Callable[[Fact], int]
) -> tuple[Plan, list[int]]:
    """The blue entries to post and the ids of the entries to reverse."""
    plan, reds = Plan(), []
    ranks = _standing_ranks(known)
    current: set[str] = set()
    groups = {f"book:{book.region}:{fact.group}" for fact in facts}
    for fact in facts:
        key = entry_prefix(book, fact)
        current.add(key)
        if fact.rank < ranks.get(f"book:{book.region}:{fact.group}", 0):
            continue
        entry = entry_of(fact, "", document_of(fact))
        tail = f"{fact.rank}.{signature(entry)}"
        before = known.standing.get(key)
        if before and f"{before.rank}.{before.signature}" == tail:
            plan.unchanged += 1
            continue
        if before:
            reds.append(before.entry_id)
        revision = known.revisions.get(key, 0) + 1
        plan.blue.append(replace(entry, natural_key=f"{key}#{revision}.{tail}"))
    new_ranks = {f"book:{book.region}:{fact.group}": fact.rank for fact in facts}
    reds += _vanished(known, current, groups, new_ranks, ranks)
    _note_superseded(plan, facts, ranks, book)
    return plan, reds


def _group_of(key: str) -> str:
    """The group part of a fact key: everything but code and item."""
    return ":".join(key.split(":")[:7])


def _standing_ranks(known: Known) -> dict[str, int]:
    ranks: dict[str, int] = defaultdict(int)
    for key, standing in known.standing.items():
        group = _group_of(key)
        ranks[group] = max(ranks[group], standing.rank)
    return dict(ranks)


def _vanished(
    known: Known, current: set[str], groups: set[str], new_ranks: dict[str, int], ranks: dict[str, int]
) -> list[int]:
    """Entries of groups that the book states anew and no longer mentions."""
    return [
        standing.entry_id
        for key, standing in known.standing.items()
        if key not in current and (group := _group_of(key)) in groups
        and new_ranks.get(group, 0) >= ranks.get(group, 0)
    ]  # fmt: skip


def _note_superseded(plan: Plan, facts: list[Fact], ranks: dict[str, int], book: Book) -> None:
    groups = {f.group: f for f in facts if f.rank < ranks.get(f"book:{book.region}:{f.group}", 0)}
    for fact in groups.values():
        plan.findings.append(
            noted("superseded", fact.source_ref, f"{fact.fiscal_year}年已有决算数入账，执行数只核对不入账")
        )


def red_entries(conn: psycopg.Connection[Any], entry_ids: list[int]) -> list[Entry]:
    """The exact opposite, in red, of entries that no longer hold."""
    old = read_entries(conn, entry_ids) if entry_ids else {}
    return [
        replace(
            entry, natural_key=entry.natural_key + RED_SUFFIX, reverses_id=entry_id,
            summary=f"更正（红字）{entry.summary}",
            lines=tuple(Line(ln.account, ln.coding, ln.side, -ln.amount_fen) for ln in entry.lines),
        )
        for entry_id, entry in old.items()
    ]  # fmt: skip
