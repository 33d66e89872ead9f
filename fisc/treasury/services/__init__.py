"""What screens, commands, other domains and the simulated city call.

A payment: `apply`, `review`, `approve`, `certify`, `send`, `confirm_paid`, then clearing. Every
service takes one item or ten thousand, in one transaction; see the modules for what each refuses.
"""

from fisc.treasury.services.agency import close_agency_books
from fisc.treasury.services.applications import PaymentApplication, apply
from fisc.treasury.services.bank import BankReceipt, BankReturn, confirm_paid, send
from fisc.treasury.services.certificates import CERTIFICATE_OWNERS
from fisc.treasury.services.clearing import (
    ClearingNotice,
    RegionDay,
    TreasuryDebit,
    clear,
    clear_all,
    clearing_notices,
    issue_all_notices,
    issue_clearing_notices,
    late_clearings,
)
from fisc.treasury.services.entity import allocated_by_treasury, clear_allocated, confirm_allocated
from fisc.treasury.services.other import (
    AffairLeft,
    TreasuryAffair,
    affairs_left,
    discard_affairs,
    make_affairs,
    open_affairs,
    post_affairs,
    record_affairs,
)
from fisc.treasury.services.outcomes import Outcome
from fisc.treasury.services.payments import approve, certify, review, send_back
from fisc.treasury.services.plan_cuts import PlanCut, cut_plans, withdraw_plans
from fisc.treasury.services.plans import (
    Plan,
    PlanRevision,
    approve_plans,
    make_plans,
    open_plans,
    review_plans,
    revise_plans,
    send_plans_back,
)
from fisc.treasury.services.readers import (
    InTransit,
    in_transit,
    papers_of_payments,
    payment,
    payments_of_quotas,
    payments_on,
    returned_between,
    show_payments,
)
from fisc.treasury.services.refunds import Refund, refund
from fisc.treasury.services.returns import record_returns
from fisc.treasury.services.revisions import PaymentRevision, revise
from fisc.treasury.services.settings import Setting, set_settings, setting_of, settings_of, show_setting
from fisc.treasury.services.standing import payee_names, planned_after, states_on, unanswered, uncleared
from fisc.treasury.services.withdrawals import PayeeCorrection, correct_payee, correct_payees, withdraw

__all__ = [
    "CERTIFICATE_OWNERS", "AffairLeft", "BankReceipt", "BankReturn", "ClearingNotice", "InTransit", "Outcome",
    "PayeeCorrection", "PaymentApplication", "PaymentRevision", "Plan", "PlanCut", "PlanRevision", "Refund",
    "RegionDay", "Setting", "TreasuryAffair", "TreasuryDebit", "affairs_left", "allocated_by_treasury",
    "apply", "approve", "approve_plans",
    "certify", "clear", "clear_all", "clear_allocated", "clearing_notices", "close_agency_books",
    "confirm_allocated", "confirm_paid", "correct_payee", "correct_payees", "cut_plans", "discard_affairs",
    "in_transit", "issue_all_notices", "issue_clearing_notices", "late_clearings", "make_affairs",
    "make_plans", "open_affairs", "open_plans", "papers_of_payments", "payee_names", "payment",
    "payments_of_quotas", "payments_on", "planned_after", "post_affairs", "record_affairs",
    "record_returns", "refund", "returned_between", "review", "review_plans", "revise", "revise_plans",
    "send", "send_back", "send_plans_back", "set_settings", "setting_of", "settings_of", "show_payments",
    "show_setting", "states_on", "unanswered", "uncleared", "withdraw", "withdraw_plans",
]  # fmt: skip
