"""What banks booked: statements and notifications become lines, each booking once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.iso20022 import BankEntry, Notification, Statement
from fisc.banking.iso20022.model import OUT
from fisc.banking.kinds import LINE
from fisc.banking.services import findings, register
from fisc.banking.services.business import debits_among, require_understood, uncoded
from fisc.banking.services.register import PAYROLL, TreasuryAccount
from fisc.kernel.findings import Finding
from fisc.registry.rows import insert_rows
from fisc.rosters import services as rosters

Conn = psycopg.Connection[Any]
#: Registers messages, each with the columns given; answers with their rows.
Note = Callable[[Sequence[Mapping[str, object]]], Sequence[int]]

_STATEMENT, _NOTIFICATION = "S", "N"


def take_statements(conn: Conn, statements: Sequence[Statement], on: date, note: Note) -> list[list[Finding]]:
    """Keep the bookings and sums of statements, of each account one; what is found about each, recorded.

    A gap to the statement before becomes a finding. Raises NotFound for an account that is not ours,
    MessageRefused for bookings of the single account that nobody understands.
    """
    accounts = register.accounts(conn, [statement.acct_no for statement in statements])
    require_understood(conn, [(accounts[one.acct_no], one) for one in statements])
    told = _told(conn, [(accounts[one.acct_no], one.entries, one.day) for one in statements])
    keys = note([
        {**_head(one), **_sums(one, statement)} for one, statement in zip(told, statements, strict=True)
    ])  # fmt: skip
    again = _keep(conn, told, keys, _STATEMENT)
    gaps = _gaps(conn, statements)
    _settle_gaps(conn, list(accounts.values()), on)
    found = [[*gaps[s.acct_no], *doubled] for s, doubled in zip(statements, again, strict=True)]
    for statement, of_it in zip(statements, found, strict=True):
        region = accounts[statement.acct_no].mof_div_code
        findings.record(conn, [((region, on.year), f) for f in of_it], statement.message_id, on)
    return found


def take_notification(conn: Conn, message: Notification, on: date, note: Note) -> list[Finding]:
    """Keep a notification's bookings as evidence; the statement will say them again.

    Answers with findings that the caller records. Raises NotFound for an account that is not ours.
    """
    account = register.accounts(conn, [message.acct_no])[message.acct_no]
    told = _told(conn, [(account, message.entries, on)])
    keys = note([{**_head(told[0]), "business_on": message.created_on}])
    return _keep(conn, told, keys, _NOTIFICATION)[0]


class _Told(NamedTuple):
    """What a message tells of an account, and on what day."""

    account: TreasuryAccount
    entries: Sequence[BankEntry]
    told_on: date
    roles: Sequence[str]
    """What each booking is here: pay, clear or other."""


def _told(conn: Conn, given: Sequence[tuple[TreasuryAccount, Sequence[BankEntry], date]]) -> list[_Told]:
    """What messages tell, each booking understood by the bank's code; what a person gets pays no voucher.

    Without a code that is known a booking under the number of a treasury's debit clears, any other pays.
    """
    asked = [e.end_to_end_id for of, entries, _ in given if of.kind == PAYROLL for e in entries]
    of_persons, roles = rosters.sent_under(conn, asked) if asked else {}, register.roles()
    clearing = debits_among(conn, [e.end_to_end_id for _, entries, _ in given for e in uncoded(entries)])
    return [
        _Told(of, entries, on, [
            "other" if of.kind == PAYROLL and e.end_to_end_id in of_persons
            else roles.get(e.code) or ("clear" if e.end_to_end_id in clearing else "pay")
            for e in entries
        ])
        for of, entries, on in given
    ]  # fmt: skip


def _head(told: _Told) -> dict[str, object]:
    """What a message is registered with."""
    return {
        "mof_div_code": told.account.mof_div_code, "acct_no": told.account.acct_no, "order_id": "",
        "line_count": len(told.entries), "amount_fen": sum(e.amount_fen for e in told.entries),
    }  # fmt: skip


def _sums(told: _Told, statement: Statement) -> dict[str, object]:
    net = _net_by_role(told)
    return {
        "sequence_no": statement.sequence_no, "opening_fen": statement.opening_fen,
        "closing_fen": statement.closing_fen, "payments_fen": net["pay"], "clearing_fen": net["clear"],
        "other_fen": net["other"], "business_on": statement.day,
    }  # fmt: skip


def _net_by_role(told: _Told) -> dict[str, int]:
    """Net outflow of a statement by what its bookings are."""
    net = {"pay": 0, "clear": 0, "other": 0}
    for entry, role in zip(told.entries, told.roles, strict=True):
        net[role] += _outflow(entry)
    return net


def _outflow(entry: BankEntry) -> int:
    return entry.amount_fen if entry.side == OUT else -entry.amount_fen


def _keep(conn: Conn, told: Sequence[_Told], keys: Sequence[int], source: str) -> list[list[Finding]]:
    """Store bookings; those that another message told already are findings and are not stored again.

    Those of a notification are closed at once: reconciliation goes by statements.
    """
    rows = [
        LINE.row(
            e, source=source, mof_div_code=of.account.mof_div_code, acct_no=of.account.acct_no,
            acct_kind=of.account.kind, message_key=key, told_on=of.told_on,
            closed_on=of.told_on if source == _NOTIFICATION else None, role=role, ref_no=e.end_to_end_id,
        )
        for of, key in zip(told, keys, strict=True)
        for e, role in zip(of.entries, of.roles, strict=True)
    ]  # fmt: skip
    fresh = insert_rows(
        conn, LINE, rows, known_by=("acct_no", "source", *_BOOKING), returning=("message_key", *_BOOKING)
    )
    if len(fresh) == len(rows):
        return [[] for _ in told]
    return [
        _told_again(of.entries, [booking for by, *booking in fresh if by == key])
        for of, key in zip(told, keys, strict=True)
    ]


#: What tells one booking of an account from another.
_BOOKING: Final = ("bank_ref", "side", "amount_fen", "ref_no")


def _told_again(entries: Sequence[BankEntry], stored: Sequence[Sequence[object]]) -> list[Finding]:
    """A finding for each booking that was told before: its reference, side, amount and voucher are known."""
    fresh = {tuple(booking) for booking in stored}
    found = []
    for e in entries:
        booking = (e.bank_ref, e.side, e.amount_fen, e.end_to_end_id)
        if booking in fresh:
            fresh.discard(booking)
        else:
            found.append(findings.of_message("duplicate_entry", e.end_to_end_id, e.bank_ref, 0, _outflow(e)))
    return found


#: Statements of accounts in order of days, each with the one before it, and whether one is missing between.
CHAIN = (
    "select acct_no, message_id, business_on, opening_fen, lag(business_on) over w as before_on, "
    "lag(closing_fen) over w as before_fen, lag(closing_fen) over w <> opening_fen "
    "or (sequence_no > 0 and lag(sequence_no) over w not in (0, sequence_no - 1)) as is_gap "
    f"from banking_message where {register.statements_only()} and {{where}} "
    "window w as (partition by acct_no order by business_on, id)"
)
_OF_ACCOUNTS = CHAIN.format(where="acct_no = any(%(accts)s)")


def _gaps(conn: Conn, statements: Sequence[Statement]) -> dict[str, list[Finding]]:
    """Account -> that its statement does not follow the one before it, by its number or opening balance."""
    rows = conn.execute(
        "select acct_no, before_on, before_fen, business_on, opening_fen "
        f"from ({_OF_ACCOUNTS}) s where is_gap and (acct_no, message_id) in ("
        "select * from unnest(%(accts)s::text[], %(messages)s::text[]))".encode(),
        {"accts": [s.acct_no for s in statements], "messages": [s.message_id for s in statements]},
    ).fetchall()
    found: dict[str, list[Finding]] = {statement.acct_no: [] for statement in statements}
    for acct_no, before_on, before_fen, day, opening_fen in rows:
        words = f"{before_on} 与 {day} 之间的对账单未到或有误"
        gap = findings.of_message("statement_gap", "", acct_no, before_fen, opening_fen, words)
        found[acct_no].append(gap)
    return found


def _settle_gaps(conn: Conn, accounts: Sequence[TreasuryAccount], on: date) -> None:
    """A gap is closed once the missing statement has come."""
    gaps = findings.open_gaps(conn, sorted({account.mof_div_code for account in accounts}))
    if not gaps:
        return
    rows = conn.execute(
        f"select message_id from ({_OF_ACCOUNTS}) s where not is_gap".encode(),
        {"accts": [account.acct_no for account in accounts]},
    ).fetchall()
    findings.settle_gaps(conn, gaps, {row[0] for row in rows}, on)
