"""Whose money a booking is: it closes only as money to or from the party that its paper names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fisc.banking import services as banking
from fisc.banking.services import TreasuryAccount, define_accounts
from fisc.banking.services.party import Other, government_named, is_of, party_of
from fisc.documents import Officer, define_officers
from fisc.documents import findings as told_of
from fisc.revenue import services as revenue
from fisc.treasury import services as treasury
from tests.banking.letters import entry, notification, statement, tx
from tests.banking.test_other_money import REPORT, booked, books, collected, kinds, lent, party, settled, told
from tests.banking.world import CENTRAL, Conn, open_bank, signed
from tests.debt import world as debts
from tests.debt.conftest import _indebted, city
from tests.treasury.paying import BANNER, CITY, DAY, SUPPLIER, state

__all__ = ["_indebted", "city"]
STRANGER, FIRM = party("张三", "6222000011113333"), party("某公司", "62")
CREDIT = "101010136"


@pytest.fixture
def bank(paying: Conn) -> Conn:
    open_bank(paying)
    define_officers(paying, [
        Officer("gatherer", "收入登记", "", frozenset({"revenue_make"})),
        Officer("maker", "国库经办", "", frozenset({"treasury_make"})),
    ])  # fmt: skip
    return paying


def affair(conn: Conn, kind: str, yuan: int, number: str = "SX1", who: str = "某公司", **more: Any) -> None:
    said = treasury.TreasuryAffair(number, kind, CITY, "111", yuan * 100, DAY, counterparty=who, **more)
    treasury.record_affairs(conn, [said], by="maker", reviewed_by="reviewer", on=DAY)


def refund(conn: Conn, yuan: int, number: str = "TK1", who: str = "某公司") -> None:
    paper = revenue.Source("退库通知", f"退库〔2022〕{number[-1]}号", "")
    said = revenue.TaxRefund(number, CITY, DAY, CREDIT, yuan * 200, paper, payee_name=who)
    revenue.record_refunds(conn, [said], by="gatherer", on=DAY)
    revenue.confirm_refunds(conn, [number], by="reviewer", on=DAY)


def open_refs(conn: Conn) -> list[str]:
    return [item.theirs for item in books(conn).items if item.theirs]


@pytest.mark.parametrize(
    "name", ["东胜区鑫鑫贸易有限公司", "鄂尔多斯市东胜区国库大酒店", "准格尔旗国库", "东胜"]
)
@pytest.mark.parametrize("number", ["", "调库1号"])
def test_a_name_within_a_name_is_another_name(bank: Conn, name: str, number: str) -> None:
    lent(bank, "调库1号", 60)
    told(bank, booked("60.00", "DBIT", "TRF", number, "R1", party(name, "6222")), ends=("60.00", "0.00"))
    assert settled(bank) == {} and open_refs(bank) == ["R1"]


@pytest.mark.parametrize(
    "name", ["东胜区", "东胜区国库", "鄂尔多斯市东胜区财政局", "国家金库东胜区支库", " 东 胜 區　国 庫 "]
)
def test_the_treasury_of_a_government_by_its_names(bank: Conn, name: str) -> None:
    lent(bank, "调库1号", 60)
    told(bank, booked("60.00", "DBIT", "TRF", "", "R1", party(name)), ends=("60.00", "0.00"))
    assert settled(bank) == {"调库1号": ["R1"]}


@pytest.mark.parametrize(
    ("who", "acct_no", "is_its"),
    [("东胜区国库", "12021", True), ("随便写的", "12021", True), ("东胜区国库", "6222999", False),
     ("东胜区国库", "12011", False), ("东胜区国库单一账户", "16021", False)],
)  # fmt: skip
@pytest.mark.parametrize("number", ["", "调库1号"])
def test_an_account_that_is_known_beats_the_name(
    bank: Conn, who: str, acct_no: str, is_its: bool, number: str
) -> None:
    define_accounts(bank, [
        TreasuryAccount("12021", "东胜区国库单一账户", CENTRAL, BANNER, "21"),
        TreasuryAccount("12011", "东胜区财政零余额账户", "ICBC", BANNER, "11"),
        TreasuryAccount("16021", "准格尔旗国库单一账户", CENTRAL, "150622000", "21"),
    ])  # fmt: skip
    lent(bank, "调库1号", 60)
    told(bank, booked("60.00", "DBIT", "TRF", number, "R1", party(who, acct_no)), ends=("60.00", "0.00"))
    assert settled(bank) == ({"调库1号": ["R1"]} if is_its else {})


@pytest.mark.parametrize("by", ["reference", "words"])
@pytest.mark.parametrize(
    ("who", "is_its"), [(STRANGER, False), (FIRM, True), (party("", "6222"), False), ("", True)]
)
def test_a_number_makes_no_stranger_the_party_of_an_affair(
    bank: Conn, by: str, who: str, is_its: bool
) -> None:
    affair(bank, "temporary_payment", 500, "SX-2022-001")
    words = "" if by == "reference" else "<RmtInf><Ustrd>SX-2022-001 借款</Ustrd></RmtInf>"
    key = "SX-2022-001" if by == "reference" else ""
    told(bank, booked("500.00", "DBIT", "TRF", key, "R1", who + words), ends=("500.00", "0.00"))
    assert settled(bank) == ({"SX-2022-001": ["R1"]} if is_its else {})


def test_an_affair_is_not_split_between_its_party_and_a_stranger(bank: Conn) -> None:
    affair(bank, "temporary_payment", 500)
    told(bank, booked("300.00", "DBIT", "TRF", "SX1", "R1", FIRM),
         booked("200.00", "DBIT", "TRF", "SX1", "R2", STRANGER), ends=("500.00", "0.00"))  # fmt: skip
    assert settled(bank) == {} and open_refs(bank) == ["R1", "R2"]


def test_a_paper_that_names_nobody_goes_by_its_number_and_says_so(bank: Conn) -> None:
    affair(bank, "temporary_payment", 500, who="")
    affair(bank, "money_lent", 40, "SX2")
    told(bank, booked("500.00", "DBIT", "TRF", "", "R1", STRANGER), ends=("1040.00", "540.00"))
    assert settled(bank) == {}
    one, other = booked("500.00", "DBIT", "TRF", "SX1", "R2", STRANGER), booked("40.00", "DBIT", "TRF", "SX2")
    told(bank, one, other, ends=("540.00", "0.00"), number="S2")
    report = banking.reconciled_day(bank, CITY, books(bank).day)
    assert report is not None and {m.document: m.words for m in report.matches} == {
        "SX1": "单据没有写明对方，凭编号或日期、金额核对", "SX2": "银行没有写明对方，凭编号核对"
    }  # fmt: skip


@pytest.mark.parametrize(("number", "who", "is_its"), [
    ("", STRANGER, False), ("TK1", STRANGER, False), ("", FIRM, True), ("TK1", FIRM, True), ("TK1", "", True),
    ("", "", False),
])  # fmt: skip
def test_a_refund_goes_to_the_taxpayer_that_it_names(bank: Conn, number: str, who: str, is_its: bool) -> None:
    collected(bank, 700, 200)
    refund(bank, 50)
    out = booked("50.00", "DBIT", "REV", number, "R2", who)
    told(bank, booked("900.00", "CRDT", "REV", REPORT, "R1"), out, ends=("0.00", "850.00"))
    assert settled(bank) == {REPORT: ["R1"]} | ({"TK1": ["R2"]} if is_its else {})


def test_two_refunds_of_a_day_are_each_to_its_own(bank: Conn) -> None:
    collected(bank, 700, 200)
    refund(bank, 50)
    refund(bank, 30, "TK2", "张三")
    told(bank, booked("900.00", "CRDT", "REV", REPORT, "R1"), booked("30.00", "DBIT", "REV", "", "R2", FIRM),
         booked("50.00", "DBIT", "REV", "", "R3", STRANGER), ends=("0.00", "820.00"))  # fmt: skip
    assert settled(bank) == {REPORT: ["R1"]}


def test_a_refund_without_a_payee_needs_its_number(bank: Conn) -> None:
    collected(bank, 700, 200)
    refund(bank, 50, who="")
    out = booked("50.00", "DBIT", "REV", "", "R2", STRANGER)
    told(bank, booked("900.00", "CRDT", "REV", REPORT, "R1"), out, ends=("0.00", "850.00"))
    assert settled(bank) == {REPORT: ["R1"]}


@pytest.mark.parametrize(("first", "later", "is_one"), [
    (party("张三", "6222"), party("李四", "", "Dbtr"), False),
    (party("张三"), party("李四", "7777", "Dbtr"), False),
    (party("张三"), party("张 三", who="Dbtr"), True), (party("张三"), "", True),
])  # fmt: skip
def test_what_the_bank_takes_back_is_the_same_partys(
    bank: Conn, first: str, later: str, is_one: bool
) -> None:
    told(bank, entry("500.00", "DBIT", tx("K1", more=first), code="TRF", ref="R1"),
         entry("500.00", "CRDT", tx("K1", more=later), code="TRF", ref="R2", back=True),
         ends=("500.00", "500.00"))  # fmt: skip
    assert open_refs(bank) == ([] if is_one else ["R1", "R2"])


@pytest.mark.parametrize("code", ["FEE", "INT", "TRF", "DEBT", "DIFF"])
@pytest.mark.parametrize("side", ["DBIT", "CRDT"])
def test_other_business_under_a_reports_number_is_no_revenue(bank: Conn, code: str, side: str) -> None:
    collected(bank, 700, 200)
    gross = "950.00" if side == "DBIT" else "850.00"
    told(bank, booked(gross, "CRDT", "REV", REPORT, "R1"), booked("50.00", side, code, REPORT, "R2"),
         ends=("0.00", "900.00"))  # fmt: skip
    assert {(item.kind, item.theirs) for item in books(bank).faults} == {
        ("document_differs", "R1"), ("line_unexplained", "R2")
    }  # fmt: skip


INTEREST = {"rev_func_code": "103070501"}


@pytest.mark.parametrize(
    ("yuan", "code", "who", "day", "is_its"),
    [("5.00", "INT", "", DAY, True), ("5.01", "INT", "", DAY, False), ("5.00", "TRF", "", DAY, False),
     ("5.00", "FEE", "", DAY, False), ("5.00", "INT", party("张三", "6222", "Dbtr"), DAY, False),
     ("5.00", "INT", "", date(2022, 3, 2), False)],
)  # fmt: skip
def test_interest_is_told_by_its_sort_amount_and_day(
    bank: Conn, yuan: str, code: str, who: str, day: date, is_its: bool
) -> None:
    affair(bank, "treasury_interest", 5, "LX1", who="", **INTEREST)
    told(bank, ends=("0.00", "0.00"), number="S0")  # of the day of the paper: nothing came that day
    line = entry(yuan, "CRDT", tx("", more=who), code=code, ref="R1", day=f"<Dt>{day}</Dt>")
    data = statement("0.00", yuan, line, number="S1", acct="15021", bank=CENTRAL, day=date(2022, 3, 2))
    banking.receive(bank, data, by="teller", on=date(2022, 3, 2))
    assert settled(bank) == ({"LX1": ["R1"]} if is_its else {})


def test_interest_is_not_guessed_between_two(bank: Conn) -> None:
    affair(bank, "treasury_interest", 5, "LX1", who="", **INTEREST)
    told(bank, booked("5.00", "CRDT", "INT", "", "R1"), booked("5.00", "CRDT", "INT", "", "R2"),
         ends=("0.00", "10.00"))  # fmt: skip
    assert settled(bank) == {}


def test_debt_paid_for_a_lower_government_goes_by_its_number(city: Conn) -> None:
    open_bank(city)
    debts.record(city, debts.event("债1", "lower_debt_advanced", 100, lower_div_code=BANNER))
    told(
        city,
        booked("100.00", "DBIT", "DEBT", "", "R1", STRANGER),
        ends=("11000.00", "10900.00"),
        number="S0",
        on=DAY,
    )
    day = date(2022, 3, 6)
    assert settled(city, day) == {}
    assert kinds(city, day)["line_unexplained"] == ("", "R1")


@pytest.mark.parametrize(("who", "is_back"), [
    ("<Dbtr><Pty><Nm>别人</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>999</Id></Othr></Id></DbtrAcct>", False),
    ("<Dbtr><Pty><Nm>别人</Nm></Pty></Dbtr>", False),
    (f"<Cdtr><Pty><Nm>{SUPPLIER.name}</Nm></Pty></Cdtr>", True),
    ("<CdtrAcct><Id><Othr><Id>6200001</Id></Othr></Id></CdtrAcct>", True), ("", True),
    ("<DbtrAcct><Id><Othr><Id>15001</Id></Othr></Id></DbtrAcct>", True),
])  # fmt: skip
@pytest.mark.parametrize("is_notice", [True, False])
def test_a_payment_comes_back_from_its_payee_alone(
    bank: Conn, who: str, is_back: bool, is_notice: bool
) -> None:
    (cert,) = signed(bank, 30)
    banking.payment_file(bank, [cert], by="teller", on=DAY)
    more = f"<RltdPties>{who}</RltdPties>" if who else ""
    out = entry("30.00", "DBIT", tx(cert), ref="a")
    back = entry("30.00", "CRDT", tx(cert, more=more), back=True, ref="RR")
    if is_notice:
        banking.receive(bank, notification(back), by="teller", on=DAY)
    banking.receive(bank, statement("100.00", "100.00", out, back), by="teller", on=DAY)
    assert state(bank, "A1") == ("returned" if is_back else "sent")
    assert {f.finding.rule_id for f in told_of.recorded(bank)} == (
        set() if is_back else {"message.wrong_payee"}
    )
    if (
        not is_back
    ):  # another's money is no booking of the voucher: it is open, and two officers may say what it is
        assert {(i.kind, i.theirs) for i in books(bank, DAY).items} >= {("line_unexplained", "RR")}
        assert [line.bank_ref for line in banking.open_lines(bank, CITY)] == ["RR"]


def test_who_cannot_be_told_is_neither() -> None:
    paper = party_of(["某公司"], ["62"])
    assert is_of(Other(), paper) is None
    assert is_of(Other("某公司"), party_of([""])) is None
    assert is_of(Other("某　公司", "63"), paper) is False
    assert is_of(Other("别的名字", "62"), paper) is True
    assert (government_named("东胜区国库"), government_named("东胜区鑫鑫")) == (BANNER, "")
