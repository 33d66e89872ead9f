"""What people do at the treasury: plans of use, payments to the payee and back, clearing, other affairs."""

from __future__ import annotations

from functools import partial
from typing import Final

from fisc.budget.services import QUOTA_OWNERS
from fisc.documents.book_keeping import DUTY as BOOK_KEEPING
from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.reversal_use_cases import reversal_of
from fisc.documents.use_case import UseCase
from fisc.treasury import services
from fisc.treasury.kinds import AFFAIR, AFFAIR_REVERSAL, DEBIT, NOTICE, PAYMENT, PLAN, REFUND, REVERSIBLE
from fisc.treasury.services import CERTIFICATE_OWNERS, handed_in
from fisc.treasury.services.settings import WAYS

#: No bank is told too: whoever enters the debit names it, or none.
_CLEARED_BY: Final = ("agent_bank_no",)

USE_CASES: Final = (
    UseCase("treasury.make-plans", services.make_plans, PLAN, MAKE, owners=QUOTA_OWNERS),
    UseCase("treasury.revise-plans", services.revise_plans, PLAN, "revise"),
    UseCase("treasury.review-plans", services.review_plans, PLAN, "review"),
    UseCase("treasury.send-plans-back", services.send_plans_back, PLAN, "back"),
    UseCase("treasury.approve-plans", services.approve_plans, PLAN, "approve"),
    UseCase("treasury.open-plans", services.open_plans, PLAN, "open"),
    UseCase("treasury.cut-plans", services.cut_plans, PLAN, "cut"),
    UseCase("treasury.withdraw-plans", services.withdraw_plans, PLAN, "withdraw"),
    UseCase("treasury.apply", services.apply, PAYMENT, MAKE, owners=QUOTA_OWNERS),
    UseCase(
        "treasury.import", handed_in.import_sheet, name="导入支付申请表", duty="unit_make",
        sheet=partial(handed_in.columns_of, "payment"),
    ),
    UseCase(
        "treasury.payroll", handed_in.pay_by_sheet, name="按工资表申请支付", duty="unit_make",
        sheet=partial(handed_in.columns_of, "payroll"),
    ),
    UseCase("treasury.revise", services.revise, PAYMENT, "revise"),
    UseCase("treasury.review", services.review, PAYMENT, "review"),
    UseCase("treasury.send-back", services.send_back, PAYMENT, "back"),
    UseCase("treasury.approve", services.approve, PAYMENT, "approve"),
    UseCase("treasury.certify", services.certify, PAYMENT, "certify"),
    UseCase("treasury.send", services.send, PAYMENT, "send", owners=CERTIFICATE_OWNERS),
    UseCase("treasury.confirm-paid", services.confirm_paid, PAYMENT, "pay", owners=CERTIFICATE_OWNERS),
    UseCase(
        "treasury.record-returns", services.record_returns, PAYMENT, "return", owners=CERTIFICATE_OWNERS
    ),
    UseCase("treasury.correct-payees", services.correct_payees, PAYMENT, "correct"),
    UseCase(
        "treasury.clear-allocated", services.clear_allocated, PAYMENT, "clear", name="实拨资金清算",
        owners=CERTIFICATE_OWNERS,
    ),
    UseCase("treasury.withdraw", services.withdraw, PAYMENT, "withdraw"),
    UseCase("treasury.refund", services.refund, REFUND, MAKE, name="登记退款"),
    UseCase(
        "treasury.issue-notices", services.issue_clearing_notices, NOTICE, MAKE, name="下达清算额度通知单",
        shows=_CLEARED_BY,
    ),
    UseCase("treasury.clear", services.clear, DEBIT, MAKE, name="登记划款凭证"),
    UseCase("treasury.make-affairs", services.make_affairs, AFFAIR, MAKE),
    UseCase("treasury.post-affairs", services.post_affairs, AFFAIR, "post"),
    UseCase("treasury.discard-affairs", services.discard_affairs, AFFAIR, "discard"),
    *reversal_of(AFFAIR_REVERSAL, REVERSIBLE, group="treasury", noun="affair-reversals"),
    UseCase("treasury.set-settings", services.set_settings, name="设定国库参数", duty="treasury_make"),
    UseCase(
        "treasury.show-settings", services.show_setting, name="国库参数", is_for_units=True,
        named={"way": WAYS},
    ),
    UseCase(
        "treasury.show", services.show_payments, PAYMENT, name="支付及其退票、退款、疑点",
        parts={"refunds": "treasury.list-refunds"},
    ),
    UseCase("treasury.list-paid", services.payments_on, PAYMENT, name="某日支付清单"),
    UseCase(
        "treasury.list-of-quotas", services.payments_of_quotas, PAYMENT, name="指标的支付清单",
        owners=QUOTA_OWNERS,
    ),
    UseCase("treasury.in-transit", services.in_transit, PAYMENT, name="在途支付"),
    UseCase("treasury.late-clearings", services.late_clearings, DEBIT, name="逾期清算", tells_faults=True),
    UseCase(
        "treasury.close-agency-books", services.close_agency_books, name="年终冲转支付执行机构已结报支出",
        duty=BOOK_KEEPING,
    ),
    UseCase("treasury.open-affairs", services.open_affairs, AFFAIR, name="未结清的国库事项"),
    *looks(PLAN, "treasury", "plans"),
    *looks(PAYMENT, "treasury", "payments"),
    *looks(REFUND, "treasury", "refunds"),
    *looks(NOTICE, "treasury", "notices", shows=_CLEARED_BY),
    *looks(DEBIT, "treasury", "debits", shows=_CLEARED_BY),
    *looks(AFFAIR, "treasury", "affairs"),
)  # fmt: skip

#: Services that take several officers, and the use cases that do the same step by step.
TOGETHER: Final = {
    services.record_affairs: ("treasury.make-affairs", "treasury.post-affairs"),
    services.confirm_allocated: ("treasury.confirm-paid", "treasury.clear-allocated"),
    services.correct_payee: ("treasury.correct-payees", "treasury.certify"),
}

#: Steps that no person takes alone, and why.
OF_PROGRAMS: Final = {(REFUND, "clear"): "a refund is netted in the debit of its day: treasury.clear"}

#: What only programs call, and why.
FOR_PROGRAMS: Final = {
    "import_payments": "a file where it lies, marked; at any door treasury.import",
    "propose": "a file where it lies, marked; at any door treasury.payroll --dry-run",
    "accept": "treasury.payroll",
    "enroll": "persons come with their payment: treasury.payroll",
    "payee_names": "names for an excerpt of the books; people show-payments",
    "payee_of": "one account, for treasury.payroll",
    services.affairs_left: "some kinds of many regions, at a year's end; people open-affairs",
    services.allocated_by_treasury: "ids of documents, for reconciliation",
    services.clear_all: "debits of many regions and days, all or none",
    services.issue_all_notices: "notices of many regions and days",
    services.clearing_notices: "a day's notices, for who begins again after a crash; people list-notices",
    services.payment: "one payment whole; people show any number of them",
    services.papers_of_payments: "the ledger's own numbers of documents",
    services.returned_between: "certificates alone, for reconciliation of a simulated bank",
    services.setting_of: "of one region, by services; people show-settings, of books that are kept",
    services.settings_of: "many regions and years at once",
    services.planned_after: "sums by month for the forecast",
    services.states_on: "sums by state for the cash position",
    services.unanswered: "one sum for the checks of cash",
    services.uncleared: "sums of all regions for the checks of cash",
}
