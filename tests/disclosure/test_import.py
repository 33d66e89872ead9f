"""A published book in the ledger: all of it or nothing, once, and corrected in red and blue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from openpyxl import load_workbook

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.imported import list_imports, list_remarks
from fisc.disclosure.services import ImportResult, as_dict, import_book
from fisc.kernel.simulation import NOTICE, mark_simulated
from fisc.registry.errors import MissingDuty
from fisc.registry.officers import Officer, define_officers
from tests.disclosure.books import (
    INCOME_ROWS,
    OUTLAY_ROWS,
    Rows,
    add_table,
    execution_headers,
    saved,
    small_book,
)

WAN = 1_000_000  # fen
Imported = tuple[psycopg.Connection, ImportResult]

NET = """select coalesce(sum(m.credit_fen - m.debit_fen), 0)::bigint from ledger.balance_month m
    join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id
    where a.book || ':' || a.code like %s and c.mof_div_code = %s and c.fiscal_year = %s
      and c.fund_type_code = %s and c.exp_func_code || c.rev_func_code like %s and m.period %% 100 <= %s"""


def net(
    conn: psycopg.Connection,
    account: str,
    region: str,
    year: int,
    fund: str = "111",
    code: str = "%",
    month: int = 13,
) -> int:
    """What the postings of an account add up to in 万元, credit positive."""
    row = conn.execute(NET, [account, region, year, fund, code, month]).fetchone()
    assert row is not None and row[0] % WAN == 0
    return int(row[0]) // WAN


def counts(conn: psycopg.Connection) -> list[int]:
    """Rows in every table that an import writes."""
    tables = ("ledger.document", "ledger.entry", "ledger.posting", "disclosure_line")
    return [conn.execute(f"select count(*) from {t}".encode()).fetchone()[0] for t in tables]  # type: ignore[index]


def test_the_sample_is_posted_and_proven(imported: Imported) -> None:
    conn, result = imported
    documents, entries, _, lines = counts(conn)
    assert (documents, entries, lines) == (result.documents, result.entries_posted, result.lines)
    assert entries > 4500
    assert lines == sum(1 for _ in result.book.lines)
    assert result.verified is not None and result.verified.ok
    assert sum(result.seconds.values()) > 0


def test_the_ledger_adds_up_to_what_the_book_says_is_left(imported: Imported) -> None:
    _, result = imported
    held = [found for found in result.identities if found.rule.startswith("ledger.")]
    assert {found.rule for found in held} == {
        "ledger.carryover", "ledger.sources", "ledger.insurance", "ledger.debt", "ledger.lists",
    }  # fmt: skip
    assert len(held) == 49
    assert [found for found in held if found.status != "pass"] == []
    assert any(found.left_fen == found.right_fen == 45_807 * WAN for found in held)


@pytest.mark.parametrize(
    ("account", "region", "year", "fund", "code", "amount"),
    [
        ("treasury_2022_budget:6001", "530700998", 2025, "111", "%", 567_755),
        ("treasury_2022_budget:6001", "530700998", 2024, "111", "101%", 250_422),
        ("treasury_2022_financial:4001", "530700998", 2025, "111", "%", 288_755),
        ("treasury_2022_budget:7001", "530700000", 2025, "111", "%", -499_910),
        ("treasury_2022_financial:5008", "530700998", 2025, "111", "205%", -272_444),
        ("treasury_2022_budget:7002", "530700998", 2025, "121", "%", -340_531),
        ("treasury_2022_budget:6003", "530700000", 2024, "13", "%", 5_000),
        ("social_insurance:5001", "530700998", 2025, "14", "%", -328_869),
        ("quota:9201", "530700998", 2026, "111", "%", 1_789_680),
        ("quota:9101", "530700000", 2026, "111", "%", -248_912),
        ("quota:9200", "530702000", 2026, "111", "%", 70_188),
    ],
)
def test_printed_totals_are_found_in_the_ledger(
    imported: Imported, account: str, region: str, year: int, fund: str, code: str, amount: int
) -> None:
    assert net(imported[0], account, region, year, fund, code) == amount


def test_adjustments_are_posted_as_the_difference(imported: Imported) -> None:
    """公共安全 of the city level was 18,644 and became 18,597; a cut takes back the first quota."""
    conn, _ = imported
    assert net(conn, "quota:9201", "530700000", 2025, code="204%", month=1) == 18_644
    assert net(conn, "quota:9201", "530700000", 2025, code="204%") == 18_597
    row = conn.execute(
        "select e.source_ref from ledger.entry e "
        "where e.natural_key like '%%:change:530700000:2025:111:outlay:204%%'"
    ).fetchone()
    assert row is not None and row[0].startswith("04!E") and "-04!D" in row[0]


def test_every_entry_cites_its_rule_and_its_cell(imported: Imported) -> None:
    conn, _ = imported
    row = conn.execute(
        "select count(*) from ledger.entry "
        "where rule_code = '' or source_ref not like '%%!%%' or document_id is null"
    ).fetchone()
    assert row == (0,)


def test_a_line_leads_to_its_entry_and_back(imported: Imported) -> None:
    conn, _ = imported
    rows = conn.execute(
        "select e.source_ref, l.amount_fen, max(abs(p.amount_fen)) from disclosure_line l "
        "join ledger.entry e on split_part(e.natural_key, '#', 1) = l.fact_key "
        "join ledger.posting p on p.entry_id = e.id "
        "where l.sheet = '02' and l.cell = 'E7' group by 1, 2"
    ).fetchall()
    assert rows == [("02!E7", 4_990 * WAN, 4_990 * WAN)]


def test_the_same_file_again_changes_nothing(ledger: psycopg.Connection, tmp_path: Path) -> None:
    path = saved(small_book(), tmp_path)
    first = import_book(path, ledger)
    before = counts(ledger)
    second = import_book(path, ledger)
    assert counts(ledger) == before
    assert (second.entries_posted, second.documents, second.lines) == (0, 0, 0)
    assert second.entries_unchanged == first.entries_posted > 0


def test_a_bureau_takes_a_book_by_who_keeps_its_books(ledger: psycopg.Connection, tmp_path: Path) -> None:
    """A database with officers is a bureau's: nobody posts in it unnamed."""
    path = saved(small_book(), tmp_path)
    for code, region, duty in (
        ("keeper", "530700000", "books_keep"), ("clerk", "530700000", "unit_make"),
        ("other", "150600000", "books_keep"),
    ):  # fmt: skip
        define_officers(ledger, [Officer(code, code, region, frozenset({duty}))])
    before = counts(ledger)
    for by in ("", "nobody", "clerk", "other"):
        with pytest.raises(MissingDuty, match="530700000"):
            import_book(path, ledger, by=by)
    assert counts(ledger) == before
    assert import_book(path, ledger, by="keeper").entries_posted > 0
    told = ledger.execute("select distinct payload ->> 'officer' from ledger.document").fetchall()
    assert told == [("keeper",)]


