"""A book is held against itself: what fails, where it must be wrong, what is only told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisc.disclosure.checks import IdentityResult
from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.identities import describe
from fisc.disclosure.model import Book
from fisc.disclosure.reader import read_book
from fisc.registry import classifications
from fisc.sample import BOOK
from tests.disclosure.books import detail_book, edited_cell, saved, small_book


def test_the_real_book_holds_what_it_owes_itself(checked: tuple[Book, list[IdentityResult]]) -> None:
    _, results = checked
    broken = [found for found in results if found.refuses and found.status == "fail"]
    assert broken == []
    held = Counter(found.rule for found in results if found.status == "pass")
    assert held["balance.sides"] == 36
    assert held["tree.parent"] > 3000
    assert held["restated"] > 4000
    assert held["debt.limit"] == 24


def test_differences_of_the_real_book_are_told_with_both_sides(
    checked: tuple[Book, list[IdentityResult]],
) -> None:
    _, results = checked
    odd = {(found.rule, found.left[0].place): found for found in results if found.status != "pass"}
    assert {rule for rule, _ in odd} == {"tree.parent", "insurance.rollforward"}
    unlisted = odd[("tree.parent", "04!C951")]
    assert unlisted.status == "declared"
    assert unlisted.difference_fen == 418 * 10**6
    rolled = odd[("insurance.rollforward", "40!C7")]
    assert (rolled.left_fen, rolled.right_fen) == (113_218 * 10**6, 112_794 * 10**6)
    assert "424" in describe(rolled)


def test_written_down_debt_enters_with_a_plus(checked: tuple[Book, list[IdentityResult]]) -> None:
    """The published figures satisfy closing = opening + issued - repaid + 五, not - 五."""
    _, results = checked
    rolls = [found for found in results if found.rule == "debt.rollforward"]
    assert len(rolls) == 24
    assert all(found.difference_fen == 0 for found in rolls)


@pytest.mark.parametrize("place", ["20-1 !C5", "21!C6", "48!N7", "45!B24", "25!C10", "37!C9"])
def test_figures_that_other_tables_state_again_are_compared(
    checked: tuple[Book, list[IdentityResult]], place: str
) -> None:
    assert any(place in found.places for found in checked[1] if found.rule == "restated")


def test_both_sides_of_a_budget_must_be_equal(tmp_path: Path) -> None:
    book = small_book()
    for cell in ("D9", "D13"):  # the total and one of its rows, so that the table itself adds up
        book["收"][cell] = book["收"][cell].value + 5
    book["收"]["D12"] = book["收"]["D12"].value + 5
    book["收"]["D10"] = book["收"]["D10"].value + 5
    book["收"]["D9"] = book["收"]["D9"].value - 5
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any("收入合计 = 支出合计" in p.message for p in caught.value.problems)


def test_one_displayed_unit_is_tolerated_and_two_are_not(tmp_path: Path) -> None:
    book = small_book()
    book["细"]["D6"] = 71
    assert read_book(saved(book, tmp_path))
    book["细"]["D6"] = 72
    with pytest.raises(DisclosureError):
        read_book(saved(book, tmp_path))


def test_a_figure_stated_twice_differently_refuses_the_book(tmp_path: Path) -> None:
    path = edited_cell(BOOK, tmp_path / "r.xlsx", "21", "C9", "<v>59</v>")  # 54 in 表二
    with pytest.raises(DisclosureError):
        read_book(path)
    book = small_book()
    for cell in ("D4", "D6", "D5"):  # 教育 in the detail table, all the way down
        book["细"][cell] = book["细"][cell].value + 3
    book["细"]["D13"] = book["细"]["D13"].value + 3
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert set(caught.value.places) == {"细!D4", "细!D13"}
    assert all("支!" in problem.message for problem in caught.value.problems)


def test_limit_below_balance_is_refused(tmp_path: Path) -> None:
    path = edited_cell(BOOK, tmp_path / "l.xlsx", "44", "C18", "<v>3000000</v>")
    with pytest.raises(DisclosureError) as caught:
        read_book(path)
    assert "44!C18" in caught.value.places


CLASSES = ["205", "207", "208", "210", "211", "212", "213"]
Tree = list[tuple[str, str, list[tuple[str, str, list[tuple[str, str, int]]]]]]


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Classes, sections and items with amounts, by codes in force in 2025 and 2026."""
    made: Tree = []
    for code in draw(st.lists(st.sampled_from(CLASSES), min_size=2, max_size=4, unique=True)):
        head = classifications.lookup("exp_func", code, 2026, "111")
        assert head is not None
        sections = [s for s in classifications.children("exp_func", code, 2026, "111") if _items(s.code)]
        chosen = draw(st.lists(st.sampled_from(sections), min_size=2, max_size=3, unique_by=lambda s: s.code))
        body = []
        for section in chosen:
            items = draw(
                st.lists(
                    st.sampled_from(_items(section.code)), min_size=1, max_size=3, unique_by=lambda i: i.code
                )
            )
            amounts = [(i.code, i.name, draw(st.integers(1, 10_000))) for i in items]
            body.append((section.code, section.name, amounts))
        made.append((code, head.name, body))
    return made


