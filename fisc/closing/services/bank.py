"""A year whose bank is not proven at its end, account by account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking.proven import unproven
from fisc.documents.listing import Standing
from fisc.kernel.knowledge import moment_of

#: Statements and reconciliations keep no history, and what is not known is not left out.
_UNTOLD: Final = "对账不留历史，看不到当时是否对平"


def bank_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of regions' accounts is not proven at the end of a year: an item an account, without a sum."""
    if moment_of(conn) is not None:
        return [Standing(region, 1, None, (_UNTOLD,)) for region in regions]
    found = unproven(conn, regions, date(fiscal_year, 12, 31))
    return [Standing(one.mof_div_code, 1, None, (str(one),)) for one in found]
