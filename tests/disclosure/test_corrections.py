"""A correction takes back what the new book no longer says: ten ways in which a book is corrected."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from openpyxl import Workbook

from fisc.disclosure.services import import_book
from fisc.kernel import verify
from tests.disclosure.books import saved, small_book
from tests.disclosure.test_import import net
from tests.disclosure.test_kinds_of_trap import OWN, WHOLE, Edit
from tests.disclosure.test_nine_kinds import both
from tests.disclosure.test_refusals import put


def of_own_level(book: Workbook) -> None:
    for sheet in book.worksheets:
        sheet["B1"] = str(sheet["B1"].value).replace("丽江市", "丽江市本级")
    book["收"]["B9"], book["支"]["B6"] = "市级收入合计", "市级支出合计"


def in_unit(unit: str) -> Edit:
    def edit(book: Workbook) -> None:
        for sheet in book.worksheets:
            sheet["D2"] = f"单位：{unit}"

    return edit


def without(*sheets: str) -> Edit:
    def edit(book: Workbook) -> None:
        for sheet in sheets:
            del book[sheet]

    return edit


#: What stands of the budget of 2026 after the small book: quotas by code.
STOOD = {"2050101": 70, "2050102": 30, "2050201": 200, "2110301": 110, "%": 410}
CASES: list[tuple[Edit, str, dict[str, int]]] = [
    (both(put("细", "D6", 64), put("细", "D7", 36)), WHOLE, STOOD | {"2050101": 64, "2050102": 36}),
    (both(put("细", "D6", 100), put("细", "D7", None)), WHOLE, STOOD | {"2050101": 100, "2050102": 0}),
    (both(put("细", "D6", 100), put("细", "D7", 0)), WHOLE, STOOD | {"2050101": 100, "2050102": 0}),
    (both(put("细", "A7", "2050199"), put("细", "B7", "其他教育管理事务支出")), WHOLE,
     STOOD | {"2050102": 0, "2050199": 30}),
    (both(put("细", "D6", 100), lambda book: book["细"].delete_rows(7)), WHOLE,
     STOOD | {"2050101": 100, "2050102": 0}),
    (without("细"), WHOLE, {"2050101": 0, "2110301": 0, "205": 300, "211": 110, "%": 410}),
    (both(put("支", "D5", 90), put("支", "D6", 390), put("支", "D9", 26),
          *(put("细", f"D{row}", 90) for row in (10, 11, 12)), put("细", "D13", 390)), WHOLE,
     STOOD | {"2110301": 90, "%": 390}),
    (of_own_level, OWN, STOOD),
    (of_own_level, WHOLE, dict.fromkeys(STOOD, 0)),
    (in_unit("千元"), WHOLE, {"2050101": 7, "2050102": 3, "%": 41}),
    (without("支", "细"), WHOLE, dict.fromkeys(STOOD, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "region", "stands"), CASES)
def test_what_the_corrected_book_no_longer_says_is_taken_back(
    edit: Edit, region: str, stands: dict[str, int], ledger: psycopg.Connection, tmp_path: Path
) -> None:
    import_book(saved(small_book(), tmp_path, "first.xlsx"), ledger, prove=False)
    assert {code: net(ledger, "quota:9201", WHOLE, 2026, code=code) for code in STOOD} == STOOD
    book = small_book()
    edit(book)
    import_book(saved(book, tmp_path, "corrected.xlsx"), ledger, prove=False, gone="retract")
    assert {code: net(ledger, "quota:9201", region, 2026, code=code) for code in stands} == stands
    ledger.commit()
    assert verify(ledger).ok
