"""What screens, commands and the simulated city call for state capital.

An injection: `record_injections`, `approve_injections`, `apply_for_payment` (then the treasury's own
steps), `recognise_equity`, and `record_prepayments` with the bank's receipts. Every service takes one
item or many, in one transaction, all or none; again it changes nothing.
"""

from fisc.capital.services.enterprises import (
    Enterprise,
    Stake,
    register_enterprises,
    stakes,
)
from fisc.capital.services.income import (
    Dividend,
    DividendReceipt,
    DividendState,
    ShareOfResult,
    dividends,
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
from fisc.capital.services.prepayments import LoanSaving, Prepayment, loan_savings, record_prepayments
from fisc.capital.services.refunds import InjectionRefund, record_refunds
from fisc.capital.services.register import (
    InjectionRecord,
    PostedEntry,
    UseState,
    injection_register,
)
from fisc.capital.services.returns import FunderReturn, file_returns

__all__ = [
    "Dividend", "DividendReceipt", "DividendState", "Enterprise", "FunderReturn",
    "Injection", "InjectionPayment", "InjectionRecord", "InjectionRefund", "LoanSaving", "PostedEntry",
    "Prepayment", "ShareOfResult", "Stake", "Use", "UseState", "apply_for_payment",
    "approve_injections", "discard_injections", "dividends", "file_returns",
    "injection_register", "loan_savings",
    "recognise_equity", "record_income", "record_injections", "record_prepayments", "record_refunds",
    "register_enterprises", "stakes",
]  # fmt: skip
