"""Persons of a batch: told to the bank one by one, answered one by one, returned and paid once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from fisc.banking import iso20022 as iso
from fisc.banking import services as banking
from fisc.banking.checks import persons_differ
from fisc.documents import MissingDuty, Officer, RuleBroken, define_officers, findings
from fisc.kernel.findings import Place
from fisc.rosters import services as rosters
from fisc.rosters.services import Repair
from tests.rosters.test_rosters import TOTAL, batch, sums
from tests.treasury.desk import CITY, DAY

Conn = psycopg.Connection[Any]
NEXT = DAY + timedelta(days=1)
BANK = "102205000001"


def told(conn: Conn) -> tuple[str, dict[str, iso.CreditTransfer]]:
    """The order's number, and what it says by name of the person."""
    message_id, data = banking.roster_file(conn, batch(conn), by="wire", on=DAY)
    (part,) = iso.read_order(data).batches
    assert part.debtor.acct_no == "62220099"
    return message_id, {transfer.payee_name: transfer for transfer in part.transfers}


def status(transfer: iso.CreditTransfer, code: str = "ACSC", **said: Any) -> iso.TransferStatus:
    return iso.TransferStatus(
        transfer.end_to_end_id, code, **{"amount_fen": transfer.amount_fen, "bank_ref": "B7", **said}
    )


def answer(
    conn: Conn, number: str, order_id: str, *statuses: iso.TransferStatus, group: str = ""
) -> banking.MessageResult:
    report = iso.StatusReport(number, DAY, BANK, order_id, statuses, group_status=group)
    return banking.receive(conn, iso.write_status_report(report), by="wire", on=DAY)


def test_a_person_is_returned_and_the_others_are_paid(roster: Conn) -> None:
    order_id, to = told(roster)
    result = answer(
        roster, "A1", order_id, status(to["职工1"]), status(to["职工3"]), status(to["职工4"]),
        status(to["职工2"], "RJCT", reason_code="AC01", reason="账号有误"),
    )  # fmt: skip
    assert (len(result.persons_paid), len(result.persons_returned), result.findings) == (3, 1, [])
    at = sums(roster)
    assert (at.paid_fen, at.returned_fen, at.waiting_fen) == (650_000, 300_000, 0)
    (back,) = rosters.lines_of(roster, [batch(roster)], ["returned"])
    rosters.repair(roster, batch(roster), [Repair(back.line_key, "62178888")], by="unit", on=DAY)
    second, again = told(roster)
    assert second != order_id and [t.payee_acct_no for t in again.values()] == ["62178888"]
    answer(roster, "A2", second, status(again["职工2"]))
    assert sums(roster).paid_fen == TOTAL


