"""A booking that nothing explains is explained by two officers: by a paper that posts, or the bank itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.banking.services import LineExplanation, TreasuryAccount, define_accounts
from fisc.documents import NotFound, Officer, RuleBroken, define_officers, findings
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.kernel import FiscError
from fisc.treasury import services as treasury
from fisc.treasury.kinds import AFFAIR_REVERSAL, REVERSIBLE
from tests.banking.letters import answer, block, entry, outcome, statement, tx
from tests.banking.world import BANK, CENTRAL, SINGLE, ZERO, Conn, open_bank, signed, void
from tests.treasury.paying import CITY, DAY

NEXT = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)
    define_officers(paying, [
        Officer("checker", "复核", CITY, frozenset({"finding_review"})),
        Officer("affairs", "国库事项", CITY, frozenset({"treasury_make"})),
        Officer("affairs2", "国库审核", CITY, frozenset({"treasury_review"})),
    ])  # fmt: skip


def take(conn: Conn, *data: bytes) -> None:
    for one in data:
        banking.receive(conn, one, by="teller", on=NEXT)


def books(conn: Conn) -> banking.ReconciliationReport:
    report = banking.reconcile(conn, CITY, NEXT, by="auditor")
    assert report.is_proven, [i for i in report.identities if i.gap_fen]
    assert all(proof.holds for proof in reconciliation_proofs(conn, CITY, NEXT))
    return report


def affair(conn: Conn, kind: str, yuan: int, number: str = "SX1", settles: str = "", day: date = DAY) -> str:
    said = treasury.TreasuryAffair(
        number, kind, CITY, "111", yuan * 100, day, settles_no=settles, counterparty="某公司"
    )
    treasury.record_affairs(conn, [said], by="affairs", reviewed_by="affairs2", on=NEXT)
    return number


def explain(conn: Conn, booking: str, disposition: str, basis: str, number: str = "SM1") -> None:
    said = LineExplanation(number, CITY, booking, disposition, basis)
    banking.make_explanations(conn, [said], by="auditor", on=NEXT)
    assert banking.approve_explanations(conn, [number], by="checker", on=NEXT) == [True]
    assert banking.approve_explanations(conn, [number], by="checker", on=NEXT) == [False]


@pytest.mark.parametrize(
    ("side", "kind", "named"),
    [("CRDT", "unidentified_receipt", "credit_unexplained"), ("DBIT", "temporary_payment", "no_voucher")],
)
def test_what_is_entered_as_an_affair_reconciles(paying: Conn, side: str, kind: str, named: str) -> None:
    ends = ("0.00", "500.00") if side == "CRDT" else ("500.00", "0.00")
    take(paying, statement(*ends, entry("500.00", side)))
    assert [item.kind for item in books(paying).items] == [named]
    (line,) = banking.open_lines(paying, CITY)
    explain(paying, line.booking_at, "affair", affair(paying, kind, 500))
    report = books(paying)
    assert (report.items, banking.open_lines(paying, CITY)) == ((), [])
    assert findings.recorded(paying, rules=[f"reconcile.{named}"]) == []
    (kept,) = paying.execute("select document_no from banking_line").fetchone() or ("",)
    assert kept == "SM1"


def test_an_affair_that_explains_a_booking_is_not_reversed(paying: Conn) -> None:
    take(paying, statement("0.00", "500.00", entry("500.00", "CRDT")))
    (line,) = banking.open_lines(paying, CITY)
    explain(paying, line.booking_at, "affair", affair(paying, "unidentified_receipt", 500))
    given = [("冲", "affair", "SX1", "金额记错一位")]
    draft_reversals(paying, AFFAIR_REVERSAL, REVERSIBLE, given, by="affairs", on=NEXT)
    with pytest.raises(RuleBroken, match="说明了银行入账（说明 SM1），不能冲销"):
        confirm_reversals(paying, AFFAIR_REVERSAL, REVERSIBLE, ["冲"], by="affairs2", on=NEXT)
    assert books(paying).items == ()


def test_what_the_bank_takes_back_explains_what_it_booked(paying: Conn) -> None:
    take(paying, statement("500.00", "500.00", entry("500.00", "DBIT"), entry("500.00", "CRDT")))
    assert len(books(paying).items) == 2
    out, back = banking.open_lines(paying, CITY)
    explain(paying, out.booking_at, "taken_back", back.booking_at)
    assert books(paying).items == ()


def test_nothing_is_taken_back_before_it_was_booked(paying: Conn) -> None:
    take(paying, statement("500.00", "500.00", entry("500.00", "CRDT"), entry("500.00", "DBIT")))
    back, out = banking.open_lines(paying, CITY)
    with pytest.raises(RuleBroken, match="先有错账"):
        explain(paying, out.booking_at, "taken_back", back.booking_at)
    explain(paying, back.booking_at, "taken_back", out.booking_at)


def test_what_does_not_agree_explains_nothing(paying: Conn) -> None:
    (cert,) = signed(paying, 10)
    banking.payment_file(paying, [cert], by="teller", on=DAY)
    take(
        paying, statement("1010.00", "0.00", entry("10.00", "DBIT", tx(cert)), *[entry("500.00", "DBIT")] * 2)
    )
    first, second = (line.booking_at for line in banking.open_lines(paying, CITY))
    affair(paying, "temporary_payment", 400, "SX1")
    affair(paying, "unidentified_receipt", 500, "SX2")
    affair(paying, "temporary_payment", 500, "SX3")
    for booking, way, basis, words in (
        (first, "affair", "SX1", "400.00 元"), (first, "affair", "SX2", "不是"),
        (first, "taken_back", second, "一收一付"), ("S1/1", "affair", "SX3", "写明了我方凭证"),
    ):  # fmt: skip
        with pytest.raises(RuleBroken, match=words):
            explain(paying, booking, way, basis)
    for booking, basis in (("S1/9", "SX3"), ("S1", "SX3"), (first, "SX9")):
        with pytest.raises(NotFound):
            explain(paying, booking, "affair", basis)
    explain(paying, first, "affair", "SX3")
    with pytest.raises(RuleBroken, match="已说明另一笔"):
        explain(paying, second, "affair", "SX3", "SM2")


def test_nobody_approves_what_they_said(paying: Conn) -> None:
    define_officers(paying, [Officer("both", "两岗", CITY, frozenset({"reconcile", "finding_review"}))])
    take(paying, statement("0.00", "500.00", entry("500.00", "CRDT")))
    said = LineExplanation("SM1", CITY, "S1/1", "affair", affair(paying, "unidentified_receipt", 500))
    banking.make_explanations(paying, [said], by="both", on=NEXT)
    with pytest.raises(FiscError, match="已办理前面的步骤"):
        banking.approve_explanations(paying, ["SM1"], by="both", on=NEXT)
    assert len(books(paying).items) == 1


def later(opening: str, closing: str, *entries: str, number: str = "S2", hour: int = 20) -> bytes:
    """A correction of the day's statement."""
    return statement(
        opening, closing, *entries, number=number, statement_no="S1", created=f"{DAY}T{hour}:00:00+08:00"
    )


