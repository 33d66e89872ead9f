"""`fisc year-end`: a year is settled, closed, opened, written and compared by commands alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from openpyxl import load_workbook

from fisc.cli import main
from fisc.documents import findings
from fisc.kernel.findings import Finding
from fisc.transfers import services as tr
from tests.closing.test_settlement import JUNE, _half_paid
from tests.closing.world import (
    BANNER,
    CITY,
    OTHER,
    YEAR,
    a_year,
    booked,
    decide,
    furnish,
    post,
    say_why_unproven,
    tills,
)
from tests.past import now
from tests.signing import sign_in
from tests.transfers.world import line

Asked = Callable[..., tuple[int, Any]]
Ended = Callable[[str], tuple[list[bool], list[bool]]]
ON = ("--on", f"{YEAR + 1}-01-20")


@pytest.fixture
def owing(ready_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A city with a year of books that owes its banners 700 of what it granted."""
    with psycopg.connect(ready_db, autocommit=True) as conn:
        furnish(conn)
        a_year(conn)
        _half_paid(conn)
        post(conn, [booked("opening_balance", 2000, region, month=0) for region in (BANNER, OTHER)])
    monkeypatch.setenv("DATABASE_URL", ready_db)
    yield ready_db


@pytest.fixture
def ask(owing: str, capsys: pytest.CaptureFixture[str]) -> Asked:
    """Runs `fisc year-end …`: exit code, and its JSON or text."""

    def run(*arguments: str) -> tuple[int, Any]:
        code = main.run(("year-end", *arguments))
        out = capsys.readouterr()
        return code, json.loads(out.out) if "--json" in arguments else out.out + out.err

    return run


