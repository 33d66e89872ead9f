"""The use cases of the budget: what screens, the command line, other domains and the simulated city call."""

from fisc.budget.rules.approval import Source, Spending
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
from fisc.budget.services.advances import (
    Advance,
    advance,
    outstanding_advances,
    settle_advance,
    settled_advances,
)
from fisc.budget.services.approval import (
    DraftBudget,
    Resolution,
    approve_budgets,
    draft_key,
    make_draft,
    read_draft,
    return_draft,
    review_draft,
    revise_draft,
    submit_draft,
)
from fisc.budget.services.carryover import CarryOver, Unspent, carry_over, carry_over_lines, unspent
from fisc.budget.services.controls import (
    Control,
    ControlLine,
    issue_controls,
    make_controls,
    return_controls,
    review_controls,
    revise_controls,
)
from fisc.budget.services.cuts import BudgetCut, cut_budget, read_cuts
from fisc.budget.services.early import (
    EarlyRequest,
    PriorLevel,
    approval_dates,
    early_spending_allowed,
    record_early_spending,
    record_prior_levels,
)
from fisc.budget.services.guarantees import GuaranteeProgress, guarantee_progress
from fisc.budget.services.issue import DepartmentIssue, UnitIssue, issue_to_departments, issue_to_units
from fisc.budget.services.library import (
    Declaration,
    Indicator,
    audit_projects,
    declare_projects,
    enter_projects,
    project_key,
    redeclare_projects,
    retire_projects,
    return_projects,
    review_projects,
)
from fisc.budget.services.needs import (
    Coverage,
    Need,
    coverage,
    enter_needs,
    return_needs,
    review_needs,
    revise_needs,
)
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
from fisc.budget.services.preparation import (
    BudgetLine,
    Proposal,
    accept_proposals,
    make_proposals,
    proposal_checks,
    proposal_key,
    reopen_proposals,
    return_proposals,
    review_proposals,
    revise_proposals,
    submit_proposals,
)
from fisc.budget.services.publications import Published, record_publications
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
    quota_coding_ids,
    quota_codings,
    quota_document_key,
    review_quota_documents,
    send_back_quota_documents,
)
from fisc.budget.services.rolling import roll_over_projects

__all__ = [
    "AdjustmentPlan", "Advance", "BudgetCut", "BudgetLine", "CarryOver", "Control", "ControlLine",
    "Coverage", "Declaration", "DepartmentIssue", "DraftBudget", "EarlyRequest", "GuaranteeProgress",
    "Indicator", "Need", "PriorLevel", "Proposal", "Published", "QuotaBalance", "QuotaChange",
    "QuotaDocument", "QuotaLine",
    "QuotaOperation", "Resolution", "Source", "SourceChange", "Spending", "SpendingChange", "UnitIssue",
    "Unspent", "accept_proposals", "adjustment_cases", "adjustment_key", "advance", "allot", "append",
    "approval_dates", "approve_budgets", "approve_quota_documents", "assign", "audit_projects",
    "carry_over", "carry_over_lines", "coverage", "cut", "cut_budget", "declare_projects",
    "discard_adjustments", "discard_quota_documents", "draft_key", "early_spending_allowed", "enter",
    "enter_needs", "enter_projects", "freeze", "guarantee_progress", "issue_controls",
    "issue_to_departments", "issue_to_units",
    "make_adjustments", "make_controls", "make_draft", "make_proposals", "make_quota_documents",
    "make_quota_operations", "outstanding_advances", "project_key", "proposal_checks", "proposal_key",
    "quota_balances", "quota_coding_ids", "quota_codings", "quota_document_key", "read_cuts", "read_draft",
    "record_early_spending", "record_prior_levels", "record_publications", "redeclare_projects", "release",
    "reopen_proposals", "reserve", "resolve_adjustments", "retire_projects", "return_controls",
    "return_draft", "return_needs", "return_projects", "return_proposals", "review_adjustments",
    "review_controls", "review_draft", "review_needs", "review_projects", "review_proposals",
    "review_quota_documents", "revise_controls", "revise_draft", "revise_needs", "revise_proposals",
    "roll_over_projects", "send_back_adjustments", "send_back_quota_documents", "settle_advance",
    "settled_advances", "submit_draft", "submit_proposals", "swap", "take_back", "unfreeze", "unspent",
]  # fmt: skip
