"""Each seeded fault is named, by its class and with both sides' keys, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.banking.services import ReconciliationReport, receive, reconcile
from fisc.closing.services.bank import against_bank, bank_open
from fisc.documents import MissingDuty, NotFound, Officer, RuleBroken, define_officers, findings
from fisc.sim import bank
from fisc.treasury import services as treasury
from tests.banking.world import (
    BANK,
    CENTRAL,
    SINGLE,
    ZERO,
    Conn,
    cleared,
    evening,
    fetch,
    open_bank,
    order,
    signed,
    void,
)
from tests.treasury.paying import BANNER, CITY, DAY, application, certified

NEXT = DAY + timedelta(days=1)
FRIDAY = DAY + timedelta(days=3)
WEEK = DAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)


def books(conn: Conn, on: date = DAY) -> ReconciliationReport:
    report = reconcile(conn, CITY, on, by="auditor")
    is_whole = all(item.kind != "statement_gap" for item in report.items)
    assert report.is_proven is is_whole, [i for i in report.identities if i.gap_fen]
    is_last = conn.execute("select max(day) from banking_reconciliation").fetchone() == (on,)
    assert not is_last or all(proof.holds for proof in reconciliation_proofs(conn, CITY, on))
    return report


def named(report: ReconciliationReport) -> list[tuple[str, str]]:
    return [(item.kind, item.ours) for item in report.items]


def days(conn: Conn, first: date, last: date) -> None:
    """Days on which nothing is sent."""
    for number in range((last - first).days + 1):
        evening(conn, first + timedelta(days=number))


def test_a_day_without_faults_is_proven_and_silent(paying: Conn) -> None:
    certs = signed(paying, 10, 20, 30)
    order(paying, certs)
    evening(paying)
    report = books(paying)
    assert (report.items, report.matched_count, report.matched_fen) == ((), 3, 6000)
    assert {left for i in report.identities for left in i.left} >= {
        ("报文发出", 6000), ("对账单支付净额", 6000), ("国库对账单清算净额", 6000)}  # fmt: skip


def _books_of(report: ReconciliationReport) -> list[tuple[tuple[tuple[str, int], ...], ...]]:
    """The two last equations: what was paid and not cleared, by documents and in the books."""
    return [(i.left, i.right) for i in report.identities[-2:]]


@pytest.mark.parametrize("basis", ["payment", "clearing"])
def test_payments_that_are_not_cleared_stand_in_the_books_by_either_basis(paying: Conn, basis: str) -> None:
    setting = treasury.Setting(CITY, 2022, cash_basis=basis)
    treasury.set_settings(paying, [setting], by="clerk", on=DAY)
    funds = [application("A1", "Q1", 10), application("A2", "G1", 20), application("A3", "C1", 30)]
    order(paying, certified(paying, *funds))
    fetch(paying, early=True)
    way = "国库存款已减少（按支付日）" if basis == "payment" else "应付代理银行（按清算日）"
    owed = 0 if basis == "payment" else 6000
    waiting = books(paying)
    assert _books_of(waiting) == [
        ((("已支付未清算", 6000), ("减：未清算退款", 0)), ((way, 6000),)),
        ((("应付代理银行余额", owed),), (("按清算日已支付未清算", owed),)),
    ]
    evening(paying)
    assert [fen for side in _books_of(books(paying)) for terms in side for _, fen in terms] == [0, 0, 0, 0]


def test_a_year_s_end_names_what_keeps_bank_and_books_apart_account_by_account(paying: Conn) -> None:
    """The balance sheet's note has its reasons and amounts from the proof, and so has the year's status."""
    order(paying, certs := signed(paying, 10, 20), {certs[0]: "paid_twice"})
    evening(paying)
    books(paying)
    proof = banking.year_end_proof(paying, CITY, DAY.year)
    assert proof is not None and proof.day == DAY
    (twice,) = [one for one in proof.apart if one.words == "重复支付"]
    assert twice.fen == 1000 and twice.acct_no and proof.of(twice.acct_no) == (twice,)
    assert "已支付未清算" not in {one.words for one in proof.apart}
    assert against_bank(paying, CITY, DAY.year) == f"{DAY} 对账，银行比账面净多付 10.00 元：重复支付 10.00 元"
    stands = bank_open(paying, [CITY], DAY.year)
    (said,) = [words for one in stands for words in one.keys if twice.acct_no in words]
    assert said.endswith("：差额 重复支付 10.00 元")
    assert against_bank(paying, BANNER, DAY.year).endswith("年没有与银行对账，账面与银行的差额不知道")


def test_what_was_paid_and_not_cleared_is_a_difference_of_the_year_s_end(paying: Conn) -> None:
    order(paying, certified(paying, application("A1", "Q1", 10)))
    fetch(paying, early=True)
    books(paying)
    assert "已支付未清算 10.00 元" in against_bank(paying, CITY, DAY.year)


def test_what_the_books_owe_a_bank_and_no_payment_explains_is_a_gap(paying: Conn) -> None:
    treasury.set_settings(paying, [treasury.Setting(CITY, 2022, cash_basis="clearing")], by="clerk", on=DAY)
    order(paying, signed(paying, 10))
    evening(paying)
    assert books(paying).is_proven
    cleared_entry = "(select id from ledger.entry where natural_key = 'pay_app:A1:cleared')"
    with paying.transaction(force_rollback=True):
        paying.execute("set local session_replication_role = replica")
        paying.execute(f"delete from ledger.posting where entry_id = {cleared_entry}".encode())
        assert not reconcile(paying, CITY, DAY, by="auditor").is_proven


def test_regions_are_reconciled_as_a_set_each_by_its_own_books(paying: Conn) -> None:
    evening(paying)
    alone = reconcile(paying, BANNER, DAY, by="auditor")
    certs = signed(paying, 10, 20, on=NEXT)
    order(paying, certs, {certs[0]: "paid_twice"}, on=NEXT)
    evening(paying, NEXT)
    banner, city = banking.reconcile_all(paying, [BANNER, CITY], NEXT, by="auditor")
    assert (banner.region, banner.items, banner.matched_count, banner.is_proven) == (BANNER, (), 0, True)
    assert (city.region, named(city), city.matched_count) == (CITY, [("paid_twice", certs[0])], 1)
    early, _ = banking.reconcile_all(paying, [CITY, BANNER], DAY, by="auditor")
    assert (early.items, early.is_proven) == ((), True)
    assert reconcile(paying, BANNER, DAY, by="auditor") == alone
    assert banking.reconcile_all(paying, [CITY, BANNER], NEXT, by="auditor") == [city, banner]


def test_a_day_of_which_more_is_known_is_reconciled_anew_and_the_first_report_stays(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[0]: "paid_twice"})
    evening(paying, single=1)
    first = books(paying)
    assert (first.edition, first.matched_count, books(paying)) == (1, 1, first)
    (early,) = [item for item in first.items if item.kind == "credit_without_clearing"]
    fetch(paying, NEXT)  # the treasury's statement of the day comes late
    second = books(paying)
    assert (second.edition, second.is_new, named(second)) == (2, True, [("paid_twice", certs[0])])
    assert (second.matched_count, second.matched_fen) == (1, 2000)
    again = books(paying)
    assert (again, again.is_new) == (second, False)
    (closed,) = findings.recorded(paying, documents=[early.ours], states=())
    assert closed.struck_off.startswith("自动销号") and "当日对账已相符" in closed.struck_off
    kept = paying.execute("select edition, document_id from banking_reconciliation order by 1").fetchall()
    assert kept == [(1, first.document_id), (2, second.document_id)]
    evening(paying, NEXT)
    assert books(paying, NEXT).edition == 1
    assert books(paying) == second  # what is past stays as it was last told


def test_a_fault_that_was_closed_and_is_there_still_is_open_again(paying: Conn) -> None:
    define_officers(paying, [
        Officer("h", "整改", CITY, frozenset({"finding_handle"})),
        Officer("v", "核实", CITY, frozenset({"finding_review"})),
    ])  # fmt: skip
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[0]: "silent"})
    days(paying, DAY, WEEK)
    assert named(books(paying, WEEK)) == [("late", certs[0])]
    (key,) = [one.key for one in findings.recorded(paying, documents=[certs[0]])]
    for step, by in (("explain", "h"), ("close", "v")):
        findings.handle(paying, [key], step, by=by, on=WEEK, note="银行称已办")
    assert findings.recorded(paying, documents=[certs[0]]) == []
    after = WEEK + timedelta(days=1)
    evening(paying, after)
    assert named(books(paying, after)) == [("late", certs[0])]
    (one,) = findings.recorded(paying, documents=[certs[0]])
    assert (one.key, one.state, one.trail[-1][0]) == (key, "open", "recur")


@dataclass(frozen=True)
class Case:
    """A fate of the first of three vouchers: what is named on the day, the day after, a week later."""

    fate: str
    today: tuple[str, ...]
    tomorrow: tuple[str, ...]
    week: tuple[str, ...] = ()
    delay: int = 1


CASES = [
    Case("ok", (), ()),
    Case("returned", (), ()),
    Case("late", ("bank_first",), ("bank_first",), (), delay=2),
    Case("late", ("bank_first",), ("bank_first",), ("late",), delay=20),
    Case("out_of_order", (), ()),
    Case("duplicate", (), ("duplicate_message",)),
    Case("answered_twice", (), ("duplicate_receipt",)),
    Case("returned_later", (), ("returned_marked_paid",), ("returned_marked_paid",)),
    Case("paid_twice", ("paid_twice",), ("paid_twice",), ("paid_twice",)),
    Case("amount_differs", ("amount_differs",), ("amount_differs",), ("amount_differs",)),
    Case("wrong_payee", ("wrong_payee",), ("wrong_payee",), ("wrong_payee",)),
    Case("paid_after_return", (), ("paid_after_return",), ("paid_after_return",)),
    Case("silent", ("in_transit",), ("in_transit",), ("late",)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.fate}-{case.delay}")
def test_each_fate_of_a_voucher_is_named_and_nothing_else(paying: Conn, case: Case) -> None:
    certs = signed(paying, 10, 20, 30)
    order(paying, certs, {certs[0]: case.fate}, delays={certs[0]: case.delay})
    evening(paying)
    bad = certs[0]
    assert named(books(paying)) == [(kind, bad) for kind in case.today]
    evening(paying, NEXT)
    tomorrow = [(kind, "" if kind == "duplicate_message" else bad) for kind in case.tomorrow]
    assert named(books(paying, NEXT)) == tomorrow
    days(paying, NEXT + timedelta(days=1), WEEK)
    assert named(books(paying, WEEK)) == [(kind, bad) for kind in case.week]


def test_both_sides_are_shown(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[0]: "paid_twice", certs[1]: "wrong_payee"})
    evening(paying)
    twice, astray = books(paying).items
    assert (twice.ours, twice.ours_fen, twice.theirs_fen, len(twice.theirs.split())) == (
        certs[0],
        1000,
        2000,
        2,
    )
    assert (astray.ours, astray.theirs_fen) == (certs[1], 2000)
    assert "6200001" in astray.words and "6217" in astray.words
    refs = {row[0] for row in paying.execute("select bank_ref from banking_line where role = 'pay'")}
    assert {*twice.theirs.split(), astray.theirs} == refs


def test_a_bank_that_pays_without_a_voucher(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[0]: "no_voucher", certs[1]: "unknown_receipt"})
    evening(paying)
    items = {item.kind: item for item in books(paying).items}
    assert set(items) == {"no_voucher", "unknown_receipt"}
    assert (items["no_voucher"].theirs_fen, items["no_voucher"].words) == (
        100_00,
        "对方 误入账户，对方账号 6217000000000000",
    )
    assert items["unknown_receipt"].ours == f"XX{certs[1]}"


def statement(
    day: date, opening: int, *entries: iso.BankEntry, acct: str = ZERO, bank_no: str = BANK
) -> bytes:
    net = sum(e.amount_fen if e.side == "CRDT" else -e.amount_fen for e in entries)
    told = iso.Statement(f"S{acct}{day}", day, bank_no, acct, f"S{day}", day, opening, opening + net, entries)
    return iso.write_statement(told)


def told(conn: Conn, data: bytes, on: date = DAY) -> None:
    receive(conn, data, by="teller", on=on)


def test_what_was_closed_later_was_open_on_a_past_day(paying: Conn) -> None:
    certs = signed(paying, 10)
    message_id, _, _ = banking.payment_file(paying, certs, by="teller", on=DAY)
    told(paying, statement(DAY, 0, iso.BankEntry("B1", "DBIT", 1000, DAY, "PAY", certs[0])))
    assert named(books(paying)) == [("bank_first", certs[0])]
    said = iso.TransferStatus(certs[0], "ACSC", 1000, "B1", NEXT, "6200001")
    told(paying, iso.write_status_report(iso.StatusReport("R1", NEXT, BANK, message_id, [said])), NEXT)
    assert named(books(paying, NEXT)) == []
    for day in (DAY, NEXT):
        assert all(proof.holds for proof in reconciliation_proofs(paying, CITY, day))


def test_what_the_bank_booked_by_mistake_and_took_back_is_settled(paying: Conn) -> None:
    out = iso.BankEntry("B1", "DBIT", 500, DAY, "PAY", "PZ404", "甲", "6200001")
    told(paying, statement(DAY, 0, out))
    assert named(books(paying)) == [("no_voucher", "PZ404")]
    told(paying, statement(NEXT, -500, iso.BankEntry("B2", "CRDT", 500, NEXT, "RETN", "PZ404")), NEXT)
    assert named(books(paying, NEXT)) == []


def test_money_from_nowhere_is_named(paying: Conn) -> None:
    told(paying, statement(DAY, 0, iso.BankEntry("B1", "CRDT", 500, DAY, "PAY")))
    (item,) = books(paying).items
    assert (item.kind, item.theirs, item.theirs_fen) == ("credit_unexplained", "B1", -500)


def test_a_refund_settles_what_came_back(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[0]: "returned_later"}, delays={certs[0]: 1})
    evening(paying)
    books(paying)
    fetch(paying, NEXT, early=True)
    treasury.refund(paying, [treasury.Refund("TK1", "A1", 1000, NEXT)], by="teller", on=NEXT)
    evening(paying, NEXT)
    report = books(paying, NEXT)
    assert named(report) == [("returned_marked_paid", certs[0])]  # the notice came first; the report says so
    assert named(books(paying, WEEK)) == []


def refunded(paying: Conn) -> list[str]:
    """Two payments, reconciled, and a refund of the first on the day after; their certificates."""
    certs = signed(paying, 10, 20)
    order(paying, certs)
    evening(paying)
    books(paying)
    treasury.refund(paying, [treasury.Refund("TK1", "A1", 400, NEXT)], by="teller", on=NEXT)
    return certs


def test_a_refund_that_the_bank_did_not_receive(paying: Conn) -> None:
    certs = refunded(paying)
    evening(paying, NEXT)
    report = books(paying, NEXT)
    assert named(report) == [("refund_without_credit", certs[0])]
    assert (report.items[0].ours_fen, report.items[0].theirs_fen) == (-400, 0)  # the refund, not the payment
    assert (report.matched_count, report.matched_fen) == (0, 0)
    day = NEXT + timedelta(days=1)
    opening = bank.balance(paying, ZERO, NEXT)
    told(paying, statement(day, opening, iso.BankEntry("B9", "CRDT", 400, day, "RFND", certs[0])), day)
    report = books(paying, day)
    assert named(report) == []
    assert (report.matched_count, report.matched_fen) == (1, 400)


def test_a_refund_after_the_last_statement_is_in_transit(paying: Conn) -> None:
    certs = refunded(paying)
    assert all(proof.holds for proof in reconciliation_proofs(paying, CITY, NEXT))
    for day in (NEXT, NEXT + timedelta(days=1)):
        report = books(paying, day)
        assert named(report) == [("refund_awaited", certs[0])]
        assert not report.faults and report.items[0].ours_fen == -400


def test_paid_in_the_books_but_not_at_the_bank(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[0]: "silent", certs[1]: "silent"})
    receipts = [
        treasury.BankReceipt(c, f"B{c}", fen, DAY) for c, fen in zip(certs, (1000, 2000), strict=True)
    ]
    treasury.confirm_paid(paying, receipts, by="teller", on=DAY)
    notices = treasury.issue_clearing_notices(paying, CITY, DAY, by="clearer", on=DAY)
    (moved,) = bank.clear(paying, notices, on=DAY, seed=7)
    debit = treasury.TreasuryDebit(moved.lqd_cert_no, "111", BANK, 1000, DAY, (certs[0],), ())
    treasury.clear(paying, CITY, DAY, [debit], by="clearer2", on=DAY)
    bank.close_day(paying, DAY, late={ZERO: 1, SINGLE: 1})
    assert named(books(paying)) == [
        ("awaiting_clearing", moved.lqd_cert_no), ("awaiting_statement", certs[0]),
        ("awaiting_statement", certs[1])]  # fmt: skip
    fetch(paying, NEXT)
    assert named(books(paying, NEXT)) == [
        ("cleared_without_payment", certs[0]), ("clearing_amount_differs", moved.lqd_cert_no),
        ("paid_not_booked", certs[1])]  # fmt: skip


@pytest.mark.parametrize(
    ("fate", "kind", "later"),
    [
        ("twice", "cleared_twice", "cleared_twice"),
        ("another_amount", "clearing_amount_differs", "clearing_amount_differs"),
        ("not_moved", "awaiting_clearing", "clearing_not_executed"),
        ("not_credited", "awaiting_clearing", "clearing_not_credited"),
    ],
)
def test_each_mistake_of_the_treasury_is_named(paying: Conn, fate: str, kind: str, later: str) -> None:
    order(paying, signed(paying, 10, 20))
    fetch(paying, early=True)
    (moved,) = cleared(paying, fates={"": fate})
    bank.close_day(paying, DAY)
    fetch(paying)
    assert named(books(paying)) == [(kind, moved.lqd_cert_no)]
    days(paying, NEXT, FRIDAY)
    assert named(books(paying, FRIDAY)) == [(later, moved.lqd_cert_no)]


def test_a_debit_that_nobody_asked_for(paying: Conn) -> None:
    order(paying, signed(paying, 10))
    fetch(paying, early=True)
    (moved,) = cleared(paying, fates={"": "unasked"})
    bank.close_day(paying, DAY)
    fetch(paying)
    (item,) = books(paying).items
    assert (item.kind, item.ours, item.theirs_fen) == (
        "treasury_without_clearing", f"XX{moved.lqd_cert_no}"[:35], 100_00)  # fmt: skip


def test_a_statement_that_is_late_keeps_everything_in_transit(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[1]: "returned"})
    evening(paying, zero=1)
    report = books(paying)
    assert named(report)[1:] == [("awaiting_statement", certs[0]), ("awaiting_statement", certs[1])]
    assert not report.faults
    evening(paying, NEXT)
    assert named(books(paying, NEXT)) == []


def test_a_missing_statement_is_named_until_it_comes(paying: Conn) -> None:
    order(paying, signed(paying, 10))
    evening(paying)
    books(paying)
    order(paying, signed(paying, 20, on=NEXT, prefix="N"), on=NEXT)
    evening(paying, NEXT, zero=2)
    books(paying, NEXT)
    day = NEXT + timedelta(days=1)
    order(paying, signed(paying, 5, on=day, prefix="O"), on=day)
    evening(paying, day)
    assert [item[0] for item in named(books(paying, day))] == [
        "statement_gap", "awaiting_clearing", "awaiting_statement"]  # fmt: skip
    evening(paying, FRIDAY)
    assert named(books(paying, FRIDAY)) == []


def test_vouchers_sent_by_another_way_are_followed_and_named(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    treasury.send(paying, certs, by="teller", on=DAY, message_id="by hand")
    assert [item.kind for item in books(paying).items] == [
        "sent_outside",
        "sent_outside",
        "in_transit",
        "in_transit",
    ]
    assert [item.kind for item in books(paying, NEXT).items] == ["in_transit", "in_transit"]


def paid_by_hand(conn: Conn, certs: list[str], yuan: Sequence[int], *, on: date = DAY) -> None:
    """Sent, confirmed and cleared by officers, all on a day, without a message to or from a bank."""
    treasury.send(conn, certs, by="teller", on=on, message_id="by hand")
    said = [treasury.BankReceipt(c, f"H{c}", y * 100, on) for c, y in zip(certs, yuan, strict=True)]
    treasury.confirm_paid(conn, said, by="teller", on=on)
    (notice,) = treasury.issue_clearing_notices(conn, CITY, on, by="clearer", on=on)
    total = sum(one.amount_fen for one in said)
    debit = treasury.TreasuryDebit(f"LQ{certs[0]}", notice.fund_type_code, BANK, total, on, tuple(certs), ())
    treasury.clear(conn, CITY, on, [debit], by="clearer2", on=on)


@pytest.mark.parametrize("is_reconciled", [False, True])
def test_what_was_paid_by_hand_is_open_until_a_line_proves_it(paying: Conn, *, is_reconciled: bool) -> None:
    """Also where nothing was under way when somebody looked, or it was entered for an earlier day."""
    told(paying, statement(DAY, 5000))
    if is_reconciled:
        assert books(paying).items == ()
    certs = signed(paying, 10)
    paid_by_hand(paying, certs, [10])
    told(paying, statement(NEXT, 5000), NEXT)
    assert [one for one in named(books(paying, NEXT)) if one[1] in certs] == [
        ("cleared_without_payment", certs[0]), ("sent_outside", certs[0])
    ]  # fmt: skip
    told(paying, statement(FRIDAY, 5000, iso.BankEntry("B1", "DBIT", 1000, FRIDAY, "PAY", certs[0])), FRIDAY)
    assert [one for one in named(books(paying, FRIDAY)) if one[1] in certs] == []


def test_the_same_day_again_is_the_same_report(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs, {certs[0]: "silent"})
    evening(paying)
    first = books(paying)
    order(paying, signed(paying, 5, on=NEXT, prefix="N"), on=NEXT)
    again = books(paying)
    assert (again, again.is_new, first.is_new) == (first, False, True)
    row = paying.execute(
        "select kind, title from ledger.document where id = %s", [first.document_id]
    ).fetchone()
    assert row == ("reconciliation", f"{DAY} 三方对账：差错 0 项，在途 1 项")
    books(paying, FRIDAY)
    between = reconcile(paying, CITY, NEXT, by="auditor")
    assert (between.edition, between.is_new) == (1, True)
    assert reconcile(paying, CITY, NEXT, by="auditor").is_new is False
    with pytest.raises(MissingDuty, match="对账"):
        reconcile(paying, CITY, WEEK, by="teller")


def test_a_replaced_voucher_is_another_voucher(paying: Conn) -> None:
    certs = signed(paying, 10)
    order(paying, certs, {certs[0]: "returned"})
    evening(paying)
    assert named(books(paying)) == []
    correction = treasury.PayeeCorrection("A1", "鄂尔多斯乙公司", "6200009", "103205000001")
    treasury.correct_payee(paying, [correction], by="unit", on=NEXT)
    new = treasury.certify(paying, ["A1"], by="signer", on=NEXT)
    evening(paying, NEXT)
    assert named(books(paying, NEXT)) == []
    order(paying, new, on=FRIDAY)
    evening(paying, FRIDAY)
    report = books(paying, FRIDAY)
    assert (named(report), report.matched_fen) == ([], 1000)


def test_many_faults_at_once_are_all_named(paying: Conn) -> None:
    fates = ["ok", "paid_twice", "amount_differs", "wrong_payee", "silent", "returned", "no_voucher", "late"]
    certs = signed(paying, *range(10, 10 + len(fates)))
    order(paying, certs, dict(zip(certs, fates, strict=True)), delays=dict.fromkeys(certs, 2))
    evening(paying, fates={"": "unasked"})
    report = books(paying)
    assert report.counts == {
        "paid_twice": 1, "amount_differs": 1, "wrong_payee": 1, "in_transit": 1, "no_voucher": 1,
        "bank_first": 1, "treasury_without_clearing": 1,
    }  # fmt: skip
    assert len(report.faults) == 5


def test_the_proofs_notice_what_was_lost(paying: Conn) -> None:
    order(paying, signed(paying, 10, 20))
    evening(paying)
    books(paying)
    paying.execute("set constraints all immediate")  # nothing of it waits for the end of the transaction
    for table, trigger in (("banking_line", "stands"), ("banking_message", "content_stands")):
        paying.execute(f"alter table {table} disable trigger {trigger}")  # as only its owner can
    paying.execute("delete from banking_line where role = 'pay' and amount_fen = 1000")
    paying.execute("update banking_message set amount_fen = amount_fen + 1 where direction = 'out'")
    broken = [p.holds for p in reconciliation_proofs(paying, CITY, DAY)]
    assert broken == [False, True, False, False, True, True]


def test_allocations_are_followed_too(paying: Conn) -> None:
    given = replace(
        application("E1", "Q2", 5), pay_type="entity", agent_bank_no="", payee_acct_no="6200088",
        payee_name="市教育局",
    )  # fmt: skip
    certs = [*certified(paying, given), *signed(paying, 10)]
    _, data, _ = banking.payment_file(paying, certs[:1], by="teller", on=DAY)
    bank.accept(paying, data, on=DAY)
    order(paying, certs[1:])
    letters = bank.collect(paying, DAY, before_statements=True)
    results = banking.receive_all(paying, letters, by="teller", cleared_by="clearer2", on=DAY)
    assert not any(result.findings for result in results)
    cleared(paying)
    bank.close_day(paying, DAY)
    fetch(paying)
    report = books(paying)
    assert (report.items, report.matched_fen) == ((), 1500)


def test_another_region_is_not_touched(paying: Conn) -> None:
    order(paying, signed(paying, 10))
    evening(paying)
    assert reconcile(paying, "150602000", DAY, by="auditor").items == ()
    assert certified(paying, application("L1", "Q2", 7))
    assert named(books(paying)) == []


def _without_codes(data: bytes) -> bytes:
    """A statement whose bookings do not say what business they are."""
    return re.sub(rb"<BkTxCd>.*?</BkTxCd>", b"<BkTxCd><Prtry><Cd>OTHR</Cd></Prtry></BkTxCd>", data)


def test_a_clearing_without_its_code_is_known_by_its_number(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs)
    fetch(paying, early=True)
    cleared(paying)
    bank.close_day(paying, DAY, late={})
    for data in bank.collect(paying, DAY, before_statements=False):
        receive(paying, _without_codes(data), by="teller", on=DAY)
    report = books(paying)
    assert (report.items, report.matched_count) == ((), 2)
    assert ("国库对账单清算净额", 3000) in {left for i in report.identities for left in i.left}


def test_a_booking_of_the_single_account_that_nobody_understands_is_not_taken(paying: Conn) -> None:
    booking = iso.BankEntry("T1", "DBIT", 1000, DAY, "", "HK9")
    account = {"acct": SINGLE, "bank_no": CENTRAL}
    with pytest.raises(iso.MessageRefused, match="T1") as refused:
        told(paying, statement(DAY, 10_000_000_00, booking, **account))
    assert "HK9" in refused.value.message and "CLR 清算划款" in refused.value.rule
    assert "treasury clear" in refused.value.hint
    told(paying, statement(DAY, 10_000_000_00, booking._replace(code="TRF"), **account))
    assert paying.execute("select role from banking_line where bank_ref = 'T1'").fetchall() == [("other",)]


def _other(data: bytes, number: str, *changed: iso.BankEntry) -> bytes:
    """A bank's statement as it would be with these bookings in place of the first ones."""
    _, told = iso.read_message(data)
    assert isinstance(told, iso.Statement)
    entries = (*changed, *told.entries[len(changed) :])
    net = sum(e.amount_fen if e.side == "CRDT" else -e.amount_fen for e in entries)
    return iso.write_statement(
        told._replace(message_id=number, entries=entries, closing_fen=told.opening_fen + net)
    )


