"""The treasury's documents live through commands alone, each step by an officer who has signed in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from fisc.cash import services as cash
from fisc.cli.main import run
from fisc.cli.output import to_json
from fisc.documents.told import told as rows_told
from fisc.treasury import services as treasury
from tests.treasury.conftest import paying_db, paying_template
from tests.treasury.paying import CITY, DAY, YUAN, entry, left
from tests.use_cases.desk import Desk

__all__ = ["paying_db", "paying_template"]

ON = ["--on", DAY.isoformat()]
PAYEE = ["--payee-name", "鄂尔多斯甲公司", "--payee-acct-no", "6200001", "--payee-bank-no", "102205000001",
         "--purpose", "教学设备款", "--region", "150600", "--agent-bank-no", "ICBC"]  # fmt: skip


@pytest.fixture
def desk(
    paying_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.setenv("DATABASE_URL", paying_db)
    with psycopg.connect(paying_db, autocommit=True) as conn:
        yield Desk(conn, monkeypatch, capsys)


def table(path: Path, rows: list[list[Any]]) -> str:
    """A file of rows: .csv or .xlsx."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf8", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(path)
    return str(path)


HEAD = [
    "支付申请编号",
    "指标",
    "金额",
    "支付类型",
    "收款人",
    "收款账号",
    "收款银行",
    "用途",
    "财政区划",
    "代理银行",
]


def applied(number: str, yuan: Any = "20.00", pay_type: str = "直接支付") -> list[Any]:
    """A row of a file of applications, under `HEAD`."""
    return [
        number,
        "Q1",
        yuan,
        pay_type,
        "鄂尔多斯甲公司",
        "6200001",
        "102205000001",
        f"教学设备款{number}",
        "150600",
        "ICBC",
    ]


def apply_a1(desk: Desk, *more: str, bgt_id: str = "Q1") -> list[bool]:
    apply = [
        "treasury",
        "apply",
        "--pay-app-no",
        "A1",
        "--bgt-id",
        bgt_id,
        "--amount",
        "100",
        "--pay-type",
        "direct",
    ]
    return desk.new("unit", *apply, *PAYEE, *ON, *more)


def to_the_bank(desk: Desk, *numbers: str) -> list[str]:
    """Through review, approval, signature and sending, each by its officer: the certificates."""
    assert desk.new("unit2", "treasury", "review", *numbers, *ON) == [True] * len(numbers)
    assert desk.new("reviewer", "treasury", "approve", *numbers, *ON) == [True] * len(numbers)
    certificates = [row["value"] for row in desk.told("signer", "treasury", "certify", *numbers, *ON)]
    send = ["treasury", "send", *certificates, "--message-id", "M1", *ON]
    assert desk.new("teller", *send) == [True] * len(numbers)
    return certificates


def paid(desk: Desk, number: str, yuan: str) -> None:
    told = [
        number,
        "--agent-business-no",
        f"B{number}",
        "--amount",
        yuan,
        "--paid-on",
        str(DAY),
    ]
    assert desk.new("teller", "treasury", "confirm-paid", *told, *ON) == [True]


def test_a_notice_says_that_it_is_for_no_bank(desk: Desk) -> None:
    quota = ["--bgt-id", "Q1", "--amount", "100", "--pay-type", "direct"]
    assert desk.new("unit", "treasury", "apply", "--pay-app-no", "A1", *quota, *PAYEE[:-2], *ON) == [True]
    [certificate] = to_the_bank(desk, "A1")
    paid(desk, certificate, "100")
    day = ["--region", "150600", "--day", str(DAY), *ON]
    assert "代理银行" in desk.shown("clearer", "treasury", "issue-notices", *day)
    assert "代理银行" in desk.shown("", "treasury", "list-notices", "--region", "150600", "--year", DAY.year)


