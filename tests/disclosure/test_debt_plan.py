"""Planned debt stands in the register beside the debt there is, under a limit of its own."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import psycopg
import pytest
from openpyxl import Workbook

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.services import ImportResult, import_book
from fisc.kernel import Coding, Entry, read_entries
from tests.disclosure.books import add_table, plan_headers, saved
from tests.papers import available

WAN = 1_000_000  # fen
CITY = "530700998"

#: name, what was, what is planned; the planned cells are D5 to D12 and D14 to D21.
ROWS = (
    ("一般债务", None, None),
    ("一、上年末地方政府一般债务余额", 100, 120),
    ("二、当年末地方政府一般债务余额限额", 150, 160),
    ("三、当年地方政府一般债务发行额", 30, 40),
    ("1.发行新增一般债券", 10, 15),
    ("2.发行再融资一般债券", 20, 25),
    ("四、当年地方政府一般债务还本额", 10, 20),
    ("五、调减未置换地方政府一般存量债务", 0, 5),
    ("六、当年末地方政府一般债务余额", 120, 145),
    ("专项债务", None, None),
    ("一、上年末地方政府专项债务余额", 200, 260),
    ("二、当年末地方政府专项债务余额限额", 300, 310),
    ("三、当年地方政府专项债务发行额", 80, 50),
    ("1.发行新增专项债券", 60, 10),
    ("2.发行再融资专项债券", 20, 40),
    ("四、当年地方政府专项债务还本额", 20, 30),
    ("五、调减未置换地方政府专项存量债务", 0, 0),
    ("六、当年末地方政府专项债务余额", 260, 280),
)


def debt_book(year: int = 2026, rows: tuple[tuple[object, ...], ...] = ROWS) -> Workbook:
    """A book with one table: the debt of the year before, and the plan of `year`."""
    book = Workbook()
    book.remove(book.active)
    title = f"{year}年丽江市政府债务限额和余额情况表"
    add_table(book, "债", title, "表一", plan_headers(year), [("", *row) for row in rows])
    return book


def owed(conn: psycopg.Connection, account: str, year: int) -> dict[str, int]:
    """What an account of the register holds in 万元, credit positive, by source ('' actual, 1 planned)."""
    rows = conn.execute(
        "select c.source_type_code, sum(m.credit_fen - m.debit_fen)::bigint from ledger.balance_month m "
        "join ledger.coding c on c.id = m.coding_id join ledger.account a on a.id = m.account_id "
        "where a.book = 'debt_register' and a.code = %s and c.fiscal_year = %s and c.mof_div_code = %s "
        "group by 1 order by 1",
        [account, year, CITY],
    ).fetchall()
    return {source: amount // WAN for source, amount in rows}


def entry_at(conn: psycopg.Connection, cell: str) -> Entry:
    row = conn.execute("select id from ledger.entry where source_ref = %s", [cell]).fetchall()
    assert len(row) == 1
    return read_entries(conn, [row[0][0]])[row[0][0]]


def said_by(entry: Entry) -> list[tuple[str, dict[str, object], int, int]]:
    """Account, filled elements of the coding block, side and amount of every line."""
    return [
        (ln.account, {k: v for k, v in asdict(ln.coding).items() if v}, ln.side, ln.amount_fen)
        for ln in entry.lines
    ]


def test_a_planned_cell_is_posted_in_full(imported: tuple[psycopg.Connection, ImportResult]) -> None:
    """表四十七: 全市 2026年预算数, 发行再融资一般债券 215,000 万元, of a limit of 1,655,791 万元."""
    conn, _ = imported
    drawn, limit = entry_at(conn, "47!C10"), entry_at(conn, "47!C7")
    key, _, revision = drawn.natural_key.partition("#")
    assert key == f"book:530700000:register_plan:{CITY}:2026:-:debt:-:一般:issued_refinancing"
    assert revision.startswith("1.1.")
    assert (drawn.region, drawn.period, str(drawn.business_date)) == (CITY, 202601, "2026-01-01")
    assert (drawn.rule_code, drawn.summary) == ("debt-02", "2026年债务预算 发行再融资一般债券")
    block = {"fiscal_year": 2026, "mof_div_code": CITY, "source_type_code": "1", "is_debt": "1"}
    assert said_by(drawn) == [
        ("debt_register:D110", block | {"debt_type_code": "一般"}, 1, 215_000 * WAN),
        (
            "debt_register:D200",
            block | {"debt_type_code": "一般", "debt_move_code": "issued_refinancing"},
            -1,
            215_000 * WAN,
        ),
    ]
    assert (limit.period, limit.rule_code) == (202600, "debt-01")
    assert said_by(limit) == [
        ("debt_register:D100", block | {"debt_type_code": "一般"}, 1, 1_655_791 * WAN),
        ("debt_register:D110", block | {"debt_type_code": "一般"}, -1, 1_655_791 * WAN),
    ]


def test_what_happened_carries_no_source(imported: tuple[psycopg.Connection, ImportResult]) -> None:
    conn, _ = imported
    drawn = entry_at(conn, "44!C10")
    assert drawn.natural_key.startswith(f"book:530700000:register:{CITY}:2025:-:debt:-:一般:issued_refinanc")
    assert drawn.period == 202512
    assert {ln.coding.source_type_code for ln in drawn.lines} == {""}


def test_the_plan_comes_to_the_balance_printed(imported: tuple[psycopg.Connection, ImportResult]) -> None:
    planned = [f for f in imported[1].identities if f.rule == "ledger.debt" and f.fiscal_year == 2026]
    said = {f.right[0].place: (f.left_fen, f.right_fen) for f in planned}
    assert said == {
        place: (round(amount * WAN), round(amount * WAN))
        for place, amount in {
            "47!C15": 1_585_224.25, "47!C25": 3_440_450, "47!G15": 639_287.36, "47!G25": 693_932,
        }.items()
    }  # fmt: skip


def test_plan_and_execution_of_a_year_stand_side_by_side(ledger: psycopg.Connection, tmp_path: Path) -> None:
    first = import_book(saved(debt_book(), tmp_path), ledger)
    assert owed(ledger, "D200", 2025) == {"": 380}
    assert owed(ledger, "D200", 2026) == {"1": 425}
    later = debt_book(2027, tuple((name, planned, planned) for name, _, planned in ROWS))
    later["债"]["C8"], later["债"]["C7"], later["债"]["C12"] = 10, 35, 140  # 15, 40 and 145 were planned
    second = import_book(saved(later, tmp_path, "next.xlsx"), ledger)
    assert second.entries_red == 0
    assert owed(ledger, "D200", 2026) == {"": 420, "1": 425}
    assert owed(ledger, "D110", 2026) == {"": 50, "1": 45}
    general = Coding(2026, mof_div_code=CITY, is_debt="1", debt_type_code="一般")
    assert available(ledger, "debt_register:D110", general) == 20 * WAN
    assert available(ledger, "debt_register:D110", replace(general, source_type_code="1")) == 15 * WAN
    again = import_book(saved(debt_book(), tmp_path), ledger)
    assert (again.entries_posted, again.entries_unchanged) == (0, first.entries_posted)


def test_a_corrected_plan_posts_only_the_difference(ledger: psycopg.Connection, tmp_path: Path) -> None:
    book = debt_book()
    first = import_book(saved(book, tmp_path), ledger)
    sheet = book["债"]
    sheet["D8"], sheet["D7"], sheet["D12"] = 17, 42, 147  # 15, 40 and 145 before
    second = import_book(saved(book, tmp_path), ledger)
    assert (second.entries_red, second.entries_posted) == (1, 2)
    assert second.entries_unchanged == first.entries_posted - 1
    assert owed(ledger, "D200", 2026) == {"1": 427}
    assert owed(ledger, "D200", 2025) == {"": 380}
    third = import_book(saved(book, tmp_path), ledger)
    assert (third.entries_posted, third.documents, third.lines) == (0, 0, 0)


def test_the_planned_limit_holds_the_plan(ledger: psycopg.Connection, tmp_path: Path) -> None:
    """The printed balance keeps to the limit, but what the rows plan to draw does not."""
    book = debt_book()
    book["债"]["D8"], book["债"]["D7"] = 31, 56
    with pytest.raises(DisclosureError, match="欠") as beyond:
        import_book(saved(book, tmp_path), ledger)
    assert beyond.value.places == ("债!D6",)
    ledger.rollback()
    assert owed(ledger, "D200", 2026) == {}
    book["债"]["D8"], book["债"]["D7"] = 30, 55
    with pytest.raises(DisclosureError, match="160 = 145") as caught:  # what is posted is not what is printed
        import_book(saved(book, tmp_path), ledger)
    assert caught.value.places == ("债!D12",)


def test_a_plan_without_a_limit_is_checked_and_told(ledger: psycopg.Connection, tmp_path: Path) -> None:
    book = debt_book()
    book["债"]["D6"] = None
    result = import_book(saved(book, tmp_path), ledger)
    told = [(f.about, f.what) for f in result.findings if f.rule_id == "plan_without_limit"]
    assert told == [("债!D5", "2026年一般债务预算没有列限额，只核对不入账")]
    assert owed(ledger, "D200", 2026) == {"1": 280}
    assert result.failed == []


@pytest.mark.parametrize(("row", "place"), [(6, "债!C5"), (15, "债!C14")])
def test_debt_without_the_row_of_its_limit_is_refused_at_its_table(
    row: int, place: str, ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = debt_book()
    book["债"].delete_rows(row)
    with pytest.raises(DisclosureError, match="工作表“债”须有限额一行") as caught:
        import_book(saved(book, tmp_path), ledger)
    assert caught.value.places == (place,)


def test_a_plan_beyond_its_printed_limit_is_refused(tmp_path: Path, ledger: psycopg.Connection) -> None:
    book = debt_book()
    book["债"]["D6"] = 144
    with pytest.raises(DisclosureError, match="限额 ≥ 余额"):
        import_book(saved(book, tmp_path), ledger)
