"""A domain takes part in the simulated city by its part alone: nothing central knows of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import psycopg
import pytest

from fisc.city import cash
from fisc.city.day import Day
from fisc.city.desk import Seat
from fisc.city.parts import Hour, Part, Proof, Stage, Table
from fisc.city.plan import Plan
from fisc.city.world import World
from fisc.sim.days import in_order
from fisc.sim.digest import digest
from fisc.sim.line import DayConnection
from fisc.sim.parts import PARTS
from fisc.sim.plan import plan
from fisc.sim.run import Run, run
from fisc.sim.summary import summary
from tests.sim.conftest import NewCity

Conn = psycopg.Connection[Any]
LIT_ON = date(2021, 1, 5)


def draw_lamps(made: Plan) -> pl.DataFrame:
    """A lamp for some agencies, on the year's second working day."""
    chosen = sorted(made.stream("lamps").permutation(len(made["agencies"]))[:3].tolist())
    return pl.DataFrame({"agency": chosen, "day": [1] * 3, "amount_fen": [100, 200, 300]})


def found(conn: Conn, world: World) -> None:
    conn.execute("create table toy_lamp (agency text primary key, amount_fen bigint)")


def schedule(world: World, days: Sequence[Day]) -> None:
    for row in world.rows("lamps"):
        days[row["day"]].add("lamps", row)


def light(conn: Conn, world: World, day: Day) -> list[Proof]:
    for row in day.rows("lamps"):
        agency = world.rows("agencies")[row["agency"]]["agency_code"]
        conn.execute(
            "insert into toy_lamp values (%s, %s) on conflict do nothing", [agency, row["amount_fen"]]
        )
    lit = conn.execute("select sum(amount_fen)::bigint from toy_lamp").fetchone()
    assert lit is not None
    return [Proof("路灯", lit[0] == 600, lit[0], 600)]


def movements(made: Plan) -> pl.DataFrame:
    return made["lamps"].select(
        region=pl.lit(0, pl.Int64), day="day", fund_type_code=pl.lit("111"), amount_fen=-pl.col("amount_fen")
    )


TOY = Part(
    name="toy",
    seats=(Seat("LK", "点灯", ("unit_make",)),),
    tables=(Table("lamps", draw_lamps),),
    cash=movements,
    found=found,
    schedule=schedule,
    stages=(Stage("lamps", Hour.QUOTAS, light, after="quotas"),),
    growing=("toy_lamp",),
    counts=(("路灯（盏）", "select count(*) from toy_lamp"),),
)
WITH_TOY = (*PARTS, TOY)


def test_a_new_domain_brings_its_part_and_edits_nothing(new_city: NewCity) -> None:
    with DayConnection.connect(new_city(), autocommit=True) as conn:
        assert not run(conn, Run(0.002, 13, (2021,)), until=LIT_ON, parts=WITH_TOY)
        rows = conn.execute("select amount_fen from toy_lamp order by 1").fetchall()
        assert [fen for (fen,) in rows] == [100, 200, 300]
        told = summary(conn, WITH_TOY)
        assert told is not None and dict(told.counts)["路灯（盏）"] == 3
        assert [(p.name, p.held) for p in told.proofs] == [("路灯", 1)]
        officers = conn.execute("select count(*) from documents_officer where code like '%-LK'").fetchone()
        assert officers == (11,)  # the hall's and one for each region
        sections = {part.name: part.lines for part in digest(conn, parts=WITH_TOY).parts}
        assert sections["toy_lamp"] == 3
        assert "toy_lamp" not in {part.name for part in digest(conn).parts}


def test_what_a_part_moves_is_in_the_cash_of_the_treasuries_and_moves_no_other_draw() -> None:
    without, made = plan(0.003, 7, 2021), plan(0.003, 7, 2021, parts=WITH_TOY)
    assert made.once(cash.moves)["111"][0].sum() == without.once(cash.moves)["111"][0].sum() - 600
    assert made["payments"].equals(without["payments"])


def test_stages_come_at_their_hour_and_after_their_stage() -> None:
    names = [stage.name for stage in in_order(WITH_TOY)]
    assert names.index("quotas") < names.index("lamps") < names.index("ask")
    assert [stage.hour for stage in in_order(PARTS)] == sorted(stage.hour for stage in in_order(PARTS))


@pytest.mark.parametrize(
    "stage",
    [
        Stage("lamps", Hour.QUOTAS, light, after="lamps"),  # after itself
        Stage("lamps", Hour.QUOTAS, light, after="reconciliation"),  # of a later hour
        Stage("lamps", Hour.QUOTAS, light, after="nobody's"),
        Stage("ask", Hour.PAYING, light),  # another's name
    ],
    ids=["itself", "later", "unknown", "twice"],
)
def test_stages_that_cannot_be_ordered_are_refused(stage: Stage) -> None:
    with pytest.raises(ValueError, match="排不出先后或重名"):
        in_order((*PARTS, replace(TOY, stages=(stage,))))


def test_tables_that_nobody_draws_that_two_draw_or_that_need_themselves_are_refused() -> None:
    with pytest.raises(LookupError, match="没有计划表 lamps"):
        plan(0.003, 7, 2021)["lamps"]
    with pytest.raises(ValueError, match="两个模块都有计划表 payments"):
        plan(0.003, 7, 2021, parts=(*PARTS, replace(TOY, tables=(Table("payments", draw_lamps),))))
    circle = replace(TOY, cash=None, tables=(Table("lamps", lambda made: made["lamps"]),))
    with pytest.raises(LookupError, match="用到它自己：lamps ← lamps"):
        plan(0.003, 7, 2021, parts=(*PARTS, circle))["lamps"]


def test_services_do_not_load_what_only_the_simulation_needs() -> None:
    domains = ("registry.elements", "budget.services", "revenue.services", "transfers.services",
               "treasury.services", "capital.services", "closing.services")  # fmt: skip
    code = (
        "import sys, importlib, fisc.app; fisc.app.configure('postgresql://localhost/none')\n"
        f"for name in {domains}: importlib.import_module('fisc.' + name)\n"
        "parts = [name.split('.') for name in sys.modules if name.startswith('fisc.')]\n"
        "print([name for name in parts if name[1] == 'city' or name[2:3] == ['sim']])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
