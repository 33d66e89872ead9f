"""What no message to a bank can carry is refused where it is entered, at every door, in words."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from fisc.banking import bankfile
from fisc.banking import services as banking
from fisc.documents import RuleBroken
from fisc.kernel import FiscError
from fisc.registry import carried, elements
from fisc.rosters import services as rosters
from fisc.treasury import services as treasury
from fisc.treasury.services.certificates import certificate_no
from fisc.treasury.services.payroll import propose
from tests.banking.world import BANK, Conn, open_bank
from tests.rosters.conftest import LONG
from tests.treasury import desk
from tests.treasury.paying import CITY, DAY, SUPPLIER, application, certified

BAD = [
    ("purpose", "设备\x0b款"), ("purpose", "两行\n用途"), ("purpose", "甲|乙"), ("purpose", "用" * 141),
    ("payee_name", "甲" * 141), ("payee_name", "甲\x00"), ("payee_name", "𠀀" * 71), ("payee_name", "甲|乙"),
    ("payee_acct_no", "6" * 35), ("payee_bank_no", "1" * 15), ("payee_acct_no", "62\u200b01"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "text"), BAD)
def test_an_application_says_only_what_a_message_carries(paying: Conn, field: str, text: str) -> None:
    with pytest.raises(RuleBroken, match="银行报文"):
        treasury.apply(paying, [replace(application("A1", "Q1"), **{field: text})], by="unit", on=DAY)


@pytest.mark.parametrize("number", [
    "甲|1", "支" * 17, "鄂财支付〔2022〕第0001号（东胜区）", "A" * 31, "𠀀" * 8, " A1", "A\u200b1", "",
])  # fmt: skip
def test_the_number_of_an_application_fits_every_form_of_order(paying: Conn, number: str) -> None:
    with pytest.raises(RuleBroken, match="编号"):
        treasury.apply(paying, [replace(application("A1", "Q1"), pay_app_no=number)], by="unit", on=DAY)


@pytest.mark.parametrize("layout", ["", *bankfile.layouts()])
@pytest.mark.parametrize("number", ["A" * 30, "支" * 15, "鄂财支〔2022〕第0001号"])
def test_what_is_taken_at_entry_can_be_sent_in_every_form(paying: Conn, number: str, layout: str) -> None:
    open_bank(paying)
    account = banking.TreasuryAccount("15009", "户" * 70, "103", CITY, "11")
    banking.define_accounts(paying, [account])
    given = replace(application("A1", "Q1"), pay_app_no=number, agent_bank_no="103")
    certs = certified(paying, given, on=DAY)
    assert banking.payment_file(paying, certs, by="teller", on=DAY, layout=layout).is_new


def test_the_limits_are_those_of_the_schema_and_the_layouts() -> None:
    """The narrowest of what is shipped: data of layouts, and the lengths of ISO 20022."""
    widths = {
        field.name: field.width
        for field in bankfile.layouts()["fixed"].records["order", "line"] if field.width
    }  # fmt: skip
    assert carried.NAME.bytes == widths["payee_name"] and carried.PURPOSE.bytes == widths["purpose"]
    assert (carried.ACCOUNT.bytes, carried.BANK.bytes) == (widths["payee_acct_no"], widths["payee_bank_no"])
    head = {f.name: f.width for f in bankfile.layouts()["fixed"].records["order", "header"]}
    assert carried.PAYER.bytes == head["debtor_name"]
    assert len(certificate_no("9" * carried.APPLICATION.bytes, "direct", 99)) <= widths["end_to_end_id"]
    assert bankfile.layouts()["pipe"].separator == carried.SEPARATOR
    schema = (files("fisc.banking.iso20022") / "schemas" / "pain.001.001.09.xsd").read_text()
    for name in (f"Max{carried.NAME.signs}Text", f"Max{carried.ACCOUNT.signs}Text"):
        assert f'name="{name}"' in schema


@pytest.mark.parametrize(("change"), [{"name": "户" * 141}, {"acct_no": "1" * 35}, {"bank_no": "1" * 15}])
def test_an_account_of_the_treasury_fits_its_orders(paying: Conn, change: dict[str, str]) -> None:
    account = replace(banking.TreasuryAccount("15009", "新户", BANK, CITY, "11"), **change)
    with pytest.raises(FiscError, match="至多"):
        banking.define_accounts(paying, [account])


def test_what_is_corrected_fits_too(paying: Conn) -> None:
    open_bank(paying)
    correction = treasury.PayeeCorrection("A1", "甲|乙", "6200009", "103205000001")
    with pytest.raises(FiscError, match="竖线"):
        treasury.correct_payee(paying, [correction], by="unit", on=DAY)


@pytest.mark.parametrize(("field", "text"), BAD)
def test_what_is_revised_fits_too(paying: Conn, field: str, text: str) -> None:
    treasury.apply(paying, [application("A1", "Q1")], by="unit", on=DAY)
    with pytest.raises(RuleBroken, match="银行报文"):
        treasury.revise(paying, [treasury.PaymentRevision("A1", **{field: text})], by="unit", on=DAY)


@pytest.mark.parametrize("name", ["甲|乙", "甲" * 141, "𠀀" * 71, "甲\x0b"])
def test_a_payee_of_the_registry_fits(paying: Conn, name: str) -> None:
    payee = replace(SUPPLIER, payee_code="S-99", name=name, accounts=())
    with pytest.raises(FiscError, match=r"竖线|至多|不可见"):
        elements.define_payees(paying, [payee], by="registrar", on=DAY)


def batch(conn: Conn) -> str:
    (row,) = conn.execute("select distinct batch_no from rosters_line").fetchall()
    return str(row[0])


@pytest.mark.parametrize("acct_no", ["6" * 35, "62|01", "62\u200b01"])
def test_an_account_of_a_person_fits(roster: Conn, acct_no: str) -> None:
    (line, *_) = rosters.lines_of(roster, [batch(roster)])
    with pytest.raises(FiscError, match=r"竖线|至多|控制字符"):
        rosters.repair(roster, batch(roster), [rosters.Repair(line.line_key, acct_no)], by="unit", on=DAY)


@pytest.mark.parametrize("name", ["甲|乙", "甲" * 141, "𠀀" * 71])
def test_a_sheet_of_pay_fits(paying: Conn, tmp_path: Path, name: str) -> None:
    path = desk.workbook(tmp_path / "a.xlsx", [["101001", "R1", name, "基本工资", 100, "62170001"]], LONG)
    made = propose(paying, path, region=CITY, pay_month="2022-03")
    assert not made.by_quota and made.sheet.faults
