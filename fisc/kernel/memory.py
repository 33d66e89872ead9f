"""What a connection remembers of the ledger: ids, which never change their meaning once they are durable.

Regions, accounts and coding blocks are never changed or taken back, so an id that was looked up holds as
long as the connection lives. Only what a transaction made itself may be rolled back: from the moment it
makes one until it is over, nothing that is looked up is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from fisc.kernel.coding import Coding
    from fisc.kernel.entries import Entry, Line

#: Region id per entry, account id per line, coding id per line.
Ids = tuple[list[int], list[int], list[int]]

#: Coding blocks that a connection remembers at most.
_REMEMBERED = 50_000


class Memory:
    """Ids known to be durable in one database."""

    def __init__(self) -> None:
        """A memory of nothing; beyond `_REMEMBERED` coding blocks it starts anew."""
        #: Whether a transaction that `in_transaction` opened is under way; others join it.
        self.is_within = False
        #: Whether the server was told to keep its plans.
        self.has_plans = False
        self.regions: dict[str, int] = {}
        self.accounts: dict[str, int] = {}
        #: Control accounts: id and floor in fen; an account keeps its nature.
        self.controls: dict[str, tuple[int, int]] = {}
        self.codings: dict[Coding, int] = {}
        #: Coding blocks by id. An id is given once, so these hold whatever becomes of a transaction.
        self.blocks: dict[int, Coding] = {}
        self._transactions, self._made_in = 0, -1
        #: What small answers are fetched through (`fisc.kernel.asking.fetch`).
        self.cursor: psycopg.Cursor[tuple[Any, ...]] | None = None
        #: Where a call answers each of a set by itself: what gathers why one is refused.
        self.answering: Any = None

    def begin(self) -> None:
        """Another transaction begins: what earlier ones made is durable or gone."""
        self._transactions += 1

    def made(self) -> None:
        """This transaction made a region, an account or a coding block."""
        self._made_in = self._transactions

    @property
    def is_settled(self) -> bool:
        """Whether all that can be seen was made by transactions that are over."""
        return self._made_in != self._transactions

    def ids(self, entries: Sequence[Entry], lines: Sequence[Line]) -> Ids | None:
        """(region id per entry, account id per line, coding id per line); None where one is not known."""
        regions = [self.regions.get(e.region) for e in entries]
        accounts = [self.accounts.get(line.account) for line in lines]
        codings = [self.codings.get(line.coding) for line in lines]
        if None in regions or None in accounts or None in codings:
            return None
        return regions, accounts, codings  # type: ignore[return-value]

    def add(self, other: Memory) -> None:
        """Take over what `other` knows."""
        self.regions |= other.regions
        self.accounts |= other.accounts
        self.add_codings(other.codings)

    def add_codings(self, codings: dict[Coding, int]) -> None:
        """Remember the ids of durable coding blocks."""
        if len(self.codings) + len(codings) > _REMEMBERED:
            self.codings = {}
        if len(codings) <= _REMEMBERED:
            self.codings |= codings

    def add_blocks(self, blocks: dict[int, Coding]) -> None:
        """Remember coding blocks by id."""
        if len(self.blocks) + len(blocks) > _REMEMBERED:
            self.blocks = {}
        if len(blocks) <= _REMEMBERED:
            self.blocks |= blocks


#: Where a connection carries its memory. It lies on the connection itself: what it holds (a cursor) holds the
#: connection, which a table of memories beside them would keep alive for ever.
_PLACE = "_fisc_memory"


def memory_of(conn: psycopg.Connection[Any]) -> Memory:
    """What this connection remembers."""
    found: Memory | None = conn.__dict__.get(_PLACE)
    if found is None:
        found = conn.__dict__[_PLACE] = Memory()
    return found
