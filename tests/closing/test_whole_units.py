"""Amounts of published tables in whole 万元: each by itself, so that equal amounts are equal everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.closing.statements.model import Cell, Row
from fisc.closing.whole_units import said_of_rounding, whole_units
from fisc.kernel.money import ROUNDED
from fisc.kernel.rounding import MOST_UNITS, half_up, rounding_of

WAN = 1_000_000
AMOUNT = st.integers(-(10**12), 10**14)


@dataclass(frozen=True)
class Page:
    rows: tuple[Row, ...]
    has_codes: bool = True
    addends: tuple[int, ...] = ()


def _row(code: str, *fen: int | None, is_total: bool = False) -> Row:
    return Row(code, code or "合计", tuple(map(Cell, fen)), is_total)


@given(st.lists(AMOUNT, min_size=1, max_size=9), st.lists(AMOUNT, max_size=4))
def test_an_amount_is_one_number_whatever_stands_beside_it(amounts: list[int], others: list[int]) -> None:
    found = []
    for beside in ([], others):
        rows = [_row(f"2{i:02d}", fen) for i, fen in enumerate([*amounts, *beside])]
        total = _row("", sum(amounts) + sum(beside), is_total=True)
        found.append([units[0] for units in whole_units(Page((*rows, total)), "万元")])
    assert found[0][: len(amounts)] == found[1][: len(amounts)]
    for units, fen in zip(found[0], [*amounts, sum(amounts)], strict=True):
        assert units is not None and 2 * abs(units * WAN - fen) <= WAN


@given(AMOUNT, st.integers(0, 10**9))
def test_what_is_within_its_budget_is_so_as_printed(spent: int, rest: int) -> None:
    ((budget, used),) = whole_units(Page((_row("201", spent + rest, spent),)), "万元")
    assert budget is not None and used is not None and used <= budget


@given(st.lists(AMOUNT, min_size=1, max_size=40))
def test_a_total_misses_its_parts_by_half_a_unit_each_at_most(amounts: list[int]) -> None:
    parts = [half_up(fen, WAN) for fen in amounts]
    missed = abs(half_up(sum(amounts), WAN) - sum(parts))
    assert 2 * missed <= len(amounts) + 1
    assert missed * WAN <= rounding_of(len(amounts) + 1, WAN) or missed > MOST_UNITS


def test_the_bound_is_half_a_unit_a_number_and_no_more_than_ten() -> None:
    assert [rounding_of(count, WAN) for count in (2, 4, 1000)] == [WAN, 2 * WAN, MOST_UNITS * WAN]


@pytest.mark.parametrize(
    ("parts", "said"), [((4_000_000, 6_000_000), ()), ((4_600_000, 4_600_000), (f"注：{ROUNDED}。",))]
)
def test_a_table_says_where_its_sums_differ_by_rounding(
    parts: tuple[int, int], said: tuple[str, ...]
) -> None:
    total = sum(parts)
    classes = (_row("201", parts[0]), _row("202", parts[1]), _row("", total, is_total=True))
    below = (_row("201", total), _row("20101", parts[0]), _row("20102", parts[1]))
    across = (_row("", total, *parts), _row("", total, *parts, is_total=True))
    for page in (Page(classes), Page(below), Page(across, has_codes=False, addends=(1, 2))):
        assert said_of_rounding(page, "万元") == said


def test_what_is_not_known_stays_so() -> None:
    page = Page((_row("201", None, 3 * WAN), _row("", None, 3 * WAN, is_total=True)))
    assert whole_units(page, "万元") == [[None, 3], [None, 3]]
    assert said_of_rounding(page, "万元") == ()
