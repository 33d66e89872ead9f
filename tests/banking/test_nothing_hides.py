"""Whatever a bank leaves out, repeats, pads or corrects: every yuan that a balance counts is a line."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.documents import findings
from fisc.registry import own_settings
from fisc.registry.own_settings import OwnSetting
from tests.banking.letters import (
    answer,
    balance,
    block,
    entry,
    message,
    notification,
    outcome,
    part,
    statement,
    tx,
)
from tests.banking.world import CENTRAL, SINGLE, Conn, open_bank, signed, void
from tests.treasury.paying import CITY, DAY, application, certified, state

NEXT = DAY + timedelta(days=1)
THIRD = DAY + timedelta(days=2)


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)


def take(conn: Conn, *data: bytes, on: date = THIRD) -> banking.MessageResult:
    return [banking.receive(conn, one, by="teller", on=on) for one in data][-1]


def books(conn: Conn, on: date = THIRD) -> banking.ReconciliationReport:
    report = banking.reconcile(conn, CITY, on, by="auditor")
    assert all(proof.holds for proof in reconciliation_proofs(conn, CITY, on))
    return report


def named(report: banking.ReconciliationReport) -> list[tuple[str, str, int]]:
    told = ((item.kind, item.ours, item.theirs_fen) for item in report.items)
    return sorted(one for one in told if one[0] != "duplicate_message")


def sent(conn: Conn, *yuan: int) -> tuple[str, list[str]]:
    certs = signed(conn, *yuan)
    message_id, _, _ = banking.payment_file(conn, certs, by="teller", on=DAY)
    return message_id, certs


# --- identity -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ["", "NOTPROVIDED", "NONREF", " ", "0000", "n/a", "T7"])
def test_debits_that_share_a_reference_or_have_none_are_all_lines(paying: Conn, ref: str) -> None:
    _, (cert,) = sent(paying, 10)
    stray = entry(
        "500.00", "DBIT", tx(more="<RltdPties><Cdtr><Pty><Nm>某</Nm></Pty></Cdtr></RltdPties>"), ref=ref
    )
    data = statement("1010.00", "0.00", entry("10.00", "DBIT", tx(cert), ref=ref), stray, stray)
    if ref.strip() == "":
        data = data.replace(b"<AcctSvcrRef> </AcctSvcrRef>", b"")
    take(paying, data)
    report = books(paying)
    assert named(report) == [("bank_first", cert, 1000), *[("no_voucher", "", 50000)] * 2]
    assert len(findings.recorded(paying, rules=["reconcile.no_voucher"])) == 2


@pytest.mark.parametrize("key", [
    "NOTPROVIDED", "NOT PROVIDED", "Not-Provided", "NONREF", "N/A", "Ｎ／Ａ", "none", "(null)", "NaN",
    "00000", "０", "-", "—", "...", "XXXX", "99999999", "空", "无", "未提供", "\u3000", "\u200b", "TBD",
])  # fmt: skip
def test_what_only_stands_for_a_reference_pairs_nothing(paying: Conn, key: str) -> None:
    take(
        paying,
        statement("500.00", "500.00", entry("500.00", "DBIT", tx(key)), entry("500.00", "CRDT", tx(key))),
    )
    assert named(books(paying)) == [("credit_unexplained", "", -50000), ("no_voucher", "", 50000)]


def stranger(name: str, acct: str, who: str = "Cdtr") -> str:
    """The other side of a booking, in a transaction."""
    account = f"<{who}Acct><Id><Othr><Id>{acct}</Id></Othr></Id></{who}Acct>"
    return f"<RltdPties><{who}><Pty><Nm>{name}</Nm></Pty></{who}>{account}</RltdPties>"


@pytest.mark.parametrize("key", ["20220301", "NOTPROV", "ZZZZ", "1111111111", "无附言", "同上", "SALARY"])
def test_strangers_are_not_one_because_they_bear_one_word(paying: Conn, key: str) -> None:
    take(paying, statement(
        "500.00", "500.00", entry("500.00", "DBIT", tx(key, more=stranger("某甲", "6200009"))),
        entry("500.00", "CRDT", tx(key, more=stranger("乙公司", "777", "Dbtr"))),
    ))  # fmt: skip
    assert named(books(paying)) == [("credit_unexplained", key, -50000), ("no_voucher", key, 50000)]


def test_amounts_that_only_come_to_the_same_take_nothing_back(paying: Conn) -> None:
    paid = [entry(yuan, "DBIT", tx("HK")) for yuan in ("300.00", "200.00")]
    take(
        paying,
        statement("500.00", "0.00", *paid),
        statement("0.00", "500.00", entry("500.00", "CRDT", tx("HK"), back=True), number="S2", day=NEXT),
    )
    assert len(books(paying).faults) == 3


@pytest.mark.parametrize("lines", [
    (("CRDT", "500.00"), ("DBIT", "10.00"), ("DBIT", "500.00")),
    (("DBIT", "10.00"), ("DBIT", "500.00"), ("CRDT", "500.00")),
    (("DBIT", "500.00"), ("CRDT", "490.00")),
])  # fmt: skip
def test_strangers_money_under_a_voucher_is_told_though_the_sum_agrees(
    paying: Conn, lines: tuple[tuple[str, str], ...]
) -> None:
    message_id, (cert,) = sent(paying, 10)
    take(paying, answer(message_id, block(f"{message_id}01", "", outcome(cert, "ACSC", "10.00"))))
    take(paying, statement("510.00", "500.00", *(entry(yuan, side, tx(cert)) for side, yuan in lines)))
    assert named(books(paying)) == [("lines_differ", cert, 1000)]


def test_what_was_paid_twice_and_came_back_once_is_paid(paying: Conn) -> None:
    message_id, (cert,) = sent(paying, 10)
    take(paying, answer(message_id, block(f"{message_id}01", "", outcome(cert, "ACSC", "10.00"))))
    paid, back = entry("10.00", "DBIT", tx(cert)), entry("10.00", "CRDT", tx(cert), back=True)
    take(paying, statement("20.00", "10.00", paid, paid, back))
    assert named(books(paying)) == []


@pytest.mark.parametrize("key", ["", "CLEARED"])
def test_clearing_lines_of_strangers_are_each_told(paying: Conn, key: str) -> None:
    lines = [
        entry("500.00", "DBIT", tx(key, more=stranger("甲", "1")), code="CLR", ref="R1"),
        entry("500.00", "CRDT", tx(key, more=stranger("乙", "2", "Dbtr")), code="CLR", ref="R2"),
    ]
    take(paying, statement("0.00", "0.00", *lines, acct=SINGLE, bank=CENTRAL))
    told = [(i.kind, i.theirs, i.theirs_fen) for i in books(paying).items]
    assert told == [("treasury_without_clearing", ref, fen) for ref, fen in (("R1", 50000), ("R2", -50000))]


def test_each_booking_is_taken_back_once(paying: Conn) -> None:
    paid, back = entry("10.00", "DBIT", tx("PZ404")), entry("10.00", "CRDT", tx("PZ404"), back=True)
    take(paying, statement("20.00", "10.00", paid, back, paid))
    assert named(books(paying)) == [("no_voucher", "PZ404", 1000)]


@pytest.mark.parametrize("pad", ["{} ", "\u3000{}", "{}\u200b", "\ufeff{}\t"])
def test_padding_is_no_part_of_a_reference(paying: Conn, pad: str) -> None:
    message_id, (cert,) = sent(paying, 10)
    party = "<RltdPties><CdtrAcct><Id><Othr><Id> 6200001 </Id></Othr></Id></CdtrAcct></RltdPties>"
    take(
        paying,
        answer(message_id, block(f"{message_id}01", "", outcome(pad.format(cert)[:35], "ACSC", "10.00"))),
        statement("10.00", "0.00", entry("10.00", "DBIT", tx(pad.format(cert), more=party), ref=" R1 ")),
    )  # fmt: skip
    assert (state(paying, "A1"), named(books(paying))) == ("paid", [])


def test_the_database_keeps_lines_and_balances_one(paying: Conn) -> None:
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT")))
    with pytest.raises(psycopg.errors.DatabaseError) as refusal, paying.transaction():
        paying.execute(
            "insert into banking_message (direction, kind, message_id, bank_no, mof_div_code, acct_no, "
            "order_id, state, digest, line_count, amount_fen, opening_fen, closing_fen, other_fen, "
            "business_on, recorded_on, recorded_by, last_received_on, body) select direction, kind, 'X', "
            "bank_no, mof_div_code, acct_no, '', state, digest, 0, 0, 0, -500, 500, business_on, "
            "recorded_on, recorded_by, last_received_on, body from banking_message"
        )
        paying.execute("set constraints all immediate")
    assert refusal.value.sqlstate == "FS104"


# --- levels ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deep", [False, True])
def test_amount_and_side_are_read_where_they_stand(paying: Conn, deep: bool) -> None:
    _, certs = sent(paying, 10, 20)
    one = entry(
        "25.00", "DBIT", tx(certs[0], "10.00", "DBIT", deep=deep), tx(certs[1], "20.00", "DBIT", deep=deep),
        tx("TK9", "5.00", "CRDT", deep=deep), ref="R1",
    )  # fmt: skip
    take(paying, statement("25.00", "0.00", one))
    assert named(books(paying)) == [
        ("bank_first", certs[0], 1000), ("bank_first", certs[1], 2000), ("credit_unexplained", "TK9", -500)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("batch", "details"),
    [("", 2), ("<Btch><NbOfTxs>2</NbOfTxs></Btch>", 0), ("<Btch><NbOfTxs>3</NbOfTxs></Btch>", 1)],
)
def test_what_cannot_be_told_apart_stays_one_line_to_explain(paying: Conn, batch: str, details: int) -> None:
    _, certs = sent(paying, 10, 20)
    take(paying, statement("30.00", "0.00", entry("30.00", "DBIT", *map(tx, certs[:details]), batch=batch)))
    assert ("no_voucher", "", 3000) in named(books(paying))
    (remark,) = paying.execute("select remark from banking_line").fetchone() or ("",)
    assert "没有逐笔金额" in remark and all(cert in remark for cert in certs[:details])


@pytest.mark.parametrize(
    "status", ["<Cd>PDNG</Cd>", "<Prtry>PDNG</Prtry>", "<Cd>INFO</Cd>", "<Prtry>在途</Prtry>"]
)
def test_what_is_not_booked_is_no_line(paying: Conn, status: str) -> None:
    waiting = entry("10.00", "DBIT", status=status)
    assert take(paying, statement("10.00", "10.00", waiting)).line_count == 0
    assert take(paying, notification(waiting)).line_count == 0
    with pytest.raises(iso.MessageRefused, match="另有 1 笔不是已入账"):
        take(paying, statement("10.00", "0.00", waiting, number="S2"))


@pytest.mark.parametrize("said", ["BOOKED", "已记账", "book"])
def test_a_bank_that_says_booked_in_its_own_words_has_booked(paying: Conn, said: str) -> None:
    one = entry("10.00", "DBIT", status=f"<Prtry>{said}</Prtry>")
    assert take(paying, statement("10.00", "0.00", one)).line_count == 1


def test_nothing_on_the_treasurys_account_needs_no_paper(paying: Conn) -> None:
    data = statement("0.00", "0.00", entry("0.00", "CRDT", code="OWN"), acct=SINGLE)
    assert take(paying, data).line_count == 1
    assert books(paying).items == ()


def test_the_first_version_is_read_too(paying: Conn) -> None:
    _, (cert,) = sent(paying, 10)
    data = statement("10.00", "0.00", entry("10.00", "DBIT", tx(cert)), kind="camt.053.001.01").decode()
    for was, now in (("<Cd>BOOK</Cd>", "BOOK"), ("NtryDtls>", "None>"), ("CdOrPrtry>", "None>")):
        data = data.replace(was, now).replace("<None>", "").replace("</None>", "")
    take(paying, data.encode())
    assert named(books(paying)) == [("bank_first", cert, 1000)]


@pytest.mark.parametrize("code", ["USD", "JPY"])
def test_another_currency_is_refused(paying: Conn, code: str) -> None:
    data = statement("10.00", "0.00", entry("10.00", "DBIT")).replace(
        b'<Ntry><Amt Ccy="CNY"', b'<Ntry><Amt Ccy="%s"' % code.encode()
    )
    with pytest.raises(iso.MessageRefused, match=code):
        take(paying, data)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('<Ntry><Amt Ccy="CNY">10.00</Amt>', "<Ntry>"),
        ('<Amt Ccy="CNY">10.00</Amt><CdtDbtInd>CRDT', "<CdtDbtInd>CRDT"),
        ("<CdtDbtInd>DBIT", "<CdtDbtInd>BOTH"), ("<CdtDbtInd>CRDT", "<CdtDbtInd>BOTH"),
    ],
    ids=["entry", "balance", "side of an entry", "side of a balance"],
)  # fmt: skip
def test_without_a_schema_too_nothing_unsaid_is_read_as_zero(paying: Conn, was: str, now: str) -> None:
    data = statement("10.00", "0.00", entry("10.00", "DBIT"), kind="camt.053.001.06").decode()
    assert was in data
    with pytest.raises(iso.MessageRefused, match=r"缺少金额|没有写明借贷"):
        take(paying, data.replace(was, now, 1).encode())


def test_an_amount_that_no_account_can_hold_is_refused(paying: Conn) -> None:
    with pytest.raises(iso.MessageRefused, match="不能入账"):
        take(paying, notification(entry("9" * 16, "CRDT"), kind="camt.054.001.06"))


def test_a_transaction_of_no_known_side_is_refused(paying: Conn) -> None:
    details = [tx("A", "20.00"), tx("B", "10.00", "BOTH")]
    with pytest.raises(iso.MessageRefused, match="BOTH"):
        take(paying, notification(entry("10.00", "DBIT", *details), kind="camt.054.001.06"))


# --- days -----------------------------------------------------------------------------------------------


BEFORE = DAY - timedelta(1)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2022-02-28T17:30:00Z", DAY), ("2022-02-28T16:00:00.000Z", DAY), ("2022-02-28T15:59:59Z", BEFORE),
        ("2022-03-01T23:59:59+08:00", DAY), ("2022-03-01T01:00:00+09:00", DAY),
        ("2022-03-01T00:30:00+09:00", BEFORE), ("2022-02-28T23:00:00-05:00", DAY),
        ("2022-03-01T08:00:00", DAY), ("2022-03-01Z", DAY), ("2022-03-01T24:00:00", DAY),
        ("2022-03-01T00:00:00", DAY), ("2022-03-01T00:00:00+08:00", DAY), ("2022-02-28T24:00:00Z", DAY),
        ("2022-03-01+08:00", DAY), ("2022-03-01-05:00", DAY),
    ],
)  # fmt: skip
def test_a_moment_is_a_day_in_china(said: str, day: date) -> None:
    name = "DtTm" if "T" in said else "Dt"
    told = iso.read_statement(
        statement("10.00", "0.00", entry("10.00", "DBIT", day=f"<{name}>{said}</{name}>"))
    )
    assert told.entries[0].booked_on == day


# --- returns and parties --------------------------------------------------------------------------------

_RETURN = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"


@pytest.mark.parametrize("side", ["", "DBIT", "CRDT"])
def test_a_reversal_is_of_the_side_of_its_entry_whatever_its_transaction_kept(
    paying: Conn, side: str
) -> None:
    _, (cert,) = sent(paying, 10)
    entries = [
        entry("10.00", "DBIT", tx(cert), ref="R1"),
        entry("10.00", "CRDT", tx(cert, "10.00", side), ref="R2", back=True),
    ]
    result = take(paying, statement("10.00", "10.00", *entries))
    assert (result.returned, named(books(paying))) == ([cert], [])


@pytest.mark.parametrize("how", ["mark", "reason", "sign"])
@pytest.mark.parametrize("by", ["notice", "statement", "report"])
def test_a_return_is_told_by_mark_by_reason_or_by_its_side(paying: Conn, how: str, by: str) -> None:
    _, (cert,) = sent(paying, 10)
    entries = [
        entry("10.00", "DBIT", tx(cert), ref="R1"),
        entry(
            "10.00", "CRDT", tx(cert, more=_RETURN if how == "reason" else ""), ref="R2", back=how == "mark"
        ),
    ]
    if by == "statement":
        result = take(paying, statement("10.00", "10.00", *entries))
    else:
        result = take(
            paying, notification(*entries, kind="camt.054.001.08" if by == "notice" else "camt.052.001.08")
        )
    assert (result.returned, result.findings, state(paying, "A1")) == ([cert], [], "returned")


def test_a_report_of_the_day_so_far_tells_again_and_proves_nothing(paying: Conn) -> None:
    _, (cert,) = sent(paying, 10)
    kind = "camt.052.001.08"
    stray, back = entry("500.00", "DBIT", ref="R7"), entry("10.00", "CRDT", tx(cert), ref="R2", back=True)
    bals = balance("OPBD", "510.00") + balance("ITBD", "20.00")
    first = take(paying, notification(bals, stray, back, number="N1", kind=kind))
    again = take(paying, notification(bals, stray, back, stray, number="N2", kind=kind))
    assert (first.returned, again.returned, again.findings) == ([cert], [], [])
    report = books(paying)
    assert {item.kind for item in report.items} == {"awaiting_statement"}
    assert report.identities[-3].left == (("期初余额减期末余额", 0),)


def test_the_payer_of_money_that_comes_is_kept_and_shown(paying: Conn) -> None:
    parties = (
        "<RltdPties><Dbtr><Pty><Nm>缴款公司</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>62170001</Id></Othr></Id></DbtrAcct>"
        "<UltmtDbtr><Pty><Nm>母公司</Nm></Pty></UltmtDbtr><Cdtr><Pty><Nm>市财政局</Nm></Pty></Cdtr></RltdPties>"
    )
    take(paying, statement("0.00", "10.00", entry("10.00", "CRDT", tx(more=parties))))
    (item,) = books(paying).items
    assert item.words == "对方 缴款公司，实际 母公司，对方账号 62170001"


# --- answers at three levels ----------------------------------------------------------------------------


def test_a_block_that_is_refused_brings_all_its_payments_back(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    result = take(paying, answer(message_id, block(f"{message_id}01", "RJCT", reason="AM04")))
    assert (result.returned, result.findings) == (certs, [])
    assert [state(paying, n) for n in ("A1", "A2")] == ["returned"] * 2


@pytest.mark.parametrize("where", ["group", "block"])
def test_what_a_refusal_does_not_name_comes_back_too(paying: Conn, where: str) -> None:
    message_id, certs = sent(paying, 10, 20)
    lines = [outcome(certs[0], "RJCT")]
    own = "RJCT" if where == "block" else ""
    result = take(
        paying,
        answer(message_id, block(f"{message_id}01", own, *lines), group="RJCT" if where == "group" else ""),
    )
    assert (result.returned, result.findings) == (certs, [])


def test_a_line_without_a_status_has_that_of_its_block(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    result = take(
        paying,
        answer(
            message_id,
            block(
                f"{message_id}01",
                "ACSC",
                *(outcome(c, "", y) for c, y in zip(certs, ("10.00", "20.00"), strict=True)),
            ),
        ),
    )
    assert (result.paid, result.findings) == (certs, [])


@pytest.mark.parametrize(
    ("group", "of_block", "line"),
    [("RJCT", "", "ACSC"), ("", "RJCT", "ACSC"), ("ACSC", "", "RJCT"), ("", "ACSC", "PDNG"),
     ("ACSC", "RJCT", ""), ("RJCT", "ACSC", "ACSC")],
)  # fmt: skip
def test_levels_that_contradict_each_other_are_findings_and_act_on_nothing(
    paying: Conn, group: str, of_block: str, line: str
) -> None:
    message_id, (cert,) = sent(paying, 10)
    lines = [outcome(cert, line, "10.00")] if line else []
    result = take(paying, answer(message_id, block(f"{message_id}01", of_block, *lines), group=group))
    assert [(f.rule_id, f.document) for f in result.findings] == [("message.contradictory", cert)]
    assert (result.paid, result.returned, state(paying, "A1")) == ([], [], "sent")


def test_a_block_that_is_none_of_ours_returns_nothing(paying: Conn) -> None:
    message_id, _ = sent(paying, 10)
    result = take(paying, answer(message_id, block("X1", "RJCT"), block("X2", "RJCT")))
    assert ([f.rule_id for f in result.findings], result.returned) == (["message.unknown_status"] * 2, [])


@pytest.mark.parametrize("status", ["RJCT", "ACSC"])
@pytest.mark.parametrize("line", ["", "own"])
def test_a_lone_block_that_is_none_of_ours_acts_on_nothing(paying: Conn, status: str, line: str) -> None:
    message_id, (cert,) = sent(paying, 10)
    lines = [outcome(cert, status, "10.00")] if line else []
    result = take(paying, answer(message_id, block("XX", status, *lines)))
    assert (result.paid, result.returned, state(paying, "A1")) == ([], [], "sent")
    (found,) = result.findings
    assert "XX" in found.what and "没有这一批次" in found.what


@pytest.mark.parametrize("where", ["group", "block"])
def test_a_refusal_that_a_payment_belies_returns_nothing_it_does_not_name(paying: Conn, where: str) -> None:
    message_id, certs = sent(paying, 10, 20, 30)
    lines = [outcome(certs[0], "ACSC", "10.00"), outcome(certs[2], "RJCT")]
    own, group = ("RJCT", "") if where == "block" else ("", "RJCT")
    result = take(paying, answer(message_id, block(f"{message_id}01", own, *lines), group=group))
    assert sorted((f.rule_id, f.document) for f in result.findings) == [
        ("message.contradictory", cert) for cert in certs[:2]
    ]
    assert all(certs[0] in f.what for f in result.findings)
    # what is told of a payment itself, and by all levels alike, holds
    assert (result.paid, result.returned) == ([], [certs[2]])
    assert [state(paying, n) for n in ("A1", "A2", "A3")] == ["sent", "sent", "returned"]


def test_a_line_without_a_status_has_none_of_a_level_that_is_belied(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    lines = [outcome(certs[0], "RJCT"), outcome(certs[1], "", "20.00")]
    result = take(paying, answer(message_id, block(f"{message_id}01", "", *lines), group="ACSC"))
    assert (result.paid, result.returned, len(result.findings)) == ([], [], 2)


#: What an order's first answer says, and what the second.
_TURNS = [
    ({"group": "ACSC"}, {"group": "RJCT"}),
    ({"of_block": "ACSC"}, {"group": "RJCT"}),
    ({"group": "ACSC"}, {"of_block": "RJCT"}),
    ({"group": "ACSC"}, {"line": "RJCT"}),
    ({"line": "ACSC", "yuan": "11.00"}, {"line": "RJCT"}),
]


@pytest.mark.parametrize(("first", "second"), _TURNS, ids=range(len(_TURNS)))
def test_answers_that_contradict_each_other_act_on_nothing(
    paying: Conn, first: dict[str, str], second: dict[str, str]
) -> None:
    message_id, (cert,) = sent(paying, 10)
    results = []
    for number, said in (("R1", first), ("R2", second)):
        lines = [outcome(cert, said["line"], said.get("yuan", ""))] if "line" in said else []
        blocks = [block(f"{message_id}01", said.get("of_block", ""), *lines)]
        data = answer(message_id, *blocks, group=said.get("group", ""), number=number)
        results.append(take(paying, data))
    assert [(r.paid, r.returned) for r in results] == [([], [])] * 2
    assert state(paying, "A1") == "sent"
    (found,) = results[1].findings
    assert (found.rule_id, found.document) == ("message.contradictory", cert)
    assert "R1" in found.what and "R2" in found.what


def test_an_answer_that_was_not_believed_does_not_stand_against_a_clear_one(paying: Conn) -> None:
    message_id, (cert,) = sent(paying, 10)
    line = block(f"{message_id}01", "", outcome(cert, "ACSC", "10.00"))
    assert take(paying, answer(message_id, line, group="RJCT")).paid == []
    assert take(paying, answer(message_id, line, number="R2")).paid == [cert]


@pytest.mark.parametrize("day", [DAY, NEXT], ids=["one statement", "days after"])
def test_a_credit_before_the_debit_takes_nothing_back(paying: Conn, day: date) -> None:
    _, (cert,) = sent(paying, 10)
    credit = entry("10.00", "CRDT", tx(cert), back=True)
    debit = entry("10.00", "DBIT", tx(cert), day=f"<Dt>{day}</Dt>")
    result = take(paying, statement("10.00", "10.00", credit, debit))
    assert (result.returned, state(paying, "A1")) == ([], "sent")


@pytest.mark.parametrize("is_reversal", [True, False])
def test_only_what_comes_after_takes_back_what_has_no_voucher(paying: Conn, is_reversal: bool) -> None:
    pair = [entry("10.00", "DBIT", tx("PZ404")), entry("10.00", "CRDT", tx("PZ404"), back=True)]
    take(paying, statement("10.00", "10.00", *(pair if is_reversal else reversed(pair))))
    assert len(named(books(paying))) == (0 if is_reversal else 2)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_no_page_comes_after_the_last(paying: Conn, order: tuple[int, ...]) -> None:
    def page(number: int, *, is_last: bool) -> bytes:
        return message(
            part(balance("OPBD" if number == 1 else "CLBD", "0.00"), page=(number, is_last), **PAGES),
            number=f"P{number}",
        )

    pages = [page(1, is_last=False), page(2, is_last=True), page(3, is_last=True)]
    take(paying, *(pages[n] for n in order[:2]))
    with pytest.raises(iso.MessageRefused, match="最后一页"):
        take(paying, pages[order[2]])
    assert paying.execute("select count(*) from banking_message where kind like 'camt%'").fetchone() == (2,)


@pytest.mark.parametrize(("first", "second"), [("ACSC", "RJCT"), ("RJCT", "ACSC")])
def test_a_later_answer_never_undoes_what_is_final(paying: Conn, first: str, second: str) -> None:
    message_id, (cert,) = sent(paying, 10)
    take(paying, answer(message_id, block(f"{message_id}01", "", outcome(cert, first, "10.00"))))
    before = state(paying, "A1")
    assert before in ("paid", "returned")
    later = block(f"{message_id}01", "", outcome(cert, second, "10.00"))
    result = take(paying, answer(message_id, later, number="R2"))
    assert (result.paid, result.returned, state(paying, "A1")) == ([], [], before)
    assert len(result.findings) == 1


def test_an_answer_that_does_not_name_its_bank_is_of_the_bank_of_the_order(paying: Conn) -> None:
    message_id, certs = sent(paying, 10)
    assert take(paying, answer(message_id, group="RJCT", bank="")).returned == certs


# --- versions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", range(2, 14))
def test_every_version_of_a_statement_is_read(paying: Conn, version: int) -> None:
    kind = f"camt.053.001.{version:02d}"
    _, (cert,) = sent(paying, 10)
    data = statement("10.00", "0.00", entry("10.00", "DBIT", tx(cert), ref="R1"), kind=kind)
    if version < 8:
        data = data.replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>")
    result = take(paying, data)
    assert (result.kind, result.line_count) == (kind, 1)
    assert ("未附结构定义" in result.effect) is (version != 8)
    assert named(books(paying)) == [("bank_first", cert, 1000)]


@pytest.mark.parametrize("version", range(3, 15))
def test_every_version_of_an_answer_is_read(paying: Conn, version: int) -> None:
    message_id, certs = sent(paying, 10)
    data = answer(message_id, group="RJCT", kind=f"pain.002.001.{version:02d}")
    assert take(paying, data).returned == certs


@pytest.mark.parametrize("family", ["camt.052", "camt.054"])
@pytest.mark.parametrize("version", [2, 4, 6, 10, 13])
def test_every_version_of_a_notice_is_read(paying: Conn, family: str, version: int) -> None:
    _, certs = sent(paying, 10)
    kind = f"{family}.001.{version:02d}"
    data = notification(entry("10.00", "CRDT", tx(certs[0]), ref="R1", back=True), kind=kind)
    if version < 8:
        data = data.replace(b"<Sts><Cd>BOOK</Cd></Sts>", b"<Sts>BOOK</Sts>")
    assert take(paying, data).returned == certs


@pytest.mark.parametrize("kind", ["camt.053.001.99", "camt.060.001.05", "pain.002.001.02", "camt.053.002.08"])
def test_what_is_no_version_that_is_known_is_refused(paying: Conn, kind: str) -> None:
    data = statement("0.00", "0.00").replace(b"camt.053.001.08", kind.encode())
    with pytest.raises(iso.MessageRefused, match="根元素"):
        take(paying, data)


# --- statements that follow, correct and make up one another -----------------------------------------------


def test_a_corrected_statement_takes_the_place_of_the_first_and_says_what_changed(paying: Conn) -> None:
    first = statement("100.00", "90.00", entry("10.00", "DBIT", tx("PZ1"), ref="R1"), number="S1", seq=1)
    second = statement(
        "100.00", "70.00", entry("10.00", "DBIT", tx("PZ1"), ref="R1"),
        entry("20.00", "DBIT", tx("PZ2"), ref="R2"), number="S1-CORR", seq=1, created=f"{DAY}T20:00:00+08:00",
    )  # fmt: skip
    after = statement("70.00", "70.00", number="S2", seq=2, day=NEXT)
    take(paying, first)
    assert named(books(paying, DAY)) == [("no_voucher", "PZ1", 1000)]
    (said,) = take(paying, second).findings
    assert (
        "S1 不再计入" in said.what and "20.00 元（PZ2）" in said.what and "90.00 元改为 70.00 元" in said.what
    )
    take(paying, after)
    report = books(paying)
    assert report.is_proven and not [i for i in report.items if i.kind == "statement_gap"]
    assert [i.ours for i in report.items if i.kind == "no_voucher"] == ["PZ1", "PZ2"]
    (kept,) = [m for m in banking.list_messages(paying, CITY, DAY, THIRD) if m.message_id == "S1"]
    assert (kept.state, kept.superseded_by) == ("superseded", "S1-CORR")


@pytest.mark.parametrize("seq", [0, 1])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_a_statement_that_is_corrected_twice_counts_as_it_was_said_last(
    paying: Conn, seq: int, order: tuple[int, ...]
) -> None:
    told = [
        statement("100.00", ends, entry(yuan, "DBIT", tx(f"K{n}")), number=f"S{n}", seq=seq, statement_no="D",
                  created=f"{DAY}T{18 + n}:00:00+08:00")
        for n, (ends, yuan) in enumerate((("90.00", "10.00"), ("70.00", "30.00"), ("80.00", "20.00")))
    ]  # fmt: skip
    take(paying, *(told[n] for n in order))
    report = books(paying)
    assert report.is_proven
    assert [one for one in named(report) if one[0] == "no_voucher"] == [("no_voucher", "K2", 2000)]


def _at(hour: int) -> str:
    return f"{DAY}T{hour:02d}:00:00+08:00"


@pytest.mark.parametrize("names", [("P1", "P2", "P3"), ("D", "D", "D"), ("D", "P2", "D")])
@pytest.mark.parametrize("seq", [0, 60])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_parts_of_a_day_all_count_though_the_balance_comes_back(
    paying: Conn, names: tuple[str, ...], seq: int, order: tuple[int, ...]
) -> None:
    told = [
        statement(*ends, entry(yuan, side, ref=f"R{n}"), number=f"P{n}", statement_no=name, seq=seq,
                  created=_at(10 + n))
        for n, (name, ends, yuan, side) in enumerate(zip(
            names, (("100.00", "50.00"), ("50.00", "100.00"), ("100.00", "70.00")),
            ("50.00", "50.00", "30.00"), ("DBIT", "CRDT", "DBIT"), strict=True,
        ))
    ]  # fmt: skip
    take(paying, *(told[n] for n in order))
    report = books(paying)
    assert report.is_proven and sorted(i.theirs for i in report.faults) == ["R0", "R1", "R2"]


def test_parts_are_put_in_the_order_of_their_balances(paying: Conn) -> None:
    """Of one time, and named against their order."""
    spans = (("100.00", "70.00", "30.00", "DBIT"), ("50.00", "100.00", "50.00", "CRDT"),
             ("100.00", "50.00", "50.00", "DBIT"))  # fmt: skip
    for n, (opening, closing, yuan, side) in enumerate(spans):
        take(paying, statement(opening, closing, entry(yuan, side), number=f"P{n}"))
    report = books(paying)
    assert report.is_proven and len(report.faults) == len(spans)


def test_parts_under_one_number_of_the_sequence_both_count(paying: Conn) -> None:
    take(paying, statement("100.00", "60.00", entry("40.00", "DBIT"), number="P1", seq=60, created=_at(10)),
         statement("60.00", "60.00", number="P2", seq=60, created=_at(16)))  # fmt: skip
    report = books(paying)
    assert report.is_proven and named(report) == [("no_voucher", "", 4000)]


def _chain(*told: tuple[int, str, str, str, int], seqs: tuple[int, ...] = (0, 0)) -> list[bytes]:
    """Statements of the first day and the next, each: day, balances, key of its debit, hour of its making."""
    days, names = (DAY, NEXT), ("X", "Y")
    return [
        statement(
            opening, closing, entry(f"{float(opening) - float(closing):.2f}", "DBIT", tx(key)), number=key,
            statement_no=names[n], seq=seqs[n], day=days[n], created=f"{days[n]}T{hour}:00:00+08:00",
        )
        for n, opening, closing, key, hour in told
    ]  # fmt: skip


CHAIN = ((0, "100.00", "90.00", "A1", 18), (1, "90.00", "80.00", "B1", 18),
         (0, "100.00", "85.00", "A2", 19), (1, "85.00", "75.00", "B2", 19))  # fmt: skip


@pytest.mark.parametrize("seqs", [(0, 0), (1, 2)])
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_a_correction_of_the_opening_balance_takes_the_place_of_what_was_said(
    paying: Conn, order: tuple[int, ...], seqs: tuple[int, int]
) -> None:
    told = _chain(*CHAIN, seqs=seqs)
    take(paying, *(told[n] for n in order))
    report = books(paying)
    assert report.is_proven and [i.ours for i in report.faults] == ["A2", "B2"]
    assert not list(findings.recorded(paying, rules=["message.statement_gap"]))


@pytest.mark.parametrize("again", [
    (1, "85.00", "75.00", "B2", 18),  # made at the same time
    (1, "80.00", "70.00", "B2", 19),  # it may be the other part of the day
])  # fmt: skip
def test_where_nobody_knows_whether_a_day_is_told_again_two_officers_void_one(
    paying: Conn, again: tuple[int, str, str, str, int]
) -> None:
    first = (0, "100.00", again[1], "A1", 18)
    take(paying, *_chain(first, CHAIN[1], again))
    report = books(paying)
    assert not report.is_proven
    gaps = [one.finding for one in findings.recorded(paying, rules=["message.statement_gap"])]
    named_by, *_ = [gap for gap in gaps if "approve-statement-voids" in gap.hint]
    assert "B1" in named_by.what and "B2" in named_by.what
    void(paying, "B1", on=THIRD)
    report = books(paying)
    assert report.is_proven and [i.ours for i in report.faults] == ["A1", "B2"]


def test_on_the_first_day_nothing_tells_which_beginning_is_right(paying: Conn) -> None:
    """It may be of parts of a day of which one is missing."""
    take(paying, *_chain((1, "90.00", "80.00", "B1", 18), (1, "70.00", "60.00", "B2", 19)))
    report = books(paying)
    assert not report.is_proven and {i.ours for i in report.faults} >= {"B1", "B2"}
    take(paying, *_chain((0, "100.00", "70.00", "A1", 18)))
    report = books(paying)
    assert report.is_proven and [i.ours for i in report.faults] == ["A1", "B2"]
    void(paying, "A1", on=THIRD)
    assert {i.ours for i in books(paying).faults} >= {"B1", "B2"}


def _round(number: str, yuan: str, hours: tuple[str, str] | None, **of: Any) -> bytes:
    """A statement of money that went and came back, of hours where they are given."""
    told = statement("100.00", "100.00", entry(yuan, "DBIT"), entry(yuan, "CRDT"), number=number, **of)
    if hours is None:
        return told
    first, last = (f"{DAY}T{hour}+08:00" for hour in hours)
    span = f"<FrToDt><FrDtTm>{first}</FrDtTm><ToDtTm>{last}</ToDtTm></FrToDt><Acct>"
    return told.replace(b"<Acct>", span.encode(), 1)


WHOLE_DAY = ("00:00:00", "23:59:59")


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_two_statements_of_the_same_hours_the_later_counts(paying: Conn, is_reversed: bool) -> None:
    told = [
        _round("S1", "5.00", WHOLE_DAY, created=_at(18)),
        _round("S2", "7.00", WHOLE_DAY, created=_at(20)),
    ]
    take(paying, *(reversed(told) if is_reversed else told))
    report = books(paying)
    assert sorted(item.theirs_fen for item in report.faults) == [-700, 700]
    [changed] = [item for item in report.items if item.kind == "statement_corrected"]
    assert "S2" in changed.words and report.is_proven


@pytest.mark.parametrize(("hours", "seqs", "is_proven"), [
    ((None, None), (0, 0), False),
    ((None, None), (7, 8), True),
    ((WHOLE_DAY, WHOLE_DAY), (7, 8), False),
    ((("08:00:00", "12:00:00"), ("12:00:00", "18:00:00")), (0, 0), True),
    ((("08:00:00", "12:00:00"), WHOLE_DAY), (0, 0), False),
])  # fmt: skip
def test_what_may_tell_a_day_again_proves_nothing_until_one_is_void(
    paying: Conn, hours: tuple[tuple[str, str] | None, ...], seqs: tuple[int, int], is_proven: bool
) -> None:
    take(paying, _round("S1", "5.00", hours[0], seq=seqs[0], created=_at(12)),
         _round("S2", "7.00", hours[1], seq=seqs[1], created=_at(20)))  # fmt: skip
    report = books(paying)
    gaps = [item.words for item in report.items if item.kind == "statement_gap"]
    assert report.is_proven is is_proven and len(gaps) == (not is_proven)
    if gaps:
        assert "S1" in gaps[0] and "作废" in gaps[0]
        void(paying, "S1", on=THIRD)
        report = books(paying)
        assert report.is_proven and sorted(i.theirs_fen for i in report.faults) == [-700, 700]


def _in_pages(name: str, hour: int, last: tuple[str, str]) -> list[bytes]:
    halves = (
        ((1, False), balance("OPBD", "100.00") + balance("ITBD", "70.00"), "30.00"),
        ((2, True), balance("ITBD", "70.00") + balance("CLBD", last[1]), last[0]),
    )
    return [
        message(part(bals, entry(yuan, "DBIT"), number=name, seq=5, page=page, created=_at(hour)),
                number=f"{name}{hour}{page[0]}", created=_at(hour))
        for page, bals, yuan in halves
    ]  # fmt: skip


def _in_one(hour: int) -> list[bytes]:
    line = entry("50.00", "DBIT")
    return [
        statement("100.00", "50.00", line, number=f"W{hour}", statement_no="ST", seq=5, created=_at(hour))
    ]


@pytest.mark.parametrize(
    ("letters", "lines"),
    [
        ([*_in_one(18), *_in_pages("ST", 20, ("10.00", "60.00"))], [1000, 3000]),
        ([*_in_pages("ST", 18, ("10.00", "60.00")), *_in_one(20)], [5000]),
        ([*_in_pages("A", 18, ("10.00", "60.00")), *_in_pages("B", 20, ("20.00", "50.00"))], [2000, 3000]),
        ([*_in_pages("A", 18, ("10.00", "60.00")), *_in_pages("A", 20, ("20.00", "50.00"))], [2000, 3000]),
    ],
    ids=["one then pages", "pages then one", "pages then pages", "pages of the same name"],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_statement_is_corrected_in_whatever_shape(
    paying: Conn, letters: list[bytes], lines: list[int], is_reversed: bool
) -> None:
    take(paying, *(reversed(letters) if is_reversed else letters))
    report = books(paying)
    assert report.is_proven and sorted(i.theirs_fen for i in report.faults) == lines


@pytest.mark.parametrize("how", ["another day", "the whole day after its parts", "no name, no number"])
def test_statements_that_cannot_both_be_are_told_with_what_to_void(paying: Conn, how: str) -> None:
    whole = statement("100.00", "70.00", entry("30.00", "DBIT"), number="W", created=_at(20))
    if how == "another day":
        of = {"statement_no": "ST9", "seq": 9}
        first = [statement("100.00", "70.00", entry("30.00", "DBIT"), number="P1", **of)]
        whole = statement(
            "100.00", "70.00", entry("30.00", "DBIT", day=f"<Dt>{NEXT}</Dt>"), number="W", day=NEXT, **of
        )
    elif how == "no name, no number":
        first = [statement("100.00", "90.00", entry("10.00", "DBIT"), number="P1", created=_at(10))]
    else:
        spans = (("100.00", "90.00", "10.00"), ("90.00", "70.00", "20.00"))
        first = [
            statement(*ends, entry(yuan, "DBIT"), number=f"P{n}", created=_at(10 + n))
            for n, (*ends, yuan) in enumerate(spans, start=1)
        ]
    take(paying, *first, whole)
    report = books(paying)
    (gap,) = [i for i in report.items if i.kind == "statement_gap"]
    assert not report.is_proven and "作废" in gap.words and {"P1", "W"} & set(gap.words.split(" "))
    void(paying, *(f"P{n}" for n in range(1, len(first) + 1)), on=THIRD)
    told = {i.kind for i in books(paying).faults}
    assert told == ({"no_voucher", "statement_voided"} if how == "another day" else {"no_voucher"})


@pytest.mark.parametrize(
    ("again", "is_told"), [((), True), (("0.00", "0.00"), True), (("10.00", "10.00"), False)]
)
def test_a_void_statement_is_told_until_another_of_its_day_comes(
    paying: Conn, again: tuple[str, ...], is_told: bool
) -> None:
    take(paying, statement("10.00", "0.00", entry("10.00", "DBIT")))
    void(paying, "S1", on=THIRD)
    if again:
        take(paying, statement(*again, number="S1B"))
    closing = again[-1] if again else "0.00"
    take(paying, statement(closing, closing, number="S2", day=NEXT))
    report = books(paying)
    assert ("statement_voided" in report.counts, report.is_proven) == (is_told, not is_told)
    found = findings.recorded(paying, rules=["message.statement_voided"])
    assert len(found) == is_told


def test_a_correction_that_is_void_lets_the_first_count_again(paying: Conn) -> None:
    first = statement("100.00", "90.00", entry("10.00", "DBIT", tx("PZ1")), number="S1", seq=1)
    second = statement("100.00", "100.00", number="S1B", seq=1, created=f"{DAY}T20:00:00+08:00")
    take(paying, first, second)
    assert named(books(paying)) in ([], [("statement_corrected", "", 10000)])
    void(paying, "S1B", on=THIRD, reason="mistaken")
    assert ("no_voucher", "PZ1", 1000) in named(books(paying))


PAGES = {"number": "P", "seq": 1}


def _page(number: int, *inside: str) -> bytes:
    return message(part(*inside, page=(number, number == 3), **PAGES), number=f"P{number}")


def _pages() -> list[bytes]:
    between = [balance("ITBD", "90.00"), balance("ITBD", "70.00")]
    return [
        _page(1, balance("OPBD", "100.00"), between[0], entry("10.00", "DBIT")),
        _page(2, *between, entry("20.00", "DBIT")),
        _page(3, balance("CLBD", "40.00"), entry("30.00", "DBIT")),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_a_statement_in_pages_is_proven_when_the_last_of_them_has_come(
    paying: Conn, order: tuple[int, ...]
) -> None:
    pages = [_pages()[n] for n in order]
    take(paying, *pages[:2])
    assert not books(paying).is_proven
    take(paying, pages[2])
    report = books(paying)
    assert report.is_proven and named(report) == [
        ("no_voucher", "", 1000),
        ("no_voucher", "", 2000),
        ("no_voucher", "", 3000),
    ]


def test_pages_that_do_not_add_up_are_never_proven(paying: Conn) -> None:
    pages = _pages()
    take(paying, pages[0], pages[2], pages[1].replace(b"20.00", b"25.00").replace(b"70.00", b"65.00"))
    report = banking.reconcile(paying, CITY, THIRD, by="auditor")
    assert not report.is_proven and "statement_gap" in report.counts


def test_several_statements_in_one_message_are_all_taken(paying: Conn) -> None:
    def day(of: date, before: str, after: str) -> str:
        when = f"<Dt>{of}</Dt>"
        bals = balance("OPBD", before, when) + balance("CLBD", after, when)
        return part(bals, entry("10.00", "DBIT"), number=f"D{of}")

    data = message(day(DAY, "30.00", "20.00"), day(NEXT, "20.00", "10.00"), number="ALL")
    assert take(paying, data).line_count == 2
    assert not take(paying, data).is_new
    report = books(paying)
    assert report.is_proven and named(report) == [("no_voucher", "", 1000)] * 2


@pytest.mark.parametrize(
    ("was", "now"),
    [("OPBD", "PRCD"), ("CLBD", "ITBD"), ("OPBD", "XPCD"), ("CLBD", "CLAV")],
)
def test_balances_are_known_by_their_code_or_missed(paying: Conn, was: str, now: str) -> None:
    data = statement("10.00", "0.00", entry("10.00", "DBIT")).replace(was.encode(), now.encode())
    if now in ("PRCD", "ITBD"):
        assert take(paying, data).line_count == 1
    else:
        with pytest.raises(iso.MessageRefused, match="缺少期初或期末余额"):
            take(paying, data)


def test_balances_that_contradict_each_other_are_refused(paying: Conn) -> None:
    data = message(part(balance("OPBD", "10.00"), balance("PRCD", "11.00"), balance("CLBD", "10.00")))
    with pytest.raises(iso.MessageRefused, match="期初余额前后不一"):
        take(paying, data)


@pytest.mark.parametrize(("seq", "opening"), [(3, "90.00"), (2, "80.00")])
def test_nothing_is_proven_over_a_missing_statement(paying: Conn, seq: int, opening: str) -> None:
    take(
        paying, statement("100.00", "90.00", entry("10.00", "DBIT"), seq=1),
        statement(opening, opening, number="S3", seq=seq, day=THIRD),
    )  # fmt: skip
    report = banking.reconcile(paying, CITY, THIRD, by="auditor")
    assert not report.is_proven and "statement_gap" in report.counts
    if seq == 3:
        take(paying, statement("90.00", "90.00", number="S2", seq=2, day=NEXT))
        assert books(paying).is_proven


@pytest.mark.parametrize(("seq", "after", "days"), [(0, 1, []), (0, 3, [NEXT]), (1, 3, [])])
def test_days_between_unnumbered_statements_are_told(
    paying: Conn, seq: int, after: int, days: list[date]
) -> None:
    later = DAY + timedelta(days=after)
    take(
        paying, statement("90.00", "90.00", seq=seq),
        statement("90.00", "90.00", number="S2", seq=seq and 2, day=later), on=later,
    )  # fmt: skip
    report = books(paying, later)
    assert report.is_proven and not report.faults
    assert [item.since for item in report.items if item.kind == "days_untold"] == days
    assert books(paying, later + timedelta(days=1)).items == ()


def test_where_each_working_day_is_demanded_days_without_a_statement_are_faults(
    paying: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    friday, monday, tuesday = date(2022, 3, 4), date(2022, 3, 7), date(2022, 3, 8)
    own = OwnSetting("S1", CITY, "statement_days", "", "each", "", "", [], DAY, "鄂财发〔2022〕1号")
    monkeypatch.setattr(own_settings.KEPT, "held", {(CITY, "statement_days", ""): [own]})

    def owed(on: date) -> list[str]:
        untold = [i.theirs for i in books(paying, on).items if i.kind == "days_untold"]
        assert set(untold) <= {SINGLE}  # which nobody ever sent a statement of
        found = findings.recorded(paying, rules=["reconcile.statement_owed"])
        return [one.finding.about for one in found]

    take(paying, statement("90.00", "90.00"), on=DAY)
    assert owed(DAY) == []
    take(paying, statement("90.00", "90.00", number="S3", day=THIRD), on=friday)
    assert owed(friday) == [f"15001 {NEXT}"]
    take(paying, statement("90.00", "90.00", number="S2", day=NEXT), on=friday)
    assert owed(monday) == [f"15001 {friday}"]
    take(paying, statement("90.00", "90.00", number="S4", day=friday), on=monday)
    assert owed(monday) == [] and owed(tuesday) == [f"15001 {monday}"]


def test_a_day_whose_statement_comes_late_is_proven_though_later_days_were_reconciled(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    lines = [outcome(c, "ACSC", y) for c, y in zip(certs, ("10.00", "20.00"), strict=True)]
    take(paying, answer(message_id, block(f"{message_id}01", "", *lines)))
    fourth = THIRD + timedelta(days=1)
    paid = [entry(yuan, "DBIT", tx(c)) for yuan, c in zip(("10.00", "20.00"), certs, strict=True)]
    take(paying, statement("100.00", "90.00", paid[0], seq=1))
    first = books(paying, DAY)
    take(paying, statement("70.00", "70.00", number="S3", seq=3, day=THIRD))
    assert not banking.reconcile(paying, CITY, THIRD, by="auditor").is_proven
    take(paying, statement("70.00", "70.00", number="S4", seq=4, day=fourth), on=fourth)
    assert not banking.reconcile(paying, CITY, fourth, by="auditor").is_proven

    take(paying, statement("90.00", "70.00", paid[1], number="S2", seq=2, day=NEXT))
    late = books(paying, THIRD)
    assert (late.edition, late.is_proven, named(late), late.matched_fen) == (2, True, [], 2000)
    between = books(paying, NEXT)
    assert (between.edition, between.is_proven, between.matched_fen) == (1, True, 2000)
    assert books(paying, fourth).is_proven
    assert [books(paying, day).is_new for day in (DAY, NEXT, THIRD, fourth)] == [False] * 4
    assert books(paying, DAY) == first


def test_numbers_of_a_sequence_begin_again_with_a_year(paying: Conn) -> None:
    last, first = date(2022, 12, 31), date(2023, 1, 1)
    take(
        paying, statement("0.00", "0.00", number="A", seq=365, day=last),
        statement("0.00", "0.00", number="B", seq=1, day=first), on=first,
    )  # fmt: skip
    assert findings.recorded(paying, rules=["message.statement_gap"]) == []


# --- any order ------------------------------------------------------------------------------------------


def _letters(certs: list[str]) -> list[bytes]:
    """Three days: parts of a day, a correction, a page too many, unnumbered ones, one account."""
    paid = entry("10.00", "DBIT", tx(certs[0]), ref="R1")
    return [
        statement("100.00", "90.00", paid, number="D1", seq=1),
        statement("100.00", "60.00", paid, entry("30.00", "DBIT", ref="R1"), number="D1C", seq=1,
                  created=f"{DAY}T19:00:00+08:00"),
        statement("60.00", "55.00", entry("5.00", "DBIT"), number="D2A", seq=2, day=NEXT),
        statement("55.00", "75.00", entry("20.00", "CRDT", tx(certs[1])), number="D2B", seq=3, day=NEXT),
        statement("75.00", "70.00", entry("5.00", "DBIT"), number="D3", seq=4, day=THIRD),
        statement("75.00", "75.00", number="D3C", seq=4, day=THIRD, created=f"{THIRD}T21:00:00+08:00"),
    ]  # fmt: skip


@given(st.permutations(range(6)), st.sets(st.integers(0, 5), max_size=2))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_statements_come_the_proof_is_the_same(
    paying: Conn, order: list[int], between: set[int]
) -> None:
    with paying.transaction(force_rollback=True):
        certs = sent(paying, 10, 20)[1]
        letters = _letters(certs)
        for place, n in enumerate(order):
            take(paying, letters[n])
            if place in between:
                banking.reconcile(paying, CITY, THIRD, by="auditor")
        report = books(paying)
        assert report.is_proven
        told = sorted((i.kind, i.ours, i.theirs_fen) for i in report.items if i.kind != "statement_corrected")
        assert told == [
            ("amount_differs", certs[1], -2000), ("bank_first", certs[0], 1000), ("no_voucher", "", 500),
            ("no_voucher", "", 3000),
        ]  # fmt: skip
        assert report.identities[1].left == (("对账单支付净额", 2500),)


def test_an_unsent_certificate_is_not_returned_by_a_credit(paying: Conn) -> None:
    unsent = certified(paying, application("L1", "Q2", 7))
    take(paying, statement("0.00", "7.00", entry("7.00", "CRDT", tx(unsent[0]), back=True)))
    assert state(paying, "L1") == "certified"


@pytest.mark.parametrize("pad", ["{}    ", "   {}", "\t{} "])
@pytest.mark.parametrize("name", ["OrgnlMsgId", "OrgnlPmtInfId", "OrgnlEndToEndId", "MsgId"])
def test_padding_makes_no_reference_too_long(paying: Conn, pad: str, name: str) -> None:
    """Ours are as long as a schema allows; it would count the blanks."""
    order_id, (cert,) = sent(paying, 10)
    said = answer(order_id, block(f"{order_id}01", "", outcome(cert, "ACSC", "10.00")), number="R" * 35)
    begun, _, rest = said.decode().partition(f"<{name}>")
    text, _, after = rest.partition(f"</{name}>")
    padded = f"{begun}<{name}>{pad.format(text)}</{name}>{after}".encode()
    assert take(paying, padded).paid == [cert]
