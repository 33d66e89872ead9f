"""The accounts that the treasuries keep with their banks, and the cash they begin with."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from fisc.banking import services as banking
from fisc.city import cash
from fisc.city.bank import Transfer
from fisc.city.tables import FUND
from fisc.city.world import World
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Document, post, record_documents
from fisc.sim.bank import book
from fisc.sim.bank.treasury import transfer

Conn = psycopg.Connection[Any]

ZERO, SINGLE = "11", "21"
_BANK, _CENTRAL = "102205{:06d}", "011205{:06d}"
#: The kind of government fund that the cash of funds is of: what land was sold for.
_KINDS: Final = {FUND: "1030148"}


def found(conn: Conn, world: World) -> None:
    """Before the first year: the accounts are opened, and the balance of the year before brought in."""
    if world.is_first:
        _open_accounts(conn, world)
        _bring_in_cash(conn, world)


def bank_no(region: int) -> str:
    """The agent bank of a region."""
    return _BANK.format(150600 + region)


def central_no(region: int) -> str:
    """The treasury (国库) of a region."""
    return _CENTRAL.format(150600 + region)


def number(region: str, kind: str) -> str:
    """The number of a region's account of a kind."""
    return f"15{region[:6]}{kind}0001"


def _open_accounts(conn: Conn, world: World) -> None:
    rows = [
        row
        for place, (region, name) in enumerate(zip(world.regions, world.names, strict=True))
        for row in (
            (number(region, ZERO), f"{name}财政零余额账户（模拟）", bank_no(place), region, ZERO),
            (number(region, SINGLE), f"{name}国库单一账户（模拟）", central_no(place), region, SINGLE),
        )
    ]
    banking.define_accounts(conn, [banking.TreasuryAccount(*row) for row in rows])
    book.open_accounts(conn, [book.Account(*row) for row in rows])


def _bring_in_cash(conn: Conn, world: World) -> None:
    """The balance of the year before (192-X03), in the books and in the treasury's account."""
    entries, moves, on = [], [], world.eve
    papers = record_documents(conn, [
        Document(f"opening:{region}:{world.year}", "opening", region, world.year, on,
                 title="年初库款（模拟）")
        for region in world.regions
    ])  # fmt: skip
    begun = {fund: of_regions.tolist() for fund, of_regions in world.plan.once(cash.opening).items()}
    for place, (region, paper) in enumerate(zip(world.regions, papers, strict=True)):
        legs = [
            Leg("opening_balance", fens[place],
                Coding(world.year, region, fund, rev_func_code=_KINDS.get(fund, "")))
            for fund, fens in begun.items()
        ]  # fmt: skip
        entries.append(
            voucher(f"opening:{region}:{world.year}:cash", region, on, legs, document_id=paper,
                    summary=f"{world.year} 年初库款（模拟）", period=world.year * 100)
        )  # fmt: skip
        moves.append(Transfer(region, f"opening {world.year}", sum(leg.amount_fen for leg in legs)))
    transfer(conn, moves, on=on)
    post(conn, entries)
