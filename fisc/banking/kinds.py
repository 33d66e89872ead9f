"""The registers of banking: what was sent and received stands; what it led to is written beside it."""

from __future__ import annotations

from typing import Final

from fisc.documents import Register

KINDS: Final = ()
REGISTERS: Final = (
    Register("banking.BankAccount", progress=("name", "bank_no")),
    Register("banking.BankMessage", progress=("state", "receipt_count", "last_received_on")),
    Register("banking.BankLine", progress=("closed_on",)),
    Register("banking.VoucherMatch", progress=("outcome", "settled_fen", "closed_on")),
    Register("banking.Reconciliation"),
)
