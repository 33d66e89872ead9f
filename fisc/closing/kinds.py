"""The documents of a year's end, and of the balances that first books begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from fisc.closing import flow
from fisc.documents import Kind, Lines
from fisc.documents.kind import reversal_kind

if TYPE_CHECKING:
    from fisc.closing.models import Opening, OpeningLine, OpeningReversal, YearEnd

YEAR_END: Final[Kind[YearEnd]] = Kind(
    "closing.YearEnd",
    prefix="year_end",
    flow=flow.YEAR_END_FLOW,
    content=("kind", "round"),
    written={"post": ("entry_keys",)},
    facets=("mof_div_code", "fiscal_year", "state", "kind"),
    month="n.fiscal_year * 100 + 13",
)

#: Openings are posted, and reversed, while the first month is open.
_FIRST_MONTH: Final = "n.fiscal_year * 100 + 1"
OPENING_LINES: Final[Lines[OpeningLine]] = Lines("closing.OpeningLine")

OPENING: Final[Kind[Opening]] = Kind(
    "closing.Opening",
    prefix="opening",
    flow=flow.OPENING_FLOW,
    has_editions=True,
    content=("doc_no", "basis", "lines_digest"),
    lines=(OPENING_LINES,),
    paper={"doc_no": "doc_no"},
    month=_FIRST_MONTH,
)
#: What a reversal may name.
REVERSIBLE: Final[Mapping[str, Kind[Any]]] = {OPENING.prefix: OPENING}

OPENING_REVERSAL: Final[Kind[OpeningReversal]] = reversal_kind(
    "closing.OpeningReversal", "opening_reversal", flow.OPENING_DUTIES, REVERSIBLE, month=_FIRST_MONTH
)

KINDS: Final = (YEAR_END, OPENING, OPENING_REVERSAL)
