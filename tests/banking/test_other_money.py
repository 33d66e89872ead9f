"""Money of the treasury's own account that is no payment: what it is, told by the paper that moved it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.banking.services import LineExplanation, TreasuryAccount, define_accounts
from fisc.documents import MissingDuty, Officer, RuleBroken, define_officers, findings
from fisc.documents.reversing import confirm_reversals, draft_reversals
from fisc.revenue import services as revenue_services
from fisc.revenue.kinds import REVERSAL, REVERSIBLE
from fisc.transfers import services as transfer_services
from fisc.treasury import services as treasury
from tests.banking.letters import entry, statement, tx
from tests.banking.world import CENTRAL, SINGLE, Conn, open_bank, void
from tests.treasury.desk import opening
from tests.treasury.paying import BANNER, CITY, DAY

NEXT = DAY + timedelta(days=1)
REPORT = f"{CITY}-{DAY:%Y%m%d}"


@pytest.fixture(autouse=True)
def _bank(paying: Conn) -> None:
    open_bank(paying)
    define_officers(paying, [
        Officer("gatherer", "收入登记", "", frozenset({"revenue_make"})),
        Officer("checker", "复核", CITY, frozenset({"finding_review"})),
        Officer("maker", "国库经办", "", frozenset({"treasury_make"})),
    ])  # fmt: skip


def collected(conn: Conn, *yuan: int, on: date = DAY) -> None:
    """The report of the first day, entered on a day."""
    codes = ("101010101", "101010103")
    rows = [
        revenue_services.DailyReceipt(CITY, DAY, code, "111", y * 100)
        for code, y in zip(codes, yuan, strict=False)
    ]
    keys = list(revenue_services.record_daily_reports(conn, rows, by="gatherer", on=on))
    revenue_services.confirm_daily_reports(conn, keys, by="reviewer", on=on)


def lent(conn: Conn, number: str, yuan: int, on: date = DAY) -> None:
    """Cash that the city lends its banner before any document."""
    told = transfer_services.AdvanceCash(number, CITY, BANNER, on.year, "111", yuan * 100)
    transfer_services.advance(conn, [told], by="maker", signed_by="signer", on=on)


def affair(conn: Conn, kind: str, yuan: int, number: str = "SX1") -> str:
    said = treasury.TreasuryAffair(number, kind, CITY, "111", yuan * 100, DAY, counterparty="某公司")
    treasury.record_affairs(conn, [said], by="maker", reviewed_by="reviewer", on=DAY)
    return number


def booked(yuan: str, side: str, code: str, number: str = "", ref: str = "", more: str = "") -> str:
    return entry(yuan, side, tx(number, more=more), code=code, ref=ref)


def party(name: str = "", acct: str = "", who: str = "Cdtr") -> str:
    """The other side of a booking."""
    said = f"<{who}><Pty><Nm>{name}</Nm></Pty></{who}>" if name else ""
    said += f"<{who}Acct><Id><Othr><Id>{acct}</Id></Othr></Id></{who}Acct>" if acct else ""
    return f"<RltdPties>{said}</RltdPties>"


def told(conn: Conn, *entries: str, ends: tuple[str, str], number: str = "S1", on: date = NEXT) -> None:
    """A statement of the treasury's account comes; the first begins with what the books had."""
    if number == "S1" and float(ends[0]):
        opening(conn, int(float(ends[0])))
    banking.receive(
        conn, statement(*ends, *entries, number=number, acct=SINGLE, bank=CENTRAL), by="teller", on=on
    )


def books(conn: Conn, on: date = NEXT) -> banking.ReconciliationReport:
    report = banking.reconcile(conn, CITY, on, by="auditor")
    assert report.is_proven, [*report.faults, *(i for i in report.identities if i.gap_fen)]
    assert all(proof.holds for proof in reconciliation_proofs(conn, CITY, on))
    return report


def kinds(conn: Conn, on: date = NEXT) -> dict[str, tuple[str, str]]:
    """What is left open: kind -> both sides' keys."""
    return {item.kind: (item.ours, item.theirs) for item in books(conn, on).items}


def settled(conn: Conn, on: date = NEXT) -> dict[str, list[str]]:
    """What the day settled: document -> the bank's references."""
    return {m.document: m.theirs.split() for m in books(conn, on).matches}


