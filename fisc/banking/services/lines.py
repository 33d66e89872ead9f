"""What banks booked: statements and notifications become lines, each booking once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.banking.iso20022 import BankEntry, Notification, Statement
from fisc.banking.iso20022.model import OUT
from fisc.banking.services import findings, register
from fisc.banking.services.register import TreasuryAccount
from fisc.kernel.findings import Finding

Conn = psycopg.Connection[Any]
#: Registers the message with the columns given; answers with its row.
Note = Callable[..., int]

_STATEMENT, _NOTIFICATION = "S", "N"


def take_statement(conn: Conn, statement: Statement, on: date, note: Note) -> list[Finding]:
    """Keep a statement's bookings and sums; a gap to the statement before it becomes a finding.

    Raises NotFound for an account that is not ours.
    """
    account = register.account(conn, statement.acct_no)
    net = _net_by_role(statement.entries)
    key = note(
        mof_div_code=account.mof_div_code, acct_no=account.acct_no, order_id="",
        line_count=len(statement.entries), amount_fen=sum(e.amount_fen for e in statement.entries),
        sequence_no=statement.sequence_no, opening_fen=statement.opening_fen,
        closing_fen=statement.closing_fen, payments_fen=net["pay"],
        clearing_fen=net["clear"], other_fen=net["other"], business_on=statement.day,
    )  # fmt: skip
    gaps = _gaps(conn, account.acct_no, statement.message_id)
    found = [*gaps, *_keep(conn, account, key, statement.entries, told_on=statement.day)]
    _settle_gaps(conn, account, on)
    findings.record(conn, [(account.mof_div_code, f) for f in found], statement.message_id, on)
    return found


def take_notification(conn: Conn, message: Notification, on: date, note: Note) -> list[Finding]:
    """Keep a notification's bookings as evidence; the statement will say them again.

    Answers with findings that the caller records. Raises NotFound for an account that is not ours.
    """
    account = register.account(conn, message.acct_no)
    key = note(
        mof_div_code=account.mof_div_code, acct_no=account.acct_no, order_id="",
        line_count=len(message.entries), amount_fen=sum(e.amount_fen for e in message.entries),
        business_on=message.created_on,
    )  # fmt: skip
    return _keep(conn, account, key, message.entries, told_on=on, closed_on=on)


def _net_by_role(entries: Sequence[BankEntry]) -> dict[str, int]:
    """Net outflow of a statement by what the bank's codes mean."""
    net = {"pay": 0, "clear": 0, "other": 0}
    roles = register.roles()
    for entry in entries:
        net[roles.get(entry.code, "pay")] += _outflow(entry)
    return net


def _outflow(entry: BankEntry) -> int:
    return entry.amount_fen if entry.side == OUT else -entry.amount_fen


def _keep(
    conn: Conn,
    account: TreasuryAccount,
    key: int,
    entries: Sequence[BankEntry],
    *,
    told_on: date,
    closed_on: date | None = None,
) -> list[Finding]:
    """Store bookings; those that another message told already are findings and are not stored again.

    Those of a notification are closed (on `closed_on`) at once: reconciliation goes by statements.
    """
    if not entries:
        return []
    roles = register.roles()
    rows = [(e.bank_ref, e.side, e.amount_fen, e.booked_on, e.code, roles.get(e.code, "pay"), e.end_to_end_id,
             e.party_name, e.party_acct_no, e.reason_code, e.reason) for e in entries]  # fmt: skip
    stored = conn.execute(
        "insert into treasury_bank_line (mof_div_code, acct_no, acct_kind, source, message_key, told_on, "
        "closed_on, bank_ref, side, amount_fen, booked_on, code, role, ref_no, party_name, party_acct_no, "
        "reason_code, reason) select %s, %s, %s, %s, %s, %s, %s, t.* from unnest(%s::text[], %s::text[], "
        "%s::bigint[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], "
        "%s::text[]) t "
        "on conflict (acct_no, bank_ref, source) do nothing returning bank_ref",
        [account.mof_div_code, account.acct_no, account.kind, _NOTIFICATION if closed_on else _STATEMENT,
         key, told_on, closed_on, *register.columns_of(rows, 11)],
    )  # fmt: skip
    if stored.rowcount == len(entries):
        return []
    return _told_again(entries, [row[0] for row in stored])


def _told_again(entries: Sequence[BankEntry], stored: Sequence[str]) -> list[Finding]:
    fresh = set(stored)
    found = []
    for e in entries:
        if e.bank_ref in fresh:
            fresh.discard(e.bank_ref)
        else:
            found.append(findings.of_message("duplicate_entry", e.end_to_end_id, e.bank_ref, 0, _outflow(e)))
    return found


#: Statements of accounts in order of days, each with the one before it, and whether one is missing between.
CHAIN = (
    "select acct_no, message_id, business_on, opening_fen, lag(business_on) over w as before_on, "
    "lag(closing_fen) over w as before_fen, lag(closing_fen) over w <> opening_fen "
    "or (sequence_no > 0 and lag(sequence_no) over w not in (0, sequence_no - 1)) as is_gap "
    f"from treasury_message where {register.statements_only()} and {{where}} "
    "window w as (partition by acct_no order by business_on, id)"
)
_OF_ACCOUNT = CHAIN.format(where="acct_no = %(acct)s")


def _gaps(conn: Conn, acct_no: str, message_id: str) -> list[Finding]:
    """A statement follows the one before it, by its number and by its opening balance."""
    row = conn.execute(
        f"select before_on, before_fen, business_on, opening_fen from ({_OF_ACCOUNT}) s "
        "where message_id = %(message)s and is_gap".encode(),
        {"acct": acct_no, "message": message_id},
    ).fetchone()
    if row is None:
        return []
    words = f"{row[0]} 与 {row[2]} 之间的对账单未到或有误"
    return [findings.of_message("statement_gap", "", acct_no, row[1], row[3], words)]


def _settle_gaps(conn: Conn, account: TreasuryAccount, on: date) -> None:
    """A gap is closed once the missing statement has come."""
    rows = conn.execute(
        f"select message_id from ({_OF_ACCOUNT}) s where not is_gap".encode(), {"acct": account.acct_no}
    ).fetchall()
    findings.settle_gaps(conn, [account.mof_div_code], {row[0] for row in rows}, on)
