"""`fisc capital`: what people read, what programs read, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.capital import services as capital
from fisc.capital.services import Dividend, DividendReceipt, FunderReturn
from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.treasury import services as treasury
from tests.capital import world
from tests.capital.world import CITY, YUAN, Conn
from tests.conftest import _copy_of, _furnished

Said = pytest.CaptureFixture[str]
WHERE = ["--region", "150600", "--unit", "元"]
YEAR = [*WHERE, "--year", "2022"]


@pytest.fixture
def city(server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conn]:
    """An injection of 1,000 yuan with 400 of its loan repaid, a dividend of 50 with 20 received."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_capital", world.furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        monkeypatch.setenv("COLUMNS", "220")
        with psycopg.connect(dsn, autocommit=True) as conn:
            world.invested(conn, world.injection())
            world.prepaid(conn, world.prepayment("H1", 400))
            items: list[Dividend | DividendReceipt] = [
                Dividend("D1", CITY, "E1", 50 * YUAN, "决议1号", date(2022, 6, 1), date(2022, 6, 30)),
                DividendReceipt("R1", "D1", CITY, "E1", 20 * YUAN, "缴款1", date(2022, 7, 1), "1030601"),
            ]
            capital.record_income(conn, items, by="k-maker", reviewed_by="k-head", on=date(2022, 7, 2))
            yield conn


def _read(said: Said) -> str:
    return " ".join(said.readouterr().out.split())


def _json(said: Said, *arguments: str) -> Any:
    run(["capital", *arguments, "--json"])
    return json.loads(said.readouterr().out)


def test_stakes_are_told_with_dividends_received(city: Conn, capsys: Said) -> None:
    assert run(["capital", "stakes", *WHERE, "--on", "2022-07-31"]) == ExitCode.OK
    said = _read(capsys)
    assert (
        "│ E1 │ 鄂尔多斯能源公司 │ 国有企业 │ 100.00% │ 3,000.00 │ -50.00 │ 2,950.00 │ 30.00 │ 20.00 │"
        in said
    )
    assert (
        "│ D1 │ 鄂尔多斯能源公司 │ 决议1号 │ 2022-06-01 │ 2022-06-30 │ 50.00 │ 20.00 │ 30.00 │ 2022-07-01 R1"
        in said
    )
    found = _json(capsys, "stakes", *WHERE, "--on", "2022-06-15")
    assert [s["received_fen"] for s in found["rows"]] == [0, 0]
    first = found["rows"][0]
    assert (first["cost_fen"], first["book_fen"]) == (3_000 * YUAN, 2_950 * YUAN)
    none = _json(capsys, "stakes", *WHERE, "--kind", "financial")
    assert (none["rows"], none["dividends"]) == ([], [])


def test_an_injection_is_told_from_basis_to_equity(city: Conn, capsys: Said) -> None:
    assert run(["capital", "injections", *YEAR]) == ExitCode.OK
    said = _read(capsys)
    for words in (
        "依据 政府常务会议纪要 鄂府纪〔2022〕12号（2022-04-20）",
        "预算 K1 文号 2022-9；支出功能 2230202、政府经济分类 50801",
        "支付 P-ZZ1 2022-05-10 支付", "2022-05-10 股权 1,000.00",
        "2022-05-10 支出 1,000.00",
        "│ 1 │ 偿还贷款 │ 工行 L-7，利率 5.25%，新资金 3.25%，到期 2027-06-30 │ 600.00 │ 400.00 │ 0.00 │",
        "│ 2 │ 重大项目 │ 新能源 风电一期 │ 300.00 │", "合计：注资支出 1,000.00，确认股权 1,000.00",
        "两笔分录逐要素核对相等",
    ):  # fmt: skip
        assert words in said


def test_one_entry_without_the_other_ends_in_1(city: Conn, capsys: Said) -> None:
    on = date(2022, 7, 1)
    treasury.refund(city, [treasury.Refund("T1", "P-ZZ1", 50 * YUAN, on)], by="teller", on=on)
    assert run(["capital", "injections", *YEAR]) == ExitCode.FAULTS
    said = _read(capsys)
    assert (
        "两笔分录不相等" in said
        and "注资支出 950.00 元，确认股权 1,000.00 元" in said
        and "退回 50.00" in said
    )
    found = _json(capsys, "injections", *YEAR)
    assert [(x["spent_fen"], x["equity_fen"]) for x in found["one_sided"]] == [(950 * YUAN, 1_000 * YUAN)]


def test_interest_saved_opens_to_the_loans(city: Conn, capsys: Said) -> None:
    assert run(["capital", "loans", *YEAR]) == ExitCode.OK
    said = _read(capsys)
    assert (
        "│ ZZ1 │ E1 │ 工行 L-7 │ 400.00 │ 5.25% │ 3.25% │ 2022-06-01 │ 2027-06-30 │ 365 │ 8.00 │ R-H1 │"
        in said
    )
    assert "│ 合计 │ │ │ 400.00 │ │ │ │ │ │ 8.00 │ │" in said and "│ 2023 年 │ 8.00 │" in said
    found = _json(capsys, "loans", *YEAR)
    assert (found["principal_fen"], found["saving_fen"]) == (400 * YUAN, 8 * YUAN)
    assert sum(found["by_year"].values()) == sum(found["rows"][0]["by_year"].values())


def test_late_duties_end_in_1_until_they_are_done(city: Conn, capsys: Said) -> None:
    on = ["--on", "2022-06-30"]
    assert run(["capital", "alerts", *WHERE, *on]) == ExitCode.FAULTS
    said = _read(capsys)
    assert "│ 产权登记 │ E1 │ ZZ1 │ 2022-06-09 │ 21 │ 1,000.00 │" in said and "逾期未办 1 项" in said
    assert "国务院令第192号" in said
    filed = FunderReturn(CITY, "E1", "title_registration", 2022, "登记证1号", date(2022, 6, 30), "ZZ1")
    capital.file_returns(city, [filed], by="k-maker", reviewed_by="k-head", on=date(2022, 6, 30))
    assert run(["capital", "alerts", *WHERE, *on, "--all"]) == ExitCode.OK
    said = _read(capsys)
    assert "│ title_registration │ 产权登记 │ E1 │ ZZ1 │ 2022-06-09 │ 2022-06-30 │ 21 │" in said
    assert "逾期未办 0 项" in said
    late = _json(capsys, "alerts", *WHERE, "--on", "2022-07-31")["rows"]
    assert [(a["code"], a["open_fen"]) for a in late] == [
        ("dividend", 30 * YUAN), ("loan_prepayment", 200 * YUAN),
    ]  # fmt: skip


def test_a_region_that_is_not_is_refused(city: Conn) -> None:
    assert run(["capital", "stakes", "--region", "150699"]) == ExitCode.REFUSED
