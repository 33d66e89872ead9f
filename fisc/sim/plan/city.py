"""The plan of a city's year: every table the driver needs, from (seed, scale, year) alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from fisc.sim.plan import budget as budgets
from fisc.sim.plan import cashflow, settling
from fisc.sim.plan import operations as ops
from fisc.sim.plan.calendar import Calendar, calendar
from fisc.sim.plan.controls import Controls, controls
from fisc.sim.plan.dates import Dates
from fisc.sim.plan.draws import Ints, Seed
from fisc.sim.plan.investing import investments
from fisc.sim.plan.notices import notices
from fisc.sim.plan.payments import payments, refunds_of_last_year
from fisc.sim.plan.people import agencies, officers, payees
from fisc.sim.plan.projects import TRANSFER, projects
from fisc.sim.plan.quotas import Ground, carried_from, quotas
from fisc.sim.plan.revenue import Revenue, revenue
from fisc.sim.plan.tables import FIRST_YEAR, YEARS


@dataclass(frozen=True, slots=True)
class CityPlan:
    """A year of the ten governments. Days are indices into `calendar.days`; rows refer to rows."""

    seed: Seed
    scale: float
    year: int
    first_year: int
    calendar: Calendar
    dates: Dates
    controls: Controls
    budget: budgets.Budget
    officers: pl.DataFrame
    agencies: pl.DataFrame
    projects: pl.DataFrame
    payees: pl.DataFrame
    quotas: pl.DataFrame
    payments: pl.DataFrame
    injections: pl.DataFrame
    operations: pl.DataFrame
    plans_of_use: pl.DataFrame
    revenue: Revenue
    opening_cash: Ints
    closing_cash: Ints
    late_refunds: pl.DataFrame  # of payments of the year before
    loans: pl.DataFrame


def plan(scale: float, seed: int, year: int, first_year: int = FIRST_YEAR) -> CityPlan:
    """The plan of `year` in a run that starts with `first_year` (later years carry money over).

    The same arguments give the same plan, on any machine. Raises ValueError for a scale outside
    (0, 1] and for a year without public totals.
    """
    if not 0 < scale <= 1:
        raise ValueError(f"规模应在 0 与 1 之间：{scale}")
    if year not in YEARS or first_year not in YEARS or first_year > year:
        raise ValueError(f"没有 {first_year}—{year} 年的公开总数，可模拟的年度：{YEARS}")
    return _plan(scale, seed, year, first_year)


@lru_cache(maxsize=2)
def _plan(scale: float, seed: int, year: int, first_year: int) -> CityPlan:
    before = _plan(scale, seed, year - 1, first_year) if year > first_year else None
    ground = _ground(Seed.of(seed, scale), scale, year)
    carried = _carried(before, ground) if before else None
    bare, paid_to = quotas(ground, carried), payees(ground.seed, scale)
    asked = payments(ground, bare, paid_to)
    done = ops.operations(ground, bare, asked)
    issued = ops.with_operations(bare, done)
    money, issued = budgets.budget(ground, issued)
    receipts = revenue(ground, money.fund_revenue)
    late = refunds_of_last_year(ground, before.payments) if before else asked.clear()
    moves = cashflow.path(
        ground, asked, cashflow.Money(money.notices, money.issues, money.subsidies, receipts.cash, late)
    )
    moves = settling.moves(moves, ground, money.issues, before.budget.issues if before else None)
    cash = before.closing_cash if before else cashflow.opening(ground, moves)
    return CityPlan(
        seed=ground.seed,
        scale=scale,
        year=year,
        first_year=first_year,
        calendar=ground.calendar,
        dates=Dates.of(ground.calendar),
        controls=ground.controls,
        budget=money,
        officers=officers(),
        agencies=ground.agencies,
        projects=ground.projects,
        payees=paid_to,
        quotas=issued,
        payments=asked,
        injections=investments(ground, issued, asked, paid_to),
        operations=done,
        plans_of_use=ops.plans_of_use(ground, issued, asked, done),
        revenue=receipts,
        opening_cash=cash,
        closing_cash=cash + moves.sum(axis=1),
        late_refunds=late,
        loans=cashflow.loans(ground, moves, cash),
    )


def _ground(seed: Seed, scale: float, year: int) -> Ground:
    people, days = agencies(scale), calendar(year)
    library = projects(seed, scale, year, people)
    classes = sorted(library.filter(pl.col("source") == TRANSFER)["exp_func_code"].str.slice(0, 3).unique())
    return Ground(seed, scale, days, controls(year), people, library, notices(seed, scale, days, classes))


def _carried(before: CityPlan, ground: Ground) -> pl.DataFrame:
    rows = {code: row for row, code in enumerate(ground.projects["pro_code"].to_list())}
    return carried_from(before.quotas, ground, rows, before.projects["pro_code"].to_list())
