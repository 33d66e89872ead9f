"""Messages with a bank, its answers and the day's reconciliation, by commands of officers who signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.documents import Officer, define_officers
from fisc.rosters import services as rosters
from fisc.treasury import services as treasury
from tests.conftest import _copy_of, _furnished
from tests.rosters.conftest import _paid
from tests.rosters.test_rosters import batch
from tests.treasury.conftest import paying_db, paying_template
from tests.treasury.paying import CITY, DAY, YUAN, application, certified
from tests.use_cases.desk import Desk

__all__ = ["paying_db", "paying_template"]

ON = ["--on", DAY]
ICBC = [
    "--acct-no",
    "15001",
    "--name",
    "市财政零余额账户",
    "--bank-no",
    "ICBC",
    "--region",
    "150600",
    "--kind",
]
CENTRAL = ["--acct-no", "15021", "--name", "国库单一账户", "--bank-no", "011205000000", "--region", "150600"]


@pytest.fixture
def desk(
    paying_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.setenv("DATABASE_URL", paying_db)
    with psycopg.connect(paying_db, autocommit=True) as conn:
        define_officers(conn, [
            Officer("auditor", "对账", CITY, frozenset({"reconcile", "finding_review"})),
            Officer("auditor2", "对账复核", CITY, frozenset({"reconcile", "finding_review"})),
        ])  # fmt: skip
        yield Desk(conn, monkeypatch, capsys)


@pytest.fixture
def opened(desk: Desk) -> Desk:
    """The treasury's accounts are registered."""
    assert desk.new("clerk", "banking", "register-accounts", *ICBC, "财政零余额") == [True]
    later = ["--opened-on", date(2022, 12, 1)]  # until then it has nothing to state
    assert desk.new("clerk", "banking", "register-accounts", *CENTRAL, "--kind", "21", *later) == [True]
    return desk


def test_a_number_or_name_that_is_none_is_refused(desk: Desk) -> None:
    rest = ["--bank-no", "011205000000", "--region", "150600", "--kind", "21"]
    for number, name in (("１２３\u202e", "国库"), ("15021", "\n"), ("15 021", "国库")):
        told = desk.refused(
            "clerk", "banking", "register-accounts", "--acct-no", number, "--name", name, *rest
        )
        assert "不能用" in told


def ordered(desk: Desk, place: Path, *certificates: str) -> iso.PaymentOrder:
    """The order of these certificates, as the file has it."""
    out = place / "order.xml"
    [told] = desk.told("teller", "banking", "make-order", *certificates, "--out", out, *ON)
    order = iso.read_order(out.read_bytes())
    assert (told["number"], told["bytes"]) == (order.message_id, len(out.read_bytes()))
    return order


def answered(place: Path, number: str, order: iso.PaymentOrder, *statuses: iso.TransferStatus) -> Path:
    """The bank's answer, in a file."""
    bank_no = order.batches[0].debtor.bank_no
    report = iso.StatusReport(number, order.created_on, bank_no, order.message_id, list(statuses))
    path = place / f"{number}.xml"
    path.write_bytes(iso.write_status_report(report))
    return path


def test_accounts_are_registered_by_the_treasury_and_listed(opened: Desk) -> None:
    assert opened.new("clerk", "banking", "register-accounts", *ICBC, "11") == [False]
    assert "国库经办" in opened.refused("teller", "banking", "register-accounts", *ICBC, "11")
    assert "另一个区划或另一账户类别" in opened.refused("clerk", "banking", "register-accounts", *ICBC, "12")
    assert "没有“13”" in opened.refused("clerk", "banking", "register-accounts", *ICBC, "13")
    listed = opened.told("", "banking", "list-accounts", "--region", "150600")
    assert [(row["acct_no"], row["kind"]) for row in listed] == [
        (account.acct_no, account.kind) for account in banking.list_accounts(opened.conn, CITY)
    ]
    assert "国库单一账户" in opened.shown("", "banking", "list-accounts", "--region", "150600")


