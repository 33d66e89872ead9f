"""Gathering: independent requests in groups, each answered for itself and only when durable."""

from __future__ import annotations

import asyncio
import decimal
import select
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

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
    close_periods,
    credit,
    debit,
    post,
    verify,
)
from fisc.kernel.gathering import Gatherer, is_gone
from fisc.kernel.posting import in_transaction

from . import world
from .world import CASH, CITY, OUTLAY, YEAR, A, C, count, entry, left, pay

Connect = Callable[[], psycopg.Connection]


Posting = Gatherer[Entry, int]


def posting(connect: Connect, **options: int) -> Posting:
    """Entries posted in groups, each answered with its id."""
    return Gatherer(connect, lambda conn, entries: post(conn, entries).entry_ids, **options)


def gathered(
    connect: Connect, entries: Sequence[Entry], **options: int
) -> list[int | FiscError | BaseException]:
    """Submit all at once; what each is answered."""

    async def submit() -> list[int | FiscError | BaseException]:
        async with posting(connect, **options) as gatherer:
            return await asyncio.gather(*map(gatherer.ask, entries), return_exceptions=True)

    return asyncio.run(submit())


@pytest.fixture
def connect(city_db: str) -> Connect:
    return lambda: psycopg.connect(city_db, autocommit=True)