def _items(section: str) -> list[classifications.Row]:
    found = classifications.children("exp_func", section, 2026, "111")
    return [row for row in found if classifications.lookup("exp_func", row.code, 2025, "111")]


def _rows(tree: Tree) -> list[list[object]]:
    rows: list[list[object]] = []
    total = 0
    for code, name, sections in tree:
        amount = sum(item[2] for section in sections for item in section[2])
        total += amount
        rows.append([code, name, amount, amount])
        for section, section_name, items in sections:
            below = sum(item[2] for item in items)
            rows.append([section, "   " + section_name, below, below])
            rows += [[item, "     " + item_name, value, value] for item, item_name, value in items]
    return [*rows, ["", "支出合计", total, total]]


def _refused_places(rows: list[list[object]]) -> tuple[str, ...]:
    with TemporaryDirectory() as folder, pytest.raises(DisclosureError) as caught:
        read_book(saved(detail_book(rows), Path(folder)))
    return caught.value.places


@settings(max_examples=25)
@given(trees(), st.data())
def test_exactly_the_cell_without_a_number_is_named(tree: Tree, data: st.DataObject) -> None:
    rows = _rows(tree)
    index = data.draw(st.integers(0, len(rows) - 1))
    rows[index][2 + (column := data.draw(st.integers(0, 1)))] = "待定"
    place = f"细!{'CD'[column]}{index + 4}"
    named = _refused_places(rows)
    assert named[0] == place
    others = [p for p in named[1:] if p != place]
    assert others == []


@settings(max_examples=25)
@given(trees(), st.data())
def test_exactly_the_wrong_sum_is_named(tree: Tree, data: st.DataObject) -> None:
    """A class or a section with another amount, beyond what rounding comes to, breaks two sums; only it is
    in both."""
    rows = _rows(tree)
    inner = [i for i, row in enumerate(rows) if len(str(row[0])) in (3, 5)]
    index = data.draw(st.sampled_from(inner))
    rows[index][3] = int(str(rows[index][3])) + data.draw(st.integers(3, 500))
    assert _refused_places(rows) == (f"细!D{index + 4}",)


@settings(max_examples=25)
@given(trees(), st.data())
def test_a_wrong_item_is_named_among_its_siblings_only(tree: Tree, data: st.DataObject) -> None:
    rows = _rows(tree)
    items = [i for i, row in enumerate(rows) if len(str(row[0])) == 7]
    index = data.draw(st.sampled_from(items))
    rows[index][3] = int(str(rows[index][3])) + data.draw(st.integers(3, 500))
    siblings = {f"细!D{i + 4}" for i in items if str(rows[i][0])[:5] == str(rows[index][0])[:5]}
    named = set(_refused_places(rows))
    assert f"细!D{index + 4}" in named
    assert named <= siblings


#: A class and the two sections of which it is the sum, in units; its amounts are read as they stand.
_ROUNDED_ROWS = (["205", "教育支出", 10, 10], ["20501", "教育管理事务", 4, 4], ["20502", "普通教育", 6, 6])


def _missed(missed: float, parts: float = 0) -> list[list[object]]:
    """A class whose sections miss it by `missed`, all of them `parts` above whole units."""
    head, *below = (list(row) for row in _ROUNDED_ROWS)
    head[3] = 10 + 2 * parts + missed
    for row in below:
        row[3] = float(str(row[3])) + parts if parts else row[3]
    return [head, *below, ["", "支出合计", 10, head[3]]]


@pytest.mark.parametrize(
    ("rows", "is_read"),
    [
        (_missed(1), True),
        (_missed(2), False),
        (_missed(0, parts=0.4), True),
        (_missed(1, parts=0.4), False),
    ],
    ids=["half-a-unit-each", "more", "to-the-digit", "fractions-tell-more"],
)
def test_whole_numbers_miss_their_sum_by_half_a_unit_each(
    rows: list[list[object]], is_read: bool, tmp_path: Path
) -> None:
    path = saved(detail_book(rows), tmp_path)
    if is_read:
        read_book(path)
    else:
        with pytest.raises(DisclosureError):
            read_book(path)


@pytest.mark.parametrize(("shared", "is_read"), [(15, True), (25, False)])
def test_shared_mandates_are_part_of_general_transfers(shared: int, is_read: bool, tmp_path: Path) -> None:
    book = small_book()
    page = book.create_sheet("转")
    rows = [
        ("2025年丽江市分地区税收返还和转移支付决算表",), ("表八", None, None, None, None, "单位：万元"),
        ("地区", "合计", "税收返还", "一般性转移支付", "其中：共同财政事权转移支付", "专项转移支付"),
        ("古城区", 30, 5, 20, shared, 5), ("合计", 30, 5, 20, shared, 5),
    ]  # fmt: skip
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            page.cell(row, column, value)
    path = saved(book, tmp_path)
    if is_read:
        matrix = next(table for table in read_book(path).tables if table.kind == "general.transfer_matrix")
        assert [column.measure for column in matrix.columns] == [
            "total", "return", "general", "of_general", "special",
        ]  # fmt: skip
    else:
        with pytest.raises(DisclosureError) as caught:
            read_book(path)
        assert set(caught.value.places) & {"转!D4", "转!E4"}
