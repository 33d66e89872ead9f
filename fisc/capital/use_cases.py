"""What people do with state capital: stakes, injections and what comes back, results and dividends."""

from __future__ import annotations

from typing import Final

from fisc.capital import services, terms
from fisc.capital.kinds import ENTERPRISE, INCOME, INJECTION, PREPAYMENT, REFUND, RETURN, REVERSAL, REVERSIBLE
from fisc.capital.rules import INCOME_NAMES
from fisc.capital.services.correcting import require_bare
from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.reversal_use_cases import reversal_of
from fisc.documents.sight import owners_in
from fisc.documents.use_case import UseCase

USE_CASES: Final = (
    UseCase("capital.make-enterprises", services.draft_enterprises, ENTERPRISE, MAKE),
    UseCase("capital.confirm-enterprises", services.confirm_enterprises, ENTERPRISE, "confirm"),
    UseCase("capital.discard-enterprises", services.discard_enterprises, ENTERPRISE, "discard"),
    UseCase("capital.make-injections", services.record_injections, INJECTION, MAKE),
    UseCase("capital.approve-injections", services.approve_injections, INJECTION, "approve"),
    UseCase("capital.discard-injections", services.discard_injections, INJECTION, "discard"),
    UseCase(
        "capital.apply", services.apply_for_payment, name="申请支付注资款", duty="unit_make",
        owners=owners_in(INJECTION, "injection_no", column="doc_key"),
    ),
    UseCase("capital.recognise-equity", services.recognise_equity, INJECTION, "invest"),
    UseCase("capital.make-prepayments", services.draft_prepayments, PREPAYMENT, MAKE),
    UseCase("capital.confirm-prepayments", services.confirm_prepayments, PREPAYMENT, "confirm"),
    UseCase("capital.discard-prepayments", services.discard_prepayments, PREPAYMENT, "discard"),
    UseCase("capital.make-refunds", services.draft_refunds, REFUND, MAKE),
    UseCase("capital.confirm-refunds", services.confirm_refunds, REFUND, "confirm"),
    UseCase("capital.discard-refunds", services.discard_refunds, REFUND, "discard"),
    UseCase("capital.make-results", services.draft_results, INCOME, MAKE, name="编制股权损益单"),
    UseCase("capital.make-dividends", services.draft_dividends, INCOME, MAKE, name="编制宣告股利单"),
    UseCase(
        "capital.make-dividend-receipts", services.draft_dividend_receipts, INCOME, MAKE,
        name="编制收到股利单",
    ),
    UseCase("capital.confirm-income", services.confirm_income, INCOME, "confirm"),
    UseCase("capital.discard-income", services.discard_income, INCOME, "discard"),
    UseCase("capital.make-returns", services.draft_returns, RETURN, MAKE),
    UseCase("capital.confirm-returns", services.confirm_returns, RETURN, "confirm"),
    UseCase("capital.discard-returns", services.discard_returns, RETURN, "discard"),
    *reversal_of(REVERSAL, REVERSIBLE, group="capital", guard=require_bare),
    *looks(ENTERPRISE, "capital", "enterprises"),
    *looks(INJECTION, "capital", "injections"),
    *looks(PREPAYMENT, "capital", "prepayments"),
    *looks(REFUND, "capital", "refunds"),
    *looks(INCOME, "capital", "income", {"kind": INCOME_NAMES}),
    *looks(RETURN, "capital", "returns"),
    UseCase("capital.stakes", services.stakes, name="出资人名册"),
    UseCase("capital.dividends", services.dividends, name="宣告与收到的股利"),
    UseCase("capital.injections", services.injection_register, name="注资台账"),
    UseCase("capital.loans", services.loan_savings, name="提前还贷节息"),
    UseCase("capital.alerts", terms.overdue, name="逾期未办的出资人职责", tells_faults=True),
    UseCase("capital.duties", terms.funder_terms, name="出资人职责办理情况"),
)  # fmt: skip
#: What did everything at once, for several officers: the same by steps.
TOGETHER: Final = {
    services.register_enterprises: ("capital.make-enterprises", "capital.confirm-enterprises"),
    services.record_prepayments: ("capital.make-prepayments", "capital.confirm-prepayments"),
    services.record_refunds: ("capital.make-refunds", "capital.confirm-refunds"),
    services.record_income: (
        "capital.make-results", "capital.make-dividends", "capital.make-dividend-receipts",
        "capital.confirm-income",
    ),
    services.file_returns: ("capital.make-returns", "capital.confirm-returns"),
}  # fmt: skip
