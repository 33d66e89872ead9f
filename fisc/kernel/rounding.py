"""Amounts in whole units: the one rule of tables that are published.

Every amount is rounded half up by itself, wherever it is printed: what is equal to the fen is one number in
every table, and what is not more than another never seems to be. Sums of printed numbers may then differ from
printed totals, and a table in which they do says so (`fisc.kernel.money.ROUNDED`).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from math import isqrt
from typing import Final

#: The most whole units that rounding is taken to move a sum by, however many numbers it adds up.
MOST_UNITS: Final = 10
#: The square of the standard deviations (4.5) by which a sum may be off; the variance of one number is 1/12.
_SPREAD_SQUARED: Final = 20


def half_up(fen: int, per: int) -> int:
    """Whole units of `per` fen, ties away from zero."""
    return int((Decimal(fen) / per).quantize(Decimal(1), ROUND_HALF_UP))


def rounding_of(count: int, per: int) -> int:
    """Fen by which `count` rounded addends may miss their rounded total: half a unit of `per` each.

    One alone is its total: it misses it by less than a unit, so whole units by nothing.
    """
    return min(count * per // 2, MOST_UNITS * per)


def spread_of(count: int, per: int) -> int:
    """Fen by which `count` addends of all levels below a total may miss it, each rounded by itself.

    Half a unit each at most; of many, as errors go both ways, four and a half standard deviations.
    """
    return min(count * per // 2, isqrt(count * per * per * _SPREAD_SQUARED // 12))
