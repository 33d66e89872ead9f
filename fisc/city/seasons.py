"""How a year's revenue comes in by month: quarters begin strong, the year ends low; no two years alike."""

from __future__ import annotations

_MONTHS = (118, 62, 86, 104, 84, 92, 103, 70, 72, 88, 62, 59)
_SPREAD = 9


def month_weights(fiscal_year: int) -> list[int]:
    """Weights of the twelve months of a year."""
    return [w + (fiscal_year * 7 + month * 13) % _SPREAD for month, w in enumerate(_MONTHS, start=1)]
