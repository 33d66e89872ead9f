"""Messages survive their way through bytes, satisfy the published schemas, and are refused otherwise."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fisc.banking import iso20022 as iso
from fisc.banking.iso20022.values import SHANGHAI

DAY = date(2022, 3, 1)
DEBTOR = iso.Account("15001", "市本级财政零余额账户", "102205000001")


def valid_by_lxml(data: bytes, kind: str) -> bool:
    """An independent reading: whole tree, schema file as published."""
    schema = etree.XMLSchema(
        etree.fromstring((files("fisc.banking.iso20022") / "schemas" / f"{kind}.xsd").read_bytes())
    )
    return bool(schema.validate(etree.fromstring(data)))


def order(*transfers: iso.CreditTransfer) -> iso.PaymentOrder:
    return iso.PaymentOrder("M1", DAY, "市财政局", [iso.PaymentBatch("M1-1", DEBTOR, DAY, list(transfers))])


def transfer(key: str = "PZ1", fen: int = 123_45, **given: Any) -> iso.CreditTransfer:
    told = {"payee_name": "甲公司", "payee_acct_no": "6200001", "payee_bank_no": "102205000001", **given}
    return iso.CreditTransfer(key, fen, **told)


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=60)
printable = texts.map(str.strip).filter(lambda text: text and not set(text) & {"\ufffe", "\uffff"})
ids = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=33).map(lambda text: f"Q{text}1")
accounts = ids.map(lambda i: i[:34])
fens = st.integers(1, 10**15)
days = st.dates(date(2021, 1, 1), date(2022, 12, 31))


@given(
    st.lists(
        st.builds(iso.CreditTransfer, ids, fens, printable, accounts, ids, printable),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=40)
def test_an_order_comes_back_as_it_was_written(transfers: list[iso.CreditTransfer]) -> None:
    written = iso.write_order(order(*transfers))
    assert valid_by_lxml(written, iso.PAIN_001)
    assert iso.read_order(written) == order(*transfers)


statuses = st.builds(
    iso.TransferStatus, ids, st.sampled_from(["ACSC", "RJCT", "PDNG"]), fens, ids, days, accounts,
    st.sampled_from(["", "AC01", "BE01"]), st.just(""), st.just("") | ids,
)  # fmt: skip


@given(st.lists(statuses, max_size=5), st.sampled_from(["", "RJCT"]))
@settings(max_examples=40)
def test_a_status_report_comes_back_as_it_was_written(lines: list[iso.TransferStatus], group: str) -> None:
    report = iso.StatusReport(
        "R1", DAY, "ICBC", "M1", lines, group, "AM05" if group else "", "", bank_names=("ICBC",)
    )
    written = iso.write_status_report(report)
    assert valid_by_lxml(written, iso.PAIN_002)
    assert iso.read_status_report(written) == report


entries = st.lists(
    st.builds(
        iso.BankEntry, ids, st.sampled_from(["DBIT", "CRDT"]), fens, days, ids, st.just("") | ids,
        st.just("") | printable, st.just("") | accounts, st.just(""), st.just(""), st.just(""),
        st.just("") | printable, st.booleans(), st.just("") | ids,
    ),
    max_size=5,
)  # fmt: skip


@given(entries, st.integers(-(10**15), 10**15))
@settings(max_examples=40)
def test_statements_and_notifications_come_back_as_they_were_written(
    told: list[iso.BankEntry], opening_fen: int
) -> None:
    net = sum(e.amount_fen if e.side == "CRDT" else -e.amount_fen for e in told)
    statement = iso.Statement(
        "S1", DAY, "ICBC", "15001", "S1-1", DAY, opening_fen, opening_fen + net, told, 3,
        datetime(2022, 3, 1, 23, 59, 1, tzinfo=SHANGHAI), bank_names=("ICBC",),
    )  # fmt: skip
    written = iso.write_statement(statement)
    assert valid_by_lxml(written, iso.CAMT_053)
    assert iso.read_statement(written) == statement
    notification = iso.Notification("N1", DAY, "ICBC", "15001", "N1-1", told, bank_names=("ICBC",))
    written = iso.write_notification(notification)
    assert valid_by_lxml(written, iso.CAMT_054)
    assert iso.read_notification(written) == notification


def test_a_long_purpose_is_carried_whole() -> None:
    told = transfer(purpose="用途" * 200)
    assert iso.read_order(iso.write_order(order(told))).batches[0].transfers == [told]


@dataclass(frozen=True)
class Bad:
    why: str
    data: bytes


GOOD = iso.write_order(order(transfer(), transfer("PZ2", 1)))


@pytest.mark.parametrize(
    "bad",
    [
        Bad("不是完整的 XML", b""),
        Bad("不是 XML 报文，开头是“PZ1,100.00”", b"PZ1,100.00"),
        Bad("DOCTYPE", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        Bad("根元素", b"<a/>"),
        Bad("根元素", GOOD.replace(b"pain.001.001.09", b"pain.001.001.03")),
        Bad("不是完整的 XML", GOOD[: len(GOOD) // 2]),
        Bad("不合格式", GOOD.replace(b"<PmtMtd>TRF</PmtMtd>", b"")),
        Bad("不合格式", GOOD.replace(b"<Nm>", b"<Name>").replace(b"</Nm>", b"</Name>")),
        Bad("不合格式", GOOD.replace("甲公司".encode(), b"")),
        Bad("逐笔相加", GOOD.replace(b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>3</NbOfTxs>")),
        Bad("逐笔相加", GOOD.replace(b">0.01<", b">0.02<")),
        Bad("人民币", GOOD.replace(b'Ccy="CNY">0.01', b'Ccy="USD">0.01')),
        Bad("不能入账", GOOD.replace(b">0.01<", b">0.011<")),
    ],
    ids=lambda bad: bad.why,
)
def test_what_is_malformed_or_foreign_is_refused_with_its_reason(bad: Bad) -> None:
    with pytest.raises(iso.MessageRefused) as refused:
        iso.read_order(bad.data)
    assert bad.why in str(refused.value)
    assert not re.search("[a-z] [a-z]", refused.value.message), "no sentence of another language"


@given(st.integers(0, len(GOOD) - 1))
@settings(max_examples=60)
def test_a_file_that_breaks_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(iso.MessageRefused):
        iso.read_order(GOOD[:length])


def test_an_external_entity_is_never_read() -> None:
    evil = GOOD.replace(
        b"<Document", b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]><Document', 1
    ).replace("甲公司".encode(), b"&x;")
    with pytest.raises(iso.MessageRefused):
        iso.read_order(evil)


def test_an_outgoing_message_is_not_taken_for_an_answer() -> None:
    with pytest.raises(iso.MessageRefused, match=r"pain\.001\.001\.09 是发往银行的报文"):
        iso.read_message(GOOD)
    with pytest.raises(iso.MessageRefused, match="此处应为"):
        iso.read_status_report(GOOD)


def test_a_statement_that_does_not_add_up_is_refused() -> None:
    told = [iso.BankEntry("B1", "DBIT", 100, DAY, "PAY", "PZ1")]
    data = iso.write_statement(iso.Statement("S1", DAY, "ICBC", "15001", "S1", DAY, 500, 401, told))
    with pytest.raises(iso.MessageRefused, match="不等于期末"):
        iso.read_statement(data)


@pytest.mark.parametrize(
    "told",
    [transfer(fen=0), transfer(fen=-5), transfer(fen=10**18), transfer(payee_name=""), transfer("P" * 36),
     transfer(payee_acct_no="6" * 35), transfer(payee_name="甲\x00"), transfer(payee_name="甲" * 141)],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_by_name(told: iso.CreditTransfer) -> None:
    with pytest.raises(iso.MessageRefused) as refused:
        iso.write_order(order(told))
    assert told.end_to_end_id[:35] in str(refused.value)


def test_bookings_of_several_payments_in_one_entry_are_told_apart() -> None:
    told = [iso.BankEntry("B1", "DBIT", 300, DAY, "PAY", "PZ1")]
    data = iso.write_statement(iso.Statement("S1", DAY, "ICBC", "15001", "S1", DAY, 0, -300, told))
    one = b"<TxDtls><Refs><EndToEndId>PZ1</EndToEndId></Refs></TxDtls>"
    two = b"".join(
        b'<TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><Amt Ccy="CNY">%s</Amt></TxDtls>' % pair
        for pair in ((b"PZ1", b"1.00"), (b"PZ2", b"2.00"))
    )
    assert one in data
    read = iso.read_statement(data.replace(one, two)).entries
    assert [(e.bank_ref, e.end_to_end_id, e.amount_fen) for e in read] == [
        ("B1#1", "PZ1", 100), ("B1#2", "PZ2", 200)]  # fmt: skip
    (whole,) = iso.read_statement(data.replace(one, two.replace(b"2.00", b"2.01"))).entries
    assert (whole.bank_ref, whole.end_to_end_id, whole.amount_fen) == ("B1", "", 300)
    assert whole.remark == "汇总 2 笔，逐笔金额相加与入账不符：PZ1、PZ2"


def test_what_is_only_announced_is_not_booked() -> None:
    told = [iso.BankEntry("B1", "DBIT", 300, DAY, "PAY", "PZ1")]
    data = iso.write_statement(iso.Statement("S1", DAY, "ICBC", "15001", "S1", DAY, 0, -300, told))
    announced = data.replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>").replace(
        b'<Amt Ccy="CNY">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Dt>',
        b'<Amt Ccy="CNY">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt>',
    )
    assert iso.read_statement(announced).entries == []


def test_a_thousand_payments_pass_in_one_message() -> None:
    many = [transfer(f"PZ{n}", n) for n in range(1, 1001)]
    data = iso.write_order(order(*many))
    assert iso.validate(data) == iso.PAIN_001
    assert iso.read_order(data).batches[0].transfers == many


def overlong(length: int) -> bytes:
    """An order that breaks the schema in a way of its own: so many signs where 35 are allowed."""
    good = iso.write_order(order(transfer("PZ1")))
    return good.replace(b"<EndToEndId>PZ1<", b"<EndToEndId>" + b"X" * length + b"<")


def why_refused(data: bytes) -> str:
    with pytest.raises(iso.MessageRefused) as refused:
        iso.validate(data)
    return str(refused.value.details["why"])


def test_a_refusal_speaks_of_the_message_at_hand() -> None:
    first, second = why_refused(overlong(40)), why_refused(overlong(41))
    assert "有 40 字" in first and "有 41 字" in second and "有 40 字" not in second


def test_messages_refused_side_by_side_keep_their_own_errors() -> None:
    lengths = [36 + n % 20 for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda length: why_refused(overlong(length)), lengths))
    assert [f"有 {length} 字，至多 35 字" in why for length, why in zip(lengths, said, strict=True)] == [
        True
    ] * 200


@pytest.mark.parametrize("said", ["5.5", "-5", "9" * 19, "中"])
def test_a_number_of_a_statement_is_a_number(said: str) -> None:
    data = iso.write_statement(iso.Statement("M1", DAY, "ICBC", "15001", "S1", DAY, 0, 0, [], 7))
    assert iso.read_statement(data).sequence_no == 7
    with pytest.raises(iso.MessageRefused):
        iso.read_statement(data.replace(b"<ElctrncSeqNb>7<", f"<ElctrncSeqNb>{said}<".encode()))


def test_a_count_that_is_none_is_refused_in_words() -> None:
    debtor = iso.Account("15001", "户", "ICBC")
    batch = iso.PaymentBatch("B1", debtor, DAY, [iso.CreditTransfer("V1", 10, "甲", "62", "102")])
    data = iso.write_order(iso.PaymentOrder("O1", DAY, "财政局", [batch]))
    with pytest.raises(iso.MessageRefused):
        iso.read_order(data.replace(b"<NbOfTxs>1<", "<NbOfTxs>中<".encode()))