def test_a_days_report_is_several_bookings_by_its_number(paying: Conn) -> None:
    collected(paying, 700, 200)
    told(
        paying, booked("750.00", "CRDT", "REV", REPORT, "R1"), booked("200.00", "CRDT", "REV", REPORT, "R2"),
        booked("50.00", "DBIT", "REV", REPORT, "R3"), ends=("0.00", "900.00"),
    )  # fmt: skip
    assert settled(paying) == {REPORT: ["R1", "R2", "R3"]}
    assert books(paying).items == ()
    shown = banking.reconciled_day(paying, CITY, NEXT)
    assert shown is not None
    assert [(m.document, m.outflow_fen) for m in shown.matches] == [(REPORT, -900_00)]


def test_a_days_revenue_is_told_by_the_day_where_no_number_stands(paying: Conn) -> None:
    collected(paying, 700, 200)
    told(paying, booked("700.00", "CRDT", "REV", "", "R1"), booked("200.00", "CRDT", "REV", "", "R2"),
         ends=("0.00", "900.00"))  # fmt: skip
    assert settled(paying) == {REPORT: ["R1", "R2"]}


def test_what_comes_to_nothing_beside_a_report_is_not_hidden_in_it(paying: Conn) -> None:
    collected(paying, 700)
    told(
        paying, booked("700.00", "CRDT", "REV", "", "R1"), booked("500.00", "CRDT", "REV", "", "R2"),
        booked("500.00", "DBIT", "REV", "", "R3"), ends=("0.00", "700.00"),
    )  # fmt: skip
    assert [i.theirs for i in books(paying).items] == ["R2", "R3"]


def test_a_day_that_differs_is_one_difference_until_it_agrees(paying: Conn) -> None:
    collected(paying, 700, 200)
    told(paying, booked("700.00", "CRDT", "REV", "", "R1"), ends=("0.00", "700.00"))
    assert kinds(paying) == {"document_differs": (REPORT, "R1")}
    assert [f.finding.document for f in findings.recorded(paying, rules=["reconcile.document_differs"])] == [
        REPORT
    ]
    told(paying, booked("200.00", "CRDT", "REV", REPORT, "R2"), ends=("700.00", "900.00"), number="S2")
    assert books(paying).items == ()
    assert findings.recorded(paying, rules=["reconcile.document_differs"]) == []


def test_money_between_governments_by_its_number_or_words(paying: Conn) -> None:
    lent(paying, "调库〔2022〕1号", 60)
    lent(paying, "调库〔2022〕12号", 60)
    words = "<RmtInf><Ustrd>调度库款 调库[2022]第1号</Ustrd></RmtInf>"
    told(paying, booked("60.00", "DBIT", "TRF", "调库(2022)12", "R2"),
         booked("60.00", "DBIT", "TRF", "", "R1", words), ends=("120.00", "0.00"))  # fmt: skip
    assert settled(paying) == {"调库〔2022〕1号": ["R1"], "调库〔2022〕12号": ["R2"]}


def test_two_papers_of_one_amount_are_not_guessed_between(paying: Conn) -> None:
    lent(paying, "调库〔2022〕1号", 60)
    lent(paying, "调库〔2022〕2号", 60)
    told(paying, booked("60.00", "DBIT", "TRF", "", "R1", party("东胜区国库")), ends=("60.00", "0.00"))
    (one,) = [item for item in books(paying).items if item.is_fault]
    assert (one.kind, one.theirs) == ("line_ambiguous", "R1")
    assert "调库〔2022〕1号" in one.words
    assert "调库〔2022〕2号" in one.words


def test_the_counterparty_tells_papers_of_one_amount_apart(paying: Conn) -> None:
    define_accounts(
        paying, [TreasuryAccount("16021", "准格尔旗国库单一账户", CENTRAL, "150622000", "21"),
                 TreasuryAccount("12021", "东胜区国库单一账户", CENTRAL, BANNER, "21")],
    )  # fmt: skip
    lent(paying, "调库〔2022〕1号", 60)
    affair(paying, "temporary_payment", 60)
    other = (
        "<RltdPties><Cdtr><Pty><Nm>东胜区</Nm></Pty></Cdtr>"
        "<CdtrAcct><Id><Othr><Id>12021</Id></Othr></Id></CdtrAcct></RltdPties>"
    )
    told(paying, booked("60.00", "DBIT", "TRF", "", "R1", other), ends=("60.00", "0.00"))
    assert settled(paying) == {"调库〔2022〕1号": ["R1"]}


