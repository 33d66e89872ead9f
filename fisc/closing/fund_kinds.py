"""What a year's closing moves between kinds of government funds, and what of it is posted: read only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg

from fisc.closing.papers import CLOSE, entry_keys
from fisc.closing.rules.close import FUND_BALANCES, KIND_MOVES, KindMove
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Among, Turnover, turnover
from fisc.registry import rules
from fisc.registry.fund_kinds import FUND
from fisc.transfers import services as transfers

Conn = psycopg.Connection[Any]


def unposted_moves(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[KindMove]]:
    """Region -> what quotas of other kinds than their documents' were given and no closing moved yet."""
    due = transfers.kind_moves(conn, regions, fiscal_year)
    for region in regions:
        due[region].subtract(_posted(conn, region, fiscal_year))
    return {
        region: [KindMove(kind, fen) for kind, fen in sorted(of.items()) if fen] for region, of in due.items()
    }


def _posted(conn: Conn, region: str, fiscal_year: int) -> Counter[str]:
    """What closings of a region's year moved between kinds before; fen by kind."""
    found: Counter[str] = Counter()
    keys = tuple(
        key for key in entry_keys(conn, region, fiscal_year, CLOSE) if key.endswith(f":{KIND_MOVES}")
    )
    if not keys:
        return found
    book, last = rules.treasury_books(fiscal_year)[-1], fiscal_year * 100 + YEAR_END_MONTH
    asked = Turnover(
        tuple(f"{book}:{code}" for code in FUND_BALANCES), (region,), (last, last), CREDIT,
        where=(Among("fund_type_code", (FUND,)),),
    )  # fmt: skip
    for one, sign in ((asked, 1), (replace(asked, without=keys), -1)):
        for (kind,), fen in turnover(conn, one, "rev_func_code").items():
            found[kind] += sign * fen
    return found
