"""Chains of seals as they stand: read, and added to. What a link is over, `fisc.kernel.seals` says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg.types.json import Json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import Hash


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of a chain. For 'master', `row_counts` holds the last id of each table."""

    chain: str
    seq: int
    first_id: int
    last_id: int
    row_counts: dict[str, int]
    previous: str
    digest: str


def digest_after(previous: str) -> Hash:
    """A digest that goes on from another; the library is read where something is sealed or proven."""
    from cryptography.hazmat.primitives import hashes

    digest = hashes.Hash(hashes.SM3())
    digest.update(previous.encode())
    return digest


def last_seal(conn: psycopg.Connection, chain: str) -> Seal | None:
    """The newest seal of a chain, or None."""
    seals = _seals(conn, "where chain = %s order by seq desc limit 1", [chain])
    return seals[0] if seals else None


def list_seals(conn: psycopg.Connection, chain: str | None = None) -> list[Seal]:
    """The seals of a chain, or of all, in order."""
    return _seals(conn, "where %s::text is null or chain = %s order by chain, seq", [chain, chain])


def heads(conn: psycopg.Connection) -> list[Seal]:
    """The newest seal of every chain."""
    newest: LiteralString = (
        "s where not exists (select from ledger.seal n where n.chain = s.chain and n.seq > s.seq) "
        "order by chain"
    )
    return _seals(conn, newest, [])


def _seals(conn: psycopg.Connection, which: LiteralString, parameters: list[str | None]) -> list[Seal]:
    rows = conn.execute(
        "select chain, seq, first_id, last_id, row_counts::text, previous, digest from ledger.seal " + which,
        parameters,
    ).fetchall()
    # as text: Django's connections read jsonb so
    return [
        Seal(name, seq, first, last, json.loads(counts), previous, digest)
        for name, seq, first, last, counts, previous, digest in rows
    ]


def append(conn: psycopg.Connection, seal: Seal, region_id: int | None = None) -> None:
    """Write a link. That of a region bears the moment at which the region was settled for it."""
    conn.execute(
        "insert into ledger.seal (chain, seq, first_id, last_id, row_counts, previous, digest, sealed_at) "
        "values (%s, %s, %s, %s, %s, %s, %s, "
        "coalesce((select settled_at from ledger.settled where region_id = %s), ledger.clock()))",
        [
            seal.chain, seal.seq, seal.first_id, seal.last_id, Json(seal.row_counts), seal.previous,
            seal.digest, region_id,
        ],
    )  # fmt: skip
