"""What people do with revenue: what the treasury received, refunds, relief, statistics, how levels share."""

from __future__ import annotations

from typing import Final

from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.reversal_use_cases import reversal_of
from fisc.documents.use_case import UseCase
from fisc.revenue import services
from fisc.revenue.kinds import DAILY_REPORT, RECEIPT, REFUND, RELIEF, REVERSAL, REVERSIBLE, SHARING, STATISTIC
from fisc.revenue.services.statistics import item_names
from fisc.revenue.sharing import LEVEL_NAMES

#: Whose lines of levels are: both kinds share them.
_DOCUMENTS: Final = {"receipt": RECEIPT.name, "refund": REFUND.name}

USE_CASES: Final = (
    UseCase("revenue.make-daily-reports", services.make_daily_reports, DAILY_REPORT, MAKE),
    UseCase("revenue.confirm-daily-reports", services.confirm_daily_reports, DAILY_REPORT, "confirm"),
    UseCase("revenue.discard-daily-reports", services.discard_daily_reports, DAILY_REPORT, "discard"),
    UseCase("revenue.make-receipts", services.record_receipts, RECEIPT, MAKE),
    UseCase("revenue.confirm-receipts", services.confirm_receipts, RECEIPT, "confirm"),
    UseCase("revenue.discard-receipts", services.discard_receipts, RECEIPT, "discard"),
    UseCase("revenue.make-refunds", services.record_refunds, REFUND, MAKE),
    UseCase("revenue.confirm-refunds", services.confirm_refunds, REFUND, "confirm"),
    UseCase("revenue.discard-refunds", services.discard_refunds, REFUND, "discard"),
    UseCase("revenue.make-relief", services.record_relief, RELIEF, MAKE),
    UseCase("revenue.confirm-relief", services.confirm_relief, RELIEF, "confirm"),
    UseCase("revenue.discard-relief", services.discard_relief, RELIEF, "discard"),
    UseCase("revenue.make-statistics", services.record_statistics, STATISTIC, MAKE),
    UseCase("revenue.confirm-statistics", services.confirm_statistics, STATISTIC, "confirm"),
    UseCase("revenue.discard-statistics", services.discard_statistics, STATISTIC, "discard"),
    UseCase("revenue.make-sharing", services.record_sharing, SHARING, MAKE),
    UseCase("revenue.confirm-sharing", services.confirm_sharing, SHARING, "confirm"),
    UseCase("revenue.discard-sharing", services.discard_sharing, SHARING, "discard"),
    *reversal_of(REVERSAL, REVERSIBLE, group="revenue"),
    *looks(DAILY_REPORT, "revenue", "daily-reports"),
    *looks(RECEIPT, "revenue", "receipts", {"level": LEVEL_NAMES, "doc_kind": _DOCUMENTS}),
    *looks(REFUND, "revenue", "refunds", {"level": LEVEL_NAMES, "doc_kind": _DOCUMENTS}),
    *looks(RELIEF, "revenue", "relief"),
    *looks(STATISTIC, "revenue", "statistics", {"item": item_names()}),
    *looks(SHARING, "revenue", "sharing", {"shares": LEVEL_NAMES}),
    UseCase("revenue.progress", services.progress, name="收入进度"),
    UseCase(
        "revenue.progress-by-region", services.progress_by_region, name="各级政府的收入进度",
        shows=("completion", "growth"),
    ),
    UseCase("revenue.daily", services.day_receipts, name="某日入库与退库"),
    UseCase("revenue.levels", services.divided, name="收入在各级间的划分"),
    UseCase("revenue.books", services.books, name="收入入账的单据"),
    UseCase("revenue.sharing-rules", services.rules_by_section, name="在用的分成办法"),
    UseCase("revenue.tax-side", services.tax_lines, name="退税全额与减免税费"),
    UseCase("revenue.forecast", services.outlook, name="收入预测"),
    UseCase("revenue.warnings", services.early_warnings, name="收入预警"),
    UseCase("revenue.targets", services.stated_targets, name="文件下达的收入任务"),
    UseCase("revenue.rank", services.standings, name="位次"),
)  # fmt: skip
#: What only programs ask: parts of the answers above, and files, whose commands are import-statistics and
#: import-sharing.
FOR_PROGRAMS: Final = (
    services.booked_in_reports, services.budgeted, services.closed_months, services.early_warning,
    services.import_sharing, services.import_statistics, services.last_month, services.level_shares,
    services.monthly_history, services.published, services.record_daily_reports, services.statistics,
    services.tax_side,
)  # fmt: skip
