"""The simulation's connection: a day is one transaction, and what services open inside joins it.

A savepoint for every call would cost more than the call does at a small scale. Nothing in a day is
undone by parts: what fails ends the day, and the day is done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg.abc import Buffer
from psycopg.pq import TransactionStatus
from psycopg.types.array import ListDumper

#: Statements said so often before are prepared: every day says the same ones, and planning each anew took a
#: twentieth of a run.
_SAID_BEFORE = 2


class _FlatList(ListDumper):
    """Lists of whole numbers or of texts, which most parameters are, in one go instead of item by item."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        """As psycopg's, for every other list too."""
        kinds = set(map(type, obj))
        if kinds == {int}:
            return f"{{{','.join(map(str, obj))}}}".encode()
        text = '","'.join(obj) if kinds == {str} else "\0"
        if "\0" in text:
            return super().dump(obj)
        if "\\" in text or text.count('"') != 2 * (len(obj) - 1):
            text = '","'.join([item.replace("\\", "\\\\").replace('"', '\\"') for item in obj])
        return f'{{"{text}"}}'.encode()


class DayConnection(psycopg.Connection[Any]):
    """A connection whose nested transactions are their outermost one."""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        """As psycopg's."""
        conn = super().connect(*args, **kwargs)
        conn.adapters.register_dumper(list, _FlatList)
        conn.prepare_threshold = _SAID_BEFORE
        return conn

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
