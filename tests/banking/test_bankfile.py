"""Flat bank files carry the same orders and answers, as their layout says, and are refused otherwise."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisc.banking import bankfile
from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.services import receive
from tests.banking.world import BANK, Conn, open_bank, signed
from tests.treasury.paying import DAY, state

LAYOUTS = sorted(bankfile.layouts())
DEBTOR = iso.Account("15001", "市本级财政零余额账户", "102205000001")
words = st.text("甲乙丙公司ABC（）", max_size=20)
transfers = st.builds(
    iso.CreditTransfer, st.text("PZ0123456789", min_size=1, max_size=35), st.integers(1, 10**14),
    words, st.text("0123456789", min_size=1, max_size=34), st.just("102205000001"), words,
)  # fmt: skip
statuses = st.builds(
    iso.TransferStatus, st.text("PZ0123456789", max_size=34).map(lambda text: f"P{text}"),
    st.sampled_from(["ACSC", "RJCT", "PDNG"]), st.integers(0, 10**14), st.just("B1"),
    st.none() | st.dates(date(2021, 1, 1), date(2022, 12, 31)), st.just("6200001"),
    st.sampled_from(["", "AC01"]), words, st.just(""),
)  # fmt: skip


def order(lines: list[iso.CreditTransfer]) -> iso.PaymentOrder:
    return iso.PaymentOrder("M1", DAY, "市财政局", [iso.PaymentBatch("M101", DEBTOR, DAY, lines)])


@pytest.mark.parametrize("layout", LAYOUTS)
@given(st.lists(transfers, max_size=4), st.lists(statuses, max_size=4))
@settings(max_examples=30)
def test_files_come_back_as_they_were_written(
    layout: str, asked: list[iso.CreditTransfer], told: list[iso.TransferStatus]
) -> None:
    assert bankfile.read_order_file(bankfile.write_order_file(order(asked), layout), layout) == order(asked)
    report = iso.StatusReport("R1", DAY, BANK, "M1", told)
    assert bankfile.read_answer_file(bankfile.write_answer_file(report, layout), layout) == report


ONE = iso.CreditTransfer("PZ1", 12345, "甲公司", "6200001", "102205000001", "用途")


def test_the_layouts_are_what_they_say() -> None:
    piped = bankfile.write_order_file(order([ONE]), "pipe").decode("gb18030").split("\r\n")
    assert piped[1:] == ["D|PZ1|123.45|甲公司|6200001|102205000001|用途", ""]
    fixed = bankfile.write_order_file(order([ONE, ONE._replace(end_to_end_id="PZ2")]), "fixed").split(b"\r\n")
    assert len({len(line) for line in fixed[1:3]}) == 1
    assert fixed[1][36:54] == b"000000000000123.45"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_that_is_cut_short_or_of_another_layout_is_refused(layout: str) -> None:
    data = bankfile.write_order_file(order([ONE, ONE]), layout)
    lines = data.split(b"\r\n")
    for bad in (b"", data[:-5], b"\r\n".join(lines[:-2]) + b"\r\n", data.replace(b"123.45", b"123.46", 1),
                data.replace(b"H", b"D", 1)):  # fmt: skip
        with pytest.raises(iso.MessageRefused):
            bankfile.read_order_file(bad, layout)
    other = next(code for code in LAYOUTS if code != layout)
    with pytest.raises(iso.MessageRefused):
        bankfile.read_order_file(data, other)
    with pytest.raises(iso.MessageRefused, match="没有银行文件版式"):
        bankfile.read_order_file(data, "none")


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(iso.MessageRefused, match="分隔符"):
        bankfile.write_order_file(order([ONE._replace(payee_name="甲|乙")]), "pipe")
    with pytest.raises(iso.MessageRefused, match="最多 280 字节"):
        bankfile.write_order_file(order([ONE._replace(payee_name="甲" * 141)]), "fixed")
    two = order([ONE])._replace(batches=[order([ONE]).batches[0]] * 2)
    with pytest.raises(iso.MessageRefused, match="2 个账户"):
        bankfile.write_order_file(two, "pipe")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_payments_go_out_and_come_back_by_flat_files(paying: Conn, layout: str) -> None:
    open_bank(paying)
    certs = signed(paying, 10, 20)
    message_id, data, _ = banking.payment_file(paying, certs, by="teller", on=DAY, layout=layout)
    asked = bankfile.read_order_file(data, layout).batches[0].transfers
    told = [
        iso.TransferStatus(asked[0].end_to_end_id, "ACSC", 1000, "B1", DAY, "6200001"),
        iso.TransferStatus(asked[1].end_to_end_id, "RJCT", 2000, reason_code="AC04", reason="已销户"),
    ]
    answer = bankfile.write_answer_file(iso.StatusReport("R1", DAY, BANK, message_id, told), layout)
    result = receive(paying, answer, by="teller", on=DAY, layout=layout)
    assert (result.kind, result.paid, result.returned) == (layout, [certs[0]], [certs[1]])
    assert not receive(paying, answer, by="teller", on=DAY, layout=layout).is_new
    assert [state(paying, n) for n in ("A1", "A2")] == ["paid", "returned"]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"|10.00|B1", b"|-10.00|B1"), (b"|10.00|B1", b"|1_0.00|B1"), (b"|10.00|B1", b"|+10.00|B1"),
        (b"|20220301|6200001", b"|2022031|6200001"), (b"|20220301|6200001", b"|202203 1|6200001"),
        (b"|1|10.00\r\n", b"|+1|10.00\r\n"),
    ],
)  # fmt: skip
def test_a_number_or_a_day_is_digits_and_nothing_else(was: bytes, now: bytes) -> None:
    told = iso.TransferStatus("PZ1", "ACSC", 1000, "B1", date(2022, 3, 1), "6200001")
    data = bankfile.write_answer_file(iso.StatusReport("R1", DAY, BANK, "M1", [told]), "pipe")
    assert was in data
    with pytest.raises(iso.MessageRefused, match=r"第 [12] 条记录：.*(无法识别|不能入账)"):
        bankfile.read_answer_file(data.replace(was, now), "pipe")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x0c", "\x1b", "\x1c", "\x7f"])
def test_a_sign_that_cannot_stand_in_a_document_is_refused(layout: str, sign: str) -> None:
    told = iso.TransferStatus("PZ1", "RJCT", 1000, "B000001", DAY, "62", "AC01", "销户")
    data = bankfile.write_answer_file(iso.StatusReport("R1", DAY, BANK, "M1", [told]), layout)
    for was in (b"B000001", b"PZ1"):
        bad = was[:-1] + sign.encode("gb18030")
        with pytest.raises(iso.MessageRefused, match=rf"第 2 条记录：.*控制字符.* U\+{ord(sign):04X}"):
            bankfile.read_answer_file(data.replace(was, bad), layout)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\r\r\n", b"\n\n"])
@pytest.mark.parametrize("is_ended", [True, False])
@pytest.mark.parametrize("mark", ["", "utf-8", "gb18030", "utf-16-le"])
def test_an_answer_is_read_however_its_lines_end(layout: str, end: bytes, is_ended: bool, mark: str) -> None:
    told = [iso.TransferStatus(f"PZ{n}", "RJCT", n, "B1", DAY, "62", "AC01", "销户") for n in (1, 2)]
    report = iso.StatusReport("R1", DAY, BANK, "M1", told)
    data = bankfile.write_answer_file(report, layout).replace(b"\r\n", end)
    data = data if is_ended else data.removesuffix(end)
    if mark:
        data = ("\ufeff" + data.decode("gb18030")).encode(mark)
    assert bankfile.read_answer_file(data, layout) == report
    behind = "\x1a".encode(mark or "ascii")
    assert bankfile.read_answer_file(data + behind, layout) == report


@pytest.mark.parametrize("said", [" PZ1 ", "PZ1\t", "NOTPROVIDED", "-", "0", "无"])
def test_a_reference_is_without_padding_and_none_where_it_only_stands_for_one(said: str) -> None:
    told = iso.TransferStatus("PZ1", "RJCT", 0, "B1", DAY, "62", "AC01", "销户")
    data = bankfile.write_answer_file(iso.StatusReport("R1", DAY, BANK, "M1", [told]), "pipe")
    (read,) = bankfile.read_answer_file(
        data.replace(b"|PZ1|", f"|{said}|".encode("gb18030")), "pipe"
    ).statuses
    assert read.end_to_end_id == ("PZ1" if "PZ1" in said else "")
