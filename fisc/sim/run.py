"""Runs the simulated city: year by year, day by day, and goes on where it was stopped.

Each day is one transaction with its mark, so that a run that was killed finds the last whole day. On
some days the program is made to fall over in the middle, with half of the stages done for good,
and takes the day up again: the services answer what they did before as done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any, Final

import psycopg

from fisc.city.day import Day
from fisc.city.draws import Seed
from fisc.city.parts import Part, Proof, Stage
from fisc.city.world import World
from fisc.documents import RuleBroken
from fisc.kernel import AppendOnly, close_periods, seal
from fisc.kernel.entries import OPENING_MONTH
from fisc.kernel.periods import BEIJING
from fisc.kernel.posting import in_transaction
from fisc.kernel.schema import GROWING
from fisc.kernel.simulation import mark_simulated, turn_clock
from fisc.registry.rows import insert_rows
from fisc.sim import bank, founding, invariants
from fisc.sim.days import in_order, schedule
from fisc.sim.parts import PARTS
from fisc.sim.plan import plan
from fisc.sim.tables import RUN

Conn = psycopg.Connection[Any]

#: Days of a year on which the program falls over.
_CRASHES: Final = 2
#: Told (day, number of the day among the year's, how many there are) as the run goes on.
Progress = Callable[[date, int, int], None]


class Crash(Exception):
    """The program falls over, as the plan says."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is drawn from, and the years it covers."""

    scale: float
    seed: int
    years: tuple[int, ...]

    @property
    def name(self) -> tuple[str, int, str]:
        """Scale, seed and years as the run's mark keeps them."""
        return Seed.of(self.seed, self.scale).scale, self.seed, "-".join(map(str, self.years))


def run(
    conn: Conn, given: Run, progress: Progress | None = None, until: date | None = None,
    parts: Sequence[Part] = PARTS,
) -> bool:  # fmt: skip
    """Run the city to its end, or to the end of the day `until`; True where it came to its end.

    `conn` is in autocommit mode. A run that stands is gone on with, and is to have the same `parts`. Raises
    RuleBroken where the database holds another run, ValueError for a scale or years that cannot be planned.
    """
    conn.execute("set synchronous_commit = off")
    begun = time.monotonic()
    try:
        return _Runner(conn, given, tuple(parts), progress).run(until)
    finally:
        _add_seconds(conn, time.monotonic() - begun)
        conn.execute("set synchronous_commit = on")


def _begin(conn: Conn, given: Run) -> date:
    """The last day that is done; the run is written down, and its ledger marked, where there is none."""
    scale, seed, years = given.name
    before = date(given.years[0] - 1, 1, 1)
    _mark_ledger(conn, given)
    begun = {"is_only": True, "scale": scale, "seed": seed, "years": years, "last_day": before}
    insert_rows(conn, RUN, [begun], known_by=("is_only",))
    row = conn.execute("select scale, seed, years, last_day from sim_run").fetchone()
    assert row is not None
    if tuple(row[:3]) != given.name:
        raise RuleBroken(
            f"数据库里已有另一次模拟：规模 {row[0]}、种子 {row[1]}、年度 {row[2]}",
            rule="一个数据库只放一次模拟，同一次模拟可以续办",
            hint="请用原来的参数续办，或换一个数据库（FISC_HOME 或 DATABASE_URL）",
        )
    found: date = row[3]
    return found


def _mark_ledger(conn: Conn, given: Run) -> None:
    """The ledger says that it is a simulation, from before its first entry."""
    title = (
        f"鄂尔多斯市及九旗区 {'-'.join(map(str, given.years))} 年，规模 {given.name[0]}，种子 {given.seed}"
    )
    try:
        mark_simulated(conn, title, morning(date(given.years[0], 1, 1)))
    except AppendOnly as refusal:
        raise RuleBroken(
            "数据库里已有真实的账，不能在其中模拟",
            rule=refusal.rule,
            hint="请另用一个空的数据库，如 FISC_HOME=目录 fisc sim run",
        ) from refusal


def _add_seconds(conn: Conn, seconds: float) -> None:
    if not conn.closed:
        conn.execute("update sim_run set seconds = seconds + %s", [seconds])


def morning(day: date) -> datetime:
    """When a simulated day begins: eight o'clock in Beijing. All that the day does is known from then on."""
    return datetime.combine(day, clock_time(8), BEIJING)


def _mark(conn: Conn, on: date) -> None:
    conn.execute("update sim_run set last_day = %s", [on])


#: Days of the first year after which the planner learns how the tables have grown: soon, then ever less
#: often; later at each year's beginning and in its middle.
_LEARNING: Final = (3, 8, 16, 32, 64)
#: How closely it looks (statistics targets): for orders of magnitude, and at the end at what figures read.
_ON_THE_WAY, _AT_THE_END = 10, 30
_HALF_YEAR: Final = 6
#: The day of the January after the last year on which its end is made.
_END: Final = (1, 10)


