"""Papers of the simulated city: attachments of payments, by name and digest, with nothing behind."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes


def attached(pay_app_no: str) -> tuple[str, ...]:
    """What shows why a payment is made: its name and SM3 digest, as an application lists it."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(pay_app_no.encode())
    return (f"支付依据-{pay_app_no}.pdf:{digest.finalize().hex()}",)
