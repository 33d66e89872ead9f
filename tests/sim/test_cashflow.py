"""Whatever moves the cash of ten treasuries, none of them falls short, and of no fund."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.city import cash
from fisc.city.calendar import calendar
from fisc.city.draws import Ints
from fisc.city.plan import Plan
from fisc.city.tables import regions
from fisc.debt.sim import due
from fisc.sim.plan import plan
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


def standing(made: Plan, fund: str) -> Ints:
    """Cash of a fund by region at the end of each day, with what is lent of general cash."""
    moved, begun = made.once(cash.moves)[fund].copy(), made.once(cash.opening).get(fund)
    if fund == "111":
        for region, day, fen, back in made["loans"].iter_rows():
            for place, sign in ((region, 1), (0, -1)) if region else ((0, 1),):
                moved[place, day] += sign * fen
                moved[place, back] -= sign * fen
    return np.cumsum(moved, axis=1) + (0 if begun is None else begun[:, None])


@pytest.mark.parametrize("scale", [0.002, 0.005, 0.01, 0.03])
def test_no_fund_is_spent_before_it_comes_in_whatever_is_drawn(scale: float) -> None:
    """Heavy payments of a small city fall on any day: money of their fund is there by then, every year."""
    for seed in range(20, 40):
        for year in (2021, 2022):
            made = plan(scale, seed, year)
            short = {fund: int(standing(made, fund).min()) for fund in made.once(cash.moves)}
            assert set(short) == {"111", "112", "121", "122", "13"}
            assert all(fen >= 0 for fen in short.values()), (seed, year, short)


@pytest.mark.parametrize("year", [2021, 2022])
def test_the_year_of_a_fund_is_not_all_land_of_one_month(year: int) -> None:
    """What leads spending still comes in over the whole year, by the middle of each month."""
    made = plan(0.02, 7, year)
    frame = made["receipts"]
    of_fund = frame.filter(frame["fund_type_code"] == "121")
    on = [made.calendar.days[day] for day in of_fund["day"].to_list()]
    assert {day.month for day in on} == set(range(1, 13)) and max(day.day for day in on) <= 15


def test_interest_is_owed_on_all_that_was_on_lent_by_everybody_who_borrowed() -> None:
    """Bonds come in at midyear: a per cent is due in their year, three in each that follows."""
    first, second = plan(0.005, 7, 2021), plan(0.005, 7, 2022)
    for part, name in ((due.GENERAL_INTEREST, "bonds"), (due.SPECIAL_INTEREST, "special_bonds")):
        lent = [getattr(made.controls, name) for made in (first, second)]
        assert list(due.of_interest(first, part).values()) == [fen // 100 for fen in lent[0].tolist()]
        wanted = [
            3 * old // 100 + new // 100 for old, new in zip(*(one.tolist() for one in lent), strict=True)
        ]
        assert list(due.of_interest(second, part).values()) == wanted
        assert set(due.of_interest(first, part)) == set(range(len(regions())))
