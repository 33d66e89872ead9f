"""What a run came to, read from the books: public totals met, counts, faults named, refusals, proofs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from fisc.city.parts import Compared, Part
from fisc.city.tables import public, regions
from fisc.city.world import World
from fisc.documents.store import rows_of
from fisc.reading.entries import sizes
from fisc.reading.ledger import Turnover, turnover
from fisc.sim import bank
from fisc.sim.days import schedule
from fisc.sim.parts import PARTS
from fisc.sim.plan import plan
from fisc.sim.tables import RUN

if TYPE_CHECKING:
    from fisc.sim.models_run import SimRun

Conn = psycopg.Connection[Any]


class Total(NamedTuple):
    """A total of a year, and the public figure it must equal (None: there is none, it is synthetic)."""

    year: int
    name: str
    fen: int
    public_fen: int | None

    @property
    def is_met(self) -> bool:
        """Whether it equals the public figure, where there is one."""
        return self.public_fen in (None, self.fen)


class Held(NamedTuple):
    """An invariant: at how many month ends it was looked at, and at how many it held."""

    name: str
    times: int
    held: int
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A run as a person wants to read it."""

    scale: str
    seed: int
    years: str
    last_day: str
    is_whole: bool  # whether the last day is the last of the plan
    seconds: float
    crashes: int
    totals: tuple[Total, ...]
    counts: tuple[tuple[str, int], ...]
    faults: tuple[Compared, ...]  # seeded against named, by class
    refusals: tuple[tuple[str, int, str], ...]  # fate, how many, words of one
    proofs: tuple[Held, ...]

    @property
    def is_sound(self) -> bool:
        """Whether public totals are met, exactly the seeded faults named, and every invariant held."""
        held = all(p.times == p.held for p in self.proofs)
        return held and all(t.is_met for t in self.totals) and all(c.is_exact for c in self.faults)


def summary(conn: Conn, parts: Sequence[Part] = PARTS) -> Summary | None:
    """The summary of the run that the database holds, or None where it holds none."""
    found = rows_of(conn, RUN, "")
    if not found:
        return None
    run: SimRun = found[0]
    worlds = _worlds(parts, run.scale, run.seed, run.years, run.last_day)
    return Summary(
        run.scale, run.seed, run.years, run.last_day.isoformat(), _is_whole(worlds, run, parts),
        run.seconds, run.crashes,
        tuple(_totals(conn, run.years, parts)), tuple(_counts(conn, parts)),
        tuple(_faults(conn, worlds, run.last_day, parts)), tuple(_refusals(conn, parts)),
        tuple(_proofs(conn)),
    )  # fmt: skip


def _totals(conn: Conn, years: str, parts: Sequence[Part]) -> list[Total]:
    wanted = sorted((total for part in parts for total in part.totals), key=lambda total: not total.item)
    accounts = tuple(f"treasury_2015:{total.account}" for total in wanted)
    moved: dict[tuple[int, str], int] = defaultdict(int)
    for (year, month, code), fen in turnover(
        conn, Turnover(accounts, tuple(regions())), "year", "month", "code"
    ).items():
        # closing brings these accounts to zero in period 13: a year's turnover is that of its months
        moved[year, code] += fen if 1 <= month <= 12 else 0
    return [
        Total(year, one.name, one.sign * moved[year, one.account],
              public(one.item, year) if one.item else None)
        for year in map(int, years.split("-"))
        for one in wanted
    ]  # fmt: skip


def _counts(conn: Conn, parts: Sequence[Part]) -> list[tuple[str, int]]:
    found = []
    for name, query in (count for part in parts for count in part.counts):
        row = conn.execute(query.encode()).fetchone()
        found.append((name, int(row[0]) if row else 0))
    return [*found, *zip(("凭证", "分录"), sizes(conn), strict=True)]


def _worlds(parts: Sequence[Part], scale: str, seed: int, years: str, last_day: date) -> list[World]:
    """The years that were begun, as planned."""
    given = [int(year) for year in years.split("-") if int(year) <= last_day.year]
    return [World(plan(float(scale), seed, year, given[0], parts), bank) for year in given]


def _is_whole(worlds: Sequence[World], run: SimRun, parts: Sequence[Part]) -> bool:
    """Whether the last year's last day is done."""
    is_last = bool(worlds) and worlds[-1].year == int(run.years.split("-")[-1])
    return is_last and run.last_day >= schedule(worlds[-1], parts)[-1].on


def _faults(conn: Conn, worlds: Sequence[World], on: date, parts: Sequence[Part]) -> list[Compared]:
    """What the plan seeded against what was named, by class."""
    looks = [part.faults for part in parts if part.faults and worlds]
    return [one for look in looks for one in look(conn, worlds, worlds[0].eve, on)]


def _refusals(conn: Conn, parts: Sequence[Part]) -> list[tuple[str, int, str]]:
    names = dict(name for part in parts for name in part.refusals)
    rows = conn.execute("select fate, count(*), min(words) from sim_refusal group by 1 order by 1").fetchall()
    return [(names.get(fate, fate), n, words) for fate, n, words in rows]


def _proofs(conn: Conn) -> list[Held]:
    rows = conn.execute(
        "select name, count(*), count(*) filter (where is_held), "
        "coalesce(min(words) filter (where not is_held), '') from sim_proof group by 1 order by 1"
    ).fetchall()
    return [Held(*row) for row in rows]
