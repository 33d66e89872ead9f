"""The use cases of transfers: what screens, the command line, other domains and the simulated city call.

Every call takes one item or thousands, is all or nothing, and is idempotent by the numbers of its
documents. `by` drafts, `reviewed_by` (quotas) or `signed_by` (cash) puts in force: two officers.
"""

from fisc.documents import document_key
from fisc.transfers.services.arrange import OWN, TRANSFER, Arrange, arrange
from fisc.transfers.services.cash import (
    AdvanceCash,
    LineCash,
    SettleCash,
    UploadCash,
    accrue,
    accrue_uploads,
    advance,
    charge_advances,
    pay_accrued,
    pay_out,
    receive_cash,
    recover_cash,
    return_advances,
    settle_uploads,
    upload,
)
from fisc.transfers.services.direct import (
    DirectProgress,
    direct_progress,
)
from fisc.transfers.services.grants import line_key
from fisc.transfers.services.issue import IssueDocument, IssueLine, enter_issues, issue, make_issues
from fisc.transfers.services.read import (
    Granted,
    Stage,
    direct_lines,
    granted,
    issued_by,
    received_by,
    source_numbers,
    stages,
)
from fisc.transfers.services.receive import (
    SourceDocument,
    SourceLine,
    enter_receipts,
    make_receipts,
    receive,
)
from fisc.transfers.services.standing import GRANTED, Between, between, unbooked, unsettled
from fisc.transfers.services.take_back import TakeBackItem, take_back
from fisc.transfers.services.timing import EarlyNotice, early_notices, late_issues

__all__ = [
    "GRANTED",
    "OWN",
    "TRANSFER",
    "AdvanceCash",
    "Arrange",
    "Between",
    "DirectProgress",
    "EarlyNotice",
    "Granted",
    "IssueDocument",
    "IssueLine",
    "LineCash",
    "SettleCash",
    "SourceDocument",
    "SourceLine",
    "Stage",
    "TakeBackItem",
    "UploadCash",
    "accrue",
    "accrue_uploads",
    "advance",
    "arrange",
    "between",
    "charge_advances",
    "direct_lines",
    "direct_progress",
    "document_key",
    "early_notices",
    "enter_issues",
    "enter_receipts",
    "granted",
    "issue",
    "issued_by",
    "late_issues",
    "line_key",
    "make_issues",
    "make_receipts",
    "pay_accrued",
    "pay_out",
    "receive",
    "receive_cash",
    "received_by",
    "recover_cash",
    "return_advances",
    "settle_uploads",
    "source_numbers",
    "stages",
    "take_back",
    "unbooked",
    "unsettled",
    "upload",
]
