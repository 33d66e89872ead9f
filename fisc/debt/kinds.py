"""The documents of the service of debt: what of each is content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fisc.budget.kinds import QUOTA
from fisc.debt import flow
from fisc.documents import Kind
from fisc.documents.kind import Named, reversal_kind
from fisc.documents.resting import RestsOn

if TYPE_CHECKING:
    from fisc.debt.models import DebtEvent, Reversal

EVENT: Final[Kind[DebtEvent]] = Kind(
    "debt.DebtEvent",
    prefix="debt_event",
    number="event_no",
    flow=flow.EVENT_FLOW,
    has_editions=True,
    content=(
        "kind", "part", "upper_div_code", "lower_div_code", "fund_type_code", "amount_fen", "accrued_fen",
        "settles_no", "pay_app_no", "bgt_id", "happened_on", "basis_doc_no", "summary", "confirm_reason",
    ),
    refers={"settles_no": "debt_event", "pay_app_no": "pay_app"},
    rests_on=(
        RestsOn(
            "债务事项", "join debt_event b on b.doc_key = n.settles_no", "b.happened_on", "b.doc_key",
            "债务往来先发生、后结清（财库〔2015〕192号）", "请核对发生日", own="n.happened_on", day="发生日",
        ),
    ),
    names={"bgt_id": Named(QUOTA, "bgt_id")},
    unit_by="bgt_id",
    parties=("upper_div_code", "lower_div_code"),
    booked_on="happened_on",
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind", "part"),
)  # fmt: skip

#: What a reversal may name.
REVERSIBLE: Final[Mapping[str, Kind[Any]]] = {EVENT.prefix: EVENT}

REVERSAL: Final[Kind[Reversal]] = reversal_kind("debt.Reversal", "debt_reversal", flow.DUTIES, REVERSIBLE)

KINDS: Final = (EVENT, REVERSAL)