@dataclass(frozen=True)
class _Runner:
    """A run under way."""

    conn: Conn
    given: Run
    parts: tuple[Part, ...]
    progress: Progress | None

    def run(self, until: date | None) -> bool:
        """Every year, then the end; False where `until` ends it early."""
        last = _begin(self.conn, self.given)
        if not all(self._year(year, last, until) for year in self.given.years):
            return False
        in_transaction(self.conn, self._end)
        self._analyze(", ".join(sorted(_changed(self.conn) - set(GROWING))), _ON_THE_WAY)
        self._analyze(", ".join(GROWING), _AT_THE_END)
        return True

    def _world(self, year: int) -> World:
        return World(plan(self.given.scale, self.given.seed, year, self.given.years[0], self.parts), bank)

    def _year(self, year: int, last: date, until: date | None) -> bool:
        """One year; False where `until` ends it early."""
        world = self._world(year)
        if last < world.eve:
            in_transaction(self.conn, lambda: self._found(world))
        days = schedule(world, self.parts)
        if last < days[0].on:
            self._learn()
        crashes = self._crash_days(days, year)
        for number, day in enumerate(days, start=1):
            if until is not None and day.on > until:
                return False
            if day.on > last:
                self._day(world, day, crashes.get(day.index))
                if (world.is_first and number in _LEARNING) or day.closes == _HALF_YEAR:
                    self._learn()
            if self.progress is not None:
                self.progress(day.on, number, len(days))
        return True

    def _learn(self) -> None:
        """Tell the planner about tables that were empty when it first saw them, sooner than the server."""
        growing = (*GROWING, *(table for part in self.parts for table in part.growing))
        self._analyze(", ".join(growing), _ON_THE_WAY)

    def _analyze(self, tables: str, target: int) -> None:
        with self.conn.transaction():
            self.conn.execute(f"set local default_statistics_target = {target}".encode())
            self.conn.execute(f"analyze {tables}".encode())

    def _crash_days(self, days: Sequence[Day], year: int) -> dict[int, str]:
        """Index of the day -> the stage after which the program falls over."""
        rng = Seed.of(self.given.seed, self.given.scale).stream("crashes", year)
        points = [stage.name for stage in in_order(self.parts) if stage.may_fall]
        able = [day.index for day in days if day.rows("payments")]
        chosen = sorted(rng.permutation(len(able))[:_CRASHES].tolist())
        return {able[i]: points[int(rng.integers(0, len(points)))] for i in chosen}

    def _day(self, world: World, day: Day, crash_after: str | None) -> None:
        stages = [stage for stage in in_order(self.parts) if stage.is_due(day)]
        turn_clock(self.conn, morning(day.on))  # it is this day, too, when the program falls over
        if crash_after is not None:
            try:
                self._fall_over(world, day, stages, crash_after)
            except Crash:
                self.conn.execute("update sim_run set crashes = crashes + 1")
        in_transaction(self.conn, lambda: self._whole(world, day, stages))

    def _whole(self, world: World, day: Day, stages: Sequence[Stage]) -> None:
        for stage in stages:
            self._do(stage, world, day)
        if day.is_month_end:
            self._prove(world, day)
        if day.closes:
            _close(self.conn, world, day.closes)
        _mark(self.conn, day.on)

    def _do(self, stage: Stage, world: World, day: Day) -> None:
        invariants.keep(self.conn, day.on, stage.act(self.conn, world, day) or ())

    def _fall_over(self, world: World, day: Day, stages: Sequence[Stage], crash_after: str) -> None:
        """Do the stages for good, one by one, and fall over after one of them."""
        for stage in stages:
            in_transaction(self.conn, lambda s=stage: self._do(s, world, day))  # type: ignore[misc]
            if stage.name == crash_after:
                raise Crash(stage.name)

    def _prove(self, world: World, day: Day) -> None:
        """The invariants of a month's end, and that exactly the year's seeded faults were named so far."""
        proofs = invariants.prove(self.conn, self.parts, day.on)
        found = [part.faults(self.conn, [world], world.eve, day.on) for part in self.parts if part.faults]
        compared = [one for of_part in found for one in of_part]
        words = "；".join(f"{c.name} 少 {c.missing} 多 {c.extra}" for c in compared if not c.is_exact)
        seeded, named = sum(c.seeded for c in compared), sum(c.named for c in compared)
        proofs.append(Proof("查出的差错＝种下的差错", not words, named, seeded, words))
        invariants.keep(self.conn, day.on, proofs)

    def _found(self, world: World) -> None:
        turn_clock(self.conn, morning(world.eve))
        founding.found(self.conn, world, self.parts)
        _mark(self.conn, world.eve)

    def _end(self) -> None:
        """What parts do after the last year. Idempotent."""
        world = self._world(self.given.years[-1])
        on = date(world.year + 1, *_END)
        for part in self.parts:
            if part.end is not None:
                invariants.keep(self.conn, on, part.end(self.conn, world, on) or ())
        seal(self.conn)


def _changed(conn: Conn) -> set[str]:
    """The tables of ours that changed since the planner last heard of them."""
    conn.execute("select pg_stat_force_next_flush()")
    rows = conn.execute(
        "select format('%I.%I', schemaname, relname) from pg_stat_user_tables "
        "where n_mod_since_analyze > 0 and schemaname in ('public', 'ledger')"
    ).fetchall()
    return {name for (name,) in rows}


def _close(conn: Conn, world: World, month: int) -> None:
    """Close a month in every region and seal what was posted. Doing it again changes nothing."""
    months = (OPENING_MONTH, month) if month == 1 else (month,)
    close_periods(conn, world.regions, (world.year * 100 + number for number in months))
    seal(conn)
