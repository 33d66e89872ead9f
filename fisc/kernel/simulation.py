"""A ledger of a simulation says so, and only there does the clock follow the simulated day.

The mark is set before anything is posted; the database keeps it (fisc/kernel/sql/060_simulation.sql).
Whatever leaves the program over such a ledger bears `NOTICE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from fisc.kernel.posting import in_transaction

#: What every page of every product over a simulated ledger says.
NOTICE = "模拟数据，并非真实收支"


#: The words that no text beside real figures has: those of `NOTICE`, however much of it was kept.
_MARK = "模拟数据"


def bears_notice(text: str) -> bool:
    """Whether a text says, in whatever form it was kept, that what it stands by is simulated."""
    return _MARK in "".join(text.split())


@dataclass(frozen=True, slots=True)
class Simulation:
    """The mark of a ledger: what it simulates, and when it was marked (by the machine's clock)."""

    title: str
    marked_at: datetime


def simulation(conn: psycopg.Connection) -> Simulation | None:
    """The mark of this ledger, or None where it is a real one."""
    row = conn.execute("select title, marked_at from ledger.simulation").fetchone()
    return None if row is None else Simulation(*row)


def is_marked(conn: psycopg.Connection) -> bool:
    """Whether the ledger, of whatever version, says that it is a simulation."""
    row = conn.execute("select to_regclass('ledger.simulation')").fetchone()
    return row != (None,) and simulation(conn) is not None


def notice_of(conn: psycopg.Connection) -> str:
    """What a product over this ledger has to say on each page: `NOTICE`, or nothing over a real one."""
    return NOTICE if simulation(conn) else ""


def mark_simulated(conn: psycopg.Connection, title: str, begins: datetime) -> None:
    """Mark the ledger as a simulation of `title`, whose clock begins at `begins`; again changes nothing.

    Raises AppendOnly where something was posted before: a real ledger does not become a simulated one.
    """

    def work() -> None:
        if simulation(conn) is None:
            conn.execute(
                "insert into ledger.simulation (title, began_at, from_tick) "
                "values (%s, %s, nextval('ledger.simulation_tick')) on conflict do nothing",
                [title, begins],
            )

    in_transaction(conn, work)


def turn_clock(conn: psycopg.Connection, moment: datetime) -> datetime:
    """Put the clock of a simulation on to `moment`; returns where it stands, for it never goes back.

    Raises LedgerError on a ledger that is no simulation: its moments are the database's to give.
    """

    def work() -> datetime:
        row = conn.execute("select ledger.turn_clock(%s)", [moment]).fetchone()
        assert row is not None
        found: datetime = row[0]
        return found

    return in_transaction(conn, work)
