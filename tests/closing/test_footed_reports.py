"""Tables of reports: an amount is the number that final accounts print, and sums that differ are told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.kernel.money import ROUNDED
from fisc.kernel.rounding import half_up
from fisc.report.footing import rounded, said_of_rounding
from fisc.report.model import Cell, FigureRun, Row, TextRun

WAN = 1_000_000
AMOUNT = st.integers(-(10**12), 10**13)


def _row(name: str, *fen: int, is_total: bool = False, key: str = "figure@") -> Row:
    numbers = (FigureRun(f"{amount}", key, Decimal(amount) / WAN, is_money=True) for amount in fen)
    return Row((Cell((TextRun(name),)), *(Cell((run,)) for run in numbers)), is_total)


def _said(*rows: Row, columns: int = 1) -> str:
    return said_of_rounding(rows, "万元", [False, *([True] * columns)])


@given(st.lists(st.lists(AMOUNT, min_size=2, max_size=2), min_size=1, max_size=9))
def test_every_amount_is_that_of_the_final_accounts(amounts: list[list[int]]) -> None:
    rows = (
        *(_row("款", *fen) for fen in amounts),
        _row("合计", *map(sum, zip(*amounts, strict=True)), is_total=True),
    )
    found = rounded(rows, "万元", [False, True, True])
    printed = [[int(cell.text.replace(",", "")) for cell in row.cells[1:]] for row in found]
    exact = [*amounts, [sum(one) for one in zip(*amounts, strict=True)]]
    assert printed == [[half_up(fen, WAN) for fen in row] for row in exact]


def test_a_row_of_ratios_stays_as_it_is() -> None:
    ratio = Row((Cell((TextRun("限额使用率%"),)), Cell((FigureRun("98.2", "usage@", Decimal("98.2")),))))
    rows = rounded((_row("余额", 4_600_000), ratio), "万元", [False, True])
    assert [row.cells[1].text for row in rows] == ["5", "98.2"]


def test_hundredths_of_yi_are_kept() -> None:
    run = FigureRun("1.234", "figure@", Decimal("1.235"), is_money=True)
    (row,) = rounded((Row((Cell((run,)),)),), "亿元", [True])
    assert row.cells[0].text == "1.24"


@pytest.mark.parametrize(("total", "said"), [(9_200_000, ROUNDED), (9_300_000, ""), (9_600_000, "")])
def test_sums_that_differ_by_rounding_are_told_and_no_others(total: int, said: str) -> None:
    """4.6 + 4.6 = 9.2 万元 prints as 5 + 5 = 9; what does not add up to the fen is no rounding."""
    parts = (_row("甲", 4_600_000), _row("乙", 4_600_000))
    whole = _row("合计", total, is_total=True)
    assert _said(*parts, whole) == said
    assert _said(whole, *parts) == said


def test_sums_across_are_told_too() -> None:
    assert _said(_row("甲旗", 9_200_000, 4_600_000, 4_600_000), columns=3) == ROUNDED
    assert _said(_row("甲旗", 9_200_000, 4_600_000, 4_000_000), columns=3) == ""
