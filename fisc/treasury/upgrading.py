"""Certificates of 0.1.0 go on: they were sealed over fewer columns than a payment's content has today."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from cryptography.hazmat.primitives import hashes

from fisc.documents import select
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services.certificates import content_digest

#: What a certificate of 0.1.0 said, in the order in which it was digested.
_SAID: Final = (
    "pay_cert_no", "mof_div_code", "agency_code", "bgt_id", "amount_fen", "pay_type", "payee_name",
    "payee_acct_no", "payee_bank_no", "purpose", "agent_bank_no",
)  # fmt: skip


def seal_anew(conn: psycopg.Connection[Any]) -> int:
    """Digest anew the certificates that may still be sent, where the old digest holds; returns how many.

    One whose digest does not hold stays as it is, and refused. Runs before the guards are put in force.
    """
    payments = select(conn, PAYMENT, "where t.state = any(%s) and t.voucher_digest <> ''", [["certified"]])
    sound = [p for p in payments if p.voucher_digest == _as_0_1_0(p)]
    conn.execute("alter table treasury_payment disable trigger user")
    with conn.cursor() as cursor:
        cursor.executemany(
            "update treasury_payment set voucher_digest = %s where id = %s",
            [(content_digest(p, str(p.pay_cert_no)), p.id) for p in sound],
        )
    conn.execute("alter table treasury_payment enable trigger user")
    return len(sound)


def _as_0_1_0(payment: Any) -> str:
    digest = hashes.Hash(hashes.SM3())
    digest.update("\x1f".join(str(getattr(payment, name)) for name in _SAID).encode())
    return digest.finalize().hex()
