"""Nothing of a statement or a notice is passed over in silence: words, elements, days, what they prove."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.services import TreasuryAccount, define_accounts
from fisc.documents import RuleBroken, findings
from fisc.kernel import FiscError
from fisc.registry import own_settings
from fisc.registry.own_settings import OwnSetting
from tests.banking.letters import answer, block, entry, notification, outcome, statement, tx
from tests.banking.world import CENTRAL, SINGLE, Conn, open_bank, signed
from tests.treasury.paying import CITY, DAY, state

NEXT = DAY + timedelta(days=1)
THIRD = DAY + timedelta(days=2)


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)


def take(conn: Conn, *data: bytes, on: date = THIRD) -> banking.MessageResult:
    return [banking.receive(conn, one, by="teller", on=on) for one in data][-1]


def sent(conn: Conn, *yuan: int) -> tuple[str, list[str]]:
    certs = signed(conn, *yuan)
    message_id, _, _ = banking.payment_file(conn, certs, by="teller", on=DAY)
    return message_id, certs


# --- statuses in words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [
    "已入帐", "已记帐", "入账成功", "BKD", "COMPLETED", "已登账", "记账完成", "Posted", "已 入账",
    "交易入账成功",
])  # fmt: skip
def test_a_notice_that_says_booked_in_words_is_read(paying: Conn, word: str) -> None:
    _, (cert,) = sent(paying, 10)
    back = entry("10.00", "CRDT", tx(cert), back=True, status=f"<Prtry>{word}</Prtry>")
    assert take(paying, notification(back)).returned == [cert]


@pytest.mark.parametrize("word", ["OK", "01", "已受理", "成功"])
def test_a_notice_of_a_status_that_nobody_knows_is_told(paying: Conn, word: str) -> None:
    _, (cert,) = sent(paying, 10)
    result = take(paying, notification(entry("10.00", "CRDT", tx(cert), status=f"<Prtry>{word}</Prtry>")))
    assert (result.line_count, [f.rule_id for f in result.findings]) == (0, ["message.unknown_status"])
    (kept,) = findings.recorded(paying, rules=["message.unknown_status"])
    assert kept.finding.document == cert and word in kept.finding.what and state(paying, "A1") == "sent"


def test_entries_of_a_statement_that_cancel_out_are_told_too(paying: Conn) -> None:
    two = [entry("10.00", side, status="<Prtry>甲</Prtry>") for side in ("DBIT", "CRDT")]
    result = take(paying, statement("5.00", "5.00", *two))
    assert [f.rule_id for f in result.findings] == ["message.unknown_status"] * 2
    assert len(findings.recorded(paying, rules=["message.unknown_status"])) == 2


def test_what_a_notice_tells_again_is_kept_as_a_finding(paying: Conn) -> None:
    one = entry("10.00", "DBIT", ref="R1")
    result = take(paying, notification(one), notification(one, number="N2"))
    assert [f.rule_id for f in result.findings] == ["message.duplicate_entry"]
    assert len(findings.recorded(paying, rules=["message.duplicate_entry"], states=())) == 1


# --- marks and elements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["true", "1", "TRUE"])
def test_a_reversal_marked_at_the_transaction_brings_the_payment_back(paying: Conn, flag: str) -> None:
    _, (cert,) = sent(paying, 10)
    back = entry("10.00", "CRDT", tx(cert, more=f"<RvslInd>{flag}</RvslInd>"), code="RFND")
    out = entry("10.00", "DBIT", tx(cert))
    take(paying, statement("20.00", "20.00", out, back, kind="camt.053.001.06"))
    assert state(paying, "A1") == "returned"


def test_a_flag_that_is_neither_yes_nor_no_is_refused(paying: Conn) -> None:
    with pytest.raises(iso.MessageRefused, match="maybe"):
        take(paying, notification(
            entry("10.00", "CRDT", tx("K", more="<RvslInd>maybe</RvslInd>")), kind="camt.054.001.06"
        ))  # fmt: skip


@pytest.mark.parametrize(("was", "now"), [
    ("TxDtls>", "TxDtl>"), ("NtryDtls>", "NtryDtl>"), ("EndToEndId>", "EndToEndID>"), ("Refs>", "Ref>"),
    ("RvslInd>", "RvslInds>"), ("AcctSvcrRef>", "AcctSvcRef>"), ("<Cd>BOOK</Cd>", "<Code>BOOK</Code>"),
    ("<Prtry><Cd>PAY</Cd></Prtry>", "<Prtry><Code>PAY</Code></Prtry>"),
    ("<Refs><EndToEndId>K</EndToEndId></Refs>", "<EndToEndId>K</EndToEndId>"),
    ("<Othr><Id>15001</Id></Othr>", "<Othr><Id>15001</Id></Othr><Other/>"),
    ("MsgId>", "MsgID>"), ("Nm>", "Name>"), ("CdtrAcct>", "CdtrAccount>"),
])  # fmt: skip
@pytest.mark.parametrize("kind", ["camt.053.001.02", "camt.053.001.06", "camt.053.001.13"])
def test_what_no_version_has_is_refused_where_something_is_read(
    paying: Conn, was: str, now: str, kind: str
) -> None:
    more = (
        "<RltdPties><Cdtr><Nm>某</Nm></Cdtr><CdtrAcct><Id><Othr><Id>6</Id></Othr></Id></CdtrAcct></RltdPties>"
    )
    one = entry("10.00", "CRDT", tx("K", more=more), back=True, ref="R1")
    data = statement("0.00", "10.00", one, kind=kind).decode()
    assert was in data
    with pytest.raises(FiscError, match="ISO 20022"):
        take(paying, data.replace(was, now).encode())
    assert take(paying, data.encode()).line_count == 1


@pytest.mark.parametrize(("was", "now"), [
    ("TxSts>", "TxStatus>"), ("OrgnlEndToEndId>", "OrgnlEndToEndID>"), ("PmtInfSts>", "PmtInfStatus>"),
    ("InstdAmt", "InstrAmt"), ("GrpSts>", "GrpStatus>"),
])  # fmt: skip
def test_an_answer_with_what_no_version_has_is_refused(paying: Conn, was: str, now: str) -> None:
    message_id, (cert,) = sent(paying, 10)
    lines = block(f"{message_id}01", "ACSC", outcome(cert, "ACSC", "10.00"))
    data = answer(message_id, lines, group="ACSC", kind="pain.002.001.03").decode()
    with pytest.raises(iso.MessageRefused, match=now.rstrip(">")):
        take(paying, data.replace(was, now).encode())
    assert take(paying, data.encode()).paid == [cert]


# --- what a booking proves ------------------------------------------------------------------------------


def charged(yuan: str, side: str, name: str = "Chrgs") -> str:
    flag = "<ChrgInclInd>true</ChrgInclInd>" if name == "Chrgs" else ""
    return f'<{name}><Rcrd><Amt Ccy="CNY">{yuan}</Amt><CdtDbtInd>{side}</CdtDbtInd>{flag}</Rcrd></{name}>'


@pytest.mark.parametrize("name", ["Chrgs", "Intrst"])
def test_a_small_debit_does_not_prove_a_large_voucher(paying: Conn, name: str) -> None:
    message_id, (cert,) = sent(paying, 500)
    take(paying, answer(message_id, block(f"{message_id}01", "", outcome(cert, "ACSC", "500.00"))))
    one = tx(cert, "500.00", "DBIT", more=charged("490.00", "CRDT", name))
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT", one, ref="R1")))
    report = banking.reconcile(paying, CITY, THIRD, by="auditor")
    assert [(i.kind, i.ours_fen, i.theirs_fen) for i in report.faults] == [("amount_differs", 50000, 1000)]


def test_a_charge_above_its_payment_is_no_part_of_it(paying: Conn) -> None:
    message_id, (cert,) = sent(paying, 10)
    take(paying, answer(message_id, block(f"{message_id}01", "", outcome(cert, "ACSC", "10.00"))))
    one = tx(cert, "10.00", "DBIT", more=charged("490.00", "DBIT"))
    take(paying, statement("500.00", "0.00", entry("500.00", "DBIT", one, ref="R1")))
    report = banking.reconcile(paying, CITY, THIRD, by="auditor")
    assert [(i.kind, i.ours_fen, i.theirs_fen) for i in report.faults] == [("amount_differs", 1000, 50000)]
    (remark,) = paying.execute("select remark from banking_line").fetchone() or ("",)
    assert "高于付款" in remark


# --- days -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [THIRD + timedelta(days=1), date(2099, 1, 1)])
def test_a_statement_of_a_day_that_has_not_come_is_refused(paying: Conn, day: date) -> None:
    with pytest.raises(RuleBroken, match="晚于收取日"):
        take(paying, statement("10.00", "10.00", day=day))
    ahead = entry("10.00", "CRDT", day=f"<Dt>{day}</Dt>")
    for data in (
        notification(ahead),
        statement("0.00", "10.00", ahead),
        notification(ahead, kind="camt.052.001.08"),
    ):
        with pytest.raises(RuleBroken, match="晚于收取日"):
            take(paying, data)


def test_the_database_takes_nothing_of_a_day_that_has_not_come(paying: Conn) -> None:
    take(paying, statement("10.00", "10.00"))
    columns = paying.execute(
        "select string_agg(column_name, ', ') from information_schema.columns "
        "where table_name = 'banking_message' and table_schema = 'public' "
        "and column_name not in ('id', 'message_id', 'business_on')"
    ).fetchone()
    assert columns
    copy = (
        f"insert into banking_message (message_id, business_on, {columns[0]}) select 'X', %s, {columns[0]} "
    )
    with pytest.raises(psycopg.Error, match="晚于收取日"), paying.transaction():
        paying.execute((copy + "from banking_message").encode(), [THIRD + timedelta(days=1)])
    paying.execute((copy + "from banking_message").encode(), [THIRD])


def demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    own = OwnSetting("S1", CITY, "statement_days", "", "each", "", "", [], DAY, "鄂财发〔2022〕1号")
    monkeypatch.setattr(own_settings.KEPT, "held", {(CITY, "statement_days", ""): [own]})


def test_an_account_that_never_had_a_statement_owes_each_day(
    paying: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    demanded(monkeypatch)
    define_accounts(paying, [
        TreasuryAccount("99001", "另一零余额账户", "ABC", CITY, "11"),
        TreasuryAccount(SINGLE, "市本级国库单一账户", CENTRAL, CITY, "21", opened_on=DAY),
    ])  # fmt: skip
    days = [DAY, NEXT, THIRD]
    take(paying, *[statement("1.00", "1.00", number=f"F{n}", day=day) for n, day in enumerate(days)])
    report = banking.reconcile(paying, CITY, THIRD, by="auditor")
    assert [i.theirs for i in report.faults] == [f"99001 {DAY}", f"99001 {NEXT}"]
    assert [i.theirs for i in report.items if i.kind == "account_unstated"] == [SINGLE]
    assert not report.is_proven


def covering(first: str, last: date, number: str = "W") -> bytes:
    told = f"<FrToDt><FrDtTm>{first}</FrDtTm><ToDtTm>{last}T23:59:59+08:00</ToDtTm></FrToDt><Acct>"
    return statement("1.00", "1.00", number=number, day=last).replace(b"<Acct>", told.encode())


@pytest.mark.parametrize("first", [f"{NEXT}T00:00:00+08:00", f"{DAY}T24:00:00+08:00", f"{DAY}T16:00:00Z"])
def test_days_that_a_statement_covers_are_not_owed(
    paying: Conn, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    friday, monday = date(2022, 3, 4), date(2022, 3, 7)
    demanded(monkeypatch)
    take(paying, statement("1.00", "1.00", number="F0"), covering(first, friday), on=monday)
    assert banking.reconcile(paying, CITY, monday, by="auditor").faults == ()


def test_days_that_a_statement_covers_are_told(paying: Conn) -> None:
    friday = date(2022, 3, 4)
    take(paying, statement("1.00", "1.00"), covering(f"{NEXT}T00:00:00+08:00", friday), on=friday)
    assert banking.reconcile(paying, CITY, friday, by="auditor").items == ()


def test_a_statement_that_begins_after_its_end_is_refused(paying: Conn) -> None:
    with pytest.raises(iso.MessageRefused, match="FrToDt"):
        take(paying, covering(f"{THIRD}T00:00:00+08:00", NEXT))


@pytest.mark.parametrize("wrong", [
    ("<BookgDt><Dt>2022-03-01", "<BookgDt><Dt>2022-02-30"),
    ('<Ntry><Amt Ccy="CNY">7.00', '<Ntry><Amt Ccy="CNY">7.001'),
])  # fmt: skip
def test_a_date_or_an_amount_that_is_none_is_told_with_its_place(
    paying: Conn, wrong: tuple[str, str]
) -> None:
    kind = "camt.053.001.06"  # of which no schema is shipped: that would tell the line
    told = statement(
        "20.00", "8.00", entry("5.00", "DBIT", ref="R1"), entry("7.00", "DBIT", ref="R2"), kind=kind
    ).decode()
    at = told.rindex(wrong[0])
    with pytest.raises(iso.MessageRefused) as refused:
        take(paying, (told[:at] + told[at:].replace(*wrong, 1)).encode())
    assert "第 2 笔入账" in refused.value.message and "重发" in refused.value.hint
