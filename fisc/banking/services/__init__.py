"""Messages with banks, each acting once, and the day's reconciliation of vouchers with statements."""

from fisc.banking.services.incoming import MessageResult, receive, receive_all
from fisc.banking.services.orders import payment_file, payment_files
from fisc.banking.services.persons import roster_file
from fisc.banking.services.reconciliation import ReconciliationReport, reconcile, reconcile_all
from fisc.banking.services.register import (
    TreasuryAccount,
    accounts_of,
    define_accounts,
    message_body,
)

__all__ = [
    "MessageResult", "ReconciliationReport", "TreasuryAccount", "accounts_of", "define_accounts",
    "message_body", "payment_file", "payment_files", "receive", "receive_all", "reconcile",
    "reconcile_all", "roster_file",
]  # fmt: skip
