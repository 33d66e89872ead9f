"""The turn of a year: settlement between levels, closing, the next year's opening, what was owed is paid.

What documents grant and nobody paid is accrued on the last working day; in January, when the answers of
December have come and quotas were carried over, December and the year are closed and the next one opened.
After the last year of a run that is done at once, and its quotas go on too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.closing import services as closing
from fisc.kernel import close_period, open_year
from fisc.registry import elements
from fisc.sim import bank
from fisc.sim.driver import desk
from fisc.sim.driver.schedule import Day
from fisc.sim.driver.world import World
from fisc.sim.invariants import record
from fisc.sim.plan.settling import paid_on
from fisc.sim.year_end import prove_year_end
from fisc.transfers import services as transfers

Conn = psycopg.Connection[Any]

DECEMBER = 12


def morning(conn: Conn, world: World, day: Day, *, is_first: bool) -> None:
    """What a day pays of the year before, while the bank is open. Doing it again changes nothing."""
    if not is_first and day.index == paid_on(world.plan.dates):
        pay_accrued(conn, world, day.on)


def evening(conn: Conn, world: World, day: Day, *, is_first: bool) -> None:
    """What a day has of the turn of a year; the first year of a run has none before it."""
    if day.index == len(world.days) - 1:
        closing.settle_year(conn, world.regions[0], world.year, **desk.cash(day.on))
    if not is_first and day.index == world.plan.dates.to_departments:
        close(conn, world.regions, world.year - 1, day.on)


def close(conn: Conn, regions: Sequence[str], fiscal_year: int, on: date) -> None:
    """Close December and the year, open the next one, lock what is closed, everywhere; prove it."""
    for region in regions:
        close_period(conn, region, fiscal_year * 100 + DECEMBER)
    closing.close_year(conn, regions, fiscal_year, **desk.cash(on))
    closing.open_next_year(conn, regions, fiscal_year, **desk.cash(on))
    closing.lock_year(conn, regions, fiscal_year)
    record(conn, on, prove_year_end(conn, fiscal_year))


def pay_accrued(conn: Conn, world: World, on: date) -> None:
    """The city pays banners what was accrued at the end of last year, document by document."""
    city = world.regions[0]
    owed = closing.owed(conn, city, world.year - 1).claims
    due = [claim for claim in owed if claim.kind == closing.ACCRUED and claim.debtor == city]
    items = [transfers.SettleCash(f"BN{c.doc_no}-{c.creditor[:6]}", c.key, c.amount_fen) for c in due]
    if items:
        transfers.pay_accrued(conn, items, **desk.cash(on))
    for item, claim in zip(items, due, strict=True):
        bank.transfer(conn, city, item.cash_no, -item.amount_fen, on=on)
        bank.transfer(conn, claim.creditor, item.cash_no, item.amount_fen, on=on)


def end(conn: Conn, world: World) -> None:
    """The end of a run's last year: quotas carried over, the year closed, the next one opened. Idempotent."""
    on = date(world.year + 1, 1, 10)
    for region in world.regions:
        open_year(conn, region, world.year + 1)
        elements.roll_over(conn, region, world.year, world.year + 1, by=desk.REGISTRY, on=on)
    for number in range(len(world.regions)):
        closing.carry_quotas(conn, _paper(world, number, on), world.year, **desk.budget(on))
    close(conn, world.regions, world.year, on)


def _paper(world: World, region: int, on: date) -> closing.CarryPaper:
    def of_next_year(series: str) -> str:
        return world.number(region, series).replace(f"〔{world.year}〕", f"〔{world.year + 1}〕")

    title = f"{world.names[region]}上年结转指标（模拟）"
    return closing.CarryPaper(of_next_year("指结"), world.regions[region], on, title, of_next_year("政结"))