STRAY, FEE = entry("500.00", "DBIT", ref="R1"), entry("20.00", "DBIT", ref="R2")


def test_a_correction_keeps_what_was_said_of_a_booking_that_stays(paying: Conn) -> None:
    take(paying, statement("1000.00", "480.00", STRAY, FEE))
    explain(paying, "S1/1", "affair", affair(paying, "temporary_payment", 500))
    take(paying, later("1000.00", "450.00", entry("50.00", "DBIT", ref="R2"), STRAY))
    assert [(i.theirs, i.theirs_fen) for i in books(paying).faults] == [("R2", 50_00)]
    # a correction of the correction, and one that came late
    take(paying, later("1000.00", "480.00", STRAY, FEE, number="S4", hour=22))
    take(paying, later("1000.00", "980.00", FEE, number="S3", hour=21))
    assert [(i.theirs, i.theirs_fen) for i in books(paying).faults] == [("R2", 20_00)]
    void(paying, "S4", on=NEXT, reason="mistaken")
    assert [i.theirs for i in books(paying).faults] == ["R2"]  # of S3 the booking is gone
    assert paying.execute("select count(*) from banking_line where document_no = 'SM1'").fetchone() == (0,)
    void(paying, "S3", on=NEXT, reason="mistaken")
    assert [(i.theirs, i.theirs_fen) for i in books(paying).faults] == [("R2", 50_00)]


