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


class Directory:
    """Looks ids up through one connection, in at most three queries per set."""

    def __init__(self, conn: psycopg.Connection, known: Memory | None = None) -> None:
        self._conn = conn
        self._known = known or Memory()
        self._fresh = Memory()

    def ids(self, entries: Sequence[Entry], lines: Sequence[Line]) -> tuple[list[int], list[int], list[int]]:
        """(region id per entry, account id per line, coding id per line); new codings are interned.

        Raises UnknownAccount for regions and accounts that the ledger does not know.
        """
        regions = [self._known.regions.get(e.region) for e in entries]
        accounts = [self._known.accounts.get(line.account) for line in lines]
        codings = [self._known.codings.get(line.coding) for line in lines]
        if None not in regions and None not in accounts and None not in codings:
            return regions, accounts, codings  # type: ignore[return-value]
        self._look_up(entries, lines)
        fresh = self._fresh
        return (
            [fresh.regions[e.region] for e in entries],
            [fresh.accounts[line.account] for line in lines],
            [fresh.codings[line.coding] for line in lines],
        )

    def _look_up(self, entries: Sequence[Entry], lines: Sequence[Line]) -> None:
        self._fresh.regions = region_ids(self._conn, (e.region for e in entries))
        self._fresh.accounts = account_ids(self._conn, (line.account for line in lines))
        self._fresh.codings = intern_codings(self._conn, (line.coding for line in lines))

    def remember(self) -> None:
        """Keep what was looked up; call this when the transaction is durable."""
        self._known.add(self._fresh)
        self._fresh = Memory()


class Memory:
    """Ids known to be durable in one database."""

    #: Coding blocks remembered at most; beyond it the memory starts anew.
    LIMIT = 500_000

    def __init__(self) -> None:
        self.regions: dict[str, int] = {}
        self.accounts: dict[str, int] = {}
        self.codings: dict[Coding, int] = {}

    def add(self, other: Memory) -> None:
        """Take over what `other` knows."""
        if len(self.codings) > self.LIMIT:
            self.codings = {}
        self.regions |= other.regions
        self.accounts |= other.accounts
        self.codings |= other.codings
