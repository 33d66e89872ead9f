"""Days in the middle of statements of several days: proven by what was booked up to them, or not at all."""

from __future__ import annotations

import importlib
from datetime import date, timedelta

import pytest

from fisc.banking import services as banking
from fisc.banking.checks import reconciliation_proofs
from fisc.banking.proven import unproven, unproven_at_end
from fisc.documents import findings
from tests.banking.letters import balance, entry, message, notification, part, statement, tx
from tests.banking.test_nothing_hides import sent, take
from tests.banking.test_whole_statements import LATE, one_account
from tests.banking.world import SINGLE, ZERO, Conn, void
from tests.treasury.paying import CITY, DAY

__all__ = ["one_account"]

D1, D2, D3, D4, D5 = (DAY + timedelta(days=n) for n in range(1, 6))  # Wednesday to Sunday
D6 = DAY + timedelta(days=6)


def several(
    first: date, last: date, opening: str, closing: str, *entries: str, number: str = "P1",
    is_said: bool = True, acct: str = ZERO, hour: str = "00:00:00",
) -> bytes:  # fmt: skip
    """A statement of several days, which says so (FrToDt), or by the days of its balances alone."""
    created = f"{last}T18:00:00+08:00"
    bals = balance("OPBD", opening, f"<Dt>{first}</Dt>") + balance("CLBD", closing, f"<Dt>{last}</Dt>")
    told = part(bals, *entries, number=number, acct=acct, created=created)
    span = (
        f"<FrToDt><FrDtTm>{first}T{hour}+08:00</FrDtTm><ToDtTm>{last}T23:59:59+08:00</ToDtTm></FrToDt><Acct>"
    )
    return message(told.replace("<Acct>", span, 1) if is_said else told, number=number, created=created)


def of(day: date, yuan: str, side: str = "DBIT", key: str = "", *, is_valued: bool = False) -> str:
    """A booking of a day; by the day of its value alone where `is_valued`."""
    said = entry(yuan, side, *([tx(key)] if key else []), day=f"<Dt>{day}</Dt>")
    return said.replace("BookgDt>", "ValDt>") if is_valued else said


def judged(conn: Conn, *days: date) -> list[tuple[bool, int, list[str]]]:
    """Of each day: whether its reconciliation is proven, its faults, and what is not proven at its end."""
    made = [banking.reconcile(conn, CITY, day, by="auditor") for day in days]
    return [
        (one.is_proven, len(one.faults), [u.what for u in unproven(conn, [CITY], one.day)]) for one in made
    ]


PROVEN: tuple[bool, int, list[str]] = (True, 0, [])


def fault(day: date, count: int = 1) -> tuple[bool, int, list[str]]:
    """A day whose sums hold, with faults."""
    return True, count, [f"{day} 对账有差错 {count} 项"]


@pytest.mark.parametrize("is_said", [True, False])
def test_a_booking_inside_a_statement_of_several_days_is_told_from_its_day_on(
    one_account: Conn, is_said: bool
) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    stray = of(D2, "40.00", key="STRAY")
    take(one_account, several(D1, D3, "100.00", "60.00", stray, is_said=is_said), on=LATE)
    assert judged(one_account, DAY, D1, D2, D3) == [PROVEN, PROVEN, fault(D2), fault(D3)]
    # what was looked at in another order is the same
    assert judged(one_account, D2, D1) == [fault(D2), PROVEN]


@pytest.mark.parametrize("is_said", [True, False])
def test_a_day_inside_is_proven_by_the_lines_up_to_it(paying: Conn, one_account: Conn, is_said: bool) -> None:
    certs = sent(one_account, 10, 20)[1]
    take(
        one_account, statement("100.00", "100.00", number="S0"),
        several(D1, D3, "100.00", "70.00", of(D1, "10.00", key=certs[0]), of(D3, "20.00", key=certs[1]),
                is_said=is_said), on=LATE,
    )  # fmt: skip
    report = banking.reconcile(one_account, CITY, D2, by="auditor")
    assert report.is_proven and not report.faults
    assert report.counts == {"bank_first": 1, "in_transit": 1}
    assert report.identities[1].left == (("对账单支付净额", 1000),)
    assert report.identities[5].left == (("期初余额减期末余额", 1000),)
    assert unproven(one_account, [CITY], D2) == []
    for proof in reconciliation_proofs(one_account, CITY, D2):
        assert proof.holds, proof
    assert banking.reconcile(one_account, CITY, D3, by="auditor").identities[1].left == (
        ("对账单支付净额", 3000),
    )


