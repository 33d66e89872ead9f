"""Tax relief (减免税费): a statistic of the tax side with its paper; no outlay and no revenue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fisc.documents import advance, make, taken
from fisc.documents.editions import booked, current, fresh
from fisc.documents.inputs import OneOf
from fisc.documents.store import By
from fisc.kernel import post
from fisc.kernel.posting import in_transaction
from fisc.registry.value_lists import values
from fisc.revenue.kinds import RELIEF
from fisc.revenue.rules import relieved
from fisc.revenue.services.common import (
    Conn,
    Source,
    require_codes,
    require_kinds,
    require_past,
    require_positive,
    require_sources,
)

#: Kinds of relief by code: what the registry says of the element.
RELIEF_KINDS = values()["relief_code"]


@dataclass(frozen=True, slots=True)
class TaxRelief:
    """What was not collected in a division up to a day, as reported; `mof_div_code` with suffix 998 where
    the report speaks of the whole area. `rev_func_code` may be blank where no tax is named."""

    relief_no: str
    mof_div_code: str
    reported_on: date
    amount_fen: int
    source: Source
    kind: Annotated[str, OneOf(RELIEF_KINDS)] = "tax"
    rev_func_code: str = ""


def record_relief(conn: Conn, items: Sequence[TaxRelief], *, by: By, on: date) -> list[bool]:
    """Record relief; True for each that is new.

    Raises RuleBroken without a paper, for amounts not above zero or kinds not known; NotFound for
    unknown codes; DuplicateConflict where a number stands with other content.
    """
    require_sources((r.relief_no, r.source) for r in items)
    require_positive([(r.relief_no, r.amount_fen) for r in items], "减免额")
    require_kinds([(r.relief_no, r.kind) for r in items], RELIEF_KINDS, "减免种类")
    require_past(((r.relief_no, r.reported_on) for r in items), on)
    require_codes((r.rev_func_code, r.reported_on.year, "111") for r in items if r.rev_func_code)
    rows = [
        {"doc_key": r.relief_no, "mof_div_code": r.mof_div_code, "fiscal_year": r.reported_on.year,
         "reported_on": r.reported_on, "kind": r.kind, "rev_func_code": r.rev_func_code,
         "amount_fen": r.amount_fen, **r.source.columns()}
        for r in items
    ]  # fmt: skip
    return make(conn, RELIEF, fresh(conn, RELIEF, rows), by=by, on=on)


def confirm_relief(conn: Conn, relief_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Enter recorded relief in the register of tax statistics: True where entered now.

    Raises NotFound, WrongState, FourEyes; then nothing is entered.
    """

    def work() -> list[bool]:
        numbers = current(conn, RELIEF, relief_nos)
        moved = advance(conn, RELIEF, numbers, "confirm", by=by, on=on)
        post(conn, booked(conn, RELIEF, [relieved(relief) for relief in moved]))
        return taken(numbers, moved)

    return in_transaction(conn, work)
