"""What has to be posted so that the ledger says what the book says: red for what no longer
holds, blue for what is new, nothing for what stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.disclosure.documents import entry_prefix
from fisc.disclosure.errors import noted
from fisc.disclosure.facts import CHANGE_OF_PLAN, PLAN, REGISTER_PLAN, Fact, stated_groups
from fisc.disclosure.kinds import FACT
from fisc.disclosure.model import Book
from fisc.disclosure.rules import entry_of, signature
from fisc.documents import write_lines
from fisc.documents.store import rows_of
from fisc.kernel import Entry, reverse
from fisc.kernel.findings import Finding
from fisc.reading.entries import behind

if TYPE_CHECKING:
    from fisc.disclosure.models import PostedFact

Conn = psycopg.Connection[Any]
RED_SUFFIX: Final = "/红"


@dataclass(frozen=True, slots=True)
class Blue:
    """An entry to post, and what the register of facts says of it."""

    entry: Entry
    row: dict[str, object]


@dataclass(slots=True)
class Plan:
    """Entries to take back in red and to post in blue, and what was left alone."""

    red_ids: list[int] = field(default_factory=list)
    vanished: list[int] = field(default_factory=list)
    """Those of the red ones that the book no longer mentions, in groups that it states."""
    blue: list[Blue] = field(default_factory=list)
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)
    superseded: set[str] = field(default_factory=set)
    """Groups of which a better known stage stands: the book's figures of them are not what is posted."""


@dataclass(slots=True)
class Known:
    """What earlier imports of this city posted: what stands by fact key, last revisions.

    `retired` are the (fact key, signature) of what was taken back.
    """

    standing: dict[str, PostedFact] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    retired: set[tuple[str, str]] = field(default_factory=set)


def known_facts(conn: Conn, book: Book) -> Known:
    """What the register says of this city's books."""
    known = Known()
    for fact in rows_of(conn, FACT, "where t.city = %s order by t.revision", [book.region]):
        known.revisions[fact.fact_key] = fact.revision
        if fact.is_standing:
            known.standing[fact.fact_key] = fact
        else:
            known.retired.add((fact.fact_key, fact.signature))
    return known


def left_out(conn: Conn, book: Book, facts: list[Fact], known: Known) -> dict[str, list[PostedFact]]:
    """Groups that stand by an earlier import of the edition and are not in this one, with what stands."""
    stated = stated_groups(book, facts)
    maybe = [fact for fact in known.standing.values() if fact.fact_group not in stated]
    sources = behind(conn, [fact.entry_id for fact in maybe])
    found: dict[str, list[PostedFact]] = defaultdict(list)
    for fact in maybe:
        if _is_of(book, fact, *sources[fact.entry_id]):
            found[fact.fact_group].append(fact)
    return dict(found)


def _is_of(book: Book, fact: PostedFact, dated_on: date, payload: Mapping[str, Any]) -> bool:
    """Whether a fact was posted by the same edition as the book: the same plan beside the same accounts.

    Imports of earlier versions kept no edition: of those what the book reaches in time is taken for the same.
    """
    if "edition" in payload:
        return bool(payload["edition"] == book.edition)
    about, _, year, *_ = fact.fact_group.split(":")
    reach = book.year if about in (PLAN, CHANGE_OF_PLAN, REGISTER_PLAN) else book.year_closed
    return dated_on.year == book.year and int(year) <= reach


def plan_postings(
    book: Book, facts: list[Fact], known: Known, document_of: Callable[[Fact], int],
    taken_back: Iterable[PostedFact] = (),
) -> Plan:  # fmt: skip
    """What is to be posted and taken back, so that the ledger says what the book says.

    `taken_back` are facts that stand, of groups that the book leaves out and that are to go.
    """
    plan = Plan()
    ranks = _standing_ranks(known)
    current: set[str] = set()
    for fact in facts:
        key = entry_prefix(book, fact)
        current.add(key)
        if fact.rank >= ranks.get(fact.group, 0):
            _plan_fact(plan, book, fact, known, document_of(fact))
    plan.vanished = _vanished(known, current, stated_groups(book, facts), ranks)
    plan.red_ids += plan.vanished
    plan.red_ids += [fact.entry_id for fact in taken_back]
    _note_superseded(plan, facts, ranks)
    return plan


def _plan_fact(plan: Plan, book: Book, fact: Fact, known: Known, document_id: int) -> None:
    key = entry_prefix(book, fact)
    revision = known.revisions.get(key, 0) + 1
    entry = entry_of(fact, "", document_id)
    sign = signature(entry)
    before = known.standing.get(key)
    if before and (before.stage_rank, before.signature) == (fact.rank, sign):
        plan.unchanged += 1
        return
    if before:
        plan.red_ids.append(before.entry_id)
    named = replace(entry, natural_key=f"{key}#{revision}.{fact.rank}.{sign}")
    plan.blue.append(Blue(named, {
        "city": book.region, "fact_key": key, "fact_group": fact.group, "revision": revision,
        "stage_rank": fact.rank, "signature": sign,
    }))  # fmt: skip


def _standing_ranks(known: Known) -> dict[str, int]:
    ranks: dict[str, int] = defaultdict(int)
    for fact in known.standing.values():
        ranks[fact.fact_group] = max(ranks[fact.fact_group], fact.stage_rank)
    return dict(ranks)


def _vanished(known: Known, current: set[str], new_ranks: dict[str, int], ranks: dict[str, int]) -> list[int]:
    """Entries of groups that the book states anew and no longer mentions."""
    return [
        fact.entry_id
        for key, fact in known.standing.items()
        if key not in current and new_ranks.get(fact.fact_group, -1) >= ranks.get(fact.fact_group, 0)
    ]


def _note_superseded(plan: Plan, facts: list[Fact], ranks: dict[str, int]) -> None:
    groups = {f.group: f for f in facts if f.rank < ranks.get(f.group, 0)}
    plan.superseded = set(groups)
    for fact in groups.values():
        plan.findings.append(
            noted("superseded", fact.source_ref, f"{fact.fiscal_year}年已有决算数入账，执行数只核对不入账")
        )


def post_plan(conn: Conn, plan: Plan) -> int:
    """Post the plan as one set, red and blue, and note it in the register. Returns how many were posted."""
    posted = reverse(
        conn, plan.red_ids, RED_SUFFIX, summary=lambda old: f"更正（红字）{old.summary}",
        replaced_by=[blue.entry for blue in plan.blue],
    )  # fmt: skip
    conn.execute(
        "update disclosure_fact set is_standing = false where entry_id = any(%s) and is_standing",
        [plan.red_ids],
    )
    ids = posted.entry_ids[len(plan.red_ids) :]
    rows = ({**blue.row, "entry_id": i} for blue, i in zip(plan.blue, ids, strict=True))
    write_lines(conn, FACT, rows)
    return posted.posted_count
