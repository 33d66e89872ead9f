"""Messages with banks: orders out, answers and statements in, each acting once."""

from fisc.treasury.services.messages.findings import resolve_findings
from fisc.treasury.services.messages.incoming import MessageResult, receive
from fisc.treasury.services.messages.judge import Finding
from fisc.treasury.services.messages.orders import payment_file
from fisc.treasury.services.messages.register import (
    TreasuryAccount,
    accounts_of,
    define_accounts,
    message_body,
)

__all__ = [
    "Finding", "MessageResult", "TreasuryAccount", "accounts_of", "define_accounts", "message_body",
    "payment_file", "receive", "resolve_findings",
]  # fmt: skip