def test_a_booking_nobody_has_a_paper_for_and_a_paper_no_booking_shows(paying: Conn) -> None:
    lent(paying, "调库〔2022〕1号", 60)
    told(paying, booked("3.00", "DBIT", "FEE", "", "R1"), ends=("3.00", "0.00"))
    assert kinds(paying) == {"line_unexplained": ("", "R1"), "document_awaits": ("调库〔2022〕1号", "")}
    late = DAY + timedelta(days=9)
    assert kinds(paying, late) == {
        "line_unexplained": ("", "R1"),
        "document_unbooked": ("调库〔2022〕1号", ""),
    }
    assert [f.finding.document for f in findings.recorded(paying, rules=["reconcile.document_unbooked"])] == [
        "调库〔2022〕1号"
    ]


def test_a_paper_is_used_once_whatever_the_bank_books_twice(paying: Conn) -> None:
    lent(paying, "调库〔2022〕1号", 60)
    lent(paying, "调库〔2022〕2号", 60)
    told(
        paying, booked("60.00", "DBIT", "TRF", "调库〔2022〕1号", "R1"),
        booked("60.00", "DBIT", "TRF", "调库〔2022〕1号", "R2"), ends=("120.00", "0.00"),
    )  # fmt: skip
    report = books(paying)
    assert [m.document for m in report.matches] == ["调库〔2022〕1号"]
    strange = next(item for item in report.items if item.kind == "line_unexplained")
    assert (strange.theirs, "已与另一笔核对" in strange.words) == ("R2", True)
    assert [i.ours for i in report.items if i.kind == "document_awaits"] == ["调库〔2022〕2号"]
    # later, too, what bears the number of a settled paper is no other paper's
    told(paying, booked("60.00", "DBIT", "TRF", "调库〔2022〕1号", "R3"), ends=("60.00", "0.00"), number="S2",
         on=NEXT)  # fmt: skip


def test_what_is_not_in_any_paper_is_explained_by_two_officers(paying: Conn) -> None:
    told(paying, booked("3.00", "DBIT", "FEE", "", "R1"), booked("5.00", "CRDT", "INT", "SX2", "R2"),
         ends=("0.00", "2.00"))  # fmt: skip
    assert {item.kind for item in books(paying).items} == {"line_unexplained"}
    assert [line.bank_ref for line in banking.open_lines(paying, CITY)] == ["R1", "R2"]
    said = LineExplanation("SM1", CITY, "S1/1", "affair", affair(paying, "temporary_payment", 3))
    banking.make_explanations(paying, [said], by="auditor", on=NEXT)
    banking.approve_explanations(paying, ["SM1"], by="checker", on=NEXT)
    assert [item.theirs for item in books(paying).items] == ["R2"]
    affair(paying, "unidentified_receipt", 5, "SX2")
    report = books(paying)
    assert report.items == ()
    assert {m.document: m.theirs for m in report.matches} == {"SM1": "R1", "SX2": "R2"}
    told(paying, booked("5.00", "CRDT", "INT", "", "R3"), ends=("2.00", "7.00"), number="S2")
    with pytest.raises(RuleBroken, match="已与银行入账核对"):
        banking.make_explanations(
            paying, [LineExplanation("SM2", CITY, "S2/1", "affair", "SX2")], by="auditor", on=NEXT
        )


@pytest.mark.parametrize("code", ["TRF", "FEE", "INT", "DEBT", "DIFF", "REV"])
@pytest.mark.parametrize("other", ["", party("某某贸易有限公司", "6222000011112222"), party("准格尔旗国库")])
def test_a_booking_without_a_number_names_whom_a_paper_goes_to(paying: Conn, code: str, other: str) -> None:
    lent(paying, "调库〔2022〕1号", 60)
    told(paying, booked("60.00", "DBIT", code, "", "R1", other), ends=("60.00", "0.00"))
    assert kinds(paying) == {"line_unexplained": ("", "R1"), "document_awaits": ("调库〔2022〕1号", "")}


@pytest.mark.parametrize("code", ["FEE", "INT", "DEBT", "DIFF", "REV"])
def test_a_booking_of_other_business_is_no_transfer_whoever_gets_it(paying: Conn, code: str) -> None:
    lent(paying, "调库〔2022〕1号", 60)
    told(paying, booked("60.00", "DBIT", code, "", "R1", party("东胜区国库")), ends=("60.00", "0.00"))
    assert kinds(paying)["line_unexplained"] == ("", "R1")


