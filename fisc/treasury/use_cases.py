"""What people do at the treasury: plans of use, payments to the payee and back, clearing, other affairs."""

from __future__ import annotations

from typing import Final

from fisc.documents.flow import MAKE
from fisc.documents.use_case import UseCase
from fisc.treasury import services
from fisc.treasury.kinds import DEBIT, NOTICE, PAYMENT, PLAN, REFUND

USE_CASES: Final = (
    UseCase("treasury.make-plans", services.make_plans, PLAN, MAKE),
    UseCase("treasury.review-plans", services.review_plans, PLAN, "review"),
    UseCase("treasury.send-plans-back", services.send_plans_back, PLAN, "back"),
    UseCase("treasury.approve-plans", services.approve_plans, PLAN, "approve"),
    UseCase("treasury.open-plans", services.open_plans, PLAN, "open"),
    UseCase("treasury.withdraw-plans", services.withdraw_plans, PLAN, "withdraw"),
    UseCase("treasury.apply", services.apply, PAYMENT, MAKE),
    UseCase("treasury.review", services.review, PAYMENT, "review"),
    UseCase("treasury.send-back", services.send_back, PAYMENT, "back"),
    UseCase("treasury.approve", services.approve, PAYMENT, "approve"),
    UseCase("treasury.certify", services.certify, PAYMENT, "certify"),
    UseCase("treasury.send", services.send, PAYMENT, "send"),
    UseCase("treasury.confirm-paid", services.confirm_paid, PAYMENT, "pay"),
    UseCase("treasury.record-returns", services.record_returns, PAYMENT, "return"),
    UseCase("treasury.withdraw", services.withdraw, PAYMENT, "withdraw"),
    UseCase("treasury.refund", services.refund, REFUND, MAKE),
    UseCase("treasury.issue-clearing-notices", services.issue_clearing_notices, NOTICE, MAKE),
    UseCase("treasury.clear", services.clear, DEBIT, MAKE),
    UseCase("treasury.set-settings", services.set_settings, name="设定国库参数", duty="treasury_make"),
    UseCase("treasury.in-transit", services.in_transit, name="在途支付"),
)
