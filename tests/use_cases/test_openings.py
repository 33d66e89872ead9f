"""First books begin with balances: entered, posted by another, given up, reversed and entered anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.capital import services as capital
from fisc.closing import services as closing
from fisc.documents import Officer, define_officers
from tests.closing.world import account_sums
from tests.use_cases.desk import Desk, under_way

CITY = "410600000"
ON = ["--on", "2026-01-05"]
KEY = f"{CITY}:2026:期初1"
FINANCIAL, BUDGET = "treasury_2022_financial", "treasury_2022_budget"


@pytest.fixture
def desk(
    ready_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city without a year of books, and officers who keep them, sign for them, and hold its stakes."""
    monkeypatch.setenv("DATABASE_URL", ready_db)
    duties = {"b": "books_keep", "s": "treasury_sign", "cm": "capital_make", "cr": "capital_review"}
    with psycopg.connect(ready_db, autocommit=True) as conn:
        define_officers(conn, [Officer(code, code, CITY, frozenset({duty})) for code, duty in duties.items()])
        yield Desk(conn, monkeypatch, capsys)


def line(account: str, side: str, fen: int, fund: str = "111", **more: str) -> dict[str, Any]:
    return {"account": account, "side": side, "amount_fen": fen, "fund_type_code": fund, **more}


CASH = [
    line(f"{FINANCIAL}:1001", "debit", 900), line(f"{FINANCIAL}:2013", "credit", 100),
    line(f"{FINANCIAL}:3001", "credit", 800),
    line(f"{BUDGET}:804101", "debit", 800), line(f"{BUDGET}:8001", "credit", 800),
]  # fmt: skip
STAKE = [
    line(f"{FINANCIAL}:1061", "debit", 500, "13", enterprise_code="E1", equity_part_code="登记投资"),
    line(f"{FINANCIAL}:3001", "credit", 500, "13"),
]


def made(tmp_path: Path, lines: list[dict[str, Any]], doc_no: str = "期初1") -> list[object]:
    file = tmp_path / f"{doc_no}.json"
    one = {
        "doc_no": doc_no,
        "mof_div_code": CITY,
        "fiscal_year": 2026,
        "basis": "2025 年决算",
        "lines": lines,
    }
    file.write_text(json.dumps([one]), "utf8")
    return ["books", "make-openings", "--file", file, *ON]


def opened(desk: Desk) -> None:
    desk.told("b", "books", "open-year", "--region", CITY, "--year", 2026)


def stands(desk: Desk, book: str = FINANCIAL) -> dict[str, int]:
    return account_sums(desk.conn, CITY, 202600, 202600, book)


def test_balances_stand_in_the_opening_period_once_another_officer_posted_them(
    desk: Desk, tmp_path: Path
) -> None:
    assert "books open-year" in desk.refused("b", *made(tmp_path, CASH))
    opened(desk)
    assert [desk.new("b", *made(tmp_path, CASH)) for _ in range(2)] == [[True], [False]]
    assert stands(desk) == {}
    assert "岗位" in desk.refused("b", "books", "post-openings", KEY, *ON)
    assert [desk.new("s", "books", "post-openings", KEY, *ON) for _ in range(2)] == [[True], [False]]
    assert stands(desk) == {"1001": 900, "2013": -100, "3001": -800}
    assert stands(desk, BUDGET) == {"804101": 800, "8001": -800}
    [whole] = desk.told("", "books", "show-openings", KEY)
    assert len(whole["lines"]) == 5 and len(whole["entries"]) == 2


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (CASH[:2] + CASH[3:], "借贷不平"),
        (CASH[:3], "预算会计 804101 为 0.00 元"),
        ([*CASH[:3], *(dict(one, amount_fen=900) for one in CASH[3:])], "合计 8.00 元"),
        ([line(f"{FINANCIAL}:4001", "credit", 5), line(f"{FINANCIAL}:1001", "debit", 5)], "收支科目"),
        ([line("treasury_2015:1001", "debit", 5), line("treasury_2015:3001", "credit", 5)], "没有这个科目"),
        ([{**STAKE[0], "enterprise_code": ""}, STAKE[1]], "没有写明 企业代码（enterprise_code）"),
        ([line(f"{FINANCIAL}:1001", "debit", 5, exp_func_code="2050202"), *CASH[1:]], "只分 资金性质"),
        ([*CASH, CASH[0]], "写了 2 行"),
        ([], "没有明细"),
        ([dict(one, fund_type_code="ZZZ") for one in CASH], "没有资金性质 ZZZ"),
        ([dict(one, fund_type_code="11") for one in CASH], "要素不符：明细第 1 行 资金性质 11 没有列到最细"),
    ],
)  # fmt: skip
def test_what_is_no_balance_or_does_not_add_up_is_refused(
    desk: Desk, tmp_path: Path, lines: list[dict[str, Any]], word: str
) -> None:
    opened(desk)
    assert word in desk.refused("b", *made(tmp_path, lines))


