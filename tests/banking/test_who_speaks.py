"""Who speaks for an account, and from which account a voucher is paid: nothing else agrees with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.banking.services import TreasuryAccount, define_accounts
from fisc.documents import Officer, define_officers
from fisc.treasury import services as treasury
from tests.banking.letters import answer, block, entry, notification, outcome, statement, tx
from tests.banking.test_reconciliation import paid_by_hand
from tests.banking.world import BANK, CENTRAL, SINGLE, Conn, open_bank, signed
from tests.treasury.desk import opening
from tests.treasury.paying import BANNER, CITY, DAY, application, certified, state

NEXT = DAY + timedelta(days=1)
THIRD = DAY + timedelta(days=2)


OTHER = TreasuryAccount("99001", "另一零余额账户", "ABC", CITY, "11")
BANNERS = TreasuryAccount("12021", "东胜区零余额账户", "CCB", BANNER, "11")


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)
    define_accounts(paying, [OTHER, BANNERS])


def take(conn: Conn, *data: bytes) -> banking.MessageResult:
    return [banking.receive(conn, one, by="teller", on=THIRD) for one in data][-1]


def faults(conn: Conn, region: str = CITY, on: date = THIRD) -> list[tuple[str, str, int]]:
    """What somebody must act on: kind, ours, the bank's fen; and every proof holds."""
    report = banking.reconcile(conn, region, on, by="auditor")
    assert report.is_proven, report.identities
    assert all(proof.holds for proof in reconciliation_proofs(conn, region, on))
    return sorted((item.kind, item.ours, item.theirs_fen) for item in report.faults)


def sent(conn: Conn, *yuan: int) -> list[str]:
    certs = signed(conn, *yuan)
    banking.payment_file(conn, certs, by="teller", on=DAY)
    return certs


def on_single(opening: str, closing: str, *entries: str, **of: Any) -> bytes:
    return statement(opening, closing, *entries, acct=SINGLE, bank=CENTRAL, **of)


def test_only_the_bank_that_keeps_an_account_states_it(paying: Conn) -> None:
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT", ref="ROGUE")))
    clean = statement("10.00", "10.00", number="S9", bank="EVIL", created=f"{DAY}T20:00:00+08:00")
    with pytest.raises(iso.MessageRefused, match="开户行是 ICBC"):
        take(paying, clean)
    assert faults(paying) == [("no_voucher", "", 1_000)]


@pytest.mark.parametrize("kind", ["camt.054.001.08", "camt.052.001.08"])
def test_only_the_bank_that_keeps_an_account_tells_of_it(paying: Conn, kind: str) -> None:
    (cert,) = sent(paying, 10)
    back = entry("10.00", "CRDT", tx(cert), back=True)
    with pytest.raises(iso.MessageRefused):
        take(paying, notification(back, bank="EVIL", kind=kind))
    assert state(paying, "A1") == "sent"
    take(paying, notification(back, kind=kind))
    assert state(paying, "A1") == "returned"


def test_who_names_no_bank_speaks_as_the_one_that_keeps_the_account(paying: Conn) -> None:
    told = statement("10.00", "10.00")
    nameless = told[: told.index(b"<Svcr>")] + told[told.index(b"</Svcr>") + len(b"</Svcr>") :]
    take(paying, nameless)
    assert [m.bank_no for m in banking.list_messages(paying, CITY, DAY, THIRD)] == ["ICBC"]


def test_the_database_hears_no_other_bank(paying: Conn) -> None:
    take(paying, statement("10.00", "10.00"))
    columns = [row[0] for row in paying.execute(
        "select attname from pg_attribute where attrelid = 'banking_message'::regclass and attnum > 0 "
        "and not attisdropped and attname not in ('id', 'bank_no')"
    )]  # fmt: skip
    listed = ", ".join(columns)
    again = f"insert into banking_message (bank_no, {listed}) select 'EVIL', {listed} from banking_message"
    with pytest.raises(psycopg.Error, match="开户行"):
        paying.execute(again.encode())


@pytest.mark.parametrize("family", ["statement", "notice"])
def test_an_account_in_another_currency_is_refused(paying: Conn, family: str) -> None:
    one = entry("10.00", "DBIT")
    told = statement("10.00", "0.00", one) if family == "statement" else notification(one)
    with pytest.raises(iso.MessageRefused, match="USD"):
        take(paying, told.replace(b"<Ccy>CNY</Ccy>", b"<Ccy>USD</Ccy>"))


