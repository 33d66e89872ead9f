"""What rounding may come to, level by level and over all of them: no more is taken as it is printed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.services import check_only
from fisc.kernel.rounding import half_up, rounding_of, spread_of
from fisc.registry import classifications
from tests.disclosure.books import Rows, detail_book, saved

#: A class, four of its sections with two items each.
_CLASS, _SECTIONS = ("205", "教育支出"), ("20501", "20502", "20503", "20504")
_ITEMS = dict.fromkeys(_SECTIONS, ("01", "02"))
Amounts = dict[str, int]


def _name(code: str) -> str:
    known = {one.code: one.name for one in classifications.children("exp_func", code[:-2], 2026, "111")}
    return known[code]


def _rows(amounts: Amounts, total: int) -> Rows:
    """Rows by code, the same amount in each column, and the total."""
    named = [(code, _CLASS[1] if code == "205" else _name(code), n) for code, n in sorted(amounts.items())]
    return [(code, name, n, n) for code, name, n in (*named, ("", "支出合计", total))]


def _refused(amounts: Amounts, total: int, folder: Path, unit: str = "万元") -> set[str]:
    """The cells of the first column that a book of these amounts is refused at."""
    book = detail_book(_rows(amounts, total))
    book["细"]["D2"] = f"单位：{unit}"
    try:
        check_only(saved(book, folder))
    except DisclosureError as error:
        return {place for place in error.places if place.startswith("细!C")}
    return set()


def _tree(*items: int) -> Amounts:
    """A class of 800 of four sections of 200, and what is printed as their items, two of each or one."""
    per = len(items) // len(_SECTIONS)
    amounts = {"205": 800, **dict.fromkeys(_SECTIONS, 200)}
    codes = [section + item for section in _SECTIONS for item in _ITEMS[section][:per]]
    return amounts | dict(zip(codes, items, strict=True))


@pytest.mark.parametrize("unit", ["万元", "亿元"])
@pytest.mark.parametrize("items", [(201, 201, 201, 201), (201, 200, 200, 200), (200, 200, 200, 202)])
def test_one_row_alone_is_what_it_is_all_of(tmp_path: Path, unit: str, items: tuple[int, ...]) -> None:
    assert _refused(_tree(*items), 800, tmp_path, unit)
    assert not _refused(_tree(200, 200, 200, 200), 800, tmp_path, unit)


def test_a_zero_was_not_rounded_up(tmp_path: Path) -> None:
    assert _refused(_tree(201, 0, *(100,) * 6), 800, tmp_path)
    assert not _refused(_tree(199, 0, *(100,) * 6), 800, tmp_path)  # two halves, both printed down


def test_what_each_level_may_miss_does_not_add_up(tmp_path: Path) -> None:
    over = (100, 101)
    assert not _refused(_tree(*over, *(100,) * 6), 800, tmp_path)
    assert not _refused(_tree(*over * 3, 99, 100), 800, tmp_path)
    assert _refused(_tree(*over * 4), 800, tmp_path) == {"细!C4", "细!C17"}, "the class, and the total"


@pytest.mark.parametrize("seed", range(12))
def test_amounts_that_were_rounded_one_by_one_are_taken(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    exact = {
        section + item: chance.randrange(30_000_000) for section in _SECTIONS for item in _ITEMS[section]
    }
    for section in _SECTIONS:
        exact[section] = sum(fen for code, fen in exact.items() if code[:5] == section)
    total = sum(exact[section] for section in _SECTIONS)
    printed = {code: half_up(fen, 1_000_000) for code, fen in {**exact, "205": total}.items()}
    assert not _refused(printed, printed["205"], tmp_path)


def test_the_bounds_of_rounding() -> None:
    assert [rounding_of(n, 100) for n in (0, 1, 2, 3, 19, 40)] == [0, 50, 100, 150, 950, 1000]
    assert [spread_of(n, 100) for n in (0, 1, 2, 8, 1200)] == [0, 50, 100, 365, 4472]
