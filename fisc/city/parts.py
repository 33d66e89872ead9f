"""The shape in which a domain takes part in the simulated city: plain data and functions.

A domain writes its `Part` in its own `sim` module; the list of parts is the one thing that anybody else
knows of it. A part says what it draws for a year (`tables`, `cash`), what it founds before a year, what it
does on which days (`schedule`), in which order (`stages`), what must hold afterwards (`proofs`, `faults`),
and what of it is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, NamedTuple

import polars as pl
import psycopg

from fisc.city.day import Day
from fisc.city.desk import Seat
from fisc.city.plan import Plan
from fisc.city.world import World

Conn = psycopg.Connection[Any]


class Hour(IntEnum):
    """The hours of a working day, in order. A day that a crash took back begins again with the first."""

    OPENING = 1  # what the bank brings from days before
    REVENUE = 2
    ACTS = 3  # what is done once a year: approvals, issues, adjustments, declarations, statistics
    DOCUMENTS = 4  # money and documents between levels
    QUOTAS = 5
    PAYING = 6
    BANKING = 7  # clearing, statements, reconciliation
    CLOSING = 8


class Proof(NamedTuple):
    """One invariant: held or not, the sums of both sides in fen, and what differs."""

    name: str
    is_held: bool
    left_fen: int
    right_fen: int
    words: str = ""


class Refusal(NamedTuple):
    """An attempt that a service refused as the plan says it must."""

    pay_app_no: str
    fate: str
    refused_on: date
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One class of fault: keys seeded and named, and where they differ."""

    kind: str
    name: str
    seeded: int
    named: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether exactly the seeded ones were named."""
        return not self.missing and not self.extra


#: What a stage does; proofs and refusals that it gives are kept with the run.
Act = Callable[[Conn, World, Day], Iterable[Proof | Refusal] | None]
#: What must hold at a month's end.
Look = Callable[[Conn, date], Iterable[Proof]]
#: Faults seeded in the years of some worlds against those named from the first date to the second.
Compare = Callable[[Conn, Sequence[World], date, date], list[Compared]]


class Table(NamedTuple):
    """A table of the plan: its name, which no other part uses, and how it is drawn."""

    name: str
    draw: Callable[[Plan], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of a working day, done where the day has work of its name (or of one in `work`).

    It is done at its hour, there in the order of the parts, but not before the stage it comes `after`.
    Stages up to one at which the program `may_fall` can be done twice.
    """

    name: str
    hour: Hour
    act: Act
    after: str = ""
    work: tuple[str, ...] = ()
    may_fall: bool = False

    def is_due(self, day: Day) -> bool:
        """Whether there is anything to do on a day."""
        return any(name in day.work for name in self.work or (self.name,))


class Total(NamedTuple):
    """A total to compare: the public item it must equal ('' none), its name, account and that side's sign."""

    item: str
    name: str
    account: str
    sign: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a domain has to do with the simulated city."""

    #: The domain's app label: tables of that prefix are in the digest.
    name: str
    #: Other domains whose tables it fills: they are in the digest, too.
    fills: tuple[str, ...] = ()
    #: Officers of its own, beside those of the hall (`fisc.city.desk`).
    seats: tuple[Seat, ...] = ()
    tables: tuple[Table, ...] = ()
    #: How it moves the treasuries' cash, loans apart (`fisc.city.cash.MOVES`).
    cash: Callable[[Plan], pl.DataFrame] | None = None
    #: What must be there before a year; called on its first of January.
    found: Callable[[Conn, World], object] | None = None
    #: Puts its work on the year's days; what parts before it put there is there.
    schedule: Callable[[World, Sequence[Day]], object] | None = None
    stages: tuple[Stage, ...] = ()
    proofs: tuple[Look, ...] = ()
    faults: Compare | None = None
    #: What services must refuse: the plan's word, the name.
    refusals: tuple[tuple[str, str], ...] = ()
    #: What is done after the last year of a run, on a day of the next January. Idempotent.
    end: Callable[[Conn, World, date], Iterable[Proof] | None] | None = None
    #: Tables that grow so fast in the first days that the planner must be told.
    growing: tuple[str, ...] = ()
    #: Counts people ask for: name, query of one number.
    counts: tuple[tuple[str, str], ...] = ()
    totals: tuple[Total, ...] = ()
