"""The ledger: accounts, coding blocks, documents, entries, balances, periods, seals.

Business documents post entries to one ledger in PostgreSQL. An entry has lines; a line is
an amount of fen on an account for a coding block. Every control is a balance with a floor.
Nothing is updated or deleted; corrections are red entries; each entry keeps the day it
belongs to and the moment it became known. The database itself refuses what breaks this.
"""

from fisc.kernel.catalog import (
    Account,
    Document,
    Pool,
    define_accounts,
    define_pools,
    define_regions,
    record_documents,
)
from fisc.kernel.chains import Seal
from fisc.kernel.coding import Coding, codings_of, intern_codings
from fisc.kernel.corrections import read_entries, read_entries_of, reverse
from fisc.kernel.entries import Entry, Line, PostResult, credit, debit, period_of
from fisc.kernel.errors import (
    AppendOnly,
    CashShortfall,
    DuplicateConflict,
    FiscError,
    LedgerError,
    PeriodClosed,
    QuotaShortfall,
    StoreBusy,
    UnbalancedEntry,
    UnknownAccount,
)
from fisc.kernel.periods import close_periods, open_year, settle
from fisc.kernel.posting import post, post_columns
from fisc.kernel.quotas import Demand, available_many, balances, hold
from fisc.kernel.seals import seal
from fisc.kernel.verify import Check, VerifyReport, verify

__all__ = [
    "Account",
    "AppendOnly",
    "CashShortfall",
    "Check",
    "Coding",
    "Demand",
    "Document",
    "DuplicateConflict",
    "Entry",
    "FiscError",
    "LedgerError",
    "Line",
    "PeriodClosed",
    "Pool",
    "PostResult",
    "QuotaShortfall",
    "Seal",
    "StoreBusy",
    "UnbalancedEntry",
    "UnknownAccount",
    "VerifyReport",
    "available_many",
    "balances",
    "close_periods",
    "codings_of",
    "credit",
    "debit",
    "define_accounts",
    "define_pools",
    "define_regions",
    "hold",
    "intern_codings",
    "open_year",
    "period_of",
    "post",
    "post_columns",
    "read_entries",
    "read_entries_of",
    "record_documents",
    "reverse",
    "seal",
    "settle",
    "verify",
]
