"""The papers of revenue: what of each is content, and the shares of the levels that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fisc.documents import Kind, Lines, Register
from fisc.documents.counterparty import Counterparty
from fisc.documents.kind import reversal_kind
from fisc.revenue import flow

if TYPE_CHECKING:
    from fisc.revenue.models import (
        DailyReport,
        LevelShare,
        Receipt,
        Refund,
        Relief,
        Reversal,
        Sharing,
        Statistic,
    )

#: What each level gets of a receipt or bears of a refund: divided when it is confirmed.
SHARES: Final[Lines[LevelShare]] = Lines(
    "revenue.LevelShare", order="id", written_by=("confirm",),
    kind_column="doc_kind", kind_values={"receipt": "receipt", "tax_refund": "refund"},
)  # fmt: skip

DAILY_REPORT: Final[Kind[DailyReport]] = Kind(
    "revenue.DailyReport",
    prefix="daily_report",
    flow=flow.DAILY_REPORT_FLOW,
    has_editions=True,
    content=("received_on", "lines", "total_fen", "corrects_no", "confirm_reason"),
    booked_on="received_on",
    refers={"corrects_no": "daily_report"},
    paper={"dated_on": "received_on"},
)

RECEIPT: Final[Kind[Receipt]] = Kind(
    "revenue.Receipt",
    prefix="receipt",
    number="receipt_no",
    flow=flow.RECEIPT_FLOW,
    has_editions=True,
    content=("received_on", "rev_func_code", "fund_type_code", "gross_fen", "confirm_reason"),
    booked_on="received_on",
    paper={"dated_on": "received_on"},
    lines=(SHARES,),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code"),
)

REFUND: Final[Kind[Refund]] = Kind(
    "revenue.Refund",
    prefix="tax_refund",
    number="refund_no",
    flow=flow.REFUND_FLOW,
    has_editions=True,
    content=(
        "source_name", "source_no", "source_sha256", "refunded_on", "kind", "rev_func_code",
        "fund_type_code", "full_fen", "local_fen", "payee_name", "payee_acct_no", "confirm_reason",
    ),
    counterparty=Counterparty("t.payee_name", "t.payee_acct_no"),
    paper={"dated_on": "refunded_on", "source_name": "source_name", "source_sha256": "source_sha256"},
    booked_on="refunded_on",
    lines=(SHARES,),
    facets=("mof_div_code", "fiscal_year", "state", "fund_type_code", "kind"),
)  # fmt: skip

RELIEF: Final[Kind[Relief]] = Kind(
    "revenue.Relief",
    prefix="relief",
    number="relief_no",
    flow=flow.RELIEF_FLOW,
    has_editions=True,
    content=(
        "source_name", "source_no", "source_sha256", "reported_on", "kind", "rev_func_code", "amount_fen",
    ),
    paper={"dated_on": "reported_on", "source_name": "source_name", "source_sha256": "source_sha256"},
    booked_on="reported_on",
    facets=("mof_div_code", "fiscal_year", "state", "kind"),
)  # fmt: skip

STATISTIC: Final[Kind[Statistic]] = Kind(
    "revenue.Statistic",
    prefix="statistic_entry",
    flow=flow.STATISTIC_FLOW,
    has_editions=True,
    content=("source_name", "source_no", "source_sha256", "item", "of", "value", "printed", "revision"),
    paper={"source_name": "source_name", "source_sha256": "source_sha256"},
)

SHARING: Final[Kind[Sharing]] = Kind(
    "revenue.Sharing",
    prefix="sharing",
    flow=flow.SHARING_FLOW,
    has_editions=True,
    content=(
        "source_name", "source_no", "source_sha256", "jurisdiction", "rev_func_code", "valid_from",
        "shares",
    ),
    paper={"source_name": "source_name", "source_sha256": "source_sha256"},
)  # fmt: skip

#: What a reversal may name.
REVERSIBLE: Final[Mapping[str, Kind[Any]]] = {
    kind.prefix: kind for kind in (DAILY_REPORT, RECEIPT, REFUND, RELIEF)
}

REVERSAL: Final[Kind[Reversal]] = reversal_kind(
    "revenue.Reversal", "revenue_reversal", flow.TREASURY, REVERSIBLE
)

KINDS: Final = (DAILY_REPORT, RECEIPT, REFUND, RELIEF, STATISTIC, SHARING, REVERSAL)
#: Facts that are no documents: noted once, never deleted.
DAY_CODE: Final = Register("revenue.DayCode")
REGISTERS: Final = (DAY_CODE,)
