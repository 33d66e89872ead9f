"""Certificates (支付凭证): their numbers, and the digest that seals their content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes

from fisc.documents.store import is_number

#: What a certificate says, in the order in which it is digested.
CONTENT = (
    "pay_cert_no", "mof_div_code", "agency_code", "bgt_id", "amount_fen", "pay_type", "payee_name",
    "payee_acct_no", "payee_bank_no", "purpose", "agent_bank_no",
)  # fmt: skip


#: A certificate number stands in bank messages, which take 35 signs: a prefix and a round are added.
LONGEST_APPLICATION = 30


def fits_messages(pay_app_no: str) -> bool:
    """Whether the certificates of an application of this number can be sent to a bank."""
    return is_number(pay_app_no) and len(pay_app_no) <= LONGEST_APPLICATION


def certificate_no(pay_app_no: str, pay_type: str, round_no: int = 1) -> str:
    """The number under which a payment is made: PZ (支付凭证) or, for 实拨, BK (拨款凭证) + its application.

    A payment that came back is made anew under another number, so that the first can never pay again.
    """
    prefix = "BK" if pay_type == "entity" else "PZ"
    return f"{prefix}{pay_app_no}" + (f"-{round_no}" if round_no > 1 else "")


def content_digest(row: Mapping[str, Any]) -> str:
    """SM3 (GB/T 32905-2016) of a certificate's content, in hex: a simple seal that both sides keep."""
    digest = hashes.Hash(hashes.SM3())
    digest.update("\x1f".join(str(row[name]) for name in CONTENT).encode())
    return digest.finalize().hex()
