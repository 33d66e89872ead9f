"""Statements that were received and are wrong: two officers say so, and they count no more.

They stay on record with who, when, why. Nothing was posted by a statement; what was matched with its lines is
judged again at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import psycopg

from fisc.banking.kinds import STATEMENT_VOID
from fisc.banking.services import findings, lines, settled, standing
from fisc.banking.services.reconciliation import reconcile_last
from fisc.banking.services.register import (
    INCOMING,
    VOID_REASONS,
    VOIDED,
    Key,
    columns_of,
    hold,
    statements_of_any_state,
)
from fisc.documents import NotFound, RuleBroken, advance, create, move, select, taken
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import listed
from fisc.documents.store import By, officers_of
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.banking.models import StatementVoid

Conn = psycopg.Connection[Any]
_RULE: Final = "一份对账单只作废一次，由两名人员办理"


@dataclass(frozen=True, slots=True)
class VoidedStatement:
    """That a statement of a bank (`bank_no`, its number there) counts no more, and why."""

    void_no: str
    mof_div_code: str
    bank_no: str
    message_id: str
    void_reason: Annotated[str, OneOf(VOID_REASONS)]
    void_note: str


def make_statement_voids(conn: Conn, voids: Sequence[VoidedStatement], *, by: By, on: date) -> list[bool]:
    """Say that statements are to count no more (编制), all or none: True where new; they count as before.

    Raises NotFound for a message that was not received, RuleBroken for one that is no statement, is void, or
    another document says so of, before the day it came, or without a word about why.
    """

    def work() -> list[bool]:
        rows = [STATEMENT_VOID.row(one, doc_key=one.void_no, fiscal_year=on.year) for one in voids]
        made = create(conn, STATEMENT_VOID, rows, by=by, on=on)
        _require_statements(made, _received(conn, made), on)
        _require_once(conn, made)
        return taken([one.void_no for one in voids], made)

    return in_transaction(conn, work)


def approve_statement_voids(conn: Conn, void_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Approve (审核), by another officer: the statements count no more. True for each that this call did.

    What was matched with their lines is judged again at once, by another edition of the region's last
    reconciliation. What the bank sends instead has a number of its own. Raises as `make_statement_voids`, and
    WrongState.
    """

    def work() -> list[bool]:
        approved = advance(conn, STATEMENT_VOID, void_nos, "approve", by=by, on=on)
        hold(conn, [one.mof_div_code for one in approved])
        found = _received(conn, approved)
        _require_statements(approved, found, on)
        _void(conn, approved, found, on, officers_of(by, 1)[0])
        return taken(void_nos, approved)

    return in_transaction(conn, work)


def discard_statement_voids(
    conn: Conn, void_nos: Sequence[str], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Give documents up before they are approved (作废): the statements count on."""
    return move(conn, STATEMENT_VOID, void_nos, "discard", by=by, on=on, note=note)


class _Received(NamedTuple):
    """A message that came, as the register has it."""

    key: int
    bank_no: str
    message_id: str
    mof_div_code: str
    acct_no: str
    recorded_on: date
    is_void: bool
    is_statement: bool
    day: date


def _received(conn: Conn, voids: Sequence[StatementVoid]) -> dict[Key, _Received]:
    """The messages of these documents by bank and number, each of the document's region."""
    rows = conn.execute(
        "select m.id, m.bank_no, m.message_id, m.mof_div_code, m.acct_no, m.recorded_on, m.state = %s, "
        f"{statements_of_any_state('m.')}, m.business_on from banking_message m "
        "join unnest(%s::text[], %s::text[], %s::text[]) v(bank_no, message_id, region) "
        "on (m.bank_no, m.message_id, m.mof_div_code) = (v.bank_no, v.message_id, v.region) "
        "where m.direction = %s order by m.id for update of m".encode(),
        [VOIDED, *columns_of([(v.bank_no, v.message_id, v.mof_div_code) for v in voids], 3), INCOMING],
    ).fetchall()
    found = {(row[1], row[2]): _Received._make(row) for row in rows}
    if missing := [v.message_id for v in voids if (v.bank_no, v.message_id) not in found]:
        raise NotFound(
            f"没有收到行号 {voids[0].bank_no} 的报文 {listed(missing, most=5)}",
            rule="报文收发登记",
            hint="收到的报文号和行号见 fisc banking list-messages",
        )
    return found


def _require_statements(voids: Sequence[StatementVoid], found: Mapping[Key, _Received], on: date) -> None:
    given = list(found.values())
    if other := [one.message_id for one in given if not one.is_statement]:
        raise RuleBroken(
            f"报文 {listed(other, most=5)} 不是对账单，不能作废",
            rule="回单和到账通知已据以办理支付，以银行的后续报文更正；只有对账单可以作废重收",
            hint="付款退回的请收取银行的退回报文；款项有误的按疑点核实（fisc findings list）",
        )
    if early := [one.message_id for one in given if on < one.recorded_on]:
        raise RuleBroken(
            f"对账单 {listed(early, most=5)} 收到的日期晚于 {on}，不能作废",
            rule="收到以后才能作废",
            hint="请核对办理日期（--on）",
        )
    if void := [one.message_id for one in given if one.is_void]:
        raise RuleBroken(f"对账单 {listed(void, most=5)} 已经作废", rule=_RULE, hint="不必再办理")
    if not all(one.void_note.strip() for one in voids):
        raise RuleBroken(
            "作废对账单须写明情况", rule="作废的对账单留存备查：谁、何时、为何", hint="请填写说明"
        )


def _require_once(conn: Conn, voids: Sequence[StatementVoid]) -> None:
    """Raise RuleBroken where another document, that was not given up, is of the same statement."""
    standing_ones = select(
        conn, STATEMENT_VOID,
        "join unnest(%s::text[], %s::text[]) v(bank_no, message_id) "
        "on (t.bank_no, t.message_id) = (v.bank_no, v.message_id) where t.state = 'draft' order by t.doc_key",
        columns_of(sorted({(v.bank_no, v.message_id) for v in voids}), 2),
    )  # fmt: skip
    times = Counter((one.bank_no, one.message_id) for one in standing_ones)
    if twice := [one for one in standing_ones if times[one.bank_no, one.message_id] > 1]:
        raise RuleBroken(
            f"对账单 {twice[0].message_id} 的作废单已有 {listed([one.doc_key for one in twice], most=5)}",
            rule=_RULE, hint="请审核或作废已有的一份",
        )  # fmt: skip


def _void(
    conn: Conn, voids: Iterable[StatementVoid], found: Mapping[Key, _Received], on: date, by: str
) -> None:
    if not found:
        return
    said = {(one.bank_no, one.message_id): one for one in voids}
    given = sorted(found.values())
    of = [(one.key, said[one.bank_no, one.message_id]) for one in given]
    why = [(key, void.void_reason, void.void_note.strip()) for key, void in of]
    conn.execute(
        "update banking_message m set state = %s, voided_on = %s, voided_by = %s, void_reason = v.reason, "
        "void_note = v.note, superseded_by = '' "
        "from unnest(%s::bigint[], %s::text[], %s::text[]) v(id, reason, note) where m.id = v.id",
        [VOIDED, on, by, *columns_of(why, 3)],
    )
    settled.set_aside(conn, [one.key for one in given])
    standing.settle(conn, [(one.acct_no, one.day) for one in given], on)
    for one in given:
        findings.withdraw(conn, one.message_id, one.mof_div_code, (), on)
    lines.follow_up(conn, sorted({one.acct_no for one in given}), on)
    reconcile_last(conn, sorted({one.mof_div_code for one in given}), by=by)
