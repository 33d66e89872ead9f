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
    """A released pair of growth rates (per cent) with the amounts they come from, in `unit`.

    Refunds are published rounded: to `refunds_step` and `refunds_before_step`, so each lies within half
    a step of what is given here.
    """

    item: str
    fiscal_year: int
    now: Decimal
    before: Decimal
    refunds: Decimal
    refunds_step: Decimal
    refunds_before: Decimal
    refunds_before_step: Decimal
    unit: str
    growth_pct: Decimal
    comparable_pct: Decimal
    source: str
    is_verified: bool
    note: str

    @property
    def growth(self) -> Decimal | None:
        """Growth on the same period of the released amounts."""
        return growth(self.now, self.before)

    @property
    def comparable(self) -> Decimal | None:
        """Comparable growth with the refunds taken as they are given."""
        return comparable_growth(self.now, self.refunds, self.before, self.refunds_before)

    @property
    def comparable_range(self) -> tuple[Decimal, Decimal]:
        """The least and greatest comparable growth that refunds of these roundings allow."""
        half, half_before = self.refunds_step / 2, self.refunds_before_step / 2
        least = (self.now + self.refunds - half) / (self.before + self.refunds_before + half_before)
        most = (self.now + self.refunds + half) / (self.before + self.refunds_before - half_before)
        return least - 1, most - 1

    @property
    def is_reproduced(self) -> bool:
        """Whether the formula gives both released rates: growth to its last digit, comparable growth
        within what the rounding of the refunds (and of the rate itself) leaves open."""
        least, most = (100 * ratio for ratio in self.comparable_range)
        half = Decimal(1).scaleb(int(self.comparable_pct.as_tuple().exponent)) / 2
        is_within = least < self.comparable_pct + half and most >= self.comparable_pct - half
        return percent(self.growth) == self.growth_pct and is_within


@cache
def published_pairs() -> tuple[PublishedPair, ...]:
    """Pairs released by the ministry, against which the formula is checked."""
    return tuple(
        PublishedPair(
            row["item"], int(row["fiscal_year"]), Decimal(row["revenue"]), Decimal(row["revenue_before"]),
            Decimal(row["refunds"]), Decimal(row["refunds_step"]),
            Decimal(row["refunds_before"]), Decimal(row["refunds_before_step"]), row["unit"],
            Decimal(row["published_growth_pct"]), Decimal(row["published_comparable_pct"]), row["source"],
            row["is_verified"] == "yes", row["note"],
        )
        for row in read_table("comparable_growth.csv")
    )  # fmt: skip
