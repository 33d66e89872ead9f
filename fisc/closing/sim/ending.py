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

from fisc.banking import services as banking
from fisc.banking.proven import unproven_at_end
from fisc.city import desk
from fisc.city.bank import Transfer
from fisc.city.day import Day
from fisc.city.parts import Proof
from fisc.city.world import World
from fisc.closing import services as closing
from fisc.closing.sim.proofs import prove_year_end
from fisc.debt.sim import due
from fisc.kernel import close_periods, open_year
from fisc.registry import elements
from fisc.reserves import services as reserves
from fisc.transfers import services as transfers
from fisc.transfers.sim.settling import paid_on

Conn = psycopg.Connection[Any]

DECEMBER = 12


def schedule(world: World, days: Sequence[Day]) -> None:
    """Levels settle on the year's last day; in January what was accrued is paid, and the year before closed.

    The first year of a run has none before it.
    """
    days[-1].add("settle_year")
    if not world.is_first:
        days[paid_on(world.plan.dates)].add("accrued")
        days[world.plan.dates.to_departments].add("close_year")


def settle_year(conn: Conn, world: World, day: Day) -> None:
    """The settlement between levels."""
    closing.settle_year(conn, world.regions[0], world.year, **desk.cash(day.on))


def close_year(conn: Conn, world: World, day: Day) -> list[Proof]:
    """The year before is closed, and what must hold of its end is proven."""
    return close(conn, world.regions, world.year - 1, day.on, due.of_principal(world.plan, due.CITY))


def close(conn: Conn, regions: Sequence[str], fiscal_year: int, on: date, principal_fen: int) -> list[Proof]:
    """End a year everywhere: money from above, quota book, surplus, December, the books; and prove it.

    `principal_fen` falls due in the next year for the first region.
    """
    closing.carry_sources(conn, regions, fiscal_year, **desk.cash(on))
    closing.close_quota_books(conn, regions, fiscal_year, **desk.cash(on))
    _reduce_deficit(conn, regions[0], fiscal_year, on, principal_fen)
    closing.settle_surplus(conn, regions, fiscal_year, **desk.cash(on))
    close_periods(conn, regions, [fiscal_year * 100 + DECEMBER])
    closing.close_year(conn, regions, fiscal_year, **desk.cash(on))
    closing.open_next_year(conn, regions, fiscal_year, **desk.cash(on))
    _say_why_unproven(conn, regions, fiscal_year, on)
    closing.lock_year(conn, regions, fiscal_year, by=desk.TREASURY_SIGN)
    return prove_year_end(conn, fiscal_year)


def _say_why_unproven(conn: Conn, regions: Sequence[str], fiscal_year: int, on: date) -> None:
    """Two officers say why banks are not proven: faults that are open still, the last day without business.

    Doing it again changes nothing.
    """
    left = sorted(
        {one.mof_div_code for one in unproven_at_end(conn, regions, fiscal_year) if not one.note_no}
    )
    reason = "年末最后一日银行无业务，或差错尚在查明，次年逐项核销（模拟）"
    notes = [banking.UnprovenBank(f"WD{fiscal_year}-{one[:6]}", one, fiscal_year, reason) for one in left]
    banking.make_unproven_notes(conn, notes, by=desk.RECONCILE, on=on)
    banking.approve_unproven_notes(conn, [one.note_no for one in notes], by=desk.FINDING_REVIEW, on=on)


def _reduce_deficit(conn: Conn, region: str, fiscal_year: int, on: date, principal_fen: int) -> None:
    """What may reduce the deficit pays next year's principal, the rest is set aside (预算法第六十六条).

    Doing it again changes nothing.
    """
    left = closing.left_over(conn, [region], fiscal_year)[region]
    fen = min(left.reducible_fen, principal_fen)
    if not left.reduced_fen and fen > 0:
        given = reserves.Move(
            f"CJ{fiscal_year}", "deficit_reduced", region, "111", fen,
            date(fiscal_year, 12, 31), f"市府冲减批〔{fiscal_year + 1}〕1号（模拟）",
        )  # fmt: skip
        reserves.record_moves(conn, [given], by=desk.TREASURY_MAKE, reviewed_by=desk.TREASURY_REVIEW, on=on)


def pay_accrued(conn: Conn, world: World, day: Day) -> None:
    """The city pays banners what was accrued at the end of last year, document by document.

    Doing it again changes nothing.
    """
    on = day.on
    city = world.regions[0]
    owed = closing.owed(conn, city, world.year - 1).claims
    due = [claim for claim in owed if claim.kind == closing.ACCRUED and claim.debtor == city]
    items = [transfers.SettleCash(f"BN{c.doc_no}-{c.creditor[:6]}", c.key, c.amount_fen) for c in due]
    if items:
        transfers.pay_accrued(conn, items, **desk.cash(on))
    moves = [
        Transfer(region, item.cash_no, sign * item.amount_fen)
        for item, claim in zip(items, due, strict=True)
        for region, sign in ((city, -1), (claim.creditor, 1))
    ]
    world.bank.transfer(conn, moves, on=on)


def end(conn: Conn, world: World, on: date) -> list[Proof]:
    """The end of a run's last year: quotas carried over, the year closed, the next one opened. Idempotent.

    In the year after the run as much principal is taken to fall due.
    """
    for region in world.regions:
        open_year(conn, region, world.year + 1)
        elements.roll_over(conn, region, world.year, world.year + 1, by=desk.REGISTRY, on=on)
    for number in range(len(world.regions)):
        closing.carry_quotas(conn, _paper(world, number, on), world.year, **desk.budget(on))
    return close(conn, world.regions, world.year, on, due.of_principal(world.plan, due.CITY))


def _paper(world: World, region: int, on: date) -> closing.CarryPaper:
    def of_next_year(series: str) -> str:
        return world.number(region, series).replace(f"〔{world.year}〕", f"〔{world.year + 1}〕")

    title = f"{world.names[region]}上年结转指标（模拟）"
    return closing.CarryPaper(of_next_year("指结"), world.regions[region], on, title, of_next_year("政结"))
