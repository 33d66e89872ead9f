"""The directory: ids of regions, accounts and coding blocks for a set of entries.

A fresh directory asks the database. One that has a connection's memory
remembers there what it has learnt, but only once the transaction that used it is durable: an
id of a coding block from a transaction that was rolled back means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from fisc.kernel.catalog import account_ids, region_ids
from fisc.kernel.coding import intern_codings
from fisc.kernel.entries import Entry, Line
from fisc.kernel.memory import Ids, Memory


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
        # Taken hold of once: looking up codings may make the memory start anew. Each is looked for by itself:
        # the difference from all that is remembered would pass over all of it.
        regions, accounts, codings = self._known.regions, self._known.accounts, self._known.codings
        fresh = self._fresh
        if unknown := {e.region for e in entries if e.region not in regions}:
            fresh.regions = region_ids(self._conn, unknown)
        if unknown := {line.account for line in lines if line.account not in accounts}:
            fresh.accounts = account_ids(self._conn, unknown)
        if new := {line.coding for line in lines if line.coding not in codings}:
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