def test_a_booking_that_a_correction_changes_is_open_and_its_affair_is_free(paying: Conn) -> None:
    take(paying, statement("500.00", "0.00", STRAY))
    explain(paying, "S1/1", "affair", affair(paying, "temporary_payment", 500))
    take(paying, later("500.00", "0.00", entry("500.00", "DBIT", ref="R9")))
    assert [i.theirs for i in books(paying).faults] == ["R9"]
    explain(paying, "S2/1", "affair", "SX1", "SM2")
    assert books(paying).faults == ()
    # the first statement counts again: what was said first of it holds, and the affair is used once
    void(paying, "S2", on=NEXT, reason="mistaken")
    assert books(paying).faults == ()
    said = paying.execute("select document_no from banking_line where document_no <> ''").fetchall()
    assert said == [("SM1",)]


def test_what_explained_a_booking_that_is_gone_is_open(paying: Conn) -> None:
    take(paying, statement("500.00", "0.00", STRAY))
    back = statement("0.00", "500.00", entry("500.00", "CRDT", ref="R8"), number="S5", day=NEXT)
    take(paying, back)
    explain(paying, f"{BANK}:S1/1", "taken_back", "S5/1")
    assert books(paying).faults == ()
    take(paying, later("500.00", "0.00", entry("500.00", "DBIT", ref="R9")))
    assert {i.theirs for i in books(paying).faults} == {"R8", "R9"}
    take(paying, later("500.00", "0.00", STRAY, number="S3", hour=21))
    assert books(paying).faults == ()


def test_as_many_alike_are_settled_as_were_explained(paying: Conn) -> None:
    same = entry("500.00", "DBIT")
    take(paying, statement("2000.00", "1000.00", same, same))
    explain(paying, "S1/2", "affair", affair(paying, "temporary_payment", 500))
    take(paying, later("2000.00", "500.00", same, same, same))
    assert [i.theirs for i in books(paying).faults] == ["S2/1", "S2/3"]


def test_other_explanations_stand_when_a_statement_is_void(paying: Conn) -> None:
    take(paying, statement("500.00", "0.00", entry("500.00", "DBIT")))
    explain(paying, "S1/1", "affair", affair(paying, "temporary_payment", 500))
    take(paying, statement("0.00", "7.00", entry("7.00", "CRDT"), number="S5", day=NEXT))
    void(paying, "S5", on=NEXT, reason="mistaken")
    report = banking.reconcile(paying, CITY, NEXT, by="auditor")
    assert [i.kind for i in report.faults] == ["statement_voided"]


