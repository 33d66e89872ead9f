"""The budget's part in the simulated city: library, budgets, quotas and what is done with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import psycopg

from fisc.budget.sim import issuing, money, operating, preparing, projects, quotas, routes
from fisc.budget.sim.quotas import CARRIED, CARRY
from fisc.budget.sim.routes import PROPOSAL
from fisc.budget.sim.words import quotas_of
from fisc.city.day import Day
from fisc.city.parts import Hour, Part, Stage, Table
from fisc.city.world import World

Conn = psycopg.Connection[Any]

_TABLES = (
    Table("projects", projects.projects), Table("quota_shares", quotas.shares),
    Table("quotas_issued", quotas.issued), Table("money", money.money), Table("quotas", routes.routed),
)  # fmt: skip


def _found(conn: Conn, world: World) -> None:
    """The year's budget is prepared in the autumn before it."""
    preparing.prepare(conn, world)
    operating.state_prior_levels(conn, world)


def _schedule(world: World, days: Sequence[Day]) -> None:
    dates = world.plan.dates
    for index, work in (
        (dates.carried_in, "carry"), (dates.advance, "advance"), (dates.approved, "approve"),
        (dates.to_departments, "departments"), (dates.to_units, "units"), (dates.to_units + 2, "settle"),
        (dates.adjusted, "adjust"),
    ):  # fmt: skip
        days[index].add(work)
    for row in quotas_of(world, ~pl.col("route").is_in([PROPOSAL, CARRIED])):
        days[row["day"]].add("quotas", row)
    operations = [row for row in world.rows("operations") if row["kind"] != CARRY]
    for row in operations:
        days[row["day"]].add("operations", row)
    for row in operations:
        if row["until"] >= 0:
            days[row["until"]].add("operations", {**row, "kind": "unfreeze"})


PART = Part(
    name="budget",
    tables=_TABLES,
    found=_found,
    schedule=_schedule,
    stages=(
        Stage("carry", Hour.ACTS, operating.carry_over),
        Stage("advance", Hour.ACTS, operating.advance),
        Stage("approve", Hour.ACTS, preparing.approve),
        Stage("departments", Hour.ACTS, issuing.issue_to_departments),
        Stage("units", Hour.ACTS, issuing.issue_to_units),
        Stage("settle", Hour.ACTS, operating.settle),
        Stage("adjust", Hour.ACTS, issuing.adjust),
        Stage("quotas", Hour.QUOTAS, issuing.enter_quotas),
        Stage("operations", Hour.QUOTAS, operating.operate),
    ),
    growing=("budget_quota",),
    counts=(
        ("项目（年度）", "select count(*) from budget_library_project"),
        ("指标（可执行）", "select count(*) from budget_quota where bgt_exe_flag = '1'"),
    ),
)
