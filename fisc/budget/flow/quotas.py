"""The states of quota documents, advances and formal adjustments."""

from __future__ import annotations

from fisc.documents import Flow, Move


def _three_steps(kind: str, name: str, table: str, done: str) -> Flow:
    """Made by the budget office's clerk, reviewed by a business office, approved by the budget office."""
    return Flow(
        kind=kind, name=name, table=table,
        states={"draft": "草稿", "reviewed": "已审核", "issued": done, "discarded": "作废"},
        initial="draft", make_duty="budget_make",
        moves=(
            Move("review", "业务处审核", ("draft",), "reviewed", "office_review", not_by=("make",)),
            Move("approve", "预算科复核", ("reviewed",), "issued", "budget_approve",
                 not_by=("make", "review")),
            Move("back", "退回", ("reviewed",), "draft", "budget_approve", is_back=True),
            Move("discard", "作废", ("draft",), "discarded", "budget_make"),
        ),
    )  # fmt: skip


QUOTA_DOCUMENT = _three_steps("quota_document", "指标文", "budget_quota_document", "已下达")
ADVANCE = _three_steps("quota_advance", "预拨经费", "budget_advance", "已预拨")

#: Only the standing committee puts an adjustment in force (预算法第六十九条): its resolution is recorded.
ADJUSTMENT = Flow(
    kind="budget_adjustment", name="预算调整方案", table="budget_adjustment",
    states={"draft": "草稿", "reviewed": "已审核", "resolved": "人大常委会已批准", "discarded": "作废"},
    initial="draft", make_duty="budget_make",
    moves=(
        Move("review", "预算审核", ("draft",), "reviewed", "budget_review", not_by=("make",)),
        Move("resolve", "登记常委会决议", ("reviewed",), "resolved", "congress_record",
             not_by=("make", "review")),
        Move("back", "退回", ("reviewed",), "draft", "budget_review", is_back=True),
        Move("discard", "作废", ("draft",), "discarded", "budget_make"),
    ),
)  # fmt: skip

FLOWS = (QUOTA_DOCUMENT, ADVANCE, ADJUSTMENT)
