"""What screens, commands and the simulated city call for state capital.

An injection: `record_injections`, `approve_injections`, `apply_for_payment` (then the treasury's own
steps), `recognise_equity`. Everything else is drafted by one officer and confirmed by another; what takes
`reviewed_by` does both at once. Every service takes one item or many, in one transaction, all or none; again
it changes nothing.
"""

from fisc.capital.services.enterprises import (
    Enterprise,
    Stake,
    confirm_enterprises,
    discard_enterprises,
    draft_enterprises,
    register_enterprises,
    stakes,
)
from fisc.capital.services.income import (
    Dividend,
    DividendReceipt,
    DividendState,
    ShareOfResult,
    confirm_income,
    discard_income,
    dividends,
    draft_dividend_receipts,
    draft_dividends,
    draft_results,
    record_income,
)
from fisc.capital.services.injections import (
    Injection,
    InjectionPayment,
    Use,
    apply_for_payment,
    approve_injections,
    discard_injections,
    recognise_equity,
    record_injections,
)
from fisc.capital.services.prepayments import (
    LoanSaving,
    Prepayment,
    confirm_prepayments,
    discard_prepayments,
    draft_prepayments,
    loan_savings,
    record_prepayments,
)
from fisc.capital.services.refunds import (
    InjectionRefund,
    confirm_refunds,
    discard_refunds,
    draft_refunds,
    record_refunds,
)
from fisc.capital.services.register import (
    InjectionRecord,
    PostedEntry,
    UseState,
    injection_register,
)
from fisc.capital.services.returns import (
    FunderReturn,
    confirm_returns,
    discard_returns,
    draft_returns,
    file_returns,
)

__all__ = [
    "Dividend",
    "DividendReceipt",
    "DividendState",
    "Enterprise",
    "FunderReturn",
    "Injection",
    "InjectionPayment",
    "InjectionRecord",
    "InjectionRefund",
    "LoanSaving",
    "PostedEntry",
    "Prepayment",
    "ShareOfResult",
    "Stake",
    "Use",
    "UseState",
    "apply_for_payment",
    "approve_injections",
    "confirm_enterprises",
    "confirm_income",
    "confirm_prepayments",
    "confirm_refunds",
    "confirm_returns",
    "discard_enterprises",
    "discard_income",
    "discard_injections",
    "discard_prepayments",
    "discard_refunds",
    "discard_returns",
    "dividends",
    "draft_dividend_receipts",
    "draft_dividends",
    "draft_enterprises",
    "draft_prepayments",
    "draft_refunds",
    "draft_results",
    "draft_returns",
    "file_returns",
    "injection_register",
    "loan_savings",
    "recognise_equity",
    "record_income",
    "record_injections",
    "record_prepayments",
    "record_refunds",
    "register_enterprises",
    "stakes",
]