def test_an_order_goes_out_and_its_answer_comes_in_once(opened: Desk, tmp_path: Path) -> None:
    certificates = certified(opened.conn, application("A1"), application("A2", "Q2", 20))
    assert "银行往来经办" in opened.refused("unit", "banking", "make-order", *certificates, *ON)
    order = ordered(opened, tmp_path, *certificates)
    assert order.payment_count == 2
    said = [
        iso.TransferStatus(certificates[0], "ACSC", 100 * YUAN, "B1", DAY),
        iso.TransferStatus(certificates[1], "RJCT", reason_code="AC04", reason="账号已销"),
    ]
    receive = ["banking", "receive", "--message", answered(tmp_path, "R1", order, *said), *ON]
    [took] = opened.told("teller", *receive)
    assert (took["paid"], took["returned"], took["findings"]) == ([certificates[0]], [certificates[1]], [])
    assert [row["is_new"] for row in opened.told("teller", *receive)] == [False]
    assert "先前已收取，没有再办理" in opened.shown("teller", *receive)
    assert [treasury.payment(opened.conn, n)["state"] for n in ("A1", "A2")] == ["paid", "returned"]
    days = ["--first", DAY, "--last", DAY]
    listed = opened.told("", "banking", "list-messages", "--region", "150600", *days)
    assert [(row["direction"], row["message_id"]) for row in listed] == [
        ("out", order.message_id),
        ("in", "R1"),
    ]
    again = tmp_path / "again.xml"
    which = [order.message_id, "--bank-no", "ICBC", "--out", again]
    opened.told("", "banking", "show-sent", *which)
    assert again.read_bytes() == (tmp_path / "order.xml").read_bytes()


def test_a_return_is_not_noted_against_what_the_bank_has_said(opened: Desk, tmp_path: Path) -> None:
    """The refusal names the message, and the finding by a number that shows it."""
    certificates = certified(opened.conn, application("A1"))
    order = ordered(opened, tmp_path, *certificates)
    more = iso.TransferStatus(certificates[0], "ACSC", 101 * YUAN, "B1", DAY)
    opened.faulty("teller", "banking", "receive", "--message", answered(tmp_path, "R1", order, more), *ON)
    back = ["treasury", "record-returns", certificates[0], "--reason-code", "AC04", "--reason", "销户",
            "--returned-on", DAY, *ON]  # fmt: skip
    refused = opened.refused("teller", *back)
    number = re.search(r"未了结的疑点 (\w{8})（银行报文 R1：金额不符", refused)
    assert number, refused
    assert certificates[0] in opened.shown("", "findings", "show", number[1])
    assert "金额不符" in opened.shown("unit", "treasury", "show", "A1")
    assert treasury.payment(opened.conn, "A1")["state"] == "sent"


def test_a_voucher_that_came_back_is_in_no_order_again(opened: Desk, tmp_path: Path) -> None:
    numbers = certified(opened.conn, application("A1"), application("A2"))
    order, out = ordered(opened, tmp_path, *numbers), tmp_path / "again.xml"
    ask = ["banking", "make-order", *numbers, "--out", out, *ON]
    assert "先前已办理" in opened.shown("teller", *ask)
    assert out.read_bytes() == (tmp_path / "order.xml").read_bytes()
    out.unlink()
    back = iso.TransferStatus(numbers[0], "RJCT", reason_code="AC01", reason="账号不存在")
    opened.told("teller", "banking", "receive", "--message", answered(tmp_path, "R1", order, back), *ON)
    refused = opened.refused("teller", *ask)
    assert f"{numbers[0]} 已退票" in refused and numbers[1] not in refused and "certify" in refused
    payee = ["--payee-name", "鄂尔多斯乙公司", "--payee-acct-no", "6200009"]
    opened.told("unit", "treasury", "correct-payees", "A1", *payee, *ON)
    assert "已更正收款信息" in opened.refused("teller", *ask)
    assert not out.exists()


def test_an_answer_that_pays_nothing_does_not_say_done(opened: Desk, tmp_path: Path) -> None:
    [number] = certified(opened.conn, application("A1"))
    order = ordered(opened, tmp_path, number)
    answer = answered(tmp_path, "R1", order, iso.TransferStatus(number, "ACSC", 1, "B1", DAY))
    shown = opened.found("teller", "banking", "receive", "--message", answer, *ON)
    assert "未支付、差错 1 项" in shown
    assert "已办理" not in shown


def test_a_dry_order_sends_nothing(opened: Desk, tmp_path: Path) -> None:
    [number] = certified(opened.conn, application("A1"))
    out = tmp_path / "order.xml"
    assert opened.told("teller", "banking", "make-order", number, "--out", out, "--dry-run", *ON)
    assert not out.exists()
    assert treasury.payment(opened.conn, "A1")["state"] == "certified"


def test_an_order_that_cannot_be_written_is_not_sent(opened: Desk, tmp_path: Path) -> None:
    [number] = certified(opened.conn, application("A1"))
    nowhere = tmp_path / "none" / "order.xml"
    refused = opened.refused("teller", "banking", "make-order", number, "--out", nowhere, *ON)
    assert "没有这个文件或目录" in refused
    assert treasury.payment(opened.conn, "A1")["state"] == "certified"