# --- the account that a voucher is paid from ------------------------------------------------------------


def paid(conn: Conn, *yuan: int) -> list[str]:
    """Vouchers that the bank says it has paid."""
    certs = signed(conn, *yuan)
    number, _, _ = banking.payment_file(conn, certs, by="teller", on=DAY)
    said = [outcome(cert, "ACSC", f"{fen}.00") for cert, fen in zip(certs, yuan, strict=True)]
    banking.receive(conn, answer(number, block(f"{number}01", "", *said)), by="teller", on=DAY)
    return certs


def clear_books(conn: Conn, certs: list[str], yuan: int) -> None:
    (notice,) = treasury.issue_clearing_notices(conn, CITY, DAY, by="clearer", on=DAY)
    debit = treasury.TreasuryDebit("LQ1", notice.fund_type_code, BANK, yuan * 100, DAY, tuple(certs), ())
    treasury.clear(conn, CITY, DAY, [debit], by="clearer2", on=DAY)


def on_other(opening: str, closing: str, *entries: str, number: str = "O1") -> bytes:
    return statement(opening, closing, *entries, number=number, acct="99001", bank="ABC")


@pytest.mark.parametrize("of", [OTHER, BANNERS], ids=["another bank", "another region"])
@pytest.mark.parametrize("how", ["notice", "statement"])
def test_a_credit_on_another_account_brings_no_payment_back(
    paying: Conn, of: TreasuryAccount, how: str
) -> None:
    (cert,) = sent(paying, 10)
    back = entry("10.00", "CRDT", tx(cert), back=True)
    at = {"acct": of.acct_no, "bank": of.bank_no}
    data = notification(back, **at) if how == "notice" else statement("0.00", "10.00", back, **at)
    result = take(paying, data)
    assert (result.returned, state(paying, "A1")) == ([], "sent")
    assert [(f.rule_id, f.document) for f in result.findings] == [("message.foreign_account", cert)]
    if how == "statement":
        assert ("credit_unexplained", cert, -1_000) in faults(paying, of.mof_div_code)


def test_an_officer_takes_her_own_banks_statement_whatever_it_names(paying: Conn) -> None:
    define_officers(paying, [Officer("bteller", "旗区银行往来", BANNER, frozenset({"bank_operate"}))])
    (cert,) = sent(paying, 10)
    data = statement("0.00", "10.00", entry("10.00", "CRDT", tx(cert)), acct="12021", bank="CCB")
    assert banking.receive(paying, data, by="bteller", on=THIRD).line_count == 1
    assert state(paying, "A1") == "sent"


def test_what_another_account_paid_is_no_payment_of_the_voucher(paying: Conn) -> None:
    (cert,) = paid(paying, 10)
    take(paying, statement("10.00", "10.00"), on_other("10.00", "0.00", entry("10.00", "DBIT", tx(cert))))
    assert faults(paying) == [("no_voucher", cert, 1_000), ("paid_not_booked", cert, 0)]


def test_the_treasury_pays_no_voucher_of_the_agent_bank(paying: Conn) -> None:
    opening(paying, 100)
    (cert,) = paid(paying, 10)
    clear_books(paying, [cert], 10)
    take(
        paying,
        on_single("100.00", "80.00", entry("10.00", "DBIT", tx(cert)),
                  entry("10.00", "DBIT", tx("LQ1"), code="CLR")),
        statement("0.00", "10.00", entry("10.00", "CRDT", tx("LQ1"), code="CLR"), number="Z"),
    )  # fmt: skip
    assert faults(paying) == [("cleared_without_payment", cert, 0), ("no_voucher", cert, 1_000)]


def test_what_is_cleared_to_another_bank_is_not_cleared(paying: Conn) -> None:
    opening(paying, 100)
    (cert,) = paid(paying, 10)
    clear_books(paying, [cert], 10)
    take(
        paying,
        on_single("100.00", "90.00", entry("10.00", "DBIT", tx("LQ1"), code="CLR")),
        statement("10.00", "0.00", entry("10.00", "DBIT", tx(cert)), number="Z"),
        on_other("0.00", "10.00", entry("10.00", "CRDT", tx("LQ1"), code="CLR")),
    )
    assert faults(paying) == [("clearing_astray", "LQ1", 1_000)]


