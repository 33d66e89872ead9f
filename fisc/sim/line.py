"""The simulation's connection: a day is one transaction, and what services open inside joins it.

A savepoint for every call would cost more than the call does at a small scale. Nothing in a day is
undone by parts: what fails ends the day, and the day is done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus


class DayConnection(psycopg.Connection[Any]):
    """A connection whose nested transactions are their outermost one."""

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        """As psycopg's; inside a transaction nothing is begun unless it is to be rolled back."""
        status = self.info.transaction_status
        if status == TransactionStatus.INTRANS and not force_rollback and savepoint_name is None:
            yield None  # type: ignore[misc]  # nobody looks at a transaction that is joined
            return
        with super().transaction(savepoint_name, force_rollback) as begun:
            yield begun
