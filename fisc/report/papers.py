"""What the documents behind voucher lines say of who was paid, and between whom money passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fisc.debt import services as debt
from fisc.reading.engines import LiveEngine
from fisc.transfers import services as transfers
from fisc.treasury import services as treasury

if TYPE_CHECKING:
    import psycopg

    from fisc.reading.engines import Engine


@dataclass(frozen=True, slots=True)
class Papers:
    """The documents of a ledger."""

    conn: psycopg.Connection[Any]

    def payees(self, numbers: Sequence[str]) -> dict[str, str]:
        """Number -> who is paid, of those that are payments."""
        return treasury.payee_names(self.conn, numbers)

    def parties(self, numbers: Sequence[str]) -> list[tuple[str, str, str]]:
        """Number, giver and receiver ('' for many) of those that pass money between governments."""
        return [*transfers.parties(self.conn, numbers), *debt.parties(self.conn, numbers)]


def papers_of(engine: Engine) -> Papers | None:
    """The documents behind an engine's rows; a snapshot has none of them."""
    return Papers(engine.connection) if isinstance(engine, LiveEngine) else None