def test_a_payment_lives_from_its_application_to_its_clearing(desk: Desk, tmp_path: Path) -> None:
    assert apply_a1(desk, "--dry-run", bgt_id="Ｑ１") == [True]
    assert left(desk.conn) == {"executable": 1000}
    assert apply_a1(desk) == [True]
    assert apply_a1(desk) == [False]
    many = table(tmp_path / "三月.csv", [HEAD, applied("A2"), applied("A3", 30, "direct")])
    assert desk.new("unit", "treasury", "apply", "--file", many, *ON) == [True, True]
    error = desk.refused("unit", "treasury", "review", "A1", *ON)
    assert "单位审核" in error
    certificates = to_the_bank(desk, "A1", "A2", "A3")
    assert certificates == ["PZA1", "PZA2", "PZA3"]
    under_way = desk.told("teller", "treasury", "in-transit", "--region", CITY, *ON)[0]["at_bank"]
    assert [row["pay_app_no"] for row in under_way] == ["A1", "A2", "A3"]
    for number, yuan in zip(certificates, ("100", "20", "30"), strict=True):
        paid(desk, number, yuan)
    day = ["--region", "150600", "--day", str(DAY), *ON]
    [notice] = desk.told("clearer", "treasury", "issue-notices", *day)
    assert notice["amount_fen"] == 150 * YUAN
    debit = [
        "--lqd-cert-no",
        "LQ1",
        "--fund-type-code",
        "111",
        "--agent-bank-no",
        "ICBC",
        "--act-lqd-date",
        str(DAY),
    ]
    clear = ["treasury", "clear", *day, *debit]
    error = desk.refused("clearer2", *clear, "--amount", "151")
    assert desk.new("clearer2", *clear, "--amount", "150") == [True]
    assert desk.new("clearer2", *clear, "--amount", "150") == [False]
    [whole] = desk.told("unit", "treasury", "show", "PZA1")
    stands = treasury.payment(desk.conn, "A1")
    assert (
        (whole["state"], whole["lqd_cert_no"])
        == (stands["state"], stands["lqd_cert_no"])
        == ("cleared", "LQ1")
    )
    assert [step["officer"] for step in whole["trail"]] == [
        "unit", "unit2", "reviewer", "signer", "teller", "teller", "clearer2",
    ]  # fmt: skip
    listed = ["treasury", "list-payments", "--region", "150600", "--year", "2022", "--state", "已清算"]
    assert [row["state"] for row in desk.told("unit", *listed)] == ["cleared"] * 3


