"""What people do with the budget: the library, preparation, approval, issue, quotas and their changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fisc.budget import services
from fisc.budget.kinds import (
    ADJUSTMENT,
    ADVANCE,
    ADVANCE_RETURN,
    ADVANCE_REVERSAL,
    CONTROL,
    DRAFT,
    EARLY_SPENDING,
    ISSUE,
    LIBRARY_PROJECT,
    NEED,
    PROPOSAL,
    PUBLICATION,
    QUOTA_DOCUMENT,
    REVERSIBLE,
)
from fisc.budget.rules.adjustment import CASES
from fisc.budget.rules.quota_types import SOURCES
from fisc.budget.rules.quotas import OPERATIONS
from fisc.documents.flow import MAKE, REVISE
from fisc.documents.looking import looks
from fisc.documents.reversal_use_cases import reversal_of
from fisc.documents.use_case import UseCase

#: The two sides of drafts and of adjustments; of which money a line of the latter is, on either side.
_LINE_SIDES: Final = {"source": "来源", "spending": "支出"}
_LINE_KINDS: Final = {**SOURCES, "own": "本级", "transfer": "转移支付"}

_LIBRARY: Final = (
    UseCase("budget.declare-projects", services.declare_projects, LIBRARY_PROJECT, MAKE, name="申报项目"),
    UseCase("budget.review-projects", services.review_projects, LIBRARY_PROJECT, "review"),
    UseCase("budget.audit-projects", services.audit_projects, LIBRARY_PROJECT, "audit"),
    UseCase("budget.enter-projects", services.enter_projects, LIBRARY_PROJECT, "enter"),
    UseCase(
        "budget.send-projects-back", services.return_projects, LIBRARY_PROJECT, "back",
        fixed={"is_finance": False},
    ),
    UseCase(
        "budget.send-audited-projects-back", services.return_projects, LIBRARY_PROJECT, "finance_back",
        fixed={"is_finance": True},
    ),
    UseCase(
        "budget.redeclare-projects", services.redeclare_projects, LIBRARY_PROJECT, "redeclare",
        name="重新申报项目",
    ),
    UseCase("budget.retire-projects", services.retire_projects, LIBRARY_PROJECT, "retire"),
    UseCase(
        "budget.roll-over-projects", services.roll_over_projects, LIBRARY_PROJECT,
        name="项目滚动到下一年度", duty="unit_make",
    ),
    *looks(LIBRARY_PROJECT, "budget", "projects"),
)  # fmt: skip
_PREPARATION: Final = (
    UseCase("budget.enter-needs", services.enter_needs, NEED, MAKE),
    UseCase("budget.review-needs", services.review_needs, NEED, "review"),
    UseCase("budget.send-needs-back", services.return_needs, NEED, "back"),
    UseCase("budget.revise-needs", services.revise_needs, NEED, "revise"),
    UseCase("budget.show-coverage", services.coverage, NEED, name="“三保”预算安排情况"),
    UseCase("budget.show-guarantees", services.guarantee_progress, NEED, name="“三保”支出进度"),
    *looks(NEED, "budget", "needs"),
    UseCase("budget.make-proposals", services.make_proposals, PROPOSAL, MAKE),
    UseCase("budget.check-proposals", services.check_proposals, PROPOSAL, name="部门预算勾稽审核表"),
    UseCase("budget.submit-proposals", services.submit_proposals, PROPOSAL, "submit"),
    UseCase("budget.review-proposals", services.review_proposals, PROPOSAL, "review"),
    UseCase("budget.accept-proposals", services.accept_proposals, PROPOSAL, "accept"),
    UseCase("budget.send-proposals-back", services.return_proposals, PROPOSAL, "back"),
    UseCase("budget.reopen-proposals", services.reopen_proposals, PROPOSAL, "reopen"),
    UseCase("budget.revise-proposals", services.revise_proposals, PROPOSAL, "revise"),
    *looks(PROPOSAL, "budget", "proposals"),
    UseCase("budget.make-controls", services.make_controls, CONTROL, MAKE),
    UseCase("budget.review-controls", services.review_controls, CONTROL, "review"),
    UseCase("budget.issue-controls", services.issue_controls, CONTROL, "issue", name="下达控制数"),
    UseCase("budget.send-controls-back", services.return_controls, CONTROL, "back"),
    UseCase("budget.revise-controls", services.revise_controls, CONTROL, "revise"),
    *looks(CONTROL, "budget", "controls"),
)  # fmt: skip
_APPROVAL: Final = (
    UseCase("budget.make-draft", services.make_draft, DRAFT, MAKE),
    UseCase("budget.review-draft", services.review_draft, DRAFT, "review"),
    UseCase("budget.submit-draft", services.submit_draft, DRAFT, "submit"),
    UseCase("budget.send-draft-back", services.return_draft, DRAFT, "back"),
    UseCase("budget.revise-draft", services.revise_draft, DRAFT, "revise"),
    UseCase("budget.approve-budgets", services.approve_budgets, DRAFT, "approve"),
    *looks(DRAFT, "budget", "drafts", {"side": _LINE_SIDES}),
    UseCase("budget.make-issues", services.make_issues, ISSUE, MAKE),
    UseCase("budget.review-issues", services.review_issues, ISSUE, "review"),
    UseCase("budget.send-issues-back", services.send_back_issues, ISSUE, "back"),
    UseCase("budget.revise-issues", services.revise_issues, ISSUE, "revise"),
    UseCase("budget.issue-to-departments", services.approve_issues, ISSUE, "issue", name="批复部门预算"),
    UseCase("budget.issue-to-units", services.pass_to_units, ISSUE, "issue_units", name="批复所属单位预算"),
    UseCase(
        "budget.make-unit-quotas", services.make_unit_quotas, ISSUE,
        name="按单位批复编制指标文", duty="budget_make",
    ),
    *looks(ISSUE, "budget", "issues"),
    UseCase("budget.publish", services.record_publications, PUBLICATION, MAKE, name="登记预算公开"),
    *looks(PUBLICATION, "budget", "publications"),
    UseCase(
        "budget.arrange-early", services.record_early_spending, EARLY_SPENDING, MAKE,
        name="安排批准前支出",
    ),
    *looks(EARLY_SPENDING, "budget", "early-spending"),
    UseCase(
        "budget.state-prior-levels", services.record_prior_levels, EARLY_SPENDING,
        name="登记上年同期支出", duty="budget_make",
    ),
)  # fmt: skip
#: Verb -> the operation of quota documents, and what people call it.
_ORDERS: Final = {
    "cuts": ("cut", "指标调减单"),
    "cuts-with-source": ("cut_with_source", "指标连同来源收回单"),
    "freezes": ("freeze", "指标冻结单"),
    "unfreezes": ("unfreeze", "指标解冻单"),
    "reservations": ("reserve", "采购占用单"),
    "releases": ("release", "采购占用释放单"),
    "take-backs": ("take_back", "闲置指标收回单"),
    "reclaims": ("reclaim", "结转满两年收回单"),
}
#: Verb -> the operation of documents that bring quotas about.
_QUOTAS: Final = {
    "quotas": ("enter", "指标文"),
    "appends": ("append", "指标追加文"),
    "assignments": ("assign", "待分指标分配文"),
}
#: Noun -> the service that makes, or puts right, documents that say more than an order, and their name.
_OTHERS: Final[Mapping[str, tuple[Callable[..., Any], str]]] = {
    "swaps": (services.make_swaps, "指标调剂单"),
    "budget-cuts": (services.make_budget_cuts, "预算压减单"),
    "settlements": (services.make_settlements, "预拨核销单"),
    "carry-overs": (services.make_carry_overs, "指标结转文"),
}


def _made(noun: str, work: Callable[..., Any], name: str, operation: str = "") -> tuple[UseCase, UseCase]:
    """Making quota documents of a sort, and putting drafts of them right."""
    fixed = {"operation": operation} if operation else {}
    return (
        UseCase(
            f"budget.make-{noun}", work, QUOTA_DOCUMENT, MAKE, f"编制{name}", fixed=fixed | {"step": MAKE}
        ),
        UseCase(
            f"budget.revise-{noun}", work, QUOTA_DOCUMENT, REVISE, f"修改{name}",
            fixed=fixed | {"step": REVISE},
        ),
    )  # fmt: skip


_CHANGES: Final = (
    *(
        case
        for noun, (operation, name) in _QUOTAS.items()
        for case in _made(noun, services.make_quota_documents, name, operation)
    ),
    *(
        case
        for noun, (operation, name) in _ORDERS.items()
        for case in _made(noun, services.make_quota_orders, name, operation)
    ),
    *(case for noun, (work, name) in _OTHERS.items() for case in _made(noun, work, name)),
    UseCase("budget.review-quotas", services.review_quota_documents, QUOTA_DOCUMENT, "review"),
    UseCase("budget.approve-quotas", services.approve_quota_documents, QUOTA_DOCUMENT, "approve"),
    UseCase("budget.send-quotas-back", services.send_back_quota_documents, QUOTA_DOCUMENT, "back"),
    UseCase("budget.discard-quotas", services.discard_quota_documents, QUOTA_DOCUMENT, "discard"),
    *looks(QUOTA_DOCUMENT, "budget", "quota-documents", {"operation": OPERATIONS}),
    UseCase("budget.list-quotas", services.list_quotas, QUOTA_DOCUMENT, name="指标及其余额"),
    UseCase(
        "budget.show-quotas", services.show_quotas, QUOTA_DOCUMENT, name="指标余额",
        owners=services.QUOTA_OWNERS,
    ),
    UseCase("budget.list-unspent", services.unspent, QUOTA_DOCUMENT, name="年终结余指标"),
    UseCase("budget.show-budget-cuts", services.read_cuts, QUOTA_DOCUMENT, name="预算压减情况"),
)  # fmt: skip
_ADVANCES: Final = (
    UseCase("budget.make-advances", services.make_advances, ADVANCE, MAKE),
    UseCase("budget.revise-advances", services.revise_advances, ADVANCE, REVISE),
    UseCase("budget.review-advances", services.review_advances, ADVANCE, "review"),
    UseCase("budget.approve-advances", services.approve_advances, ADVANCE, "approve"),
    UseCase("budget.send-advances-back", services.send_back_advances, ADVANCE, "back"),
    UseCase("budget.discard-advances", services.discard_advances, ADVANCE, "discard"),
    UseCase("budget.list-open-advances", services.list_open_advances, ADVANCE, name="尚未核销的预拨经费"),
    *looks(ADVANCE, "budget", "advances"),
    UseCase("budget.make-advance-returns", services.make_advance_returns, ADVANCE_RETURN, MAKE),
    UseCase("budget.post-advance-returns", services.post_advance_returns, ADVANCE_RETURN, "post"),
    UseCase("budget.discard-advance-returns", services.discard_advance_returns, ADVANCE_RETURN, "discard"),
    *looks(ADVANCE_RETURN, "budget", "advance-returns"),
    *reversal_of(ADVANCE_REVERSAL, REVERSIBLE, group="budget", noun="advance-reversals"),
)
_ADJUSTMENT: Final = (
    UseCase("budget.make-adjustments", services.make_adjustments, ADJUSTMENT, MAKE, fixed={"step": MAKE}),
    UseCase(
        "budget.revise-adjustments", services.make_adjustments, ADJUSTMENT, REVISE, fixed={"step": REVISE}
    ),
    UseCase("budget.review-adjustments", services.review_adjustments, ADJUSTMENT, "review"),
    UseCase("budget.resolve-adjustments", services.resolve_adjustments, ADJUSTMENT, "resolve"),
    UseCase("budget.send-adjustments-back", services.send_back_adjustments, ADJUSTMENT, "back"),
    UseCase("budget.discard-adjustments", services.discard_adjustments, ADJUSTMENT, "discard"),
    *looks(ADJUSTMENT, "budget", "adjustments", {"cases": CASES, "side": _LINE_SIDES, "kind": _LINE_KINDS}),
)
USE_CASES: Final = (*_LIBRARY, *_PREPARATION, *_APPROVAL, *_CHANGES, *_ADVANCES, *_ADJUSTMENT)

#: The last steps of a quota document, whatever it does.
_QUOTA_STEPS: Final = ("budget.review-quotas", "budget.approve-quotas")
#: Services that do at once what people do step by step.
TOGETHER: Final = {
    services.issue_to_departments: (
        "budget.make-issues", "budget.review-issues", "budget.issue-to-departments",
    ),
    services.issue_to_units: ("budget.issue-to-units", "budget.make-unit-quotas", *_QUOTA_STEPS),
    services.enter: ("budget.make-quotas", *_QUOTA_STEPS),
    services.append: ("budget.make-appends", *_QUOTA_STEPS),
    services.assign: ("budget.make-assignments", *_QUOTA_STEPS),
    services.allot: ("budget.make-assignments", *_QUOTA_STEPS),
    services.cut: ("budget.make-cuts", "budget.make-cuts-with-source", *_QUOTA_STEPS),
    services.swap: ("budget.make-swaps", *_QUOTA_STEPS),
    services.freeze: ("budget.make-freezes", *_QUOTA_STEPS),
    services.unfreeze: ("budget.make-unfreezes", *_QUOTA_STEPS),
    services.reserve: ("budget.make-reservations", *_QUOTA_STEPS),
    services.release: ("budget.make-releases", *_QUOTA_STEPS),
    services.take_back: (
        "budget.make-take-backs", "budget.make-cuts-with-source", "budget.make-reclaims", *_QUOTA_STEPS,
    ),
    services.cut_budget: ("budget.make-budget-cuts", *_QUOTA_STEPS),
    services.carry_over: ("budget.make-carry-overs", *_QUOTA_STEPS),
    services.settle_advance: ("budget.make-settlements", *_QUOTA_STEPS),
    services.advance: ("budget.make-advances", "budget.review-advances", "budget.approve-advances"),
}  # fmt: skip
#: Steps that no person takes alone.
OF_PROGRAMS: Final = {
    (LIBRARY_PROJECT, "fund"): "项目的年初批复数随部门预算批复写入（budget.issue-to-departments）",
}
#: What other programs ask, and why people do not.
FOR_PROGRAMS: Final = {
    services.make_quota_operations: "各业务分别有自己的入口，只填该业务要的栏（budget.make-…）",
    services.quota_balances: "人看 budget.list-quotas、show-quotas",
    services.quota_coding_ids: "总账内部的编号",
    services.quota_codings: "人看 budget.list-quotas、show-quotas",
    services.carry_over_lines: "budget.make-carry-overs 按上年指标自行编列",
    services.read_draft: "人看 budget.show-drafts",
    services.approval_dates: "人看 budget.list-drafts 的批准日期",
    services.early_spending_allowed: "人用 budget.arrange-early --dry-run",
    services.outstanding_advances: "人看 budget.list-open-advances",
    services.proposal_checks: "人看 budget.check-proposals",
    services.settled_advances: "决算内部按要素组合取数",
    services.carried_out: "决算按资金性质取结转数；人看 budget.list-quotas",
    services.carry_over_ids: "总账内部的编号",
}
