"""What people do with cash to come, and what they ask of it; its commands stand beside the treasury's."""

from __future__ import annotations

from typing import Final

from fisc.cash import services
from fisc.cash.services.expected import FLOW_OWNERS
from fisc.documents.use_case import UseCase

_DUTY: Final = "treasury_make"

USE_CASES: Final = (
    UseCase("treasury.expect", services.expect, name="登记预计收支", duty=_DUTY),
    UseCase(
        "treasury.settle-expected",
        services.settle_expected,
        name="核销预计收支",
        duty=_DUTY,
        owners=FLOW_OWNERS,
    ),
    UseCase("treasury.list-expected", services.waiting, name="预计收支清单"),
    UseCase("treasury.list-flows", services.list_flows, name="每日库款收支"),
    UseCase("treasury.cash-position", services.position, name="库款头寸"),
    UseCase("treasury.cash-outlook", services.cash_outlook, name="库款预测"),
)

#: What only programs ask, and why.
FOR_PROGRAMS: Final = {
    "forecast": "day by day and by stream; people see cash-outlook",
    services.daily_flows: "by stream, as the forecast learns from it; people see list-flows",
    services.pending_payments: "what a shortage names as movable; people list payments",
}