def test_of_a_file_the_sound_items_are_done_where_each_is_judged_alone(desk: Desk, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("支付申请编号\nA1\nA9\n", "utf8")
    apply_a1(desk)
    review = ["treasury", "review", "--file", str(numbers), *ON]
    assert "A9" in desk.refused("unit2", *review)
    for _ in range(2):
        assert desk.found("unit2", *review, "--each").count("未办理") >= 2  # heading of the reason, outcome
        told = desk.faulty("unit2", *review, "--each")
        assert [(row["number"], bool(row["refusal"])) for row in told] == [("A1", False), ("A9", True)]
        assert "没有支付申请 A9" in str(told[1]["refusal"])


def test_a_file_with_a_bad_cell_applies_for_nothing_and_names_it(desk: Desk, tmp_path: Path) -> None:
    many = table(
        tmp_path / "三月.xlsx", [HEAD, applied("A1"), applied("A2", "二十"), applied("A3", 1, "现金")]
    )
    error = desk.refused("unit", "treasury", "apply", "--file", many, *ON)
    assert all(words in error for words in ("C3", "“二十”不是金额", "D4", "没有“现金”", "direct（直接支付）"))
    assert left(desk.conn) == {"executable": 1000}


def test_what_is_left_out_is_asked_for(desk: Desk) -> None:
    error = desk.misused("unit", "treasury", "apply", "--pay-app-no", "A1", *ON)
    assert (
        "缺少选项 --bgt-id（指标）、--amount（金额）、--pay-type（支付类型）、--payee-name（收款人）" in error
    )
    assert "--pay-app-no" not in error and "收款银行" not in error


def test_a_payment_that_came_back_is_put_right_or_withdrawn(desk: Desk, tmp_path: Path) -> None:
    many = table(tmp_path / "a.csv", [HEAD, applied("A1"), applied("A2")])
    desk.new("unit", "treasury", "apply", "--file", many, *ON)
    for number in to_the_bank(desk, "A1", "A2"):
        back = [number, "--reason-code", "AC04", "--reason", "账号已销", "--returned-on", str(DAY)]
        assert desk.new("teller", "treasury", "record-returns", *back, *ON) == [True]
    right = ["A1", "--payee-name", "鄂尔多斯甲公司", "--payee-acct-no", "6200002"]
    assert desk.new("unit", "treasury", "correct-payees", *right, *ON) == [True]
    assert desk.new("unit", "treasury", "correct-payees", *right, *ON) == [False]
    assert desk.told("signer", "treasury", "certify", "A1", *ON) == [{"number": "A1", "value": "PZA1-2"}]
    assert desk.new("unit", "treasury", "withdraw", "A2", "--note", "不再支付", *ON) == [True]
    assert left(desk.conn) == {"executable": 980, "applied": 20}
    [whole] = desk.told("unit", "treasury", "show", "A1")
    assert [row["pay_cert_no"] for row in whole["returns"]] == ["PZA1"]


def test_an_allocation_is_cleared_by_the_clearing_officer(desk: Desk) -> None:
    own = ["--payee-name", "市教育局", "--payee-acct-no", "6200088", "--purpose", "拨款", "--region", CITY]
    made = [
        "treasury",
        "apply",
        "--pay-app-no",
        "A1",
        "--bgt-id",
        "Q1",
        "--amount",
        "5",
        "--pay-type",
        "实拨",
    ]
    assert desk.new("unit", *made, *own, *ON) == [True]
    assert to_the_bank(desk, "A1") == ["BKA1"]
    paid(desk, "BKA1", "5")
    desk.refused("teller", "treasury", "clear-allocated", "BKA1", *ON)
    assert desk.new("clearer2", "treasury", "clear-allocated", "BKA1", *ON) == [True]
    assert treasury.payment(desk.conn, "A1")["state"] == "cleared"


def test_a_refund_comes_back_to_its_quota(desk: Desk) -> None:
    apply_a1(desk)
    [number] = to_the_bank(desk, "A1")
    paid(desk, number, "100")
    told = [
        "--refund-no",
        "R1",
        "--pay-app-no",
        "A1",
        "--amount",
        "40",
        "--refunded-on",
        str(DAY),
        "--reason",
        "按发票多付了",
    ]
    assert desk.new("teller", "treasury", "refund", *told, *ON) == [True]
    assert left(desk.conn) == {"executable": 940, "paid": 60}
    assert desk.told("unit", "treasury", "show", "A1")[0]["refunded_fen"] == 40 * YUAN
    assert (
        desk.told("unit", "treasury", "list-paid", "--region", CITY, "--day", str(DAY))[0]["pay_app_no"]
        == "A1"
    )


def test_plans_are_made_approved_and_opened(desk: Desk, tmp_path: Path) -> None:
    year = ["--region", "150600", "--year", "2022"]
    desk.shown("clerk", "treasury", "set-settings", *year, "--plan-required", *ON)
    assert desk.told("clerk", "treasury", "show-settings", *year)[0]["plan_required"] is True
    far = ["--region", "150600", "--year", "2024", "--plan-required", *ON]
    assert "不能是 2024 年" in desk.refused("clerk", "treasury", "set-settings", *far)
    rows = [["用款计划编号", "指标", "计划月份", "计划额"], ["P1", "Q1", 3, 60], ["P2", "Q1", 4, 70.5]]
    many = table(tmp_path / "计划.xlsx", rows)
    assert desk.new("unit", "treasury", "make-plans", "--file", many, *ON) == [True, True]
    assert desk.new("unit2", "treasury", "review-plans", "P1", "P2", *ON) == [True, True]
    back = ["treasury", "send-plans-back", "P2", "--note", "月份不符", *ON]
    assert desk.new("reviewer", *back) == [True]
    assert desk.new("unit", "treasury", "withdraw-plans", "P2", *ON) == [True]
    assert desk.new("reviewer", "treasury", "approve-plans", "P1", *ON) == [True]
    opened = desk.told("clerk", "treasury", "open-plans", "--region", "150600", *ON)
    assert [row["number"] for row in opened] == ["P1"]
    assert left(desk.conn) == {"executable": 940, "planned": 60}
    listed = desk.told("unit", "treasury", "list-plans", *year)
    assert [(row["plan_no"], row["state"]) for row in listed] == [("P1", "opened"), ("P2", "withdrawn")]
    assert "“核减”" in desk.refused("unit", "treasury", "revise-plans", "P1", "--amount", "50", *ON)
    cut = ["treasury", "cut-plans", "P1", "--amount", "50", *ON]
    assert "岗位" in desk.refused("unit", *cut)
    assert [desk.new("reviewer", *cut) for _ in range(2)] == [[True], [False]]
    assert left(desk.conn) == {"executable": 950, "planned": 50}


def test_a_fund_that_does_not_exist_is_refused_by_its_name(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "事项.json"
    came = {"kind": "unidentified_receipt", "mof_div_code": CITY, "amount_fen": 100, "happened_on": str(DAY)}
    funds = {"A": "111", "B": "ZZZ"}
    rows = [{"affair_no": no, **came, "fund_type_code": fund} for no, fund in funds.items()]
    path.write_text(json.dumps(rows), "utf8")
    said = desk.refused("clerk", "treasury", "make-affairs", "--file", str(path), *ON)
    assert "没有资金性质 ZZZ：B" in said and "第 2 项" in said and "第 1 项" not in said


def test_an_affair_is_made_by_one_and_posted_by_another(desk: Desk, tmp_path: Path) -> None:
    lent = {"kind": "money_lent", "mof_div_code": CITY, "fund_type_code": "111", "amount_fen": 100 * YUAN,
            "happened_on": str(DAY)}  # fmt: skip
    path = tmp_path / "事项.json"
    path.write_text(
        json.dumps([{"affair_no": "O", **lent}, {"affair_no": "X", **lent, "counterparty": "另一单位"}]),
        "utf8",
    )
    assert desk.new("clerk", "treasury", "make-affairs", "--file", str(path), *ON) == [True, True]
    assert entry(desk.conn, "affair:O:posted") == []
    desk.refused("clerk", "treasury", "post-affairs", "O", *ON)
    assert desk.new("reviewer", "treasury", "post-affairs", "O", *ON) == [True]
    assert desk.new("clerk", "treasury", "discard-affairs", "X", *ON) == [True]
    told = ["--affair-no", "A", "--kind", "借出款项收回", "--region", "150600", "--fund-type-code", "111"]
    back = [
        "treasury",
        "make-affairs",
        *told,
        "--amount",
        "30",
        "--happened-on",
        str(DAY),
        "--settles-no",
        "O",
    ]
    assert desk.new("clerk", *back, *ON) == [True]
    assert desk.new("reviewer", "treasury", "post-affairs", "A", *ON) == [True]
    assert entry(desk.conn, "affair:A:posted") == [
        "借 treasury_2015:1001 30.00", "贷 treasury_2015:1021 30.00",
    ]  # fmt: skip
    found = desk.told("clerk", "treasury", "open-affairs", "--region", "150600", *ON)
    assert [(row["affair_no"], row["left_fen"]) for row in found] == [("O", 70 * YUAN)]
    assert [row["left_fen"] for row in treasury.open_affairs(desk.conn, CITY, DAY)] == [70 * YUAN]


def test_cash_to_come_is_expected_listed_and_struck_off(desk: Desk) -> None:
    told = ["--flow-key", "E1", "--region", "150600", "--stream", "上级补助", "--expected-on", "2022-03-10"]
    expect = ["treasury", "expect", *told, "--amount", "500", "--title", "省补助", *ON]
    desk.refused("unit", *expect)
    assert desk.new("clerk", *expect) == [True]
    assert desk.new("clerk", *expect) == [False]
    listed = [
        "treasury",
        "list-expected",
        "--region",
        "150600",
        "--after-day",
        str(DAY),
        "--until",
        "2022-03-31",
    ]
    assert [row["flow_key"] for row in desk.told("unit", *listed)] == ["E1"]
    told = json.loads(desk.shown("unit", "treasury", "cash-position", "--region", "150600", *ON, "--json"))
    [at] = told["rows"]
    assert told["findings"] == [] and told["rows"] == as_json(cash.position(desk.conn, CITY, DAY))
    assert at["expected"][0]["amount_fen"] == cash.position(desk.conn, CITY, DAY).expected_fen == 500 * YUAN
    ahead = ["treasury", "cash-outlook", "--region", "150600", "--days", "30", *ON, "--json"]
    [told] = json.loads(desk.shown("unit", *ahead))["rows"]
    assert [told] == as_json(cash.cash_outlook(desk.conn, CITY, on=DAY, days=30))
    assert sum(day["inflow_fen"] for day in told["daily"]) == 500 * YUAN
    assert desk.new("clerk", "treasury", "settle-expected", "E1") == [True]
    assert desk.new("clerk", "treasury", "settle-expected", "E1") == [False]
    shown = desk.shown("unit", *listed)
    assert "没有记录" in shown


def as_json(answer: object) -> object:
    """What a use case answers, as every door tells it."""
    return json.loads(to_json(rows_told(answer, ())))


def test_people_read_names_and_yuan(desk: Desk) -> None:
    apply_a1(desk)
    shown = desk.shown("unit", "treasury", "list-payments", "--region", "150600", "--year", "2022")
    assert all(words in shown for words in ("支付申请编号", "A1", "100.00", "草稿"))
    shown = desk.shown("unit", "treasury", "show", "A1")
    assert all(words in shown for words in ("办理过程（1）", "编制", "鄂尔多斯甲公司"))


def test_what_is_said_twice_or_beside_a_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    numbers = tmp_path / "numbers.json"
    numbers.write_text('["A1"]', "utf8")
    for wrong, named in (
        (["treasury", "review", "A1", "--file", numbers], "支付申请编号"),
        (["treasury", "apply", "--file", numbers, "--amount", "5", "--region", "150600"], "--amount"),
        (["treasury", "apply", "--amount", "5", "--amount", "6"], "--amount：只能写一次"),
    ):
        assert named in desk.misused("unit", *wrong)


def test_a_list_says_after_which_number_it_goes_on(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [applied(f"A{n}", "1") for n in range(1, 5)]
    desk.told("unit", "treasury", "apply", "--file", table(tmp_path / "a.csv", [HEAD, *rows]), *ON)
    asked, number = ["treasury", "list-payments", "--region", "150600", "--year", "2022"], "pay_app_no"
    assert "后面还有：加 --after A3 接着看" in desk.shown("", *asked, "--limit", "3")
    assert "后面还有" not in desk.shown("", *asked, "--limit", "4")
    assert [row[number] for row in desk.told("", *asked, "--after", "A3", "--limit", "3")] == ["A4"]
    for limit, after in (("3", "A3"), ("4", "")):
        capsys.readouterr()
        assert run([*asked, "--limit", limit, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["after"] == after
    quotas = ["budget", "list-quotas", "--region", "150600", "--year", "2022"]
    assert "后面还有：加 --after B1 接着看" in desk.shown("", *quotas, "--limit", "1")
    assert "后面还有" not in desk.shown("", *quotas)