def test_who_comes_second_for_a_batch_is_told_so(roster: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = rosters.lines_of(roster, [batch(roster)], ["waiting"])
    told(roster)
    look = rosters.lines_of

    def as_seen(conn: Conn, batch_nos: Sequence[str], states: Sequence[str] = ()) -> list[rosters.Standing]:
        return seen if states else look(conn, batch_nos)

    monkeypatch.setattr(rosters, "lines_of", as_seen)
    with pytest.raises(RuleBroken, match="刚由别人办过"):
        banking.roster_file(roster, batch(roster), by="wire", on=DAY)


def test_an_answer_that_comes_again_changes_nothing(roster: Conn) -> None:
    order_id, to = told(roster)
    first = answer(roster, "A1", order_id, status(to["职工1"]))
    again = answer(roster, "A1", order_id, status(to["职工1"]))
    assert first.is_new and not again.is_new and sums(roster).paid_fen == 400_000
    twice = answer(roster, "A2", order_id, status(to["职工1"]))
    assert twice.findings == [] and sums(roster).paid_fen == 400_000


def test_what_does_not_agree_is_a_finding_and_changes_nothing(roster: Conn) -> None:
    order_id, to = told(roster)
    stranger = iso.TransferStatus("MC0T9", "ACSC", 5)
    result = answer(
        roster, "A1", order_id, status(to["职工1"], amount_fen=1), status(to["职工2"], "XXXX"), stranger,
        status(to["职工3"], payee_acct_no="6217"), status(to["职工4"], "PDNG"),
    )  # fmt: skip
    kinds = sorted(finding.rule_id for finding in result.findings)
    assert kinds == [
        "message.amount_differs", "message.unknown_receipt", "message.unknown_status", "message.wrong_payee",
    ]  # fmt: skip
    assert sums(roster).waiting_fen == TOTAL and len(findings.recorded(roster)) == 4


def test_an_order_refused_as_a_whole_returns_everyone(roster: Conn) -> None:
    order_id, _ = told(roster)
    result = answer(roster, "A1", order_id, group="RJCT")
    assert len(result.persons_returned) == 4 and sums(roster).returned_fen == TOTAL


def test_a_notice_that_money_of_a_person_came_back_is_a_return(roster: Conn) -> None:
    order_id, to = told(roster)
    answer(roster, "A1", order_id, *map(status, to.values()))
    assert sums(roster).paid_fen == TOTAL
    account = banking.TreasuryAccount("62220099", "工资代发户", BANK, CITY, "61")
    banking.define_accounts(roster, [account])
    back = to["职工2"]
    credit = iso.BankEntry(
        "B9", "CRDT", back.amount_fen, NEXT, "RETN", back.end_to_end_id, "职工2", "62170002", "AC04", "已销户"
    )
    notice = iso.Notification("N1", NEXT, BANK, account.acct_no, "N1", [credit])
    result = banking.receive(roster, iso.write_notification(notice), by="wire", on=NEXT)
    assert (result.findings, len(result.persons_returned)) == ([], 1)
    assert (sums(roster).paid_fen, sums(roster).returned_fen) == (TOTAL - back.amount_fen, back.amount_fen)
    (line,) = rosters.lines_of(roster, [batch(roster)], ["returned"])
    assert (line.per_name, line.reason) == ("职工2", "已销户")


def test_what_comes_back_to_another_account_is_no_return_of_a_person(roster: Conn) -> None:
    order_id, to = told(roster)
    answer(roster, "A1", order_id, *map(status, to.values()))
    banking.define_accounts(roster, [banking.TreasuryAccount("62220077", "代发户二", BANK, CITY, "61")])
    one = to["职工2"]
    credit = iso.BankEntry("B9", "CRDT", one.amount_fen, NEXT, "RETN", one.end_to_end_id, "", "", "AC04")
    notice = iso.Notification("N1", NEXT, BANK, "62220077", "N1", [credit])
    result = banking.receive(roster, iso.write_notification(notice), by="wire", on=NEXT)
    assert result.persons_returned == [] and sums(roster).paid_fen == TOTAL
    assert [f.rule_id for f in result.findings] == ["message.foreign_account"]


def test_the_account_that_distributes_is_reconciled_person_by_person(roster: Conn) -> None:
    order_id, to = told(roster)
    answer(roster, "A1", order_id, *(status(to[f"职工{n}"], settled_on=DAY) for n in (1, 2, 3, 4)))
    account = banking.TreasuryAccount("62220099", "工资代发户", BANK, CITY, "61")
    banking.define_accounts(roster, [account])

    def booked(number: str, *said: tuple[str, int]) -> list[tuple[str, int, int | None]]:
        entries = [
            iso.BankEntry(f"{number}{n}", "DBIT", fen, DAY, "PAY", to[name].end_to_end_id, name)
            for n, (name, fen) in enumerate(said)
        ]
        net = sum(entry.amount_fen for entry in entries)
        day = DAY + timedelta(days=int(number[1:]) - 1)
        opening = -sum(
            row[0]
            for row in roster.execute(
                "select other_fen from banking_message where acct_no = '62220099' and direction = 'in'"
            )
        )
        statement = iso.Statement(number, day, BANK, "62220099", number, day, opening, opening - net, entries)
        took = banking.receive(roster, iso.write_statement(statement), by="wire", on=day)
        assert took.findings == []
        found = persons_differ(roster, Place(CITY, 2022, day))
        return [(f.what[:3], f.amount_fen, f.against_fen) for f in found]

    assert booked("S1", ("职工1", 400_000), ("职工2", 299_999), ("职工3", 200_000)) == [
        ("职工2", 300_000, 299_999), ("职工4", 50_000, 0),
    ]  # fmt: skip
    assert booked("S2", ("职工2", 1), ("职工4", 50_000)) == []
    # what persons got pays no voucher: nothing of it is looked for among those of the treasury
    assert roster.execute(
        "select sum(payments_fen) from banking_message where acct_no = '62220099'"
    ).fetchone() == (0,)
    assert {row[0] for row in roster.execute("select distinct role from banking_line")} == {"other"}


ELSEWHERE = {
    "another account": {"acct_no": "62220077"},
    "another region": {"acct_no": "12061"},
    "a stranger's account": {"payee": "999999"},
    "another amount": {"fen": 999_900},
}


@pytest.mark.parametrize("how", ELSEWHERE)
def test_what_goes_otherwise_than_the_batch_says_is_open(roster: Conn, how: str) -> None:
    define_officers(roster, [Officer("auditor9", "对账", "", frozenset({"reconcile"}))])
    order_id, to = told(roster)
    answer(roster, "A1", order_id, *(status(to[f"职工{n}"], settled_on=DAY) for n in (1, 2, 3, 4)))
    accounts = [("62220099", CITY), ("62220077", CITY), ("12061", "150602000")]
    banking.define_accounts(roster, [
        banking.TreasuryAccount(number, f"代发户{number}", BANK, region, "61") for number, region in accounts
    ])  # fmt: skip
    region = dict(accounts)[str(ELSEWHERE[how].get("acct_no", "62220099"))]

    def booked(number: str, name: str, payee: str = "", acct_no: str = "62220099", fen: int = 0) -> None:
        one = to[name]
        of = iso.BankEntry(
            f"B{number}", "DBIT", fen or one.amount_fen, DAY, "PAY", one.end_to_end_id, name,
            payee or one.payee_acct_no,
        )  # fmt: skip
        said = iso.Statement(number, DAY, BANK, acct_no, number, DAY, of.amount_fen, 0, [of])
        banking.receive(roster, iso.write_statement(said), by="wire", on=NEXT)

    booked("S2", "职工1", **ELSEWHERE[how])  # type: ignore[arg-type]
    report = banking.reconcile(roster, region, NEXT, by="auditor9")
    fen = ELSEWHERE[how].get("fen", to["职工1"].amount_fen)
    assert [i.theirs_fen for i in report.items if i.kind == "line_unexplained"] == [fen]
    assert report.is_proven
    asked = "select count(*) from banking_line where closed_on is null"
    assert roster.execute(asked).fetchone() == (1,)


def test_what_goes_as_the_batch_says_is_settled(roster: Conn) -> None:
    define_officers(roster, [Officer("auditor9", "对账", "", frozenset({"reconcile"}))])
    _, to = told(roster)
    banking.define_accounts(roster, [banking.TreasuryAccount("62220099", "代发户", BANK, CITY, "61")])
    one = to["职工1"]
    of = iso.BankEntry(
        "B1", "DBIT", one.amount_fen, DAY, "PAY", one.end_to_end_id, "职工1", one.payee_acct_no
    )
    said = iso.Statement("S1", DAY, BANK, "62220099", "S1", DAY, of.amount_fen, 0, [of])
    banking.receive(roster, iso.write_statement(said), by="wire", on=NEXT)
    report = banking.reconcile(roster, CITY, NEXT, by="auditor9")
    assert report.is_proven and "line_unexplained" not in report.counts


def test_nothing_is_sent_twice_and_only_by_who_may(roster: Conn) -> None:
    with pytest.raises(MissingDuty):
        banking.roster_file(roster, batch(roster), by="unit", on=DAY)
    told(roster)
    with pytest.raises(RuleBroken, match="没有待发放"):
        told(roster)


def test_a_person_of_whom_an_answer_says_two_things_waits(roster: Conn) -> None:
    order_id, to = told(roster)
    one = to["职工1"]
    result = answer(roster, "A1", order_id, status(one, "RJCT"), status(one), status(to["职工2"]))
    assert (len(result.persons_paid), result.persons_returned) == (1, [])
    assert [finding.rule_id for finding in result.findings] == ["message.contradictory"]
    assert sums(roster).returned_fen == 0


def test_a_person_whom_the_account_has_booked_out_is_not_returned_by_an_answer(roster: Conn) -> None:
    order_id, to = told(roster)
    banking.define_accounts(roster, [banking.TreasuryAccount("62220099", "代发户", BANK, CITY, "61")])
    one = to["职工1"]
    entry = iso.BankEntry("B1", "DBIT", one.amount_fen, DAY, "PAY", one.end_to_end_id, "职工1")
    said = iso.Statement("S1", DAY, BANK, "62220099", "S1", DAY, one.amount_fen, 0, [entry])
    banking.receive(roster, iso.write_statement(said), by="wire", on=DAY)
    result = answer(roster, "A1", order_id, group="RJCT")
    assert [finding.rule_id for finding in result.findings] == ["message.refused_after_booking"]
    assert len(result.persons_returned) == 3 and sums(roster).returned_fen == TOTAL - one.amount_fen
    with pytest.raises(RuleBroken, match="对账单已记个人款项"):
        rosters.settle(
            roster, [rosters.Answer(one.end_to_end_id, False, one.amount_fen, DAY)], by="wire", on=DAY
        )
