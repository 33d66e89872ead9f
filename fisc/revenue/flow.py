"""Who records revenue and who confirms it: always two people (会计法第三十五条).

A register's paper is recorded by one person and confirmed by another against the original.
"""

from __future__ import annotations

from typing import Final

from fisc.documents import two_steps

_RECORDED: Final = ("recorded", "已登记")
_CHECK: Final = ("confirm", "核对")
_CHECKED: Final = ("confirmed", "已核对")
_TREASURY: Final = ("revenue_make", "treasury_review")
_REGISTRY: Final = ("revenue_make", "registry_review")

DAILY_REPORT_FLOW: Final = two_steps(_RECORDED, ("confirm", "核对入账"), ("posted", "已入账"), _TREASURY)
RECEIPT_FLOW: Final = two_steps(_RECORDED, _CHECK, _CHECKED, _TREASURY)
REFUND_FLOW: Final = two_steps(_RECORDED, _CHECK, _CHECKED, _TREASURY)
RELIEF_FLOW: Final = two_steps(_RECORDED, _CHECK, _CHECKED, _TREASURY)
STATISTIC_FLOW: Final = two_steps(_RECORDED, _CHECK, _CHECKED, _REGISTRY)
SHARING_FLOW: Final = two_steps(_RECORDED, _CHECK, _CHECKED, _REGISTRY)
