"""How the documents of the budget pass from state to state, and by whose hands.

The project library; preparation in two ups and two downs, approval and issue; quotas and their changes.
"""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move, one_step, three_steps, two_steps

LIBRARY_PROJECT_FLOW: Final = Flow(
    states={
        "declared": "已申报",
        "reviewed": "部门已审核",
        "audited": "财政已审核",
        "in_library": "已入库",
        "funded": "已安排预算",
        "returned": "已退回",
        "retired": "已出库",
    },
    initial="declared",
    make_duty="unit_make",
    moves=(
        Move("review", "部门审核", ("declared",), "reviewed", "dept_review", not_by=("make", "redeclare")),
        Move("audit", "财政审核", ("reviewed",), "audited", "office_review", not_by=("make", "review")),
        Move("enter", "入库", ("audited",), "in_library", "budget_review", not_by=("make", "audit")),
        Move("fund", "批复", ("in_library",), "funded", "budget_approve"),
        Move("back", "退回", ("declared", "reviewed", "audited"), "returned", "dept_review", is_back=True),
        Move("finance_back", "财政退回", ("reviewed", "audited"), "returned", "office_review", is_back=True),
        Move("redeclare", "重新申报", ("returned", "declared"), "declared", "unit_make"),
        Move("retire", "出库", ("in_library", "returned"), "retired", "office_review"),
    ),
)

NEED_FLOW: Final = Flow(
    states={"entered": "已录入", "reviewed": "已审核", "returned": "已退回"},
    initial="entered",
    make_duty="budget_make",
    moves=(
        Move("review", "审核", ("entered",), "reviewed", "budget_review", not_by=("make", "revise")),
        Move("back", "退回", ("entered", "reviewed"), "returned", "budget_review", is_back=True),
        Move("revise", "修改", ("returned", "entered"), "entered", "budget_make"),
    ),
)

PROPOSAL_FLOW: Final = Flow(
    states={
        "drafted": "编制中",
        "submitted": "部门已上报",
        "reviewed": "业务处已审核",
        "accepted": "预算处已审定",
        "returned": "已退回",
    },
    initial="drafted",
    make_duty="unit_make",
    moves=(
        Move("submit", "上报", ("drafted",), "submitted", "dept_review", not_by=("make", "revise")),
        Move("review", "业务处审核", ("submitted",), "reviewed", "office_review", not_by=("make", "submit")),
        Move("accept", "审定", ("reviewed",), "accepted", "budget_review", not_by=("make", "review")),
        Move("back", "退回", ("submitted", "reviewed"), "returned", "office_review", is_back=True),
        Move("reopen", "重新审定", ("accepted",), "returned", "budget_review", is_back=True),
        Move("revise", "修改", ("returned", "drafted"), "drafted", "unit_make"),
    ),
)

CONTROL_FLOW: Final = Flow(
    states={"drafted": "编制中", "reviewed": "已审核", "issued": "已下达", "returned": "已退回"},
    initial="drafted",
    make_duty="budget_make",
    moves=(
        Move("review", "审核", ("drafted",), "reviewed", "budget_review", not_by=("make", "revise")),
        Move("issue", "下达控制数", ("reviewed",), "issued", "budget_approve", not_by=("make", "review")),
        Move("back", "退回", ("reviewed", "issued"), "returned", "budget_approve", is_back=True),
        Move("revise", "修改", ("returned", "drafted"), "drafted", "budget_make"),
    ),
)

DRAFT_FLOW: Final = Flow(
    states={
        "drafted": "编制中",
        "reviewed": "已审核",
        "submitted": "已提请审议",
        "approved": "已批准",
        "returned": "已退回",
    },
    initial="drafted",
    make_duty="budget_make",
    moves=(
        Move("review", "审核", ("drafted",), "reviewed", "budget_review", not_by=("make", "revise")),
        Move("submit", "提请审议", ("reviewed",), "submitted", "budget_approve", not_by=("make", "review")),
        Move("approve", "登记人大批准", ("submitted",), "approved", "congress_record", not_by=("make",)),
        Move("back", "退回", ("reviewed", "submitted"), "returned", "budget_approve", is_back=True),
        Move("revise", "修改", ("returned", "drafted"), "drafted", "budget_make"),
    ),
)

ISSUE_FLOW: Final = Flow(
    states={
        "drafted": "编制中",
        "reviewed": "已审核",
        "issued": "已批复部门",
        "units_issued": "已批复单位",
        "returned": "已退回",
    },
    initial="drafted",
    make_duty="budget_make",
    moves=(
        Move("review", "审核", ("drafted",), "reviewed", "office_review", not_by=("make", "revise")),
        Move(
            "issue",
            "批复部门",
            ("reviewed",),
            "issued",
            "budget_approve",
            not_by=("make", "revise", "review"),
        ),
        Move("issue_units", "批复单位", ("issued",), "units_issued", "dept_review"),
        Move("back", "退回", ("drafted", "reviewed"), "returned", "office_review", is_back=True),
        Move("revise", "修改", ("returned", "drafted"), "drafted", "budget_make"),
    ),
)

PUBLICATION_FLOW: Final = one_step(("published", "已公开"), "budget_make")

EARLY_SPENDING_FLOW: Final = one_step(("arranged", "已安排"), "budget_approve")


def _of_quotas(done: str) -> Flow:
    """Made by the budget office's clerk, reviewed by a business office, approved by the budget office."""
    return three_steps(
        ("review", "业务处审核"), ("approve", "预算科复核"), ("issued", done),
        ("budget_make", "office_review", "budget_approve"), back_duty="budget_approve",
    )  # fmt: skip


QUOTA_DOCUMENT_FLOW: Final = _of_quotas("已下达")
ADVANCE_FLOW: Final = _of_quotas("已预拨")
#: Of who says that advanced funds came back, and of who posts it.
RETURN_DUTIES: Final = ("budget_make", "budget_approve")
ADVANCE_RETURN_FLOW: Final = two_steps(
    ("draft", "草稿"),
    ("post", "审核入账"),
    ("posted", "已收回"),
    RETURN_DUTIES,
    is_discarded=True,
    is_reversed=True,
)

#: Only the standing committee puts an adjustment in force (预算法第六十九条): its resolution is recorded.
ADJUSTMENT_FLOW: Final = three_steps(
    ("review", "预算审核"), ("resolve", "登记常委会决议"), ("resolved", "人大常委会已批准"),
    ("budget_make", "budget_review", "congress_record"), back_duty="budget_review",
)  # fmt: skip
