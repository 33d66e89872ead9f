"""Puts the lines of persons below the payments that pay them, all of a transaction at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import read
from fisc.kernel.posting import in_transaction
from fisc.reading.entries import entry_ids
from fisc.rosters import services as rosters
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.rules.payments import stage_account
from fisc.treasury.services.payroll.matching import Share

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Roster:
    """The lines of one application, the month ('2021-03') they are pay of and the file they stand in.

    `rounds` tells how often a line was applied for and withdrawn before; lines that never were are left out.
    """

    pay_app_no: str
    pay_month: str
    file_sha256: str
    shares: Sequence[Share]
    rounds: Mapping[str, int] = field(default_factory=dict)


def enroll(conn: Conn, given: Sequence[Roster]) -> None:
    """Write the rosters of applications that were made in this transaction.

    The database adds each up to the voucher that holds its quota, and lets none leave its draft without.
    """
    if given:
        in_transaction(conn, lambda: _enroll(conn, given))


def _enroll(conn: Conn, given: Sequence[Roster]) -> None:
    numbers = [roster.pay_app_no for roster in given]
    payments = {payment.doc_key: payment for payment in read(conn, PAYMENT, numbers)}
    entries = entry_ids(conn, (PAYMENT.event(number, "applied") for number in numbers))
    lines: dict[str, list[rosters.Line]] = defaultdict(list)
    for roster in given:
        payment = payments[roster.pay_app_no]
        entry_id = entries[PAYMENT.event(roster.pay_app_no, "applied")]
        account = stage_account(payment.stage, payment.fiscal_year)
        lines[account] += [_line(roster, payment, entry_id, share) for share in roster.shares]
    for account, of_account in lines.items():
        rosters.write(conn, account, of_account)


def _line(roster: Roster, payment: Payment, entry_id: int, share: Share) -> rosters.Line:
    i = share.item
    return rosters.Line(
        entry_id, payment.coding_id, i.amount_fen, i.line_key, roster.rounds.get(i.line_key, 0),
        payment.doc_key, payment.mof_div_code, roster.pay_month, i.agency_code, i.per_code, i.per_name,
        i.item_name, i.dep_bgt_eco_code, i.payee_acct_no, share.step, roster.file_sha256, i.row_no,
    )  # fmt: skip