def _statements(conn: Conn, on: date) -> dict[str, bytes]:
    """Account -> its statement of a day, as the bank sends it; nothing is received."""
    letters = [(iso.read_message(data)[1], data) for data in bank.collect(conn, on)]
    return {told.acct_no: data for told, data in letters if isinstance(told, iso.Statement)}


def _void(
    conn: Conn, *numbers: str, on: date = NEXT, by: str = "auditor", note: str = "银行来函更正"
) -> list[bool]:
    return void(conn, *numbers, on=on, by=by, note=note)


def test_a_wrong_statement_is_void_and_what_the_bank_sends_instead_counts_alone(paying: Conn) -> None:
    certs = signed(paying, 10, 20)
    order(paying, certs)
    fetch(paying, early=True)
    cleared(paying)
    bank.close_day(paying, DAY, late={ZERO: 0, SINGLE: 0})
    sent = _statements(paying, DAY)
    _, told = iso.read_message(sent[ZERO])
    assert isinstance(told, iso.Statement)
    first = told.entries[0]
    wrong = _other(sent[ZERO], "WRONG", first._replace(amount_fen=first.amount_fen + 1))
    for data in (sent[SINGLE], wrong):
        receive(paying, data, by="teller", on=DAY)
    (fault,) = books(paying).faults
    assert (fault.kind, fault.ours) == ("amount_differs", first.end_to_end_id)
    took = receive(paying, sent[ZERO], by="teller", on=NEXT)  # made later, as its number says
    assert [f.rule_id for f in took.findings] == ["message.statement_corrected"]
    assert "以 DZ" in took.findings[0].what and "WRONG 不再计入" in took.findings[0].what
    assert not reconcile(paying, CITY, DAY, by="auditor").faults

    assert _void(paying, "WRONG") == [True]
    assert banking.approve_statement_voids(paying, ["ZF-WRONG"], by="auditor2", on=NEXT) == [False]
    report = books(paying)
    assert (named(report), report.matched_count, report.is_new) == ([], 2, False)
    assert findings.recorded(paying, regions=[CITY]) == []
    again = receive(paying, wrong, by="teller", on=NEXT)
    assert (again.is_new, again.effect) == (False, "先前已收取，并已作废，没有再办理")
    assert not books(paying).faults
    (kept,) = [m for m in banking.list_messages(paying, CITY, DAY, NEXT) if m.message_id == "WRONG"]
    assert (kept.state, kept.voided_by, kept.voided_on, kept.void_note) == (
        "voided", "auditor2", NEXT, "银行来函更正",
    )  # fmt: skip
    evening(paying, NEXT)
    after = books(paying, NEXT)
    assert (named(after), after.faults, after.in_transit) == ([("duplicate_message", "")], (), ())


