"""What must be there before a year can begin: regions, officers, elements, accounts, the first balance."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking import services as banking
from fisc.documents import Leg, Officer, define_officers, voucher
from fisc.kernel import Coding, define_regions, open_year, post
from fisc.registry import elements
from fisc.sim import bank
from fisc.sim.driver import desk, gathering, investing
from fisc.sim.driver.world import World
from fisc.sim.plan.tables import UPPER

Conn = psycopg.Connection[Any]

ZERO, SINGLE = "11", "21"
_BANK, _CENTRAL = "102205{:06d}", "011205{:06d}"
#: Of the cash a treasury begins with, what belongs to government funds (thousandths).
_FUND_SHARE: Final = 150


def found(conn: Conn, world: World, is_first: bool) -> None:
    """Regions, periods, officers, agencies, payees and accounts of a year; in the first one, cash."""
    define_regions(conn, [UPPER, *world.regions])
    for region in world.regions:
        open_year(conn, region, world.year)
    on = date(world.year, 1, 1)
    if is_first:
        _define_officers(conn, world)
        _open_accounts(conn, world)
        _bring_in_cash(conn, world, on)
    else:
        for region in world.regions:
            elements.roll_over(conn, region, world.year - 1, world.year, by=desk.REGISTRY, on=on)
    elements.define_agencies(conn, _departments(world) + _agencies(world), by=desk.REGISTRY, on=on)
    elements.define_payees(conn, _payees(world), by=desk.REGISTRY, on=on)
    if is_first:
        gathering.order_sharing(conn, on)
        gathering.tell_before(conn, world, on)
        investing.register(conn, on)
    gathering.tell_targets(conn, world, on)


def _define_officers(conn: Conn, world: World) -> None:
    rows = world.plan.officers.iter_rows(named=True)
    define_officers(
        conn, [Officer(r["code"], r["name"], r["mof_div_code"], frozenset(r["duties"])) for r in rows]
    )


def _departments(world: World) -> list[elements.Agency]:
    found: dict[tuple[str, str], elements.Agency] = {}
    for row in world.agencies:
        region, dept = row["mof_div_code"], row["dept_code"]
        name = row["name"].removesuffix("（模拟）") + "（部门，模拟）"
        found.setdefault(
            (region, dept),
            elements.Agency(world.year, region, dept, name, dept, row["manage_mof_dep_code"], "department"),
        )
    return list(found.values())


def _agencies(world: World) -> list[elements.Agency]:
    return [
        elements.Agency(world.year, row["mof_div_code"], row["agency_code"], row["name"], row["dept_code"],
                        row["manage_mof_dep_code"], row["kind"])
        for row in world.agencies
    ]  # fmt: skip


def _payees(world: World) -> list[elements.Payee]:
    return [
        elements.Payee(
            row["payee_code"], row["name"], row["kind"],
            (elements.PayeeAccount(row["acct_no"], row["bank_no"], row["name"]),), world.year,
        )
        for row in world.payees
    ]  # fmt: skip


def bank_no(region: int) -> str:
    """The agent bank of a region."""
    return _BANK.format(150600 + region)


def central_no(region: int) -> str:
    """The treasury (国库) of a region."""
    return _CENTRAL.format(150600 + region)


def account_no(region: str, kind: str) -> str:
    """The number of a region's account of a kind."""
    return f"15{region[:6]}{kind}0001"


def _open_accounts(conn: Conn, world: World) -> None:
    rows = [
        row
        for number, (region, name) in enumerate(zip(world.regions, world.names, strict=True))
        for row in (
            (account_no(region, ZERO), f"{name}财政零余额账户（模拟）", bank_no(number), region, ZERO),
            (account_no(region, SINGLE), f"{name}国库单一账户（模拟）", central_no(number), region, SINGLE),
        )
    ]
    banking.define_accounts(conn, [banking.TreasuryAccount(*row) for row in rows])
    bank.open_accounts(conn, [bank.Account(*row) for row in rows])


def _bring_in_cash(conn: Conn, world: World, on: date) -> None:
    """The balance of the year before (192-X03), in the books and in the treasury's account."""
    entries = []
    for region, cash in zip(world.regions, world.plan.opening_cash.tolist(), strict=True):
        of_funds = cash * _FUND_SHARE // 1000
        legs = [
            Leg("opening_balance", fen, Coding(world.year, region, fund))
            for fund, fen in (("111", cash - of_funds), ("121", of_funds))
        ]
        entries.append(
            voucher(f"sim:{region}:{world.year}:opening", region, on, legs,
                    summary=f"{world.year} 年初库款（模拟）", period=world.year * 100)
        )  # fmt: skip
        bank.transfer(conn, region, f"opening {world.year}", cash, on=on)
    post(conn, entries)
