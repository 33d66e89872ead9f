"""The document of a year's end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fisc.closing import flow
from fisc.documents import Kind

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

YEAR_END: Final[Kind[YearEnd]] = Kind(
    "closing.YearEnd",
    prefix="year_end",
    flow=flow.YEAR_END_FLOW,
    content=("kind", "round"),
    written={"post": ("entry_keys",)},
    facets=("mof_div_code", "fiscal_year", "state", "kind"),
)

KINDS: Final = (YEAR_END,)