def test_paid_from_two_accounts_and_brought_back_to_a_third(paying: Conn) -> None:
    define_accounts(paying, [TreasuryAccount("12001", "单位零余额账户", "ABC", CITY, "12")])
    (cert,) = paid(paying, 10)
    take(
        paying,
        statement("10.00", "0.00", entry("10.00", "DBIT", tx(cert))),
        on_other("10.00", "0.00", entry("10.00", "DBIT", tx(cert))),
        statement("0.00", "10.00", entry("10.00", "CRDT", tx(cert)), number="S3", acct="12001", bank="ABC"),
    )
    assert faults(paying) == [("credit_unexplained", cert, -1_000), ("no_voucher", cert, 1_000)]


def test_an_account_that_becomes_known_later_may_have_paid_what_went_by_hand(paying: Conn) -> None:
    (cert,) = certified(paying, application("A1", "Q1", 10, agent_bank_no="NEWB"))
    treasury.send(paying, [cert], by="teller", on=DAY, message_id="by hand")
    banking.reconcile(paying, CITY, DAY, by="auditor")
    receipt = treasury.BankReceipt(cert, "H1", 1_000, DAY)
    treasury.confirm_paid(paying, [receipt], by="teller", on=DAY)
    define_accounts(paying, [TreasuryAccount("15009", "新开零余额账户", "NEWB", CITY, "11")])
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT", tx(cert)), acct="15009", bank="NEWB"))
    assert faults(paying) == []


def party(name: str) -> str:
    return f"<RltdPties><Cdtr><Pty><Nm>{name}</Nm></Pty></Cdtr></RltdPties>"


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("完全另一公司", True),
        ("{ours}", False),
        (" {ours} ", False),
        ("{short}", True),
        ("{ours}分公司", True),
    ],
)
def test_a_payee_told_by_name_alone_is_compared(paying: Conn, name: str, is_told: bool) -> None:
    (cert,) = paid(paying, 10)
    row = paying.execute("select payee_name from treasury_payment where doc_key = 'A1'").fetchone()
    assert row
    told = party(name.format(ours=row[0], short=row[0][:3]))
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT", tx(cert, more=told))))
    assert faults(paying) == ([("wrong_payee", cert, 1_000)] if is_told else [])


def test_what_was_paid_by_hand_before_the_first_statement_and_cleared_within_is_told(paying: Conn) -> None:
    opening(paying, 100)
    take(paying, statement("0.00", "0.00", number="F0"), on_single("100.00", "100.00", number="S0"))
    (cert,) = signed(paying, 10, on=DAY - timedelta(days=2))
    paid_by_hand(paying, [cert], [10], on=DAY - timedelta(days=1))
    credit = entry("10.00", "CRDT", tx(f"LQ{cert}"), code="CLR")
    debit = entry("10.00", "DBIT", tx(f"LQ{cert}"), code="CLR")
    take(
        paying,
        statement("0.00", "10.00", credit, number="F1", day=NEXT),
        on_single("100.00", "90.00", debit, number="S1", day=NEXT),
    )
    assert ("cleared_without_payment", cert, 0) in faults(paying)


#: How the bank of the payee may be named, and whether it is another than the voucher's (102205000001).
NAMED = [
    ("<ClrSysMmbId><MmbId>102205000001</MmbId></ClrSysMmbId>", False),
    ("<ClrSysMmbId><MmbId>103205000001</MmbId></ClrSysMmbId>", True),
    ("<ClrSysMmbId><MmbId>１０３２０５０００００１ </MmbId></ClrSysMmbId>", True),
    ("<BICFI>ICBKCNBJXXX</BICFI>", False),
    ("<BICFI>ABOCCNBJ</BICFI>", True),
    ("<BICFI>NOSUCNBJ</BICFI>", False),
    ("<Nm>中国工商银行鄂尔多斯分行</Nm>", False),
    ("<Nm>中国农业银行鄂尔多斯分行</Nm>", True),
]


