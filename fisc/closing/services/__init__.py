"""The use cases of a year's end: what screens, commands and the simulated city call."""

from fisc.closing.quota_balances import quota_left
from fisc.closing.services.affairs import open_affairs
from fisc.closing.services.carry import open_next_year
from fisc.closing.services.close import close_year
from fisc.closing.services.conversion import ConvertedLine, Reconciliation, reconciliation, reconciliations
from fisc.closing.services.lock import lock_year
from fisc.closing.services.months import close_month
from fisc.closing.services.openings import (
    Opening,
    discard_openings,
    make_openings,
    post_openings,
)
from fisc.closing.services.papers import YearEndPaper, YearEndResult
from fisc.closing.services.progress import YearEndState, year_end_states
from fisc.closing.services.quotas import (
    CarriedQuotas,
    CarryPaper,
    QuotaLeft,
    carry_quotas,
    close_quota_books,
    draft_carry_over,
    show_quota_left,
)
from fisc.closing.services.settlement import (
    ACCRUED,
    Claim,
    Settlement,
    compare,
    draft_settlement,
    owed,
    settle_year,
    sign_settlement,
)
from fisc.closing.services.sources import carry_sources
from fisc.closing.services.steps import (
    discard_year_ends,
    draft_carry_sources,
    draft_close,
    draft_close_quotas,
    draft_open_next,
    draft_settle_surplus,
    lock_area,
    sign_year_ends,
)
from fisc.closing.services.surplus import (
    YearSurplus,
    left_over,
    settle_surplus,
    surplus_of_year,
)
from fisc.closing.services.yearly import (
    FinalAccounts,
    YearEndStatus,
    YearSettlement,
    YearStatements,
    conversion_of,
    final_accounts_of,
    settlement_of_year,
    statements_of_year,
    year_end_status,
)
from fisc.closing.source_balances import sources_left

__all__ = [
    "ACCRUED",
    "CarriedQuotas",
    "CarryPaper",
    "Claim",
    "ConvertedLine",
    "FinalAccounts",
    "Opening",
    "QuotaLeft",
    "Reconciliation",
    "Settlement",
    "YearEndPaper",
    "YearEndResult",
    "YearEndState",
    "YearEndStatus",
    "YearSettlement",
    "YearStatements",
    "YearSurplus",
    "carry_quotas",
    "carry_sources",
    "close_month",
    "close_quota_books",
    "close_year",
    "compare",
    "conversion_of",
    "discard_openings",
    "discard_year_ends",
    "draft_carry_over",
    "draft_carry_sources",
    "draft_close",
    "draft_close_quotas",
    "draft_open_next",
    "draft_settle_surplus",
    "draft_settlement",
    "final_accounts_of",
    "left_over",
    "lock_area",
    "lock_year",
    "make_openings",
    "open_affairs",
    "open_next_year",
    "owed",
    "post_openings",
    "quota_left",
    "reconciliation",
    "reconciliations",
    "settle_surplus",
    "settle_year",
    "settlement_of_year",
    "show_quota_left",
    "sign_settlement",
    "sign_year_ends",
    "sources_left",
    "statements_of_year",
    "surplus_of_year",
    "year_end_states",
    "year_end_status",
]
