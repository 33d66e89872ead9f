"""The states of the documents of transfers: which steps there are and who may take them.

Every kind is drafted by one officer and put into force by another. Posting happens with the second
step, in the same transaction.
"""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, two_steps

_TRANSFER: Final = ("transfer_make", "transfer_review")
_TREASURY: Final = ("treasury_make", "treasury_sign")


def _in_force(step: tuple[str, str], done: tuple[str, str], duties: tuple[str, str]) -> Flow:
    return two_steps(("draft", "草稿"), step, done, duties, is_discarded=True)


RECEIPT_FLOW: Final = _in_force(("enter", "审核登记"), ("entered", "已登记"), _TRANSFER)
ARRANGEMENT_FLOW: Final = _in_force(("arrange", "审核安排"), ("arranged", "已安排"), _TRANSFER)
ISSUE_FLOW: Final = _in_force(("issue", "审核下达"), ("issued", "已下达"), _TRANSFER)
TAKE_BACK_FLOW: Final = _in_force(("take_back", "审核收回"), ("taken_back", "已收回"), _TRANSFER)
CASH_FLOW: Final = _in_force(("book", "签发记账"), ("booked", "已记账"), _TREASURY)