def test_accounts_are_taken_as_screens_write_them(desk: Desk, tmp_path: Path) -> None:
    opened(desk)
    said = ["财务会计 1001", "财务会计:2013", "财务会计 3001 累计盈余", "预算会计 804101", "8001"]
    lines = [{**one, "account": words} for one, words in zip(CASH, said, strict=True)]
    assert desk.new("b", *made(tmp_path, lines)) == [True]
    assert desk.new("b", *made(tmp_path, CASH)) == [False]
    assert desk.new("s", "books", "post-openings", KEY, *ON) == [True]
    assert stands(desk) == {"1001": 900, "2013": -100, "3001": -800}
    balances = ["books", "balances", "--region", CITY, "--year", 2026, "--month", 1]
    for account in ("预算会计:804101", "预算会计 804101", "804101", f"{BUDGET}:804101"):
        [told] = desk.told("", *balances, "--account", account)
        assert told["closing_fen"] == 800


def test_a_fault_of_many_rows_is_said_once_with_the_rows(desk: Desk, tmp_path: Path) -> None:
    opened(desk)
    lines = [
        {**one, "account": account} for one, account in zip(CASH, ["3001", "9999", "9998"], strict=False)
    ]
    said = desk.refused("b", *made(tmp_path, lines))
    assert "明细第 2、3 行 9999、9998：2026 年没有这个科目" in said and said.count("没有这个科目") == 1
    assert "treasury_2022" not in said and "财务会计、预算会计" in said
    assert "明细第 1 行 3001：有 2 个科目都是“3001”" in said and "财务会计 3001 累计盈余" in said


def test_a_line_of_a_table_is_named_by_its_row_in_the_file(desk: Desk, tmp_path: Path) -> None:
    opened(desk)
    file = tmp_path / "期初.csv"
    rows = [["文号", "财政区划", "预算年度", "依据", "科目", "方向", "金额（元）", "资金性质"]]
    rows += [
        ["期初1", CITY, "2026", "2025 年决算", account, side, "1", "111"]
        for account, side in (("财务会计 1001", "debit"), ("9999", "credit"))
    ]
    file.write_text("\n".join(map(",".join, rows)), "utf8")
    said = desk.refused("b", "books", "make-openings", "--file", file, *ON)
    assert "第 3 行 9999：2026 年没有这个科目" in said and "明细" not in said


def test_drafts_are_given_up_and_what_was_posted_is_reversed_in_the_opening_period(
    desk: Desk, tmp_path: Path
) -> None:
    opened(desk)
    desk.told("b", *made(tmp_path, STAKE))
    assert desk.new("b", "books", "discard-openings", KEY, *ON) == [True]
    assert desk.new("b", *made(tmp_path, CASH)) == [True]
    assert desk.new("s", "books", "post-openings", KEY, *ON) == [True]
    assert "已有年初数" in desk.refused("b", *made(tmp_path, CASH, "期初2"))
    reversal = [
        "books",
        "make-opening-reversals",
        "--reversal-no",
        "冲1",
        "--of-no",
        KEY,
        "--reason",
        "金额录错一位",
    ]
    assert desk.new("b", *reversal, *ON) == [True]
    assert desk.new("s", "books", "confirm-opening-reversals", "冲1", *ON) == [True]
    assert stands(desk) == {} and account_sums(desk.conn, CITY, 202601, 202613, FINANCIAL) == {}
    assert desk.new("b", *made(tmp_path, STAKE)) == [True]
    assert desk.new("s", "books", "post-openings", KEY, *ON) == [True]
    assert stands(desk) == {"1061": 500, "3001": -500}
    for number, doc_key in ((KEY, f"{KEY}~3"), ("期初1", f"{KEY}~3"), (f"{KEY}~1", KEY)):
        [whole] = desk.told("", "books", "show-openings", number)
        assert whole["document"]["doc_key"] == doc_key


