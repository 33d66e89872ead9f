"""Reserves in the simulated city: what is set aside and drawn, the working fund, money between budgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl
import psycopg

from fisc.city import desk
from fisc.city.cash import MOVES
from fisc.city.day import Day
from fisc.city.parts import Hour, Part, Stage
from fisc.city.plan import Plan
from fisc.city.tables import FUND, GENERAL
from fisc.city.world import World
from fisc.reserves import services as reserves
from fisc.reserves.services import Move
from fisc.revenue.sim.receipts import STATE_CAPITAL
from fisc.treasury.sim.state_capital import moved_fen

Conn = psycopg.Connection[Any]

#: The city and the banner whose budgets draw on the stabilisation fund.
_REGIONS: Final = (0, 1)
_SET_ASIDE, _DRAWN, _MOVED = (5, 25), (7, 14), (11, 16)
#: The kinds of government funds that give, the first that can: 国有土地使用权出让收入, 城市基础设施配套费.
_KINDS: Final = ("1030148", "1030156")
#: The working fund and what goes between budgets: one part in so many of the year's special bonds.
_WORKING, _BETWEEN = 2_000, 500


def _record(conn: Conn, moves: Sequence[Move], day: Day) -> None:
    reserves.record_moves(conn, moves, by=desk.TREASURY_MAKE, reviewed_by=desk.TREASURY_REVIEW, on=day.on)


def _move(world: World, day: Day, whose: tuple[int, int], kind: str, fen: int, **more: str) -> Move:
    """The move of a region and a serial number of the day."""
    region, serial = whose
    fund = more.pop("fund_type_code", "111")
    return Move(
        f"ZJ{world.year}-{region}-{day.on:%m%d}-{serial}",
        kind,
        world.regions[region],
        fund,
        fen,
        day.on,
        world.number(region, "储批", serial),
        **more,
    )


def set_aside(conn: Conn, world: World, day: Day) -> None:
    """What the budget will draw and the fund lacks is set aside before, and a working fund (192-T32, T33)."""
    controls = world.plan.controls
    moves = []
    for region in _REGIONS:
        place = world.regions[region]
        lacks = int(controls.principal_due[region]) - reserves.standing_of_stabilisation(conn, place)
        if lacks > 0:
            moves.append(_move(world, day, (region, 1), "stabilisation_set_aside", lacks))
        free = reserves.free(conn, place, "111", world.year) - max(lacks, 0)
        working = min(int(controls.spending[region]) // _WORKING, free)
        if working > 0:
            moves.append(_move(world, day, (region, 2), "working_capital_set", working))
    _record(conn, moves, day)


def draw(conn: Conn, world: World, day: Day) -> None:
    """What the adjusted budgets draw of the stabilisation fund, where they do (192-T31)."""
    due = {r: reserves.drawn_of_stabilisation(conn, world.regions[r], world.year) for r in _REGIONS}
    _record(conn, [
        _move(world, day, (region, 1), "stabilisation_drawn", approved - drawn)
        for region, (approved, drawn) in due.items()
        if approved > drawn
    ], day)  # fmt: skip


def _between(plan: Plan) -> int:
    """What of government funds goes to the general budget."""
    return int(plan.controls.special_bonds[0]) // _BETWEEN


def movements(plan: Plan) -> pl.DataFrame:
    """What goes between the city's budgets takes its cash along."""
    day, between, moved = plan.calendar.index(*_MOVED), _between(plan), moved_fen(plan.year)
    rows = [(0, day, FUND, -between), (0, day, STATE_CAPITAL, -moved), (0, day, GENERAL, between + moved)]
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def move_over(conn: Conn, world: World, day: Day) -> None:
    """Fund money and state capital go to the general budget, half of the working fund to stabilisation."""
    between = _between(world.plan)
    working = reserves.standing_of_working_capital(conn, world.regions[0])
    place = world.regions[0]
    kind = next(k for k in _KINDS if reserves.free(conn, place, "121", world.year, k) >= between)
    _record(conn, [
        _move(world, day, (0, 1), "fund_transfer", between, fund_type_code=FUND, to_fund_type_code=GENERAL,
              fund_kind_code=kind),
        _move(world, day, (0, 2), "working_capital_to_stabilisation", working // 2),
        _move(world, day, (0, 3), "fund_transfer", moved_fen(world.year), fund_type_code="13",
              to_fund_type_code="111"),
    ], day)  # fmt: skip


def schedule(world: World, days: Sequence[Day]) -> None:
    """Its days of the year."""
    for when, work in ((_SET_ASIDE, "set_aside"), (_DRAWN, "draw"), (_MOVED, "move_over")):
        days[world.plan.calendar.index(*when)].add(work)


PART = Part(
    name="reserves",
    cash=movements,
    schedule=schedule,
    stages=(
        Stage("set_aside", Hour.ACTS, set_aside),
        Stage("draw", Hour.ACTS, draw),
        Stage("move_over", Hour.ACTS, move_over),
    ),
    counts=(("预算间调拨与储备", "select count(*) from reserves_move"),),
)
