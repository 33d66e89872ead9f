"""Returns that people record: never against what the bank itself has said of the certificate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.documents import RuleBroken, findings
from fisc.documents.findings import FINDING, Recorded
from fisc.documents.refusals import refuse_all
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction
from fisc.treasury.services import bank, certificates
from fisc.treasury.services.bank import BankReturn
from fisc.treasury.services.outcomes import Outcome

Conn = psycopg.Connection[Any]
#: How the rules begin of findings about what banks' messages say of certificates (`fisc.banking`).
MESSAGE: Final = "message."
#: Those that had no effect and need no hand.
HARMLESS: Final = ("duplicate_receipt", "duplicate_entry", "statement_corrected")


def record_returns(
    conn: Conn, returns: Sequence[BankReturn], *, by: By, on: date, each: bool = False
) -> list[Outcome]:
    """`bank.record_returns` by hand. The bank's own message of a return needs no hand (`banking.receive`).

    Raises as it, and RuleBroken for certificates of which a message says something that is not cleared up: a
    bank that says it has paid may not be recorded as having returned.
    """

    def work() -> list[Outcome]:
        numbers = [r.pay_cert_no for r in returns]
        known = certificates.of_certificates(conn, numbers)  # locked: no message comes in beside it
        sent = [number for number, payment in known.payments.items() if payment.state == "sent"]
        refused = {one.finding.document: _said_otherwise(one) for one in _told(conn, sent)}
        if not each:
            refuse_all(refused)
        good = [at for at, number in enumerate(numbers) if number not in refused]
        hands = by if isinstance(by, str) else [by[at] for at in good]
        done = bank.record_returns(
            conn, [returns[at] for at in good], by=hands, on=on, each=each, known=known
        )
        answered = dict(zip(good, done, strict=True))
        return [
            answered.get(at) or Outcome(number, False, refused[number]) for at, number in enumerate(numbers)
        ]

    return in_transaction(conn, work)


def _told(conn: Conn, pay_cert_nos: Sequence[str]) -> list[Recorded]:
    """What banks' messages say of certificates that is open."""
    if not pay_cert_nos:
        return []
    return [
        one for one in findings.recorded(conn, documents=pay_cert_nos)
        if one.finding.rule_id.startswith(MESSAGE)
        and one.finding.rule_id.removeprefix(MESSAGE) not in HARMLESS
    ]  # fmt: skip


def _said_otherwise(told: Recorded) -> RuleBroken:
    finding = told.finding
    return RuleBroken(
        f"支付凭证 {finding.document} 有未了结的疑点 {FINDING.short(told.key)}（银行报文 "
        f"{finding.ref('message')}：{finding.what}），不能登记退票",
        rule="退票以银行已退回为准，一张支付凭证只有一个结果（国库集中支付）",
        hint="请与银行核实：款项由银行退回的，收取银行的退票报文即可（fisc banking receive）；核实没有付的，"
        f"先了结疑点（fisc findings show {FINDING.short(told.key)}），再登记退票",
        details={"pay_cert_no": finding.document, "keys": [finding.document], "finding": told.key},
    )  # fmt: skip