def test_a_month_in_one_statement_is_proven_on_each_of_its_days(one_account: Conn) -> None:
    last = date(DAY.year, DAY.month, 31)
    take(one_account, several(DAY, last, "5.00", "5.00"), on=LATE)
    days = [DAY, DAY + timedelta(days=14), last]
    assert judged(one_account, *days) == [PROVEN] * 3


@pytest.mark.parametrize(("booked", "is_proven"), [
    (date(2022, 12, 30), False), (date(2022, 12, 31), False), (date(2023, 1, 1), True),
    (date(2023, 1, 2), True),
])  # fmt: skip
def test_the_end_of_a_year_inside_a_statement_is_what_was_booked_up_to_it(
    one_account: Conn, booked: date, is_proven: bool
) -> None:
    first, end, last, on = date(2022, 12, 30), date(2022, 12, 31), date(2023, 1, 2), date(2023, 1, 9)
    take(one_account, several(first, last, "100.00", "60.00", of(booked, "40.00", key="STRAY")), on=on)
    assert judged(one_account, end) == [PROVEN if is_proven else fault(end)]
    assert bool(unproven_at_end(one_account, [CITY], 2022)) is not is_proven
    if is_proven:
        one_account.execute("select banking_may_lock(%s, 2022)", [CITY])
    else:
        with pytest.raises(Exception, match="2022-12-31 对账有差错"):
            one_account.execute("select banking_may_lock(%s, 2022)", [CITY])


