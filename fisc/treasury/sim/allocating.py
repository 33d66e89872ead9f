"""Payments straight from the treasury (实拨), from their application to their clearing on one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from fisc.city import desk
from fisc.city.bank import Transfer
from fisc.city.day import Day
from fisc.city.papers import attached
from fisc.city.world import World
from fisc.registry import elements
from fisc.treasury import services as treasury

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much of a quota of a region (by its index), to whom and what for; fen."""

    pay_app_no: str
    bgt_id: str
    region: int
    amount_fen: int
    payee: elements.Payee
    purpose: str
    message_id: str


def allocate(conn: Conn, world: World, day: Day, given: Sequence[Allocation]) -> None:
    """Ask for them, sign them, send each, and book the bank's answers."""
    keys, on = [one.pay_app_no for one in given], day.on
    treasury.apply(conn, [_application(world, one) for one in given], by=desk.UNIT_MAKE, on=on)
    treasury.review(conn, keys, by=desk.UNIT_REVIEW, on=on)
    treasury.approve(conn, keys, by=desk.TREASURY_REVIEW, on=on)
    certificates = treasury.certify(conn, keys, by=desk.TREASURY_SIGN, on=on)
    orders = list(zip(given, certificates, strict=True))
    for one, certificate in orders:
        treasury.send(conn, [certificate], by=desk.BANK, on=on, message_id=one.message_id)
    moves = [Transfer(world.regions[one.region], c, -one.amount_fen) for one, c in orders]
    world.bank.transfer(conn, moves, on=on)
    receipts = [treasury.BankReceipt(c, f"GK{c}", one.amount_fen, on) for one, c in orders]
    treasury.confirm_allocated(conn, receipts, by=desk.BANK, cleared_by=desk.CLEARING_REVIEW, on=on)


def _application(world: World, given: Allocation) -> treasury.PaymentApplication:
    (account,) = given.payee.accounts
    return treasury.PaymentApplication(
        given.pay_app_no, given.bgt_id, given.amount_fen, "entity", account.acct_name, account.acct_no,
        account.bank_no, given.purpose, world.regions[given.region], attachments=attached(given.pay_app_no),
    )  # fmt: skip
