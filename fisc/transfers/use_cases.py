"""What people do with transfers: money from above, its uses, issues, take-backs, cash between levels."""

from __future__ import annotations

from typing import Final

from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.use_case import UseCase
from fisc.transfers import services
from fisc.transfers.kinds import ARRANGEMENT, CASH, ISSUE, RECEIPT, TAKE_BACK
from fisc.transfers.rules.cash import KINDS
from fisc.transfers.twins import CATEGORIES

#: What cash is called, without the rows of the rules that it posts by.
CASH_NAMES: Final = {code: kind.name.partition("（")[0] for code, kind in KINDS.items()}

_QUOTAS: Final = (
    UseCase(
        "transfers.make-receipts", services.make_receipts, RECEIPT, MAKE,
        name="登记上级转移支付文件，上级在本系统下达的除外",
    ),
    UseCase("transfers.receive", services.enter_receipts, RECEIPT, "enter"),
    UseCase("transfers.discard-receipts", services.discard_receipts, RECEIPT, "discard"),
    *looks(RECEIPT, "transfers", "receipts", {"category": CATEGORIES}),
    UseCase("transfers.make-arrangements", services.make_arrangements, ARRANGEMENT, MAKE),
    UseCase("transfers.arrange", services.enter_arrangements, ARRANGEMENT, "arrange"),
    UseCase("transfers.discard-arrangements", services.discard_arrangements, ARRANGEMENT, "discard"),
    *looks(ARRANGEMENT, "transfers", "arrangements"),
    UseCase("transfers.make-issues", services.make_issues, ISSUE, MAKE),
    UseCase(
        "transfers.issue", services.enter_issues, ISSUE, "issue", name="下达转移支付，同时记入接收方"
    ),
    UseCase("transfers.discard-issues", services.discard_issues, ISSUE, "discard"),
    *looks(ISSUE, "transfers", "issues", {"category": CATEGORIES}),
    UseCase("transfers.make-take-backs", services.make_take_backs, TAKE_BACK, MAKE),
    UseCase("transfers.take-back", services.enter_take_backs, TAKE_BACK, "take_back"),
    UseCase("transfers.discard-take-backs", services.discard_take_backs, TAKE_BACK, "discard"),
    *looks(TAKE_BACK, "transfers", "take-backs"),
)  # fmt: skip
_CASH: Final = (
    UseCase(
        "transfers.make-payments", services.make_line_cash, CASH, MAKE,
        name="编制拨付补助单", fixed={"kind": "paid"},
    ),
    UseCase(
        "transfers.make-arrivals", services.make_line_cash, CASH, MAKE,
        name="登记上级拨款到账", fixed={"kind": "paid"},
    ),
    UseCase(
        "transfers.make-recoveries", services.make_line_cash, CASH, MAKE,
        name="编制收回补助资金单", fixed={"kind": "recovered"},
    ),
    UseCase(
        "transfers.make-accruals", services.make_line_cash, CASH, MAKE,
        name="编制年终应拨未拨单", fixed={"kind": "accrued"},
    ),
    UseCase(
        "transfers.make-set-offs", services.make_line_cash, CASH, MAKE,
        name="编制补助抵拨往来单", fixed={"kind": "set_off"},
    ),
    UseCase(
        "transfers.make-set-off-recoveries", services.make_line_cash, CASH, MAKE,
        name="编制冲回补助抵拨单", fixed={"kind": "set_off_recovered"},
    ),
    UseCase(
        "transfers.make-accrual-payments", services.make_settlements, CASH, MAKE,
        name="编制拨付上年应拨单", fixed={"kind": "accrual_paid"},
    ),
    UseCase("transfers.make-advances", services.make_advances, CASH, MAKE, name="编制调度库款单"),
    UseCase("transfers.make-charges", services.make_charges, CASH, MAKE, name="编制调度款列支单"),
    UseCase(
        "transfers.make-advance-returns", services.make_settlements, CASH, MAKE,
        name="编制归还调度款单", fixed={"kind": "advance_returned"},
    ),
    UseCase(
        "transfers.make-uploads", services.make_uploads, CASH, MAKE,
        name="编制上解单", fixed={"kind": "uploaded"},
    ),
    UseCase(
        "transfers.make-upload-accruals", services.make_uploads, CASH, MAKE,
        name="编制年终应解未解单", fixed={"kind": "upload_accrued"},
    ),
    UseCase(
        "transfers.make-upload-settlements", services.make_settlements, CASH, MAKE,
        name="编制缴来上年应解单", fixed={"kind": "upload_settled"},
    ),
    UseCase("transfers.sign-cash", services.sign_cash, CASH, "book"),
    UseCase("transfers.discard-cash", services.discard_cash, CASH, "discard"),
    *looks(CASH, "transfers", "cash", {"kind": CASH_NAMES}),
)  # fmt: skip
_QUESTIONS: Final = (
    UseCase("transfers.list-received", services.list_received, RECEIPT, name="收到的转移支付"),
    UseCase("transfers.list-issued", services.list_issued, ISSUE, name="下达的转移支付"),
    UseCase("transfers.list-sources", services.list_sources, RECEIPT, name="上级资金收到、使用与结余"),
    UseCase("transfers.list-waiting", services.list_waiting, ARRANGEMENT, name="待安排的上级资金"),
    UseCase("transfers.list-late-issues", services.list_late_issues, ISSUE, name="逾期下达的转移支付"),
    UseCase("transfers.show-sources", services.show_sources, ISSUE, name="上级文件的资金去向"),
    UseCase("transfers.list-between", services.between, CASH, name="上下级往来"),
    UseCase("transfers.early-notices", services.early_notices, ISSUE, name="提前下达比例"),
    UseCase("transfers.direct-progress", services.direct_progress, RECEIPT, name="直达资金进度"),
)
USE_CASES: Final = (*_QUOTAS, *_CASH, *_QUESTIONS)

