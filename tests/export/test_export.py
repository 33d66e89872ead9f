"""Judges that are not us: beancount and hledger add the exported journal up again."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisc import kernel
from fisc.kernel import Account, Coding, Document, Entry, credit, debit
from fisc.kernel.entries import Line
from fisc.kernel.export import Format, export
from fisc.kernel.export.names import export_name

REGION = "530700000"
#: The ledger's id of the paper that every entry here is posted from: the first that is recorded.
PAPER = 1
NASTY = '总预算"会计" \\ ; [2025-13-99] date:x \t(a) * ! {1} @ = | % #标签 ^链接\r\n第二行 '

ACCOUNTS = [
    Account("treasury_2015", "1001", "国库存款", "asset", 1, "财库〔2015〕192号", True),
    Account("treasury_2015", "4001", "一般公共预算本级收入", "income", -1, "财库〔2015〕192号", True),
    Account("treasury_2015", "5001.01-甲", NASTY, "outlay", 1, NASTY, True),
    Account(
        "treasury_2022_budget", "7001", "一般公共预算支出", "budget_outlay", 1, "财库〔2022〕41号", False
    ),
    Account("treasury_2022_budget", "8001", "资金结存", "budget_balance", 1, "财库〔2022〕41号", True),
    Account("quota", "a-1", "可用指标", "quota_spending", -1, "财办〔2022〕36号", True),
    Account("quota", "9200", "预算来源", "quota_source", -1, "财办〔2022〕36号", True),
]
NAMES = {f"{a.book}:{a.code}": export_name(a.book, a.code, a.class_) for a in ACCOUNTS}
BOOKS = {book: [name for name in NAMES if name.startswith(f"{book}:")] for book in {a.book for a in ACCOUNTS}}

needs_hledger = pytest.mark.skipif(
    shutil.which("hledger") is None and "FISC_CI" not in os.environ, reason="hledger is not installed"
)
NewLedger = Callable[[], AbstractContextManager[str]]


def prepare(conn: psycopg.Connection) -> None:
    kernel.define_accounts(conn, ACCOUNTS)
    for year in (2024, 2025):
        kernel.open_year(conn, REGION, year)
    paper = Document(f"预算表 {NASTY}", "book", REGION, 2025, date(2025, 1, 1), title="预算")
    assert kernel.record_documents(conn, [paper]) == [PAPER]
    conn.commit()


def write(conn: psycopg.Connection, wanted: Format, folder: Path) -> Path:
    return export(conn, wanted, folder / f"journal.{wanted}").path


def balances_of(conn: psycopg.Connection) -> dict[str, int]:
    """Fen by exported name, debit positive, added up from the postings."""
    rows = conn.execute(
        "select a.book || ':' || a.code, sum(p.amount_fen)::bigint from ledger.posting p "
        "join ledger.account a on a.id = p.account_id group by 1"
    ).fetchall()
    return {NAMES[account]: total for account, total in rows if total}


def balances_by_hledger(path: Path) -> dict[str, int]:
    command = ["hledger", "-f", str(path), "balance", "--flat", "--no-total", "--output-format", "csv"]
    env = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(io.StringIO(done.stdout)))[1:]
    return {name: fen(amount) for name, amount in rows if fen(amount)}


def balances_by_beancount(path: Path) -> dict[str, int]:
    from beancount import loader
    from beancount.core.data import Transaction

    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                sums[posting.account] += posting.units.number
    return {name: int(total * 100) for name, total in sums.items() if total}


def fen(amount: str) -> int:
    return int(Decimal(amount.removesuffix(" CNY")) * 100)


def bean_check(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "beancount.scripts.check", "--no-cache", str(path)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def by_hand() -> list[Entry]:
    """Blue, red, two books in one entry, opening and year end, negative fen, awkward words."""
    at = Coding(2025, REGION, fund_type_code="111", exp_func_code="2050201")
    before = replace(at, fiscal_year=2024)
    bank, income, outlay = "treasury_2015:1001", "treasury_2015:4001", "treasury_2015:5001.01-甲"
    spent, held = "treasury_2022_budget:7001", "treasury_2022_budget:8001"
    day = date(2025, 3, 31)
    return [
        Entry("opening", REGION, date(2025, 1, 1), (debit(bank, at, 10**15), credit(income, at, 10**15)),
              period=202500, summary="上年结余", document_id=PAPER),
        Entry("both books", REGION, day, (debit(outlay, at, 7), credit(bank, at, 7),
                                          debit(spent, at, 7), credit(held, at, 7)), summary=NASTY,
              document_id=PAPER),
        Entry("red", REGION, day, (debit(outlay, at, -7), credit(bank, at, -7)), source_ref=NASTY,
              rule_code="date:2025-99-99", summary="", document_id=PAPER),
        Entry("one column", REGION, date(2025, 12, 31), (debit(bank, at, -5), debit(outlay, at, 5)),
              period=202512, summary="2025-01-01 * (code) ; 看起来像日期", document_id=PAPER),
        Entry("three", REGION, date(2024, 2, 29), (debit(bank, before, 1), debit(outlay, before, 99_99),
                                                   credit(income, before, 100_00)), summary="早于期初",
              source_ref="\\N", document_id=PAPER),
    ]  # fmt: skip


@pytest.fixture
def ledger(conn: psycopg.Connection) -> psycopg.Connection:
    prepare(conn)
    result = kernel.post(conn, by_hand())
    kernel.reverse(conn, [result.entry_ids[1]], "-red")
    conn.commit()
    return conn


def test_bean_check_passes_and_beancount_agrees(ledger: psycopg.Connection, tmp_path: Path) -> None:
    path = write(ledger, Format.BEANCOUNT, tmp_path)
    checked = bean_check(path)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    assert balances_by_beancount(path) == balances_of(ledger)


def test_bean_check_is_no_yes_man(ledger: psycopg.Connection, tmp_path: Path) -> None:
    path = write(ledger, Format.BEANCOUNT, tmp_path)
    text = path.read_text("utf8")
    path.write_text(text.replace("  99.99 CNY", "  99.98 CNY", 1), "utf8")
    assert text.count("  99.99 CNY") == 1
    assert bean_check(path).returncode != 0


@needs_hledger
def test_hledger_agrees_account_by_account(ledger: psycopg.Connection, tmp_path: Path) -> None:
    path = write(ledger, Format.HLEDGER, tmp_path)
    assert balances_by_hledger(path) == balances_of(ledger)


def test_a_transaction_says_where_it_came_from(ledger: psycopg.Connection, tmp_path: Path) -> None:
    from beancount import loader

    entries, _, _ = loader.load_file(str(write(ledger, Format.BEANCOUNT, tmp_path)))
    said = {entry.meta["natural_key"]: entry for entry in entries if "natural_key" in entry.meta}
    opening, red = said["opening"], said["red"]
    assert opening.meta["document"].startswith("预算表 总预算")
    assert (opening.meta["period"], opening.meta["region"]) == ("202500", REGION)
    assert opening.postings[0].meta["coding"] == (
        f"fiscal_year=2025 mof_div_code={REGION} fund_type_code=111 exp_func_code=2050201"
    )
    assert [posting.meta.get("red") for posting in red.postings] == [True, True]
    assert said["both books-red"].meta["reverses"] == "both books"


def test_parquet_holds_every_row(ledger: psycopg.Connection, tmp_path: Path) -> None:
    folder = write(ledger, Format.PARQUET, tmp_path)
    postings = pq.read_table(folder / "posting.parquet").to_pylist()
    columns = "entry_id, line, account_id, coding_id, period, side, amount_fen"
    rows = ledger.execute(f"select {columns} from ledger.posting order by entry_id, line".encode()).fetchall()
    assert sorted((tuple(row.values()) for row in postings), key=lambda row: row[:2]) == rows
    entries = pq.read_table(folder / "entry.parquet").to_pylist()
    assert [entry["natural_key"] for entry in entries] == [e.natural_key for e in by_hand()] + [
        "both books-red"
    ]
    assert {entry["mof_div_code"] for entry in entries} == {REGION}
    said = "summary, source_ref, rule_code, business_date, reverses_id, posted_at"
    rows = ledger.execute(f"select {said} from ledger.entry order by id".encode()).fetchall()
    assert [tuple(entry[name] for name in said.split(", ")) for entry in entries] == rows
    assert r"\N" in {entry["source_ref"] for entry in entries}  # a word like any other, not a missing one
    accounts = pq.read_table(folder / "account.parquet").to_pylist()
    assert [(a["book"], a["code"], a["name"]) for a in accounts] == [
        (a.book, a.code, a.name) for a in ACCOUNTS
    ]


LINE = st.tuples(st.sampled_from([1, -1]), st.integers(-(10**13), 10**13).filter(bool))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1f"), max_size=40)


@st.composite
def entries(draw: st.DrawFn, number: int) -> Entry:
    """An entry of any shape the ledger takes: its last line in each book makes it balance."""
    lines: list[Line] = []
    for book in draw(st.lists(st.sampled_from(sorted(BOOKS)), min_size=1, max_size=3, unique=True)):
        at = Coding(2025, REGION, loan_no=draw(TEXT))
        drawn = draw(st.lists(LINE, min_size=1, max_size=4))
        signed = sum(side * amount for side, amount in drawn)
        if signed == 0:
            drawn, signed = drawn[:1], drawn[0][0] * drawn[0][1]
        drawn.append(draw(st.sampled_from([(1, -signed), (-1, signed)])))
        lines += [Line(draw(st.sampled_from(BOOKS[book])), at, side, amount) for side, amount in drawn]
    day = draw(st.dates(date(2025, 1, 1), date(2025, 12, 31)))
    return Entry(
        f"{number}{draw(TEXT)}", REGION, day, tuple(lines), document_id=PAPER, source_ref=draw(TEXT),
        summary=draw(TEXT),
    )  # fmt: skip


LEDGERS = st.integers(0, 6).flatmap(lambda count: st.tuples(*(entries(number) for number in range(count))))


@settings(max_examples=12)
@given(given_entries=LEDGERS)
def test_any_ledger_adds_up_the_same_elsewhere(
    new_ledger: NewLedger, given_entries: tuple[Entry, ...]
) -> None:
    with (
        new_ledger() as dsn,
        psycopg.connect(dsn) as conn,
        tempfile.TemporaryDirectory() as folder,
    ):
        prepare(conn)
        kernel.post(conn, given_entries)
        conn.commit()
        expected = balances_of(conn)
        conn.commit()
        assert balances_by_beancount(write(conn, Format.BEANCOUNT, Path(folder))) == expected
        if shutil.which("hledger"):
            assert balances_by_hledger(write(conn, Format.HLEDGER, Path(folder))) == expected


def test_an_export_replaces_an_export_but_no_other_folder(ledger: psycopg.Connection, tmp_path: Path) -> None:
    ledger.commit()
    first = export(ledger, Format.PARQUET, tmp_path / "out")
    assert export(ledger, Format.PARQUET, tmp_path / "out") == first
    (tmp_path / "out" / "letter.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="letter"):
        export(ledger, Format.PARQUET, tmp_path / "out")
    assert (tmp_path / "out" / "letter.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_accounts_whose_names_would_meet_are_refused(ledger: psycopg.Connection, tmp_path: Path) -> None:
    twin = Account("treasury2015", "1001", "同名", "asset", 1, "—", True)
    kernel.define_accounts(ledger, [twin])
    ledger.commit()
    with pytest.raises(kernel.FiscError, match="同名"):
        write(ledger, Format.BEANCOUNT, tmp_path)
    assert list(tmp_path.iterdir()) == []
