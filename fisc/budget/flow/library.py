"""The project library: declared by the unit, reviewed by department and finance, then in the library."""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move

LIBRARY_PROJECT: Final = Flow(
    kind="library_project",
    name="项目申报",
    table="budget_library_project",
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
        Move("redeclare", "重新申报", ("returned",), "declared", "unit_make"),
        Move("retire", "出库", ("in_library", "returned"), "retired", "office_review"),
    ),
)

FLOWS: Final = (LIBRARY_PROJECT,)
