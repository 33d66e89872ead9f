"""Principal in the simulated city: the city advances, is reimbursed and withholds; its own is withheld.

Half of the banner's principal is withheld by the city, at most what the banner waits for: half of that
had been advanced, half is passed on. It is cleared with what the banner was granted.
"""

from __future__ import annotations

from typing import Any

import psycopg

from fisc.budget.sim.words import issue_number
from fisc.city import desk
from fisc.city.day import Day
from fisc.city.plan import Plan
from fisc.city.world import World
from fisc.debt.sim.budgeting import of_deficit, parts_of
from fisc.debt.sim.due import BANNER, CITY, PRINCIPAL, bgt_id, of_principal
from fisc.debt.sim.events import allocation, event, event_no, moved, pay_app_no, record
from fisc.transfers import services as transfers
from fisc.transfers.sim import granting
from fisc.transfers.sim.settling import waits
from fisc.treasury.sim.allocating import allocate

Conn = psycopg.Connection[Any]

_OF_CITY = (CITY, PRINCIPAL)


def withheld_of(plan: Plan) -> int:
    """What of the banner's principal the city withholds each way; together no more than waits for it."""
    fen_waits = sum(fen for (_, region), fen in waits(plan).items() if region == BANNER)
    return min(of_principal(plan, BANNER) // 4, fen_waits // 2)


def paid_of(plan: Plan) -> int:
    """What the banner pays of its principal in cash."""
    return of_principal(plan, BANNER) - 2 * withheld_of(plan)


def advance(conn: Conn, world: World, day: Day) -> None:
    """The city pays the banner's principal, which falls due before the banner pays (192-T22).

    What it will withhold without having advanced it stays.
    """
    fen = of_principal(world.plan, BANNER) - withheld_of(world.plan)
    item = event(world, day, (1, "lower_debt_advanced"), _OF_CITY, fen, lower=BANNER)
    record(conn, [item], day)
    moved(conn, world, day, [(item, -1)])


def pay(conn: Conn, world: World, day: Day, advanced_on: Day) -> None:
    """The banner pays from its quota what was advanced; what it does not pay the city withholds (192-T25).

    Its quota is charged with that.
    """
    advanced, fen = event_no(world, advanced_on, 1), paid_of(world.plan)
    allocate(conn, world, day, [allocation(world, day, BANNER, PRINCIPAL, fen)])
    back = event(world, day, (1, "lower_debt_reimbursed"), (BANNER, PRINCIPAL), fen, lower=BANNER,
                 settles_no=advanced, pay_app_no=pay_app_no(world, BANNER, PRINCIPAL))  # fmt: skip
    record(conn, [back], day)
    moved(conn, world, day, [(back, 1)])
    if withheld_of(world.plan):
        _withhold_from_lower(conn, world, day, advanced)


def _withhold_from_lower(conn: Conn, world: World, day: Day, advanced: str) -> None:
    """Principal that the banner does not pay: advanced before, or passed on now (192-T25, T22, T24)."""
    fen = withheld_of(world.plan)
    of_advance = event(
        world, day, (6, "debt_withheld_from_lower_advanced"), _OF_CITY, fen, lower=BANNER, settles_no=advanced
    )
    plain = event(world, day, (7, "debt_withheld_from_lower"), _OF_CITY, fen, lower=BANNER)
    record(conn, [of_advance, plain], day)
    passed = event(
        world,
        day,
        (8, "lower_debt_paid_from_deposit"),
        _OF_CITY,
        fen,
        lower=BANNER,
        settles_no=plain.event_no,
    )
    quota = bgt_id(world, BANNER, PRINCIPAL)
    charged = [
        event(world, day, (number, "debt_withheld_charged"), (BANNER, PRINCIPAL), fen,
              settles_no=one.event_no, bgt_id=quota)
        for number, one in ((9, of_advance), (10, plain))
    ]  # fmt: skip
    record(conn, [passed, *charged], day)
    moved(conn, world, day, [(passed, -1)])


def set_off(conn: Conn, world: World, day: Day) -> None:
    """What was withheld of the banner is cleared with what it was granted and waits for (192-T07)."""
    if fen := 2 * withheld_of(world.plan):
        (doc,) = {doc for doc, region in waits(world.plan) if region == BANNER}
        line = granting.line_of(world, issue_number(world, doc), BANNER)
        item = transfers.LineCash(f"DB{world.year}-{world.regions[BANNER][:6]}", line, fen)
        transfers.set_off(conn, [item], **desk.cash(day.on))


def withhold(conn: Conn, world: World, day: Day) -> None:
    """The autonomous region withholds principal of the city, which charges it to its quotas (192-T24)."""
    fen = of_principal(world.plan, CITY)
    paper = f"内财债扣模〔{world.year}〕1号"
    withheld = event(world, day, (1, "debt_withheld_by_upper"), _OF_CITY, fen, basis_doc_no=paper)
    record(conn, [withheld], day)
    charged = [
        event(world, day, (serial, "debt_withheld_charged"), _OF_CITY, part,
              settles_no=withheld.event_no, bgt_id=quota)
        for serial, (quota, part) in enumerate(
            parts_of(world, CITY, PRINCIPAL, of_deficit(conn, world, CITY)), start=2
        )
    ]  # fmt: skip
    record(conn, charged, day)
