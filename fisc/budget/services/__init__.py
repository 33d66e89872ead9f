"""The use cases of the budget: what screens, the command line, other domains and the simulated city call."""

from fisc.budget.services.adjustment import (
    AdjustmentPlan,
    SourceChange,
    SpendingChange,
    adjustment_cases,
    adjustment_key,
    discard_adjustments,
    make_adjustments,
    resolve_adjustments,
    review_adjustments,
    send_back_adjustments,
)
from fisc.budget.services.advances import Advance, advance, outstanding_advances, settle_advance
from fisc.budget.services.carryover import CarryOver, Unspent, carry_over, carry_over_lines, unspent
from fisc.budget.services.cuts import BudgetCut, cut_budget, read_cuts
from fisc.budget.services.operations import (
    QuotaChange,
    QuotaOperation,
    cut,
    freeze,
    make_quota_operations,
    release,
    reserve,
    swap,
    take_back,
    unfreeze,
)
from fisc.budget.services.quotas import (
    QuotaBalance,
    QuotaDocument,
    QuotaLine,
    allot,
    append,
    approve_quota_documents,
    assign,
    discard_quota_documents,
    enter,
    make_quota_documents,
    quota_balances,
    quota_codings,
    quota_document_key,
    review_quota_documents,
    send_back_quota_documents,
)

__all__ = [
    "AdjustmentPlan", "Advance", "BudgetCut", "CarryOver", "QuotaBalance", "QuotaChange", "QuotaDocument",
    "QuotaLine", "QuotaOperation", "SourceChange", "SpendingChange", "Unspent", "adjustment_cases",
    "adjustment_key", "advance", "allot", "append", "approve_quota_documents", "assign", "carry_over",
    "carry_over_lines", "cut", "cut_budget", "discard_adjustments", "discard_quota_documents", "enter",
    "freeze", "make_adjustments", "make_quota_documents", "make_quota_operations", "outstanding_advances",
    "quota_balances", "quota_codings", "quota_document_key", "read_cuts", "release", "reserve",
    "resolve_adjustments", "review_adjustments", "review_quota_documents", "send_back_adjustments",
    "send_back_quota_documents", "settle_advance", "swap", "take_back", "unfreeze", "unspent",
]  # fmt: skip