@pytest.fixture
def end(ask: Asked, owing: str, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """Drafts `settle`, `close` or `open-next` as one officer and signs it as another: what each did now."""

    def run(command: str) -> tuple[list[bool], list[bool]]:
        with psycopg.connect(owing, autocommit=True) as conn:
            sign_in(conn, monkeypatch, f"gm-{CITY}")
            drafted = ask(command, *of(), *ON, "--json")[1]["rows"]
            sign_in(conn, monkeypatch, f"gs-{CITY}")
            numbers = [row["number"] for row in drafted]
            sign = "sign-settlement" if command == "settle" else "sign"
            signed = ask(sign, *numbers, *ON, "--json")[1]["rows"] if numbers else []
        return [row["is_new"] for row in drafted], [row["is_new"] for row in signed]

    return run


def of(region: str = CITY, year: int = YEAR) -> tuple[str, ...]:
    return ("--region", region, "--year", str(year))


def test_a_year_is_settled_closed_opened_and_each_step_is_done_once(
    ask: Asked,
    end: Ended,
    owing: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with psycopg.connect(owing, autocommit=True) as conn:
        sign_in(conn, monkeypatch, f"gm-{CITY}")
    code, text = ask("close", *of())
    assert code == 3 and "已下达未拨付也未挂账的补助 2 笔 7.00 元" in text and "year-end settle" in text
    code, said = ask("status", *of(), "--json")
    affairs = said["rows"][0]["affairs"]
    assert code == 1 and list(dict.fromkeys(a["rule_id"] for a in affairs)) == [
        "year_end.transfers_unbooked", "year_end.owing_open", "year_end.quota_book_open",
        "year_end.books_standing", "year_end.surplus_decided", "year_end.bank_unproven",
    ]  # fmt: skip
    # a book's accounts are told one by one: their sum would add budgets to quotas, cash to income
    book = [a for a in affairs if a["rule_id"] == "year_end.quota_book_open"]
    balances = [a for a in affairs if a["rule_id"] == "year_end.books_standing"]
    assert {a["amount_fen"] for a in (*book, *balances)} == {None}
    assert [a["what"].partition("，")[2] for a in book] == [
        "指标账 9102 上级转移支付收入预算 12.00 元", "指标账 9305 已下达转移支付指标 12.00 元",
    ]  # fmt: skip
    assert any("国库存款 借 " in a["what"] for a in balances)
    assert end("settle") == ([True, True], [True, True])
    assert end("settle") == ([], [])
    code, said = ask("settlement", *of(), "--json")
    owed = {one["mof_div_code"]: one["amount_fen"] for one in said["rows"][0]["balances"]}
    assert (code, owed) == (0, {BANNER: 400, OTHER: 300})
    assert ask("status", *of())[0] == 0
    for command in ("close-quotas", "close", "open-next"):
        assert end(command) == ([True], [True])
        assert end(command) == ([], [])
    with psycopg.connect(owing, autocommit=True) as conn:
        say_why_unproven(conn, [CITY], YEAR)
        decide(conn, [CITY], YEAR)
    for _ in range(2):
        code, said = ask("lock", *of(), "--json")
        locked = {
            "mof_div_code": CITY,
            "fiscal_year": YEAR,
            "is_closed": True,
            "lapsed": [],
            "open_findings": [],
        }
        assert (code, said["rows"]) == (0, [locked])
    (state,) = ask("status", *of(), "--json")[1]["rows"][0]["states"]
    assert state["is_december_closed"] and state["is_year_closed"] and len(state["papers"]) == 3
    code, text = ask("status", *of())
    assert code == 0 and f"gm-{CITY}／" in text.replace("\n", "")
    assert [one["rule_id"] for one in ask("status", *of(), "--json")[1]["rows"][0]["affairs"]] == [
        "year_end.surplus_undecided"
    ]


def test_open_findings_of_the_year_are_told_by_its_status_and_its_lock(
    ask: Asked, end: Ended, owing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(owing, autocommit=True) as conn:
        found = [Finding("x.y", "大额", "无附件", "", CITY, year, f"Z{year}") for year in (YEAR, YEAR + 1)]
        findings.record(conn, found, on=date(YEAR + 1, 1, 5))
        sign_in(conn, monkeypatch, f"gm-{CITY}")
    assert end("settle") == ([True, True], [True, True])
    command = f"fisc findings list --region {CITY} --year {YEAR}"
    (told,) = ask("status", *of(), "--json")[1]["rows"][0]["open_findings"]
    assert (told["open_count"], told["command"]) == (1, command)
    _, text = ask("status", *of())
    assert f"1 项疑点未销号，见 {command}" in text and "没有未了事项" not in text
    for step in ("close-quotas", "close", "open-next"):
        end(step)
    with psycopg.connect(owing, autocommit=True) as conn:
        say_why_unproven(conn, [CITY], YEAR)
        decide(conn, [CITY], YEAR)
    (locked,) = ask("lock", *of(), "--json")[1]["rows"]
    assert locked["open_findings"] == [f"1 项疑点未销号，见 {command}"]


def test_what_was_given_is_told_where_nothing_is_owed(
    ask: Asked, owing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(owing, autocommit=True) as conn:
        rest = [tr.LineCash("拨2", line(), 400), tr.LineCash("拨3", line(number=2), 300)]
        tr.pay_out(conn, rest, **tills(), on=JUNE)
        upload = tr.UploadCash("解1", BANNER, CITY, YEAR, "111", "2300601", 50)
        tr.upload(conn, [upload], **tills(BANNER), on=JUNE)
    code, said = ask("settlement", *of(), "--json")
    assert (code, said["rows"][0]["claims"]) == (0, [])
    given = said["rows"][0]["exchanged"]
    assert {(one["giver_div_code"], one["rec_div_code"]): one["booked_fen"] for one in given} == {
        ("150000000", CITY): 1200, (CITY, BANNER): 900, (CITY, OTHER): 300, (BANNER, CITY): 50,
    }  # fmt: skip
    code, text = ask("settlement", *of(), "--unit", "元")
    assert code == 0 and "都已结清" in text and "9.00" in text and "没有往来" not in text


def test_the_conversion_says_what_every_old_account_became(ask: Asked, end: Ended) -> None:
    end("settle")
    code, said = ask("conversion", "--region", CITY, "--json")
    assert code == 1 and said["rows"][0]["differences"]  # the year is not carried on yet
    end("close")
    end("open-next")
    code, said = ask("conversion", "--region", CITY[:6], "--json")
    assert code == 0 and said["rows"][0]["differences"] == []
    lines = {(line["old_account"][-4:], line["new_account"]): line for line in said["rows"][0]["lines"]}
    assert lines["1031", "treasury_2022_budget:804105"]["new_fen"] == -700
    assert not any(line["is_verified"] for line in lines.values())
    code, text = ask("conversion", "--region", CITY)
    assert code == 0 and "凭记忆" in text and "每个年初数都有来历" in text


def test_statements_and_final_accounts_are_written_and_read_back(ask: Asked, tmp_path: Path) -> None:
    out = tmp_path / "报表.xlsx"
    code, said = ask("statements", *of(), "--out", str(out), "--json")
    assert code == 0 and out.exists() and said["differences"] == []
    assert said["statements"][:2] == ["资产负债表", "收入支出表"]
    sheet = load_workbook(out)["一般公共预算收入执行情况表"]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    last_year = rows[0].index("上年决算数")
    assert [row[last_year] for row in rows[1:]] == [None] * (len(rows) - 1)  # 2021 was kept elsewhere
    notes = " ".join(str(row[1]) for row in rows[-2:])
    assert "上年不在本账" in notes and "没有登记批准的年初预算" in notes
    assert load_workbook(out)["资产负债表"].cell(4, 3).value  # an opening was entered: what it says is known
    table = tmp_path / "决算.xlsx"
    code, text = ask("final-accounts", *of(), "--out", str(table), "--check")
    assert code == 0 and "导入程序读回：0 处差异" in text
    code, said = ask("final-accounts", *of(), "--out", str(table), "--json")
    assert code == 0 and said["is_checked"] is False


def test_a_whole_area_is_one_book_and_books_that_disagree_are_told(
    ask: Asked, owing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text = ask("final-accounts", *of("150600998"), "--out", str(tmp_path / "全辖.xlsx"), "--check")
    assert code == 0, text
    with psycopg.connect(owing, autocommit=True) as conn:
        tr.advance(conn, [tr.AdvanceCash("调1", CITY, OTHER, YEAR, "111", 70)], **tills(), on=JUNE)
        post(conn, [booked("treasury_advance_to_lower", 5, rec_div_code=BANNER)])
    code, text = ask("settlement", *of())
    assert code == 1 and "不符：达拉特旗" in text and "调度款尚无文件" in text
    with psycopg.connect(owing, autocommit=True) as conn:
        sign_in(conn, monkeypatch, f"gm-{CITY}")
    code, text = ask("settle", *of(), *ON)
    assert code == 3 and "上下级结算不一致" in text


@pytest.mark.parametrize("arguments", [("--region", "15"), ("--region", "999999"), ("--region", "150600998")])
def test_a_region_that_cannot_be_meant_is_refused(ask: Asked, arguments: tuple[str, ...]) -> None:
    assert ask("settlement", *arguments, "--year", str(YEAR))[0] == 3


def taken_out(answer: dict[str, Any]) -> list[str]:
    """What an answer says of the bank at the year's end, which it says no more."""
    rows = [row for row in answer.get("rows", ()) if "affairs" in row]
    told = [one["about"] for row in rows for one in row["affairs"] if one["name"] == "银行存款未对平"]
    for row in rows:
        row["affairs"] = [one for one in row["affairs"] if one["name"] != "银行存款未对平"]
    return told


def test_a_command_answers_as_of_a_past_moment_and_says_so(
    ask: Asked, end: Ended, owing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--as-of` on commands of several domains: what they said then, whatever came since."""
    where = ("--region", CITY, "--year", str(YEAR), "--json")
    asked = [
        ("year-end", "settlement", *where), ("year-end", "status", *where),
        ("direct", "--year", str(YEAR), "--json"),
        ("revenue", "progress", *where, "--month", "12"), ("clocks", *where), ("special", *where),
        ("treasury", "cash-position", "--region", CITY, "--on", f"{YEAR}-12-31", "--json"),
        ("capital", "stakes", "--region", CITY, "--on", f"{YEAR}-12-31", "--json"),
    ]  # fmt: skip

    def said(*arguments: str) -> tuple[int, Any, str]:
        code = main.run(arguments)
        out = capsys.readouterr()
        return code, json.loads(out.out), out.err

    with psycopg.connect(owing, autocommit=True) as conn:
        moment = now(conn).isoformat()
        first = [said(*one)[:2] for one in asked]
        assert end("settle") == ([True, True], [True, True])
        post(conn, [booked("tax_received", 77, month=6, rev_func_code="1010101")])
    then = [said(*one, "--as-of", moment) for one in asked]
    of_bank = [[about for one in answers for about in taken_out(one[1])] for answers in (first, then)]
    assert of_bank == [["没有登记国库账户，库款无从与银行核对"], ["对账不留历史，看不到当时是否对平"]]
    assert [one[:2] for one in then] == first  # but for the bank, whose reconciliations keep no history
    assert all("按截至" in err and "所知" in err for *_, err in then)
    assert {one[0] for one, was in zip(asked, first, strict=True) if said(*one)[:2] != was} == {
        "year-end", "revenue", "treasury",
    }  # fmt: skip
    assert main.run(("year-end", "settlement", *where, "--as-of", "昨天")) == 3
    assert "不是时刻" in capsys.readouterr().out


def test_checks_look_back_without_keeping_and_tell_what_they_cannot(
    owing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(owing, autocommit=True) as conn:
        moment = now(conn).isoformat()
    look = ("findings", "look", "--region", CITY, "--year", str(YEAR), "--on", f"{YEAR}-12-31", "--json")
    assert main.run((*look, "--as-of", moment)) == 1
    then = json.loads(capsys.readouterr().out)
    assert any("没有留下记录" in why for why in then["unmade"].values())
    assert main.run(("findings", "list", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == []
    main.run(look)
    found = json.loads(capsys.readouterr().out)
    assert {one["rule_id"] for one in then["found"]} == {one["rule_id"] for one in found["new"]}


@pytest.mark.parametrize("command", ["statements", "final-accounts"])
def test_a_workbook_is_written_under_no_other_ending(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "x.csv"
    code = main.run(["year-end", command, "--region", CITY, "--year", str(YEAR), "--out", str(out)])
    assert code == 2 and not out.exists()
    assert ".xlsx 结尾" in capsys.readouterr().err
