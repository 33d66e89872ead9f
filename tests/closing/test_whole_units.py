"""Amounts of published tables in whole 万元: every printed sum holds, nothing strays."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from fisc.closing.statements.model import Cell, Row
from fisc.closing.whole_units import whole_units
from fisc.kernel.rounding import allotted_units

WAN = 1_000_000
AMOUNT = st.integers(-(10**12), 10**14)


@dataclass(frozen=True)
class Page:
    rows: tuple[Row, ...]
    has_codes: bool = True


@st.composite
def trees(draw: st.DrawFn) -> Page:
    """Classes of sections of items, a subtotal after some classes, a grand total at the end."""
    rows: list[Row] = []
    total, subtotal_after = 0, draw(st.integers(0, 4))
    count = draw(st.integers(1, 5))
    for klass in range(count):
        sections = []
        for section in range(draw(st.integers(0, 3))):
            items = draw(st.lists(AMOUNT, max_size=3))
            rows_of = [_row(f"2{klass:02d}{section:02d}{i:02d}", fen) for i, fen in enumerate(items)]
            fen = sum(items) if items else draw(AMOUNT)
            sections.append((_row(f"2{klass:02d}{section:02d}", fen), rows_of))
        fen = sum(row.cells[0].amount for row, _ in sections) if sections else draw(AMOUNT)
        rows.append(_row(f"2{klass:02d}", fen))
        rows += [row for head, below in sections for row in (head, *below)]
        total += fen
        if klass == subtotal_after and klass < count - 1:
            rows.append(Row("", "本年支出合计", (Cell(total),), True))
    return Page((*rows, Row("", "支出总计", (Cell(total),), True)))


def _row(code: str, fen: int) -> Row:
    return Row(code, code, (Cell(fen),))


@given(trees())
def test_every_printed_sum_holds_and_no_amount_strays(page: Page) -> None:
    whole = {
        row.code or row.name: units[0]
        for row, units in zip(page.rows, whole_units(page, "万元"), strict=True)
    }
    exact = {row.code or row.name: row.cells[0].amount for row in page.rows}
    for name, units in whole.items():
        assert units is not None and abs(units * WAN - exact[name]) < 2 * WAN
    codes = [row.code for row in page.rows if row.code]
    for head in codes:
        below = [code for code in codes if code.startswith(head) and len(code) == len(head) + 2]
        assert not below or whole[head] == sum(whole[code] or 0 for code in below)
    assert whole["支出总计"] == sum(whole[code] or 0 for code in codes if len(code) == 3)
    for total in ("支出总计", "本年支出合计"):
        if total in whole:
            assert whole[total] == (exact[total] + WAN // 2) // WAN  # totals are rounded half up


@given(st.lists(AMOUNT, min_size=1, max_size=20), st.integers(-1, 1))
def test_parts_come_to_what_they_add_up_to(amounts: list[int], more: int) -> None:
    target = (sum(amounts) + WAN // 2) // WAN + more
    shares = allotted_units(amounts, target, WAN)
    assert sum(shares) == target
    assert all(abs(share * WAN - amount) < 2 * WAN for share, amount in zip(shares, amounts, strict=True))


@given(st.lists(st.tuples(AMOUNT, AMOUNT), min_size=1, max_size=9))
def test_a_table_of_two_ways_foots_both_ways(pairs: list[tuple[int, int]]) -> None:
    rows = [Row("", str(i), (Cell(a + b), Cell(a), Cell(b))) for i, (a, b) in enumerate(pairs)]
    sums = (sum(a for a, _ in pairs), sum(b for _, b in pairs))
    page = Page((*rows, Row("", "合计", (Cell(sum(sums)), *map(Cell, sums)), True)), has_codes=False)
    *parts, total = whole_units(page, "万元")
    assert all(row[0] == (row[1] or 0) + (row[2] or 0) for row in (*parts, total))
    for column in range(3):
        assert total[column] == sum(row[column] or 0 for row in parts)
    for units, (a, b) in zip(parts, pairs, strict=True):
        for unit, exact in zip(units, (a + b, a, b), strict=True):
            assert abs((unit or 0) * WAN - exact) < 3 * WAN


def test_what_is_not_known_stays_so() -> None:
    page = Page(
        (Row("201", "甲", (Cell(None), Cell(3 * WAN))), Row("", "合计", (Cell(None), Cell(3 * WAN)), True))
    )
    assert whole_units(page, "万元") == [[None, 3], [None, 3]]
