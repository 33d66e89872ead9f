"""The accounts that the treasuries keep with their banks, and the cash they begin with."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from fisc.banking import services as banking
from fisc.city import cash
from fisc.city.bank import Transfer
from fisc.city.world import World
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Document, post, record_documents
from fisc.sim.bank import book
from fisc.sim.bank.treasury import transfer

Conn = psycopg.Connection[Any]

ZERO, SINGLE = "11", "21"
_BANK, _CENTRAL = "102205{:06d}", "011205{:06d}"
#: Of the cash a treasury begins with, what belongs to government funds (thousandths).
_FUND_SHARE: Final = 150
#: The kind of government fund that it is of: what land was sold for.
_LAND: Final = "1030148"


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
    begun = world.plan.once(cash.opening).tolist()
    for region, paper, fen_begun in zip(world.regions, papers, begun, strict=True):
        of_funds = fen_begun * _FUND_SHARE // 1000
        legs = [
            Leg("opening_balance", fen, Coding(world.year, region, fund, rev_func_code=kind))
            for fund, kind, fen in (("111", "", fen_begun - of_funds), ("121", _LAND, of_funds))
        ]
        entries.append(
            voucher(f"opening:{region}:{world.year}:cash", region, on, legs, document_id=paper,
                    summary=f"{world.year} 年初库款（模拟）", period=world.year * 100)
        )  # fmt: skip
        moves.append(Transfer(region, f"opening {world.year}", fen_begun))
    transfer(conn, moves, on=on)
    post(conn, entries)
