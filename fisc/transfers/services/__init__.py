"""The use cases of transfers: what screens, the command line, other domains and the simulated city call.

Every call takes one item or thousands, is all or nothing, and is idempotent by the numbers of its
documents. `by` drafts, `reviewed_by` (quotas) or `signed_by` (cash) puts in force: two officers.
People take the steps one by one (`make_…`, then `enter_…` or `sign_cash`).
"""

from fisc.documents import document_key
from fisc.transfers.services.arrange import (
    OWN,
    TRANSFER,
    Arrange,
    arrange,
    discard_arrangements,
    enter_arrangements,
    make_arrangements,
)
from fisc.transfers.services.booking import (
    discard_cash,
    sign_cash,
)
from fisc.transfers.services.cash import (
    AdvanceCash,
    ChargeCash,
    LineCash,
    SettleCash,
    UploadCash,
    accrue,
    accrue_uploads,
    advance,
    charge_advances,
    make_advances,
    make_charges,
    make_line_cash,
    make_settlements,
    make_uploads,
    pay_accrued,
    pay_out,
    receive_cash,
    recover_cash,
    return_advances,
    set_off,
    settle_uploads,
    undo_set_off,
    upload,
)
from fisc.transfers.services.direct import (
    DirectProgress,
    direct_progress,
)
from fisc.transfers.services.fund_kinds import fund_kinds, kind_moves
from fisc.transfers.services.grants import line_key
from fisc.transfers.services.issue import (
    IssueDocument,
    IssueLine,
    discard_issues,
    enter_issues,
    issue,
    make_issues,
)
from fisc.transfers.services.lists import (
    SourceUse,
    TransferRow,
    WaitingSource,
    list_issued,
    list_late_issues,
    list_received,
    list_sources,
    list_waiting,
    show_sources,
)
from fisc.transfers.services.parties import parties
from fisc.transfers.services.purposes import Purpose, purposes
from fisc.transfers.services.read import (
    Granted,
    Stage,
    direct_lines,
    granted,
    issued_by,
    received_by,
    stages,
    ways_up,
)
from fisc.transfers.services.receive import (
    SourceDocument,
    SourceLine,
    discard_receipts,
    enter_receipts,
    make_receipts,
    receive,
)
from fisc.transfers.services.standing import (
    GRANTED,
    NOT_ARRIVED,
    Between,
    Exchanged,
    between,
    cleared,
    exchanged,
    not_arrived,
    unbooked,
    unsettled,
)
from fisc.transfers.services.take_back import (
    TakeBackItem,
    discard_take_backs,
    enter_take_backs,
    make_take_backs,
    take_back,
)
from fisc.transfers.services.timing import EarlyNotice, early_notices, late_issues

__all__ = [
    "GRANTED", "NOT_ARRIVED", "OWN", "TRANSFER",
    "AdvanceCash", "Arrange", "Between", "ChargeCash", "DirectProgress",
    "EarlyNotice", "Exchanged", "Granted", "IssueDocument", "IssueLine", "LineCash", "Purpose",
    "SettleCash", "SourceDocument", "SourceLine", "SourceUse", "Stage", "TakeBackItem", "TransferRow",
    "UploadCash", "WaitingSource", "accrue", "accrue_uploads", "advance", "arrange", "between",
    "charge_advances", "cleared", "direct_lines", "direct_progress", "discard_arrangements", "discard_cash",
    "discard_issues", "discard_receipts", "discard_take_backs", "document_key", "early_notices",
    "enter_arrangements", "enter_issues", "enter_receipts", "enter_take_backs", "exchanged",
    "fund_kinds", "granted",
    "issue", "issued_by", "kind_moves", "late_issues", "line_key", "list_issued",
    "list_late_issues", "list_received", "list_sources", "list_waiting",
    "make_advances", "make_arrangements", "make_charges", "make_issues",
    "make_line_cash", "make_receipts", "make_settlements", "make_take_backs", "make_uploads",
    "not_arrived", "parties", "pay_accrued",
    "pay_out", "purposes", "receive", "receive_cash", "received_by", "recover_cash", "return_advances",
    "set_off", "settle_uploads", "show_sources", "sign_cash", "stages", "take_back", "unbooked",
    "undo_set_off",
    "unsettled", "upload", "ways_up",
]  # fmt: skip
