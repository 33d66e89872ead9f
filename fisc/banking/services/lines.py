"""What banks booked: statements and notifications become lines, each booking once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
from fisc.registry.rows import ANY_KEY, insert_rows
from fisc.rosters import services as rosters

Conn = psycopg.Connection[Any]
#: Registers messages, each with the columns given; answers with their rows.
Note = Callable[[Sequence[Mapping[str, object]]], Sequence[int]]

_STATEMENT, _NOTIFICATION, _VOID = "S", "N", "V"


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
    for of, statement, doubled in zip(told, statements, again, strict=True):
        given = [((of.account.mof_div_code, on.year), f) for f in doubled]
        findings.record(conn, given, statement.message_id, on)
    gaps = follow_up(conn, list(accounts), on)
    return [
        [*(g for g in gaps if g.ref("message") == s.message_id and g.ref("bank") == s.acct_no), *doubled]
        for s, doubled in zip(statements, again, strict=True)
    ]


def void(conn: Conn, keys: Sequence[int], on: date) -> None:
    """Lines of these statements count no more, and what only they had told before others counts with those.

    What was matched with a line is judged again by the next reconciliation: until then the line is open.
    """
    gone = conn.execute(
        "update banking_line set source = %s, closed_on = null where message_key = any(%s) and source = %s "
        "returning acct_no, mof_div_code, ref_no",
        [_VOID, list(keys), _STATEMENT],
    ).fetchall()
    # what a bank booked and took back without a voucher of ours was closed as a pair
    conn.execute(
        "update banking_line l set closed_on = null from ("
        "select distinct * from unnest(%s::text[], %s::text[])) g(region, ref_no) "
        "where l.mof_div_code = g.region and l.ref_no = g.ref_no and l.source = %s and l.role = 'pay' "
        "and not exists (select from banking_voucher_match v where v.pay_cert_no = l.ref_no "
        "and v.mof_div_code = l.mof_div_code)",
        [[row[1] for row in gone], [row[2] for row in gone], _STATEMENT],
    )
    _tell_again(conn, sorted({row[0] for row in gone}), on)


def _tell_again(conn: Conn, acct_nos: Sequence[str], on: date) -> None:
    """Keep bookings of standing statements that were not kept because a void one had told them before."""
    rows = conn.execute(
        "select m.id, m.message_id, m.body from banking_message m "
        f"where m.acct_no = any(%s) and {register.statements_only('m.')} and m.line_count > ("
        "select count(*) from banking_line l where l.message_key = m.id) "
        "order by m.business_on, m.id".encode(),
        [list(acct_nos)],
    ).fetchall()
    accounts = register.accounts(conn, acct_nos)
    for key, message_id, body in rows:
        statement = register.read_statement(bytes(body))
        told = _told(conn, [(accounts[statement.acct_no], statement.entries, statement.day)])
        region = accounts[statement.acct_no].mof_div_code
        (doubled,) = _keep(conn, told, [key], _STATEMENT)
        findings.withdraw(conn, message_id, region, doubled, on)


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

    Those of a notification are closed at once: reconciliation goes by statements. What a message keeps
    already it keeps.
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
    fresh = insert_rows(conn, LINE, rows, known_by=ANY_KEY, returning=("message_key", *_BOOKING))
    if len(fresh) == len(rows):
        return [[] for _ in told]
    kept = conn.execute(
        f"select message_key, {', '.join(_BOOKING)} from banking_line where message_key = any(%s)".encode(),
        [list(keys)],
    ).fetchall()
    repeats = [
        _told_again(of, [booking for by, *booking in kept if by == key])
        for of, key in zip(told, keys, strict=True)
    ]
    conn.execute(
        "update banking_message m set repeated_fen = g.fen "
        "from unnest(%s::bigint[], %s::bigint[]) g(id, fen) where m.id = g.id and m.repeated_fen <> g.fen",
        [list(keys), [fen for _, fen in repeats]],
    )
    return [found for found, _ in repeats]


#: What tells one booking of an account from another.
_BOOKING: Final = ("bank_ref", "side", "amount_fen", "ref_no")


def _told_again(told: _Told, stored: Sequence[Sequence[object]]) -> tuple[list[Finding], int]:
    """A finding for each booking that was told before, and the net outflow of those that are payments.

    A booking is known by its reference, side, amount and voucher.
    """
    fresh = {tuple(booking) for booking in stored}
    found, fen = [], 0
    for e, role in zip(told.entries, told.roles, strict=True):
        booking = (e.bank_ref, e.side, e.amount_fen, e.end_to_end_id)
        if booking in fresh:
            fresh.discard(booking)
        else:
            found.append(findings.of_message("duplicate_entry", e.end_to_end_id, e.bank_ref, 0, _outflow(e)))
            fen += _outflow(e) if role == "pay" else 0
    return found, fen


#: Statements of accounts in order of days, each with the one before it, and whether one is missing between.
CHAIN = (
    "select acct_no, mof_div_code, message_id, business_on, opening_fen, "
    "lag(message_id) over w as before_id, lag(business_on) over w as before_on, "
    "lag(closing_fen) over w as before_fen, lag(closing_fen) over w <> opening_fen "
    "or (sequence_no > 0 and lag(sequence_no) over w not in (0, sequence_no - 1)) as is_gap "
    f"from banking_message where {register.statements_only()} and {{where}} "
    "window w as (partition by acct_no order by business_on, id)"
)
_OF_ACCOUNTS = CHAIN.format(where="acct_no = any(%(accts)s)")


def follow_up(conn: Conn, acct_nos: Sequence[str], on: date) -> list[Finding]:
    """Each statement of these accounts that does not follow the one before it is a finding, others are none.

    Both statements tell a gap: where another comes between, or one is void, it is another.
    """
    rows = conn.execute(
        "select mof_div_code, acct_no, message_id, before_id, before_on, before_fen, business_on, "
        f"opening_fen from ({_OF_ACCOUNTS}) s where is_gap".encode(),
        {"accts": sorted(acct_nos)},
    ).fetchall()
    gaps = [_gap(*row) for row in rows]
    findings.keep_gaps(conn, gaps, acct_nos, on)
    return gaps


def _gap(  # noqa: PLR0917 -- two statements
    region: str, acct_no: str, message_id: str, before_id: str, before_on: date, before_fen: int, day: date,
    opening_fen: int,
) -> Finding:  # fmt: skip
    words = f"{before_on} 与 {day} 之间的对账单未到或有误"
    gap = findings.of_message("statement_gap", "", acct_no, before_fen, opening_fen, words)
    return replace(
        gap, mof_div_code=region, fiscal_year=day.year, about=f"{message_id} {acct_no} {before_id}",
        evidence=(f"message:{message_id}", *gap.evidence, f"message:{before_id}"),
    )  # fmt: skip
