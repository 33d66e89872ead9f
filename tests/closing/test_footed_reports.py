"""Tables of reports: what is printed of a sum holds, and is what final accounts print."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fisc.closing.statements import model
from fisc.closing.whole_units import whole_units
from fisc.report.footing import footed
from fisc.report.model import Cell, FigureRun, Row, TextRun

WAN = 1_000_000
AMOUNT = st.integers(-(10**10), 10**13)


def _row(name: str, *fen: int, is_total: bool = False, key: str = "figure@") -> Row:
    numbers = (FigureRun(f"{amount}", key, Decimal(amount) / WAN, is_money=True) for amount in fen)
    return Row((Cell((TextRun(name),)), *(Cell((run,)) for run in numbers)), is_total)


def _printed(rows: tuple[Row, ...], columns: int = 1, unit: str = "万元") -> list[list[int]]:
    whole = footed(rows, unit, [False, *([True] * columns)])
    return [[int(cell.text.replace(",", "")) for cell in row.cells[1:]] for row in whole]


def _statutory(*rows: tuple[str, str, tuple[int, ...]], has_codes: bool = True) -> list[list[int | None]]:
    class Page:
        def __init__(self) -> None:
            self.rows = tuple(
                model.Row(code, name, tuple(map(model.Cell, fen)), name.endswith("计"))
                for code, name, fen in rows
            )
            self.has_codes = has_codes

    return whole_units(Page(), "万元")


@given(st.lists(AMOUNT, min_size=1, max_size=8), st.lists(AMOUNT, min_size=1, max_size=4))
def test_a_table_of_classes_is_that_of_the_final_accounts(taxes: list[int], fees: list[int]) -> None:
    rows = (
        _row("一、税收收入", sum(taxes), is_total=True), *(_row("税", fen) for fen in taxes),
        _row("二、非税收入", sum(fees), is_total=True), *(_row("费", fen) for fen in fees),
        _row("一般公共预算收入", sum(taxes) + sum(fees), is_total=True),
    )  # fmt: skip
    statutory = _statutory(
        ("101", "税收收入", (sum(taxes),)), *((f"101{i:02d}", "税", (fen,)) for i, fen in enumerate(taxes)),
        ("103", "非税收入", (sum(fees),)), *((f"103{i:02d}", "费", (fen,)) for i, fen in enumerate(fees)),
        ("", "收入合计", (sum(taxes) + sum(fees),)),
    )  # fmt: skip
    assert _printed(rows) == statutory


@given(st.lists(AMOUNT, min_size=2, max_size=6), st.integers(0, 10**12), AMOUNT)
def test_both_sides_of_a_balance_foot_though_they_are_equal(
    income: list[int], principal: int, own: int
) -> None:
    left = own + sum(income) - principal - own
    rows = (
        _row("本级收入", own, key="balance.general.income.own@"), *(_row("转移", fen) for fen in income),
        _row("收入总计", own + sum(income), is_total=True),
        _row("本级支出", own, key="balance.general.outlay.own@"),
        _row("债务还本支出", principal, key="balance.general.outlay.principal@"), _row("结余", left),
        _row("支出总计", own + sum(income), is_total=True),
    )  # fmt: skip
    found = [units for (units,) in _printed(rows)]
    middle = 1 + len(income)
    assert found[middle] == sum(found[:middle]) and found[-1] == sum(found[middle + 1 : -1])
    assert found[0] == found[middle + 1] and found[middle] == found[-1]


@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=9))
def test_a_table_of_two_ways_is_that_of_the_final_accounts(pairs: list[tuple[int, int]]) -> None:
    sums = (sum(a for a, _ in pairs), sum(b for _, b in pairs))
    given_rows = [(a + b, a, b) for a, b in pairs]
    rows = (*(_row("旗", *fen) for fen in given_rows), _row("合计", sum(sums), *sums, is_total=True))
    statutory = _statutory(
        *(("", "旗", fen) for fen in given_rows), ("", "合计", (sum(sums), *sums)), has_codes=False
    )
    assert _printed(rows, 3) == statutory


def test_a_row_of_ratios_stays_as_it_is() -> None:
    ratio = Row((Cell((TextRun("限额使用率%"),)), Cell((FigureRun("98.2", "usage@", Decimal("98.2")),))))
    rows = footed((_row("余额", 4_600_000), ratio), "万元", [False, True])
    assert [row.cells[1].text for row in rows] == ["5", "98.2"]


def test_what_does_not_add_up_is_not_smoothed_over() -> None:
    rows = (_row("甲", 4_600_000), _row("乙", 4_600_000), _row("合计", 9_300_000, is_total=True))
    assert _printed(rows) == [[5], [5], [9]]
    rows = (_row("甲", 4_600_000), _row("乙", 4_600_000), _row("合计", 9_200_000, is_total=True))
    assert _printed(rows) == [[5], [4], [9]]
