"""Who records revenue and who confirms it: always two people (会计法第三十五条)."""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move

DAILY_REPORT_FLOW: Final = Flow(
    states={"recorded": "已登记", "posted": "已入账"},
    initial="recorded",
    make_duty="revenue_make",
    moves=(Move("confirm", "核对入账", ("recorded",), "posted", "treasury_review", not_by=("make",)),),
)


def _register(duty: str) -> Flow:
    """A paper that one person records and another confirms against the original."""
    return Flow(
        states={"recorded": "已登记", "confirmed": "已核对"},
        initial="recorded",
        make_duty="revenue_make",
        moves=(Move("confirm", "核对", ("recorded",), "confirmed", duty, not_by=("make",)),),
    )


RECEIPT_FLOW: Final = _register("treasury_review")
REFUND_FLOW: Final = _register("treasury_review")
RELIEF_FLOW: Final = _register("treasury_review")
STATISTIC_FLOW: Final = _register("registry_review")
SHARING_FLOW: Final = _register("registry_review")