@pytest.mark.parametrize(("named", "is_told"), NAMED)
def test_the_same_account_at_another_bank_is_another_payee(paying: Conn, named: str, is_told: bool) -> None:
    (cert,) = paid(paying, 10)
    acct = "<CdtrAcct><Id><Othr><Id>{}</Id></Othr></Id></CdtrAcct>"
    row = paying.execute("select payee_acct_no from treasury_payment where doc_key = 'A1'").fetchone()
    assert row
    more = f"<RltdPties>{acct.format(row[0])}</RltdPties>"
    more += f"<RltdAgts><CdtrAgt><FinInstnId>{named}</FinInstnId></CdtrAgt></RltdAgts>"
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT", tx(cert, more=more))))
    assert faults(paying) == ([("wrong_payee", cert, 1_000)] if is_told else [])


@pytest.mark.parametrize(("named", "is_told"), NAMED)
def test_an_answer_that_names_another_bank_pays_nothing(paying: Conn, named: str, is_told: bool) -> None:
    (cert,) = sent(paying, 10)
    agent = f"<CdtrAgt><FinInstnId>{named}</FinInstnId></CdtrAgt>"
    row = paying.execute("select message_id from treasury_payment where doc_key = 'A1'").fetchone()
    assert row
    told = outcome(cert, "ACSC", "10.00").replace("</OrgnlTxRef>", f"{agent}</OrgnlTxRef>")
    took = take(paying, answer(row[0], block("B", "", told)))
    assert [f.rule_id for f in took.findings] == (["message.wrong_payee"] if is_told else [])
    assert state(paying, "A1") == ("sent" if is_told else "paid")


NUMBERED = TreasuryAccount("16001", "零余额账户", "102205000001", CITY, "12")


def _by(named: str) -> bytes:
    told = statement("0.00", "0.00", acct="16001", bank="X").decode()
    return told.replace("<ClrSysMmbId><MmbId>X</MmbId></ClrSysMmbId>", named).encode()


@pytest.mark.parametrize(("named", "is_other"), [*NAMED[:5], *NAMED[6:]])
def test_a_bank_may_name_itself_by_its_bic_or_name(paying: Conn, named: str, is_other: bool) -> None:
    define_accounts(paying, [NUMBERED])
    if is_other:
        with pytest.raises(iso.MessageRefused, match="开户行是 102205000001"):
            take(paying, _by(named))
    else:
        take(paying, _by(named))
        (kept,) = [m for m in banking.list_messages(paying, CITY, DAY, THIRD) if m.direction == "in"]
        assert kept.bank_no == "102205000001"


@pytest.mark.parametrize("other", ["<BICFI>ABOCCNBJ</BICFI>", "<Nm>中国建设银行某支行</Nm>"])
def test_who_calls_itself_by_two_banks_is_neither(paying: Conn, other: str) -> None:
    define_accounts(paying, [NUMBERED])
    number = "<ClrSysMmbId><MmbId>102205000001</MmbId></ClrSysMmbId>"
    bic = other if "BIC" in other else ""
    with pytest.raises(iso.MessageRefused, match="又作"):
        take(paying, _by(bic + number + (other if not bic else "")))
    take(paying, _by(f"<BICFI>ICBKCNBJ</BICFI>{number}<Nm>中国工商银行</Nm>"))


def test_a_treasurys_account_that_was_never_stated_is_unknown(paying: Conn) -> None:
    take(paying, statement("0.00", "0.00"))
    assert _untold(paying) == (True, [])
    define_accounts(paying, [TreasuryAccount("16021", "国库单一账户", CENTRAL, CITY, "21")])
    assert _untold(paying) == (False, [("account_unstated", "16021")])


def test_a_name_that_nobody_knows_is_registered_with_the_account(paying: Conn) -> None:
    define_accounts(paying, [NUMBERED])
    for named in ("<BICFI>NOSUCNBJ</BICFI>", "<Nm>某市商业银行</Nm>"):
        with pytest.raises(iso.MessageRefused, match="register-accounts"):
            take(paying, _by(named))
    define_accounts(paying, [replace(NUMBERED, bank_alias="NOSUCNBJXXX、某市商业银行")])
    define_accounts(paying, [NUMBERED])  # what is left out stays
    take(paying, _by("<BICFI>NOSUCNBJ</BICFI>"))
    with pytest.raises(iso.MessageRefused):
        take(paying, _by("<BICFI>OTHRCNBJ</BICFI>"))


