"""A daily report is recorded by one person and confirmed against the treasury's paper by another."""

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

FLOWS = (DAILY_REPORT,)
