"""How much of next year's transfers is told early, and what of a year's was issued too late.

实施条例第四十八条: at least 90 % of general and 70 % of special transfers are told before the year begins.
财库〔2015〕192号第四十四条: none after the cut-off. The numbers are rows of `legal_limits.csv`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import psycopg

from fisc.documents.inputs import OneOf
from fisc.registry import limits
from fisc.registry.open_books import require_kept
from fisc.transfers import twins
from fisc.transfers.services.read import Granted, issued_by

BASE: Final = 10_000


@dataclass(frozen=True, slots=True)
class EarlyNotice:
    """What of next year's transfers was told by the year's end, against what the year itself issued."""

    fiscal_year: int
    category: Annotated[str, OneOf(twins.CATEGORIES)]
    notified_fen: int
    base_fen: int
    minimum_bp: int
    rule: str

    @property
    def share_bp(self) -> int:
        """Told early per 10,000 of the base; the whole where there is no base."""
        return self.notified_fen * BASE // self.base_fen if self.base_fen else BASE

    @property
    def is_met(self) -> bool:
        """Whether the share reaches what law asks."""
        return self.share_bp >= self.minimum_bp


def category_of(tp_func_code: str) -> str | None:
    """'general' or 'special', as law tells them apart; None for codes that are neither."""
    found = twins.category(tp_func_code) if tp_func_code[3:5] in ("01", "02", "03") else ""
    return "general" if found in twins.GENERAL else "special" if found == "special" else None


def early_notices(conn: psycopg.Connection[Any], region: str, year: int, as_of: date) -> list[EarlyNotice]:
    """At the end of `year`: what was told early of the next year's transfers, by category.

    The base is what was issued for `year` itself (实施条例第四十八条: 预计数的比例); both count lines to
    lower governments in force by `as_of`, after what was taken back. Raises NoBooks for one that keeps none.
    """
    require_kept(conn, region, year)
    base = _sums(g for g in issued_by(conn, region, year) if g.effective_on <= as_of)
    told = _sums(
        g for g in issued_by(conn, region, year + 1) if g.line.is_advance and g.effective_on <= as_of
    )
    found = []
    for category in ("general", "special"):
        limit = limits.lookup(f"early_notice_{category}_bp", year)
        fen = told[category], base[category]
        found.append(EarlyNotice(year + 1, category, *fen, limit.value, limit.rule))
    return found


def _sums(lines: Iterable[Granted]) -> dict[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for one in lines:
        category = category_of(one.line.tp_func_code)
        if category is not None:
            totals[category] += one.net_fen
    return totals


def late_issues(conn: psycopg.Connection[Any], region: str, fiscal_year: int) -> list[Granted]:
    """Transfers of a year issued after its general cut-off, 30 November (财库〔2015〕192号第四十四条)."""
    month, day = divmod(limits.limit("budget_change_last_month_day", fiscal_year), 100)
    last = date(fiscal_year, month, day)
    return [one for one in issued_by(conn, region, fiscal_year) if one.effective_on > last]