@pytest.mark.parametrize("rest", [(), (("500.00", "CRDT"),)], ids=["same amount", "with one that comes back"])
def test_a_number_does_not_make_a_strangers_money_a_papers(
    paying: Conn, rest: tuple[tuple[str, str], ...]
) -> None:
    lent(paying, "调库〔2022〕1号", 60)
    first = "560.00" if rest else "60.00"
    who = "" if rest else party("某公司", "6222")
    lines = [booked(first, "DBIT", "TRF", "调库〔2022〕1号", "R1", who)]
    lines += [booked(yuan, side, "TRF", "调库〔2022〕1号", "R2") for yuan, side in rest]
    told(paying, *lines, ends=("60.00", "0.00"))
    report = books(paying)
    assert report.matches == () and len(report.faults) == 1 + len(rest)


@pytest.mark.parametrize("number", ["", REPORT])
def test_money_to_a_company_is_not_hidden_in_the_days_revenue(paying: Conn, number: str) -> None:
    collected(paying, 700, 200)
    out = booked("100.00", "DBIT", "REV", number, "R2", party("某商贸公司", "6222"))
    told(paying, booked("1000.00", "CRDT", "REV", "", "R1"), out, ends=("0.00", "900.00"))
    assert {(i.kind, i.theirs, i.theirs_fen) for i in books(paying).faults} == {
        ("document_differs", "R1", -1000_00), ("line_unexplained", "R2", 100_00)
    }  # fmt: skip


_TAXPAYER, _COMPANY = party("纳税人甲", "701", who="Dbtr"), party("某商贸公司", "6222")


@pytest.mark.parametrize(
    ("first", "later", "is_marked", "is_settled"),
    [
        (("CRDT", _TAXPAYER), ("DBIT", _COMPANY), False, False),
        (("CRDT", _TAXPAYER), ("DBIT", _COMPANY), True, False),
        (("CRDT", _TAXPAYER), ("DBIT", party("纳税人甲", "701")), False, False),
        (("CRDT", ""), ("DBIT", ""), False, False), (("DBIT", ""), ("CRDT", ""), False, False),
        (("CRDT", ""), ("DBIT", ""), True, True), (("DBIT", ""), ("CRDT", ""), True, True),
        (("DBIT", _COMPANY), ("CRDT", party("某商贸公司", "6222", who="Dbtr")), False, True),
        (("DBIT", party("某公司")), ("CRDT", party("某公司", who="Dbtr")), False, False),
    ],
)  # fmt: skip
def test_what_the_bank_takes_back_is_marked_or_goes_back_whence_it_came(
    paying: Conn, first: tuple[str, str], later: tuple[str, str], is_marked: bool, is_settled: bool
) -> None:
    lines = [
        entry("500.00", side, tx("FAPIAO1", more=more), code="TRF", ref=ref, back=is_marked and ref == "R2")
        for ref, (side, more) in (("R1", first), ("R2", later))
    ]
    told(paying, *lines, ends=("500.00", "500.00"))
    assert len(books(paying).faults) == (0 if is_settled else 2)


def test_a_void_statement_opens_what_it_settled(paying: Conn) -> None:
    collected(paying, 900)
    told(paying, booked("900.00", "CRDT", "REV", REPORT, "R1"), ends=("0.00", "900.00"))
    assert settled(paying) == {REPORT: ["R1"]}
    void(paying, "S1", bank_no=CENTRAL, reason="mistaken", on=NEXT)
    told(paying, booked("900.00", "CRDT", "REV", REPORT, "R2"), ends=("0.00", "900.00"), number="S2")
    assert settled(paying) == {REPORT: ["R2"]}


def test_a_report_that_is_taken_back_and_entered_anew_moves_what_it_says(paying: Conn) -> None:
    """What was entered wrongly moved no money: both entries and the new one come to what the bank booked."""
    collected(paying, 800)
    told(paying, booked("900.00", "CRDT", "REV", REPORT, "R1"), ends=("0.00", "900.00"))
    assert kinds(paying) == {"document_differs": (REPORT, "R1")}
    said = [("HC1", "daily_report", REPORT, "金额有误")]
    draft_reversals(paying, REVERSAL, REVERSIBLE, said, by="gatherer", on=NEXT)
    confirm_reversals(paying, REVERSAL, REVERSIBLE, ["HC1"], by="reviewer", on=NEXT)
    assert kinds(paying) == {"line_unexplained": ("", "R1")}
    collected(paying, 900, on=NEXT)
    report = books(paying)
    assert report.items == ()
    assert {m.document: m.theirs for m in report.matches} == {REPORT: "R1"}


