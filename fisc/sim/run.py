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

from fisc.documents import RuleBroken
from fisc.kernel import AppendOnly, close_period, seal
from fisc.kernel.periods import BEIJING
from fisc.kernel.simulation import mark_simulated, turn_clock
from fisc.sim import faults, invariants
from fisc.sim.driver import ending, founding, operating, preparing
from fisc.sim.driver.day import CRASHABLE, Desk
from fisc.sim.driver.paying import Payments
from fisc.sim.driver.schedule import Day, schedule
from fisc.sim.driver.world import World
from fisc.sim.plan import CityPlan, plan
from fisc.sim.plan.draws import Seed

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


def run(conn: Conn, given: Run, progress: Progress | None = None, until: date | None = None) -> bool:
    """Run the city to its end, or to the end of the day `until`; True where it came to its end.

    `conn` is in autocommit mode. A run that stands is gone on with. Raises RuleBroken where the database
    holds another run, ValueError for a scale or years that cannot be planned.
    """
    conn.execute("set synchronous_commit = off")
    begun = time.monotonic()
    last = _begin(conn, given)
    try:
        for year in given.years:
            made = plan(given.scale, given.seed, year, given.years[0])
            if not _run_year(conn, given, made, last, progress=progress, until=until):
                return False
        _finish(conn, given)
    finally:
        _add_seconds(conn, time.monotonic() - begun)
        conn.execute("set synchronous_commit = on")
    return True


def _begin(conn: Conn, given: Run) -> date:
    """The last day that is done; the run is written down, and its ledger marked, where there is none."""
    scale, seed, years = given.name
    before = date(given.years[0] - 1, 1, 1)
    _mark_ledger(conn, given)
    conn.execute(
        "insert into sim_run (scale, seed, years, last_day) values (%s, %s, %s, %s) on conflict do nothing",
        [scale, seed, years, before],
    )
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


def _run_year(
    conn: Conn, given: Run, made: CityPlan, last: date, *, progress: Progress | None, until: date | None
) -> bool:
    """One year; False where `until` ends it early."""
    world = World(made)
    eve = date(made.year, 1, 1)
    if last < eve:
        with conn.transaction():
            turn_clock(conn, morning(eve))
            founding.found(conn, world, made.year == given.years[0])
            preparing.prepare(conn, world)
            if made.year == given.years[0]:
                operating.state_prior_levels(conn, world)
            _mark(conn, eve)
    payments = Payments(world, given.seed)
    days = schedule(world, payments)
    if last < days[0].on:
        _learn(conn)
    crashes = _crash_days(days, given, made.year)
    for number, day in enumerate(days, start=1):
        if until is not None and day.on > until:
            return False
        if day.on > last:
            desk = Desk(conn, world, payments, day)
            is_first = made.year == given.years[0]
            _run_day(conn, desk, crashes.get(day.index), is_first=is_first)
            if (is_first and number in _LEARNING) or day.closes == _HALF_YEAR:
                _learn(conn)
        if progress is not None:
            progress(day.on, number, len(days))
    return True


#: Days of the first year after which the planner learns how the tables have grown: soon, then ever less
#: often; later at each year's beginning and in its middle.
_LEARNING: Final = (3, 8, 16, 32, 64)
_HALF_YEAR: Final = 6
_GROWING: Final = (
    "ledger.balance_month", "ledger.balance", "ledger.posting", "ledger.entry", "ledger.coding",
    "treasury_payment", "treasury_bank_line", "treasury_message", "treasury_voucher_match", "budget_quota",
    "sim_bank_booking", "sim_bank_answer",
)  # fmt: skip


def _learn(conn: Conn) -> None:
    """Tell the planner about tables that were empty when it first saw them, sooner than the server would."""
    conn.execute(f"analyze {', '.join(_GROWING)}".encode())


def _crash_days(days: Sequence[Day], given: Run, year: int) -> dict[int, str]:
    """Index of the day -> the stage after which the program falls over."""
    rng = Seed.of(given.seed, given.scale).stream("crashes", year)
    able = [day.index for day in days if day.payments]
    chosen = sorted(rng.permutation(len(able))[:_CRASHES].tolist())
    return {able[i]: CRASHABLE[int(rng.integers(0, len(CRASHABLE)))] for i in chosen}


def _run_day(conn: Conn, desk: Desk, crash_after: str | None, *, is_first: bool) -> None:
    with conn.transaction():  # the bank's day is closed, too, on a day on which the program falls over
        turn_clock(conn, morning(desk.day.on))
        ending.morning(conn, desk.world, desk.day, is_first=is_first)
    if crash_after is not None:
        try:
            _fall_over(conn, desk, crash_after)
        except Crash:
            conn.execute("update sim_run set crashes = crashes + 1")
    with conn.transaction():
        for _, stage in desk.stages():
            stage()
        ending.evening(conn, desk.world, desk.day, is_first=is_first)
        if desk.day.is_month_end:
            _prove(conn, desk)
        if desk.day.closes:
            _close(conn, desk.world, desk.day.closes)
        _mark(conn, desk.day.on)


def _prove(conn: Conn, desk: Desk) -> None:
    """The invariants of a month's end, and that exactly the year's seeded faults were named so far."""
    proofs = invariants.prove(conn, desk.day.on)
    first = date(desk.world.year, 1, 1)
    compared = faults.compare(conn, [desk.payments], first, desk.day.on)
    words = "；".join(f"{c.name} 少 {c.missing} 多 {c.extra}" for c in compared if not c.is_exact)
    seeded, named = sum(c.seeded for c in compared), sum(c.named for c in compared)
    proofs.append(invariants.Proof("查出的差错＝种下的差错", not words, named, seeded, words))
    invariants.record(conn, desk.day.on, proofs)


def _fall_over(conn: Conn, desk: Desk, crash_after: str) -> None:
    """Do the stages for good, one by one, and fall over after one of them."""
    for name, stage in desk.stages():
        with conn.transaction():
            stage()
        if name == crash_after:
            raise Crash(name)


def _close(conn: Conn, world: World, month: int) -> None:
    """Close a month in every region and seal what was posted. Doing it again changes nothing."""
    for region in world.regions:
        close_period(conn, region, world.year * 100 + month)
        if month == 1:
            close_period(conn, region, world.year * 100)
    seal(conn)


def _finish(conn: Conn, given: Run) -> None:
    """The end: the last year is closed and the next one opened, the last seals stand. Idempotent."""
    with conn.transaction():
        ending.end(conn, World(plan(given.scale, given.seed, given.years[-1], given.years[0])))
        seal(conn)
    conn.execute("analyze")