def test_a_day_is_reconciled_and_told_again(opened: Desk, tmp_path: Path) -> None:
    certificates = certified(opened.conn, application("A1"))
    ordered(opened, tmp_path, *certificates)
    day = ["--region", "150600", "--day", DAY]
    assert "对账" in opened.refused("teller", "banking", "reconcile", *day)
    [told] = opened.told("auditor", "banking", "reconcile", *day)
    assert told["is_proven"] is True
    assert [(row["name"], row["ours"]) for row in told["differences"]] == [
        ("在途：已发银行，尚无回单", certificates[0])
    ]
    assert (told["edition"], told["is_new"]) == (1, True)
    assert opened.told("", "banking", "show-reconciliation", *day) == [told | {"is_new": None}]
    assert opened.told("auditor", "banking", "reconcile", *day) == [told | {"is_new": False}]
    assert "先前已办理" in opened.shown("auditor", "banking", "reconcile", *day)
    shown = opened.shown("", "banking", "show-reconciliation", *day)
    assert all(words in shown for words in ("在途：已发银行，尚无回单", "平衡验证", "100.00"))
    later = ["--region", "150600", "--day", DAY + timedelta(1)]
    assert "没有记录" in opened.shown("", "banking", "show-reconciliation", *later)


def test_no_day_to_come_is_reconciled_and_real_days_stay_open(opened: Desk) -> None:
    day = ["banking", "reconcile", "--region", "150600", "--day"]
    said = opened.refused("auditor", *day, "2099-03-10")
    assert "日期 2099-03-10 晚于今天" in said and "只登记已经发生的事" in said
    [told] = opened.told("auditor", *day, DAY)
    assert (told["edition"], told["is_new"]) == (1, True)
    [earlier] = opened.told("auditor", *day, DAY - timedelta(1))  # a statement may come late
    assert (earlier["edition"], earlier["is_new"]) == (1, True)


@pytest.fixture
def people(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A payroll that was paid to the account that distributes it."""
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_rosters", _paid)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, capsys)


def test_a_batch_goes_out_person_by_person(people: Desk, tmp_path: Path) -> None:
    on = ["--on", date(2022, 3, 2)]
    number, out = batch(people.conn), tmp_path / "persons.xml"
    printed = number.translate(str.maketrans("0123456789ABCR", "０１２３４５６７８９ＡＢＣＲ"))
    assert printed != number
    made = ["banking", "make-roster-order", printed, "--out", out, *on]
    people.told("wire", *made)
    order = iso.read_order(out.read_bytes())
    said = [
        iso.TransferStatus(t.end_to_end_id, "RJCT" if t.payee_name == "职工2" else "ACSC", t.amount_fen, "B7")
        for t in order.batches[0].transfers
    ]
    [took] = people.told(
        "wire", "banking", "receive", "--message", answered(tmp_path, "R1", order, *said), *on
    )
    assert (len(took["persons_paid"]), len(took["persons_returned"])) == (3, 1)
    [back] = people.told("", "treasury", "list-persons", printed, "--states", "returned")
    repair = ["treasury", "repair-persons", printed, "--line-key", back["line_key"]]
    assert "单位经办" in people.refused("wire", *repair, "--acct-no", "62178888", *on)
    assert people.new("unit", *repair, "--acct-no", "62178888", *on) == [True]
    people.told("wire", *made)
    [sums] = people.told("", "treasury", "sum-persons", number)
    stands = rosters.sums(people.conn, [number])[number]
    assert (
        (sums["paid_fen"], sums["waiting_fen"]) == (stands.paid_fen, stands.waiting_fen) == (650_000, 300_000)
    )


def test_a_statement_is_void_by_command_and_listed_with_who_and_why(opened: Desk, tmp_path: Path) -> None:
    path = tmp_path / "S1.xml"
    path.write_bytes(iso.write_statement(iso.Statement("S1", DAY, "ICBC", "15001", "S1", DAY, 0, 0, ())))
    opened.told("teller", "banking", "receive", "--message", path, *ON)
    ask = [
        "banking", "make-statement-voids", "--void-no", "ZF1", "--region", "150600", "--message-id", "S1",
        "--bank-no", "ICBC", "--void-reason", "mistaken", "--void-note", "银行发错了对账单",
    ]  # fmt: skip
    assert "岗位“对账”" in opened.refused("teller", *ask, *ON)
    assert opened.new("auditor", *ask, *ON) == [True]
    approve = ["banking", "approve-statement-voids", "ZF1"]
    assert "auditor" in opened.refused("auditor", *approve, *ON)
    assert opened.new("auditor2", *approve, *ON) == [True]
    assert opened.new("auditor2", *approve, *ON) == [False]
    days = ["--first", DAY, "--last", DAY]
    [row] = opened.told("", "banking", "list-messages", "--region", "150600", *days)
    assert (row["state"], row["voided_by"], row["void_reason"], row["void_note"]) == (
        "voided", "auditor2", "mistaken", "银行发错了对账单",
    )  # fmt: skip
    assert "已作废" in opened.shown("", "banking", "list-messages", "--region", "150600", *days)
    assert "并已作废" in opened.shown("teller", "banking", "receive", "--message", path, *ON)