def test_a_correction_posts_red_and_blue_and_the_past_still_answers(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    first = import_book(saved(book, tmp_path), ledger)
    known_at = ledger.execute("select clock_timestamp()").fetchone()
    assert known_at is not None
    book["细"]["D6"], book["细"]["D7"] = 64, 36  # 70 and 30 before
    second = import_book(saved(book, tmp_path), ledger)
    assert (second.entries_red, second.entries_posted) == (2, 4)
    assert second.entries_unchanged == first.entries_posted - 2
    assert net(ledger, "quota:9201", "530700998", 2026, code="2050101") == 64
    assert _as_of(ledger, known_at[0], "2050101") == 70


@pytest.mark.parametrize("where", ["cell", "hidden sheet", "page head"])
def test_a_workbook_of_a_simulated_ledger_is_taken_by_simulated_ledgers_alone(
    ledger: psycopg.Connection, tmp_path: Path, where: str
) -> None:
    book = small_book()
    if where == "cell":
        book["支"]["B2"] = NOTICE
    elif where == "page head":
        book["支"].oddHeader.center.text = NOTICE
    else:
        book.create_sheet("封面")["A1"] = f"（{NOTICE}）"
        book["封面"].sheet_state = "hidden"
    path, before = saved(book, tmp_path), counts(ledger)
    with pytest.raises(DisclosureError, match="模拟数据") as caught:
        import_book(path, ledger)
    assert caught.value.places == ({"cell": "支!B2", "hidden sheet": "封面!A1", "page head": "支"}[where],)
    assert counts(ledger) == before
    mark_simulated(ledger, "试城", datetime(2026, 1, 1, tzinfo=UTC))
    taken = import_book(path, ledger)
    assert taken.entries_posted > 0
    assert any(finding.rule_id == "simulated" for finding in taken.findings)


def test_a_file_that_was_corrected_since_does_not_bring_old_numbers_back(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    import_book(saved(book, tmp_path, "first.xlsx"), ledger)
    book["细"]["D6"], book["细"]["D7"] = 64, 36
    import_book(saved(book, tmp_path, "corrected.xlsx"), ledger)
    before, old = counts(ledger), saved(small_book(), tmp_path, "renamed.xlsx")
    with pytest.raises(DisclosureError, match=r"“corrected\.xlsx”更正；再入账有 2 笔变回旧数") as caught:
        import_book(old, ledger)
    assert "--restore" in caught.value.hint
    assert counts(ledger) == before
    again = import_book(old, ledger, restore="更正有误")
    assert any(f.rule_id == "restored" and "更正有误" in f.what for f in again.findings)
    assert (again.entries_red, again.entries_posted) == (2, 4)
    assert net(ledger, "quota:9201", "530700998", 2026, code="2050101") == 70


def test_a_row_that_only_the_correction_has_is_not_taken_back_by_the_earlier_file(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    book["细"]["D6"], book["细"]["D7"] = 100, 0
    early = saved(book, tmp_path, "first.xlsx")
    import_book(early, ledger)
    book["细"]["D6"], book["细"]["D7"] = 70, 30
    import_book(saved(book, tmp_path, "corrected.xlsx"), ledger)
    with pytest.raises(DisclosureError, match="变回旧数"):
        import_book(early, ledger)
    assert net(ledger, "quota:9201", "530700998", 2026, code="2050102") == 30


def test_an_older_edition_does_not_change_what_a_newer_one_says(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book, late = small_book(), _execution_book(tmp_path)
    import_book(late, ledger)
    old = saved(book, tmp_path, "old.xlsx")
    before = counts(ledger)
    with pytest.raises(DisclosureError, match=r"另一年度的预算文本“next\.xlsx”"):
        import_book(old, ledger, gone="keep")
    assert counts(ledger) == before
    assert import_book(old, ledger, gone="keep", restore="补录漏报的表").entries_posted > 0


def _as_of(conn: psycopg.Connection, moment: datetime, code: str) -> int:
    row = conn.execute(
        "select -sum(p.amount_fen)::bigint from ledger.posting p join ledger.entry e on e.id = p.entry_id "
        "join ledger.account a on a.id = p.account_id join ledger.coding c on c.id = p.coding_id "
        "where a.code = '9201' and c.exp_func_code = %s and e.posted_at <= %s",
        [code, moment],
    ).fetchone()
    assert row is not None
    return int(row[0]) // WAN


_REGISTER = (
    "city, fact_key, fact_group, revision, stage_rank, signature, entry_id, is_standing from disclosure_fact"
)


def test_what_stands_is_a_fact_of_its_own(ledger: psycopg.Connection, tmp_path: Path) -> None:
    """A corrected figure has two revisions, of which the last stands: the entry that no red one reverses."""
    book = small_book()
    import_book(saved(book, tmp_path), ledger)
    book["细"]["D6"], book["细"]["D7"] = 64, 36
    import_book(saved(book, tmp_path), ledger)
    twice = ledger.execute(
        "select f.revision, f.is_standing, red.id is null from disclosure_fact f "
        "left join ledger.entry red on red.reverses_id = f.entry_id "
        "where f.fact_key in (select fact_key from disclosure_fact where revision = 2) "
        "order by f.fact_key, f.revision"
    ).fetchall()
    assert twice == [(1, False, False), (2, True, True)] * 2


def test_an_upgrade_learns_what_stands_from_the_keys_of_earlier_imports(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    import_book(saved(book, tmp_path), ledger)
    book["细"]["D6"], book["细"]["D7"] = 100, 0
    import_book(saved(book, tmp_path), ledger)
    migration = import_module("fisc.disclosure.migrations.0002_posted_facts")
    found = [tuple(fact.values()) for fact in migration.facts_in_keys(ledger)]
    assert found == ledger.execute(f"select {_REGISTER} order by entry_id".encode()).fetchall()
    assert {row[-1] for row in found} == {True, False}


def test_a_row_that_is_gone_is_taken_back(ledger: psycopg.Connection, tmp_path: Path) -> None:
    book = small_book()
    import_book(saved(book, tmp_path), ledger)
    book["细"]["D6"], book["细"]["D7"] = 100, 0
    result = import_book(saved(book, tmp_path), ledger)
    assert (result.entries_red, result.entries_posted) == (2, 3)
    assert net(ledger, "quota:9201", "530700998", 2026, code="2050102") == 0


def _with_fund_tables(folder: Path) -> Path:
    """The small book, and the income and outlay of its government funds."""
    book = small_book()
    add_table(book, "金收", "2026年丽江市政府性基金预算收入情况表", "表三", ["2025年执行数", "2026年预算数"],
              [("1030148", "国有土地使用权出让收入", 90, 80), ("", "收入合计", 90, 80)])  # fmt: skip
    add_table(book, "金支", "2026年丽江市政府性基金预算支出情况表", "表四", ["2025年执行数", "2026年预算数"],
              [("212", "城乡社区支出", 90, 80), ("21208", "   国有土地使用权出让收入安排的支出", 90, 80),
               ("", "支出合计", 90, 80)])  # fmt: skip
    return saved(book, folder, "with_funds.xlsx")


def test_tables_that_a_correction_lacks_are_asked_about_then_taken_back_or_kept(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    import_book(_with_fund_tables(tmp_path), ledger)
    assert net(ledger, "quota:9201", "530700998", 2026, "121") == 80
    lacking, before = saved(small_book(), tmp_path), counts(ledger)
    with pytest.raises(DisclosureError, match="2026年预算支出（资金 121）已入账 1 笔") as caught:
        import_book(lacking, ledger)
    assert "--gone retract" in caught.value.hint
    assert counts(ledger) == before
    kept = import_book(lacking, ledger, gone="keep")
    assert (kept.entries_posted, kept.entries_red) == (0, 0)
    taken = import_book(lacking, ledger, gone="retract")
    assert taken.entries_red == 4
    assert net(ledger, "quota:9201", "530700998", 2026, "121") == 0
    assert net(ledger, "quota:9200", "530700998", 2026, "121") == 0
    assert sum(finding.rule_id == "gone" for finding in taken.findings) == 4
    assert import_book(lacking, ledger).entries_posted == 0


def test_a_table_that_a_correction_empties_is_taken_back_without_a_word(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    path = _with_fund_tables(tmp_path)
    import_book(path, ledger)
    book = load_workbook(path)
    for sheet in ("金收", "金支"):
        for row in book[sheet].iter_rows(min_row=4, min_col=3, max_col=4):
            for cell in row:
                cell.value = 0
    assert import_book(saved(book, tmp_path), ledger).entries_red == 4
    assert net(ledger, "quota:9201", "530700998", 2026, "121") == 0


def test_renamed_sheets_post_nothing_new(ledger: psycopg.Connection, tmp_path: Path) -> None:
    book = small_book()
    import_book(saved(book, tmp_path), ledger)
    before = counts(ledger)
    book["细"].title = "表二"
    book.move_sheet("表二", -2)
    import_book(saved(book, tmp_path), ledger)
    assert counts(ledger) == before


def test_a_refused_book_posts_nothing(ledger: psycopg.Connection, tmp_path: Path) -> None:
    book = small_book()
    book["细"]["D6"] = "七十"
    with pytest.raises(DisclosureError):
        import_book(saved(book, tmp_path), ledger)
    assert counts(ledger) == [0, 0, 0, 0]


_KILLED = """
import os, signal, sys, psycopg
from fisc.disclosure.services import import_book

def tell(what, done, total):
    if what == "记账" and done:
        os.kill(os.getpid(), signal.SIGKILL)

with psycopg.connect(sys.argv[2]) as conn:
    import_book(sys.argv[1], conn, tell)
"""


def test_a_kill_in_the_middle_leaves_nothing(ready_db: str, tmp_path: Path) -> None:
    path = saved(small_book(), tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(path), ready_db], env=dict(os.environ), check=False
    )
    assert done.returncode == -signal.SIGKILL
    with psycopg.connect(ready_db) as conn:
        assert counts(conn) == [0, 0, 0, 0]
        assert import_book(path, conn).entries_posted > 0


def test_a_year_before_2023_is_kept_by_the_old_rules(ledger: psycopg.Connection, tmp_path: Path) -> None:
    result = import_book(saved(small_book(2023), tmp_path), ledger)
    books = ledger.execute(
        "select distinct a.book from ledger.posting p join ledger.account a on a.id = p.account_id "
        "where p.period / 100 = 2022"
    ).fetchall()
    assert books == [("treasury_2015",)]
    assert net(ledger, "treasury_2015:5001", "530700998", 2022) == -390
    assert net(ledger, "treasury_2015:300_", "530700998", 2022) == 20
    codes = ledger.execute("select distinct rule_code from ledger.entry where period / 100 = 2022").fetchall()
    assert all(code.startswith("192-") for (code,) in codes)
    carried = next(found for found in result.identities if found.rule == "ledger.carryover")
    assert carried.status == "pass"


def _execution_book(folder: Path) -> Path:
    """The next year's book: 2025 as final accounts, with 10 more of 增值税 and of 教育."""
    book = small_book()
    for name in book.sheetnames:
        del book[name]
    title = "2026年丽江市一般公共预算收支情况表"
    rows = [_final(INCOME_ROWS, {"101", "10101", "全市一般公共预算收入", "各项收入合计"}),
            _final(OUTLAY_ROWS, {"205", "全市一般公共预算支出", "各项支出合计"})]  # fmt: skip
    for sheet, table in zip("收支", rows, strict=True):
        add_table(book, sheet, title, "表一", execution_headers(2026), table)
    return saved(book, folder, "next.xlsx")


def _final(rows: Rows, more: set[str]) -> Rows:
    return [
        (code, name, was + 10 * (code in more or name in more), plan, plan)  # type: ignore[operator]
        for code, name, was, plan in rows
    ]


def test_final_accounts_take_the_place_of_execution_figures(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    early = saved(small_book(), tmp_path)
    import_book(early, ledger)
    assert net(ledger, "treasury_2022_budget:6001", "530700998", 2025) == 350
    with pytest.raises(DisclosureError, match=r"另一年度的预算文本“book\.xlsx”"):
        import_book(_execution_book(tmp_path), ledger)
    import_book(_execution_book(tmp_path), ledger, restore="执行表里的预算数没有明细")
    assert net(ledger, "treasury_2022_budget:6001", "530700998", 2025) == 360
    assert net(ledger, "treasury_2022_budget:7001", "530700998", 2025) == -400
    with pytest.raises(DisclosureError, match=r"另一年度的预算文本“next\.xlsx”"):
        import_book(early, ledger)
    late = import_book(early, ledger, restore="补回预算的明细")
    assert any(finding.rule_id == "superseded" for finding in late.findings)
    assert net(ledger, "treasury_2022_budget:6001", "530700998", 2025) == 360


def test_rounded_sources_get_a_rounding_line_not_a_refusal(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    """Sources of 419 for uses of 420: one unit of rounding, no more carry-over to hide it."""
    book = small_book()
    for cell, value in {"D12": 14, "D10": 49, "D13": 419}.items():
        book["收"][cell] = value
    for cell, value in {"D4": 306, "D6": 416, "D9": 0, "D10": 420}.items():
        book["支"][cell] = value
    for cell, value in {"D4": 306, "D5": 106, "D6": 76, "D13": 416}.items():
        book["细"][cell] = value
    import_book(saved(book, tmp_path), ledger)
    assert net(ledger, "quota:9199", "530700998", 2026) == -1
    assert net(ledger, "quota:9200", "530700998", 2026) == 0


def test_the_result_says_it_for_machines(imported: Imported) -> None:
    said = as_dict(imported[1])
    assert said["table_count"] == 48
    assert said["verified"] is True
    assert said["identities_checked"] == said["identities_passed"] + len(said["differences"])
    assert {"place", "rule", "message"} == set(said["findings"][0])


def test_every_import_that_changed_anything_stays_in_the_books_with_its_reason(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    old = saved(book, tmp_path, "first.xlsx")
    import_book(old, ledger, restore="没有用到")
    import_book(old, ledger)
    book["细"]["D6"], book["细"]["D7"] = 64, 36
    import_book(saved(book, tmp_path, "corrected.xlsx"), ledger)
    import_book(old, ledger, restore=" 更正有误，按原文件 ")
    kept = list_imports(ledger, "530700")
    assert [(one.file_name, one.red_count, one.restore_reason) for one in kept] == [
        ("first.xlsx", 0, ""), ("corrected.xlsx", 2, ""), ("first.xlsx", 2, "更正有误，按原文件"),
    ]  # fmt: skip
    for change in ("update disclosure_import set restore_reason = ''", "delete from disclosure_import"):
        with pytest.raises(psycopg.Error), ledger.transaction():
            ledger.execute(change)


def test_what_was_read_beside_a_table_stands_on_its_documents(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    book["支"]["B14"] = "注：不含上级转移支付"
    path = saved(book, tmp_path)
    with pytest.raises(DisclosureError, match="--notes-read"):
        import_book(path, ledger, prove=False)
    import_book(path, ledger, prove=False, notes_read="与正文核对一致")
    [told] = list_remarks(ledger, "530700")
    assert (told.source_cell, told.text_beside) == ("支!B14", "注:不含上级转移支付")
    assert (told.reason, told.file_name) == ("与正文核对一致", "book.xlsx")
    titles = ledger.execute(
        "select title from ledger.document where kind = 'published_table' and title like '%导入人读过%'"
    ).fetchall()
    assert len(titles) == 2  # of both years that the sheet tells
    assert import_book(path, ledger, prove=False, notes_read="再导一次").documents == 0
