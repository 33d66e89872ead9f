"""How words on a bank's bookings and statements pass from state to state, and by whose hands."""

from __future__ import annotations

from typing import Final

from fisc.documents import two_steps

EXPLANATION_FLOW: Final = two_steps(
    ("draft", "草稿"), ("approve", "审核"), ("approved", "已核准"), ("reconcile", "finding_review"),
    is_discarded=True,
)  # fmt: skip
NOTE_FLOW: Final = two_steps(
    ("draft", "草稿"), ("approve", "审核"), ("approved", "已核准"), ("reconcile", "finding_review"),
    is_discarded=True,
)  # fmt: skip
VOID_FLOW: Final = two_steps(
    ("draft", "草稿"), ("approve", "审核"), ("approved", "已作废"), ("reconcile", "finding_review"),
    is_discarded=True,
)  # fmt: skip
