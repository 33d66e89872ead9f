"""Events of debt service as its parts write them, and the payments that carry the money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from fisc.city import desk
from fisc.city.bank import Transfer
from fisc.city.day import Day
from fisc.city.world import World
from fisc.debt import services as debt
from fisc.debt.services import DebtItem
from fisc.debt.sim.due import CITY, PRINCIPAL, USES, bgt_id
from fisc.registry import elements
from fisc.treasury.sim.allocating import Allocation

Conn = psycopg.Connection[Any]


def _payee(year: int) -> elements.Payee:
    name = "上级财政还本付息专户（模拟）"
    account = elements.PayeeAccount("15000000000099", "102191000019", name)
    return elements.Payee("SKHBFX", name, "agency", (account,), year)


def found(conn: Conn, world: World) -> None:
    """Where debt service is paid to."""
    elements.define_payees(conn, [_payee(world.year)], by=desk.REGISTRY, on=world.eve)


def record(conn: Conn, items: Sequence[DebtItem], day: Day) -> None:
    """Events made by one officer and posted by another."""
    debt.record_events(conn, items, by=desk.TREASURY_MAKE, reviewed_by=desk.TREASURY_REVIEW, on=day.on)


def event(
    world: World, day: Day, what: tuple[int, str], whose: tuple[int, str], fen: int,
    *, lower: int | None = None, **more: Any,
) -> DebtItem:  # fmt: skip
    """The event of a serial number of the day and a kind, of a region's part; `lower` if between two."""
    (serial, kind), (region, part) = what, whose
    return DebtItem(
        event_no(world, day, serial), kind, world.regions[region],
        "principal" if part == PRINCIPAL else "interest", USES[part].fund, fen, day.on,
        lower_div_code="" if lower is None else world.regions[lower], **more,
    )  # fmt: skip


def event_no(world: World, day: Day, serial: int) -> str:
    """The number of an event of a day."""
    return f"ZS{world.year}-{day.on:%m%d}-{serial:02d}"


def pay_app_no(world: World, region: int, part: str) -> str:
    """The payment that carries a part."""
    return f"ZH{bgt_id(world, region, part)}"


def allocation(world: World, day: Day, region: int, part: str, fen: int) -> Allocation:
    """The payment of a part from its quota."""
    return Allocation(
        pay_app_no(world, region, part), bgt_id(world, region, part), region, fen, _payee(world.year),
        "债务还本付息", f"HB{day.on:%Y%m%d}{region}{part}",
    )  # fmt: skip


def moved(conn: Conn, world: World, day: Day, moves: Sequence[tuple[DebtItem, int]]) -> None:
    """Events that move cash of the city's treasury, each with its sign."""
    transfers = [Transfer(world.regions[CITY], one.event_no, sign * one.amount_fen) for one, sign in moves]
    world.bank.transfer(conn, transfers, on=day.on)
