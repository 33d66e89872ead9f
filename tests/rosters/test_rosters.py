"""A bank returns a person, not a batch: what is paid, returned and to be paid is always the total."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.documents import MissingDuty, NotFound, RuleBroken, WrongState
from fisc.kernel import DuplicateConflict
from fisc.kernel.errors import NotKnown
from fisc.rosters import services as rosters
from fisc.rosters.services import Answer, Repair, Standing, Sums
from tests.past import as_of, now
from tests.treasury.desk import DAY

Conn = psycopg.Connection[Any]
NEXT = DAY + timedelta(days=1)
TOTAL = 950_000


def batch(conn: Conn) -> str:
    (row,) = conn.execute("select distinct batch_no from rosters_line").fetchall()
    return str(row[0])


def sums(conn: Conn) -> Sums:
    return rosters.sums(conn, [batch(conn)])[batch(conn)]


def send(conn: Conn, message: str = "M2", on: date = DAY) -> list[Standing]:
    return rosters.send(conn, batch(conn), message, by="wire", on=on)


def paid(line: Standing, on: date = DAY, **told: Any) -> Answer:
    return Answer(line.ref_no, True, **{"amount_fen": line.amount_fen, "happened_on": on, **told})


def returned(line: Standing, on: date = DAY) -> Answer:
    return Answer(line.ref_no, False, line.amount_fen, on, "B9", "AC01", "账号有误")


def settle(conn: Conn, *answers: Answer, on: date = NEXT) -> list[Exception | None]:
    return list(rosters.settle(conn, answers, by="wire", on=on).values())


def test_each_person_has_an_outcome_of_their_own(roster: Conn) -> None:
    assert sums(roster) == Sums(TOTAL, 0, 0, TOTAL)
    one, two, three, four = send(roster)
    assert settle(roster, paid(one), returned(two), paid(three)) == [None, None, None]
    assert sums(roster) == Sums(TOTAL, 600_000, 300_000, 50_000)
    (back,) = rosters.lines_of(roster, [batch(roster)], ["returned"])
    assert (back.per_code, back.reason_code, back.reason) == ("R2", "AC01", "账号有误")
    assert [line.per_code for line in rosters.lines_of(roster, [batch(roster)], ["sent"])] == ["R4"]
    assert four.state == "sent"


def test_what_became_of_persons_is_not_told_of_the_past(roster: Conn) -> None:
    number, moment = batch(roster), now(roster)
    settle(roster, paid(send(roster)[0]))
    for ask in (rosters.sums, rosters.lines_of):
        with pytest.raises(NotKnown, match="没有留下记录"):
            as_of(roster, moment, partial(ask, roster, [number]))


def test_what_came_back_is_repaired_and_paid_once_more_and_no_more(roster: Conn) -> None:
    one, two, *_ = send(roster)
    settle(roster, paid(one), returned(two))
    fix = [Repair(two.line_key, "62179999")]
    assert rosters.repair(roster, batch(roster), fix, by="unit", on=NEXT) == [True]
    assert rosters.repair(roster, batch(roster), fix, by="unit", on=NEXT) == [False]
    again = {line.per_code: line for line in send(roster, "M3", NEXT)}["R2"]
    assert (again.acct_no, again.amount_fen) == ("62179999", 300_000) and again.ref_no != two.ref_no
    assert settle(roster, paid(again, NEXT)) == [None]
    (late,) = settle(roster, paid(two, NEXT))  # the first attempt came back: it cannot be paid as well
    assert isinstance(late, WrongState)
    assert sums(roster).paid_fen == 700_000
    send(roster, "M4", NEXT)
    assert "R2" not in {line.per_code for line in rosters.lines_of(roster, [batch(roster)], ["sent"])}


def test_an_answer_dated_before_the_sending_is_refused_alone(roster: Conn) -> None:
    one, two, *_ = send(roster, on=NEXT)
    early, good = settle(roster, paid(one, DAY), paid(two, NEXT))
    assert isinstance(early, RuleBroken) and str(DAY) in str(early) and good is None
    assert sums(roster).paid_fen == two.amount_fen


def test_two_accounts_for_one_line_are_refused(roster: Conn) -> None:
    one, *_ = send(roster)
    settle(roster, returned(one))
    fixes = [Repair(one.line_key, "62179999"), Repair(one.line_key, "62178888")]
    with pytest.raises(DuplicateConflict, match="不止一个账号"):
        rosters.repair(roster, batch(roster), fixes, by="unit", on=NEXT)
    same = [fixes[0], Repair(one.line_key, " 62179999 ")]
    assert rosters.repair(roster, batch(roster), same, by="unit", on=NEXT) == [True, True]


def test_the_same_answer_counts_once_and_another_is_refused(roster: Conn) -> None:
    one, two, *_ = send(roster)
    assert settle(roster, paid(one)) == [None] and settle(roster, paid(one)) == [None]
    assert sums(roster).paid_fen == 400_000
    wrong = settle(roster, paid(one, NEXT), paid(two, amount_fen=1), Answer("MC0T1", True, 1, DAY))
    assert [type(refusal) for refusal in wrong] == [DuplicateConflict, RuleBroken, NotFound]
    (both,) = settle(roster, paid(two), returned(two))
    assert isinstance(both, DuplicateConflict) and sums(roster).paid_fen == 400_000


def test_money_that_came_back_after_it_was_paid_is_returned(roster: Conn) -> None:
    one, *_ = send(roster)
    settle(roster, paid(one))
    assert settle(roster, returned(one, NEXT)) == [None]
    assert sums(roster) == Sums(TOTAL, 0, 400_000, 550_000)
    assert settle(roster, paid(one)) == [None]  # said before, and no longer so
    assert sums(roster).paid_fen == 0


def test_only_what_was_returned_is_repaired(roster: Conn) -> None:
    one, *_ = send(roster)
    settle(roster, paid(one))
    with pytest.raises(WrongState):
        rosters.repair(roster, batch(roster), [Repair(one.line_key, "6217")], by="unit", on=NEXT)
    with pytest.raises(NotFound):
        rosters.repair(roster, batch(roster), [Repair("x", "6217")], by="unit", on=NEXT)


def test_duties_are_asked_for(roster: Conn) -> None:
    with pytest.raises(MissingDuty):
        rosters.send(roster, batch(roster), "M2", by="unit", on=DAY)
    one, *_ = send(roster)
    with pytest.raises(MissingDuty):
        rosters.settle(roster, [paid(one)], by="unit", on=NEXT)


steps = st.lists(
    st.tuples(st.sampled_from(["send", "paid", "returned", "repair"]), st.integers(0, 3)), max_size=25
)


@given(steps)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_sum_holds_whatever_happens(roster: Conn, taken: list[tuple[str, int]]) -> None:
    with roster.transaction(force_rollback=True):
        model = dict.fromkeys(range(4), "waiting")
        for number, (step, n) in enumerate(taken):
            line = rosters.lines_of(roster, [batch(roster)])[n]
            if step == "send":
                send(roster, f"M{number}")
                model |= {k: "sent" for k, state in model.items() if state == "waiting"}
            elif step == "repair" and model[n] == "returned":
                rosters.repair(roster, batch(roster), [Repair(line.line_key, "6")], by="unit", on=DAY)
                model[n] = "waiting"
            elif step in ("paid", "returned") and model[n] in ("sent", "paid"):
                ref = roster.execute(
                    "select ref_no from rosters_step where kind = 'sent' and line_id = %s "
                    "order by step_no desc limit 1",
                    [line.id],
                ).fetchone()
                assert ref is not None
                settle(roster, Answer(ref[0], step == "paid", line.amount_fen, DAY))
                model[n] = step
            found = rosters.lines_of(roster, [batch(roster)])
            assert [one.state for one in found] == [model[k] for k in range(4)]
            at = sums(roster)
            assert at.paid_fen + at.returned_fen + at.waiting_fen == at.total_fen == TOTAL


STEP = (
    "insert into rosters_step (line_id, step_no, kind, mof_div_code, happened_on, amount_fen, ref_no, "
    "message_id, acct_no, reason_code, reason, noted_by) select line_id, {no}, '{kind}', mof_div_code, "
    "happened_on, {fen}, '', '', '', '', '', 'x' from rosters_step where kind = 'paid' limit 1"
)


@pytest.mark.parametrize(
    "attack",
    [
        STEP.format(no=3, kind="paid", fen="amount_fen"),
        STEP.format(no=3, kind="sent", fen="amount_fen"),
        STEP.format(no=3, kind="repaired", fen="amount_fen"),
        STEP.format(no=4, kind="returned", fen="amount_fen"),
        STEP.format(no=3, kind="returned", fen="amount_fen - 1"),
        STEP.format(no=0, kind="returned", fen="amount_fen"),
        "delete from rosters_step",
        "truncate rosters_step",
        "update rosters_step set kind = 'returned' where kind = 'paid'",
        "update rosters_line set amount_fen = amount_fen + 1",
        "delete from rosters_line",
        "insert into rosters_step select 9, 0, 1, 'sent', '150600000', '2022-03-02', 5, 'r', 'm', 'a', '', "
        "'', 'x'",
        "insert into rosters_line (entry_id, account_id, coding_id, amount_fen, line_key, round_no, "
        "batch_no, mof_div_code, period, agency_code, per_code, per_name, item_name, "
        "dep_bgt_eco_code, payee_acct_no, rule_step, file_sha256, row_no) "
        "select entry_id, account_id, coding_id, 1, 'x', 0, batch_no, "
        "mof_div_code, period, agency_code, 'x', 'x', 'x', '', '6', 1, '', 9 from rosters_line limit 1",
    ],
)
def test_raw_sql_cannot_pay_twice_or_change_a_sum(roster: Conn, attack: str) -> None:
    one, two, *_ = send(roster)
    settle(roster, paid(one))
    before = sums(roster)
    with pytest.raises(psycopg.Error), roster.transaction():
        roster.execute(attack.encode())
    assert sums(roster) == before
    assert settle(roster, paid(two)) == [None]


def test_nobody_is_paid_before_the_batch_is(roster: Conn) -> None:
    roster.execute("set local session_replication_role = replica")
    roster.execute("update treasury_payment set state = 'sent'")
    roster.execute("set local session_replication_role = origin")
    with pytest.raises(RuleBroken, match="批次尚未支付"), roster.transaction():
        send(roster)
