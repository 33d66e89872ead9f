"""Who records revenue and who confirms it: always two people (会计法第三十五条)."""

from __future__ import annotations

from fisc.documents import Flow, Move

DAILY_REPORT = Flow(
    kind="daily_report",
    name="国库收入日报",
    table="revenue_daily_report",
    states={"recorded": "已登记", "posted": "已入账"},
    initial="recorded",
    make_duty="revenue_make",
    moves=(Move("confirm", "核对入账", ("recorded",), "posted", "treasury_review", not_by=("make",)),),
)


def _register(kind: str, name: str, duty: str) -> Flow:
    """A paper that one person records and another confirms against the original."""
    return Flow(
        kind=kind,
        name=name,
        table=f"revenue_{kind}",
        states={"recorded": "已登记", "confirmed": "已核对"},
        initial="recorded",
        make_duty="revenue_make",
        moves=(Move("confirm", "核对", ("recorded",), "confirmed", duty, not_by=("make",)),),
    )


RECEIPT = _register("receipt", "分成收入", "treasury_review")
REFUND = _register("refund", "收入退还书", "treasury_review")
RELIEF = _register("relief", "减免税费统计", "treasury_review")
STATISTIC = _register("statistic", "统计数据", "registry_review")
SHARING = _register("sharing", "分成办法", "registry_review")

FLOWS = (DAILY_REPORT, RECEIPT, REFUND, RELIEF, STATISTIC, SHARING)