#: Services that do at once what people do step by step.
TOGETHER: Final = {
    services.receive: ("transfers.make-receipts", "transfers.receive"),
    services.arrange: ("transfers.make-arrangements", "transfers.arrange"),
    services.issue: ("transfers.make-issues", "transfers.issue"),
    services.take_back: ("transfers.make-take-backs", "transfers.take-back"),
    services.pay_out: ("transfers.make-payments", "transfers.sign-cash"),
    services.receive_cash: ("transfers.make-arrivals", "transfers.sign-cash"),
    services.recover_cash: ("transfers.make-recoveries", "transfers.sign-cash"),
    services.accrue: ("transfers.make-accruals", "transfers.sign-cash"),
    services.set_off: ("transfers.make-set-offs", "transfers.sign-cash"),
    services.undo_set_off: ("transfers.make-set-off-recoveries", "transfers.sign-cash"),
    services.pay_accrued: ("transfers.make-accrual-payments", "transfers.sign-cash"),
    services.advance: ("transfers.make-advances", "transfers.sign-cash"),
    services.charge_advances: ("transfers.make-charges", "transfers.sign-cash"),
    services.return_advances: ("transfers.make-advance-returns", "transfers.sign-cash"),
    services.upload: ("transfers.make-uploads", "transfers.sign-cash"),
    services.accrue_uploads: ("transfers.make-upload-accruals", "transfers.sign-cash"),
    services.settle_uploads: ("transfers.make-upload-settlements", "transfers.sign-cash"),
}
#: What other programs ask, and why people do not.
FOR_PROGRAMS: Final = {
    services.granted: "人看 transfers.show-sources",
    services.received_by: "人看 transfers.list-received",
    services.issued_by: "人看 transfers.list-issued",
    services.late_issues: "人看 transfers.list-late-issues",
    services.direct_lines: "人看 transfers.direct-progress",
    services.purposes: "年终结转上级资金时问；人看 year-end.status",
    services.fund_kinds: "年终转账和结转时问；人看 year-end.surplus",
    services.kind_moves: "年终转账时问；人看 year-end.surplus",
    services.parties: "凭证行的对方；人看 fisc trace",
    services.stages: "人看 fisc follow、transfers.list-waiting",
    services.ways_up: "fisc follow 由一笔支付回到上级文件",
    services.cleared: "人看 year-end.settlement",
    services.exchanged: "人看 year-end.settlement",
    services.unbooked: "监测规则逐区划查疑点；人看 transfers.list-between",
    services.not_arrived: "监测规则逐区划查疑点；人看 transfers.list-between",
    services.unsettled: "监测规则逐区划查疑点；人看 transfers.list-between",
}
