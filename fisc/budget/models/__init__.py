"""The documents of the budget and their lines: schema only, rows are written by the services."""

from fisc.budget.models.adjustment import Adjustment, AdjustmentLine
from fisc.budget.models.library import LibraryProject, PerformanceIndicator
from fisc.budget.models.preparation import (
    BasicNeed,
    Control,
    ControlLine,
    Draft,
    DraftLine,
    EarlySpending,
    Issue,
    PriorLevel,
    Proposal,
    ProposalLine,
    Publication,
)
from fisc.budget.models.quotas import (
    Advance,
    AdvanceReturn,
    AdvanceReversal,
    Quota,
    QuotaDocument,
    QuotaLine,
)

__all__ = [
    "Adjustment",
    "AdjustmentLine",
    "Advance",
    "AdvanceReturn",
    "AdvanceReversal",
    "BasicNeed",
    "Control",
    "ControlLine",
    "Draft",
    "DraftLine",
    "EarlySpending",
    "Issue",
    "LibraryProject",
    "PerformanceIndicator",
    "PriorLevel",
    "Proposal",
    "ProposalLine",
    "Publication",
    "Quota",
    "QuotaDocument",
    "QuotaLine",
]