def test_the_proofs_notice_a_booking_or_a_paper_that_is_gone(paying: Conn) -> None:
    collected(paying, 700, 200)
    told(
        paying, booked("700.00", "CRDT", "REV", REPORT, "R1"), booked("200.00", "CRDT", "REV", REPORT, "R2"),
        ends=("0.00", "900.00"),
    )  # fmt: skip
    books(paying)
    paying.execute("set constraints all immediate")
    for table, trigger in (("banking_line", "stands"), ("banking_cash_match", "content_stands")):
        paying.execute(f"alter table {table} disable trigger {trigger}")  # as only its owner can
    paying.execute("delete from banking_line where bank_ref = 'R2'")
    paying.execute("update banking_cash_match set outflow_fen = outflow_fen + 1")
    broken = [p.name for p in reconciliation_proofs(paying, CITY, NEXT) if not p.holds]
    assert broken == ["对账单余额变动 = 逐笔入账", "已核对收付单据 = 所核对的入账", "收付单据 = 账面国库存款"]


def test_the_first_statement_of_several_days_is_matched_from_its_earliest_booking(paying: Conn) -> None:
    collected(paying, 700)
    day = NEXT + timedelta(days=1)
    entries = booked("700.00", "CRDT", "REV", REPORT, "R1"), booked("5.00", "CRDT", "REV", "", "R2")
    banking.receive(
        paying, statement("0.00", "705.00", *entries, number="S1", acct=SINGLE, bank=CENTRAL, day=day),
        by="teller", on=day,
    )  # fmt: skip
    assert settled(paying, day) == {REPORT: ["R1"]}
    [one] = [f.finding for f in findings.recorded(paying, rules=["reconcile.line_unexplained"])]
    assert (one.document, one.amount_fen) == ("R2", -500)


def test_what_the_bank_had_at_first_is_what_the_books_had(paying: Conn) -> None:
    """Money that was there before anything was told is proven too, or two officers say why it differs."""
    opening(paying, 900)
    told(paying, booked("3.00", "CRDT", "INT", "", "R1"), ends=("5000.00", "5003.00"), number="S0")
    affair(paying, "unidentified_receipt", 3, "SX9")
    report = banking.reconcile(paying, CITY, NEXT, by="auditor")
    [differs] = [item for item in report.faults if item.kind == "opening_differs"]
    assert (differs.ours_fen, differs.theirs_fen) == (900_00, 5000_00) and not report.is_proven
    assert all(proof.holds for proof in reconciliation_proofs(paying, CITY, NEXT))
    [begun, *_] = banking.open_lines(paying, CITY)
    assert (begun.booking_at, begun.outflow_fen) == (f"期初/{DAY}/4100.00", -4100_00)

    said = LineExplanation("SM1", CITY, begun.booking_at, "opening", "鄂财库〔2022〕3号", "开户前结存")
    wrong = [
        replace(said, booking_at=f"期初/{DAY}/4100.01"),
        replace(said, summary=" "),
        replace(said, basis=""),
    ]
    for one in wrong:
        with pytest.raises(RuleBroken, match="期初"):
            banking.make_explanations(paying, [one], by="auditor", on=NEXT)
    banking.make_explanations(paying, [said], by="auditor", on=NEXT)
    with pytest.raises(MissingDuty):
        banking.approve_explanations(paying, ["SM1"], by="auditor", on=NEXT)
    assert not banking.reconcile(paying, CITY, NEXT, by="auditor").is_proven
    banking.approve_explanations(paying, ["SM1"], by="checker", on=NEXT)
    report = books(paying)
    assert [item.kind for item in report.items if item.theirs == begun.booking_at] == ["opening_explained"]
    assert begun.booking_at not in [line.booking_at for line in banking.open_lines(paying, CITY)]


def test_what_was_said_of_a_difference_says_nothing_of_another(paying: Conn) -> None:
    told(paying, ends=("50.00", "50.00"), number="S0")
    said = LineExplanation("SM1", CITY, f"期初/{DAY}/50.00", "opening", "文1", "结存")
    banking.make_explanations(paying, [said], by="auditor", on=NEXT)
    opening(paying, 20)
    with pytest.raises(RuleBroken, match=r"30\.00"):
        banking.approve_explanations(paying, ["SM1"], by="checker", on=NEXT)
    faults = banking.reconcile(paying, CITY, NEXT, by="auditor").faults
    assert [(i.kind, i.ours_fen, i.theirs_fen) for i in faults] == [("opening_differs", 2000, 5000)]
