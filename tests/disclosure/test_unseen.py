"""What readers of a workbook do not see: heads refuse it, amounts must be proven by sums and are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule, DataBarRule, FormulaRule, Rule
from openpyxl.styles import Color, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.reader import read_book
from tests.disclosure.books import saved, small_book
from tests.disclosure.test_kinds_of_trap import Edit

WHITE, GREEN = Font(color="FFFFFFFF"), Font(color="FF00FF00")


def written(cell: str, font: Font, ground: PatternFill | None = None) -> Edit:
    def edit(book: Workbook) -> None:
        book["细"][cell].font = font
        if ground:
            book["细"][cell].fill = ground

    return edit


def veiled(rule: Rule, cells: str = "C4:D13") -> Edit:
    return lambda book: book["细"].conditional_formatting.add(cells, rule)


def filled(colour: Color) -> PatternFill:
    return PatternFill("solid", fgColor=colour)


def bars() -> Rule:
    return DataBarRule(start_type="min", end_type="max", color="FF638EC6", showValue=False)


def hidden_format() -> Rule:
    return Rule(type="expression", dxf=DifferentialStyle(numFmt=NumberFormat(numFmtId=200, formatCode=";;;")),
                formula=["$D6>0"])  # fmt: skip


def folded(book: Workbook) -> None:
    book["细"].row_dimensions.group(6, 7, outline_level=1, hidden=True)


def filtered(book: Workbook) -> None:
    book["细"].auto_filter.ref = "A3:D13"
    book["细"].auto_filter.add_filter_column(3, ["200"])
    for row in (6, 7):
        book["细"].row_dimensions[row].hidden = True


def narrow(column: str, width: float) -> Edit:
    return lambda book: setattr(book["细"].column_dimensions[column], "width", width)


HIDING: list[Edit] = [
    written("D6", Font(color=Color(theme=1, tint=0.95))),  # black made nearly white
    written("D6", Font(color=Color(theme=0, tint=-0.05))),  # white made a little grey
    written("D6", Font(color=Color(theme=4)), filled(Color(theme=4))),
    written("D6", Font(color=Color(indexed=9))),
    written("D6", Font(color="FFF2F2F2")),
    written("D6", Font(size=1)),
    veiled(FormulaRule(["$A6<>\"\""], font=WHITE)),
    veiled(CellIsRule("greaterThan", ["60"], font=WHITE)),
    veiled(CellIsRule("greaterThan", ["$F$1"], font=GREEN, fill=PatternFill(bgColor="FF00FF00"))),
    veiled(hidden_format()),
    veiled(bars()),
    folded, filtered, narrow("D", 0.4), narrow("B", 0.4),
    written("B6", WHITE),
]  # fmt: skip
IN_SIGHT: list[Edit] = [
    veiled(CellIsRule("equal", ["0"], font=WHITE)),
    veiled(CellIsRule("lessThan", ["0"], font=WHITE)),
    veiled(FormulaRule(["$A6<>\"\""], font=Font(color="FFFF0000"))),
    written("D6", Font(color=Color(theme=0)), filled(Color(theme=4, tint=-0.25))),
    written("D6", Font(color="FFBFBFBF")),
    narrow("D", 3),
]  # fmt: skip


@pytest.mark.parametrize("edit", HIDING)
def test_amounts_that_nobody_sees_must_be_proven_and_are_told(edit: Edit, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    read = read_book(saved(book, tmp_path))
    assert [finding for finding in read.findings if finding.rule_id == "hidden"]
    book["细"]["D6"] = 80
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any("隐藏" in p.rule and p.place == "细!D6" for p in caught.value.problems)


@pytest.mark.parametrize("edit", IN_SIGHT)
def test_amounts_in_sight_are_not_told_as_hidden(edit: Edit, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    assert not [found for found in read_book(saved(book, tmp_path)).findings if found.rule_id == "hidden"]


@pytest.mark.parametrize(
    ("hide", "place"),
    [
        (lambda book: setattr(book["细"].row_dimensions[1], "hidden", True), "细!B1"),
        (lambda book: setattr(book["细"].row_dimensions[2], "hidden", True), "细!D2"),
        (lambda book: setattr(book["细"].row_dimensions[3], "hidden", True), "细!D3"),
        (lambda book: setattr(book["细"].row_dimensions[3], "height", 1), "细!C3"),
        (written("D3", WHITE), "细!D3"),
        (written("B1", Font(color=Color(theme=0))), "细!B1"),
        (written("D2", Font(size=1)), "细!D2"),
        (veiled(FormulaRule(["TRUE"], font=WHITE), "D3"), "细!D3"),
    ],
)
def test_a_head_that_nobody_sees_refuses_the_book(
    hide: Callable[[Workbook], object], place: str, tmp_path: Path
) -> None:
    book = small_book()
    hide(book)
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert any(p.place == place and "看不见" in p.message for p in caught.value.problems)


def with_hidden_column(header: str, make: Callable[[int], int], *also: Edit) -> Workbook:
    """A column of its own in every table, made of the budget's, that nobody sees."""
    book = small_book()
    for page in book.worksheets:
        page["E3"] = header
        for row in range(4, page.max_row + 1):
            page.cell(row, 5, make(page.cell(row, 4).value))
        page.column_dimensions["E"].hidden = True
    for edit in also:
        edit(book)
    return book


@pytest.mark.parametrize("header", ["2026年调整预算数", "2025年预算数"])
def test_a_hidden_column_that_agrees_with_itself_alone_is_refused(header: str, tmp_path: Path) -> None:
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(with_hidden_column(header, lambda value: value * 2), tmp_path))
    assert {"收!E5", "支!E4", "细!E6"} <= set(caught.value.places)


def test_moves_in_a_hidden_adjusted_budget_of_the_same_sums_are_refused(tmp_path: Path) -> None:
    book = with_hidden_column("2026年调整预算数", lambda value: value)
    book["细"]["E6"], book["细"]["E7"] = 60, 40
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert caught.value.places == ("细!E6", "细!E7")


def test_a_hidden_adjusted_budget_that_changes_nothing_is_told(tmp_path: Path) -> None:
    read = read_book(saved(with_hidden_column("2026年调整预算数", lambda value: value), tmp_path))
    assert [finding for finding in read.findings if finding.rule_id == "hidden"]


def test_a_hidden_adjusted_budget_is_proven_by_the_change_in_sight(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        for page in book.worksheets:
            page["F3"] = "2026年调整数"
            for row in range(4, page.max_row + 1):
                page.cell(row, 6, page.cell(row, 4).value)

    book = with_hidden_column("2026年调整预算数", lambda value: value * 2, change)
    assert read_book(saved(book, tmp_path)).tables
    for page in book.worksheets:
        page.column_dimensions["F"].hidden = True
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert "细!E6" in caught.value.places
