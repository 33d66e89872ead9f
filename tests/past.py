"""What was known at a past moment: asked before something came late, and again as of then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from fisc.kernel.knowledge import known_at

Conn = psycopg.Connection[Any]
T = TypeVar("T")


def now(conn: Conn) -> datetime:
    """The moment up to which all is known that was done so far."""
    row = conn.execute("select ledger.clock()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def as_of(conn: Conn, moment: datetime, ask: Callable[[], T]) -> T:
    """What `ask` answers as of a moment."""
    with known_at(conn, moment):
        return ask()


def told_again(conn: Conn, ask: Callable[[], T], late: Callable[[], object]) -> T:
    """What `ask` answers after `late`; it must differ from before, which is told again as of then."""
    first, moment = ask(), now(conn)
    late()
    later = ask()
    assert later != first
    assert as_of(conn, moment, ask) == first
    assert ask() == later
    return later
