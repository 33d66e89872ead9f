"""What the database in force records of its own: read when first asked for, kept until it may be another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(ABC, Generic[T]):
    """One such reading; `revision` is what the database said of its state when it was read, '' before.

    Read anew when next asked for, once another database is in force, something was recorded here (`forget`),
    or a request finds that another process recorded something (`is_now`).
    """

    def __init__(self) -> None:
        self.dsn = ""
        self.revision = ""
        self.held: T | None = None

    @abstractmethod
    def read(self) -> T:
        """What `dsn` records; sets `revision`. Each says itself what holds while it is out of reach."""

    def now(self) -> T:
        """What holds now; read where it is not."""
        held = self.held
        if held is None:
            held = self.held = self.read()  # another thread may forget it meanwhile
        return held

    def in_force(self, dsn: str) -> None:
        """Say which database counts from now on; nothing is read before it is asked for."""
        if dsn != self.dsn:
            self.dsn = dsn
            self.forget()

    def forget(self) -> None:
        """Read it anew when next asked for."""
        self.held = None

    def is_now(self, revision: str) -> None:
        """Read it anew when next asked for, where the database says another revision than was read."""
        if revision != self.revision and self.held is not None:
            self.forget()
