"""Statements that were received and are wrong: they count no more, and stay on record with who, when, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, NamedTuple

import psycopg

from fisc.banking.services import findings, lines, standing
from fisc.banking.services.reconciliation import reconcile_last
from fisc.banking.services.register import INCOMING, VOID_REASONS, VOIDED, statements_of_any_state
from fisc.documents import NotFound, RuleBroken
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import listed
from fisc.kernel.posting import in_transaction
from fisc.registry.officers import require_duty

Conn = psycopg.Connection[Any]


def void_statements(
    conn: Conn, message_ids: Sequence[str], bank_no: str, *, by: str, on: date,
    reason: Annotated[str, OneOf(VOID_REASONS)], note: str,
) -> list[bool]:  # fmt: skip
    """A bank's statements count no more (duty reconcile): True for each that this call did that to.

    Nothing was posted by a statement; what was matched with its lines is judged again at once, by another
    edition of the region's last reconciliation. What the bank sends instead has a number of its own.

    Raises MissingDuty, NotFound for a message that was not received, RuleBroken for one that is no statement,
    before its own day or the day it came, or without a word about why.
    """

    def work() -> list[bool]:
        found = _received(conn, message_ids, bank_no)
        require_duty(conn, by, "reconcile", *{one.mof_div_code for one in found.values()})
        _require_statements(found.values(), on, note)
        fresh = [one for one in found.values() if not one.is_void]
        _void(conn, fresh, (on, by, reason, note.strip()))
        new = {one.message_id for one in fresh}
        return [message_id in new for message_id in message_ids]

    return in_transaction(conn, work)


class _Received(NamedTuple):
    """A message that came, as the register has it."""

    key: int
    message_id: str
    mof_div_code: str
    acct_no: str
    recorded_on: date
    is_void: bool
    is_statement: bool
    day: date


def _received(conn: Conn, message_ids: Sequence[str], bank_no: str) -> dict[str, _Received]:
    rows = conn.execute(
        "select id, message_id, mof_div_code, acct_no, recorded_on, state = %s, "
        f"{statements_of_any_state()}, business_on from banking_message where direction = %s "
        "and bank_no = %s and message_id = any(%s) order by id for update".encode(),
        [VOIDED, INCOMING, bank_no, list(message_ids)],
    ).fetchall()
    found = {row[1]: _Received._make(row) for row in rows}
    if missing := [number for number in message_ids if number not in found]:
        raise NotFound(
            f"没有收到行号 {bank_no} 的报文 {listed(missing, most=5)}",
            rule="报文收发登记",
            hint="收到的报文号和行号见 fisc banking list-messages",
        )
    return found


def _require_statements(found: Iterable[_Received], on: date, note: str) -> None:
    given = list(found)
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
    if not note.strip():
        raise RuleBroken(
            "作废对账单须写明情况", rule="作废的对账单留存备查：谁、何时、为何", hint="请填写说明"
        )


def _void(conn: Conn, given: Sequence[_Received], said: tuple[date, str, str, str]) -> None:
    if not given:
        return
    on, by, *_ = said
    keys = [one.key for one in given]
    conn.execute(
        "update banking_message set state = %s, voided_on = %s, voided_by = %s, void_reason = %s, "
        "void_note = %s, superseded_by = '' where id = any(%s)",
        [VOIDED, *said, keys],
    )
    standing.set_aside(conn, keys)
    standing.settle(conn, [(one.acct_no, one.day) for one in given], on)
    for one in given:
        findings.withdraw(conn, one.message_id, one.mof_div_code, (), on)
    lines.follow_up(conn, sorted({one.acct_no for one in given}), on)
    reconcile_last(conn, sorted({one.mof_div_code for one in given}), by=by)
