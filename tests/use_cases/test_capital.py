"""State capital at the desk: every document from its making to its end, by those who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from fisc.capital import services as capital
from fisc.capital.kinds import ENTERPRISE, INCOME, INJECTION, PREPAYMENT
from fisc.documents.listing import counts
from fisc.treasury import services as treasury
from tests.capital import world
from tests.capital.world import CITY, YUAN
from tests.conftest import _copy_of, _furnished
from tests.use_cases.desk import Desk

MAKER, HEAD = "k-maker", "k-head"
ON = ["--on", "2022-07-02"]


@pytest.fixture
def desk(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_capital", world.furnish)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, capsys)


def _stake(code: str, name: str) -> list[str]:
    return ["capital", "make-enterprises", "--region", "150600", "--enterprise-code", code, "--name", name,
            "--kind", "general", "--share", "60", "--held-on", "2022-07-01", *ON]  # fmt: skip


def test_a_stake_is_drafted_confirmed_and_told(desk: Desk) -> None:
    made = [*_stake("E7", "水务公司"), "--cost", "1,500.00"]
    assert "岗位" in desk.refused(HEAD, *made)
    assert desk.told(MAKER, *made, "--dry-run") == [{"number": f"{CITY}:E7", "is_new": True}]
    assert counts(desk.conn, ENTERPRISE, where={"enterprise_code": "E7"}) == {}
    assert [desk.new(MAKER, *made) for _ in range(2)] == [[True], [False]]
    confirmed = ["capital", "confirm-enterprises", f"{CITY}:E7", *ON]
    before = world.entry_count(desk.conn)
    desk.refused(MAKER, *confirmed)
    assert [desk.new(HEAD, *confirmed) for _ in range(2)] == [[True], [False]]
    assert world.entry_count(desk.conn) == before + 1
    stake = capital.stakes(desk.conn, CITY, date(2022, 7, 2))[-1]
    assert (stake.enterprise_code, stake.share_bp, stake.cost_fen) == ("E7", 6000, 1500 * YUAN)
    assert "水务公司" in desk.shown("", "capital", "stakes", "--region", "150600", *ON)


def test_a_stake_drafted_in_error_is_given_up(desk: Desk) -> None:
    desk.told(MAKER, *_stake("E8", "错"))
    assert desk.new(MAKER, "capital", "discard-enterprises", f"{CITY}:E8", *ON) == [True]
    assert "作废" in desk.refused(HEAD, "capital", "confirm-enterprises", f"{CITY}:E8", *ON)


def _reverse(number: str, of_no: str, kind: str = "enterprise") -> list[str]:
    of = ["--of-kind", kind, "--of-no", of_no, "--reason", "金额登错一位"]
    return ["capital", "make-reversals", "--reversal-no", number, *of, *ON]


def test_a_number_is_entered_anew_after_what_was_wrong_ended(desk: Desk) -> None:
    key = f"{CITY}:E8"
    desk.told(MAKER, *_stake("E8", "错"), "--cost", "10")
    desk.told(MAKER, "capital", "discard-enterprises", key, *ON)
    assert desk.new(MAKER, *_stake("E8", "又错"), "--cost", "20") == [True]
    assert desk.new(HEAD, "capital", "confirm-enterprises", key, *ON) == [True]
    assert desk.new(MAKER, *_reverse("冲1", key)) == [True]
    assert desk.new(HEAD, "capital", "confirm-reversals", "冲1", *ON) == [True]
    day = date(2022, 7, 2)
    assert "E8" not in {one.enterprise_code for one in capital.stakes(desk.conn, CITY, day)}
    assert desk.new(MAKER, *_stake("E8", "对"), "--cost", "30") == [True]
    assert desk.new(HEAD, "capital", "confirm-enterprises", key, *ON) == [True]
    [stake] = [one for one in capital.stakes(desk.conn, CITY, day) if one.enterprise_code == "E8"]
    assert (stake.name, stake.cost_fen) == ("对", 30 * YUAN)


def test_what_others_rest_on_is_not_reversed_before_them(desk: Desk) -> None:
    key = f"{CITY}:E9"
    desk.told(MAKER, *_stake("E9", "水务公司"), "--cost", "10")
    desk.told(HEAD, "capital", "confirm-enterprises", key, *ON)
    result = ["capital", "make-results", "--region", "150600", "--number", "R1", "--enterprise-code", "E9",
              "--amount", "5", "--evidence-no", "年报1号", "--happened-on", "2022-07-01"]  # fmt: skip
    assert desk.new(MAKER, *result, *ON) == [True]
    assert desk.new(MAKER, *_reverse("冲1", key)) == [True]
    assert "先冲销后来的" in desk.refused(HEAD, "capital", "confirm-reversals", "冲1", *ON)
    assert desk.new(MAKER, "capital", "discard-income", "R1", *ON) == [True]
    assert desk.new(HEAD, "capital", "confirm-reversals", "冲1", *ON) == [True]


def test_an_injection_goes_from_a_file_of_rows_to_equity_and_its_loan_is_repaid(
    desk: Desk, tmp_path: Path
) -> None:
    on = ["--on", "2022-05-10"]
    file = tmp_path / "injections.csv"
    rows = [
        "注资单号,财政区划,企业代码,依据类别,依据文号,依据日期,指标,支付申请号,金额,注资后持股比例（基点）,类别,用途明细金额,领域,项目名称,银行,合同号,原利率（基点）,新资金利率（基点）,到期日",
        "ZZ1,鄂尔多斯市,E1,government,鄂府纪〔2022〕12号,2022-04-20,K1,P-ZZ1,1000,10000,偿还贷款,600,,,工行,L-7,525,325,2027-06-30",
        "ZZ1,鄂尔多斯市,E1,government,鄂府纪〔2022〕12号,2022-04-20,K1,P-ZZ1,1000,10000,project,400,new_energy,风电一期,,,,,",
    ]
    file.write_text("\n".join(rows).replace("鄂尔多斯市", "150600") + "\n", "utf8")
    assert desk.new(MAKER, "capital", "make-injections", "--file", file, *on) == [True]
    assert desk.new(MAKER, "capital", "make-injections", "--file", file, *on) == [False]
    assert desk.new(HEAD, "capital", "approve-injections", "ZZ1", *on) == [True]
    desk.told("unit", "capital", "apply", "ZZ1", "--payee-acct-no", "6300001",
              "--payee-bank-no", "102205000001", "--agent-bank-no", "ICBC", *on)  # fmt: skip
    assert "尚未由银行支付" in desk.refused(HEAD, "capital", "recognise-equity", "ZZ1", *on)
    _pay(desk, "P-ZZ1", 1_000 * YUAN)
    assert desk.new(HEAD, "capital", "recognise-equity", "ZZ1", *on) == [True]
    repaid = tmp_path / "repaid.json"
    given = {"prepayment_no": "H1", "injection_no": "ZZ1", "line_no": 1, "amount_fen": 400 * YUAN,
             "prepaid_on": "2022-06-01", "evidence_no": "R-1"}  # fmt: skip
    repaid.write_text(json.dumps([given]), "utf8")
    assert desk.new(MAKER, "capital", "make-prepayments", "--file", repaid, *ON) == [True]
    assert capital.loan_savings(desk.conn, CITY, 2022) == []
    assert desk.new(HEAD, "capital", "confirm-prepayments", "H1", *ON) == [True]
    [saving] = capital.loan_savings(desk.conn, CITY, 2022)
    assert (saving.principal_fen, saving.saving_fen) == (400 * YUAN, 8 * YUAN)
    more = ["--injection-no", "ZZ1", "--line-no", "1", "--amount", "201", "--prepaid-on", "2022-06-02"]
    words = desk.refused(
        MAKER, "capital", "make-prepayments", "--prepayment-no", "H2", "--evidence-no", "R-2", *more, *ON
    )
    assert "超出 1.00 元" in words
    assert "8.00" in desk.shown("", "capital", "loans", "--region", CITY, "--year", "2022", "--unit", "元")


def _pay(desk: Desk, number: str, amount_fen: int) -> None:
    conn, on = desk.conn, world.DAY
    treasury.review(conn, [number], by="unit2", on=on)
    treasury.approve(conn, [number], by="reviewer", on=on)
    [cert] = treasury.certify(conn, [number], by="signer", on=on)
    treasury.send(conn, [cert], by="teller", on=on, message_id="M-1")
    treasury.confirm_paid(conn, [treasury.BankReceipt(cert, "B1", amount_fen, on)], by="teller", on=on)


def test_a_bad_row_names_its_cell_and_nothing_is_taken(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "repaid.csv"
    file.write_text(
        "提前偿还编号,注资单号,用途行号,偿还本金,还款日,银行回单号\nH1,ZZ1,1,四百,2022-06-01,R-1\n",
        "utf8",
    )
    words = desk.refused(MAKER, "capital", "make-prepayments", "--file", file, *ON)
    assert "四百" in words and "D2" in words
    assert counts(desk.conn, PREPAYMENT) == {}


def test_dividends_are_declared_and_come_in_no_more_than_was_declared(desk: Desk) -> None:
    given = ["--region", CITY, "--enterprise-code", "E1", "--happened-on", "2022-06-01", *ON]
    results, declared = ["--number", "S1", "--amount", "-20"], ["--number", "D1", "--amount", "50"]
    desk.told(MAKER, "capital", "make-results", *results, "--evidence-no", "审1", *given)
    desk.told(
        MAKER,
        "capital",
        "make-dividends",
        *declared,
        "--evidence-no",
        "决议1",
        "--due-on",
        "2022-06-30",
        *given,
    )
    came = ["capital", "make-dividend-receipts", "--declared-no", "D1",
            "--rev-func-code", "1030601", *given]  # fmt: skip
    desk.told(MAKER, *came, "--number", "R1", "--amount", "30", "--evidence-no", "缴1")
    twice = desk.refused(MAKER, *came, "--number", "R2", "--amount", "10", "--evidence-no", "缴 １")
    assert "凭据 缴 １ 已由单据 R1 登记" in twice
    assert "超过" in desk.refused(MAKER, *came, "--number", "R2", "--amount", "21", "--evidence-no", "缴2")
    assert "没有宣告单 D1" in desk.refused(HEAD, "capital", "confirm-income", "R1", *ON)
    assert desk.new(HEAD, "capital", "confirm-income", "S1", "D1", "R1", *ON) == [True, True, True]
    desk.told(MAKER, *came, "--number", "R3", "--amount", "20", "--evidence-no", "缴3")
    assert desk.new(MAKER, "capital", "discard-income", "R3", *ON) == [True]
    assert counts(desk.conn, INCOME) == {"discarded": 1, "posted": 3}
    [told] = desk.told("", "capital", "dividends", "--region", CITY, *ON)
    assert (told["declared_fen"], len(told["receipts"])) == (50 * YUAN, 1)
    stake = capital.stakes(desk.conn, CITY, date(2022, 7, 2))[0]
    assert (stake.results_fen, stake.receivable_fen, stake.received_fen) == (-70 * YUAN, 20 * YUAN, 30 * YUAN)


def test_what_came_back_takes_the_equity_back(desk: Desk) -> None:
    world.invested(desk.conn, world.injection())
    on = date(2022, 7, 1)
    treasury.refund(desk.conn, [treasury.Refund("T1", "P-ZZ1", 50 * YUAN, on)], by="teller", on=on)
    made = ["capital", "make-refunds", "--refund-no", "T1", "--injection-no", "ZZ1", "--line-no", "2", *ON]
    assert "没有这笔退款" in desk.refused(MAKER, *made[:3], "T9", *made[4:])
    assert desk.new(MAKER, *made) == [True]
    assert desk.new(HEAD, "capital", "confirm-refunds", "T1", *ON) == [True]
    [record] = capital.injection_register(desk.conn, CITY, 2022)
    assert record.equity_fen == 950 * YUAN


def test_a_duty_is_late_until_its_return_is_accepted(desk: Desk) -> None:
    world.invested(desk.conn, world.injection())
    made = ["capital", "make-returns", "--region", CITY, "--enterprise-code", "E1", "--year", "2022",
            "--duty-code", "title_registration", "--evidence-no", "登记证1号", "--injection-no", "ZZ1",
            "--filed-on", "2022-07-01", *ON]  # fmt: skip
    assert desk.new(MAKER, *made) == [True]
    assert "可报送的职责" in desk.refused(
        MAKER, *["dividend" if a == "title_registration" else a for a in made]
    )
    key = f"{CITY}:E1:title_registration:ZZ1"
    [listed] = desk.told("", "capital", "list-returns", "--region", CITY, "--year", "2022")
    assert (listed["state"], listed["evidence_no"]) == ("draft", "登记证1号")
    assert desk.new(HEAD, "capital", "confirm-returns", key, *ON) == [True]
    duties = desk.told("", "capital", "duties", "--region", CITY, *ON)
    assert {one["document"]: one["done_on"] for one in duties}["ZZ1"] == "2022-07-01"


def test_an_injection_under_way_is_given_up_before_its_equity(desk: Desk) -> None:
    world.approved(desk.conn, world.injection())
    assert desk.new(MAKER, "capital", "discard-injections", "ZZ1", "--on", "2022-05-10") == [True]
    assert counts(desk.conn, INJECTION) == {"discarded": 1}