def test_what_was_matched_with_a_void_statement_is_open_until_the_bank_states_it_again(paying: Conn) -> None:
    evening(paying)
    certs = signed(paying, 10, 20, on=NEXT)
    order(paying, certs, on=NEXT)
    evening(paying, NEXT)
    assert named(books(paying, NEXT)) == []
    number = next(
        m.message_id for m in banking.list_messages(paying, CITY, NEXT, NEXT)
        if m.acct_no == ZERO and m.kind.startswith("camt.053")
    )  # fmt: skip
    body = banking.message_body(paying, "in", BANK, number)
    assert _void(paying, number) == [True]
    report = reconcile(paying, CITY, NEXT, by="auditor")
    assert (report.edition, report.is_new, report.is_proven) == (2, False, False)
    assert [item for item in named(report) if item[0] == "awaiting_statement"] == [
        ("awaiting_statement", cert) for cert in certs
    ]
    after = NEXT + timedelta(days=1)
    evening(paying, after)
    missing = {item.kind for item in books(paying, after).items}
    assert {"awaiting_statement", "statement_gap"} <= missing
    for again in ("AGAIN", "THIRD"):
        receive(paying, _other(body, again), by="teller", on=after)
        assert named(books(paying, after)) == []
        assert again == "THIRD" or _void(paying, again, on=after) == [True]
    kept = paying.execute("select source, count(*) from banking_line where told_on = %s and acct_no = %s "
                          "group by 1 order by 1", [NEXT, ZERO]).fetchall()  # fmt: skip
    (_, of_it), (_, of_void) = kept
    assert [source for source, _ in kept] == ["S", "V"] and of_void == 2 * of_it


def test_only_statements_are_void_by_who_reconciles_with_a_word_about_why(paying: Conn) -> None:
    order(paying, signed(paying, 10))
    evening(paying)
    came = {m.kind[:4]: m.message_id for m in banking.list_messages(paying, CITY, DAY, DAY)
            if m.direction == "in" and m.bank_no == BANK}  # fmt: skip
    with pytest.raises(RuleBroken, match="不是对账单"):
        _void(paying, came["pain"])
    with pytest.raises(NotFound, match="list-messages"):
        _void(paying, "nobody")
    with pytest.raises(MissingDuty):
        _void(paying, came["camt"], by="teller")
    with pytest.raises(RuleBroken, match="写明情况"):
        _void(paying, came["camt"], note=" ")
    with pytest.raises(RuleBroken, match="日期晚于"):
        _void(paying, came["camt"], on=DAY - timedelta(days=1))
