"""Debt service in the simulated city: what falls due and is paid, and what goes between levels.

Every region pays interest; the city and one banner repay principal, too, each from what its congress adopted
for it at the year's start. The money itself leaves by allocation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import polars as pl
import psycopg

from fisc.city.cash import MOVES
from fisc.city.day import Day
from fisc.city.parts import Hour, Part, Proof, Stage, Table
from fisc.city.plan import Plan
from fisc.city.tables import GENERAL
from fisc.city.world import World
from fisc.debt.sim import budgeting, events, interest, principal
from fisc.debt.sim.due import BANNER, CITY, INTEREST, USES, adopted, of_interest, of_principal
from fisc.debt.sim.interest import DECEMBER
from fisc.debt.sim.principal import paid_of, withheld_of
from fisc.documents.accounts import PAID
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.ledger import EVER, Among, Turnover, turnover, year
from fisc.transfers.sim.settling import paid_on

Conn = psycopg.Connection[Any]

#: Where the quota book holds what is adopted and not paid: budgets, quotas, plans and applications.
_ADOPTED: Final = ("quota:92", "quota:93", "quota:94")
_BY_CLASS: Final = ("mof_div_code", "exp_func_code")

#: When quotas are issued for it, interest falls due, the city advances, all is paid, what is withheld.
_ADJUSTED, _DUE, _ADVANCED, _PAID, _WITHHELD, _YEAR_END = (
    (7, 12),
    (8, 16),
    (9, 6),
    (9, 14),
    (10, 19),
    (12, 29),
)


def movements(plan: Plan) -> pl.DataFrame:
    """What debt service moves of the treasuries' cash; what was set off last year is not paid in January."""
    at, withheld, paid = plan.calendar.index, withheld_of(plan), paid_of(plan)
    rows = [
        (CITY, at(*_ADVANCED), GENERAL, withheld - of_principal(plan, BANNER)),
        (CITY, at(*_PAID), GENERAL, paid - withheld), (BANNER, at(*_PAID), GENERAL, -paid),
        *((region, at(*_PAID), USES[part].fund, -fen)
          for part in INTEREST for region, fen in of_interest(plan, part).items()),
    ]  # fmt: skip
    if plan.before is not None:
        set_off, day = 2 * withheld_of(plan.before), paid_on(plan.dates)
        rows += [(CITY, day, GENERAL, set_off), (BANNER, day, GENERAL, -set_off)]
    return pl.DataFrame(rows, schema=MOVES, orient="row")


def pay(conn: Conn, world: World, day: Day) -> None:
    """Interest of all, and the banner's principal."""
    interest.pay(conn, world, day)
    index = world.plan.calendar.index(*_ADVANCED)
    principal.pay(conn, world, day, Day(index, world.days[index]))


def schedule(world: World, days: Sequence[Day]) -> None:
    """Its days of the year."""
    for when, work in (
        (_ADJUSTED, "debt_budget"), (_DUE, "debt_due"), (_ADVANCED, "debt_advanced"), (_PAID, "debt_paid"),
        (_WITHHELD, "debt_withheld"), (_YEAR_END, "debt_due"),
    ):  # fmt: skip
        days[world.plan.calendar.index(*when)].add(work)
    days[-1].add("debt_set_off")


# ---- what must hold


def net_assets_are_debt(conn: Conn, on: date) -> Iterator[Proof]:
    """What is owed stands against net assets, what is claimed in them (192: 2026 and 3082, 1041 and 3081)."""
    sums = {
        code: turnover(conn, Turnover((f"treasury_2015:{code}",), None, EVER, side), "mof_div_code")
        for code, side in (("2026", CREDIT), ("3082", DEBIT))
    }
    owed, against = sums["2026"], sums["3082"]
    bad = [
        region
        for (region,) in sorted({*owed, *against})
        if owed.get((region,), 0) != against.get((region,), 0)
    ]
    yield Proof(
        "应付转贷款＝待偿债净资产", not bad, sum(owed.values()), sum(against.values()), "、".join(bad)
    )


def budget_is_served(conn: Conn, on: date) -> Iterator[Proof]:
    """When a year ends, what its budgets adopted for debt service was paid, class by class and everywhere."""
    if on.month != DECEMBER:
        return
    of_debt = (Among("exp_func_code", tuple(use.exp_func_code for use in USES.values())),)
    left, paid = (
        turnover(conn, Turnover(accounts, None, year(on.year, 12, 0), CREDIT, of_debt), *_BY_CLASS)
        for accounts in (_ADOPTED, (PAID,))
    )
    bad = [" ".join(cell) for cell, fen in sorted(left.items()) if fen]
    has = sum(paid.values())
    yield Proof("还本付息的预算＝支出", not bad, has + sum(left.values()), has, "、".join(bad[:5]))


PART = Part(
    name="debt",
    tables=(Table("debt_service", adopted),),
    cash=movements,
    found=events.found,
    schedule=schedule,
    stages=(
        Stage("debt_budget", Hour.ACTS, budgeting.issue, after="adjust"),
        Stage("debt_due", Hour.ACTS, interest.accrue),
        Stage("debt_advanced", Hour.DOCUMENTS, principal.advance),
        Stage("debt_paid", Hour.PAYING, pay),
        Stage("debt_withheld", Hour.PAYING, principal.withhold),
        Stage("debt_set_off", Hour.PAYING, principal.set_off),
    ),
    proofs=(net_assets_are_debt, budget_is_served),
    counts=(("债务收付", "select count(*) from debt_event"),),
)  # fmt: skip
