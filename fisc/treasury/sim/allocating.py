"""A payment straight from the treasury (实拨), from its application to its clearing on one day."""

from __future__ import annotations

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


def allocate(conn: Conn, world: World, day: Day, given: Allocation) -> None:
    """Ask for it, sign it, send it, and book the bank's answer."""
    number, on, region = given.pay_app_no, day.on, world.regions[given.region]
    (account,) = given.payee.accounts
    asked = treasury.PaymentApplication(
        number, given.bgt_id, given.amount_fen, "entity", account.acct_name, account.acct_no,
        account.bank_no, given.purpose, region, attachments=attached(number),
    )  # fmt: skip
    treasury.apply(conn, [asked], by=desk.UNIT_MAKE, on=on)
    treasury.review(conn, [number], by=desk.UNIT_REVIEW, on=on)
    treasury.approve(conn, [number], by=desk.TREASURY_REVIEW, on=on)
    certificates = treasury.certify(conn, [number], by=desk.TREASURY_SIGN, on=on)
    treasury.send(conn, certificates, by=desk.BANK, on=on, message_id=given.message_id)
    world.bank.transfer(conn, [Transfer(region, c, -given.amount_fen) for c in certificates], on=on)
    receipts = [treasury.BankReceipt(c, f"GK{c}", given.amount_fen, on) for c in certificates]
    treasury.confirm_allocated(conn, receipts, by=desk.BANK, cleared_by=desk.CLEARING_REVIEW, on=on)
