"""Who records revenue and who confirms it: always two people (会计法第三十五条).

A register's paper is recorded by one person and confirmed by another against the original.
"""

from __future__ import annotations

from typing import Final

from fisc.documents import Flow, two_steps

_RECORDED: Final = ("recorded", "已登记")
_CHECK: Final = ("confirm", "核对")
_CHECKED: Final = ("confirmed", "已核对")
#: Of who records what the treasury books, and of who confirms it.
TREASURY: Final = ("revenue_make", "treasury_review")
_REGISTRY: Final = ("revenue_make", "registry_review")


def _posted(step: tuple[str, str], done: tuple[str, str]) -> Flow:
    return two_steps(_RECORDED, step, done, TREASURY, is_discarded=True, is_reversed=True)


DAILY_REPORT_FLOW: Final = _posted(("confirm", "核对入账"), ("posted", "已入账"))
RECEIPT_FLOW: Final = _posted(_CHECK, _CHECKED)
REFUND_FLOW: Final = _posted(_CHECK, _CHECKED)
RELIEF_FLOW: Final = _posted(_CHECK, _CHECKED)
STATISTIC_FLOW: Final = two_steps(_RECORDED, _CHECK, _CHECKED, _REGISTRY, is_discarded=True)
SHARING_FLOW: Final = two_steps(_RECORDED, _CHECK, _CHECKED, _REGISTRY, is_discarded=True)
