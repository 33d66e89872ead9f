"""Amounts in whole units: the one rule of tables that are published.

Every amount is rounded half up by itself, wherever it is printed: what is equal to the fen is one number in
every table, and what is not more than another never seems to be. Sums of printed numbers may then differ from
printed totals, and a table in which they do says so (`fisc.kernel.money.ROUNDED`).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

#: The most whole units that rounding is taken to move a sum by, however many numbers it adds up.
MOST_UNITS: Final = 10


def half_up(fen: int, per: int) -> int:
    """Whole units of `per` fen, ties away from zero."""
    return int((Decimal(fen) / per).quantize(Decimal(1), ROUND_HALF_UP))


def rounding_of(count: int, per: int) -> int:
    """Fen by which `count` numbers, a total among them, may miss each other: half a unit of `per` each."""
    return min(count * per // 2, MOST_UNITS * per)
