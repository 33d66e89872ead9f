"""The documents of money between budgets and of reserves: what of each is content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fisc.documents import Kind
from fisc.documents.kind import reversal_kind
from fisc.reserves import flow

if TYPE_CHECKING:
    from fisc.reserves.models import FundMove, Reversal

MOVE: Final[Kind[FundMove]] = Kind(
    "reserves.FundMove",
    prefix="fund_move",
    number="move_no",
    flow=flow.MOVE_FLOW,
    has_editions=True,
    content=(
        "kind", "fund_type_code", "to_fund_type_code", "fund_kind_code", "amount_fen", "approval_no",
        "happened_on", "summary",
    ),
    booked_on="happened_on",
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind"),
)  # fmt: skip

#: What a reversal may name.
REVERSIBLE: Final[Mapping[str, Kind[Any]]] = {MOVE.prefix: MOVE}

REVERSAL: Final[Kind[Reversal]] = reversal_kind(
    "reserves.Reversal", "fund_move_reversal", flow.DUTIES, REVERSIBLE
)

KINDS: Final = (MOVE, REVERSAL)
