"""Anchors: the heads of all chains of seals, in one chain of their own, and handed to somebody outside.

Whoever holds the database can cut the tail off a chain together with its last seals. Each link here
names the newest seal of every chain that grew since the link before, so that the cut shows as long as
the links stand; and one link's number and digest, kept by another party, show that they do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from psycopg.types.json import Json

from fisc.kernel.chains import Seal, digest_after, heads

#: One lock for the one chain: taken after those of regions.
_LOCK: Final = -1
_LINKS: Final[LiteralString] = "select seq, anchored_us, heads::text, previous, digest from ledger.anchor "


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link: its number, its moment (microseconds since 1970), chain -> (seq, digest) of seals it names."""

    seq: int
    anchored_us: int
    heads: Mapping[str, tuple[int, str]]
    previous: str
    digest: str

    @property
    def check(self) -> str:
        """The digest's first eighty bits in groups of five, to be read out or written down."""
        return "-".join(self.digest[n : n + 5] for n in range(0, 20, 5))


def anchored(conn: psycopg.Connection, added: Sequence[Seal]) -> list[Seal]:
    """Anchor the chains that these new seals made grow, within the caller's transaction; returns the seals.

    A ledger that has seals and no anchor (of before there were any) has all its chains anchored.
    """
    conn.execute("select pg_advisory_xact_lock(ledger.lock_class(), %s)", [_LOCK])
    last = newest(conn)
    grown = {one.chain: one for one in added} if last else {one.chain: one for one in heads(conn)}
    if grown:
        _append(conn, last, {chain: (one.seq, one.digest) for chain, one in sorted(grown.items())})
    return list(added)


def _append(conn: psycopg.Connection, last: Anchor | None, named: Mapping[str, tuple[int, str]]) -> None:
    row = conn.execute("select (extract(epoch from ledger.clock()) * 1000000)::bigint").fetchone()
    assert row is not None
    seq, previous = (last.seq + 1, last.digest) if last else (1, "")
    conn.execute(
        "insert into ledger.anchor (seq, anchored_us, heads, previous, digest) values (%s, %s, %s, %s, %s)",
        [seq, row[0], Json(named), previous, _digest(seq, row[0], named, previous)],
    )


def _digest(seq: int, moment_us: int, named: Mapping[str, tuple[int, str]], previous: str) -> str:
    """SM3 in hex of a link's number, moment and heads, after the link before."""
    digest = digest_after(previous)
    lines = [f"{seq} {moment_us}", *(f"{chain} {n} {head}" for chain, (n, head) in sorted(named.items()))]
    digest.update("\n".join(lines).encode())
    return digest.finalize().hex()


def newest(conn: psycopg.Connection) -> Anchor | None:
    """The newest link, or None where nothing was sealed."""
    found = _anchors(conn, "order by seq desc limit 1")
    return found[0] if found else None


def _anchors(conn: psycopg.Connection, which: LiteralString) -> list[Anchor]:
    rows = conn.execute(_LINKS + which).fetchall()
    return [Anchor(seq, us, _heads(json.loads(named)), previous, digest)
            for seq, us, named, previous, digest in rows]  # fmt: skip


def _heads(named: Mapping[str, Sequence[Any]]) -> dict[str, tuple[int, str]]:
    return {chain: (int(seq), str(digest)) for chain, (seq, digest) in named.items()}


def entry_count(conn: psycopg.Connection) -> int:
    """How many entries the ledger has: told with an anchor, for whoever keeps it."""
    row = conn.execute("select count(*) from ledger.entry").fetchone()
    assert row is not None  # an aggregate always answers
    return int(row[0])


def difference(conn: psycopg.Connection, seals: Sequence[Seal]) -> tuple[int, str]:
    """How many links there are, and what is wrong with the first that is, or ''. `seals`: all that stand."""
    links = _anchors(conn, "order by seq")
    return len(links), _wrong_link(links, seals) or _wrong_end(links, seals)


def _wrong_link(links: Sequence[Anchor], seals: Sequence[Seal]) -> str:
    standing = {(one.chain, one.seq): one.digest for one in seals}
    before: Anchor | None = None
    for link in links:
        expected = (before.seq + 1, before.digest) if before else (1, "")
        if (link.seq, link.previous) != expected:
            return f"总锚链在第 {link.seq} 节断开"
        if _digest(link.seq, link.anchored_us, link.heads, link.previous) != link.digest:
            return f"总锚链第 {link.seq} 节被改动"
        for chain, (seq, digest) in link.heads.items():
            if standing.get((chain, seq)) != digest:
                return f"封存链 {chain} 的第 {seq} 节与总锚链第 {link.seq} 节所记不符，或已不在"
        before = link
    return ""


def _wrong_end(links: Sequence[Anchor], seals: Sequence[Seal]) -> str:
    named: dict[str, int] = {}
    for link in links:
        named |= {chain: seq for chain, (seq, _) in link.heads.items()}
    ends = {one.chain: one.seq for one in seals}
    wrong = next((chain for chain in sorted(ends) if named.get(chain) != ends[chain]), None)
    return "" if wrong is None else f"封存链 {wrong} 的第 {ends[wrong]} 节没有记入总锚链"


def against(conn: psycopg.Connection, seq: int | None, digest: str) -> str:
    """What speaks against the ledger still holding what an anchor said, in words; '' where nothing does.

    `digest` may be its beginning, as it was written down; then, without `seq`, any link may be meant.
    """
    links = _anchors(conn, "order by seq")
    meant = [one for one in links if seq in (None, one.seq)]
    if seq is not None and not meant:
        return (
            f"总锚链只有 {len(links)} 节，锚点所记的第 {seq} 节已不在：其后的封存被删去，或数据库被换成更早的"
        )
    if not any(one.digest.startswith(digest) for one in meant):
        which = f"总锚链第 {seq} 节" if seq is not None else "总锚链的任何一节"
        return f"{which}与锚点不符：锚点之前的封存被改写过，或锚点不是这个数据库的"
    return ""
