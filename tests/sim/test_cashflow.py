"""Whatever moves the cash of ten treasuries, what is lent keeps each of them from falling short."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fisc.city.calendar import calendar
from fisc.city.tables import regions
from fisc.transfers.sim import lending

_YEAR = calendar(2022)


@given(st.integers(0, 2**32), st.integers(0, 10**12), st.integers(-(10**10), 10**10))
def test_no_treasury_falls_short_while_it_is_lent_cash(seed: int, start_fen: int, drift_fen: int) -> None:
    days = len(_YEAR.days)
    rng = np.random.default_rng(seed)
    moves = rng.integers(-(10**11), 10**11, (len(regions()), days)) + drift_fen
    start = np.full(len(regions()), start_fen)
    back = _YEAR.index(12, 28)
    standing = start[:, None] + np.cumsum(moves, axis=1)
    for region, day, amount_fen, until in lending.lent(_YEAR, moves, start).iter_rows():
        standing[region, day:until] += amount_fen
        if region:  # lent by the city
            standing[0, day:until] -= amount_fen
    # cash that is short on the very first days can only be lent on the first
    assert (standing[:, 1:back] >= 0).all()
