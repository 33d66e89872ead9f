"""What revenue offers to screens, commands and other domains."""

from fisc.revenue.services.common import Source
from fisc.revenue.services.daily import (
    DailyReceipt,
    confirm_daily_reports,
    record_daily_reports,
    report_key,
)
from fisc.revenue.services.outlook import Warned, early_warning, monthly_history, outlook
from fisc.revenue.services.progress import Progress, ProgressLine, progress
from fisc.revenue.services.receipts import (
    GrossReceipt,
    SharingOrder,
    TaxRefund,
    confirm_receipts,
    confirm_refunds,
    confirm_sharing,
    level_shares,
    record_receipts,
    record_refunds,
    record_sharing,
)
from fisc.revenue.services.relief import TaxRelief, confirm_relief, record_relief
from fisc.revenue.services.statistics import (
    Standing,
    StatisticEntry,
    confirm_statistics,
    record_statistics,
    standings,
    statistics,
)

__all__ = [
    "DailyReceipt",
    "GrossReceipt",
    "Progress",
    "ProgressLine",
    "SharingOrder",
    "Source",
    "Standing",
    "StatisticEntry",
    "TaxRefund",
    "TaxRelief",
    "Warned",
    "confirm_daily_reports",
    "confirm_receipts",
    "confirm_refunds",
    "confirm_relief",
    "confirm_sharing",
    "confirm_statistics",
    "early_warning",
    "level_shares",
    "monthly_history",
    "outlook",
    "progress",
    "record_daily_reports",
    "record_receipts",
    "record_refunds",
    "record_relief",
    "record_sharing",
    "record_statistics",
    "report_key",
    "standings",
    "statistics",
]
