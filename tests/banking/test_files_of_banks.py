"""Files that are no messages, or no longer: refused in words, never a failure, never a booking less."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fisc.banking import iso20022 as iso
from fisc.banking.services.mail import read_mail
from fisc.documents import limits
from fisc.kernel import FiscError
from tests.banking.letters import (
    answer,
    block,
    entry,
    is_old,
    message,
    notification,
    outcome,
    part,
    statement,
    tx,
)

BOOKED = entry("10.00", "DBIT", tx("PZ1"), ref="R1") + entry("7.00", "CRDT", tx("PZ2", "7.00"), ref="R2")


def stated(kind: str = "camt.053.001.08", inside: str = BOOKED) -> bytes:
    made = statement("10.00", "7.00", inside, kind=kind)
    return made.replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>") if is_old(kind) else made


STATEMENT, OLD = stated(), stated("camt.053.001.04")
ANSWER = answer("O1", block("O101", "", outcome("PZ1", "ACSC", "10.00")))


def zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("a.xml", data)
    return made.getvalue()


def with_type(inside: bytes) -> bytes:
    return STATEMENT.replace(b"?>", b"?><!DOCTYPE d [" + inside + b"]>", 1)


BOMB = b'<!ENTITY a "lol">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


@pytest.mark.parametrize("layout", ["", "pipe", "fixed"])
@pytest.mark.parametrize("data", [zipped(STATEMENT), gzip.compress(STATEMENT), b"%PDF-1.4", b"Rar!\x1a\x07"])
def test_an_archive_or_another_document_is_named(data: bytes, layout: str) -> None:
    with pytest.raises(iso.MessageRefused, match="不是银行报文"):
        read_mail(data, layout)


@pytest.mark.parametrize("inside", [BOMB, b'<!ENTITY x SYSTEM "file:///etc/hosts">', b""])
def test_a_document_type_is_refused_before_it_means_anything(inside: bytes) -> None:
    with pytest.raises(iso.MessageRefused, match="DOCTYPE"):
        read_mail(with_type(inside), "")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (STATEMENT + STATEMENT, "一份文件只有一份报文"), (STATEMENT + b"<a/>", "一份文件只有一份报文"),
        (STATEMENT.replace(b">S1<", b">&x;<", 1), "没有定义的实体"),
        (STATEMENT.replace(b">S1<", ">公司<".encode("gb18030"), 1), "编码"),
        (STATEMENT.replace(b"UTF-8", b"X-FOO"), "编码无法识别"), (STATEMENT[:-9], "中途断开"),
        (OLD.replace(b"</Ntry>", b"<a>" * 300 + b"</a>" * 300 + b"</Ntry>"), "嵌套太深"),
        (STATEMENT.replace(b">S1<", b">" + b"S" * 11_000_000 + b"<", 1), "文字太长"),
        (OLD.replace(b"<Ntry>", b'<Ntry xmlns="urn:x">'), "别的命名空间"),
        (OLD.replace(b"Ntry>", b"ntry>"), "不认识的元素 ntry"), (b"\0" * 80, "不是 XML"), (b"", "是空的"),
        (STATEMENT.replace(b"</Document>", b"</document>"), "不成对"),
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said(data: bytes, why: str) -> None:
    with pytest.raises(iso.MessageRefused, match=why):
        read_mail(data, "")


@pytest.mark.parametrize("before", [b"", b"\r\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("behind", [b"", b"\r\n\x1a", b"\0\0\0"])
def test_what_old_programs_set_around_a_message_is_no_part_of_it(before: bytes, behind: bytes) -> None:
    (mail,) = read_mail(before + STATEMENT + behind, "")
    assert isinstance(mail.message, iso.Statement) and len(mail.message.entries) == 2


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_a_message_is_read_in_the_encoding_that_it_says(code: str) -> None:
    name = "<RltdPties><Cdtr><Pty><Nm>某公司</Nm></Pty></Cdtr></RltdPties>"
    text = stated(inside=entry("3.00", "DBIT", tx("PZ1", more=name))).decode()
    data = text.replace("UTF-8", code.removesuffix("-sig").upper()).encode(code)
    (mail,) = read_mail(data, "")
    assert isinstance(mail.message, iso.Statement) and mail.message.entries[0].party_name == "某公司"


def test_a_prefix_of_the_namespace_changes_nothing() -> None:
    text = STATEMENT.decode().replace("<", "<n:").replace("<n:/", "</n:").replace("<n:?", "<?")
    (mail,) = read_mail(text.replace("xmlns=", "xmlns:n=").encode(), "")
    assert isinstance(mail.message, iso.Statement) and len(mail.message.entries) == 2


def test_a_file_that_is_too_large_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fisc.banking.iso20022.whole_file.MOST_BYTES", 1 << 20)
    with pytest.raises(iso.MessageRefused, match="超过 1 MB"):
        read_mail(STATEMENT + b" " * (1 << 20), "")
    assert limits.MOST_BYTES == 100 << 20


def test_reading_takes_no_more_memory_than_bookings_do() -> None:
    data = notification(*[entry("0.01", "DBIT", tx("PZ1"), ref="R1")] * 3000)
    read_mail(STATEMENT, "")
    tracemalloc.start()
    try:
        read_mail(data, "")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(data)


# --- what a message says of itself --------------------------------------------------------------------


def summed(inside: str, kind: str = "camt.054.001.08") -> bytes:
    data = notification(f"<TxsSummry>{inside}</TxsSummry>", BOOKED, kind=kind)
    return data.replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>") if is_old(kind) else data


@pytest.mark.parametrize("kind", ["camt.054.001.08", "camt.054.001.02", "camt.052.001.04"])
@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("<TtlNtries><NbOfNtries>2</NbOfNtries><Sum>17.00</Sum></TtlNtries>", ""),
        ("<TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries>", "全部 3 笔，实有 2 笔"),
        ("<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>7</Sum></TtlCdtNtries>", ""),
        ("<TtlDbtNtries><Sum>11.00</Sum></TtlDbtNtries>", "借方 11.00 元，实有 10.00 元"),
    ],
)
def test_a_summary_that_counts_other_bookings_is_refused(kind: str, inside: str, why: str) -> None:
    if why:
        with pytest.raises(iso.MessageRefused, match=why):
            read_mail(summed(inside, kind), "")
    else:
        assert len(read_mail(summed(inside, kind), "")) == 1


def test_without_a_status_only_a_balance_tells_a_booking() -> None:
    without = BOOKED.replace("<Sts><Cd>BOOK</Cd></Sts>", "")
    for data, count in (
        (statement("10.00", "7.00", without, kind="camt.053.001.09"), 2),
        (notification(without, kind="camt.054.001.09"), 0),
    ):
        (mail,) = read_mail(data, "")
        assert (
            isinstance(mail.message, iso.Statement | iso.Notification) and len(mail.message.entries) == count
        )


# --- whatever happens to a file -----------------------------------------------------------------------

_CUT = st.tuples(st.integers(0, 4000), st.integers(0, 60), st.binary(max_size=6))
_SWAP = st.sampled_from([
    (b"CRDT", b"DBIT"), (b"DBIT", b"CRDT"), (b"10.00", b"-1"), (b"7.00", b"1e3"), (b"CNY", b"USD"),
    (b"BOOK", b"PDNG"), (b"2022-03-01", b"2022-02-30"), (b"2022", b"0000"),
    (b"Ntry", b"Bal"), (b"Amt", b"Id"),
    (b"S1", b""), (b"15001", b" "), (b"TxDtls", b"Btch"), (b"OPBD", b"CLBD"), (b"ICBC", b"\xc2\x80"),
    (b"PZ1", b"&#0;"), (b"10.00", "１０.００".encode()), (b"PZ1", b"&lt;" * 500), (b"ACSC", b"RJCT"),
])  # fmt: skip


@given(st.sampled_from([STATEMENT, OLD, ANSWER, stated("camt.053.001.13")]), st.lists(_CUT, max_size=2),
       st.lists(_SWAP, max_size=3), st.sampled_from(["", "pipe", "fixed"]))  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_whatever_happens_to_a_file_it_is_refused_in_words_or_comes_out_even(
    data: bytes, cuts: list[tuple[int, int, bytes]], swaps: list[tuple[bytes, bytes]], layout: str
) -> None:
    for was, now in swaps:
        data = data.replace(was, now, 1)
    for at, length, now in cuts:
        data = data[:at] + now + data[at + length :]
    try:
        read = read_mail(data, layout)
    except FiscError as refused:
        assert str(refused)
        return
    for mail in read:
        if isinstance(mail.message, iso.Statement):
            out = sum(e.amount_fen if e.side == "DBIT" else -e.amount_fen for e in mail.message.entries)
            assert mail.message.opening_fen - mail.message.closing_fen == out


def test_several_parts_of_a_message_keep_their_own_summaries() -> None:
    summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry>"
    kind = "camt.054.001.08"
    parts = [part(summary, BOOKED, number=n, kind=kind) for n in ("A", "B")]
    assert len(read_mail(message(*parts, kind=kind), "")) == 2