def test_without_days_of_booking_a_day_inside_is_not_proven(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    pair = [of(D2, "40.00", side, is_valued=True) for side in ("DBIT", "CRDT")]
    take(one_account, several(D1, D3, "100.00", "100.00", *pair), on=LATE)
    (is_proven, _, standing), after = judged(one_account, D1, D3)
    assert not is_proven
    assert standing == [f"{D1} 至 {D3} 的对账单 P1 没有写明每笔的入账日，没有 {D1} 的余额"]
    assert after == fault(D3, 2)


def test_what_a_later_statement_booked_on_a_day_without_one_is_told_from_that_day_on(
    one_account: Conn,
) -> None:
    take(one_account, statement("100.00", "100.00", number="S4", day=D3), on=LATE)
    monday = statement("100.00", "60.00", of(D4, "40.00", key="STRAY"), number="S7", day=D6)
    take(one_account, monday, on=LATE)
    assert judged(one_account, D3, D4, D5, D6) == [PROVEN, fault(D4), fault(D5), fault(D6)]


def test_what_is_booked_late_is_no_matter_of_a_day_that_has_its_balance(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S4", day=D3), on=LATE)
    take(one_account, statement("100.00", "60.00", of(D3, "40.00"), number="S7", day=D6), on=LATE)
    assert judged(one_account, D3, D4) == [PROVEN, fault(D4)]
    # the statement of Friday is void and nothing else tells of it: the booking is of its own day
    void(one_account, "S4", on=LATE)
    assert [one[1] for one in judged(one_account, D3)] == [2]


def test_a_day_without_a_statement_is_carried_on_only_by_one_that_follows(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S4", day=D3), on=LATE)
    take(one_account, statement("90.00", "90.00", number="S7", day=D6), on=LATE)
    friday, saturday = judged(one_account, D3, D4)
    assert friday == PROVEN
    assert not saturday[0] and saturday[2] == [f"{D6} 的对账单 S7 与前一份之间的未到或有误"]


def test_a_week_that_tells_days_again_leaves_those_with_a_statement_as_they_were(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    take(one_account, several(DAY, D3, "100.00", "60.00", of(D2, "40.00")), on=LATE)
    day, inside = judged(one_account, DAY, D2)
    assert day == PROVEN and inside[1:] == fault(D2)[1:]
    take(one_account, statement("90.00", "90.00", number="S1", day=D1), on=LATE)
    assert not judged(one_account, D2)[0][0]


def test_the_rest_of_a_day_with_those_after_it_is_of_that_day(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S0", created=f"{DAY}T12:00:00+08:00"), on=LATE)
    rest = several(DAY, D2, "100.00", "60.00", of(DAY, "40.00"), hour="12:00:00")
    take(one_account, rest, on=LATE)
    assert judged(one_account, DAY, D1) == [fault(DAY), fault(D1)]


def test_what_reports_of_the_day_tell_is_no_statement_of_it(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    take(one_account, several(D1, D3, "100.00", "60.00", of(D1, "40.00", key="STRAY")), on=LATE)
    intraday = notification(
        of(D1, "40.00", key="STRAY"), kind="camt.052.001.08", created=f"{D1}T12:00:00+08:00"
    )
    take(one_account, intraday, on=LATE)
    report = banking.reconcile(one_account, CITY, D1, by="auditor")
    assert report.counts["no_voucher"] == 1 and unproven(one_account, [CITY], D1)


def test_a_beginning_inside_a_statement_is_compared_with_the_books(one_account: Conn) -> None:
    banking.define_accounts(
        one_account, [banking.TreasuryAccount(SINGLE, "国库单一账户", "011205000000", CITY, "21")]
    )
    take(one_account, several(DAY, D2, "1.00", "1.00"), on=LATE)
    take(one_account, several(DAY, D2, "77.00", "77.00", number="C1", acct=SINGLE), on=LATE)
    assert banking.reconcile(one_account, CITY, D1, by="auditor").counts["opening_differs"] == 1


def _void_days(conn: Conn) -> list[str]:
    found = findings.recorded(conn, rules=["message.statement_voided"])
    return [one.finding.about.split()[1] for one in found]


def test_each_day_of_a_void_statement_has_to_be_told_again(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    take(one_account, several(D1, D3, "100.00", "100.00"), on=LATE)
    void(one_account, "P1", on=LATE)
    assert _void_days(one_account) == [str(D1), str(D2), str(D3)]
    take(one_account, statement("100.00", "100.00", number="N1", day=D1), on=LATE)
    take(one_account, statement("100.00", "100.00", number="N3", day=D3), on=LATE)
    assert _void_days(one_account) == [str(D2)]
    assert judged(one_account, D1) == [PROVEN]
    assert judged(one_account, D2, D3) == [(False, 1, [f"{D2} 的对账单已作废，没有当日的另一份"])] * 2
    take(one_account, statement("100.00", "100.00", number="N2", day=D2), on=LATE)
    assert _void_days(one_account) == [] and judged(one_account, D2, D3) == [PROVEN] * 2


def test_a_statement_of_several_days_tells_the_days_of_void_ones_again(one_account: Conn) -> None:
    days = (D1, D2, D3)
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    take(
        one_account,
        *(statement("100.00", "100.00", number=f"V{n}", day=d) for n, d in enumerate(days)),
        on=LATE,
    )
    void(one_account, "V0", "V1", "V2", on=LATE)
    assert _void_days(one_account) == [str(day) for day in days]
    take(one_account, several(D1, D2, "100.00", "100.00"), on=LATE)
    assert _void_days(one_account) == [str(D3)]
    take(one_account, several(D2, D3, "100.00", "100.00", number="P2"), on=LATE)
    assert _void_days(one_account) == []


@pytest.mark.parametrize(("opening", "left"), [("100.00", []), ("90.00", [str(D1), str(D2)])])
def test_days_that_a_void_statement_did_not_say_are_told_by_its_like(
    one_account: Conn, opening: str, left: list[str]
) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    pair = [of(D1, "10.00"), of(D3, "10.00", "CRDT")]
    take(one_account, several(D1, D3, "100.00", "100.00", *pair, is_said=False), on=LATE)
    void(one_account, "P1", on=LATE)
    assert _void_days(one_account) == [str(D1), str(D2), str(D3)]
    take(one_account, several(D1, D3, opening, opening, is_said=False, number="P2"), on=LATE)
    assert _void_days(one_account) == left


def test_days_without_work_inside_a_void_statement_are_asked_for_only_where_it_booked(
    one_account: Conn,
) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    pair = [of(D4, "5.00"), of(D4, "5.00", "CRDT")]
    take(one_account, several(D3, D6, "100.00", "100.00", *pair), on=LATE)
    void(one_account, "P1", on=LATE)
    assert _void_days(one_account) == [str(D3), str(D4), str(D6)]


def test_a_day_rests_on_the_statements_that_it_was_reconciled_with(one_account: Conn) -> None:
    banking.reconcile(one_account, CITY, D1, by="auditor")  # before the bank said anything
    take(one_account, statement("100.00", "60.00", of(D1, "40.00"), number="S1", day=D1), on=LATE)
    again = f"{D1} 对账之后，当日或以前的对账单又有收到、更正或作废，须重新对账"
    assert [one.what for one in unproven(one_account, [CITY], D1)] == [again]
    assert judged(one_account, D1) == [fault(D1)]


def test_a_correction_asks_for_the_day_again(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S1", day=D1), on=LATE)
    assert judged(one_account, D1, D2)[0] == PROVEN
    corrected = statement(
        "100.00",
        "60.00",
        of(D1, "40.00"),
        number="S1C",
        statement_no="S1",
        day=D1,
        created=f"{D2}T09:00:00+08:00",
    )
    take(one_account, corrected, on=LATE)
    assert "须重新对账" in unproven(one_account, [CITY], D1)[0].what
    assert judged(one_account, D1) == [fault(D1)]
    # what says nothing of the day asks for nothing
    take(one_account, statement("60.00", "60.00", number="S2", day=D2), on=LATE)
    assert [one.what for one in unproven(one_account, [CITY], D1)] == fault(D1)[2]


def test_a_year_is_not_locked_over_a_statement_that_came_after_its_reconciliation(one_account: Conn) -> None:
    end, on = date(2022, 12, 31), date(2023, 1, 9)
    take(one_account, statement("1.00", "1.00", number="S0", day=end - timedelta(days=1)), on=end)
    banking.reconcile(one_account, CITY, end, by="auditor")
    take(one_account, several(end, date(2023, 1, 3), "1.00", "41.00", of(end, "40.00", "CRDT")), on=on)
    with pytest.raises(Exception, match="须重新对账"):
        one_account.execute("select banking_may_lock(%s, 2022)", [CITY])


def test_reconciled_again_with_more_statements_is_another_edition(one_account: Conn) -> None:
    first = banking.reconcile(one_account, CITY, D1, by="auditor")
    assert not banking.reconcile(one_account, CITY, D1, by="auditor").is_new
    take(one_account, several(D1, D3, "1.00", "1.00"), on=LATE)
    second = banking.reconcile(one_account, CITY, D1, by="auditor")
    assert (second.edition, second.is_new) == (first.edition + 1, True)
    assert unproven(one_account, [CITY], D1) == []


def test_an_upgrade_tells_what_stands_of_the_same_days(one_account: Conn) -> None:
    take(one_account, statement("100.00", "100.00", number="S0"), on=LATE)
    take(one_account, several(D1, D3, "100.00", "60.00", of(D2, "40.00")), on=LATE)
    monday = [of(D2, "5.00"), of(D5, "5.00")]
    take(one_account, statement("60.00", "50.00", *monday, number="S7", day=D6), on=LATE)
    days = "select l.id, l.told_on from banking_line l order by 1"
    told = one_account.execute(days).fetchall()
    assert [day for _, day in told] == [D2, D4, D5]
    one_account.execute(
        "update banking_line l set told_on = m.business_on from banking_message m where m.id = l.message_key"
    )
    step = importlib.import_module("fisc.banking.migrations.0018_days_inside_statements")
    one_account.execute(step.ANEW)
    assert one_account.execute(days).fetchall() == told


def part_of_day(
    opening: str, closing: str, *entries: str, number: str, day: date = D1, is_last: bool = False
) -> bytes:
    """A statement of a part of a day, that ends with the balance of the day where it is the last."""
    when, created = f"<Dt>{day}</Dt>", f"{day}T1{number[-1]}:00:00+08:00"
    bals = balance("OPBD", opening, when) + balance("CLBD" if is_last else "ITBD", closing, when)
    return message(part(bals, *entries, number=number, created=created), number=number, created=created)


def test_a_day_is_proven_with_the_balance_at_its_end(one_account: Conn) -> None:
    take(
        one_account,
        statement("100.00", "100.00", number="S0"),
        part_of_day("100.00", "100.00", number="I1"),
        on=LATE,
    )
    told = f"{D1} 的对账单 I1 只到日中，没有当日的期末余额"
    assert judged(one_account, DAY, D1) == [PROVEN, (False, 0, [told])]
    take(one_account, part_of_day("100.00", "100.00", number="I2", is_last=True), on=LATE)
    assert judged(one_account, D1) == [PROVEN]


@pytest.mark.parametrize(("opening", "is_proven"), [("100.00", True), ("90.00", False)])
def test_a_day_without_its_balance_is_carried_on_by_what_follows(
    one_account: Conn, opening: str, is_proven: bool
) -> None:
    take(one_account, part_of_day("100.00", "100.00", number="I1"), on=LATE)
    take(one_account, statement(opening, opening, number="S2", day=D2), on=LATE)
    assert (judged(one_account, D1) == [PROVEN]) is is_proven


@pytest.mark.parametrize("is_said", [True, False])
def test_an_account_whose_first_statement_is_of_several_days_is_stated_on_each_of_them(
    one_account: Conn, is_said: bool
) -> None:
    opened = one_account.execute(
        "update banking_account set opened_on = %s where acct_no = %s returning 1", [DAY, ZERO]
    )
    assert opened.fetchall() == [(1,)]
    booked = [of(D1, "1.00", side, key=f"K{side}") for side in ("DBIT", "CRDT")] if not is_said else []
    take(one_account, several(DAY, D3, "100.00", "100.00", *booked, is_said=is_said), on=LATE)
    for day in (D1, D2, D3):
        kinds = {item.kind for item in banking.reconcile(one_account, CITY, day, by="auditor").items}
        assert not kinds & {"account_unstated", "statement_owed"}, day
