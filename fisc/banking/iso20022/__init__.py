"""The bank messages of ISO 20022 that a treasury exchanges with its agent banks.

Out: pain.001.001.09. In: pain.002, camt.052, camt.053 and camt.054 in their old and new versions.
Writers for the incoming ones exist for counterparts that are simulated. A message is a tree of bytes
outside and a tuple of named values inside (`model`); nothing of a message is believed before the whole
of it has been read, and found valid against its schema where one is shipped (`is_checked`).
"""

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import (
    Account,
    BankEntry,
    BatchStatus,
    CreditTransfer,
    Notification,
    PaymentBatch,
    PaymentOrder,
    Statement,
    StatusReport,
    TransferStatus,
)
from fisc.banking.iso20022.pain001 import read_order, write_order
from fisc.banking.iso20022.pain002 import read_status_report, write_status_report
from fisc.banking.iso20022.read import Incoming, read_message, read_messages
from fisc.banking.iso20022.schema import (
    CAMT_053,
    CAMT_054,
    PAIN_001,
    PAIN_002,
    REPORT,
    family_of,
    is_checked,
    kind_of,
    validate,
)
from fisc.banking.iso20022.statements import (
    read_notification,
    read_statement,
    write_notification,
    write_statement,
)

__all__ = [
    "CAMT_053", "CAMT_054", "PAIN_001", "PAIN_002", "REPORT", "Account", "BankEntry", "BatchStatus",
    "CreditTransfer", "Incoming", "MessageRefused", "Notification", "PaymentBatch", "PaymentOrder",
    "Statement", "StatusReport", "TransferStatus", "family_of", "is_checked", "kind_of", "read_message",
    "read_messages", "read_notification", "read_order", "read_statement", "read_status_report",
    "validate", "write_notification", "write_order", "write_statement", "write_status_report",
]  # fmt: skip
