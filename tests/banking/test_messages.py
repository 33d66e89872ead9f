"""Files to the bank and answers from it act once; what disagrees becomes a finding and changes nothing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.services import receive
from fisc.documents import MissingDuty, NotFound, RuleBroken, WrongState, findings
from fisc.kernel import DuplicateConflict, FiscError
from fisc.sim import bank
from fisc.treasury import services as treasury
from tests.banking.world import BANK, SINGLE, ZERO, Conn, fetch, open_bank, order, signed
from tests.treasury.paying import CITY, DAY, application, certified, left, quota_id, state

NEXT = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)


def answer(order_id: str, *statuses: iso.TransferStatus, number: str = "R1", **given: Any) -> bytes:
    return iso.write_status_report(iso.StatusReport(number, DAY, BANK, order_id, statuses, **given))


def paid(key: str, yuan: int, ref: str = "", **given: Any) -> iso.TransferStatus:
    told = iso.TransferStatus(key, "ACSC", yuan * 100, ref or f"B{key}", DAY, "6200001")
    return told._replace(**given)


def returned(key: str, code: str = "AC01") -> iso.TransferStatus:
    return iso.TransferStatus(key, "RJCT", reason_code=code, reason="账号不存在")


def sent(conn: Conn, *yuan: int) -> tuple[str, list[str]]:
    certs = signed(conn, *yuan)
    message_id, _, _ = banking.payment_file(conn, certs, by="teller", on=DAY)
    return message_id, certs


def take(conn: Conn, data: bytes, on: date = DAY) -> banking.MessageResult:
    """What becomes of a message; each finding that it tells is kept under the number that is told."""
    result = receive(conn, data, by="teller", on=on)
    told = [finding.key for finding in result.findings]
    assert {one.key for one in findings.recorded(conn, states=())} >= set(told)
    assert len(set(told)) == len(told)
    return result


def kinds(result: banking.MessageResult) -> list[tuple[str, str]]:
    return [(f.rule_id.removeprefix("message."), f.document) for f in result.findings]


def open_findings(conn: Conn) -> list[str]:
    return sorted(one.finding.rule_id.removeprefix("message.") for one in findings.recorded(conn))


def test_an_order_says_what_the_vouchers_say(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    message_id, data, _ = banking.payment_file(paying, certs, by="teller", on=DAY)
    assert iso.validate(data) == iso.PAIN_001
    read = iso.read_order(data)
    assert (read.message_id, read.initiator, read.created_on) == (message_id, "鄂尔多斯市财政局", DAY)
    assert [b.debtor.acct_no for b in read.batches] == [ZERO]
    assert [(t.end_to_end_id, t.amount_fen, t.payee_acct_no) for t in read.batches[0].transfers] == [
        (certs[0], 1000, "6200001"), (certs[1], 2000, "6200001")]  # fmt: skip
    assert state(paying, "A1") == "sent"


def test_the_same_vouchers_give_the_same_file_and_are_sent_once(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    first = banking.payment_file(paying, certs, by="teller", on=DAY)
    again = banking.payment_file(paying, list(reversed(certs)), by="teller", on=NEXT)
    assert (first.is_new, again) == (True, first._replace(is_new=False))
    with pytest.raises(WrongState, match="已随报文"):
        banking.payment_file(paying, certs[:1], by="teller", on=NEXT)


def test_no_voucher_goes_with_two_files(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    with pytest.raises(RuleBroken, match=f"{certs[0]} 同时列入"):
        banking.payment_files(paying, [certs[:1], certs], by="teller", on=DAY)
    assert [state(paying, n) for n in ("A1", "A2")] == ["certified"] * 2
    first, same = banking.payment_files(paying, [certs, certs[::-1]], by="teller", on=DAY)
    assert first == same and paying.execute("select count(*) from banking_message").fetchone() == (1,)


def test_vouchers_that_cannot_go_together_or_at_all_are_refused(paying: Conn) -> None:
    certs = signed(paying, 10)
    with pytest.raises(NotFound, match="PZ404"):
        banking.payment_file(paying, [*certs, "PZ404"], by="teller", on=DAY)
    other = certified(paying, replace(application("O1", "Q2"), agent_bank_no="CCB"))
    with pytest.raises(RuleBroken, match="没有可付支付凭证"):
        banking.payment_file(paying, [*certs, *other], by="teller", on=DAY)
    with pytest.raises(RuleBroken, match="没有选择"):
        banking.payment_file(paying, [], by="teller", on=DAY)
    with pytest.raises(MissingDuty):
        banking.payment_file(paying, certs, by="unit", on=DAY)
    assert state(paying, "A1") == "certified"


def test_entity_payments_leave_the_single_account(paying: Conn) -> None:
    given = replace(
        application("E1", "Q2", 5),
        pay_type="entity",
        agent_bank_no="",
        payee_acct_no="6200088",
        payee_name="市教育局",
    )
    certs = certified(paying, given)
    message_id, data, _ = banking.payment_file(paying, certs, by="teller", on=DAY)
    batch = iso.read_order(data).batches[0]
    assert (batch.debtor.acct_no, certs[0][:2]) == (SINGLE, "BK")
    told = iso.StatusReport("R9", DAY, batch.debtor.bank_no, message_id,
                            [paid(certs[0], 5, payee_acct_no="6200088")])  # fmt: skip
    result = receive(paying, iso.write_status_report(told), by="teller", on=DAY)
    assert (result.paid, result.findings, state(paying, "E1")) == (certs, [], "paid")
    assert treasury.clear_allocated(paying, certs, by="clearer2", on=DAY) == [True]


def test_answers_are_applied(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20, 30)
    pending = iso.TransferStatus(certs[2], "ACSP")
    result = take(paying, answer(message_id, paid(certs[0], 10), returned(certs[1]), pending))
    assert (result.paid, result.returned, result.findings) == ([certs[0]], [certs[1]], [])
    assert [state(paying, n) for n in ("A1", "A2", "A3")] == ["paid", "returned", "sent"]
    row = treasury.payment(paying, "A1")
    assert (row["agent_business_no"], row["paid_on"]) == (f"B{certs[0]}", DAY)


def test_a_message_that_comes_twice_acts_once(paying: Conn) -> None:
    message_id, certs = sent(paying, 10)
    data = answer(message_id, paid(certs[0], 10))
    take(paying, data)
    before = left(paying)
    again = take(paying, data, NEXT)
    assert (again.is_new, again.paid, again.findings, left(paying)) == (False, [], [], before)
    with pytest.raises(DuplicateConflict, match="内容不同"):
        take(paying, answer(message_id, paid(certs[0], 11)))


def test_two_programs_with_the_same_message_apply_it_once(paying_db: str) -> None:
    with psycopg.connect(paying_db) as conn:
        open_bank(conn)
        message_id, certs = sent(conn, 10)
    data = answer(message_id, paid(certs[0], 10))

    def program(_: int) -> bool:
        with psycopg.connect(paying_db) as conn:
            return take(conn, data).is_new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(program, range(4))) == [False, False, False, True]
    with psycopg.connect(paying_db) as conn:
        assert state(conn, "A1") == "paid"
        counted = conn.execute("select receipt_count from banking_message where direction = 'in'").fetchone()
        assert counted == (4,)


def test_a_crash_on_the_way_leaves_nothing_behind(paying: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    message_id, certs = sent(paying, 10, 20)
    data = answer(message_id, paid(certs[0], 10), returned(certs[1]))

    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fisc.treasury.services.bank.record_returns", crash)
        with pytest.raises(KeyboardInterrupt), paying.transaction():
            take(paying, data)
    assert [state(paying, n) for n in ("A1", "A2")] == ["sent", "sent"]
    result = take(paying, data)
    assert (result.is_new, result.paid, result.returned) == (True, [certs[0]], [certs[1]])


def test_an_order_rejected_as_a_whole_comes_back_voucher_by_voucher(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    data = answer(message_id, group_status="RJCT", group_reason_code="AM05", group_reason="重复")
    assert take(paying, data).returned == certs
    assert [state(paying, n) for n in ("A1", "A2")] == ["returned"] * 2


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("amount_differs", {"amount_fen": 1001}),
        ("amount_differs", {"amount_fen": 0}),
        ("wrong_payee", {"payee_acct_no": "6200009"}),
        ("unknown_receipt", {"end_to_end_id": "PZ404"}),
        ("unknown_status", {"status": "XXXX"}),
        ("not_applied", {"settled_on": NEXT}),
    ],
)
def test_a_line_that_disagrees_is_a_finding_and_changes_nothing(
    paying: Conn, kind: str, change: dict[str, Any]
) -> None:
    message_id, certs = sent(paying, 10, 20)
    before = left(paying, "Q2")
    told = paid(certs[0], 10)._replace(**change)
    result = take(paying, answer(message_id, told, paid(certs[1], 20)))
    assert not any(re.search("[A-Z]{4}", one.what) for one in result.findings if kind != "unknown_status")
    assert kinds(result) == [(kind, told.end_to_end_id)]
    assert (state(paying, "A1"), state(paying, "A2")) == ("sent", "paid")
    assert left(paying, "Q2") == before
    assert open_findings(paying) == [kind]


def test_a_report_that_contradicts_itself_is_not_believed(paying: Conn) -> None:
    message_id, certs = sent(paying, 10)
    result = take(paying, answer(message_id, paid(certs[0], 10), returned(certs[0])))
    assert kinds(result) == [("contradictory", certs[0])]
    assert state(paying, "A1") == "sent"
    same = paid(certs[0], 10)
    result = take(paying, answer(message_id, same, same, number="R2"))
    assert (result.paid, kinds(result)) == (certs, [("duplicate_receipt", certs[0])])


def test_answers_after_the_answer(paying: Conn) -> None:
    message_id, certs = sent(paying, 10, 20)
    take(paying, answer(message_id, paid(certs[0], 10), returned(certs[1])))
    late = take(
        paying,
        answer(message_id, paid(certs[1], 20), returned(certs[0]), number="R2"),
    )
    assert kinds(late) == [("paid_after_return", certs[1]), ("returned_marked_paid", certs[0])]
    again = take(paying, answer(message_id, paid(certs[0], 10), returned(certs[1]), number="R3"))
    assert kinds(again) == [("duplicate_receipt", certs[0]), ("duplicate_receipt", certs[1])]
    other = take(paying, answer(message_id, paid(certs[0], 10, "B-other"), number="R4"))
    assert kinds(other) == [("paid_twice", certs[0])]
    assert [state(paying, n) for n in ("A1", "A2")] == ["paid", "returned"]


def test_a_receipt_for_a_voucher_that_was_replaced(paying: Conn) -> None:
    message_id, certs = sent(paying, 10)
    take(paying, answer(message_id, returned(certs[0])))
    correction = treasury.PayeeCorrection("A1", "鄂尔多斯乙公司", "6200009", "103205000001")
    treasury.correct_payee(paying, [correction], by="unit", on=DAY)
    new = treasury.certify(paying, ["A1"], by="signer", on=DAY)
    assert new == [f"{certs[0]}-2"]
    result = take(paying, answer(message_id, paid(certs[0], 10), number="R2"))
    assert kinds(result) == [("paid_after_return", certs[0])]
    second, _, _ = banking.payment_file(paying, new, by="teller", on=NEXT)
    early = take(paying, answer(message_id, paid(new[0], 10, payee_acct_no="6200009"), number="R3"))
    assert kinds(early) == [("foreign_receipt", new[0])]
    status = paid(new[0], 10, payee_acct_no="6200009", settled_on=NEXT)
    done = take(paying, answer(second, status, number="R4"), NEXT)
    assert done.paid == new


def test_an_answer_before_the_question(paying: Conn) -> None:
    message_id, _ = sent(paying, 10)
    unsent = certified(paying, application("L1", "Q2", 7))
    result = take(paying, answer(message_id, paid(unsent[0], 7)))
    assert kinds(result) == [("not_sent", unsent[0])]
    assert state(paying, "L1") == "certified"


def test_only_the_desk_of_the_banks_takes_their_messages(paying: Conn) -> None:
    order(paying, signed(paying, 10))
    letters = [*bank.collect(paying, DAY), statement("S1", DAY, 0)]  # an answer and a statement
    for data in letters:
        with pytest.raises(MissingDuty, match="银行往来"):
            receive(paying, data, by="unit", on=DAY)
    assert [receive(paying, data, by="teller", on=DAY).is_new for data in letters] == [True, True]


def test_messages_for_somebody_else_are_refused(paying: Conn) -> None:
    sent(paying, 10)
    with pytest.raises(NotFound, match="不是本系统发出的"):
        take(paying, answer("ZF-other", paid("PZA1", 10)))
    foreign = iso.Statement("S1", DAY, "CCB", "99999", "S1", DAY, 0, 0, [])
    with pytest.raises(NotFound, match="99999"):
        take(paying, iso.write_statement(foreign))
    with pytest.raises(FiscError):
        take(paying, b"<Document/>")
    assert paying.execute("select count(*) from banking_message where direction = 'in'").fetchone() == (0,)


def test_money_that_comes_back_before_the_answer_is_a_return(paying: Conn) -> None:
    order(paying, certs := signed(paying, 10), {certs[0]: "silent"})
    credit = iso.BankEntry("B7", "CRDT", 1000, DAY, "RETN", certs[0], "甲", "6200001", "AC04", "已销户")
    data = iso.write_notification(iso.Notification("N1", DAY, BANK, ZERO, "N1", [credit]))
    assert take(paying, data).returned == certs
    other = iso.write_notification(iso.Notification("N2", DAY, BANK, ZERO, "N2", [credit]))
    assert kinds(take(paying, other)) == [("duplicate_entry", certs[0]), ("duplicate_receipt", certs[0])]


def test_money_that_comes_back_after_payment_waits_for_a_refund(paying: Conn) -> None:
    order(paying, certs := signed(paying, 10), {certs[0]: "returned_later"}, delays={certs[0]: 1})
    fetch(paying)
    assert state(paying, "A1") == "paid"
    later = [r for r in fetch(paying, NEXT) if r.kind == iso.CAMT_054]
    assert [kinds(r) for r in later] == [[("returned_marked_paid", certs[0])]]
    assert state(paying, "A1") == "paid"


def statement(number: str, day: date, opening: int, *entries: iso.BankEntry) -> bytes:
    net = sum(e.amount_fen if e.side == "CRDT" else -e.amount_fen for e in entries)
    return iso.write_statement(
        iso.Statement(number, day, BANK, ZERO, number, day, opening, opening + net, entries)
    )


def test_statements_out_of_order_leave_a_gap_until_the_missing_one_comes(paying: Conn) -> None:
    entry = iso.BankEntry("B1", "DBIT", 100, DAY, "PAY", "PZ1")
    take(paying, statement("S1", DAY, 0))
    third = take(paying, statement("S3", NEXT + timedelta(days=1), -100), NEXT + timedelta(days=1))
    assert kinds(third) == [("statement_gap", "")]
    second = take(paying, statement("S2", NEXT, 0, entry), NEXT + timedelta(days=2))
    assert (second.findings, open_findings(paying)) == ([], [])


def test_a_booking_that_two_balances_count_is_two_lines(paying: Conn) -> None:
    entry = iso.BankEntry("B1", "DBIT", 100, DAY, "PAY", "PZ1")
    take(paying, statement("S1", DAY, 0, entry))
    assert kinds(take(paying, statement("S2", NEXT, -100, entry), NEXT)) == []
    report = banking.reconcile(paying, CITY, NEXT, by="auditor")
    assert [(item.kind, item.theirs_fen) for item in report.items] == [("no_voucher", 100)] * 2
    found = findings.recorded(paying, rules=["reconcile.no_voucher"])
    assert report.is_proven and len(found) == 2


def test_a_booking_and_its_reversal_under_one_reference_are_two(paying: Conn) -> None:
    message_id, certs = sent(paying, 10)
    take(paying, answer(message_id, paid(certs[0], 10)))
    out = iso.BankEntry("B1", "DBIT", 1000, DAY, "PAY", certs[0], "甲", "6200001")
    back = out._replace(side="CRDT", code="RETN", reason_code="AC04")
    assert take(paying, statement("S1", DAY, 0, out, back)).findings == []
    report = banking.reconcile(paying, CITY, DAY, by="auditor")
    assert [(item.kind, item.ours, item.theirs_fen) for item in report.items] == [
        ("returned_marked_paid", certs[0], 0)
    ]
    assert report.is_proven


def test_bookings_without_a_reference_are_each_kept(paying: Conn) -> None:
    take(paying, statement("S1", DAY, 0, *[iso.BankEntry("", "DBIT", 100, DAY, "PAY", "PZ1")] * 3))
    kept = paying.execute("select bank_ref from banking_line order by place").fetchall()
    assert kept == [("S1/1",), ("S1/2",), ("S1/3",)]


def test_a_booking_of_nothing_is_told_and_has_no_effect(paying: Conn) -> None:
    entry = iso.BankEntry("B1", "DBIT", 100, DAY, "PAY", "PZ1")
    data = statement("S1", DAY, 100, entry, entry._replace(bank_ref="B2", side="CRDT"))
    result = take(paying, data.replace(b'<Ntry><Amt Ccy="CNY">1.00', b'<Ntry><Amt Ccy="CNY">0.00'))
    assert (result.line_count, result.findings) == (2, [])
    report = banking.reconcile(paying, CITY, DAY, by="auditor")
    assert (report.items, report.is_proven) == ((), True)


def test_what_a_bank_says_of_a_certificate_that_is_none_is_not_called_reconciled(paying: Conn) -> None:
    message_id, certs = sent(paying, 10)
    take(paying, answer(message_id, paid("PZ404", 10), paid(certs[0], 10)))
    take(paying, statement("S1", DAY, 0, iso.BankEntry("B1", "DBIT", 1000, DAY, "PAY", certs[0])))
    banking.reconcile(paying, CITY, DAY, by="auditor")
    (one,) = findings.recorded(paying, states=())
    assert (one.finding.document, one.state) == ("PZ404", "closed")
    assert one.trail[-1][-1] == "对账单上没有这一凭证的收付"


@pytest.mark.parametrize("group", ["", "ACSC", "PART"])
def test_an_answer_that_says_nothing_of_any_payment_is_a_finding(paying: Conn, group: str) -> None:
    message_id, _ = sent(paying, 10)
    result = take(paying, answer(message_id, group_status=group))
    assert kinds(result) == [("unknown_status", "")] and message_id in result.findings[0].what
    assert (state(paying, "A1"), open_findings(paying)) == ("sent", ["unknown_status"])
    on_its_way = take(paying, answer(message_id, number="R2", group_status="ACSP"))
    assert on_its_way.findings == []


def test_a_finding_is_closed_with_a_word(paying: Conn) -> None:
    message_id, certs = sent(paying, 10)
    take(paying, answer(message_id, paid("PZ404", 1), returned(certs[0])))
    keys = [one.key for one in findings.recorded(paying)]
    assert findings.handle(paying, keys, "rectify", by="handler", on=NEXT, note="银行已撤回") == [True]
    assert findings.handle(paying, keys, "rectify", by="handler", on=NEXT, note="银行已撤回") == [False]
    assert open_findings(paying) == []


_FATES = (
    "ok", "duplicate", "late", "answered_twice", "paid_twice", "returned", "returned_later",
    "unknown_receipt", "no_voucher", "out_of_order", "amount_differs", "wrong_payee", "paid_after_return",
)  # fmt: skip
_LEFT = (
    "select doc_key, state, agent_business_no, paid_on, trail::text from treasury_payment",
    "select source, acct_no, bank_ref, told_on, closed_on, amount_fen from banking_line",
    "select direction, message_id, kind, state, receipt_count, payments_fen from banking_message",
    "select doc_key, state, trail::text, amount_fen, evidence from documents_finding",
    "select natural_key, line_count, business_date from ledger.entry",
)


def test_messages_taken_in_as_a_set_do_what_they_do_one_by_one(paying: Conn) -> None:
    for prefix in "AB":
        certs = signed(paying, *range(10, 10 + len(_FATES)), prefix=prefix)
        order(paying, certs, dict(zip(certs, _FATES, strict=True)))
    later = DAY + timedelta(days=7)
    bank.close_day(paying, later)
    messages = bank.collect(paying, later)
    messages = [messages[0], *messages, messages[-1]]
    results = []
    for sets in ([[one] for one in messages], [messages]):
        with paying.transaction(force_rollback=True):
            made = [banking.receive_all(paying, given, by="teller", on=later) for given in sets]
            left_behind = [sorted(paying.execute(query).fetchall(), key=str) for query in _LEFT]
            results.append(([one for of_set in made for one in of_set], left_behind))
    assert results[0] == results[1]
    assert len({one.kind for one in results[0][0]}) == 3 and any(one.findings for one in results[0][0])


def test_accounts_keep_their_region(paying: Conn) -> None:
    account = banking.TreasuryAccount(ZERO, "另一区划", BANK, "150602000", "11")
    with pytest.raises(RuleBroken, match="另一个区划"):
        banking.define_accounts(paying, [account])
    banking.define_accounts(paying, [replace(account, mof_div_code=CITY, name="新户名")])


@pytest.mark.parametrize("change", ["kind = '61'", "mof_div_code = '150602000'"])
def test_the_database_keeps_an_accounts_region_and_kind(paying: Conn, change: str) -> None:
    statement = f"update banking_account set name = '新户名', {change} where acct_no = '{ZERO}'"
    with pytest.raises(psycopg.errors.DatabaseError) as refusal, paying.transaction():
        paying.execute(statement.encode())
    assert refusal.value.sqlstate == "FS104"


def outside(conn: Conn, *yuan: int) -> list[str]:
    """Certificates that went to the bank by another way; their message number is noted by hand."""
    certs = signed(conn, *yuan)
    treasury.send(conn, certs, by="teller", on=DAY, message_id="ZFMANUAL1")
    return certs


def test_an_answer_to_a_number_that_stands_on_payments_is_taken_in(paying: Conn) -> None:
    certs = outside(paying, 10, 20)
    first = take(paying, answer("ZFMANUAL1", paid(certs[0], 10), returned(certs[1])))
    assert (first.paid, first.returned, first.findings) == ([certs[0]], [certs[1]], [])
    late = take(paying, answer("ZFMANUAL1", paid(certs[0], 10, "B-other"), number="R2"))
    assert kinds(late) == [("paid_twice", certs[0])]
    differs = take(paying, answer("ZFMANUAL1", paid(certs[0], 10), paid("PZ404", 1), number="R3"))
    assert kinds(differs) == [("duplicate_receipt", certs[0]), ("unknown_receipt", "PZ404")]


def test_a_number_of_payments_rejected_as_a_whole_brings_all_of_them_back(paying: Conn) -> None:
    certs = outside(paying, 10, 20)
    assert take(paying, answer("ZFMANUAL1", group_status="RJCT")).returned == certs


def test_an_answer_to_no_number_of_ours_is_refused(paying: Conn) -> None:
    certs = outside(paying, 10)
    other = replace(application("O1", "Q2"), agent_bank_no="CCB")
    of_other_bank = certified(paying, other)
    treasury.send(paying, of_other_bank, by="teller", on=DAY, message_id="ZFMANUAL2")
    for said in (
        answer("ZFMANUAL9", paid(certs[0], 10)),
        answer("ZFMANUAL2", paid(of_other_bank[0], 100)),
        answer("ZFMANUAL1", paid("PZ404", 10)),
        answer("ZFMANUAL9", group_status="RJCT"),
    ):
        with pytest.raises(NotFound, match="不是本系统发出的"):
            take(paying, said)
    assert [state(paying, number) for number in ("A1", "O1")] == ["sent", "sent"]


def by_hand(conn: Conn, *certs: str, **given: Any) -> list[bool]:
    said = [treasury.BankReturn(cert, "AC01", "", DAY) for cert in certs]
    return [o.is_new for o in treasury.record_returns(conn, said, by="teller", on=DAY, **given)]


@pytest.mark.parametrize("change", [{"amount_fen": 2000}, {"settled_on": NEXT}, {"payee_acct_no": "6200009"}])
def test_what_a_bank_says_is_paid_is_not_recorded_as_returned(paying: Conn, change: dict[str, Any]) -> None:
    """Nobody frees the quota of money that may have left; other certificates come back as they did."""
    message_id, certs = sent(paying, 10, 20)
    take(paying, answer(message_id, paid(certs[0], 10)._replace(**change)))
    [told] = treasury.show_payments(paying, ["A1"])[0]["findings"]
    assert told.document == certs[0]
    with pytest.raises(RuleBroken, match=rf"{certs[0]}.*R1.*不能登记退票") as refused:
        by_hand(paying, *certs)
    assert "findings show" in refused.value.hint
    assert by_hand(paying, *certs, each=True) == [False, True]
    assert [state(paying, n) for n in ("A1", "A2")] == ["sent", "returned"]
    [open_now] = findings.recorded(paying, documents=[certs[0]])
    findings.lapse(paying, [open_now.key], on=NEXT, note="银行证明没有付出")
    assert by_hand(paying, certs[0]) == [True]


def test_money_that_left_in_january_on_last_years_quota_comes_back_by_the_bank(paying: Conn) -> None:
    """The way out of what may not be booked: the bank returns it, and says so itself."""
    last, new = date(2021, 12, 31), date(2022, 1, 4)
    certs = certified(paying, application("N1", quota_id("Q1", CITY, 2021)), on=last)
    message_id, _, _ = banking.payment_file(paying, certs, by="teller", on=last)
    told = take(paying, answer(message_id, paid(certs[0], 100, settled_on=new)), new)
    [found] = told.findings
    assert found.rule_id == "message.not_applied" and "2021 年指标" in found.what and "银行退回" in found.hint
    [kept] = findings.recorded(paying, regions=[CITY], year=2021, rules=["message.not_applied"])
    assert kept.finding.document == certs[0] and kept.finding.hint == found.hint
    with pytest.raises(RuleBroken, match="不能登记退票"):
        by_hand(paying, *certs)
    back = returned(certs[0])._replace(settled_on=new)
    word = take(paying, answer(message_id, back, number="R2"), new)
    assert (word.returned, kinds(word)) == ([], [("contradictory", certs[0])])
    credit = iso.BankEntry("B7", "CRDT", 10_000, new, "RETN", certs[0], "甲", "6200001", "AC04", "已销户")
    notice = iso.write_notification(iso.Notification("N1", new, BANK, ZERO, "N1", [credit]))
    assert take(paying, notice, new).returned == certs
    assert treasury.withdraw(paying, ["N1"], by="unit", on=new) == [True]
    assert left(paying, quota_id("Q1", CITY, 2021)) == {"executable": 1000}


def test_no_order_is_made_on_a_quota_of_last_year(paying: Conn) -> None:
    certs = certified(paying, application("N1", quota_id("Q1", CITY, 2021)), on=date(2021, 12, 31))
    with pytest.raises(RuleBroken, match="用的不是当年的指标"):
        banking.payment_file(paying, certs, by="teller", on=date(2022, 1, 4))
    assert paying.execute("select count(*) from banking_message").fetchone() == (0,)
