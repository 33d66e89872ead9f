"""Interest in the simulated city: it falls due everywhere, and goes up through the city (192-T18 to T23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from fisc.city.day import Day
from fisc.city.world import World
from fisc.debt.services import DebtItem
from fisc.debt.sim.due import CITY, INTEREST, of_interest
from fisc.debt.sim.events import allocation, event, moved, pay_app_no, record
from fisc.treasury.sim.allocating import allocate

Conn = psycopg.Connection[Any]

#: Of a year's interest, one part in so many falls due on its last days and is paid as much later.
_STANDS = 4
DECEMBER = 12


def accrue(conn: Conn, world: World, day: Day) -> None:
    """Interest falls due: banners', and the city's with theirs in it (192-T18, T19).

    What falls due on the year's last days stands over the year's end.
    """
    record(conn, list(_accrued(world, day)), day)


def _accrued(world: World, day: Day) -> Iterator[DebtItem]:
    serial = 0
    for part in INTEREST:
        amounts = _falls_due(world, day, part)
        owed = {**amounts, CITY: sum(amounts.values())}
        for region, fen in owed.items():
            serial += 1
            yield event(world, day, (serial, "interest_payable_accrued"), (region, part), fen)
        for region, fen in amounts.items():
            if region != CITY:
                serial += 1
                claim = (serial, "interest_receivable_accrued")
                yield event(world, day, claim, (CITY, part), fen, lower=region)


def _falls_due(world: World, day: Day, part: str) -> dict[int, int]:
    """What falls due of a part by region: on the year's last days what stands, before all but what stood."""
    due = of_interest(world.plan, part)
    if day.on.month == DECEMBER:
        return {region: fen // _STANDS for region, fen in due.items()}
    before = of_interest(world.plan.before, part) if world.plan.before is not None else {}
    return {region: fen - before.get(region, 0) // _STANDS for region, fen in due.items()}


def pay(conn: Conn, world: World, day: Day) -> None:
    """Every region pays from its quota, straight from the treasury; what banners pay the city passes on."""
    owed = [(region, part, fen) for part in INTEREST for region, fen in of_interest(world.plan, part).items()]
    allocate(conn, world, day, [allocation(world, day, *one) for one in owed])
    paid, deposited, passed = [], [], []
    for serial, (region, part, fen) in enumerate(owed, start=20):
        number, own = pay_app_no(world, region, part), (region, part)
        paid.append(event(world, day, (serial, "interest_paid"), own, fen, pay_app_no=number))
        if region != CITY:
            came = event(world, day, (serial + 20, "lower_debt_deposited"), own, fen, lower=region,
                         accrued_fen=fen, pay_app_no=number)  # fmt: skip
            deposited.append(came)
            on = event(world, day, (serial + 40, "lower_debt_paid_from_deposit"), (CITY, part), fen,
                       lower=region, accrued_fen=fen, settles_no=came.event_no)  # fmt: skip
            passed.append(on)
    record(conn, [*paid, *deposited], day)
    record(conn, passed, day)
    moved(conn, world, day, [*((one, 1) for one in deposited), *((one, -1) for one in passed)])
