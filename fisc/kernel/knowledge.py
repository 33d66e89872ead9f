"""What was known at a past moment: a connection that is asked as of it answers as it did then.

Inside `known_at` whatever reads through the connection answers as of the moment: the ledger counts what
was posted by then, and documents are read as they stood (`fisc.documents.past`). Nothing can be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

import psycopg

from fisc.kernel.errors import NotKnown, translate

#: The schema of what documents were; it stands before the tables of today, which have the same names.
PAST: Final = "past"
_SET: Final = (
    "select set_config('fisc.as_of', %s, true), set_config('search_path', %s, true), "
    "set_config('transaction_read_only', 'on', true)"
)
_moments: WeakKeyDictionary[psycopg.Connection, datetime] = WeakKeyDictionary()


@contextmanager
def known_at(conn: psycopg.Connection, moment: datetime | None) -> Iterator[None]:
    """What is read through `conn` during the block is what was known at `moment`; None: now, as ever.

    One read-only transaction, or a part of the caller's. What no history is kept of refuses to be read
    rather than answer with the present. Raises NotKnown then; ValueError for a moment without an offset, and
    where another moment is asked already.
    """
    if moment is None:
        yield
        return
    if moment.tzinfo is None or conn in _moments:
        raise ValueError("时刻须带时区，一次只问一个时刻 (an aware moment, one at a time)")
    with conn.transaction() as whole:
        conn.execute(_SET, [moment.isoformat(), f"{PAST}, public"])
        _moments[conn] = moment
        try:
            yield
        except psycopg.Error as error:
            if refused := not_known(error):
                raise refused from error
            raise
        finally:
            del _moments[conn]
        raise psycopg.Rollback(whole)  # the settings end with the block, not with the caller's transaction


def not_known(error: BaseException) -> NotKnown | None:
    """The refusal to tell what has no history, if an error is that."""
    found = translate(error) if isinstance(error, psycopg.Error) else error
    return found if isinstance(found, NotKnown) else None


def moment_of(conn: psycopg.Connection, as_of: datetime | None = None) -> datetime | None:
    """The moment of knowledge that a question through `conn` is about; None where it is about the present.

    That is `as_of` or the connection's, of two the earlier one: what was not known then is not told.
    """
    asked = [moment for moment in (as_of, _moments.get(conn)) if moment is not None]
    return min(asked, default=None)
