"""A year whose bank is not proven at its end, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.banking.proven import unproven_at_end
from fisc.documents.listing import Standing
from fisc.kernel.knowledge import moment_of

#: Statements and reconciliations keep no history, and what is not known is not left out.
_UNTOLD: Final = "对账不留历史，看不到当时是否对平"


def bank_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of regions' accounts is not proven at the end of a year, and nobody said why; without a sum."""
    if moment_of(conn) is not None:
        return [Standing(region, 1, None, (_UNTOLD,)) for region in regions]
    found = unproven_at_end(conn, regions, fiscal_year)
    return [Standing(one.mof_div_code, 1, None, (str(one),)) for one in found if not one.note_no]


def bank_explained(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What is not proven and two officers said why of: an item an account, without a sum."""
    if moment_of(conn) is not None:
        return []  # told by `bank_open`
    found = unproven_at_end(conn, regions, fiscal_year)
    return [
        Standing(one.mof_div_code, 1, None, (f"{one}（说明 {one.note_no}）",)) for one in found if one.note_no
    ]
