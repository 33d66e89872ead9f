"""Certificates (支付凭证): their numbers, and the digest that seals their content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg
from cryptography.hazmat.primitives import hashes

from fisc.documents import NotFound, read
from fisc.documents.keys import is_number
from fisc.documents.sight import Owned, Owners, owned_of
from fisc.documents.store import rows_of, selecting
from fisc.kernel.asking import Question, ask, ask_all
from fisc.registry import carried
from fisc.treasury.kinds import PAYMENT, RETURN
from fisc.treasury.services.settings import Setting, settings_asked

if TYPE_CHECKING:
    from fisc.treasury.models import Payment, PaymentReturn


def misfit(pay_app_no: str) -> str:
    """Why the certificates of an application of this number cannot be sent to a bank; '' where they can."""
    if not is_number(pay_app_no):
        return "为空，或有首尾空格、不可见字符"
    return carried.fault(carried.APPLICATION, pay_app_no)


def certificate_no(pay_app_no: str, pay_type: str, round_no: int = 1) -> str:
    """The number under which a payment is made: PZ (支付凭证) or, for 实拨, BK (拨款凭证) + its application.

    A payment that came back is made anew under another number, so that the first can never pay again.
    """
    prefix = "BK" if pay_type == "entity" else "PZ"
    return f"{prefix}{pay_app_no}" + (f"-{round_no}" if round_no > 1 else "")


def certificates_made(payment: Payment) -> int:
    """How many certificates a payment has had: each is in force once, and its number names no other."""
    return sum(step[0] == "certify" for step in payment.trail)


def numbers_of(payment: Payment) -> list[str]:
    """The numbers of all certificates that a payment has had, in their order."""
    made = range(1, certificates_made(payment) + 1)
    return [certificate_no(payment.doc_key, payment.pay_type, number) for number in made]


#: What an application says to who decides on it, and to no bank.
_FOR_REVIEWERS: Final = ("repeat_reason", "attachments")


def content_digest(payment: Payment, pay_cert_no: str) -> str:
    """SM3 (GB/T 32905-2016) of what a certificate says, in hex: a simple seal that both sides keep.

    It says its number, the region, and all that a payment says to the bank.
    """
    said = [pay_cert_no, *(getattr(payment, name) for name in PAYMENT.said if name not in _FOR_REVIEWERS)]
    digest = hashes.Hash(hashes.SM3())
    digest.update("\x1f".join(map(str, said)).encode())
    return digest.finalize().hex()


@dataclass(slots=True)
class Certificates:
    """What certificates stand for: the payments on which they are in force, and those that came back.

    `settings` are those of the payments' regions.
    """

    payments: dict[str, Payment]
    returns: dict[str, PaymentReturn]
    settings: Sequence[Setting]


def payments_of(
    conn: psycopg.Connection[Any], pay_cert_nos: Iterable[str], *, is_locked: bool = True
) -> dict[str, Payment]:
    """pay_cert_no -> the payment on which it is in force.

    With `is_locked` they stay so until the end of the transaction.
    """
    return ask(conn, _payments_asked(list(pay_cert_nos), is_locked=is_locked))


def of_certificates(
    conn: psycopg.Connection[Any], pay_cert_nos: Iterable[str], *, is_locked: bool = True
) -> Certificates:
    """As `payments_of`, with what else certificates stand for.

    Returns are looked for only where a certificate may have come back: it is in force no more, or its
    payment came back.
    """
    wanted = list(dict.fromkeys(pay_cert_nos))
    payments, settings = ask_all(
        conn, _payments_asked(wanted, is_locked=is_locked),
        settings_asked(_OF_THEIR_REGIONS, {"numbers": wanted}), is_locked=is_locked,
    )  # fmt: skip
    old = [n for n in wanted if n not in payments or payments[n].state in _CAME_BACK]
    return Certificates(payments, returned(conn, old), settings)


class Sent(NamedTuple):
    """A payment that went to a bank with a message; `agent_bank_no` is '' where it says none."""

    message_id: str
    mof_div_code: str
    pay_cert_no: str
    agent_bank_no: str
    state: str


_SENT_WITH: Final = (
    "select message_id, mof_div_code, pay_cert_no, agent_bank_no, state from treasury_payment "
    "where message_id = any(%(messages)s) "
    "and (pay_cert_no = any(%(numbers)s) or (sent_on is not null and act_lqd_date is null)) "
    "order by pay_cert_no"
)


def sent_with(
    conn: psycopg.Connection[Any], message_ids: Iterable[str], pay_cert_nos: Iterable[str] = ()
) -> list[Sent]:
    """The payments that went with messages, by certificate: those under way, and those of `pay_cert_nos`."""
    asked = {"messages": list(message_ids), "numbers": list(pay_cert_nos)}
    return [Sent(*row) for row in conn.execute(_SENT_WITH, asked)]


def _payments_asked(numbers: list[str], *, is_locked: bool) -> Question[dict[str, Payment]]:
    asked = selecting(PAYMENT, _LOCKED if is_locked else _OF_CERTIFICATES, {"numbers": numbers})
    return Question(
        asked.statement, asked.parameters, lambda rows: {str(p.pay_cert_no): p for p in asked.read(rows)}
    )


_OF_CERTIFICATES: Final = "where t.pay_cert_no = any(%(numbers)s)"
_LOCKED: Final = "where t.pay_cert_no = any(%(numbers)s) order by t.doc_key for update"
_OF_THEIR_REGIONS: Final = (
    "where t.mof_div_code = any(array("
    "select mof_div_code from treasury_payment where pay_cert_no = any(%(numbers)s)))"
)
#: States of a payment whose certificate may be one that came back.
_CAME_BACK = ("returned", "corrected", "withdrawn")


def returned(conn: psycopg.Connection[Any], pay_cert_nos: list[str]) -> dict[str, PaymentReturn]:
    """pay_cert_no -> what the bank said when it returned it."""
    if not pay_cert_nos:
        return {}
    rows = rows_of(conn, RETURN, "where t.pay_cert_no = any(%s)", [pay_cert_nos])
    return {row.pay_cert_no: row for row in rows}


def under(conn: psycopg.Connection[Any], known: Certificates) -> dict[str, Payment]:
    """pay_cert_no -> the payment as it stands under that certificate: returned, where another replaced it."""
    replaced = [r for n, r in known.returns.items() if n not in known.payments]
    keys = [r.pay_app_no for r in replaced]
    now = {p.doc_key: p for p in read(conn, PAYMENT, keys)} if keys else {}
    return known.payments | {r.pay_cert_no: _as_returned(now[r.pay_app_no], r) for r in replaced}


def _as_returned(payment: Payment, back: PaymentReturn) -> Payment:
    then = {
        **vars(payment), "pay_cert_no": back.pay_cert_no, "state": "returned", "agent_business_no": "",
        "message_id": "", "payee_name": back.payee_name, "payee_acct_no": back.payee_acct_no,
    }  # fmt: skip
    return PAYMENT.load(tuple(then), [tuple(then.values())])[0]


def _owners(
    conn: psycopg.Connection[Any], pay_cert_nos: Sequence[str], said: Mapping[str, Any]
) -> dict[str, list[Owned]]:
    """Whose payments certificates stand for, also those that are in force no more."""
    known = of_certificates(conn, pay_cert_nos, is_locked=False)
    return {number: [owned_of(payment)] for number, payment in under(conn, known).items()}


#: Whose certificates are.
CERTIFICATE_OWNERS: Final = Owners("pay_cert_no", _owners)


def unknown_certificate(pay_cert_no: str) -> NotFound:
    """The refusal of a certificate number that was never issued."""
    return NotFound(
        f"没有支付凭证 {pay_cert_no}",
        rule="银行只按财政部门签发的支付凭证付款（国库集中支付）",
        hint="请核对凭证号；若银行已付款，请登记为差错并与银行核对",
        details={"pay_cert_no": pay_cert_no},
    )