@pytest.mark.parametrize(
    ("day", "name", "why"),
    [(date(2022, 1, 5), "某公司", "发生在 2022-01-05"), (DAY, "骗子", "的对方是骗子"),
     (DAY, "某公司", ""), (DAY, "", ""), (DAY - timedelta(days=10), "某公司", "")],
)  # fmt: skip
def test_an_affair_explains_what_is_of_its_time_and_of_its_party(
    paying: Conn, day: date, name: str, why: str
) -> None:
    other = f"<RltdPties><Cdtr><Pty><Nm>{name}</Nm></Pty></Cdtr></RltdPties>" if name else ""
    take(paying, statement("500.00", "0.00", entry("500.00", "DBIT", tx(more=other))))
    said = LineExplanation("SM1", CITY, "S1/1", "affair", affair(paying, "temporary_payment", 500, day=day))
    if why:
        with pytest.raises(RuleBroken, match=why):
            banking.make_explanations(paying, [said], by="auditor", on=NEXT)
    else:
        assert banking.make_explanations(paying, [said], by="auditor", on=NEXT) == [True]


def test_one_number_of_two_banks_is_no_booking_until_the_bank_is_named(paying: Conn) -> None:
    take(paying, statement("500.00", "0.00", STRAY))
    other = statement("9.00", "0.00", entry("9.00", "DBIT", code="INT"), acct=SINGLE, bank=CENTRAL)
    take(paying, other)
    affair(paying, "temporary_payment", 500)
    with pytest.raises(RuleBroken, match="不知道说明的是哪一笔"):
        explain(paying, "S1/1", "affair", "SX1")
    explain(paying, f"{BANK}:S1/1", "affair", "SX1")


def paid_by(conn: Conn, *bookings: str) -> str:
    """A voucher of 10 that the bank answered as paid; bookings name it as CERT."""
    (cert,) = signed(conn, 10)
    message_id, _, _ = banking.payment_file(conn, [cert], by="teller", on=DAY)
    take(conn, answer(message_id, block("B", "", outcome(cert, "ACSC", "10.00")), number="R1"))
    net = sum(-1 if "DBIT" in one else 1 for one in bookings) * 10
    closing = f"{1000 + net}.00"
    take(conn, statement("1000.00", closing, *(one.replace("CERT", cert) for one in bookings)))
    return cert


PAID, BACK = entry("10.00", "DBIT", tx("CERT"), ref="R7"), entry("10.00", "CRDT", tx("CERT"), ref="R7")


def test_what_the_bank_paid_twice_is_open_until_it_is_back_or_explained(paying: Conn) -> None:
    cert = paid_by(paying, PAID, PAID)
    assert [(i.kind, i.ours, i.theirs_fen) for i in books(paying).faults] == [("paid_twice", cert, 20_00)]
    back = statement("980.00", "990.00", entry("10.00", "CRDT", ref="R8"), number="S2", day=NEXT)
    take(paying, back)
    assert {i.kind for i in books(paying).faults} == {"paid_twice", "credit_unexplained"}
    assert len(banking.open_lines(paying, CITY)) == 3
    explain(paying, "S1/2", "taken_back", "S2/1")
    assert books(paying).faults == () == tuple(banking.open_lines(paying, CITY))
    with pytest.raises(RuleBroken, match="写明了我方凭证"):
        explain(paying, "S1/1", "affair", affair(paying, "temporary_payment", 10), "SM2")


def test_what_the_bank_paid_twice_is_claimed_from_it_and_comes_back_under_our_number(paying: Conn) -> None:
    cert = paid_by(paying, PAID, PAID)
    explain(paying, "S1/1", "affair", affair(paying, "temporary_payment", 10))
    assert books(paying).faults == ()
    take(paying, statement("980.00", "990.00", BACK.replace("CERT", cert), number="S2", day=NEXT))
    assert [i.kind for i in books(paying).faults] == ["returned_marked_paid"]
    (line,) = banking.open_lines(paying, CITY)
    assert line.outflow_fen == -10_00
    affair(paying, "temporary_payment_repaid", 10, "SX2", "SX1")
    explain(paying, line.booking_at, "affair", "SX2", "SM2")
    assert books(paying).faults == ()


def test_what_the_bank_paid_once_is_the_vouchers(paying: Conn) -> None:
    paid_by(paying, PAID, PAID, BACK)
    assert books(paying).faults == ()
    affair(paying, "temporary_payment", 10)
    with pytest.raises(RuleBroken, match="银行多付的除外"):
        explain(paying, "S1/2", "affair", "SX1")


