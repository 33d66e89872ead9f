"""Rows of one sort below one insurance scheme: several of their own, or one figure said twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.facts import facts_of
from fisc.disclosure.reader import read_book
from fisc.disclosure.rules import event_of
from tests.disclosure.books import add_table, plan_headers, saved

WAN = 1_000_000  # fen
TITLE = "2026年丽江市社会保险基金预算支出情况表"


def scheme(first: str, second: str, *amounts: tuple[int, int], below_total: bool = False) -> Workbook:
    """A table of one scheme of 80 and 90 with two rows below it, and again below the total if asked for."""
    book = Workbook()
    book.remove(book.active)
    parts = [("", f"    其中：{first}", *amounts[0]), ("", f"          {second}", *amounts[1])]
    rows = [("", "一、失业保险基金支出", 80, 90), *parts, ("", "本年支出合计", 80, 90)]
    add_table(book, "社", TITLE, "表一", plan_headers(2026), rows + parts * below_total)["A3"] = None
    return book


@pytest.mark.parametrize("below_total", [False, True])
def test_two_kinds_of_benefits_that_make_up_a_scheme_are_both_benefits(
    below_total: bool, tmp_path: Path
) -> None:
    book = scheme("失业保险金待遇支出", "丧葬抚恤待遇支出", (60, 70), (20, 20), below_total=below_total)
    facts = [fact for fact in facts_of(read_book(saved(book, tmp_path))) if fact.stage == "execution"]
    assert [(fact.line.cell, fact.amount_fen // WAN) for fact in facts] == [("C5", 60), ("C6", 20)]
    assert {event_of(fact)[0] for fact in facts} == {"insurance_benefit_paid"}
    assert len({fact.key for fact in facts}) == len(facts)


@pytest.mark.parametrize(
    "book",
    [
        scheme("失业保险金待遇支出", "丧葬抚恤待遇支出", (50, 60), (20, 20)),  # one may be part of the other
        scheme("失业保险金待遇支出", "丧葬抚恤待遇支出", (60, 60), (20, 20)),  # in one of the years
        scheme("待遇支出", "待遇支出", (60, 70), (20, 20)),
    ],
)
def test_two_rows_that_may_be_one_are_refused_with_both_cells(book: Workbook, tmp_path: Path) -> None:
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert {"社!C6", "社!D6"} == set(caught.value.places)
    assert all("社!C5" in p.message or "社!D5" in p.message for p in caught.value.problems)
    assert all("等于该险种的合计" in p.message for p in caught.value.problems)
