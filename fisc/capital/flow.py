"""The states of the documents of state capital: recorded by one officer, confirmed by another.

An injection is confirmed twice: its basis when it is approved, and its equity when the payment that
carries it has been made by the bank. Only the second posts.
"""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move, two_steps
from fisc.documents.flow import REVERSE

_MAKE: Final = "capital_make"
_REVIEW: Final = "capital_review"
#: Of who drafts and of who confirms.
DUTIES: Final = (_MAKE, _REVIEW)


def _confirmed(done: tuple[str, str]) -> Flow:
    return two_steps(
        ("draft", "草稿"), ("confirm", "审核"), done, DUTIES, is_discarded=True, is_reversed=True
    )


ENTERPRISE_FLOW: Final = _confirmed(("registered", "已登记"))
PREPAYMENT_FLOW: Final = _confirmed(("confirmed", "已确认"))
REFUND_FLOW: Final = _confirmed(("posted", "已入账"))
INCOME_FLOW: Final = _confirmed(("posted", "已入账"))
RETURN_FLOW: Final = _confirmed(("accepted", "已接收"))

INJECTION_FLOW: Final = Flow(
    states={"draft": "草稿", "approved": "已审核", "invested": "已确认股权", "discarded": "作废",
            "reversed": "已冲销"},
    initial="draft",
    make_duty=_MAKE,
    moves=(
        Move("approve", "审核", ("draft",), "approved", _REVIEW, not_by=("make",)),
        Move("invest", "确认股权", ("approved",), "invested", _REVIEW, not_by=("make",)),
        Move("discard", "作废", ("draft", "approved"), "discarded", _MAKE),
        Move(REVERSE, "冲销", ("invested",), "reversed", _REVIEW),
    ),
)  # fmt: skip
