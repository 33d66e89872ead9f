"""What people do with a batch's persons: look, and put right the accounts of those that came back."""

from __future__ import annotations

from typing import Final

from fisc.documents.use_case import UseCase
from fisc.rosters import services

USE_CASES: Final = (
    UseCase("treasury.list-persons", services.batch_persons, name="名册明细", owners=services.BATCH_OWNERS),
    UseCase("treasury.sum-persons", services.batch_sums, name="名册合计", owners=services.BATCH_OWNERS),
    UseCase(
        "treasury.repair-persons",
        services.repair,
        name="更正退回人员的账号",
        duty="unit_make",
        owners=services.BATCH_OWNERS,
    ),
)

#: What only programs call, and why.
FOR_PROGRAMS: Final = {
    services.lines_of: "of batches that may have no persons; people list-persons",
    services.sums: "of batches that may have no persons; people sum-persons",
    services.write: "lines are written with the voucher of their batch",
    services.send: "lines go with a message: banking.make-roster-order",
    services.settle: "lines are settled by what a bank answers: banking.receive",
    services.sent_under: "a bank's answer is matched by its reference",
    services.sent_with: "a bank refuses a whole message",
}
