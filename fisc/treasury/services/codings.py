"""Coding blocks of quotas, with the ledger's ids of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import psycopg

from fisc.budget.services.quota_store import quota_coding_ids
from fisc.documents import NotFound
from fisc.kernel import Coding, codings_of


class Quota(NamedTuple):
    """A quota's coding block and the ledger's id of it."""

    coding_id: int
    coding: Coding


def of_quotas(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, Quota]:
    """bgt_id -> its coding block. Raises NotFound naming quotas that do not exist."""
    ids = quota_coding_ids(conn, sorted(set(bgt_ids)))
    blocks = codings_of(conn, ids.values())
    return {bgt_id: Quota(coding_id, blocks[coding_id]) for bgt_id, coding_id in ids.items()}


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
