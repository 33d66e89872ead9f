"""What documents of the budget, and those of other domains that spend it, rest on."""

from __future__ import annotations

from typing import Final

from fisc.documents.flow import MAKE
from fisc.documents.resting import STEP_DAY, RestsOn, on_day

_DATED: Final = 'n."dated_on"'
_PAPER_DAY: Final = "文件日期"
_PAPER: Final = "请核对文件日期；写错的请作废，用原文号重新编制"
_LAW: Final = "预算经人代会批准后执行（预算法第十三条、第五十二条、第五十七条）"
_ADJUSTED: Final = "预算调整方案先编制，经人大常委会会议审查批准后执行（预算法第六十九条）"
_QUOTA_FIRST: Final = "先有预算、再有指标、后有支出（财办〔2022〕36号）"
_APPROVED: Final = (
    "join budget_draft b on b.mof_div_code = n.mof_div_code and b.fiscal_year = n.fiscal_year "
    "and b.state = 'approved'"
)


def on_budget(own: str, day: str, *steps: str, only: str = "true") -> RestsOn:
    """That there was an approved budget on the document's day `own`; only of rows for which `only` holds."""
    return RestsOn(
        "人代会批准的预算", f"{_APPROVED} and {only}", "b.approved_on", "b.resolution_no", _LAW,
        "请核对日期；批准前的支出按预算法第五十四条另行安排", own=own, day=day, steps=steps or (MAKE,),
    )  # fmt: skip


def on_quota(hint: str) -> RestsOn:
    """That the quota `bgt_id` was issued when the document was made."""
    return RestsOn(
        "指标", "join budget_quota b on b.bgt_id = n.bgt_id", "b.issued_on", "b.bgt_id", _QUOTA_FIRST, hint,
        day="申请日期",
    )  # fmt: skip


#: The quotas that a quota document moves or takes from, which other documents brought about.
_MOVED: Final = """join budget_quota_line l on l.doc_key = n.doc_key and l.revision = n.revision
    cross join lateral (values (l.bgt_id), (l.ori_bgt_id)) v(bgt_id)
    join budget_quota b on b.bgt_id = v.bgt_id and b.doc_key <> n.doc_key
    join budget_quota_document d on d.doc_key = b.doc_key"""

QUOTA_DOCUMENT: Final = (
    on_budget(_DATED, _PAPER_DAY, MAKE, "approve", only="n.base = 'approved'"),
    RestsOn("指标文", _MOVED, "d.dated_on", "d.doc_no", _QUOTA_FIRST, _PAPER, own=_DATED, day=_PAPER_DAY,
            steps=("review", "approve")),
    RestsOn("指标", _MOVED, "b.issued_on", "b.bgt_id", _QUOTA_FIRST, "请核对办理日期，不早于指标下达之日",
            own=STEP_DAY, steps=("approve",)),
)  # fmt: skip

ADJUSTMENT: Final = (
    on_budget(_DATED, "方案日期"),
    on_budget('n."session_on"', "常委会会议日期", MAKE, "revise", "resolve"),
    on_day("dated_on", "预算调整方案", _ADJUSTED, "请核对方案日期与会议日期", MAKE, "revise", "resolve",
           own='n."session_on"', day="常委会会议日期"),
    on_day("session_on", "常委会会议", _ADJUSTED, "请在会议审查批准之后登记决议；会期有变的先退回修改",
           "resolve", day="决议登记日期"),
)  # fmt: skip

#: The congress adopts before it is noted that it did.
DRAFT: Final = (on_day("approved_on", "人代会批准", _LAW, "请核对批准日期；批准之后再登记", "approve"),)
ISSUE: Final = (on_budget(STEP_DAY, "批复日期", MAKE, "issue", "issue_units"),)
PUBLICATION: Final = (
    on_budget('n."published_on"', "公开日期"),
    on_day("published_on", "公开", "公开之后登记（预算法第十四条）", "请核对公开日期"),
)