def test_an_affair_that_moves_no_cash_of_the_treasury_explains_nothing(paying: Conn) -> None:
    """What came into a special account is not what came into the treasury's."""
    define_accounts(paying, [TreasuryAccount("15061", "代发账户", BANK, CITY, "61")])
    take(
        paying, statement("0.00", "500.00", entry("500.00", "CRDT")),
        statement("0.00", "500.00", entry("500.00", "CRDT"), number="S2", acct="15061"),
    )  # fmt: skip
    at = {line.acct_no: line.booking_at for line in banking.open_lines(paying, CITY)}
    special = treasury.TreasuryAffair(
        "SX1",
        "special_account_received",
        CITY,
        "2",
        50_000,
        DAY,
        rev_func_code="1030422",
        counterparty="某公司",
    )
    treasury.record_affairs(paying, [special], by="affairs", reviewed_by="affairs2", on=NEXT)
    affair(paying, "unidentified_receipt", 500, "SX2")
    for booking, basis in ((at[ZERO], "SX1"), (at["15061"], "SX2")):
        with pytest.raises(RuleBroken, match="没有动用这一账户的款"):
            explain(paying, booking, "affair", basis)
    explain(paying, at[ZERO], "affair", "SX2", "SM2")


def test_one_officer_alone_makes_no_statement_void(paying: Conn) -> None:
    define_officers(paying, [Officer("both", "对账兼审核", CITY, frozenset({"reconcile", "finding_review"}))])
    take(paying, statement("500.00", "0.00", entry("500.00", "DBIT")))
    said = [banking.VoidedStatement("ZF1", CITY, BANK, "S1", "mistaken", "银行来函")]
    banking.make_statement_voids(paying, said, by="both", on=NEXT)
    with pytest.raises(FiscError, match="另一人"):
        banking.approve_statement_voids(paying, ["ZF1"], by="both", on=NEXT)
    assert [item.kind for item in books(paying).items] == ["no_voucher"]
    again = [replace(said[0], void_no="ZF2")]
    with pytest.raises(RuleBroken, match="已有 ZF1、ZF2"):
        banking.make_statement_voids(paying, again, by="auditor", on=NEXT)


@pytest.mark.parametrize("document", ["none", "draft", "discarded", "another's"])
def test_the_database_voids_no_statement_without_two_officers(paying: Conn, document: str) -> None:
    take(paying, *(statement("500.00", "0.00", entry("500.00", "DBIT"), number=n) for n in ("S1", "S2")))
    if document != "none":
        of = "S2" if document == "another's" else "S1"
        said = [banking.VoidedStatement("ZF1", CITY, BANK, of, "mistaken", "银行来函")]
        banking.make_statement_voids(paying, said, by="auditor", on=NEXT)
    if document == "discarded":
        banking.discard_statement_voids(paying, ["ZF1"], by="auditor", on=NEXT)
    if document == "another's":
        banking.approve_statement_voids(paying, ["ZF1"], by="checker", on=NEXT)
    with pytest.raises(psycopg.Error, match="没有经审核的作废单"):
        paying.execute(
            "update banking_message set state = 'voided', voided_on = %s, voided_by = 'auditor', "
            "void_reason = 'mistaken' where message_id = 'S1'",
            [NEXT],
        )


def test_a_void_statement_counts_no_more_whoever_writes(paying: Conn) -> None:
    take(paying, statement("500.00", "0.00", entry("500.00", "DBIT")))
    void(paying, "S1", on=NEXT)
    with pytest.raises(psycopg.Error, match="不能恢复"):
        paying.execute(
            "update banking_message set state = 'applied', voided_on = null, voided_by = '', "
            "void_reason = '' where message_id = 'S1'"
        )