BAD: dict[str, tuple[Entry, type[FiscError]]] = {
    "unbalanced": (entry("bad", debit(OUTLAY, A, 5), credit(CASH, A, 4)), UnbalancedEntry),
    "one line": (entry("bad", debit(OUTLAY, A, 5)), UnbalancedEntry),
    "unknown account": (entry("bad", debit("x:1", A, 5), credit(CASH, A, 5)), UnknownAccount),
    "unknown region": (replace(pay("bad", 1), region="000000000"), UnknownAccount),
    "closed period": (replace(pay("bad", 1), business_date=date(YEAR, 1, 5)), PeriodClosed),
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
    close_periods(city, [CITY], [YEAR * 100 + 1])
    good = [pay(f"good{n}", 1) for n in range(7)]
    answers = gathered(connect, [*good[:3], bad, *good[3:]], workers=1)
    refused = answers.pop(3)
    assert isinstance(refused, kind) and not isinstance(refused, StoreBusy), refused
    assert all(isinstance(answer, int) for answer in answers), answers
    assert left(city) == 1_000 - 1 - 7


@pytest.mark.parametrize("fault", [KeyError("x"), AssertionError(), decimal.Overflow(), RuntimeError("x")])
def test_a_fault_on_one_request_is_that_one_s_alone(connect: Connect, fault: Exception) -> None:
    def serve(_: psycopg.Connection, asked: Sequence[int]) -> list[int]:
        if 3 in asked:
            raise fault
        return [2 * one for one in asked]

    async def ask() -> list[object]:
        async with Gatherer(connect, serve, workers=1) as gatherer:
            return await asyncio.gather(*(gatherer.ask(one) for one in range(8)), return_exceptions=True)

    answers = asyncio.run(ask())
    told = answers.pop(3)
    assert answers == [0, 2, 4, 8, 10, 12, 14]
    assert isinstance(told, type(fault) | FiscError) and not isinstance(told, StoreBusy)


def test_a_key_submitted_again_while_in_flight(connect: Connect, city: psycopg.Connection) -> None:
    world.give(city, 100)
    answers = gathered(connect, [pay("a", 60)] * 20, workers=3, group_size=2)
    assert len({*answers}) == 1 and isinstance(answers[0], int)
    assert left(city) == 40


def test_who_gives_up_waiting_may_ask_again(connect: Connect, city: psycopg.Connection) -> None:
    world.give(city, 100)

    async def give_up() -> int:
        async with posting(connect, workers=1) as gatherer:
            waiting, neighbour = gatherer.ask(pay("a", 60)), gatherer.ask(pay("b", 1))
            waiting.cancel()
            await neighbour
            return await gatherer.ask(pay("a", 60))

    assert asyncio.run(give_up()) > 0
    assert left(city) == 39
    assert verify(city).ok


def test_a_stopped_gatherer_takes_nothing_and_leaves_nothing_unanswered(
    connect: Connect, city: psycopg.Connection
) -> None:
    world.give(city, 100)

    async def stop() -> tuple[list[asyncio.Future[int]], Posting]:
        async with posting(connect, workers=2, group_size=3) as gatherer:
            waiting = [gatherer.ask(pay(f"p{n}", 1)) for n in range(20)]
        return waiting, gatherer

    waiting, gatherer = asyncio.run(stop())
    assert all(isinstance(future.result(), int) for future in waiting)
    with pytest.raises(StoreBusy, match="停止"):
        gatherer.ask(pay("late", 1))


def on_gatherer(
    connect: Connect, work: Callable[[Posting], Coroutine[Any, Any, None]], **options: int
) -> None:
    async def run() -> None:
        async with posting(connect, **options) as gatherer:
            await work(gatherer)

    asyncio.run(run())


def test_a_connection_that_ended_while_idle_is_replaced_and_costs_nothing(
    connect: Connect, city: psycopg.Connection
) -> None:
    world.give(city, 100)
    pids: list[int] = []

    def noting() -> psycopg.Connection:
        conn = connect()
        pids.append(conn.info.backend_pid)
        return conn

    async def work(gatherer: Posting) -> None:
        await gatherer.ask(pay("before", 1))
        city.execute("select pg_terminate_backend(%s, 10000)", [pids[0]])
        assert await gatherer.ask(pay("p", 1)) > 0

    on_gatherer(noting, work, workers=1)
    assert len(pids) == 2
    assert left(city) == 98


def test_a_notice_is_not_the_end_of_a_connection(connect: Connect, city: psycopg.Connection) -> None:
    with connect() as conn:
        assert not is_gone(conn)
        conn.execute("listen something")
        city.execute("notify something")
        select.select([conn.fileno()], [], [], 60)
        assert not is_gone(conn)
        city.execute("select pg_terminate_backend(%s, 10000)", [conn.info.backend_pid])
        assert is_gone(conn)


def test_who_was_served_before_the_connection_ended_keeps_the_answer(
    connect: Connect, city: psycopg.Connection
) -> None:
    """The set is served by halves for the fault of one; what ends in the second half is not the first's."""

    def serve(conn: psycopg.Connection, asked: Sequence[int]) -> list[int]:
        if len(asked) > 1:
            raise TypeError("not as a set")
        if asked[0] == 1:
            city.execute("select pg_terminate_backend(%s, 10000)", [conn.info.backend_pid])
        return in_transaction(conn, lambda: [conn.execute("select 1").fetchone()[0]])  # type: ignore[index]

    async def ask() -> list[object]:
        async with Gatherer(connect, serve, workers=1) as gatherer:
            return await asyncio.gather(*(gatherer.ask(one) for one in range(2)), return_exceptions=True)

    first, second = asyncio.run(ask())
    assert first == 1
    assert isinstance(second, StoreBusy)
    assert "没有办理" in second.message


def test_while_there_is_no_database_each_request_hears_it(connect: Connect, city: psycopg.Connection) -> None:
    world.give(city, 100)
    calls = iter([connect(), None, None])

    def failing() -> psycopg.Connection:
        conn = next(calls, None)
        if conn is None:
            raise psycopg.OperationalError("gone")
        return conn

    async def work(gatherer: Posting) -> None:
        city.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity "
                     "where datname = current_database() and pid <> pg_backend_pid()")  # fmt: skip
        for n in range(3):
            with pytest.raises(StoreBusy):
                await gatherer.ask(pay(f"p{n}", 1))

    on_gatherer(failing, work, workers=1)
    assert count(city) == 1
