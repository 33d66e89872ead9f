"""The states of the documents of transfers: which steps there are and who may take them.

Every kind is drafted by one officer and put into force by another. Posting happens with the second
step, in the same transaction.
"""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, Move

_DRAFT: Final = "draft"


def _two_steps(*, done: tuple[str, str], step: tuple[str, str], duties: tuple[str, str]) -> Flow:
    """Drafted by who holds the first duty; put into force by another, who holds the second."""
    return Flow(
        states={_DRAFT: "草稿", done[0]: done[1], "discarded": "作废"},
        initial=_DRAFT,
        make_duty=duties[0],
        moves=(
            Move(step[0], step[1], sources=(_DRAFT,), target=done[0], duty=duties[1], not_by=("make",)),
            Move("discard", "作废", sources=(_DRAFT,), target="discarded", duty=duties[0]),
        ),
    )


_TRANSFER: Final = ("transfer_make", "transfer_review")
_TREASURY: Final = ("treasury_make", "treasury_sign")

RECEIPT_FLOW: Final = _two_steps(
    done=("entered", "已登记"),
    step=("enter", "审核登记"),
    duties=_TRANSFER,
)
ARRANGEMENT_FLOW: Final = _two_steps(
    done=("arranged", "已安排"),
    step=("arrange", "审核安排"),
    duties=_TRANSFER,
)
ISSUE_FLOW: Final = _two_steps(
    done=("issued", "已下达"),
    step=("issue", "审核下达"),
    duties=_TRANSFER,
)
TAKE_BACK_FLOW: Final = _two_steps(
    done=("taken_back", "已收回"),
    step=("take_back", "审核收回"),
    duties=_TRANSFER,
)
CASH_FLOW: Final = _two_steps(
    done=("booked", "已记账"),
    step=("book", "签发记账"),
    duties=_TREASURY,
)
