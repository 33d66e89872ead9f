"""Amounts in whole units, so that what is printed of a sum holds: the one rule of tables that are published.

Totals are rounded half up. What a total adds up takes its whole units: each part is rounded down and the
units that are left go to the greatest remainders, the first where two are equal (largest remainder).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def half_up(fen: int, per: int) -> int:
    """Whole units of `per` fen, ties away from zero."""
    return int((Decimal(fen) / per).quantize(Decimal(1), ROUND_HALF_UP))


def allotted_units(amounts_fen: Sequence[int], target: int, per: int) -> list[int]:
    """Whole units of `per` fen of amounts that come to `target` together, by largest remainder."""
    found = [amount // per for amount in amounts_fen]
    order = sorted(range(len(found)), key=lambda index: (-(amounts_fen[index] % per), index))
    left = target - sum(found)
    for turn in range(abs(left) if order else 0):
        found[order[turn % len(order)]] += 1 if left > 0 else -1
    return found


def two_ways(columns_fen: Sequence[Sequence[int]], per: int) -> list[list[int]]:
    """Columns of whole units of `per` fen, that of their sums first; the last row is that of the totals.

    The sum of all is rounded half up; rows' sums and columns' totals share it; each column's rows share its
    total, but for the last column, which holds what they leave of their rows.
    """
    sums_fen = [sum(row) for row in zip(*columns_fen, strict=True)]
    whole = half_up(sums_fen[-1], per)
    sums = [*allotted_units(sums_fen[:-1], whole, per), whole]
    totals = allotted_units([column[-1] for column in columns_fen], whole, per)
    columns = [
        [*allotted_units(fen[:-1], total, per), total]
        for fen, total in zip(columns_fen[:-1], totals, strict=False)
    ]
    rest = [of_row - sum(column[row] for column in columns) for row, of_row in enumerate(sums)]
    return [sums, *columns, rest]
