"""Results of formulas are held against their parts; what is not worked out is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.reader import read_book
from tests.disclosure.books import READ, edit_parts, saved, set_cell, sheet_part, small_book

#: Working cells beside the table that formulas rest on.
BESIDE = {"F6": 60, "G6": 10, "F7": 0.5, "F8": 140, "G8": "文字"}


def with_formulas(folder: Path, **cells: tuple[str, object]) -> Path:
    """The small book with formulas in cells of its detail table, each with the result that is kept of it."""
    book = small_book()
    for cell, value in BESIDE.items():
        book["细"][cell] = value
    for cell in cells:
        book["细"][cell] = book["细"][cell].value or 0
    path = saved(book, folder)
    part = sheet_part(path, "细")
    for number, (cell, (formula, kept)) in enumerate(cells.items()):
        edit = set_cell(cell, f"<f>{formula}</f><v>{kept}</v>")
        path = edit_parts(path, folder / f"{number}.xlsx", {part: edit})
    return path


@pytest.mark.parametrize(
    "formula",
    [
        "F6+G6", "SUM(F6:G6)", "SUM(F6,G6)", "SUM($F$6:G$6)", "F6-(-G6)", "F8/2", "ROUND(F8*F7,0)",
        "ROUND(69.96,1)", "SUM(F6:G8)-SUM(F7:F8)", "+F6+ G6", "F8*50%", "SUM(F6:G6,G8)", "细!F6+'细'!G6",
        "SUM(细!F6:G6)", "140/2",
        "支!D4-SUM(D7,D8)+SUM(D7,D8)-230",
    ],
)  # fmt: skip
def test_a_result_that_its_parts_give_is_read_and_another_one_refused(formula: str, tmp_path: Path) -> None:
    read = read_book(with_formulas(tmp_path, D6=(formula, 70)), reasons=READ)
    assert not [finding for finding in read.findings if finding.rule_id == "formula"]
    with pytest.raises(DisclosureError) as caught:
        read_book(with_formulas(tmp_path, D6=(formula, 75), D7=("25", 25)), reasons=READ)
    assert [p.place for p in caught.value.problems if "应是 70" in p.message] == ["细!D6"]


def test_what_a_result_rests_on_is_looked_at_too(tmp_path: Path) -> None:
    with pytest.raises(DisclosureError) as caught:
        read_book(with_formulas(tmp_path, D6=("H6", 70), H6=("F6+I6", 70), I6=("G6*2", 10)), reasons=READ)
    assert [p.place for p in caught.value.problems] == ["细!I6"]


def test_cells_that_share_a_formula_are_each_worked_out(tmp_path: Path) -> None:
    path = with_formulas(tmp_path)
    part = sheet_part(path, "细")
    for number, (cell, formula, kept) in enumerate(
        [("C6", '<f t="shared" ref="C6:D6" si="0">E6+F6</f>', 60), ("D6", '<f t="shared" si="0"/>', 71)]
    ):
        edit = set_cell(cell, f"{formula}<v>{kept}</v>")
        path = edit_parts(path, tmp_path / f"shared{number}.xlsx", {part: edit})
    with pytest.raises(DisclosureError) as caught:
        read_book(path, reasons=READ)
    assert [p.place for p in caught.value.problems if "应是 70" in p.message] == ["细!D6"]


@pytest.mark.parametrize(
    "formula",
    ["VLOOKUP(A6,F1:G9,2,0)", "[1]表!A1", "IF(F6&gt;0,70,0)", "F6:G6", "G8+70", "SUM(F:F)", "1/0", "甲"],
)
def test_formulas_that_are_not_worked_out_are_told_with_their_cell(formula: str, tmp_path: Path) -> None:
    read = read_book(with_formulas(tmp_path, D6=(formula, 70)), reasons=READ)
    told = [finding for finding in read.findings if finding.rule_id == "formula"]
    assert [(finding.about, "没有复算" in finding.what) for finding in told] == [("细!D6", True)]
