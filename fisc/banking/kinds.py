"""The registers of banking: what was sent and received stands; what it led to is written beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fisc.banking import flow
from fisc.documents import Kind, Register
from fisc.documents.kind import Named

if TYPE_CHECKING:
    from fisc.banking.models import Explanation, StatementVoid, UnprovenNote

ACCOUNT: Final = Register("banking.BankAccount", progress=("name", "bank_no", "bank_alias", "opened_on"))
MESSAGE: Final = Register("banking.BankMessage", progress=(
    "state", "receipt_count", "last_received_on", "voided_on", "voided_by", "void_reason", "void_note",
    "superseded_by", "place_in_day",
), no_reasons=("void_reason",))  # fmt: skip
LINE: Final = Register(
    "banking.BankLine", progress=("source", "told_on", "closed_on", "document_no"), no_reasons=("reason",)
)
VOUCHER: Final = Register(
    "banking.VoucherMatch", progress=("payer_accts", "outcome", "settled_fen", "closed_on")
)
CASH_MATCH: Final = Register("banking.CashMatch", progress=("match_no", "is_explained", "closed_on"))
RECONCILIATION: Final = Register("banking.Reconciliation")

EXPLANATION: Final[Kind[Explanation]] = Kind(
    "banking.Explanation",
    prefix="explanation",
    number="explanation_no",
    flow=flow.EXPLANATION_FLOW,
    content=("booking_at", "disposition", "basis", "summary"),
    facets=("mof_div_code", "fiscal_year", "state", "disposition"),
)  # fmt: skip

STATEMENT_VOID: Final[Kind[StatementVoid]] = Kind(
    "banking.StatementVoid",
    prefix="statement_void",
    number="void_no",
    flow=flow.VOID_FLOW,
    content=("bank_no", "message_id", "void_reason", "void_note"),
    no_reasons=("void_reason",),
    facets=("mof_div_code", "fiscal_year", "state", "void_reason"),
    names={"message_id": Named(MESSAGE, "message_id")},
)  # fmt: skip

UNPROVEN_NOTE: Final[Kind[UnprovenNote]] = Kind(
    "banking.UnprovenNote",
    prefix="unproven_note",
    number="note_no",
    flow=flow.NOTE_FLOW,
    content=("unproven", "basis_doc_no", "reason"),
    facets=("mof_div_code", "fiscal_year", "state"),
)  # fmt: skip

KINDS: Final = (EXPLANATION, STATEMENT_VOID, UNPROVEN_NOTE)
REGISTERS: Final = (ACCOUNT, MESSAGE, LINE, VOUCHER, CASH_MATCH, RECONCILIATION)
