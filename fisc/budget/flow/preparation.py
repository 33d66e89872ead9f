"""Preparation in two ups and two downs, approval, issue: the steps, and who takes them."""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move

NEED: Final = Flow(
    kind="basic_need",
    name="三保测算需求",
    table="budget_need",
    states={"entered": "已录入", "reviewed": "已审核", "returned": "已退回"},
    initial="entered",
    make_duty="budget_make",
    moves=(
        Move("review", "审核", ("entered",), "reviewed", "budget_review", not_by=("make", "revise")),
        Move("back", "退回", ("entered", "reviewed"), "returned", "budget_review", is_back=True),
        Move("revise", "修改", ("returned",), "entered", "budget_make"),
    ),
)

PROPOSAL: Final = Flow(
    kind="proposal",
    name="部门预算",
    table="budget_proposal",
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
        Move("revise", "修改", ("returned",), "drafted", "unit_make"),
    ),
)

CONTROL: Final = Flow(
    kind="control",
    name="预算控制数",
    table="budget_control",
    states={"drafted": "编制中", "reviewed": "已审核", "issued": "已下达", "returned": "已退回"},
    initial="drafted",
    make_duty="budget_make",
    moves=(
        Move("review", "审核", ("drafted",), "reviewed", "budget_review", not_by=("make", "revise")),
        Move("issue", "下达控制数", ("reviewed",), "issued", "budget_approve", not_by=("make", "review")),
        Move("back", "退回", ("reviewed", "issued"), "returned", "budget_approve", is_back=True),
        Move("revise", "修改", ("returned",), "drafted", "budget_make"),
    ),
)

DRAFT: Final = Flow(
    kind="draft",
    name="政府预算草案",
    table="budget_draft",
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
        Move("revise", "修改", ("returned",), "drafted", "budget_make"),
    ),
)

ISSUE: Final = Flow(
    kind="issue",
    name="预算批复",
    table="budget_issue",
    states={
        "drafted": "编制中",
        "reviewed": "已审核",
        "issued": "已批复部门",
        "units_issued": "已批复单位",
    },
    initial="drafted",
    make_duty="budget_make",
    moves=(
        Move("review", "审核", ("drafted",), "reviewed", "office_review", not_by=("make",)),
        Move("issue", "批复部门", ("reviewed",), "issued", "budget_approve", not_by=("make", "review")),
        Move("issue_units", "批复单位", ("issued",), "units_issued", "dept_review"),
    ),
)

PUBLICATION: Final = Flow(
    kind="publication",
    name="预算公开",
    table="budget_publication",
    states={"published": "已公开"},
    initial="published",
    make_duty="budget_make",
)

EARLY_SPENDING: Final = Flow(
    kind="early_spending",
    name="批准前支出",
    table="budget_early_spending",
    states={"arranged": "已安排"},
    initial="arranged",
    make_duty="budget_approve",
)

FLOWS: Final = (NEED, PROPOSAL, CONTROL, DRAFT, ISSUE, PUBLICATION, EARLY_SPENDING)
