"""Cash (库款): what there is on a day, what is on its way, and what is expected."""

from fisc.cash.services.expected import Expected, expect, settle_expected, waiting
from fisc.cash.services.flows import DayFlow, Stream, daily_flows, list_flows, streams
from fisc.cash.services.outlook import CashOutlook, cash_outlook
from fisc.cash.services.position import (
    AccountBalance,
    CashPosition,
    Pending,
    pending_payments,
    position,
)

__all__ = [
    "AccountBalance", "CashOutlook", "CashPosition", "DayFlow", "Expected", "Pending", "Stream",
    "cash_outlook", "daily_flows", "expect", "list_flows", "pending_payments", "position",
    "settle_expected", "streams", "waiting",
]  # fmt: skip