def test_an_answer_may_name_its_bank_by_a_registered_name(paying: Conn) -> None:
    define_accounts(paying, [TreasuryAccount("15001", "市本级财政零余额账户", BANK, CITY, "11", "NOSUCNBJ")])
    (cert,) = sent(paying, 10)
    row = paying.execute("select message_id from treasury_payment where doc_key = 'A1'").fetchone()
    assert row
    told = answer(row[0], block("B", "", outcome(cert, "ACSC", "10.00"))).decode()
    own = f"<ClrSysMmbId><MmbId>{BANK}</MmbId></ClrSysMmbId>"
    assert own in told
    take(paying, told.replace(own, "<BICFI>NOSUCNBJXXX</BICFI>").encode())
    assert state(paying, "A1") == "paid"


OPENED = TreasuryAccount("16001", "零余额账户", BANK, CITY, "12", opened_on=DAY)


def _untold(conn: Conn) -> tuple[bool, list[tuple[str, str]]]:
    report = banking.reconcile(conn, CITY, THIRD, by="auditor")
    kinds = ("account_unstated", "days_untold")
    return report.is_proven, [(i.kind, i.theirs) for i in report.items if i.kind in kinds]


@pytest.mark.parametrize("kind", ["12", "21"])
def test_an_account_that_is_open_and_was_never_stated_proves_nothing(paying: Conn, kind: str) -> None:
    take(paying, *(statement("0.00", "0.00", number=f"S{n}", day=day) for n, day in enumerate((DAY, NEXT))))
    assert _untold(paying) == (True, [])
    define_accounts(paying, [TreasuryAccount("16001", "某账户", BANK, CITY, kind, opened_on=DAY)])
    assert _untold(paying) == (False, [("account_unstated", "16001")])
    take(paying, statement("0.00", "0.00", number="A1", acct="16001", bank=BANK, day=NEXT))
    assert _untold(paying) == (True, [("days_untold", "16001 A1")])
    take(paying, statement("0.00", "0.00", number="A0", acct="16001", bank=BANK, day=DAY))
    assert _untold(paying) == (True, [])


def test_days_before_an_account_was_open_are_not_missed(paying: Conn) -> None:
    define_accounts(paying, [TreasuryAccount("16001", "某账户", BANK, CITY, "12", opened_on=NEXT)])
    take(paying, statement("0.00", "0.00", number="A1", acct="16001", bank=BANK, day=NEXT))
    assert _untold(paying) == (True, [])


def test_an_account_is_opened_no_later_than_was_said(paying: Conn) -> None:
    define_accounts(paying, [OPENED])
    define_accounts(paying, [TreasuryAccount("16001", "零余额账户", BANK, CITY, "12")])
    with pytest.raises(psycopg.Error, match="不能改晚"):
        define_accounts(paying, [TreasuryAccount("16001", "零余额账户", BANK, CITY, "12", opened_on=NEXT)])
    define_accounts(
        paying, [TreasuryAccount("16001", "零余额账户", BANK, CITY, "12", opened_on=date(2022, 1, 1))]
    )
    (own,) = [a for a in banking.list_accounts(paying, CITY) if a.acct_no == "16001"]
    assert own.opened_on == date(2022, 1, 1)


@pytest.mark.parametrize("kind", ["camt.054.001.08", "camt.052.001.08", "camt.053.001.08"])
def test_what_is_only_announced_is_told_and_not_kept(paying: Conn, kind: str) -> None:
    told = [
        entry("5.00", "DBIT", ref="P1", status="<Cd>PDNG</Cd>"),
        entry("7.00", "CRDT", status="<Cd>INFO</Cd>"),
    ]  # fmt: skip
    data = statement("0.00", "0.00", *told) if kind[:8] == "camt.053" else notification(*told, kind=kind)
    took = take(paying, data)
    assert (
        "另有 2 笔只是预告、没有入账，未予登记（付 5.00 元，状态 PDNG，P1；收 7.00 元，状态 INFO）"
        in took.effect
    )
    assert (took.line_count, took.findings) == (0, [])
    assert paying.execute("select count(*) from banking_line").fetchone() == (0,)
