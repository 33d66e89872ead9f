"""Growth on the same period, in itself and comparable after refunds (可比口径).

Both are exact ratios; nothing is rounded before it is shown. Over a base of zero or below growth has
no meaning and is None, as published tables leave the cell empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from fisc.registry.tables import read_table

Amount = int | Decimal


def growth(now: Amount, before: Amount) -> Decimal | None:
    """(now − before) / before; None over a base of zero or below."""
    return (Decimal(now) - Decimal(before)) / Decimal(before) if before > 0 else None


def comparable_growth(now: Amount, refunds: Amount, before: Amount, refunds_before: Amount) -> Decimal | None:
    """(R₁+T₁)/(R₀+T₀) − 1, T being the tax credit refunds borne at the level that R is of."""
    return growth(now + refunds, before + refunds_before)


def percent(ratio: Decimal | None, digits: int = 1) -> Decimal | None:
    """A ratio as per cent to `digits` decimals, halves away from zero, as published tables round."""
    step = Decimal(1).scaleb(-digits)
    return None if ratio is None else (ratio * 100).quantize(step, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class PublishedPair:
    """A released pair of growth rates (per cent) with the amounts they come from, in `unit`."""

    item: str
    fiscal_year: int
    now: Decimal
    before: Decimal
    refunds: Decimal
    refunds_before: Decimal
    unit: str
    growth_pct: Decimal
    comparable_pct: Decimal
    source: str
    is_verified: bool
    note: str


@cache
def published_pairs() -> tuple[PublishedPair, ...]:
    """Pairs released by the ministry, against which the formula is checked."""
    return tuple(
        PublishedPair(
            row["item"], int(row["fiscal_year"]), Decimal(row["revenue"]), Decimal(row["revenue_before"]),
            Decimal(row["refunds"]), Decimal(row["refunds_before"]), row["unit"],
            Decimal(row["published_growth_pct"]), Decimal(row["published_comparable_pct"]), row["source"],
            row["is_verified"] == "yes", row["note"],
        )
        for row in read_table("comparable_growth.csv")
    )  # fmt: skip