def test_what_was_posted_in_the_next_year_is_reversed_there_in_the_opening_period(
    desk: Desk, tmp_path: Path
) -> None:
    opened(desk)
    late = ["--on", "2027-01-03"]
    desk.told("b", *made(tmp_path, CASH))
    desk.told("s", "books", "post-openings", KEY, *late)
    desk.told(
        "b",
        "books",
        "make-opening-reversals",
        "--reversal-no",
        "冲1",
        "--of-no",
        KEY,
        "--reason",
        "金额录错一位",
        *late,
    )
    assert desk.new("s", "books", "confirm-opening-reversals", "冲1", *late) == [True]
    assert stands(desk) == {} and account_sums(desk.conn, CITY, 202601, 202613, FINANCIAL) == {}


def test_nobody_gives_a_number_that_ends_as_those_of_later_documents_do(desk: Desk, tmp_path: Path) -> None:
    opened(desk)
    assert "末尾的“~”和数字" in desk.refused("b", *made(tmp_path, CASH, "期初1~2"))
    assert desk.new("b", *made(tmp_path, CASH, "期初~2号")) == [True]


def test_of_two_papers_posted_at_once_only_one_brings_a_balance(
    desk: Desk, tmp_path: Path, ready_db: str
) -> None:
    opened(desk)
    for number in ("期初1", "期初2"):
        desk.told("b", *made(tmp_path, CASH, number))
    with under_way(ready_db, lambda conn: closing.post_openings(conn, [KEY], by="s", on=date(2026, 1, 5))):
        assert "已有年初数" in desk.refused("s", "books", "post-openings", f"{CITY}:2026:期初2", *ON)
    assert stands(desk) == {"1001": 900, "2013": -100, "3001": -800}


def test_books_begin_once_before_their_first_month_is_closed(desk: Desk, tmp_path: Path) -> None:
    opened(desk)
    desk.told("b", "books", "close-month", "--region", CITY, "--year", 2026, "--month", 1)
    assert "一月已经关账" in desk.refused("b", *made(tmp_path, CASH))


def test_balances_of_a_year_that_follows_another_come_from_it(desk: Desk, tmp_path: Path) -> None:
    desk.told("b", "books", "open-year", "--region", CITY, "--year", 2025)
    opened(desk)
    assert "以前年度在这里有账" in desk.refused("b", *made(tmp_path, CASH))


def test_a_stake_held_before_the_books_began_is_registered_at_what_they_begin_with(
    desk: Desk, tmp_path: Path
) -> None:
    stake = ["capital", "make-enterprises", "--region", CITY, "--enterprise-code", "E1", "--name", "城投",
             "--kind", "general", "--share", "100%", "--held-on", "2026-01-01", *ON]  # fmt: skip
    opened(desk)
    assert "books make-openings" in desk.refused("cm", *stake, "--cost", "5")
    desk.told("b", *made(tmp_path, STAKE))
    desk.told("s", "books", "post-openings", KEY, *ON)
    assert "年初余额中是 5.00 元" in desk.refused("cm", *stake, "--cost", "6")
    [drafted] = desk.told("cm", *stake, "--cost", "5")
    assert desk.new("cr", "capital", "confirm-enterprises", drafted["number"], *ON) == [True]
    assert stands(desk) == {"1061": 500, "3001": -500}
    [held] = capital.stakes(desk.conn, CITY, date(2026, 1, 5))
    assert held.cost_fen == 500


@pytest.mark.parametrize(("year", "law"), [(2022, "财库〔2015〕192号"), (2026, "财库〔2022〕41号")])
def test_the_rule_that_is_named_is_that_of_the_year(desk: Desk, tmp_path: Path, year: int, law: str) -> None:
    desk.told("b", "books", "open-year", "--region", CITY, "--year", year)
    given = ["2022-01-05" if one == "2026-01-05" and year == 2022 else one for one in made(tmp_path, [])]
    paper = Path(str(given[given.index("--file") + 1]))
    lines = [line("9999", "debit", 900)]
    paper.write_text(json.dumps([{**json.loads(paper.read_text())[0], "fiscal_year": year, "lines": lines}]))
    assert law in desk.refused("b", *given)
