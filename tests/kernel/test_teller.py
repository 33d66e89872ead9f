"""The teller: independent requests in groups, each answered for itself and only when durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.kernel import (
    DuplicateConflict,
    Entry,
    FiscError,
    LedgerError,
    PeriodClosed,
    QuotaShortfall,
    StoreBusy,
    UnbalancedEntry,
    UnknownAccount,
    close_period,
    credit,
    debit,
    post,
    verify,
)
from fisc.kernel.teller import Teller, post_group

from . import world
from .world import CASH, CITY, OUTLAY, QUOTA, SPENT, YEAR, A, B, C, count, entry, left, pay

Connect = Callable[[], psycopg.Connection]


def through_a_teller(
    connect: Connect, entries: Sequence[Entry], **options: int
) -> list[int | FiscError | BaseException]:
    """Submit all at once; what each is answered."""

    async def submit() -> list[int | FiscError | BaseException]:
        async with Teller(connect, **options) as teller:
            return await asyncio.gather(*map(teller.post, entries), return_exceptions=True)

    return asyncio.run(submit())


@pytest.fixture
def connect(city_db: str) -> Connect:
    return lambda: psycopg.connect(city_db, autocommit=True)


BAD: dict[str, tuple[Entry, type[FiscError]]] = {
    "unbalanced": (entry("bad", debit(OUTLAY, A, 5), credit(CASH, A, 4)), UnbalancedEntry),
    "one line": (entry("bad", debit(OUTLAY, A, 5)), UnbalancedEntry),
    "unknown account": (entry("bad", debit("x:1", A, 5), credit(CASH, A, 5)), UnknownAccount),
    "unknown region": (replace(pay("bad", 1), region="000000000"), UnknownAccount),
    "closed period": (replace(pay("bad", 1), period=YEAR * 100 + 1), PeriodClosed),
    "too much": (pay("bad", 10_000), QuotaShortfall),
    "nothing there": (pay("bad", 1, C), QuotaShortfall),
    "contradiction": (pay("posted", 2), DuplicateConflict),
    "control character": (replace(pay("bad", 1), summary="\x00"), LedgerError),
    "broken text": (replace(pay("bad", 1), summary="\ud800"), LedgerError),
    "no document": (replace(pay("bad", 1), document_id=99), UnknownAccount),
    "fraction": (pay("bad", 1.5), LedgerError),  # type: ignore[arg-type]
    "amount is text": (pay("bad", "1"), LedgerError),  # type: ignore[arg-type]
    "date is text": (replace(pay("bad", 1), business_date="2025-03-14"), LedgerError),  # type: ignore[arg-type]
    "out of range": (replace(pay("bad", 1), period=2**40), LedgerError),
    "no key": (pay("", 1), LedgerError),
}


@pytest.mark.parametrize("bad,kind", BAD.values(), ids=BAD)
def test_a_refused_request_does_not_fail_its_neighbours(
    city: psycopg.Connection, connect: Connect, bad: Entry, kind: type[FiscError]
) -> None:
    world.give(city, 1_000)
    post(city, [pay("posted", 1)])
    close_period(city, CITY, YEAR * 100 + 1)
    good = [pay(f"good{n}", 1) for n in range(7)]
    answers = through_a_teller(connect, [*good[:3], bad, *good[3:]], workers=1)
    refused = answers.pop(3)
    assert isinstance(refused, kind) and not isinstance(refused, StoreBusy), refused
    assert all(isinstance(answer, int) for answer in answers), answers
    assert left(city) == 1_000 - 1 - 7


def test_grants_go_in_the_order_they_came(city: psycopg.Connection) -> None:
    world.give(city, 100)
    answers = post_group(city, [pay("a", 60), pay("b", 50), pay("c", 40), pay("d", 1)])
    assert [isinstance(answer, int) for answer in answers] == [True, False, True, False]
    refused = answers[1]
    assert isinstance(refused, QuotaShortfall)
    assert "凭证 b：余额不足，可用 0.40 元，需要 0.50 元" in refused.message
    assert left(city) == 0


def test_a_repeat_is_answered_with_its_entry_even_when_nothing_is_left(city: psycopg.Connection) -> None:
    world.give(city, 100)
    first = post(city, [pay("a", 100)]).entry_ids[0]
    answers = post_group(city, [pay("a", 100), pay("b", 1), pay("a", 100)])
    assert (answers[0], answers[2]) == (first, first)
    assert isinstance(answers[1], QuotaShortfall)


def test_a_key_twice_in_a_group_is_paid_once(city: psycopg.Connection) -> None:
    world.give(city, 100)
    answers = post_group(city, [pay("a", 60), pay("a", 60), pay("b", 40), pay("c", 1)])
    assert answers[0] == answers[1]
    assert [isinstance(answer, int) for answer in answers] == [True, True, True, False]
    assert left(city) == 0


def test_one_refused_elsewhere_does_not_hold_what_others_need(city: psycopg.Connection) -> None:
    """A asks of two quotas and is refused for the second: the first is still there for B."""
    post(city, [world.grant("gA", 100, A), world.grant("gB", 50, B)])
    both = entry("both", *pay("", 60, A).lines, *pay("", 60, B).lines)
    answers = post_group(city, [both, world.move("in", 20, C, B), pay("a", 60, A)])
    assert [isinstance(answer, int) for answer in answers] == [False, False, True]


def test_a_key_submitted_again_while_in_flight(connect: Connect, city: psycopg.Connection) -> None:
    world.give(city, 100)
    answers = through_a_teller(connect, [pay("a", 60)] * 20, workers=3, group_size=2)
    assert len({*answers}) == 1 and isinstance(answers[0], int)
    assert left(city) == 40


def test_who_gives_up_waiting_may_ask_again(connect: Connect, city: psycopg.Connection) -> None:
    world.give(city, 100)

    async def give_up() -> int:
        async with Teller(connect, workers=1) as teller:
            waiting, neighbour = teller.post(pay("a", 60)), teller.post(pay("b", 1))
            waiting.cancel()
            await neighbour
            return await teller.post(pay("a", 60))

    assert asyncio.run(give_up()) > 0
    assert left(city) == 39
    assert verify(city).ok


def test_a_stopped_teller_takes_nothing_and_leaves_nothing_unanswered(
    connect: Connect, city: psycopg.Connection
) -> None:
    world.give(city, 100)

    async def stop() -> tuple[list[asyncio.Future[int]], Teller]:
        async with Teller(connect, workers=2, group_size=3) as teller:
            waiting = [teller.post(pay(f"p{n}", 1)) for n in range(20)]
        return waiting, teller

    waiting, teller = asyncio.run(stop())
    assert all(isinstance(future.result(), int) for future in waiting)
    with pytest.raises(StoreBusy, match="停止"):
        teller.post(pay("late", 1))


def on_teller(connect: Connect, work: Callable[[Teller], Coroutine[Any, Any, None]], **options: int) -> None:
    async def run() -> None:
        async with Teller(connect, **options) as teller:
            await work(teller)

    asyncio.run(run())


def test_a_broken_connection_is_told_honestly_and_replaced(
    connect: Connect, city: psycopg.Connection
) -> None:
    world.give(city, 100)
    pids: list[int] = []

    def noting() -> psycopg.Connection:
        conn = connect()
        pids.append(conn.info.backend_pid)
        return conn

    async def work(teller: Teller) -> None:
        await teller.post(pay("before", 1))
        city.execute("select pg_terminate_backend(%s, 10000)", [pids[0]])
        with pytest.raises(StoreBusy, match="不能确定是否已入账"):
            await teller.post(pay("p", 1))
        assert await teller.post(pay("p", 1)) > 0

    on_teller(noting, work, workers=1)
    assert len(pids) == 2
    assert left(city) == 98


def test_while_there_is_no_database_each_request_hears_it(connect: Connect, city: psycopg.Connection) -> None:
    world.give(city, 100)
    calls = iter([connect(), None, None])

    def failing() -> psycopg.Connection:
        conn = next(calls, None)
        if conn is None:
            raise psycopg.OperationalError("gone")
        return conn

    async def work(teller: Teller) -> None:
        city.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity "
                     "where datname = current_database() and pid <> pg_backend_pid()")  # fmt: skip
        for n in range(3):
            with pytest.raises(StoreBusy):
                await teller.post(pay(f"p{n}", 1))

    on_teller(failing, work, workers=1)
    assert count(city) == 1


KEYS = st.sampled_from([f"k{n}" for n in range(12)])
REQUESTS = st.one_of(
    st.builds(pay, KEYS, st.integers(1, 40), st.sampled_from([A, B])),
    st.builds(world.move, KEYS, st.integers(1, 40), st.sampled_from([A, B]), st.sampled_from([A, B, C])),
    st.builds(lambda key, a, b: entry(key, *pay("", a, A).lines, *pay("", b, B).lines), KEYS,
              st.integers(1, 40),
              st.integers(1, 40)),
    st.builds(lambda key: entry(key, debit(QUOTA, A, 1), credit(SPENT, A, 2)), KEYS),
)  # fmt: skip


def kinds(answers: Sequence[int | FiscError]) -> list[object]:
    return [True if isinstance(answer, int) else type(answer) for answer in answers]


def one_by_one(conn: psycopg.Connection, entries: Sequence[Entry]) -> list[int | FiscError]:
    answers: list[int | FiscError] = []
    for given_entry in entries:
        try:
            answers.append(post(conn, [given_entry]).entry_ids[0])
        except FiscError as error:
            answers.append(error)
    return answers


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(REQUESTS, min_size=1, max_size=10))
def test_a_group_is_answered_as_if_one_came_after_the_other(
    city: psycopg.Connection, requests: list[Entry]
) -> None:
    """Unless the whole group fits as one set: then nobody is refused."""
    world.post(city, [world.grant("gA", 100, A), world.grant("gB", 100, B)])
    outcomes = []
    for way in (one_by_one, post_group):
        with city.transaction(force_rollback=True):
            answers = way(city, requests)
            outcomes.append((kinds(answers), left(city, A), left(city, B), left(city, C)))
    sequential, grouped = outcomes
    assert grouped == sequential or all(kind is True for kind in grouped[0])
