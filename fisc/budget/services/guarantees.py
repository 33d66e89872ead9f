"""三保 in execution: what tagged quotas come to, and what was paid of them up to a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.budget.services.needs import TAGS
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Turnover, turnover, year

#: 已支付、已清算.
_PAID: Final = ("quota:9501", "quota:9502")
#: A quota has a coding block of its own: the balances of all stages, 已支付 among them, add up to it.
_QUOTAS: Final = ("quota:93", "quota:94", "quota:95")


@dataclass(frozen=True, slots=True)
class GuaranteeProgress:
    """A 三保 tag of some regions and a year: its quotas and what was paid of them, in fen."""

    tag: str
    name: str
    budget_fen: int
    paid_fen: int


def guarantee_progress(
    conn: psycopg.Connection[Any], mof_div_codes: Sequence[str], fiscal_year: int, month: int
) -> list[GuaranteeProgress]:
    """How far each of 三保 is paid up to `month` (1..12), by tag; tags without quotas are left out.

    Quotas are those in force at the end of the month, wherever they are on their way (待分 to 已支付).
    """
    rows = conn.execute(
        "select coding_id, tags from budget_quota "
        "where mof_div_code = any(%s) and fiscal_year = %s and tags && %s",
        [list(mof_div_codes), fiscal_year, list(TAGS)],
    ).fetchall()
    tags: dict[int, list[str]] = dict(rows)
    asked = Turnover(_QUOTAS, tuple(mof_div_codes), year(fiscal_year, month, 0), CREDIT, codings=tuple(tags))
    found: dict[str, list[int]] = {}
    for (coding_id, account), fen in turnover(conn, asked, "coding_id", "account").items():
        for tag in tags[coding_id]:
            sums = found.setdefault(tag, [0, 0])
            sums[0] += fen
            sums[1] += fen if account in _PAID else 0
    return [GuaranteeProgress(tag, name, *found[tag]) for tag, name in TAGS.items() if tag in found]
