"""Cash (库款): what there is on a day, what is on its way, and what is expected."""

from fisc.cash.services.expected import Expected, expect, settle_expected, waiting
from fisc.cash.services.flows import Stream, daily_flows, streams
from fisc.cash.services.position import CashPosition, Pending, pending_payments, position

__all__ = [
    "CashPosition", "Expected", "Pending", "Stream", "daily_flows", "expect", "pending_payments",
    "position", "settle_expected", "streams", "waiting",
]  # fmt: skip
