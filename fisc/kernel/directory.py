"""The directory: ids of regions, accounts and coding blocks for a set of entries.

A fresh directory asks the database. One that is kept (by the teller, for one database)
remembers what it has learnt, but only once the transaction that used it is durable: an
id of a coding block from a transaction that was rolled back means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from fisc.kernel.catalog import account_ids, region_ids
from fisc.kernel.coding import Coding, intern_codings
from fisc.kernel.entries import Entry, Line

#: Region id per entry, account id per line, coding id per line.
Ids = tuple[list[int], list[int], list[int]]


class Directory:
    """Looks ids up through one connection, in at most three queries per set."""

    def __init__(self, conn: psycopg.Connection, known: Memory | None = None) -> None:
        self._conn = conn
        self._known = known or Memory()
        self._fresh = Memory()

    def ids(self, entries: Sequence[Entry], lines: Sequence[Line]) -> Ids:
        """(region id per entry, account id per line, coding id per line); new codings are interned.

        Raises UnknownAccount for regions and accounts that the ledger does not know.
        """
        known = self._known.ids(entries, lines)
        if known:
            return known
        # taken hold of once: another thread may make the memory start anew
        regions, accounts, codings = self._known.regions, self._known.accounts, self._known.codings
        fresh = self._fresh
        if unknown := {e.region for e in entries} - regions.keys():
            fresh.regions = region_ids(self._conn, unknown)
        if unknown := {line.account for line in lines} - accounts.keys():
            fresh.accounts = account_ids(self._conn, unknown)
        if new := {line.coding for line in lines} - codings.keys():
            fresh.codings = intern_codings(self._conn, new)
        return (
            [regions.get(e.region) or fresh.regions[e.region] for e in entries],
            [accounts.get(line.account) or fresh.accounts[line.account] for line in lines],
            [codings.get(line.coding) or fresh.codings[line.coding] for line in lines],
        )

    def remember(self) -> None:
        """Keep what was looked up; call this when the transaction is durable."""
        self._known.add(self._fresh)
        self._fresh = Memory()


class Memory:
    """Ids known to be durable in one database."""

    def __init__(self, limit: int = 500_000) -> None:
        """`limit` is how many coding blocks are remembered; beyond it the memory starts anew."""
        self._limit = limit
        #: Whether a request of the last group was refused for want of balance.
        self.fell_short = False
        self.regions: dict[str, int] = {}
        self.accounts: dict[str, int] = {}
        self.codings: dict[Coding, int] = {}

    def ids(self, entries: Sequence[Entry], lines: Sequence[Line]) -> Ids | None:
        """As `Directory.ids`, from memory alone; None where something is not known."""
        regions = [self.regions.get(e.region) for e in entries]
        accounts = [self.accounts.get(line.account) for line in lines]
        codings = [self.codings.get(line.coding) for line in lines]
        if None in regions or None in accounts or None in codings:
            return None
        return regions, accounts, codings  # type: ignore[return-value]

    def add(self, other: Memory) -> None:
        """Take over what `other` knows."""
        if len(self.codings) + len(other.codings) > self._limit:
            self.codings = {}
        self.regions |= other.regions
        self.accounts |= other.accounts
        if len(other.codings) <= self._limit:
            self.codings |= other.codings
