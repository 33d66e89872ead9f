"""Crashes between and inside stages, two desks at once, the same file twice: each payment is made once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from fisc.kernel import DuplicateConflict, FiscError, QuotaShortfall
from fisc.treasury import services as treasury
from fisc.treasury.checks.books import differences
from tests.treasury.paying import CITY, DAY, YUAN, application, entry, left, receipt, sent, state

Conn = psycopg.Connection[Any]
APPS = [application("A1"), application("A2", yuan=50)]
NUMBERS = ["A1", "A2"]
RECEIPTS = [receipt("PZA1"), receipt("PZA2", 50)]
STAGES: list[Callable[[Conn], Any]] = [
    lambda c: treasury.apply(c, APPS, by="unit", on=DAY),
    lambda c: treasury.review(c, NUMBERS, by="unit2", on=DAY),
    lambda c: treasury.approve(c, NUMBERS, by="reviewer", on=DAY),
    lambda c: treasury.certify(c, NUMBERS, by="signer", on=DAY),
    lambda c: treasury.send(c, ["PZA1", "PZA2"], by="teller", on=DAY, message_id="M1"),
    lambda c: treasury.confirm_paid(c, RECEIPTS, by="teller", on=DAY),
    lambda c: treasury.issue_clearing_notices(c, CITY, DAY, by="clearer", on=DAY),
    lambda c: treasury.clear(
        c, CITY, DAY, [treasury.TreasuryDebit("LQ1", "111", "ICBC", 150 * YUAN, DAY)], by="clearer2", on=DAY
    ),
]


@pytest.fixture
def desks(paying_db: str) -> Iterator[tuple[Conn, Conn]]:
    with (
        psycopg.connect(paying_db, autocommit=True) as one,
        psycopg.connect(paying_db, autocommit=True) as two,
    ):
        yield one, two


def test_killed_in_any_stage_and_begun_again_it_ends_the_same(paying_db: str) -> None:
    for stage in STAGES:
        with (
            psycopg.connect(paying_db) as other,
            psycopg.connect(paying_db, autocommit=True) as doomed,
            pytest.raises(psycopg.OperationalError),
            doomed.transaction(),
        ):
            stage(doomed)
            other.execute("select pg_terminate_backend(%s)", [doomed.info.backend_pid])
            doomed.execute("select 1")
        with psycopg.connect(paying_db, autocommit=True) as conn:
            for earlier in STAGES[: STAGES.index(stage) + 1]:
                earlier(conn)
    with psycopg.connect(paying_db, autocommit=True) as conn:
        assert [state(conn, n) for n in NUMBERS] == ["cleared", "cleared"]
        assert left(conn) == {"executable": 850, "paid": 150}
        assert differences(conn, CITY, 2022) == []
        assert conn.execute(
            "select count(*) from ledger.entry where natural_key like 'pay_app:%'"
        ).fetchone() == (4,)


def _at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each act gave or refused, all begun together."""
    found: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(i: int) -> None:
        gate.wait()
        try:
            found[i] = acts[i]()
        except FiscError as refusal:
            found[i] = refusal

    threads = [threading.Thread(target=run, args=[i]) for i in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_desks_never_spend_a_quota_twice(desks: tuple[Conn, Conn]) -> None:
    one, two = desks
    for n in range(5):
        batches = [[application(f"{d}{n}-{i}", yuan=20) for i in range(6)] for d in "XY"]
        _at_once([
            lambda c=c, b=b: treasury.apply(c, b, by="unit", on=DAY, each=True)  # type: ignore[misc]
            for c, b in zip((one, two), batches, strict=True)
        ])  # fmt: skip
    held = left(one)
    assert held["applied"] == 1000
    assert "executable" not in held
    with pytest.raises(QuotaShortfall):
        treasury.apply(one, [application("Z", yuan=1)], by="unit", on=DAY)
    assert differences(one, CITY, 2022) == []


def test_the_same_file_at_two_desks_pays_once(desks: tuple[Conn, Conn]) -> None:
    one, two = desks
    found = _at_once([lambda c=c: treasury.apply(c, APPS, by="unit", on=DAY) for c in desks])  # type: ignore[misc]
    assert sorted(o.is_new for outcomes in found for o in outcomes) == [False, False, True, True]
    for stage in STAGES[1:5]:
        stage(one)
    found = _at_once([lambda c=c: treasury.confirm_paid(c, RECEIPTS, by="teller", on=DAY) for c in desks])  # type: ignore[misc]
    assert not [outcome for outcome in found if isinstance(outcome, Exception)]
    assert left(two) == {"executable": 850, "paid": 150}
    assert len(entry(two, "pay_app:A1:paid")) == 4


def test_paid_and_returned_at_once_one_of_them_holds(desks: tuple[Conn, Conn]) -> None:
    one, two = desks
    sent(one, application("A1"))
    back = treasury.BankReturn("PZA1", "AC04", "", DAY)
    found = _at_once([
        lambda: treasury.confirm_paid(one, [receipt("PZA1")], by="teller", on=DAY),
        lambda: treasury.record_returns(two, [back], by="teller", on=DAY),
    ])  # fmt: skip
    assert sum(isinstance(f, FiscError) for f in found) == 1
    is_paid = state(one, "A1") == "paid"
    assert left(one) == ({"executable": 900, "paid": 100} if is_paid else {"executable": 900, "applied": 100})
    assert treasury.payment(one, "A1")["returns"] == [] if is_paid else True
    assert differences(one, CITY, 2022) == []


def test_two_receipts_at_once_for_one_certificate_one_is_a_conflict(desks: tuple[Conn, Conn]) -> None:
    sent(desks[0], application("A1"))
    said = [receipt("PZA1", agent_business_no=number) for number in ("ONE", "TWO")]
    found = _at_once([
        lambda c=c, r=r: treasury.confirm_paid(c, [r], by="teller", on=DAY)  # type: ignore[misc]
        for c, r in zip(desks, said, strict=True)
    ])  # fmt: skip
    assert sorted(isinstance(f, DuplicateConflict) for f in found) == [False, True]
    assert left(desks[0]) == {"executable": 900, "paid": 100}


def test_the_same_return_at_two_desks_is_noted_once(desks: tuple[Conn, Conn]) -> None:
    sent(desks[0], application("A1"))
    back = treasury.BankReturn("PZA1", "AC04", "", DAY)
    found = _at_once([
        lambda c=c: treasury.record_returns(c, [back], by="teller", on=DAY)  # type: ignore[misc]
        for c in desks
    ])  # fmt: skip
    assert sorted(outcome.is_new for [outcome] in found) == [False, True]
