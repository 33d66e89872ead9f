"""What people exchange with banks: accounts, orders, answers, and the day's reconciliation."""

from __future__ import annotations

from typing import Final

from fisc.banking import services
from fisc.banking.kinds import EXPLANATION, STATEMENT_VOID, UNPROVEN_NOTE
from fisc.banking.services.answer_words import MESSAGES
from fisc.banking.services.explaining import DISPOSITIONS
from fisc.banking.services.register import INCOMING, MESSAGE_OWNERS, OUTGOING, VOID_REASONS
from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.use_case import UseCase
from fisc.rosters.services import BATCH_OWNERS
from fisc.treasury.services import CERTIFICATE_OWNERS

_WIRE: Final = "bank_operate"

USE_CASES: Final = (
    UseCase(
        "banking.register-accounts", services.register_accounts, name="登记国库账户", duty="treasury_make"
    ),
    UseCase("banking.list-accounts", services.list_accounts, name="国库账户清单"),
    UseCase(
        "banking.make-order",
        services.payment_file,
        name="生成支付报文",
        duty=_WIRE,
        owners=CERTIFICATE_OWNERS,
    ),
    UseCase(
        "banking.make-roster-order",
        services.roster_file,
        name="生成代发报文",
        duty=_WIRE,
        owners=BATCH_OWNERS,
    ),
    UseCase("banking.receive", services.receive, name="收取银行报文", duty=_WIRE),
    UseCase("banking.make-statement-voids", services.make_statement_voids, STATEMENT_VOID, MAKE),
    UseCase("banking.approve-statement-voids", services.approve_statement_voids, STATEMENT_VOID, "approve"),
    UseCase("banking.discard-statement-voids", services.discard_statement_voids, STATEMENT_VOID, "discard"),
    *looks(STATEMENT_VOID, "banking", "statement-voids", {"void_reason": VOID_REASONS}),
    UseCase("banking.list-messages", services.list_messages, name="报文收发清单", named={"kind": MESSAGES}),
    UseCase(
        "banking.show-sent",
        services.message_file,
        name="取出发出的报文",
        fixed={"direction": OUTGOING},
        owners=MESSAGE_OWNERS,
    ),
    UseCase(
        "banking.show-received",
        services.message_file,
        name="取出收到的报文",
        fixed={"direction": INCOMING},
        owners=MESSAGE_OWNERS,
    ),
    UseCase("banking.list-open-lines", services.open_lines, name="未说明的银行入账"),
    UseCase("banking.make-explanations", services.make_explanations, EXPLANATION, MAKE),
    UseCase("banking.approve-explanations", services.approve_explanations, EXPLANATION, "approve"),
    UseCase("banking.discard-explanations", services.discard_explanations, EXPLANATION, "discard"),
    *looks(EXPLANATION, "banking", "explanations", {"disposition": DISPOSITIONS}),
    UseCase("banking.make-unproven-notes", services.make_unproven_notes, UNPROVEN_NOTE, MAKE),
    UseCase("banking.approve-unproven-notes", services.approve_unproven_notes, UNPROVEN_NOTE, "approve"),
    UseCase("banking.discard-unproven-notes", services.discard_unproven_notes, UNPROVEN_NOTE, "discard"),
    *looks(UNPROVEN_NOTE, "banking", "unproven-notes"),
    UseCase("banking.reconcile", services.reconcile_day, name="三方对账", duty="reconcile"),
    UseCase("banking.show-reconciliation", services.reconciled_day, name="对账结果"),
)

#: Services that take several officers, and the use cases that do the same step by step.
TOGETHER: Final = {services.receive_all: ("banking.receive", "treasury.clear-allocated")}

#: What only programs call, and why.
FOR_PROGRAMS: Final = {
    services.payment_files: "an order for each of many sets, all or none",
    services.reconcile: "as reconcile-day, with classes by code and the terms of its sums",
    "report": "as show-reconciliation, with classes by code and the terms of its sums",
    "year_end_proof": "the last proof of one year; people see year-end.status",
    "reports_of": "all regions' reports between two days, for proofs",
    services.reconcile_all: "many regions in one transaction",
    services.accounts_of: "accounts of many regions at once",
    services.define_accounts: "a program that sets a city up; people register accounts as an officer",
    services.message_body: "the bytes alone; people get a file by show-sent and show-received",
}
