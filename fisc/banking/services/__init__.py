"""Messages with banks, each acting once, and the day's reconciliation of vouchers with statements."""

from fisc.banking.services.explaining import (
    LineExplanation,
    OpenLine,
    approve_explanations,
    discard_explanations,
    make_explanations,
    open_lines,
)
from fisc.banking.services.incoming import receive, receive_all
from fisc.banking.services.message_result import MessageResult
from fisc.banking.services.orders import payment_file, payment_files
from fisc.banking.services.persons import roster_file
from fisc.banking.services.reconciliation import ReconciliationReport, reconcile, reconcile_all
from fisc.banking.services.reconciliation.told import Reconciled, reconcile_day, reconciled_day
from fisc.banking.services.reconciliation.year_end import YearEndProof, year_end_proof
from fisc.banking.services.register import (
    MessageEntry,
    TreasuryAccount,
    accounts_of,
    define_accounts,
    list_accounts,
    list_messages,
    message_body,
    message_file,
    register_accounts,
)
from fisc.banking.services.unproven import (
    UnprovenBank,
    approve_unproven_notes,
    discard_unproven_notes,
    make_unproven_notes,
)
from fisc.banking.services.voiding import (
    VoidedStatement,
    approve_statement_voids,
    discard_statement_voids,
    make_statement_voids,
)

__all__ = [
    "LineExplanation", "MessageEntry", "MessageResult", "OpenLine", "Reconciled", "ReconciliationReport",
    "TreasuryAccount", "UnprovenBank", "VoidedStatement", "YearEndProof",
    "accounts_of", "approve_explanations",
    "approve_statement_voids", "approve_unproven_notes", "define_accounts", "discard_explanations",
    "discard_statement_voids", "discard_unproven_notes", "list_accounts", "list_messages",
    "make_explanations", "make_statement_voids", "make_unproven_notes", "message_body",
    "message_file", "open_lines", "payment_file", "payment_files", "receive", "receive_all", "reconcile",
    "reconcile_all", "reconcile_day", "reconciled_day", "register_accounts", "roster_file", "year_end_proof",
]  # fmt: skip
