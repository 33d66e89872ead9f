"""The documents of the budget: what of each is content, which step writes what, and their lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fisc.budget import flow, resting
from fisc.documents import Kind, Lines, Register
from fisc.documents.kind import Named, reversal_kind
from fisc.documents.resting import RestsOn

if TYPE_CHECKING:
    from fisc.budget.models import (
        Adjustment,
        AdjustmentLine,
        Advance,
        AdvanceReturn,
        AdvanceReversal,
        BasicNeed,
        Control,
        ControlLine,
        Draft,
        DraftLine,
        EarlySpending,
        Issue,
        LibraryProject,
        PerformanceIndicator,
        Proposal,
        ProposalLine,
        Publication,
        QuotaDocument,
        QuotaLine,
    )

INDICATORS: Final[Lines[PerformanceIndicator]] = Lines(
    "budget.PerformanceIndicator", order="kpi_no", amount="weight_bp", edition="revision",
    written_by=("make", "redeclare"),
)  # fmt: skip
PROPOSAL_LINES: Final[Lines[ProposalLine]] = Lines(
    "budget.ProposalLine", edition="revision", written_by=("make", "revise")
)
CONTROL_LINES: Final[Lines[ControlLine]] = Lines(
    "budget.ControlLine", edition="revision", sums_to="total_fen", written_by=("make", "revise")
)
DRAFT_LINES: Final[Lines[DraftLine]] = Lines(
    "budget.DraftLine", edition="revision", written_by=("make", "revise")
)
QUOTA_LINES: Final[Lines[QuotaLine]] = Lines(
    "budget.QuotaLine", edition="revision", sums_to="total_fen", written_by=("make", "revise")
)
ADJUSTMENT_LINES: Final[Lines[AdjustmentLine]] = Lines(
    "budget.AdjustmentLine", edition="revision", written_by=("make", "revise")
)

LIBRARY_PROJECT: Final[Kind[LibraryProject]] = Kind(
    "budget.LibraryProject",
    prefix="library_project",
    flow=flow.LIBRARY_PROJECT_FLOW,
    content=(
        "declared_pro_code", "name", "agency_code", "dept_code", "manage_mof_dep_code", "pro_kind_code",
        "pro_class", "fund_type_code", "exp_func_code", "first_year", "last_year", "total_fen",
        "apply_up_fen", "goal", "basis", "theme_codes", "tags", "goals_digest", "rolled_from", "revision",
    ),
    written={
        "audit": ("fin_audit_fen",),
        "redeclare": (
            "name", "apply_up_fen", "total_fen", "goal", "basis", "exp_func_code", "fund_type_code",
            "last_year", "theme_codes", "tags", "goals_digest", "revision", "fin_audit_fen",
        ),
        "fund": ("reply_amt_fen",),
    },
    lines=(INDICATORS,),
    facets=("mof_div_code", "fiscal_year", "state", "agency_code", "dept_code", "fund_type_code"),
)  # fmt: skip

NEED: Final[Kind[BasicNeed]] = Kind(
    "budget.BasicNeed",
    prefix="basic_need",
    flow=flow.NEED_FLOW,
    content=("tag", "dept_code", "standard", "amount_fen", "basis"),
    written={
        "revise": ("amount_fen", "basis"),
    },
    facets=("mof_div_code", "fiscal_year", "state", "dept_code"),
)

PROPOSAL: Final[Kind[Proposal]] = Kind(
    "budget.Proposal",
    prefix="proposal",
    flow=flow.PROPOSAL_FLOW,
    content=(
        "dept_code", "round", "title", "income_fen", "outlay_fen", "basic_fen", "project_fen",
        "lines_digest", "revision",
    ),
    written={
        "revise": (
            "title", "income_fen", "outlay_fen", "basic_fen", "project_fen", "lines_digest", "revision",
        ),
    },
    lines=(PROPOSAL_LINES,),
    facets=("mof_div_code", "fiscal_year", "state", "dept_code"),
)  # fmt: skip

CONTROL: Final[Kind[Control]] = Kind(
    "budget.Control",
    prefix="control",
    flow=flow.CONTROL_FLOW,
    content=("dept_code", "total_fen", "lines_digest", "revision"),
    written={
        "revise": ("total_fen", "lines_digest", "revision"),
    },
    lines=(CONTROL_LINES,),
    facets=("mof_div_code", "fiscal_year", "state", "dept_code"),
)

DRAFT: Final[Kind[Draft]] = Kind(
    "budget.Draft",
    prefix="draft",
    flow=flow.DRAFT_FLOW,
    content=("title", "source_fen", "spending_fen", "reserve_fen", "lines_digest", "revision"),
    written={
        "revise": ("title", "source_fen", "spending_fen", "reserve_fen", "lines_digest", "revision"),
        "approve": ("resolution_no", "resolution_title", "approved_on"),
    },
    rests_on=resting.DRAFT,
    lines=(DRAFT_LINES,),
)

ISSUE: Final[Kind[Issue]] = Kind(
    "budget.Issue",
    prefix="issue",
    flow=flow.ISSUE_FLOW,
    content=("dept_code", "doc_no", "amount_fen"),
    written={
        "revise": ("doc_no", "amount_fen"),
        "issue": ("issued_on",),
        "issue_units": ("unit_doc_no", "units_issued_on"),
    },
    rests_on=resting.ISSUE,
    facets=("mof_div_code", "fiscal_year", "state", "dept_code"),
)

PUBLICATION: Final[Kind[Publication]] = Kind(
    "budget.Publication",
    prefix="publication",
    flow=flow.PUBLICATION_FLOW,
    content=("dept_code", "published_on", "place"),
    rests_on=resting.PUBLICATION,
    facets=("mof_div_code", "fiscal_year", "state", "dept_code"),
)

EARLY_SPENDING: Final[Kind[EarlySpending]] = Kind(
    "budget.EarlySpending",
    prefix="early_spending",
    flow=flow.EARLY_SPENDING_FLOW,
    content=("kind", "fund_type_code", "amount_fen", "basis", "arranged_on"),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind"),
)

#: Facts that are no documents: noted once, never deleted.
QUOTA: Final = Register(
    "budget.Quota",
    known="exists (select from budget_quota_document d where d.doc_key = t.doc_key and d.state = 'issued')",
)

ADVANCE: Final[Kind[Advance]] = Kind(
    "budget.Advance",
    prefix="quota_advance",
    flow=flow.ADVANCE_FLOW,
    has_editions=True,
    content=(
        "agency_code", "fund_type_code", "exp_func_code", "amount_fen", "purpose", "basis_doc_no",
        "coding_id", "confirm_reason",
    ),
    written={"revise": ("amount_fen", "purpose", "basis_doc_no")},
    facets=("mof_div_code", "fiscal_year", "state", "agency_code", "fund_type_code"),
)  # fmt: skip

ADVANCE_RETURN: Final[Kind[AdvanceReturn]] = Kind(
    "budget.AdvanceReturn",
    prefix="quota_advance_return",
    number="return_no",
    flow=flow.ADVANCE_RETURN_FLOW,
    has_editions=True,
    content=("advance", "fund_type_code", "amount_fen", "happened_on", "reason"),
    refers={"advance": "quota_advance"},
    rests_on=(
        RestsOn(
            "预拨单", "join budget_advance b on b.doc_key = n.advance",
            "(b.trail -> -1 ->> 3)::date", "b.doc_key",
            "先预拨、后收回（财库〔2015〕192号）", "请核对发生日", own="n.happened_on", day="发生日",
        ),
    ),
    booked_on="happened_on",
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code"),
)  # fmt: skip

#: What a reversal may name.
REVERSIBLE: Final[Mapping[str, Kind[Any]]] = {ADVANCE_RETURN.prefix: ADVANCE_RETURN}

ADVANCE_REVERSAL: Final[Kind[AdvanceReversal]] = reversal_kind(
    "budget.AdvanceReversal", "quota_advance_reversal", flow.RETURN_DUTIES, REVERSIBLE
)

QUOTA_DOCUMENT: Final[Kind[QuotaDocument]] = Kind(
    "budget.QuotaDocument",
    prefix="quota_document",
    flow=flow.QUOTA_DOCUMENT_FLOW,
    has_editions=True,
    content=(
        "operation", "doc_no", "dated_on", "title", "base", "source", "rev_func_code", "sup_bgt_doc_no",
        "basis_doc_no", "reason", "scope", "base_fen", "line_count", "total_fen", "lines_digest", "revision",
    ),
    written={
        # number, day and title stand in the ledger's directory
        "revise": (
            "base", "source", "rev_func_code", "sup_bgt_doc_no", "basis_doc_no", "reason", "scope",
            "base_fen", "line_count", "total_fen", "lines_digest", "revision",
        ),
    },
    paper={"doc_no": "doc_no", "title": "title", "dated_on": "dated_on"},
    in_force_by="approve",
    rests_on=resting.QUOTA_DOCUMENT,
    taken_back_by="另编一份指标文：下达的用调减或收回，冻结的用解冻，占用的用释放",
    lines=(QUOTA_LINES,),
    names={
        "bgt_id": Named(QUOTA, "bgt_id"), "ori_bgt_id": Named(QUOTA, "bgt_id"),
        "advance": Named(ADVANCE, "doc_key"),
    },
)  # fmt: skip

ADJUSTMENT: Final[Kind[Adjustment]] = Kind(
    "budget.Adjustment",
    prefix="budget_adjustment",
    flow=flow.ADJUSTMENT_FLOW,
    has_editions=True,
    content=(
        "doc_no", "title", "dated_on", "session_on", "cases", "income_fen", "outlay_fen", "lines_digest",
        "revision",
    ),
    written={
        "revise": ("session_on", "cases", "income_fen", "outlay_fen", "lines_digest", "revision"),
        "resolve": ("resolution_doc_no",),
    },
    paper={"doc_no": "doc_no", "title": "title", "dated_on": "dated_on"},
    in_force_by="resolve",
    rests_on=resting.ADJUSTMENT,
    lines=(ADJUSTMENT_LINES,),
)  # fmt: skip

KINDS: Final = (
    LIBRARY_PROJECT,
    NEED,
    PROPOSAL,
    CONTROL,
    DRAFT,
    ISSUE,
    PUBLICATION,
    EARLY_SPENDING,
    QUOTA_DOCUMENT,
    ADVANCE,
    ADVANCE_RETURN,
    ADVANCE_REVERSAL,
    ADJUSTMENT,
)
PRIOR_LEVEL: Final = Register("budget.PriorLevel")
REGISTERS: Final = (QUOTA, PRIOR_LEVEL)
