"""Who speaks for an account: the bank that keeps it; and of which payments what it books may tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.banking.iso20022 import MessageRefused, Notification, Statement, StatusReport, TransferStatus
from fisc.banking.services import findings, register
from fisc.banking.services.institutions import contradicts, may_speak
from fisc.banking.services.judge import Back
from fisc.banking.services.mail import Mail
from fisc.banking.services.orders import payers_of
from fisc.banking.services.party import Other, is_of, party_of
from fisc.kernel.findings import Finding
from fisc.rosters.services import Standing

if TYPE_CHECKING:
    from fisc.treasury.models import Payment

Conn = psycopg.Connection[Any]


def name_banks(conn: Conn, mails: Sequence[Mail]) -> None:
    """Messages that do not say which bank they are from are from that of their account, or of their order.

    Of an account only the bank that keeps it speaks: raises MessageRefused for what another bank says of it,
    or one that calls itself by the number of one bank and the BIC or name of another.
    """
    told = {mail.message.acct_no for mail in mails if not isinstance(mail.message, StatusReport)}
    accounts = register.accounts(conn, sorted(told)) if told else {}
    for mail in mails:
        said = mail.message
        if not isinstance(said, StatusReport):
            account = accounts[said.acct_no]
            kept_by = account.bank_no, account.bank_alias
            if said.bank_no and not may_speak(said.bank_no, *kept_by):
                raise _of_another_bank(said, said.bank_no, account.bank_no)
            if other := next((one for one in said.bank_names if contradicts(one, *kept_by)), ""):
                raise _of_another_bank(said, f"{said.bank_no}（又作 {other}）", account.bank_no)
            mail.message = said._replace(bank_no=account.bank_no)
        else:
            bank_no, alias = register.bank_of_order(conn, said.order_id)
            if other := next((one for one in said.bank_names if contradicts(one, bank_no, alias)), ""):
                mail.message = said._replace(bank_no=other)
            elif not said.bank_no or may_speak(said.bank_no, bank_no, alias):
                mail.message = said._replace(bank_no=bank_no)


def _of_another_bank(said: Statement | Notification, named: str, keeper: str) -> MessageRefused:
    return MessageRefused(
        f"报文 {said.message_id} 由 {named} 出具，账户 {said.acct_no} 的开户行是 {keeper}，未予收取",
        rule="账户的收付只由开户行告知（Acct/Svcr 与登记的开户行行号或另称一致；报文不写的，以登记的为准）",
        hint="请核对报文的来源；行号有变更，或以 BIC、行名自称的，请先登记（fisc banking register-accounts）",
    )  # fmt: skip


def of_payers(
    conn: Conn, back: Sequence[Back], payments: Mapping[str, Payment], acct_no: str
) -> tuple[list[Back], list[Finding]]:
    """Of credits those that bring a payment back to an account that pays it, from its payee.

    The others are findings: what is another's money brings nothing back.
    """
    payers = payers_of(conn, payments)
    kept: list[Back] = []
    found: list[Finding] = []
    for one in back:
        said, payment = one.said, payments.get(one.said.end_to_end_id)
        if payment is None:
            kept.append(one)
            continue
        key = said.end_to_end_id
        if acct_no not in payers[key]:
            kind = "foreign_account"
            words = f"记入账户 {acct_no}，凭证 {key} 的付款账户是 {'、'.join(payers[key]) or '（未登记）'}"
        elif not may_return(payment, one.party_name, one.party_acct_no, acct_no):
            who = "、".join(filter(None, (one.party_name, one.party_acct_no)))
            kind = "wrong_payee"
            words = f"退回的款来自 {who}，凭证的收款人是 {payment.payee_name}（{payment.payee_acct_no}）"
        else:
            kept.append(one)
            continue
        found.append(findings.of_message(
            kind, key, said.bank_ref, payment.amount_fen, -said.amount_fen, words
        ))  # fmt: skip
    return kept, found


def may_return(payment: Payment, name: str, acct_no: str, own_acct_no: str) -> bool:
    """Whether a credit may bring a payment back: from its payee, from nobody named, or named as our own."""
    if acct_no == own_acct_no:
        return True
    return is_of(Other(name, acct_no), party_of([payment.payee_name], [payment.payee_acct_no])) is not False


#: Of numbers of persons' pay the account that distributes their batch.
_DISTRIBUTED: Final = """
    select a.ref_no, m.acct_no from unnest(%s::text[], %s::text[]) a(ref_no, region)
    cross join lateral rosters_attempts(a.region) t
    join banking_message m on m.direction = 'out' and m.message_id = t.message_id where t.ref_no = a.ref_no"""


def of_distributors(
    conn: Conn, back: Sequence[TransferStatus], lines: Mapping[str, Standing], acct_no: str
) -> tuple[list[TransferStatus], list[Finding]]:
    """Of credits under numbers of persons (`lines`) those on the account that distributes their batch.

    The others bring nothing back and are findings.
    """
    asked = [(key, line.mof_div_code) for key, line in lines.items()]
    rows = conn.execute(_DISTRIBUTED, register.columns_of(asked, 2)).fetchall() if asked else []
    payers = dict(rows)
    kept = [said for said in back if payers.get(said.end_to_end_id) == acct_no]
    found = [
        findings.of_message(
            "foreign_account", "", said.end_to_end_id, lines[said.end_to_end_id].amount_fen, -said.amount_fen,
            f"记入账户 {acct_no}，代发账户是 {payers.get(said.end_to_end_id, '（未登记）')}",
        )
        for said in back if payers.get(said.end_to_end_id) != acct_no
    ]  # fmt: skip
    return kept, found
