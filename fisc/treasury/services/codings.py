"""Coding blocks of quotas and payments, asked of the ledger once.

The ledger's id of a coding block never changes its meaning, so what was read by id is kept for
as long as the connection lives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg

from fisc.budget import services as budget
from fisc.documents import NotFound
from fisc.kernel import Coding
from fisc.kernel.coding import ELEMENTS, intern_codings

#: Coding blocks that a connection remembers at most.
_REMEMBERED = 60_000
_known: WeakKeyDictionary[psycopg.Connection[Any], dict[int, Coding]] = WeakKeyDictionary()

_READ = f"select id, {', '.join(ELEMENTS)} from ledger.coding where id = any(%s)".encode()


class Quota(NamedTuple):
    """A quota's coding block and the ledger's id of it."""

    coding_id: int
    coding: Coding


def of_quotas(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, Quota]:
    """bgt_id -> its coding block. Raises NotFound naming quotas that do not exist."""
    codings = budget.quota_codings(conn, sorted(set(bgt_ids)))
    ids = intern_codings(conn, codings.values())
    return {bgt_id: Quota(ids[coding], coding) for bgt_id, coding in codings.items()}


def of_ids(conn: psycopg.Connection[Any], coding_ids: Iterable[int]) -> dict[int, Coding]:
    """coding_id -> coding block; ids come from documents, so each of them is there."""
    known = _known.setdefault(conn, {})
    wanted = set(coding_ids)
    missing = [i for i in wanted if i not in known]
    if missing:
        fresh = {row[0]: Coding(*row[1:]) for row in conn.execute(_READ, [missing])}
        if len(known) + len(fresh) > _REMEMBERED:
            known.clear()
        known |= fresh
        missing = [i for i in wanted if i not in known]
    if missing:  # the memory was cleared meanwhile: read all that are wanted
        known |= {row[0]: Coding(*row[1:]) for row in conn.execute(_READ, [missing])}
    return {i: known[i] for i in wanted}


def known_quotas(conn: psycopg.Connection[Any], bgt_ids: Sequence[str]) -> tuple[dict[str, Quota], set[str]]:
    """The quotas of these that exist, and those that do not, found by halving: unknown ones are rare."""
    try:
        return (of_quotas(conn, bgt_ids) if bgt_ids else {}), set()
    except NotFound:
        if len(bgt_ids) == 1:
            return {}, set(bgt_ids)
    half = len(bgt_ids) // 2
    (found, missing), (more, none) = known_quotas(conn, bgt_ids[:half]), known_quotas(conn, bgt_ids[half:])
    return found | more, missing | none
